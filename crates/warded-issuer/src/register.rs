//! How does a client introduce itself (RFC 7591), and change what it said (RFC 7592)? Whatever it says is only a claim,
//! and it gets no more by it than a place to ask people from.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    response::Response,
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header::WWW_AUTHENTICATE};
use serde_json::{Map, Value};
use warded_core::json as strict;
use warded_store::{Added, Client, Origin};

use crate::{
    AuthorizationServer, Registration, cors,
    form::{bounded, is_of},
    random::{self, Secret},
    refused::Refused,
    throttle::{self, Peer},
};

mod bearer;
mod described;
mod manage;
mod told;

use described::Described;
use told::Told;

/// Largest description that is read.
const MAX_BYTES: usize = 16 * 1024;

/// Where clients register and, below it, manage what they registered; nowhere where they may not.
pub(crate) fn routes(base: &str, registration: &Registration) -> Router<Arc<AuthorizationServer>> {
    let router = Router::new().without_v07_checks();
    if *registration == Registration::Off {
        return router;
    }
    router.route(&format!("{base}/register"), post(register).options(cors::preflight)).route(
        &format!("{base}/register/{{client_id}}"),
        get(manage::read).put(manage::update).delete(manage::remove).options(cors::preflight),
    )
}

/// `POST /register`
async fn register(State(server): State<Arc<AuthorizationServer>>, request: Request<Body>) -> Response {
    let peer = throttle::peer(request.extensions());
    answered(&server, registered(&server, request, peer).await)
}

async fn registered(
    server: &AuthorizationServer,
    request: Request<Body>,
    peer: Peer,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    // Before anything is read: whoever has no token has nothing to say.
    if let Registration::WithToken(initial) = &server.policy.registration {
        let token = bearer::presented(&parts.headers).ok_or(Refused::RegistrationToken)?;
        if !initial.is_of(token.as_bytes()) {
            return Err(Refused::RegistrationToken);
        }
    }
    let document = document(&parts.headers, body).await?;
    let described = Described::read(&document, &server.policy.app_schemes)?;
    let now = server.clock.now();
    if !server.strangers.may_register(peer, now) {
        return Err(Refused::TooMany);
    }
    let secret = described.needs_secret().then(|| Secret::new(&*server.random)).transpose()?;
    let management = Secret::new(&*server.random)?;
    let blank = Client {
        issuer: server.issuer.clone(),
        id: random::id(&*server.random)?,
        name: None,
        method: described.method,
        secret: secret.as_ref().map(Secret::digest),
        jwks: None,
        jwks_uri: None,
        application_type: None,
        redirect_uris: Vec::new(),
        grants: Vec::new(),
        pinned: None,
        dpop_bound: false,
        origin: Origin::Itself,
        management: Some(management.digest()),
        created: now,
        used: None,
    };
    let client = described.of(blank);
    let told = Told { secret: secret.as_ref().map(Secret::reveal), management: management.reveal() };
    let answer = told.about(&client, StatusCode::CREATED);
    match server.store.add_client(client).await? {
        Added::Yes => Ok(answer),
        Added::Taken => Err(Refused::Unable),
    }
}

/// What a client sends about itself.
async fn document(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, Refused> {
    if !is_of(headers, "application/json") {
        return Err(Refused::MetadataUnfit("Content-Type"));
    }
    let text = bounded(body, MAX_BYTES).await?;
    strict::object(&text).map_err(|_| Refused::MetadataUnfit("(the whole document)"))
}

fn answered(server: &AuthorizationServer, outcome: Result<Response, Refused>) -> Response {
    cors::open(outcome.unwrap_or_else(|refused| {
        tracing::info!(issuer = %server.issuer, code = refused.code(), "a registration was refused");
        let mut response = refused.json();
        if refused == Refused::RegistrationToken {
            // RFC 6750 §3
            let challenge = HeaderValue::from_static("Bearer realm=\"register\", error=\"invalid_token\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }))
}
