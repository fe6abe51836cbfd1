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

const JSON: &str = "application/json";

/// Media type and text, by path.
type Documents = Arc<Mutex<BTreeMap<String, (String, String)>>>;

/// Documents at paths.
pub(crate) struct Web {
    pub(crate) url: String,
    documents: Documents,
    _serving: JoinSet<()>,
}

impl Web {
    /// An issuer that signs with three kinds of key, and publishes some that are of no use beside them: one bad key
    /// must not spoil the set.
    pub(crate) async fn issuer(owner: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let documents = Documents::default();
        let shown = documents.clone();
        let app = Router::new().fallback(async move |uri: Uri, form: String| {
            let asked = form.split('&').find_map(|pair| pair.strip_prefix("token="));
            let path = asked.map_or_else(|| uri.path().to_owned(), about);
            let unknown = asked.map(|_| (JSON.to_owned(), r#"{"active":false}"#.to_owned()));
            let document = shown.lock().unwrap().get(&path).cloned().or(unknown);
            let found = document.ok_or(axum::http::StatusCode::NOT_FOUND);
            found.map(|(media, text)| ([("Content-Type", media)], text))
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
        let at = &self.url;
        let metadata = json!({
            "issuer": at, "jwks_uri": format!("{at}/jwks"), "introspection_endpoint": format!("{at}/introspect"),
        });
        self.says("/.well-known/oauth-authorization-server", JSON, &metadata.to_string());
        self.says("/jwks", JSON, &json!({ "keys": keys }).to_string());
    }

    /// From now on this stands there.
    pub(crate) fn says(&self, path: &str, media: &str, text: &str) {
        self.documents.lock().unwrap().insert(path.to_owned(), (media.to_owned(), text.to_owned()));
    }

    /// From now on it has nothing to say.
    pub(crate) fn is_away(&self) {
        self.documents.lock().unwrap().clear();
    }
}

/// Where it stands what is said of a token by whoever is asked about it.
pub(crate) fn about(token: &str) -> String {
    format!("about {token}")
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
