//! Who is asked for packages, and with what somebody shows that they may have them. That is a secret, and printed nowhere.

use std::fmt;

use anyhow::ensure;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use warded_core::ResourceUri;
use zeroize::Zeroizing;

/// A registry.
#[derive(Clone)]
pub(super) struct Index {
    /// Without a slash at its end.
    root: ResourceUri,
    authorization: Option<HeaderValue>,
}

impl Index {
    /// Reads a URL as somebody has set it for another program; `said` is where. Its user and password are taken out of it.
    pub(super) fn read(url: &str, said: &str) -> anyhow::Result<Self> {
        // What is wrong is told without the words: a password may be among them.
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| anyhow::anyhow!("{said} does not name a registry by its URL"))?;
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let bare = Zeroizing::new(format!("{scheme}://{host}{path}"));
        let root = ResourceUri::parse(bare.trim_end_matches('/')).map_err(|error| {
            anyhow::anyhow!("the registry that {said} names is no URL to ask: {}", error.flaw().why())
        })?;
        ensure!(
            !root.has_query(),
            "the registry that {said} names has a query in its URL, which means nothing to it"
        );
        let authorization = user.map(|user| basic(user, said)).transpose()?;
        Ok(Self { root, authorization })
    }

    /// With a token or such, unless its URL has one already.
    #[must_use]
    pub(super) fn showing(mut self, authorization: Option<HeaderValue>) -> Self {
        self.authorization = self.authorization.or(authorization);
        self
    }

    /// Something beneath it.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.root.as_str())
    }

    pub(super) fn root(&self) -> &ResourceUri {
        &self.root
    }

    /// Where it is, for people.
    pub(super) fn host(&self) -> &str {
        let origin = self.root.origin();
        origin.split_once("://").map_or(origin, |(_, host)| host)
    }

    /// What it is shown, and nobody else.
    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({})", self.host())
    }
}

/// `USER:PASSWORD`, each with its escapes (RFC 7617).
fn basic(user: &str, said: &str) -> anyhow::Result<HeaderValue> {
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let pair = Zeroizing::new([decoded(user).as_slice(), b":", decoded(password).as_slice()].concat());
    secret(&Zeroizing::new(format!("Basic {}", &*Zeroizing::new(STANDARD.encode(&*pair)))), said)
}

/// A header field that nobody sees.
pub(super) fn secret(text: &str, said: &str) -> anyhow::Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| anyhow::anyhow!("what {said} has to show to the registry cannot be sent"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// An escape that is none stands for itself, as for pip.
fn decoded(text: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (first, after) {
            (b'%', [high, low, after @ ..]) if digit(high).is_some() && digit(low).is_some() => {
                bytes.push(digit(high).unwrap_or(0) << 4 | digit(low).unwrap_or(0));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_asked_with_what_its_url_has_and_never_shows_it() {
        let index = Index::read("https://me:s3c%40ret@Index.example:8443/simple/", "a file").unwrap();
        assert_eq!(index.at("x/"), "https://index.example:8443/simple/x/");
        assert_eq!(index.host(), "index.example:8443");
        let expected = format!("Basic {}", STANDARD.encode("me:s3c@ret"));
        assert_eq!(index.authorization().unwrap(), &expected);
        assert!(index.authorization().unwrap().is_sensitive());
        assert_eq!(format!("{index:?}"), "Index(index.example:8443)");
        let token = secret("Bearer other", "x").unwrap();
        assert_eq!(index.showing(Some(token)).authorization().unwrap(), &expected);
        assert!(Index::read("https://x.example", "x").unwrap().authorization().is_none());
    }

    #[test]
    fn what_is_no_registry_is_told_without_its_words() {
        for url in [
            "me:s3cret@index.example",
            "http://me:s3cret@index.example/simple",
            "https://me:s3cret@",
            "file://me:s3cret@x/y",
            "https://me:s3cret@index.example/?token=s3cret",
            "https://me:s3cret@index.example/#s3cret",
            "https://me:s3cret@index.example/a b",
        ] {
            let error = format!("{:#}", Index::read(url, "PIP_INDEX_URL").unwrap_err());
            assert!(error.contains("PIP_INDEX_URL") && !error.contains("s3cret"), "{url}: {error}");
        }
    }
}
