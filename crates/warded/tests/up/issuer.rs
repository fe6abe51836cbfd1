//! An issuer that publishes one key. Its tokens are made by the tests themselves.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use warded_core::jose::SigningKey;

use crate::tokens::{self, key};

pub(crate) struct Issuer {
    pub(crate) url: String,
    key: SigningKey,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let key = key();
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

    /// A token for a server, but for the claims that `changes` replaces, or removes with null.
    pub(crate) fn token(&self, resource: &str, changes: Value) -> String {
        let mut claims = json!({ "iss": self.url, "aud": resource });
        let Value::Object(changes) = changes else { panic!("changes are an object") };
        claims.as_object_mut().unwrap().extend(changes);
        tokens::token(&self.key, claims)
    }
}
