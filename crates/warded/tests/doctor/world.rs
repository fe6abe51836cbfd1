//! A server and its issuer, each at an origin of its own, that do everything right until a test breaks one thing. The
//! server really verifies tokens, by settings of its own; why it refuses, it says only where a test makes it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use axum::{Router, body::Body, extract::Request, response::Response};
use serde_json::{Map, Value, json};
use warded_core::{
    InboundToken,
    danger::Unverified,
    jose::{Algorithm, KeySet, SigningKey},
};

use crate::{
    run::{Told, doctor},
    stage::{Log, Seen, answer, json as as_json},
};

pub(crate) const PRM: &str = "/.well-known/oauth-protected-resource/mcp";
pub(crate) const METADATA: &str = "/.well-known/oauth-authorization-server";

/// What stands at a path instead.
type Page = Arc<dyn Fn(&Seen) -> Response + Send + Sync>;

/// What the server checks.
#[derive(Clone)]
pub(crate) struct Checks {
    pub(crate) audience: String,
    pub(crate) issuer: String,
    pub(crate) types: Vec<&'static str>,
    pub(crate) keys: String,
    /// How many seconds its clock is off.
    pub(crate) skew: i64,
    pub(crate) scope: Option<&'static str>,
    /// Whether it asks its issuer about opaque tokens.
    pub(crate) introspects: bool,
    /// Whether it takes no token at all any more.
    pub(crate) is_closed: bool,
    /// Whether it says nothing about why.
    pub(crate) is_silent: bool,
    /// What it answers to whoever it lets in.
    pub(crate) revision: &'static str,
}

