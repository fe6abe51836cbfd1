//! How does a browser show that it is the same one? By one cookie, which nobody else can read or plant.

use aws_lc_rs::digest;
use http::{HeaderMap, HeaderValue, header::COOKIE};
use warded_core::{Issuer, ResourceUri, jose::base64url};
use zeroize::Zeroizing;

use crate::refused::Refused;

/// How the issuer's cookie is called and where it is sent.
#[derive(Debug)]
pub(crate) struct Cookie {
    pub(super) name: String,
    pub(super) attributes: String,
}

impl Cookie {
    pub(crate) fn of(issuer: &Issuer, home: &ResourceUri) -> Self {
        let hash = digest::digest(&digest::SHA256, issuer.as_str().as_bytes());
        let which = base64url::encode(hash.as_ref().get(..9).unwrap_or_default());
        if home.is_plain_http() {
            // Loopback: cookies know no ports, so the name keeps two issuers apart. It hides nothing: every
            // port of the host is sent the cookie, so a session there is good for one decision only.
            let path = match home.path_and_query() {
                "" => "/",
                path => path,
            };
            Self { name: format!("warded-{which}"), attributes: format!("; Path={path}") }
        } else {
            // `__Host-`: no neighbour under the same domain can plant it (RFC 6265bis §4.1.3.2).
            Self { name: format!("__Host-warded-{which}"), attributes: "; Path=/; Secure".to_owned() }
        }
    }

    /// The one that binds a browser to its way back from a provider, for `seconds`. It is another one, since every login
    /// changes this one: who comes back in one tab would make the others come back in vain.
    pub(super) fn away(&self, seconds: u32) -> Self {
        let Self { name, attributes } = self;
        Self { name: format!("{name}-away"), attributes: format!("{attributes}; Max-Age={seconds}") }
    }

    /// The value that the browser sent. Two of them are none: one was planted.
    pub(super) fn read(&self, headers: &HeaderMap) -> Option<Zeroizing<String>> {
        let fields = headers.get_all(COOKIE).iter().filter_map(|field| field.to_str().ok());
        let mut ours = fields
            .flat_map(|field| field.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name)
            .map(|(_, value)| value);
        match (ours.next(), ours.next()) {
            (Some(value), None) if is_ours(value) => Some(Zeroizing::new(value.to_owned())),
            _ => None,
        }
    }

    /// The field that has the browser forget it.
    pub(super) fn forget(&self) -> Result<HeaderValue, Refused> {
        let Self { name, attributes } = self;
        let field = format!("{name}={attributes}; Max-Age=0; HttpOnly; SameSite=Lax");
        HeaderValue::from_str(&field).map_err(|_| Refused::Unable)
    }

    /// The field that sets it. `Lax`: it comes along when an application sends the browser here, and never with
    /// a form of another site.
    pub(super) fn set(&self, value: &str) -> Result<HeaderValue, Refused> {
        let Self { name, attributes } = self;
        let field = Zeroizing::new(format!("{name}={value}{attributes}; HttpOnly; SameSite=Lax"));
        let mut field = HeaderValue::from_str(&field).map_err(|_| Refused::Unable)?;
        field.set_sensitive(true);
        Ok(field)
    }
}

/// 256 bits as we write them.
fn is_ours(value: &str) -> bool {
    base64url::decode(value).is_some_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(issuer: &str) -> Cookie {
        Cookie::of(&Issuer::parse(issuer).unwrap(), &ResourceUri::parse(issuer).unwrap())
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_sites_and_on_https_of_neighbours() {
        let value = "A".repeat(43);
        let set = |issuer| cookie(issuer).set(&value).unwrap().to_str().unwrap().to_owned();
        let https = set("https://mcp.example.com/issuers/default");
        assert!(https.starts_with("__Host-warded-"), "{https}");
        assert!(https.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{https}");
        let local = set("http://127.0.0.1:8700/issuers/default");
        assert!(local.ends_with("; Path=/issuers/default; HttpOnly; SameSite=Lax"), "{local}");
        let other = set("http://127.0.0.1:8701/issuers/default");
        assert_ne!(local.split('=').next(), other.split('=').next(), "another port is another issuer");
    }

    #[test]
    fn a_cookie_that_stands_twice_is_none() {
        let cookie = cookie("https://mcp.example.com");
        let (one, two) = ("A".repeat(43), "E".repeat(43));
        let read = |fields: &[String]| {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(COOKIE, HeaderValue::from_str(field).unwrap());
            }
            cookie.read(&headers).map(|value| value.to_string())
        };
        let pair = |value: &str| format!("{}={value}", cookie.name);
        assert_eq!(read(&[format!("a=b; {}; c=d", pair(&one))]), Some(one.clone()));
        assert_eq!(read(&[format!("{}; {}", pair(&one), pair(&two))]), None);
        assert_eq!(read(&[pair(&one), pair(&two)]), None);
        assert_eq!(read(&[pair("short")]), None);
        assert_eq!(read(&[]), None);
    }
}
