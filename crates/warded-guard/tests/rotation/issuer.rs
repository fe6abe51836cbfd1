//! An issuer on loopback whose keys come, go and stay away as the test says, and that counts who asks.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Map, Value, json};
use warded_core::{
    Clock, Issuer,
    jose::{Algorithm, SigningKey, base64url},
};

use crate::clock::Swift;

pub(crate) const HERE: &str = "https://mcp.example.com/notes/mcp";

/// One key with its name.
pub(crate) struct Pair(SigningKey);

#[expect(clippy::disallowed_methods, reason = "nothing here depends on what is drawn")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

impl Pair {
    pub(crate) fn fresh() -> Arc<Self> {
        let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
        Arc::new(Self(SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap()))
    }
}

#[derive(Clone)]
pub(crate) struct Rotating {
    url: String,
    clock: Arc<Swift>,
    state: Arc<Published>,
}

struct Published {
    keys: Mutex<Vec<Value>>,
    is_down: Mutex<bool>,
    looks: AtomicUsize,
    key_sets: AtomicUsize,
}

impl Rotating {
    pub(crate) async fn start(clock: &Arc<Swift>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Published {
            keys: Mutex::default(),
            is_down: Mutex::default(),
            looks: AtomicUsize::new(0),
            key_sets: AtomicUsize::new(0),
        });
        let this = Self { url, clock: Arc::clone(clock), state };
        let app = Router::new()
            .route("/.well-known/oauth-authorization-server", get(metadata))
            .route("/jwks", get(key_set))
            .with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        this
    }

    pub(crate) fn issuer(&self) -> Issuer {
        Issuer::parse(&self.url).unwrap()
    }

    /// These keys and no others.
    pub(crate) fn publishes(&self, keys: &[&Pair]) {
        *self.state.keys.lock().unwrap() = keys.iter().map(|pair| json!(pair.0.public_jwk())).collect();
    }

    pub(crate) fn goes(&self, down: bool) {
        *self.state.is_down.lock().unwrap() = down;
    }

    /// How often it was asked, and how often it gave keys.
    pub(crate) fn asked(&self) -> (usize, usize) {
        (self.state.looks.load(SeqCst), self.state.key_sets.load(SeqCst))
    }

    fn claims(&self, number: usize) -> Map<String, Value> {
        let now = self.clock.now().seconds();
        let claims = json!({
            "iss": self.url, "sub": "alice", "aud": HERE, "client_id": "agent", "jti": number.to_string(),
            "iat": now - 10, "exp": now + 3600, "scope": "notes:read",
        });
        claims.as_object().unwrap().clone()
    }

    /// A good token.
    pub(crate) fn token(&self, pair: &Pair, number: usize) -> String {
        pair.0.sign("at+jwt", &self.claims(number), &random()).unwrap().to_string()
    }

    /// A token that names a key which nobody has.
    pub(crate) fn forged(&self, number: usize) -> String {
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": format!("forged-{number}") });
        let parts = [header.to_string(), Value::Object(self.claims(number)).to_string()];
        format!("{}.{}", parts.map(base64url::encode).join("."), base64url::encode([7; 64]))
    }

    /// A token that is bad in one of four ways, whatever keys are held.
    pub(crate) fn bad(&self, pair: &Pair, number: usize) -> String {
        let mut claims = self.claims(number);
        let now = self.clock.now().seconds();
        match number % 4 {
            0 => drop(claims.insert("aud".into(), "https://mcp.example.com/files/mcp".into())),
            1 => drop(claims.insert("exp".into(), (now - 3600).into())),
            2 => drop(claims.insert("iss".into(), "https://evil.example".into())),
            _ => {
                let token = self.token(pair, number);
                return format!("{}.{}", token.rsplit_once('.').unwrap().0, base64url::encode([7; 64]));
            }
        }
        pair.0.sign("at+jwt", &claims, &random()).unwrap().to_string()
    }
}

async fn metadata(State(own): State<Rotating>) -> Response {
    own.state.looks.fetch_add(1, SeqCst);
    if *own.state.is_down.lock().unwrap() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    axum::Json(json!({ "issuer": own.url, "jwks_uri": format!("{}/jwks", own.url) })).into_response()
}

async fn key_set(State(own): State<Rotating>) -> Response {
    own.state.key_sets.fetch_add(1, SeqCst);
    axum::Json(json!({ "keys": *own.state.keys.lock().unwrap() })).into_response()
}
