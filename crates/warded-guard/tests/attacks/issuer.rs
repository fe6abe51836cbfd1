//! An issuer that publishes its keys over HTTP, and a place where nobody should ever look for any.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use axum::{Router, http::Uri};
use serde_json::{Map, Value, json};
use tokio::{net::TcpListener, task::JoinSet};

use crate::core_stage::public;

/// Documents at paths.
pub(crate) struct Web {
    pub(crate) url: String,
    documents: Arc<Mutex<BTreeMap<String, String>>>,
    _serving: JoinSet<()>,
}

impl Web {
    /// An issuer that signs with three kinds of key, and publishes some that are of no use beside them: one bad key
    /// must not spoil the set.
    pub(crate) async fn issuer(owner: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let documents = Arc::<Mutex<BTreeMap<String, String>>>::default();
        let shown = documents.clone();
        let app = Router::new().fallback(async move |uri: Uri| {
            let document = shown.lock().unwrap().get(uri.path()).cloned();
            let found = document.ok_or(axum::http::StatusCode::NOT_FOUND);
            found.map(|text| ([("Content-Type", "application/json")], text))
        });
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, app).await.unwrap() });
        let web = Self { url, documents, _serving: serving };
        web.publishes(&Self::usual(owner));
        web
    }

    fn usual(owner: &str) -> Vec<Value> {
        let nameless = named(owner, "ec", |members| {
            members.remove("kid");
        });
        let mut keys = vec![
            json!({ "kty": "oct", "kid": "shared", "k": "c2VjcmV0" }),
            json!({ "kty": "EC", "crv": "P-521", "kid": "large", "x": "AA", "y": "AA" }),
            json!({ "kty": "new" }),
            nameless,
        ];
        keys.extend(["ed", "ec", "rsa"].map(|name| named(owner, name, |_| ())));
        keys
    }

    /// From now on these are its keys.
    pub(crate) fn publishes(&self, keys: &[Value]) {
        let metadata = json!({ "issuer": self.url, "jwks_uri": format!("{}/jwks", self.url) });
        let mut documents = self.documents.lock().unwrap();
        documents.insert("/.well-known/oauth-authorization-server".into(), metadata.to_string());
        documents.insert("/jwks".into(), json!({ "keys": keys }).to_string());
    }

    /// From now on it has nothing to say.
    pub(crate) fn is_away(&self) {
        self.documents.lock().unwrap().clear();
    }
}

/// A public key as it is published: its name is that of its kind.
pub(crate) fn named(owner: &str, name: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut members = public(owner, name);
    members.insert("kid".into(), name.into());
    members.insert("use".into(), "sig".into());
    members.insert("alg".into(), algorithm(name).into());
    change(&mut members);
    Value::Object(members)
}

/// The algorithm of a kind of key.
pub(crate) fn algorithm(name: &str) -> &'static str {
    match name {
        "ed" => "EdDSA",
        "ec" => "ES256",
        "rsa" => "RS256",
        other => panic!("no key named {other}"),
    }
}

/// Whoever connects here was sent by a token.
pub(crate) struct Catcher {
    pub(crate) url: String,
    caught: Arc<AtomicUsize>,
    _listening: JoinSet<()>,
}

impl Catcher {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let caught = Arc::<AtomicUsize>::default();
        let count = caught.clone();
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, SeqCst);
            }
        });
        Self { url, caught, _listening: listening }
    }

    pub(crate) fn caught(&self) -> usize {
        self.caught.load(SeqCst)
    }
}
