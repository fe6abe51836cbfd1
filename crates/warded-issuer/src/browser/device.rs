//! Has this browser logged in as that person before? A cookie says so, and its wrong passwords are counted apart.
//!
//! Without it anybody could lock a person out from everywhere: a few wrong passwords under the person's name use up
//! what the name has. No table is needed: whoever shows the cookie shows a hash that only we can make.

use aws_lc_rs::{constant_time, hmac, rand::SecureRandom};
use http::{HeaderMap, HeaderValue};
use warded_core::jose::base64url;
use warded_store::Store;
use zeroize::Zeroizing;

use super::Cookie;
use crate::{OpenFailed, kept_key::kept_key, refused::Refused, throttle::Device};

pub(crate) mod returning;

use returning::Returning;

/// Under which name the store keeps the key.
const SECRET: &str = "device-cookies";
/// How long a browser is known that does not log in again.
const MAX_AGE: u32 = 180 * 24 * 60 * 60;

/// Makes and knows the cookies of browsers.
pub(crate) struct Devices {
    cookie: Cookie,
    key: hmac::Key,
    returning: Returning,
}

impl Devices {
    pub(crate) async fn open(
        cookie: &Cookie,
        store: &dyn Store,
        random: &(dyn SecureRandom + Send + Sync),
    ) -> Result<Self, OpenFailed> {
        let key = kept_key(SECRET, store, random).await?;
        let returning = Returning::new(cookie, &key);
        let cookie = Cookie {
            name: format!("{}-device", cookie.name),
            attributes: format!("{}; Max-Age={MAX_AGE}", cookie.attributes),
        };
        Ok(Self { cookie, key, returning })
    }

    /// Which browser this is, where it has logged in as `name` before. A cookie for another name is none: the browser
    /// of one person must not be better at guessing than any other.
    pub(crate) fn known(&self, headers: &HeaderMap, name: &str) -> Option<Device> {
        let value = Zeroizing::new(base64url::decode(&self.cookie.read(headers)?)?);
        let (device, shown) = value.split_first_chunk()?;
        constant_time::verify_slices_are_equal(shown, &self.hash(device, name)).ok()?;
        Some(*device)
    }

    /// The field that makes a browser known as one that has logged in as `name`.
    pub(crate) fn remember(
        &self,
        name: &str,
        random: &(dyn SecureRandom + Send + Sync),
    ) -> Result<HeaderValue, Refused> {
        let mut device = Device::default();
        random.fill(&mut device).map_err(|_| Refused::Unable)?;
        let value = Zeroizing::new([device, self.hash(&device, name)].concat());
        self.cookie.set(&Zeroizing::new(base64url::encode(&*value)))
    }

    /// Half of the hash is enough (RFC 2104 §5). The device has a fixed length, so that no other pair of device and
    /// name is hashed alike.
    fn hash(&self, device: &Device, name: &str) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(device);
        context.update(name.as_bytes());
        context.sign().as_ref().first_chunk().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;
    use warded_core::{Issuer, ResourceUri};
    use warded_store::memory::Memory;

    use super::*;

    pub(super) async fn devices(store: &Memory) -> Devices {
        let issuer = "https://mcp.example.com/issuers/default";
        let cookie = Cookie::of(&Issuer::parse(issuer).unwrap(), &ResourceUri::parse(issuer).unwrap());
        Devices::open(&cookie, store, &random()).await.unwrap()
    }

    pub(super) fn random() -> aws_lc_rs::rand::SystemRandom {
        #[expect(clippy::disallowed_methods, reason = "keys of tests are nobody's")]
        aws_lc_rs::rand::SystemRandom::new()
    }

    pub(super) fn sent(field: &str) -> HeaderMap {
        let pair = field.split(';').next().unwrap();
        [(COOKIE, HeaderValue::from_str(pair).unwrap())].into_iter().collect()
    }

    #[tokio::test]
    async fn a_browser_is_known_for_one_name_wherever_the_key_is() {
        let store = Memory::new();
        let devices_here = devices(&store).await;
        let field = devices_here.remember("ada", &random()).unwrap().to_str().unwrap().to_owned();
        assert!(field.starts_with("__Host-warded-") && field.contains("-device="), "{field}");
        assert!(field.contains("; Path=/; Secure; Max-Age=") && field.contains("; HttpOnly"), "{field}");
        let headers = sent(&field);
        let known = devices_here.known(&headers, "ada");
        assert!(known.is_some());
        assert_eq!(devices(&store).await.known(&headers, "ada"), known, "another process, the same store");
        assert_eq!(devices_here.known(&headers, "eve"), None);
        assert_eq!(devices_here.known(&HeaderMap::new(), "ada"), None);
        assert_eq!(devices(&Memory::new()).await.known(&headers, "ada"), None, "another key");
    }

    #[tokio::test]
    async fn not_a_bit_of_the_cookie_can_be_changed() {
        let devices = devices(&Memory::new()).await;
        let field = devices.remember("ada", &random()).unwrap().to_str().unwrap().to_owned();
        let (name, value) = field.split(';').next().unwrap().split_once('=').unwrap();
        let bytes = base64url::decode(value).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let headers = sent(&format!("{name}={}", base64url::encode(&changed)));
            assert_eq!(devices.known(&headers, "ada"), None, "{at}");
        }
        for cut in [0, 15, 16, 17, 31] {
            let headers = sent(&format!("{name}={}", base64url::encode(&bytes[..cut])));
            assert_eq!(devices.known(&headers, "ada"), None, "{cut}");
        }
    }

    #[tokio::test]
    async fn a_key_of_the_wrong_length_is_none() {
        use warded_store::Secrets as _;

        let store = Memory::new();
        store.secret(SECRET, b"").await.unwrap();
        let issuer = "https://mcp.example.com";
        let cookie = Cookie::of(&Issuer::parse(issuer).unwrap(), &ResourceUri::parse(issuer).unwrap());
        let opened = Devices::open(&cookie, &store, &random()).await;
        assert_eq!(opened.err(), Some(OpenFailed::Key { name: SECRET.to_owned() }));
    }
}
