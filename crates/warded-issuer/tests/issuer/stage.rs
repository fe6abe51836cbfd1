//! One issuer, two servers, a clock that stands still, and a browser.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, phc},
};
use aws_lc_rs::{
    digest,
    rand::{SecureRandom as _, SystemRandom},
};
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;
use warded_client::fetch::{Fetch, Reach};
use warded_core::{
    Clock, Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Keyring, Mode, Possession, ResourceUri,
    Scopes, Server, ServerSpec, UnixTime, Verdict, VerifiedToken, jose::base64url,
};
use warded_issuer::{
    AuthorizationServer, IssuerSetup, Registered, Served,
    operator::{NewClient, add_client},
};
use warded_store::{Added, GrantType, PasswordHash, Revocations, User, Users as _, sqlite::Sqlite};

/// The whole suite runs twice: at an issuer below a path, and, as `issuer_at_origin`, at one that is an origin. Where
/// documents are found, what cookies are called and where they go differs.
pub(crate) const ISSUER: &str = match env!("CARGO_CRATE_NAME").as_bytes() {
    b"issuer_at_origin" => "https://login.example.com",
    _ => "https://mcp.example.com/issuers/default",
};
pub(crate) const NOTES: &str = "https://mcp.example.com/notes/mcp";
/// Another identifier of the same server.
pub(crate) const NOTES_ALIAS: &str = "https://notes.example.com/mcp/";
pub(crate) const FILES: &str = "https://mcp.example.com/files/mcp";
pub(crate) const LOOPBACK: &str = "http://127.0.0.1:4711/callback";
pub(crate) const WEB: &str = "https://portal.example.com/cb";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Time, moved by hand.
#[derive(Debug)]
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

#[expect(clippy::disallowed_methods, reason = "tests need randomness from somewhere")]
pub(crate) fn random() -> SystemRandom {
    SystemRandom::new()
}

pub(crate) struct Stage {
    pub(crate) server: Arc<AuthorizationServer>,
    pub(crate) router: Served,
    pub(crate) store: Arc<Sqlite>,
    pub(crate) clock: Arc<Hand>,
    /// The path that everything is below.
    pub(crate) base: String,
    /// A public client with a loopback redirect, for codes and refreshing.
    pub(crate) editor: String,
    /// A confidential client with an https redirect, and its secret.
    pub(crate) portal: (String, String),
    /// A program in its own name, and its secret.
    pub(crate) robot: (String, String),
    /// What guards in this process know.
    pub(crate) revocations: Revocations,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn registered() -> Vec<Registered> {
    let uri = |text| ResourceUri::parse(text).unwrap();
    let mut notes = Registered::new("notes", uri(NOTES));
    notes.title = "Notes of the <team>".into();
    notes.identifiers.push(uri(NOTES_ALIAS));
    notes.scopes = Scopes::parse("notes:read notes:write").unwrap();
    notes.default_scopes = Scopes::parse("notes:read").unwrap();
    notes.scope_words.insert("notes:write".into(), "Change and delete notes".into());
    let mut files = Registered::new("files", uri(FILES));
    files.scopes = Scopes::parse("files:read").unwrap();
    files.default_scopes = files.scopes.clone();
    vec![notes, files]
}

fn id() -> String {
    let mut bytes = [0; 16];
    random().fill(&mut bytes).unwrap();
    base64url::encode(bytes)
}

/// `PASSWORD` at the least cost there is: a thousand stages open, and what a hash has to cost is tested where it is made.
fn cheap() -> PasswordHash {
    let params = argon2::Params::new(8, 1, 1, None).unwrap();
    let argon2 = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let hash: phc::PasswordHash =
        argon2.hash_password_with_salt(PASSWORD.as_bytes(), b"salt of the stage").unwrap();
    PasswordHash::new(hash.to_string())
}

impl Stage {
    pub(crate) async fn open() -> Self {
        Self::with(ISSUER, |_| ()).await
    }

    pub(crate) async fn with(issuer: &str, change: impl FnOnce(&mut IssuerSetup)) -> Self {
        Self::at(1_800_000_000, issuer, change).await
    }

