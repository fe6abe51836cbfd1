//! What does a client get (RFC 6749 §5.1, RFC 8693 §2.2.1, RFC 9449 §5)?

use axum::{body::Body, response::Response};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA},
};
use warded_core::{Scopes, UnixTime, Wiped, jose::Thumbprint};
use zeroize::Zeroizing;

use super::exchange::ACCESS_TOKEN;
use crate::{dpop::Sender, mint::Minted, random::Secret};

/// For what an answer says beside the token, in bytes; scopes that take more make it grow.
const ROOM: usize = 512;

/// What a client gets.
pub(super) struct Granted {
    pub(super) access_token: Zeroizing<String>,
    pub(super) expires: UnixTime,
    pub(super) scopes: Scopes,
    pub(super) refresh_token: Option<Secret>,
    pub(super) key: Option<Thumbprint>,
    pub(super) is_exchanged: bool,
}

impl Granted {
    pub(super) fn of(minted: Minted, scopes: Scopes, refresh_token: Option<Secret>, sender: &Sender) -> Self {
        let Minted { token: access_token, expires } = minted;
        Self { access_token, expires, scopes, refresh_token, key: sender.key(), is_exchanged: false }
    }

    pub(super) fn respond(mut self, now: UnixTime) -> Response {
        let access_token = Wiped::new(std::mem::take(&mut *self.access_token));
        let mut response = Response::new(Body::from(self.told(&access_token, now)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }

    /// The answer. Nothing in it has to be escaped, and nobody looks for that: tokens are base64url and dots, scopes have
    /// neither quotes nor backslashes (RFC 6749 §3.3).
    fn told(&self, access_token: &str, now: UnixTime) -> String {
        // In full: a text that grows leaves its beginnings behind.
        let mut text = String::with_capacity(access_token.len() + ROOM);
        // A client that proved a key is told that its token is bound, and can see that it got no bearer token.
        let token_type = if self.key.is_some() { "DPoP" } else { "Bearer" };
        let expires_in = self.expires.since(now).max(0).to_string();
        text.extend(["{\"access_token\":\"", access_token, "\",\"token_type\":\"", token_type]);
        text.extend(["\",\"expires_in\":", &expires_in]);
        // Always, and not only where it differs: clients compare it with what they need.
        let scope = (!self.scopes.is_empty()).then(|| self.scopes.to_string());
        let more = [
            ("scope", scope.as_deref()),
            ("issued_token_type", self.is_exchanged.then_some(ACCESS_TOKEN)),
            ("refresh_token", self.refresh_token.as_ref().map(Secret::reveal)),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                text.extend([",\"", name, "\":\"", value, "\""]);
            }
        }
        text.push('}');
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_answer_is_json_whatever_scopes_there_are() {
        // Every character that a scope may have.
        let scopes: String = (0x21_u8..0x7f).map(char::from).filter(|c| !matches!(c, '"' | '\\')).collect();
        let mut granted = Granted {
            access_token: Zeroizing::default(),
            expires: UnixTime::from_seconds(1600),
            scopes: Scopes::parse(&format!("read {scopes}")).unwrap(),
            refresh_token: Some(Secret::again("a_successor-")),
            key: None,
            is_exchanged: true,
        };
        let told = |granted: &Granted, now| {
            serde_json::from_str::<Value>(&granted.told("e.y.J", UnixTime::from_seconds(now))).unwrap()
        };
        let full = json!({
            "access_token": "e.y.J", "token_type": "Bearer", "expires_in": 600, "scope": format!("{scopes} read"),
            "issued_token_type": ACCESS_TOKEN, "refresh_token": "a_successor-",
        });
        assert_eq!(told(&granted, 1000), full);
        (granted.scopes, granted.refresh_token, granted.is_exchanged) = (Scopes::default(), None, false);
        granted.key = Thumbprint::parse("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(
            told(&granted, 2000),
            json!({ "access_token": "e.y.J", "token_type": "DPoP", "expires_in": 0 })
        );
    }
}
