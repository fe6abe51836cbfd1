//! An issuer on loopback: it signs, it answers about opaque tokens, and it publishes status lists.

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use axum::{Router, body::Bytes, extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use warded_core::{
    Clock, Issuer, UnixTime,
    jose::{Algorithm, SigningKey, base64url},
};

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const CLIENT: &str = "warded";
pub(crate) const SECRET: &str = "s3:cret %";

/// How tokens begin of which it never says anything.
pub(crate) const STUCK: &str = "opaque-stuck-";

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOW)))
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(SeqCst))
    }
}

#[expect(clippy::disallowed_methods, reason = "nothing here depends on what is drawn")]
pub(crate) fn random() -> SystemRandom {
    SystemRandom::new()
}

/// A key that nobody has seen before.
pub(crate) fn fresh_key() -> SigningKey {
    let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
    SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap()
}

/// The key of every issuer here; that they share it must not let one speak for another.
pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(fresh_key);

/// What an issuer says at one place: a status, a media type and a text.
type Said = (u16, &'static str, String);

/// A question as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) authorization: Option<String>,
    pub(crate) form: HashMap<String, String>,
}

struct Shared {
    url: String,
    says: Mutex<HashMap<String, Said>>,
    questions: Mutex<Vec<Question>>,
    fetched: Mutex<Vec<String>>,
    gate: Semaphore,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Publisher(Arc<Shared>);

impl Publisher {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let publisher = Self(Arc::new(Shared {
            url: url.clone(),
            says: Mutex::default(),
            questions: Mutex::default(),
            fetched: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        }));
        let metadata = json!({
            "issuer": url, "jwks_uri": format!("{url}/jwks"), "introspection_endpoint": format!("{url}/introspect"),
        });
        publisher.says(
            "/.well-known/oauth-authorization-server",
            200,
            "application/json",
            metadata.to_string(),
        );
        let jwks = json!({ "keys": [KEY.public_jwk()] }).to_string();
        publisher.says("/jwks", 200, "application/json", jwks);
        let app = Router::new().fallback(answer).with_state(publisher.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        publisher
    }

    pub(crate) fn issuer(&self) -> Issuer {
        Issuer::parse(&self.0.url).unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.url)
    }

    /// From now on, this is what is found at a place, or said about a token.
    pub(crate) fn says(&self, place: &str, status: u16, kind: &'static str, text: impl Into<String>) {
        self.0.says.lock().unwrap().insert(place.to_owned(), (status, kind, text.into()));
    }

    /// From now on, this is said about a token; of any other that it is not active.
    pub(crate) fn answers(&self, token: &str, said: &Value) {
        self.says(&format!("about {token}"), 200, "application/json", said.to_string());
    }

    /// From now on, whoever asks waits for [`open`](Self::open).
    pub(crate) fn close(&self) {
        self.0.gate.forget_permits(usize::MAX);
    }

    pub(crate) fn open(&self) {
        self.0.gate.add_permits(10_000);
    }

    /// What it was asked about tokens.
    pub(crate) fn questions(&self) -> Vec<Question> {
        self.0.questions.lock().unwrap().clone()
    }

    /// How often a place was asked for.
    pub(crate) fn fetches(&self, path: &str) -> usize {
        self.0.fetched.lock().unwrap().iter().filter(|fetched| *fetched == path).count()
    }

    /// What it says about a good token of its own.
    pub(crate) fn active(&self, audience: &str) -> Value {
        json!({
            "active": true, "iss": self.0.url, "sub": "alice", "aud": audience, "client_id": "agent",
            "iat": NOW - 10, "exp": NOW + 300, "scope": "notes:read", "token_type": "Bearer",
        })
    }

    /// The claims of a good token that it signs.
    pub(crate) fn claims(&self, audience: &str) -> Map<String, Value> {
        let claims = json!({
            "iss": self.0.url, "sub": "alice", "aud": audience, "client_id": "agent",
            "iat": NOW - 10, "exp": NOW + 300, "scope": "notes:read",
        });
        claims.as_object().unwrap().clone()
    }

    /// A token whose status stands at a place of a list.
    pub(crate) fn listed(&self, audience: &str, path: &str, index: u64) -> String {
        let mut claims = self.claims(audience);
        let list = json!({ "status_list": { "idx": index, "uri": self.url(path) } });
        claims.insert("status".into(), list);
        sign("at+jwt", &claims)
    }

    /// Publishes a list, with these members changed.
    pub(crate) fn publishes(&self, path: &str, values: &[u8], changes: &Value) {
        self.publishes_as(&KEY, "statuslist+jwt", path, values, changes);
    }

    pub(crate) fn publishes_as(
        &self,
        key: &SigningKey,
        typ: &str,
        path: &str,
        values: &[u8],
        changes: &Value,
    ) {
        let mut said = json!({
            "sub": self.url(path), "iat": NOW - 60, "status_list": { "bits": 2, "lst": packed(values) },
        });
        for (member, value) in changes.as_object().unwrap() {
            said[member] = value.clone();
        }
        let said = said.as_object().unwrap();
        let said = said.iter().filter(|(_, value)| !value.is_null());
        let said: Map<_, _> = said.map(|(member, value)| (member.clone(), value.clone())).collect();
        self.says(path, 200, "application/statuslist+jwt", key.sign(typ, &said, &random()).unwrap().as_str());
    }
}

pub(crate) fn sign(typ: &str, claims: &Map<String, Value>) -> String {
    KEY.sign(typ, claims, &random()).unwrap().to_string()
}

/// Zlib without compression (RFC 1950, RFC 1951 §3.2.4), for lists of less than 64 KiB.
pub(crate) fn packed(values: &[u8]) -> String {
    let length = u16::try_from(values.len()).unwrap();
    let (mut low, mut high) = (1_u32, 0_u32);
    for value in values {
        low = (low + u32::from(*value)) % 65521;
        high = (high + low) % 65521;
    }
    let stored = [&[0x78, 0x01, 0x01][..], &length.to_le_bytes(), &(!length).to_le_bytes(), values];
    base64url::encode([&stored.concat()[..], &((high << 16) | low).to_be_bytes()].concat())
}

async fn answer(State(publisher): State<Publisher>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let place = if uri.path() == "/introspect" {
        let form: HashMap<_, _> = form_pairs(&body).into_iter().collect();
        let place = format!("about {}", form.get("token").cloned().unwrap_or_default());
        let authorization = headers.get("Authorization").map(|value| value.to_str().unwrap().to_owned());
        publisher.0.questions.lock().unwrap().push(Question { authorization, form });
        place
    } else {
        publisher.0.fetched.lock().unwrap().push(uri.path().to_owned());
        uri.path().to_owned()
    };
    if place.contains(STUCK) {
        std::future::pending::<()>().await;
    }
    publisher.0.gate.acquire().await.unwrap().forget();
    let said = publisher.0.says.lock().unwrap().get(&place).cloned();
    let (status, kind, text) = said.unwrap_or_else(|| {
        let is_question = place.starts_with("about ");
        (if is_question { 200 } else { 404 }, "application/json", r#"{"active":false}"#.to_owned())
    });
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("Content-Type", kind)
        .body(text.into())
        .unwrap()
}

/// A form as its reader reads it.
fn form_pairs(body: &[u8]) -> Vec<(String, String)> {
    let plain = |text: &str| {
        let (mut bytes, mut rest) = (Vec::new(), text.bytes());
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                byte => byte,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    let text = std::str::from_utf8(body).unwrap();
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}