    /// One that is opened at that time.
    pub(crate) async fn at(seconds: i64, issuer: &str, change: impl FnOnce(&mut IssuerSetup)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Sqlite::open(folder.path().join("warded.db")).await.unwrap());
        let clock = Arc::new(Hand(AtomicI64::new(seconds)));
        let mut setup = IssuerSetup::new("default", Issuer::parse(issuer).unwrap(), registered());
        change(&mut setup);
        let revocations = setup.revocations.clone();
        let server = AuthorizationServer::open(
            setup,
            Arc::clone(&store) as _,
            Fetch::new(Reach::public()).unwrap(),
            Arc::clone(&clock) as _,
            Arc::new(random()),
        )
        .await
        .unwrap();
        let now = clock.now();
        revocations.look(&*store, now).await.unwrap();
        let ada = User { id: id(), name: "ada".into(), password: Some(cheap()), created: now };
        assert_eq!(store.add_user(ada).await.unwrap(), Added::Yes);
        let new = |name: &str, redirect_uris: &[&str], grants: &[GrantType], confidential| NewClient {
            issuer: server.issuer().clone(),
            name: name.into(),
            redirect_uris: redirect_uris.iter().map(|&uri| uri.into()).collect(),
            grants: grants.to_vec(),
            confidential,
            pinned: None,
            dpop_bound: false,
        };
        let by_code = [GrantType::AuthorizationCode, GrantType::RefreshToken];
        let added = async |new| {
            let added = add_client(&*store, new, now, &random()).await.unwrap();
            let id = added.client.id.clone();
            (id, added.into_secret().map(|secret| secret.to_string()).unwrap_or_default())
        };
        let (editor, _) = added(new("Editor", &["http://127.0.0.1/callback"], &by_code, false)).await;
        let portal = added(new("Portal", &[WEB], &by_code, true)).await;
        let robot = added(new("Robot", &[], &[GrantType::ClientCredentials], true)).await;
        let router = server.served();
        let base = ResourceUri::parse(issuer).unwrap().path_and_query().trim_end_matches('/').to_owned();
        Self { server, router, store, clock, base, editor, portal, robot, revocations, folder }
    }

    /// The same store, opened by another process.
    pub(crate) async fn another_store(&self) -> Sqlite {
        Sqlite::open(self.folder.path().join("warded.db")).await.unwrap()
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, name: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(format!("{}/{name}", self.base)).header(header::CONTENT_TYPE, kind);
        self.call(request.body(body.into()).unwrap()).await
    }

    /// `POST /token`
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.post("token", "application/x-www-form-urlencoded", encoded(form)).await
    }

    /// A request of the editor's for a server, as a query.
    pub(crate) fn question<'a>(&'a self, resource: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("client_id", self.editor.as_str()),
            ("redirect_uri", LOOPBACK),
            ("response_type", "code"),
            ("code_challenge", challenge()),
            ("code_challenge_method", "S256"),
            ("state", "state&x=1"),
            ("resource", resource),
        ]
    }

    /// What the editor sends for its code.
    pub(crate) fn redemption<'a>(&'a self, code: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("grant_type", "authorization_code"),
            ("client_id", self.editor.as_str()),
            ("code", code),
            ("redirect_uri", LOOPBACK),
            ("code_verifier", VERIFIER),
        ]
    }

    pub(crate) fn refreshing<'a>(&'a self, token: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![("grant_type", "refresh_token"), ("client_id", &self.editor), ("refresh_token", token)]
    }

    /// A code for the editor at a server, as a person gives it.
    pub(crate) async fn code(&self, resource: &str) -> String {
        self.code_for(&self.question(resource)).await
    }

    pub(crate) async fn code_for(&self, question: &[(&str, &str)]) -> String {
        let mut browser = Browser::default();
        let page = browser.log_in(self, question).await;
        let answer = browser.decide(self, &page, "allow").await;
        answer.sent().get("code").unwrap_or_else(|| panic!("no code: {answer:?}")).clone()
    }

    /// Access and refresh token of the editor's at a server.
    pub(crate) async fn tokens(&self, resource: &str) -> (String, String) {
        let code = self.code(resource).await;
        let answer = self.token(&self.redemption(&code)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        (answer.text("access_token"), answer.text("refresh_token"))
    }

    /// Judges a token as the server of that name would.
    pub(crate) fn judge(&self, token: &str, server: &str) -> Result<Box<VerifiedToken>, &'static str> {
        let mut keys = Keyring::default();
        keys.hold(self.server.issuer(), self.server.key_set().unwrap());
        let token = InboundToken::new(token.to_owned());
        match token.judge(&self.fleet(server), &keys, &Possession::default(), self.clock.now()) {
            Verdict::Admit(token, _) => Ok(token),
            Verdict::Refuse(refusal) => Err(refusal.code()),
            Verdict::Unable(fault) => Err(fault.code()),
        }
    }

    pub(crate) fn fleet(&self, name: &str) -> Server {
        let servers = registered().into_iter().map(|server| ServerSpec {
            name: server.name.as_str().into(),
            resource: server.identifiers[0].clone(),
            aliases: server.identifiers[1..].to_vec(),
            issuers: vec![0],
            tier: "default".into(),
            mode: Mode::Strict,
        });
        let issuer = IssuerSpec {
            url: self.server.issuer().clone(),
            rules: IssuerRules::default(),
            audiences: vec![],
            across_tiers: vec![],
        };
        Fleet::prove(servers.collect(), vec![issuer]).unwrap().server(name).unwrap()
    }
}

