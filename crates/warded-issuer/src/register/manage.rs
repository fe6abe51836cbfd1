//! How does a client look at what it registered, change it, or end it (RFC 7592)? With the token that its registration
//! gave it, for itself alone. A change is as narrow as a registration: nobody becomes a caller by it.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header::CACHE_CONTROL};
use serde_json::{Map, Value};
use warded_store::{Client, Origin};
use zeroize::Zeroizing;

use super::{answered, bearer, described::Described, document, told::Told};
use crate::{
    AuthorizationServer, operator,
    random::Secret,
    refused::Refused,
    throttle::{self, Peer},
};

/// What is ours to say (RFC 7592 §2.2).
const OURS: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// A registration, and the token that was presented for it.
struct Managed {
    client: Client,
    token: Zeroizing<String>,
}

/// `GET /register/CLIENT_ID`
pub(super) async fn read(
    State(server): State<Arc<AuthorizationServer>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let told = managed(&server, &id, &headers).await.map(|Managed { client, token }| {
        Told { secret: None, management: &token }.about(&client, StatusCode::OK)
    });
    answered(&server, told)
}

/// `PUT /register/CLIENT_ID`
pub(super) async fn update(
    State(server): State<Arc<AuthorizationServer>>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response {
    let peer = throttle::peer(request.extensions());
    answered(&server, updated(&server, &id, request, peer).await)
}

/// `DELETE /register/CLIENT_ID`
pub(super) async fn remove(
    State(server): State<Arc<AuthorizationServer>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    answered(&server, removed(&server, &id, &headers).await)
}

/// Whose registration it is. Whether there is none of that id, one that nobody manages, or one of somebody else is the
/// same answer (RFC 7592 §2.1): ids are not to be tried out.
async fn managed(server: &AuthorizationServer, id: &str, headers: &HeaderMap) -> Result<Managed, Refused> {
    let token = bearer::presented(headers).ok_or(Refused::RegistrationToken)?;
    let client = server.store.client(&server.issuer, id).await?.filter(|client| {
        let is_of = client.management.is_some_and(|management| management.is_of(token.as_bytes()));
        is_of && client.origin == Origin::Itself
    });
    let client = client.ok_or(Refused::RegistrationToken)?;
    Ok(Managed { client, token })
}

async fn updated(
    server: &AuthorizationServer,
    id: &str,
    request: Request<Body>,
    peer: Peer,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let Managed { client: before, .. } = managed(server, id, &parts.headers).await?;
    let document = document(&parts.headers, body).await?;
    let kept = kept(&document, &before)?;
    let described = Described::read(&document, &server.policy.app_schemes)?;
    if !server.strangers.may_update(peer, server.clock.now()) {
        return Err(Refused::TooMany);
    }
    let (needs_secret, management) = (described.needs_secret(), Secret::new(&*server.random)?);
    let mut after = described.of(before.clone());
    // Another token from now on: one that was seen on the way changes nothing a second time.
    after.management = Some(management.digest());
    let fresh = match before.secret {
        None if needs_secret => Some(Secret::new(&*server.random)?),
        _ => None,
    };
    after.secret = if needs_secret { before.secret.or(fresh.as_ref().map(Secret::digest)) } else { None };
    let secret = fresh.as_ref().map(Secret::reveal).or(kept.filter(|_| needs_secret));
    let answer = Told { secret, management: management.reveal() }.about(&after, StatusCode::OK);
    // Whoever was faster has another token by now, and this one is good for nothing anymore.
    if server.store.update_client(after, &before).await? {
        Ok(answer)
    } else {
        Err(Refused::RegistrationToken)
    }
}

/// What a change says about what it must not change (RFC 7592 §2.2): the id, which must be this one, and the secret, if
/// it is there at all.
fn kept<'a>(document: &'a Map<String, Value>, before: &Client) -> Result<Option<&'a str>, Refused> {
    if document.get("client_id").and_then(Value::as_str) != Some(&before.id) {
        return Err(Refused::MetadataUnfit("client_id"));
    }
    if let Some(ours) = OURS.into_iter().find(|name| document.contains_key(*name)) {
        return Err(Refused::MetadataUnfit(ours));
    }
    let Some(secret) = document.get("client_secret") else { return Ok(None) };
    let is_held = |secret: &&str| before.secret.is_some_and(|held| held.is_of(secret.as_bytes()));
    secret.as_str().filter(is_held).map(Some).ok_or(Refused::MetadataUnfit("client_secret"))
}

async fn removed(server: &AuthorizationServer, id: &str, headers: &HeaderMap) -> Result<Response, Refused> {
    let Managed { client, .. } = managed(server, id, headers).await?;
    // With everything that people allowed it (RFC 7592 §2.3).
    operator::remove_client(&*server.store, &server.issuer, &client.id, server.clock.now()).await?;
    // Guards in this process learn of its grants now, and others when they look next.
    if let Err(unknown) = server.revocations.look(&*server.store, server.clock.now()).await {
        tracing::warn!(issuer = %server.issuer, error = %unknown, "what a client had been granted is revoked, and guards hear of it later");
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
