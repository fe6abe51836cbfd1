//! What does a client get (RFC 6749 §5.1, RFC 8693 §2.2.1, RFC 9449 §5)?

use axum::response::{IntoResponse as _, Response};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA},
};
use serde_json::{Map, Value};
use warded_core::{Scopes, UnixTime, jose::Thumbprint};
use zeroize::Zeroizing;

use super::exchange::ACCESS_TOKEN;
use crate::{dpop::Sender, mint::Minted, random::Secret};

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

    pub(super) fn respond(self, now: UnixTime) -> Response {
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
        tell("access_token", self.access_token.as_str().into());
        // A client that proved a key is told that its token is bound, and can see that it got no bearer token.
        tell("token_type", if self.key.is_some() { "DPoP" } else { "Bearer" }.into());
        tell("expires_in", self.expires.since(now).max(0).into());
        // Always, and not only where it differs: clients compare it with what they need.
        if !self.scopes.is_empty() {
            tell("scope", self.scopes.to_string().into());
        }
        if self.is_exchanged {
            tell("issued_token_type", ACCESS_TOKEN.into());
        }
        if let Some(refresh_token) = &self.refresh_token {
            tell("refresh_token", refresh_token.reveal().into());
        }
        let mut response = Value::Object(told).to_string().into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }
}
