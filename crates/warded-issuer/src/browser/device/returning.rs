//! Has this browser brought somebody back from a provider before? A cookie says whom, and how often they leave is counted
//! apart.
//!
//! Without it the neighbours of a person could keep them from their provider: all that is known of somebody who leaves is
//! the address. The cookie opens nothing. It names a person and no browser, so that one account, with as many browsers as it
//! likes, leaves no more often than any other.

use aws_lc_rs::{constant_time, hmac};
use http::{HeaderMap, HeaderValue};
use warded_core::jose::base64url;
use warded_store::Digest;
use zeroize::Zeroizing;

use super::{Cookie, Devices, MAX_AGE};
use crate::{refused::Refused, throttle::Acquaintance};

/// What the key is made for, from that of the devices. It is shorter than a device, so that no pair of device and name is
/// hashed alike.
const LABEL: &[u8] = b"returning";

/// Knows whom a browser has brought back.
pub(super) struct Returning {
    cookie: Cookie,
    key: hmac::Key,
}

impl Returning {
    pub(super) fn new(cookie: &Cookie, devices: &hmac::Key) -> Self {
        let cookie = Cookie {
            name: format!("{}-returning", cookie.name),
            attributes: format!("{}; Max-Age={MAX_AGE}", cookie.attributes),
        };
        Self { cookie, key: hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(devices, LABEL).as_ref()) }
    }
}

impl Devices {
    /// Whom this browser has brought back from a provider before.
    pub(crate) fn acquaintance(&self, headers: &HeaderMap) -> Option<Acquaintance> {
        let value = base64url::decode(&self.returning.cookie.read(headers)?)?;
        let (person, shown) = value.split_first_chunk()?;
        constant_time::verify_slices_are_equal(shown, &self.seal(person)).ok()?;
        Some(*person)
    }

    /// The field that makes a browser known as one that has brought the person of that id back.
    pub(crate) fn has_brought_back(&self, user: &str) -> Result<HeaderValue, Refused> {
        let person = acquaintance_of(user);
        let value = Zeroizing::new(base64url::encode([person, self.seal(&person)].concat()));
        self.returning.cookie.set(&value)
    }

    /// Half of the hash is enough (RFC 2104 §5).
    fn seal(&self, person: &Acquaintance) -> [u8; 16] {
        let tag = hmac::sign(&self.returning.key, person);
        tag.as_ref().first_chunk().copied().unwrap_or_default()
    }
}

/// A person, by a part of a hash: an id stays where it is.
pub(crate) fn acquaintance_of(user: &str) -> Acquaintance {
    Digest::of(user.as_bytes()).as_bytes().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use warded_store::memory::Memory;

    use super::{
        super::tests::{devices, random, sent},
        *,
    };

    #[tokio::test]
    async fn a_browser_is_known_by_whom_it_brought_back() {
        let store = Memory::new();
        let here = devices(&store).await;
        let field = here.has_brought_back("id-of-ada").unwrap().to_str().unwrap().to_owned();
        assert!(field.starts_with("__Host-warded-") && field.contains("-returning="), "{field}");
        assert!(field.contains("; Path=/; Secure; Max-Age=") && field.contains("; HttpOnly"), "{field}");
        let ada = here.acquaintance(&sent(&field));
        assert_eq!(ada, Some(acquaintance_of("id-of-ada")));
        assert_eq!(devices(&store).await.acquaintance(&sent(&field)), ada, "another process, the same store");
        assert_eq!(here.acquaintance(&HeaderMap::new()), None);
        assert_eq!(devices(&Memory::new()).await.acquaintance(&sent(&field)), None, "another key");
        let eve = here.has_brought_back("id-of-eve").unwrap().to_str().unwrap().to_owned();
        assert_ne!(here.acquaintance(&sent(&eve)), ada);
    }

    #[tokio::test]
    async fn neither_a_changed_cookie_nor_one_of_a_known_browser_is_one() {
        let devices = devices(&Memory::new()).await;
        let field = devices.has_brought_back("id-of-ada").unwrap().to_str().unwrap().to_owned();
        let (name, value) = field.split(';').next().unwrap().split_once('=').unwrap();
        let bytes = base64url::decode(value).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let headers = sent(&format!("{name}={}", base64url::encode(&changed)));
            assert_eq!(devices.acquaintance(&headers), None, "{at}");
        }
        let known = devices.remember("", &random()).unwrap().to_str().unwrap().to_owned();
        let (device, value) = known.split(';').next().unwrap().split_once('=').unwrap();
        assert_eq!(devices.acquaintance(&sent(&format!("{name}={value}"))), None);
        let own = base64url::encode(&bytes);
        assert_eq!(devices.known(&sent(&format!("{device}={own}")), ""), None);
    }
}
