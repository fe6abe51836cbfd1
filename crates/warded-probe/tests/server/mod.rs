//! Little MCP servers over real sockets: one that checks what it must, and the same with one defect each.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Either, Full, channel};
use hyper::{body::Bytes, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use warded_client::clock::SystemClock;
use warded_core::{
    Clock as _, InboundToken, ResourceUri,
    danger::Unverified,
    jose::{Algorithm, KeySet, SigningKey},
};
use warded_probe::{Credential, Party, Tokens};

pub(crate) const ISSUER: &str = "https://login.example.com";

/// What is wrong with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    /// Any audience is this server's.
    AnyAudience,
    /// One audience among several is enough, and `account` is accepted.
    AnyMatch,
    /// The audience is compared only where `MCP-Protocol-Version` is there.
    RevisionDecides,
    /// Of two `Authorization` headers the first counts.
    FirstHeader,
    /// Of two `Authorization` headers the last counts.
    LastHeader,
    QueryToken,
    FormToken,
    CookieToken,
    /// `X-Forwarded-Authorization` counts more than `Authorization`.
    ForwardedToken,
    /// Whoever names a session needs no token of this server.
    SessionInstead,
    /// The identifier is computed from `Host`.
    HostDecides,
    /// The identifier is computed from `X-Forwarded-Host`.
    ForwardedHostDecides,
    UnsignedAccepted,
    SignatureUnchecked,
    IdTokenAccepted,
    RefreshTokenAccepted,
    /// A request without a token is admitted.
    OpenDoor,
    /// Any scheme is as good as another.
    AnyScheme,
    /// The scheme must be written `Bearer`.
    ExactScheme,
    /// Refuses with 403.
    WrongStatus,
    /// Falls over bad tokens.
    Falls,
    /// Falls over bad tokens and stays down.
    FallsForGood,
    /// Refuses everybody.
    RefusesAll,
    /// Has no metadata document.
    NoMetadata,
    /// Its metadata document names somebody else.
    MetadataOfOther,
    /// Its refusals have no challenge.
    NoChallenge,
    /// Repeats the token in its challenge.
    Repeats,
    /// Knows the revision without sessions only, and checks no audience.
    StatelessAnyAudience,
    /// Knows the revision without sessions only.
    Stateless,
}

/// A server that listens until it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<State>,
    _accepting: JoinSet<()>,
}

struct State {
    url: String,
    scheme: &'static str,
    authority: String,
    path: String,
    keys: KeySet,
    defect: Option<Defect>,
    sessions: Mutex<BTreeSet<String>>,
    /// Streams stay open for as long as the server lives.
    streams: Mutex<Vec<channel::Sender<Bytes>>>,
    is_down: Mutex<bool>,
    calls: Mutex<Vec<String>>,
}

type Answer = Response<Either<Full<Bytes>, channel::Channel<Bytes>>>;

/// A connection, as it is or through TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What a server does with a connection before it reads from it.
pub(crate) type Wrap = Arc<dyn Fn(TcpStream) -> Wrapping + Send + Sync>;
type Wrapping = Pin<Box<dyn Future<Output = Option<Box<dyn Stream>>> + Send>>;

impl Server {
    pub(crate) async fn start(key: &SigningKey, defect: Option<Defect>) -> Self {
        Self::start_as("http", "127.0.0.1", plain_connections(), key, defect).await
    }

    pub(crate) async fn start_as(
        scheme: &'static str,
        host: &str,
        wrap: Wrap,
        key: &SigningKey,
        defect: Option<Defect>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::new(scheme, &format!("{host}:{port}"), "/mcp", key, defect));
        let url = state.url.clone();
        let accepting = serve(listener, vec![Arc::clone(&state)], wrap);
        Self { url, state, _accepting: accepting }
    }

    /// Two servers behind one address, told apart by host and path.
    pub(crate) async fn start_both(key: &SigningKey, places: [(&str, &str); 2]) -> [Self; 2] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let states = places
            .map(|(host, path)| Arc::new(State::new("http", &format!("{host}:{port}"), path, key, None)));
        let mut accepting = Some(serve(listener, states.to_vec(), plain_connections()));
        states.map(|state| Self {
            url: state.url.clone(),
            state,
            _accepting: accepting.take().unwrap_or_default(),
        })
    }

    /// The methods that were called, with those of HTTP for what is no call.
    pub(crate) fn calls(&self) -> BTreeSet<String> {
        self.state.calls.lock().unwrap().iter().cloned().collect()
    }

    /// How many sessions are open.
    pub(crate) fn open_sessions(&self) -> usize {
        self.state.sessions.lock().unwrap().len()
    }
}

