//! An issuer that publishes one key over a socket. Its tokens are made by the tests themselves.

use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use axum::{Json, Router, routing::get};
use serde_json::json;
use tokio::net::TcpListener;
use warded_client::clock::SystemClock;
use warded_core::{
    Clock as _,
    jose::{Algorithm, SigningKey},
};

pub(crate) struct Issuer {
    pub(crate) url: String,
    key: SigningKey,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
        let key = SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap();
        let keys = json!({ "keys": [key.public_jwk()] });
        let metadata = json!({
            "issuer": url,
            "jwks_uri": format!("{url}/jwks"),
            "response_types_supported": ["code"],
        });
        let router = Router::new()
            .route("/.well-known/oauth-authorization-server", get(|| async { Json(metadata) }))
            .route("/jwks", get(|| async { Json(keys) }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, key }
    }

    /// A token of alice for a server.
    pub(crate) fn token(&self, resource: &str) -> String {
        let now = SystemClock.now().seconds();
        let claims = json!({
            "iss": self.url, "sub": "alice", "aud": resource, "client_id": "agent",
            "iat": now - 10, "exp": now + 600, "scope": "notes:read",
        });
        self.key.sign("at+jwt", claims.as_object().unwrap(), &random()).unwrap().to_string()
    }
}

#[expect(clippy::disallowed_methods, reason = "keys of tests are nobody's")]
fn random() -> SystemRandom {
    SystemRandom::new()
}
