//! Which browser is this, and who sits in front of it? One cookie, and forms that were made for it.

use std::sync::LazyLock;

use aws_lc_rs::{constant_time, digest};
use http::{HeaderMap, HeaderValue, header::COOKIE};
use warded_core::{Issuer, ResourceUri, UnixTime, jose::base64url};
use warded_store::{Digest, Session, User};
use zeroize::Zeroizing;

use crate::{AuthorizationServer, random::Secret, refused::Refused};

pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod login;
pub(crate) mod page;

/// How the issuer's cookie is called and where it is sent.
#[derive(Debug)]
pub(crate) struct Cookie {
    name: String,
    attributes: String,
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

    /// The value that the browser sent. Two of them are none: one was planted.
    fn read(&self, headers: &HeaderMap) -> Option<Zeroizing<String>> {
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

    /// The field that sets it. `Lax`: it comes along when an application sends the browser here, and never with
    /// a form of another site.
    fn set(&self, value: &str) -> Result<HeaderValue, Refused> {
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

/// A browser, and who is logged in there.
pub(crate) struct Visitor {
    cookie: Option<Zeroizing<String>>,
    pub(crate) person: Option<Person>,
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) auth_time: UnixTime,
}

/// A cookie that the next answer sets.
pub(crate) struct Fresh(Secret);

impl AuthorizationServer {
    /// Looks at the cookie of a request.
    pub(crate) async fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Refused> {
        let cookie = self.cookie.read(headers);
        let person = match &cookie {
            Some(value) => self.person(&Digest::of(value.as_bytes())).await?,
            None => None,
        };
        Ok(Visitor { cookie, person })
    }

    async fn person(&self, digest: &Digest) -> Result<Option<Person>, Refused> {
        let session = self.store.session(digest, self.clock.now()).await?;
        let Some(session) = session.filter(|session| session.issuer == self.issuer) else { return Ok(None) };
        let user = self.store.user(&session.user).await?;
        Ok(user.map(|user| Person { user, auth_time: session.auth_time }))
    }

    /// Remembers that `user` logged in, under a new cookie: one that was there before may have been planted by
    /// somebody who would then be logged in too (session fixation).
    async fn log_in(&self, user: &User, before: &Visitor) -> Result<Fresh, Refused> {
        let (fresh, now) = (Fresh(Secret::new(&*self.random)?), self.clock.now());
        self.store
            .open_session(Session {
                digest: fresh.0.digest(),
                issuer: self.issuer.clone(),
                user: user.id.clone(),
                auth_time: now,
                expires: now.plus(self.policy.session),
            })
            .await?;
        if let Some(before) = &before.cookie {
            self.store.end_session(&Digest::of(before.as_bytes())).await?;
        }
        Ok(fresh)
    }

    /// Ends the session of a browser that answered, where everybody on the way could read its cookie: on
    /// loopback it goes to every port of the host. What another program there has seen opens nothing anymore.
    async fn end_where_overheard(&self, visitor: &Visitor) -> Result<(), Refused> {
        match &visitor.cookie {
            Some(cookie) if self.home.is_plain_http() => {
                Ok(self.store.end_session(&Digest::of(cookie.as_bytes())).await?)
            }
            _ => Ok(()),
        }
    }

    /// The cookie for a browser that has none, so that the form in the answer can be bound to it.
    fn fresh_cookie(&self) -> Result<Fresh, Refused> {
        Ok(Fresh(Secret::new(&*self.random)?))
    }
}

/// What a form is for. A token for one is none for the other.
#[derive(Clone, Copy)]
enum Purpose {
    Login,
    Consent,
}

/// The hidden value that shows that a form was made by us, for this browser and this very question: a hash
/// under the cookie, which neither another site nor another browser can know. The cookie fills the hash's first
/// block, and the truncated hash leaves no state to extend, as with the names of tokens in `warded-core`.
fn form_token(cookie: &str, purpose: Purpose, question: &[&str]) -> String {
    let mut key = Zeroizing::new([0; 128]);
    key.iter_mut().zip(cookie.bytes()).for_each(|(to, from)| *to = from);
    let mut hash = digest::Context::new(&digest::SHA512_256);
    hash.update(&*key);
    hash.update(&message(purpose, question));
    base64url::encode(hash.finish())
}

fn is_form_token(token: &str, cookie: &str, purpose: Purpose, question: &[&str]) -> bool {
    let expected = form_token(cookie, purpose, question);
    constant_time::verify_slices_are_equal(token.as_bytes(), expected.as_bytes()).is_ok()
}

/// Each part with its length: `("ab", "c")` and `("a", "bc")` are two questions.
fn message(purpose: Purpose, question: &[&str]) -> Vec<u8> {
    let purpose = match purpose {
        Purpose::Login => "login",
        Purpose::Consent => "consent",
    };
    let mut message = Vec::new();
    for part in std::iter::once(&purpose).chain(question) {
        message.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        message.extend_from_slice(part.as_bytes());
    }
    message
}

/// Browsers say where a form was sent from; ours are sent from our own pages (Fetch Metadata). The form token
/// would do; this is a second lock on the same door.
fn refuse_other_sites(headers: &HeaderMap) -> Result<(), Refused> {
    static OWN: LazyLock<[HeaderValue; 2]> =
        LazyLock::new(|| [HeaderValue::from_static("same-origin"), HeaderValue::from_static("none")]);
    let mut said = headers.get_all("sec-fetch-site").iter();
    if said.all(|site| OWN.contains(site)) { Ok(()) } else { Err(Refused::FormForeign) }
}

/// An application sends the whole browser here. What another site loads as a picture, a frame or by script is
/// nobody's wish to log in (Fetch Metadata).
pub(crate) fn refuse_embedding(headers: &HeaderMap) -> Result<(), Refused> {
    let says = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value == wanted);
    let goes_there = says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document");
    if goes_there { Ok(()) } else { refuse_other_sites(headers) }
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

    #[test]
    fn a_form_is_for_one_browser_and_one_question() {
        let token = form_token("cookie", Purpose::Consent, &["ab", "c"]);
        assert!(is_form_token(&token, "cookie", Purpose::Consent, &["ab", "c"]));
        assert!(!is_form_token(&token, "other", Purpose::Consent, &["ab", "c"]));
        assert!(!is_form_token(&token, "cookie", Purpose::Login, &["ab", "c"]));
        assert!(!is_form_token(&token, "cookie", Purpose::Consent, &["a", "bc"]));
        assert!(!is_form_token(&token, "cookie", Purpose::Consent, &["ab", "c", ""]));
        assert!(!is_form_token("", "cookie", Purpose::Consent, &["ab", "c"]));
    }
}
