//! What does the user send to a server that knows no OAuth? Header fields with secrets of the user's own, for this one
//! server.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};

use crate::{
    secret::{Secret, Unreadable},
    unsaid::{Unsaid, of_field},
};

/// What the transport itself says, what frames a message, and what is between two ends of one connection.
const OURS: [&str; 20] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "dpop",
    "expect",
    "host",
    "keep-alive",
    "last-event-id",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Header fields that go with each request to one server, and nowhere else.
#[derive(Clone, Default)]
pub struct Fixed(Vec<(HeaderName, Secret)>);

/// Why a header field cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidFixed {
    /// No name of a header.
    #[error("that is no name of a header")]
    Name,
    /// It would change what is said, or to whom.
    #[error("`{name}` is for the connection itself to say")]
    Ours {
        /// Which.
        name: HeaderName,
    },
    /// Which of them would be anybody's guess.
    #[error("`{name}` is given twice")]
    Twice {
        /// Which.
        name: HeaderName,
    },
}

/// Why a header field has no value now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FixedFailed {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It would break out of its header, or not get into it.
    #[error(
        "what is there for the header `{name}` cannot stand in one: a line break, or something that is not ASCII"
    )]
    Value {
        /// Which.
        name: HeaderName,
    },
}

impl Fixed {
    /// The same with one more.
    pub fn with(mut self, name: &str, value: Secret) -> Result<Self, InvalidFixed> {
        let name: HeaderName = name.parse().map_err(|_| InvalidFixed::Name)?;
        if OURS.contains(&name.as_str()) || name.as_str().starts_with("mcp-param-") {
            return Err(InvalidFixed::Ours { name });
        }
        if self.has(&name) {
            return Err(InvalidFixed::Twice { name });
        }
        self.0.push((name, value));
        Ok(self)
    }

    /// Whether the user's own credential stands where a token of an issuer would. Then there is no such token: a server
    /// gets one of the two, and never the other's.
    pub fn is_instead_of_token(&self) -> bool {
        self.has(&AUTHORIZATION)
    }

    /// Which they are.
    pub fn names(&self) -> impl Iterator<Item = &HeaderName> {
        self.0.iter().map(|(name, _)| name)
    }

    /// Whether something that is in them stands in somebody's words, or the beginning of it. What is shorter than a secret
    /// can be stands in many words that nobody has quoted, and does not count.
    pub fn stand_in(&self, words: &str) -> bool {
        let values: Vec<_> =
            self.0.iter().filter_map(|(name, secret)| Some((name, secret.read().ok()?))).collect();
        Unsaid::all(values.iter().flat_map(|(name, value)| of_field(name, value))).stands_in(words)
    }

    pub(super) fn has(&self, name: &HeaderName) -> bool {
        self.names().any(|known| known == name)
    }

    /// Adds what is there now.
    pub(super) fn dress(&self, headers: &mut HeaderMap) -> Result<(), FixedFailed> {
        for (name, secret) in &self.0 {
            let text = secret.read()?;
            let is_ascii = text.is_ascii();
            let value = HeaderValue::from_str(&text).ok().filter(|_| is_ascii);
            let mut value = value.ok_or_else(|| FixedFailed::Value { name: name.clone() })?;
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        Ok(())
    }
}

/// Says which, never what.
impl fmt::Debug for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::fixed("env:KEY", Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn what_the_transport_says_is_not_the_users_to_say() {
        let with = |name| Fixed::default().with(name, secret("x"));
        for name in OURS {
            assert_eq!(with(name).unwrap_err(), InvalidFixed::Ours { name: HeaderName::from_static(name) });
        }
        assert!(matches!(with("Mcp-Param-Region"), Err(InvalidFixed::Ours { .. })));
        for name in ["", "a b", "x:y", "x\r\ny"] {
            assert_eq!(with(name).unwrap_err(), InvalidFixed::Name, "{name:?}");
        }
        let twice = with("X-Api-Key").unwrap().with("x-api-key", secret("y"));
        assert!(matches!(twice, Err(InvalidFixed::Twice { .. })));
        assert!(with("authorization").unwrap().is_instead_of_token());
        assert!(!with("x-api-key").unwrap().is_instead_of_token());
    }

    #[test]
    fn what_a_server_quotes_of_them_is_found() {
        let fixed = Fixed::default().with("x-api-key", secret("s3cret")).unwrap();
        let fixed = fixed.with("authorization", secret("Basic dXNlcjpwYXNzd29yZA==")).unwrap();
        let fixed = fixed.with("x-debug", secret("1")).unwrap();
        let fixed = fixed.with("cookie", secret("sid=C00KIE-1; csrf=x")).unwrap();
        for words in [
            "no session C00KIE-1",
            "not s3cret",
            "got Basic dXNlcjpwYXNzd29yZA==",
            "dXNlcjpwYXNzd29y... is over",
        ] {
            assert!(fixed.stand_in(words), "{words}");
        }
        assert!(!fixed.stand_in("1 of 1: Basic is not taken"));
    }

    #[test]
    fn a_secret_does_not_break_out_of_its_header_nor_into_a_message() {
        let mut headers = HeaderMap::new();
        for text in ["a\r\nhost: evil.example", "a\nb", "a\0b", "é"] {
            let fixed = Fixed::default().with("x-api-key", secret(text)).unwrap();
            let failed = fixed.dress(&mut headers).unwrap_err();
            assert!(matches!(failed, FixedFailed::Value { .. }) && !failed.to_string().contains(text));
        }
        assert!(headers.is_empty());
        let fixed = Fixed::default().with("x-api-key", secret("s3cret")).unwrap();
        fixed.dress(&mut headers).unwrap();
        assert!(headers["x-api-key"] == "s3cret" && headers["x-api-key"].is_sensitive());
        assert_eq!(format!("{fixed:?}"), r#"["x-api-key"]"#);
    }
}
