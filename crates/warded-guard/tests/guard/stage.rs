//! One issuer, two servers, real tokens, and a server behind that remembers what reached it.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
};

use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, request};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Map, Value, json};
use tower::{ServiceExt as _, service_fn};
use warded_client::{
    fetch::{Fetch, Reach},
    keys::Keys,
};
use warded_core::{
    Clock, Fleet, Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, Scopes, Server, ServerSpec, UnixTime,
    jose::{Algorithm, KeySet, SigningKey},
};
use warded_guard::{Body, BoxError, Guard, GuardBuilder, Permitted, ScopeRules, Stop};

pub(crate) const ISSUER: &str = "https://login.example.com";
pub(crate) const HERE: &str = "https://mcp.example.com/notes/mcp";
pub(crate) const ALIAS: &str = "https://notes.example.com/mcp";
pub(crate) const NEIGHBOUR: &str = "https://mcp.example.com/files/mcp";
pub(crate) const NOW: i64 = 1_800_000_000;

/// TEST KEY, Ed25519, PKCS #8. It signs nothing outside of this directory.
const TEST_KEY: &str = "MC4CAQAwBQYDK2VwBCIEIFRUNpy+kkq5QiGwQ7S3NSlZ8CuB0pxAhn7VpugpXJI6";

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_pkcs8(Algorithm::EdDsa, &STANDARD.decode(TEST_KEY).unwrap()).unwrap());

#[derive(Debug)]
pub(crate) struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(NOW)
    }
}

pub(crate) fn uri(text: &str) -> ResourceUri {
    ResourceUri::parse(text).unwrap()
}

fn issuer() -> Issuer {
    Issuer::parse(ISSUER).unwrap()
}

pub(crate) fn server() -> Server {
    server_of(&issuer())
}

/// The server, where it trusts another issuer.
pub(crate) fn server_of(issuer: &Issuer) -> Server {
    fleet_of(issuer).server("notes").unwrap()
}

/// The server and its neighbour.
fn fleet_of(issuer: &Issuer) -> Fleet {
    let server = |name: &str, resource, aliases: &[&str]| ServerSpec {
        name: name.into(),
        resource: uri(resource),
        aliases: aliases.iter().copied().map(uri).collect(),
        issuers: vec![0],
        tier: "default".into(),
        mode: Mode::Strict,
    };
    let issuer = IssuerSpec {
        url: issuer.clone(),
        rules: IssuerRules::default(),
        audiences: vec![],
        across_tiers: vec![],
    };
    let servers = vec![server("notes", HERE, &[ALIAS]), server("files", NEIGHBOUR, &[])];
    Fleet::prove(servers, vec![issuer]).unwrap()
}

/// Keys that nobody is asked for.
pub(crate) fn keys() -> Arc<Keys> {
    let keys = Keys::new(Fetch::new(Reach::public()).unwrap(), Arc::new(Fixed), []);
    keys.hold(
        &issuer(),
        KeySet::parse(json!({ "keys": [KEY.public_jwk()] }).to_string().as_bytes()).unwrap(),
    );
    keys
}

pub(crate) fn scopes(list: &str) -> Scopes {
    Scopes::parse(list).unwrap()
}

pub(crate) fn builder() -> GuardBuilder {
    let tools = BTreeMap::from([("delete_note".into(), scopes("notes:write"))]);
    let rules = ScopeRules { required: scopes("notes:read"), tools, ..ScopeRules::default() };
    Guard::at(server(), keys()).clock(Arc::new(Fixed)).scopes(rules)
}

/// The neighbour, which trusts the same issuer.
pub(crate) fn builder_of_the_neighbour() -> GuardBuilder {
    Guard::at(fleet_of(&issuer()).server("files").unwrap(), keys()).clock(Arc::new(Fixed))
}

/// The neighbour, which trusts another issuer.
pub(crate) fn builder_of_a_stranger() -> GuardBuilder {
    let other = Issuer::parse("https://login.example.org").unwrap();
    Guard::at(fleet_of(&other).server("files").unwrap(), keys()).clock(Arc::new(Fixed))
}