/// What can be broken.
pub(crate) struct Knobs {
    /// Members to set or, with null, to remove.
    pub(crate) described: Value,
    pub(crate) metadata: Value,
    pub(crate) claims: Value,
    pub(crate) answer: Value,
    pub(crate) typ: &'static str,
    pub(crate) is_opaque: bool,
    /// What the redirect of a login holds, beside `state`.
    pub(crate) response: Option<Vec<(&'static str, &'static str)>>,
    /// The challenge; `OWN` in it stands for the server's origin.
    pub(crate) challenge: Option<String>,
    pub(crate) pages: HashMap<String, Page>,
    pub(crate) issuer_pages: HashMap<String, Page>,
    pub(crate) checks: Checks,
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) server: String,
    pub(crate) issuer: String,
    pub(crate) knobs: Arc<Mutex<Knobs>>,
    pub(crate) log: Log,
    pub(crate) issuer_log: Log,
    state: Arc<tempfile::TempDir>,
    key: Arc<SigningKey>,
    issued: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let (at_server, server) = listen().await;
        let (at_issuer, issuer) = listen().await;
        let key = Arc::new(key());
        let checks = Checks {
            audience: format!("{server}/mcp"),
            issuer: issuer.clone(),
            types: vec!["at+jwt"],
            keys: json!({ "keys": [key.public_jwk()] }).to_string(),
            skew: 0,
            scope: None,
            introspects: true,
            is_closed: false,
            is_silent: true,
            revision: "2025-11-25",
        };
        let knobs = Knobs {
            described: json!({}),
            metadata: json!({}),
            claims: json!({}),
            answer: json!({}),
            typ: "at+jwt",
            is_opaque: false,
            response: None,
            challenge: Some(format!(r#"Bearer resource_metadata="OWN{PRM}""#)),
            pages: HashMap::new(),
            issuer_pages: HashMap::new(),
            checks,
        };
        let world = Self {
            server,
            issuer,
            knobs: Arc::new(Mutex::new(knobs)),
            log: Log::default(),
            issuer_log: Log::default(),
            state: Arc::new(tempfile::tempdir().unwrap()),
            key,
            issued: Arc::default(),
        };
        let (one, two) = (world.clone(), world.clone());
        serve(at_server, move |request| one.clone().at_server(request));
        serve(at_issuer, move |request| two.clone().at_issuer(request));
        world
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/mcp", self.server)
    }

    pub(crate) fn state(&self) -> &std::path::Path {
        self.state.path()
    }

    pub(crate) fn turn(&self, knob: impl FnOnce(&mut Knobs)) {
        knob(&mut self.knobs.lock().unwrap());
    }

    /// What the server answers at a path from now on.
    pub(crate) fn page(&self, path: &str, page: impl Fn(&Seen) -> Response + Send + Sync + 'static) {
        self.turn(|knobs| drop(knobs.pages.insert(path.to_owned(), Arc::new(page))));
    }

    /// What the issuer answers at a path from now on.
    pub(crate) fn issuer_page(&self, path: &str, page: impl Fn(&Seen) -> Response + Send + Sync + 'static) {
        self.turn(|knobs| drop(knobs.issuer_pages.insert(path.to_owned(), Arc::new(page))));
    }

    pub(crate) async fn doctor(&self, arguments: &[&str]) -> Told {
        let told = doctor(&self.url(), self.state(), arguments).await;
        self.says_no_secret(&told);
        told
    }

    /// A text with the origins as words.
    pub(crate) fn plain(&self, text: &str) -> String {
        text.replace(&self.server, "SERVER").replace(&self.issuer, "ISSUER")
    }

    pub(crate) fn says_no_secret(&self, told: &Told) {
        for token in self.issued.lock().unwrap().iter() {
            // Also not a part of one that is long enough to be guessed from.
            let part = token.get(..16).unwrap_or(token);
            for output in [&told.text, &told.stderr] {
                assert!(!output.contains(part), "{output}");
            }
        }
        for secret in ["CODE-", "REFRESH-"] {
            assert!(!told.text.contains(secret) && !told.stderr.contains(secret), "{told:?}");
        }
    }

    async fn at_server(self, request: Request) -> Response {
        let seen = self.log.note(request).await;
        let page = self.knobs.lock().unwrap().pages.get(&seen.path).cloned();
        if let Some(page) = page {
            return page(&seen);
        }
        match seen.path.as_str() {
            PRM => {
                let own = json!({ "resource": self.url(), "authorization_servers": [self.issuer] });
                as_json(200, &patched(own, &self.knobs.lock().unwrap().described))
            }
            "/mcp" => self.mcp(&seen),
            _ => as_json(404, &json!({})),
        }
    }

    pub(crate) fn mcp(&self, seen: &Seen) -> Response {
        let knobs = self.knobs.lock().unwrap();
        let dated = |mut response: Response| {
            if knobs.checks.skew != 0 {
                let at = jiff::Timestamp::from_second(now() + knobs.checks.skew).unwrap();
                let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
                response.headers_mut().insert("date", date.parse().unwrap());
            }
            response
        };
        let refuse = |status, more: &str| {
            let mut response = answer(status, "text/plain", "");
            if let Some(challenge) = &knobs.challenge {
                let challenge = challenge.replace("OWN", &self.server) + more;
                response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
            }
            dated(response)
        };
        let Some(token) = seen.header("authorization").and_then(|value| value.strip_prefix("Bearer ")) else {
            return refuse(401, "");
        };
        match self.verify(token, &knobs.checks) {
            Ok(()) => {}
            Err("scope") => {
                let scope = knobs.checks.scope.unwrap();
                return refuse(403, &format!(r#", error="insufficient_scope", scope="{scope}""#));
            }
            Err(_) if knobs.checks.is_silent => return refuse(401, r#", error="invalid_token""#),
            Err(why) => {
                let said = why.replace("TOKEN", token);
                return refuse(401, &format!(r#", error="invalid_token", error_description="{said}""#));
            }
        }
        if seen.method == "DELETE" {
            return answer(200, "text/plain", "");
        }
        let call: Value = serde_json::from_str(&seen.body).unwrap();
        let result =
            json!({ "protocolVersion": knobs.checks.revision, "capabilities": {}, "serverInfo": {} });
        let mut response = as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }));
        response.headers_mut().insert("mcp-session-id", "SESSION".parse().unwrap());
        dated(response)
    }

    /// Verifies as servers do; the reason is the server's own secret, unless it talks.
    fn verify(&self, token: &str, checks: &Checks) -> Result<(), &'static str> {
        if checks.is_closed {
            return Err("the token TOKEN is not wanted");
        }
        let Ok(read) = Unverified::read(InboundToken::new(token.to_owned())) else {
            let is_known = self.issued.lock().unwrap().iter().any(|issued| issued == token);
            return if checks.introspects && is_known { Ok(()) } else { Err("Not enough segments") };
        };
        let (header, claims) = (read.header(), read.claims());
        if !header.get("typ").and_then(Value::as_str).is_some_and(|typ| checks.types.contains(&typ)) {
            return Err("wrong typ");
        }
        if read.signature_by(&KeySet::parse(checks.keys.as_bytes()).unwrap()).is_err() {
            return Err("Signature verification failed");
        }
        if claims.get("iss").and_then(Value::as_str) != Some(&checks.issuer) {
            return Err("Token issuer mismatch");
        }
        if claims.get("aud").and_then(Value::as_str) != Some(&checks.audience) {
            return Err("Invalid audience");
        }
        let here = now() + checks.skew;
        if claims["exp"].as_i64().unwrap() <= here {
            return Err("The access token expired");
        }
        if claims["iat"].as_i64().unwrap() > here + 2 {
            return Err("The token is not yet valid (iat)");
        }
        let held = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        match checks.scope {
            Some(scope) if !held.contains(scope) => Err("scope"),
            _ => Ok(()),
        }
    }

    async fn at_issuer(self, request: Request) -> Response {
        let seen = self.issuer_log.note(request).await;
        let page = self.knobs.lock().unwrap().issuer_pages.get(&seen.path).cloned();
        if let Some(page) = page {
            return page(&seen);
        }
        let knobs = self.knobs.lock().unwrap();
        let own = |path: &str| format!("{}{path}", self.issuer);
        match seen.path.as_str() {
            METADATA => {
                let metadata = json!({
                    "issuer": self.issuer,
                    "authorization_endpoint": own("/authorize"),
                    "token_endpoint": own("/token"),
                    "registration_endpoint": own("/register"),
                    "jwks_uri": own("/jwks"),
                    "response_types_supported": ["code"],
                    "code_challenge_methods_supported": ["S256"],
                    "token_endpoint_auth_methods_supported": ["none"],
                    "authorization_response_iss_parameter_supported": true,
                });
                as_json(200, &patched(metadata, &knobs.metadata))
            }
            "/jwks" => as_json(200, &json!({ "keys": [self.key.public_jwk()] })),
            "/register" => {
                let mut client: Value = serde_json::from_str(&seen.body).unwrap();
                client["client_id"] = json!("client");
                as_json(201, &client)
            }
            "/authorize" => {
                let asked = |name| seen.parameter(name).unwrap();
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.append_pair("state", &asked("state"));
                match &knobs.response {
                    None => query.append_pair("code", "CODE-1").append_pair("iss", &self.issuer),
                    Some(members) => query.extend_pairs(members),
                };
                let location = format!("{}?{}", asked("redirect_uri"), query.finish());
                Response::builder().status(302).header("location", location).body(Body::empty()).unwrap()
            }
            "/token" => self.token(&seen, &knobs),
            _ => as_json(404, &json!({})),
        }
    }

    fn token(&self, seen: &Seen, knobs: &Knobs) -> Response {
        let resource = seen.parameter("resource").unwrap();
        let token = if knobs.is_opaque {
            format!("OPAQUE-{}-of-the-issuer", self.issued.lock().unwrap().len())
        } else {
            let claims = json!({
                "iss": self.issuer, "sub": "alice", "aud": resource, "client_id": "client",
                "iat": now(), "exp": now() + 600, "jti": self.issued.lock().unwrap().len().to_string(),
            });
            let Value::Object(claims) = patched(claims, &knobs.claims) else { panic!("no claims") };
            self.sign(knobs.typ, &claims)
        };
        self.issued.lock().unwrap().push(token.clone());
        let given = json!({
            "access_token": token, "token_type": "Bearer", "expires_in": 600, "refresh_token": "REFRESH-1",
        });
        as_json(200, &patched(given, &knobs.answer))
    }

    pub(crate) fn sign(&self, typ: &str, claims: &Map<String, Value>) -> String {
        self.key.sign(typ, claims, &random()).unwrap().to_string()
    }
}

/// A JSON Web Key Set of somebody else's.
pub(crate) fn other_keys() -> Value {
    json!({ "keys": [key().public_jwk()] })
}

fn patched(mut document: Value, patch: &Value) -> Value {
    for (name, value) in patch.as_object().unwrap() {
        match value {
            Value::Null => drop(document.as_object_mut().unwrap().remove(name)),
            value => document[name] = value.clone(),
        }
    }
    document
}

fn key() -> SigningKey {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random()).unwrap();
    SigningKey::from_pkcs8(Algorithm::Es256, document.as_ref()).unwrap()
}

fn random() -> SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "keys of tests are nobody's")]
    SystemRandom::new()
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the command reads the clock, and the tokens must fit")]
    let now = jiff::Timestamp::now();
    now.as_second()
}

async fn listen() -> (tokio::net::TcpListener, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    (listener, origin)
}

fn serve<F: Future<Output = Response> + Send + 'static>(
    listener: tokio::net::TcpListener,
    answer: impl Fn(Request) -> F + Clone + Send + Sync + 'static,
) {
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
}