pub(crate) fn challenge() -> &'static str {
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
}

#[test]
fn the_challenge_is_the_verifiers() {
    assert_eq!(base64url::encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes())), challenge());
}

pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        text += &format!("{name}={value}&");
    }
    text.trim_end_matches('&').to_owned()
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// The pairs with one value changed.
pub(crate) fn with<'a>(
    pairs: &[(&'a str, &'a str)],
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut changed = without(pairs, name);
    changed.push((name, value));
    changed
}

pub(crate) fn without<'a>(pairs: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    pairs.iter().copied().filter(|(held, _)| *held != name).collect()
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    async fn of(response: axum::response::Response) -> Self {
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Self { status: head.status, headers: head.headers, body }
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json", "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("no {member}: {self:?}")).to_owned()
    }

    /// Status and `error` of an OAuth error.
    pub(crate) fn error(&self) -> (u16, String) {
        assert_eq!(self.headers[header::CACHE_CONTROL], "no-store");
        assert!(!self.text("error_description").is_empty());
        (self.status.as_u16(), self.text("error"))
    }

    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |location| location.to_str().unwrap())
    }

    /// What was sent to the client by way of the browser.
    pub(crate) fn sent(&self) -> BTreeMap<String, String> {
        let query = self.location().split_once('?').map_or("", |(_, query)| query);
        let mut sent = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap();
            assert_eq!(sent.insert(decoded(name), decoded(value)), None, "{name} stands twice");
        }
        sent
    }

    /// The code that a page for people shows under its explanation.
    pub(crate) fn refusal(&self) -> &str {
        assert!(self.headers.get(header::LOCATION).is_none(), "{self:?}");
        let (_, rest) = self.body.split_once("<code id=\"code\">").unwrap();
        rest.split_once('<').unwrap().0
    }

    /// Whether nothing was done but to ask who it is, since the form was overtaken.
    pub(crate) fn asks_again(&self) -> bool {
        let does_nothing = self.status == StatusCode::FORBIDDEN && self.location().is_empty();
        does_nothing && self.body.contains("overtaken by another tab") && !self.body.contains("\"decision\"")
    }

    /// Whether nothing was done but to show whoever is logged in the question anew.
    pub(crate) fn shows_anew(&self) -> bool {
        let to = self.location();
        let is_ours = to.starts_with('/') && to.contains("/authorize?") && to.ends_with("&prompt=consent");
        self.status == StatusCode::SEE_OTHER && is_ours && !self.headers.contains_key("set-cookie")
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) =
            self.body.split_once(&start).unwrap_or_else(|| panic!("no field {name}: {}", self.body));
        rest.split_once('"').unwrap().0.replace("&#39;", "'").replace("&#38;", "&")
    }
}

/// Cookies, and what a person does with them.
#[derive(Clone, Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) address: Option<SocketAddr>,
}

impl Browser {
    pub(crate) async fn send(
        &mut self,
        stage: &Stage,
        method: Method,
        path: &str,
        form: &[(&str, &str)],
        extra: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if !form.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        if let Some(address) = self.address {
            request = request.extension(address);
        }
        let answer = stage.call(request.body(encoded(form).into()).unwrap()).await;
        for field in answer.headers.get_all(header::SET_COOKIE) {
            let pair = field.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Follows a link to the authorization endpoint.
    pub(crate) async fn ask(&mut self, stage: &Stage, question: &[(&str, &str)]) -> Answer {
        let path = format!("{}/authorize?{}", stage.base, encoded(question));
        self.send(stage, Method::GET, &path, &[], &[]).await
    }

    pub(crate) async fn submit(
        &mut self,
        stage: &Stage,
        name: &str,
        page: &Answer,
        fields: &[(&str, &str)],
    ) -> Answer {
        let (request, token) = (page.hidden("request"), page.hidden("token"));
        let mut form = vec![("request", request.as_str()), ("token", token.as_str())];
        form.extend_from_slice(fields);
        self.send(stage, Method::POST, &format!("{}/{name}", stage.base), &form, &[]).await
    }

    /// Logs in and returns the page that asks for consent.
    pub(crate) async fn log_in(&mut self, stage: &Stage, question: &[(&str, &str)]) -> Answer {
        let page = self.ask(stage, question).await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        let fields = [("username", "ada"), ("password", PASSWORD)];
        let answer = self.submit(stage, "login", &page, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        let next = answer.location().to_owned();
        self.send(stage, Method::GET, &next, &[], &[]).await
    }

    pub(crate) async fn decide(&mut self, stage: &Stage, page: &Answer, decision: &str) -> Answer {
        self.submit(stage, "consent", page, &[("decision", decision)]).await
    }
}