pub(crate) fn claims() -> Map<String, Value> {
    let claims = json!({
        "iss": ISSUER, "sub": "alice", "aud": HERE, "client_id": "agent",
        "iat": NOW - 10, "exp": NOW + 300, "scope": "notes:read",
    });
    claims.as_object().unwrap().clone()
}

#[expect(clippy::disallowed_methods, reason = "nothing here depends on what is drawn")]
pub(crate) fn random() -> SystemRandom {
    SystemRandom::new()
}

pub(crate) fn signed(claims: &Map<String, Value>) -> String {
    signed_by(&KEY, claims)
}

pub(crate) fn signed_by(key: &SigningKey, claims: &Map<String, Value>) -> String {
    key.sign("at+jwt", claims, &random()).unwrap().to_string()
}

/// A key that nobody has seen before.
pub(crate) fn fresh_key() -> SigningKey {
    let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
    SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap()
}

pub(crate) fn token_with(claim: &str, value: impl Into<Value>) -> String {
    let mut claims = claims();
    claims.insert(claim.to_owned(), value.into());
    signed(&claims)
}

/// A good token.
pub(crate) fn token() -> String {
    signed(&claims())
}

/// A request to the server, without a token.
pub(crate) fn post() -> request::Builder {
    Request::builder()
        .method(Method::POST)
        .uri("/notes/mcp")
        .header("Host", "mcp.example.com")
        .header("Content-Type", "application/json")
}

pub(crate) fn ping() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })
}

pub(crate) fn call_of(tool: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": tool, "arguments": {} } })
}

/// The same with a good token.
pub(crate) fn good() -> request::Builder {
    post().header("Authorization", format!("Bearer {}", token()))
}

pub(crate) fn full(text: impl Into<Bytes>) -> Full<Bytes> {
    Full::new(text.into())
}

pub(crate) fn body(message: &Value) -> Full<Bytes> {
    full(message.to_string())
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The stable code of a refusal.
    pub(crate) fn code(&self) -> String {
        let body = self.json();
        let code = body.get("code").or_else(|| body.pointer("/error/data/code"));
        code.and_then(Value::as_str).expect("a refusal").to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A guard, and everything that it let through.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) guard: Guard,
    pub(crate) reached: Arc<Mutex<Vec<Permitted>>>,
    answer: (StatusCode, &'static str, Bytes),
}

impl Door {
    pub(crate) fn at(guard: Guard) -> Self {
        Self {
            guard,
            reached: Arc::default(),
            answer: (StatusCode::OK, "application/json", Bytes::from("{}")),
        }
    }

    pub(crate) fn usual() -> Self {
        Self::at(builder().build())
    }

    /// The server behind says this.
    pub(crate) fn answering(mut self, media: &'static str, body: impl Into<Bytes>) -> Self {
        self.answer = (StatusCode::OK, media, body.into());
        self
    }

    pub(crate) async fn ask<B>(&self, request: Request<B>) -> Answer
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let door = self.clone();
        let inner = service_fn(move |permitted: Permitted| {
            let door = door.clone();
            async move { Ok::<_, Stop>(door.takes(permitted)) }
        });
        Answer::of(self.guard.forwarding(inner).oneshot(request).await.unwrap()).await
    }

    fn takes(&self, permitted: Permitted) -> Response<Body> {
        self.reached.lock().unwrap().push(permitted);
        let (status, media, body) = self.answer.clone();
        let body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
        Response::builder().status(status).header("Content-Type", media).body(body).unwrap()
    }

    /// The status, and the code of the refusal; what is refused must not have reached anybody.
    pub(crate) async fn refuses<B>(&self, request: Request<B>) -> (u16, String)
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let answer = self.ask(request).await;
        assert!(self.reached.lock().unwrap().is_empty(), "it got through");
        (answer.status.as_u16(), answer.code())
    }

    /// What reached the server behind.
    pub(crate) async fn admits<B>(&self, request: Request<B>) -> Permitted
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let answer = self.ask(request).await;
        let reached = self.reached.lock().unwrap().pop();
        reached.unwrap_or_else(|| panic!("{answer:?}"))
    }
}