fn plain_connections() -> Wrap {
    Arc::new(|stream| Box::pin(async move { Some(Box::new(stream) as Box<dyn Stream>) }))
}

/// Who is meant is said by host and path; whoever names nobody here meant the first.
fn serve(listener: TcpListener, states: Vec<Arc<State>>, wrap: Wrap) -> JoinSet<()> {
    let mut accepting = JoinSet::new();
    let states: Arc<[Arc<State>]> = states.into();
    accepting.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (states, wrapped) = (Arc::clone(&states), wrap(stream));
            connections.spawn(async move {
                let Some(stream) = wrapped.await else { return };
                let service = service_fn(|request: Request<Incoming>| {
                    let host = authority(&request);
                    let is_meant = |state: &&Arc<State>| {
                        state.authority == host && request.uri().path().ends_with(state.path.as_str())
                    };
                    let state = states.iter().find(is_meant).or(states.first()).cloned().unwrap();
                    async move { Ok::<_, Infallible>(state.answer(request, &host).await) }
                });
                http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
            });
        }
    });
    accepting
}

fn authority(request: &Request<Incoming>) -> String {
    let named = request.uri().authority().map(ToString::to_string);
    named.or_else(|| text(request.headers(), "host")).unwrap_or_default()
}

impl State {
    fn new(
        scheme: &'static str,
        authority: &str,
        path: &str,
        key: &SigningKey,
        defect: Option<Defect>,
    ) -> Self {
        let keys = KeySet::parse(json!({ "keys": [key.public_jwk()] }).to_string().as_bytes()).unwrap();
        Self {
            url: format!("{scheme}://{authority}{path}"),
            scheme,
            authority: authority.to_owned(),
            path: path.to_owned(),
            keys,
            defect,
            sessions: Mutex::default(),
            streams: Mutex::default(),
            is_down: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    fn is(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn is_stateless(&self) -> bool {
        self.is(Defect::Stateless) || self.is(Defect::StatelessAnyAudience)
    }

    async fn answer(&self, request: Request<Incoming>, host: &str) -> Answer {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        if head.uri.path().starts_with("/.well-known/oauth-protected-resource") {
            return self.metadata(head.uri.path());
        }
        if *self.is_down.lock().unwrap() {
            return plain(StatusCode::INTERNAL_SERVER_ERROR);
        }
        if host != self.authority && !self.is(Defect::HostDecides) {
            return plain(StatusCode::MISDIRECTED_REQUEST);
        }
        let mut here = ResourceUri::parse(&self.url).unwrap();
        if self.is(Defect::HostDecides) {
            here = ResourceUri::parse(&format!("{}://{host}{}", self.scheme, self.path)).unwrap();
        }
        if let (true, Some(host)) =
            (self.is(Defect::ForwardedHostDecides), text(&head.headers, "x-forwarded-host"))
        {
            here = ResourceUri::parse(&format!("{}://{host}{}", self.scheme, self.path)).unwrap();
        }
        let session = text(&head.headers, "mcp-session-id");
        let is_known = session.as_ref().is_some_and(|id| self.sessions.lock().unwrap().contains(id));
        if !(self.is(Defect::SessionInstead) && is_known)
            && let Err(status) = self.admit(&head, &body, &here)
        {
            return self.refusal(status, &head.headers);
        }
        if session.is_some() && !is_known {
            return plain(StatusCode::NOT_FOUND);
        }
        match head.method {
            Method::POST => self.call(&body, session.is_some(), &head.headers),
            Method::GET if is_known => self.stream(),
            Method::DELETE if is_known => {
                self.calls.lock().unwrap().push("DELETE".to_owned());
                self.sessions.lock().unwrap().remove(&session.unwrap());
                plain(StatusCode::NO_CONTENT)
            }
            _ => plain(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    fn metadata(&self, path: &str) -> Answer {
        if self.is(Defect::NoMetadata) || !path.ends_with(&self.path) {
            return plain(StatusCode::NOT_FOUND);
        }
        let resource =
            if self.is(Defect::MetadataOfOther) { "https://evil.example/mcp" } else { self.url.as_str() };
        document(StatusCode::OK, &json!({ "resource": resource, "authorization_servers": [ISSUER] }))
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap) -> Answer {
        if self.is(Defect::FallsForGood) {
            *self.is_down.lock().unwrap() = true;
        }
        let status = match status {
            _ if self.is(Defect::Falls) => StatusCode::INTERNAL_SERVER_ERROR,
            _ if self.is(Defect::FallsForGood) => StatusCode::UNAUTHORIZED,
            StatusCode::UNAUTHORIZED if self.is(Defect::WrongStatus) => StatusCode::FORBIDDEN,
            status => status,
        };
        let mut answer = plain(status);
        if !self.is(Defect::NoChallenge) {
            let mut challenge = format!(
                "Bearer error=\"invalid_token\", resource_metadata=\"{}://{}/.well-known/oauth-protected-resource{}\"",
                self.scheme, self.authority, self.path
            );
            if self.is(Defect::Repeats) {
                challenge += &format!(
                    ", error_description=\"not good: {}\"",
                    text(headers, "authorization").unwrap_or_default().replace(['"', '\t'], "")
                );
            }
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge.parse().unwrap());
        }
        answer
    }

    fn admit(&self, head: &http::request::Parts, body: &Bytes, here: &ResourceUri) -> Result<(), StatusCode> {
        if self.is(Defect::RefusesAll) {
            return Err(StatusCode::UNAUTHORIZED);
        }
        let Some(token) = self.present(head, body)? else {
            return if self.is(Defect::OpenDoor) { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) };
        };
        if self.is(Defect::RefreshTokenAccepted) && token.starts_with("refresh-") {
            return Ok(());
        }
        let is_revised = head.headers.contains_key("mcp-protocol-version");
        if self.is_good(&token, here, is_revised) { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
    }

    /// Takes the token out of the request.
    fn present(&self, head: &http::request::Parts, body: &Bytes) -> Result<Option<String>, StatusCode> {
        let headers = &head.headers;
        let query = head.uri.query().unwrap_or_default();
        let parameter = |text: &str| {
            // Nothing in a token needs an escape.
            text.split('&').find_map(|pair| pair.strip_prefix("access_token=")).map(str::to_owned)
        };
        if self.is(Defect::ForwardedToken)
            && let Some(value) = text(headers, "x-forwarded-authorization")
        {
            return Ok(value.strip_prefix("Bearer ").map(str::to_owned));
        }
        let values: Vec<_> = headers.get_all(header::AUTHORIZATION).iter().collect();
        let value = match values.as_slice() {
            [] if self.is(Defect::QueryToken) => return Ok(parameter(query)),
            [] if self.is(Defect::FormToken) => {
                return Ok(parameter(std::str::from_utf8(body).unwrap_or_default()));
            }
            [] if self.is(Defect::CookieToken) => {
                let cookie = text(headers, "cookie").unwrap_or_default();
                return Ok(cookie.strip_prefix("access_token=").map(str::to_owned));
            }
            _ if parameter(query).is_some() => return Err(StatusCode::BAD_REQUEST),
            [] => return Ok(None),
            [one] => one,
            [first, ..] if self.is(Defect::FirstHeader) => first,
            [.., last] if self.is(Defect::LastHeader) => last,
            _ => return Err(StatusCode::BAD_REQUEST),
        };
        let value = value.to_str().map_err(|_| StatusCode::BAD_REQUEST)?;
        let (scheme, token) = value.split_once(' ').ok_or(StatusCode::UNAUTHORIZED)?;
        let is_bearer = if self.is(Defect::ExactScheme) {
            scheme == "Bearer"
        } else {
            scheme.eq_ignore_ascii_case("bearer") || self.is(Defect::AnyScheme)
        };
        let token = token.trim_start_matches(' ');
        if !is_bearer {
            return Err(StatusCode::UNAUTHORIZED);
        }
        if token.is_empty() || token.contains([' ', '\t', ',']) {
            return Err(StatusCode::BAD_REQUEST);
        }
        Ok(Some(token.to_owned()))
    }

    fn is_good(&self, token: &str, here: &ResourceUri, is_revised: bool) -> bool {
        let Ok(read) = Unverified::read(InboundToken::new(token.to_owned())) else { return false };
        let claims = read.claims();
        let alg = read.header().get("alg").and_then(Value::as_str).unwrap_or_default();
        let is_unsigned = alg.eq_ignore_ascii_case("none") && self.is(Defect::UnsignedAccepted);
        let is_unchecked = alg == "ES256" && self.is(Defect::SignatureUnchecked);
        if !is_unsigned && !is_unchecked && read.signature_by(&self.keys).is_err() {
            return false;
        }
        if claims.get("iss").and_then(Value::as_str) != Some(ISSUER) {
            return false;
        }
        if read.header().get("typ").and_then(Value::as_str) != Some("at+jwt") {
            return self.is(Defect::IdTokenAccepted);
        }
        if self.is(Defect::AnyAudience)
            || self.is(Defect::StatelessAnyAudience)
            || (self.is(Defect::RevisionDecides) && !is_revised)
        {
            return true;
        }
        let recipients: Vec<_> = match claims.get("aud") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => vec![],
        };
        let is_here = |one: &&str| ResourceUri::parse(one).as_ref() == Ok(here);
        if self.is(Defect::AnyMatch) {
            return recipients.iter().any(|one| is_here(one) || *one == "account");
        }
        recipients.iter().any(is_here) && recipients.iter().all(|one| is_here(one) || *one == "account")
    }

    fn call(&self, body: &Bytes, is_in_session: bool, headers: &HeaderMap) -> Answer {
        // What the form says is all that is wanted of it.
        if self.is(Defect::FormToken) && body.starts_with(b"access_token=") {
            return document(StatusCode::OK, &json!({ "jsonrpc": "2.0", "id": 1, "result": {} }));
        }
        if text(headers, "content-type").as_deref() != Some("application/json") {
            return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let message: Value = serde_json::from_slice(body).unwrap_or_default();
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        self.calls.lock().unwrap().push(method.clone());
        let result = |result: &Value| json!({ "jsonrpc": "2.0", "id": message["id"], "result": result });
        match (method.as_str(), self.is_stateless()) {
            ("initialize", false) => {
                let mut sessions = self.sessions.lock().unwrap();
                let id = format!("session-{}-{}", self.authority, self.calls.lock().unwrap().len());
                sessions.insert(id.clone());
                let body = result(&json!({
                    "protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": { "name": "x", "version": "1" },
                }));
                // As an event of a stream, which many servers do.
                let mut answer =
                    Response::new(Either::Left(Full::from(format!("event: message\ndata: {body}\n\n"))));
                answer.headers_mut().insert(header::CONTENT_TYPE, "text/event-stream".parse().unwrap());
                answer.headers_mut().insert("mcp-session-id", id.parse().unwrap());
                answer
            }
            ("notifications/initialized", false) if is_in_session => plain(StatusCode::ACCEPTED),
            ("tools/list", false) if is_in_session => {
                document(StatusCode::OK, &result(&json!({ "tools": [] })))
            }
            ("server/discover" | "tools/list", true)
                if text(headers, "mcp-method").as_deref() == Some(method.as_str()) =>
            {
                document(StatusCode::OK, &result(&json!({ "tools": [] })))
            }
            _ => plain(StatusCode::BAD_REQUEST),
        }
    }

    fn stream(&self) -> Answer {
        self.calls.lock().unwrap().push("GET".to_owned());
        let (sender, body) = channel::Channel::new(1);
        self.streams.lock().unwrap().push(sender);
        let mut answer = Response::new(Either::Right(body));
        answer.headers_mut().insert(header::CONTENT_TYPE, "text/event-stream".parse().unwrap());
        answer
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn plain(status: StatusCode) -> Answer {
    let mut answer = Response::new(Either::Left(Full::default()));
    *answer.status_mut() = status;
    answer
}

fn document(status: StatusCode, body: &Value) -> Answer {
    let mut answer = Response::new(Either::Left(Full::from(body.to_string())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    answer
}

/// A fresh key of the issuer.
pub(crate) fn key() -> SigningKey {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random()).unwrap();
    SigningKey::from_pkcs8(Algorithm::Es256, document.as_ref()).unwrap()
}

/// A token for that audience.
pub(crate) fn token(key: &SigningKey, typ: &str, audience: &Value) -> String {
    let now = SystemClock.now().seconds();
    let claims = json!({
        "iss": ISSUER, "sub": "alice", "aud": audience, "client_id": "agent", "scope": "mcp", "jti": "1",
        "iat": now - 10, "exp": now + 600,
    });
    let claims: Map<String, Value> = claims.as_object().unwrap().clone();
    key.sign(typ, &claims, &random()).unwrap().to_string()
}

/// A server with what was issued for it.
pub(crate) fn party(key: &SigningKey, server: &Server, audience: &Value) -> Party {
    let credential = |text: String| Credential::parse(text).unwrap();
    let mut tokens = Tokens::access(credential(token(key, "at+jwt", audience)));
    tokens.id = Some(credential(token(key, "JWT", &json!("agent"))));
    tokens.refresh = Some(credential(format!("refresh-{}", server.url.len())));
    Party::new(ResourceUri::parse(&server.url).unwrap(), tokens)
}

fn random() -> SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "keys of tests are nobody's")]
    SystemRandom::new()
}
