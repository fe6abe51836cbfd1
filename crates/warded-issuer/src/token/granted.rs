//! What does a client get (RFC 6749 §5.1, RFC 8693 §2.2.1, RFC 9449 §5)?

use axum::{body::Body, response::Response};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA},
};
use serde::Serialize;
use warded_core::{Scopes, UnixTime, Wiped, jose::Thumbprint};
use zeroize::Zeroizing;

use super::exchange::ACCESS_TOKEN;
use crate::{dpop::Sender, mint::Minted, random::Secret, refused::Refused};

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

/// The answer.
#[derive(Serialize)]
struct Told<'a> {
    access_token: &'a str,
    /// A client that proved a key is told that its token is bound, and can see that it got no bearer token.
    token_type: &'static str,
    expires_in: i64,
    /// Always, and not only where it differs: clients compare it with what they need.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl Granted {
    pub(super) fn of(minted: Minted, scopes: Scopes, refresh_token: Option<Secret>, sender: &Sender) -> Self {
        let Minted { token: access_token, expires } = minted;
        Self { access_token, expires, scopes, refresh_token, key: sender.key(), is_exchanged: false }
    }

    pub(super) fn respond(mut self, now: UnixTime) -> Response {
        let access_token = Wiped::new(std::mem::take(&mut *self.access_token));
        let told = Told {
            access_token: &access_token,
            token_type: if self.key.is_some() { "DPoP" } else { "Bearer" },
            expires_in: self.expires.since(now).max(0),
            scope: (!self.scopes.is_empty()).then(|| self.scopes.to_string()),
            issued_token_type: self.is_exchanged.then_some(ACCESS_TOKEN),
            refresh_token: self.refresh_token.as_ref().map(Secret::reveal),
        };
        // In full: a text that grows leaves its beginnings behind.
        let mut text = Vec::with_capacity(access_token.len() + ROOM);
        if serde_json::to_writer(&mut text, &told).is_err() {
            return Refused::Unable.json();
        }
        let mut response = Response::new(Body::from(text));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }
}
