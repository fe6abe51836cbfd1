//! What is a client told about itself (RFC 7591 §3.2.1, RFC 7592 §3)? Everything as it is registered, which may be less
//! than was asked for; its secrets only in the answer that makes them.

use axum::response::{IntoResponse as _, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA},
};
use serde_json::{Map, Value, json};
use warded_store::Client;

use crate::{client::DPOP_BOUND, metadata::endpoint};

/// The secrets that an answer tells.
pub(super) struct Told<'a> {
    /// The client's own, where it is new or was presented.
    pub(super) secret: Option<&'a str>,
    /// The token with which it manages its registration.
    pub(super) management: &'a str,
}

impl Told<'_> {
    pub(super) fn about(&self, client: &Client, status: StatusCode) -> Response {
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
        tell("client_id", client.id.as_str().into());
        tell("client_id_issued_at", client.created.seconds().into());
        if let Some(secret) = self.secret {
            tell("client_secret", secret.into());
            tell("client_secret_expires_at", 0.into());
        }
        tell("registration_access_token", self.management.into());
        tell("registration_client_uri", place(client).into());
        if let Some(name) = &client.name {
            tell("client_name", name.as_str().into());
        }
        tell("redirect_uris", json!(client.redirect_uris));
        tell("grant_types", client.grants.iter().map(|grant| grant.name()).collect());
        tell("response_types", json!(["code"]));
        tell("token_endpoint_auth_method", client.method.name().into());
        if let Some(kind) = client.application_type {
            tell("application_type", kind.name().into());
        }
        if let Some(keys) = client.jwks.as_deref().and_then(|jwks| serde_json::from_str(jwks).ok()) {
            tell("jwks", keys);
        }
        if let Some(uri) = &client.jwks_uri {
            tell("jwks_uri", uri.as_str().into());
        }
        if client.dpop_bound {
            tell(DPOP_BOUND, true.into());
        }
        let mut response = (status, Value::Object(told).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }
}

/// Where a client manages its registration.
fn place(client: &Client) -> String {
    format!("{}/{}", endpoint(&client.issuer, "register"), client.id)
}
