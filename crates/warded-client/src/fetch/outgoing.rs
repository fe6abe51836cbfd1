//! What is sent? Its `Debug` says nothing, since codes, tokens and secrets go out this way.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use form_urlencoded::byte_serialize;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;
use zeroize::Zeroizing;

/// The header fields and the body of a request.
pub struct Outgoing {
    headers: HeaderMap,
    body: Bytes,
}

impl Outgoing {
    /// No body.
    pub fn nothing() -> Self {
        Self { headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A form (`application/x-www-form-urlencoded`), as token endpoints take it. Its bytes are wiped after use.
    pub fn form<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let pairs: Vec<(N, V)> = pairs.into_iter().collect();
        // Room for the longest spelling, so that the text is never moved and left behind in freed memory.
        let room =
            pairs.iter().map(|(name, value)| 3 * (name.as_ref().len() + value.as_ref().len()) + 2).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(room));
        for (name, value) in &pairs {
            if !text.is_empty() {
                text.push(b'&');
            }
            encode(name.as_ref(), &mut text);
            text.push(b'=');
            encode(value.as_ref(), &mut text);
        }
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        Self::bytes(kind, Bytes::from_owner(text))
    }

    /// A JSON document.
    pub fn json(value: &Value) -> Self {
        Self::bytes(HeaderValue::from_static("application/json"), value.to_string().into())
    }

    /// A body as it stands.
    pub fn bytes(content_type: HeaderValue, body: Bytes) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type);
        Self { headers, body }
    }

    /// Adds a client's name and secret, each form-encoded first (RFC 6749 §2.3.1).
    #[must_use]
    pub fn basic(mut self, id: &str, secret: &str) -> Self {
        let mut pair = Zeroizing::new(Vec::with_capacity(3 * (id.len() + secret.len()) + 1));
        encode(id, &mut pair);
        pair.push(b':');
        encode(secret, &mut pair);
        let text = Zeroizing::new(format!("Basic {}", &*Zeroizing::new(STANDARD.encode(&*pair))));
        // Base64 is always fit for a header field.
        if let Ok(mut value) = HeaderValue::from_str(&text) {
            value.set_sensitive(true);
            self.headers.insert(header::AUTHORIZATION, value);
        }
        self
    }

    /// Adds a header field. `Host`, and what says how the message is framed, is written by
    /// [`Fetch`](super::Fetch) alone.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    pub(super) fn into_parts(self) -> (HeaderMap, Bytes) {
        (self.headers, self.body)
    }
}

fn encode(text: &str, into: &mut Vec<u8>) {
    byte_serialize(text.as_bytes()).for_each(|piece| into.extend_from_slice(piece.as_bytes()));
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outgoing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_cannot_be_broken_out_of() {
        let (headers, body) =
            Outgoing::form([("resource", "https://a.example/mcp"), ("x&y", "1=2&z=\r\n é+")]).into_parts();
        assert_eq!(headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
        assert_eq!(body, "resource=https%3A%2F%2Fa.example%2Fmcp&x%26y=1%3D2%26z%3D%0D%0A+%C3%A9%2B");
        assert_eq!(Outgoing::form::<&str, &str>([]).into_parts().1, "");
    }

    #[test]
    fn a_secret_with_a_colon_stays_a_secret() {
        let (headers, _) = Outgoing::nothing().basic("https://c.example/id", "p:ss w%rd").into_parts();
        let expected = STANDARD.encode("https%3A%2F%2Fc.example%2Fid:p%3Ass+w%25rd");
        assert_eq!(headers[header::AUTHORIZATION], format!("Basic {expected}"));
        assert!(headers[header::AUTHORIZATION].is_sensitive());
    }

    #[test]
    fn nothing_that_is_sent_can_be_printed() {
        let outgoing = Outgoing::form([("refresh_token", "s3cret")])
            .basic("id", "s3cret")
            .header(header::COOKIE, HeaderValue::from_static("s3cret"));
        assert_eq!(format!("{outgoing:?}"), "Outgoing");
    }
}
