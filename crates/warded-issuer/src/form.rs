//! What are the parameters? Forms and queries that everyone reads alike (RFC 6749 §3.1, §3.2).

use std::{borrow::Cow, time::Duration};

use axum::{body::Body, http::HeaderMap};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, header::CONTENT_TYPE};
use tokio::time::timeout;
use warded_core::Wiped;

use crate::refused::Refused;

/// Largest body that is read.
const MAX_BYTES: usize = 32 * 1024;
/// How long a body may take, whole: whoever sends a byte a minute would hold a connection for ever.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most parameters that are looked at.
const MAX_PARAMETERS: usize = 64;

/// Parameters, each at most once but for `resource`, whose repetition is an error of its own kind.
pub(crate) struct Form(Vec<(String, Wiped)>);

impl Form {
    /// Reads a query or a body. A parameter that stands twice is refused: one reader takes the first and another
    /// the last, and an attacker shows each what it wants to see.
    pub(crate) fn read(text: &[u8]) -> Result<Self, Refused> {
        if text.len() > MAX_BYTES {
            return Err(Refused::TooLarge);
        }
        let mut parameters: Vec<(String, Wiped)> = Vec::new();
        for (name, value) in text.split(|byte| *byte == b'&').filter_map(pair) {
            if parameters.len() == MAX_PARAMETERS {
                return Err(Refused::TooLarge);
            }
            if name != "resource" && parameters.iter().any(|(held, _)| *held == name) {
                return Err(Refused::ParameterRepeated);
            }
            parameters.push((name.into_owned(), Wiped::new(value.into_owned())));
        }
        Ok(Self(parameters))
    }

    /// The value; an empty one is none at all (RFC 6749 §3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(held, _)| held == name)?;
        Some(&**value).filter(|value| !value.is_empty())
    }

    /// The value, which must be there.
    pub(crate) fn need(&self, name: &'static str) -> Result<&str, Refused> {
        self.get(name).ok_or(Refused::ParameterMissing(name))
    }

    /// Every value of `resource`.
    pub(crate) fn resources(&self) -> Vec<&str> {
        self.0.iter().filter(|(name, _)| name == "resource").map(|(_, value)| &**value).collect()
    }
}

/// One parameter, in whatever way it is encoded. Nearly all of them are as plain as they look.
fn pair(text: &[u8]) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    let plain = Some(text).filter(|text| !text.is_empty() && !text.contains(&b'%') && !text.contains(&b'+'));
    let Some(plain) = plain.and_then(|text| str::from_utf8(text).ok()) else {
        return form_urlencoded::parse(text).next();
    };
    let (name, value) = plain.split_once('=').unwrap_or((plain, ""));
    Some((name.into(), value.into()))
}

/// Names only: values may be secrets.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Reads the form in a POST. Parameters in its URL are refused: they end up in logs, and beside a body they are a
/// second opinion.
pub(crate) async fn posted(request: Request<Body>) -> Result<(HeaderMap, Form), Refused> {
    let (parts, body) = request.into_parts();
    if parts.uri.query().is_some() {
        return Err(Refused::ParametersInUrl);
    }
    if !is_of(&parts.headers, "application/x-www-form-urlencoded") {
        return Err(Refused::NotAForm);
    }
    let text = bounded(body, MAX_BYTES).await?;
    Ok((parts.headers, Form::read(&text)?))
}

/// Whether the content type, parameters aside, is this one.
pub(crate) fn is_of(headers: &HeaderMap, wanted: &str) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else { return false };
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted))
}

/// Reads a body up to a limit, of size and of time.
pub(crate) async fn bounded(body: Body, limit: usize) -> Result<Bytes, Refused> {
    let mut reading = std::pin::pin!(axum::body::to_bytes(body, limit));
    let read = match reading.as_mut().now_or_never() {
        // Nearly always all of it is there already, and nobody has to set a clock.
        Some(read) => read,
        None => Box::pin(timeout(PATIENCE, reading)).await.map_err(|_| Refused::TooSlow)?,
    };
    read.map_err(|_| Refused::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_once_and_an_empty_one_not_at_all() {
        let form = Form::read(b"a=1&b=&c=x+y%20z&resource=1&resource=2").unwrap();
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), (Some("1"), None, Some("x y z")));
        assert_eq!(form.resources(), ["1", "2"]);
        assert_eq!(form.need("d").unwrap_err(), Refused::ParameterMissing("d"));
        for twice in ["a=1&a=2", "a=1&a=1", "a=&a=1", "a=1&%61=2", "client_id=x&client_id="] {
            assert_eq!(Form::read(twice.as_bytes()).unwrap_err(), Refused::ParameterRepeated, "{twice}");
        }
        assert_eq!(form.get("A"), None);
        let brackets = Form::read(b"resource[]=https%3A%2F%2Fa.example").unwrap();
        assert!(brackets.resources().is_empty());
        assert_eq!(format!("{form:?}").matches('1').count(), 0);
    }

    /// What we call plain must be what everybody reads.
    #[test]
    fn parameters_are_read_as_the_encoding_says() {
        const LETTERS: [u8; 8] = [b'a', b'=', b'&', b'%', b'+', b'4', 0xc3, 0xa9];
        let texts = (0..LETTERS.len().pow(5)).map(|number| {
            let letter = |place: u32| LETTERS[number / LETTERS.len().pow(place) % LETTERS.len()];
            (0..5).map(letter).collect::<Vec<_>>()
        });
        for text in texts.chain([b"".into(), b"resource=https%3A%2F%2Fa.example%2Fmcp&scope=a+b".into()]) {
            let ours: Vec<_> = text.split(|byte| *byte == b'&').filter_map(pair).collect();
            assert_eq!(ours, form_urlencoded::parse(&text).collect::<Vec<_>>(), "{text:?}");
        }
    }

    #[test]
    fn forms_are_bounded() {
        let many: String = (0..=MAX_PARAMETERS).map(|n| n.to_string() + "=&").collect();
        assert_eq!(Form::read(many.as_bytes()).unwrap_err(), Refused::TooLarge);
        assert_eq!(Form::read(&vec![b'a'; MAX_BYTES + 1]).unwrap_err(), Refused::TooLarge);
    }
}
