//! What is behind a token? The introspection endpoint (RFC 7662), for servers that ask instead of verifying.
//!
//! A server learns of tokens for itself and of nothing else (RFC 7662 §4): not even whether another server's token holds.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderMap, HeaderValue, Request, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE},
};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::{
    AuthorizationServer,
    client::id_and_secret,
    form::{Form, posted},
    issued::Issued,
    refused::Refused,
};

/// What of a token its server is told, as the token says it. Not where its status stands: that was just said.
const TOLD: [&str; 11] =
    ["iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti", "auth_time", "cnf", "act"];

/// `POST /introspect`
pub(crate) async fn introspect(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    answer(&server, request).await.unwrap_or_else(|refused| {
        tracing::info!(issuer = %server.issuer, code = refused.code(), "an introspection was refused");
        let mut response = refused.json();
        if refused.status() == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"introspect\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    })
}

async fn answer(server: &AuthorizationServer, request: Request<Body>) -> Result<Response, Refused> {
    let (headers, form) = posted(request).await?;
    let asks = asking(server, &headers, &form)?;
    let token = Zeroizing::new(form.need("token")?.to_owned());
    let told = server.issued(&token, Some(&asks))?.map_or_else(inactive, |issued| told(&issued));
    let mut response = Value::Object(told).to_string().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// The server that asks, by name. Without its secret anybody could find out which of the tokens that it has picked up
/// are good (RFC 7662 §2.1).
fn asking(server: &AuthorizationServer, headers: &HeaderMap, form: &Form) -> Result<String, Refused> {
    let (id, shown) = id_and_secret(headers, form)?;
    let secret = server.registry.secret_of(&id).ok_or(Refused::ClientUnproven)?;
    let shown = shown.ok_or(Refused::ClientUnproven)?;
    // Wrong ones are not counted: a server behind the same address as a stranger would be locked out with it. Whoever reads
    // the secret for us sees to it that it is too long to be guessed.
    if secret.is_of(shown.as_bytes()) { Ok(id) } else { Err(Refused::ClientUnproven) }
}

fn told(issued: &Issued) -> Map<String, Value> {
    let claims = issued.claims();
    let mut told = Map::new();
    told.insert("active".into(), true.into());
    for name in TOLD {
        if let Some(value) = claims.all().get(name) {
            told.insert(name.into(), value.clone());
        }
    }
    let is_bound = claims.binding().is_some_and(|binding| binding.key.is_some());
    told.insert("token_type".into(), if is_bound { "DPoP" } else { "Bearer" }.into());
    told
}

/// RFC 7662 §2.2: all that is said of a token that is none.
fn inactive() -> Map<String, Value> {
    json!({ "active": false }).as_object().cloned().unwrap_or_default()
}
