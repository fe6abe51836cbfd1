//! An issuer that publishes one key. Its tokens are made by the tests themselves.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use warded_core::jose::{Algorithm, SigningKey};

pub(crate) struct Issuer {
    pub(crate) url: String,
    key: SigningKey,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (issuer, metadata, keys) = Self::called(format!("http://{}", listener.local_addr().unwrap()));
        let router = Router::new()
            .route("/.well-known/oauth-authorization-server", get(|| async { Json(metadata) }))
            .route("/jwks", get(|| async { Json(keys) }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    /// An issuer of this name, its metadata, and its keys, for whoever serves them.
    pub(crate) fn called(url: String) -> (Self, Value, Value) {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random()).unwrap();
        let key = SigningKey::from_pkcs8(Algorithm::Es256, document.as_ref()).unwrap();
        let keys = json!({ "keys": [key.public_jwk()] });
        let metadata = json!({
            "issuer": url,
            "jwks_uri": format!("{url}/jwks"),
            "response_types_supported": ["code"],
        });
        (Self { url, key }, metadata, keys)
    }

    /// A token of alice for a server, but for the claims that `changes` replaces, or removes with null.
    pub(crate) fn token(&self, resource: &str, changes: Value) -> String {
        self.token_of("at+jwt", resource, changes)
    }

    /// The same, of another type.
    pub(crate) fn token_of(&self, kind: &str, resource: &str, changes: Value) -> String {
        let claims = json!({
            "iss": self.url,
            "sub": "alice",
            "aud": resource,
            "client_id": "agent",
            "iat": now() - 10,
            "exp": now() + 630,
        });
        let (Value::Object(mut claims), Value::Object(changes)) = (claims, changes) else {
            panic!("changes are an object")
        };
        claims.extend(changes);
        claims.retain(|_, value| !value.is_null());
        self.key.sign(kind, &claims, &random()).unwrap().to_string()
    }
}

pub(crate) fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the command reads the clock, and the token must fit")]
    let now = jiff::Timestamp::now();
    now.as_second()
}

pub(crate) fn random() -> SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "keys of tests are nobody's")]
    SystemRandom::new()
}
