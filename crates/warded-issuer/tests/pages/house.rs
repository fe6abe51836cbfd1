//! One issuer under a name of its own, two servers, two applications, and a person.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use axum::{
    Router,
    body::Body,
    extract::Query,
    response::{Html, Redirect},
    routing::{any, get},
};
use http::{HeaderMap, Request, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use warded_client::fetch::{Fetch, Reach};
use warded_core::{Clock, Issuer, ResourceUri, Scopes, UnixTime};
use warded_issuer::{
    Admit, AuthorizationServer, IssuerSetup, Provider, ProviderKind, Registered,
    operator::{NewClient, add_client, add_user},
};
use warded_store::{GrantType, memory::Memory};

use crate::{provider, secured::Secured};

pub(crate) const PASSWORD: &str = "correct horse battery";
const ISSUER: &str = "https://mcp.example.com/issuers/staff";
/// Where everybody logs in with somebody else.
const GUESTS: &str = "https://mcp.example.com/issuers/guests";
const NOTES: &str = "https://mcp.example.com/notes/mcp";
const FILES: &str = "https://mcp.example.com/files/mcp";
/// A server with names of one long word each.
const ENDLESS: &str = "https://mcp.example.com/endlessendlessendlessendlessendlessendlessendlessendless/mcp";
const PORTAL: &str = "https://app.example.com/callback";
/// A callback that sends people on to another host.
const HOP: &str = "https://app.example.com/hop";
/// A callback that tells the window that opened it.
const TOLD: &str = "https://app.example.com/told";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A day that every picture is of.
#[derive(Debug)]
struct Day;

impl Clock for Day {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(1_795_280_400)
    }
}

/// Runs until the test is over.
pub(crate) struct House {
    /// Where every host of `example.com` is.
    pub(crate) port: u16,
    /// What leads to the pages.
    pub(crate) addresses: Value,
}

#[expect(clippy::disallowed_methods, reason = "tests need randomness from somewhere")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

fn registered() -> Vec<Registered> {
    let uri = |text| ResourceUri::parse(text).unwrap();
    let mut notes = Registered::new("notes", uri(NOTES));
    notes.title = "Notes of the team".into();
    notes.scopes = Scopes::parse("notes:read notes:write").unwrap();
    notes.default_scopes = Scopes::parse("notes:read").unwrap();
    for (scope, words) in [("notes:read", "Read notes"), ("notes:write", "Change and delete notes")] {
        notes.scope_words.insert(scope.into(), words.into());
    }
    let mut files = Registered::new("files", uri(FILES));
    files.title = "Files".into();
    files.scopes = Scopes::parse("files:read").unwrap();
    files.default_scopes = files.scopes.clone();
    let mut endless = Registered::new("endless", uri(ENDLESS));
    endless.title = "M".repeat(80);
    endless.scopes = Scopes::parse(&"w".repeat(200)).unwrap();
    endless.default_scopes = endless.scopes.clone();
    endless.scope_words.insert("w".repeat(200), "Q".repeat(100));
    vec![notes, files, endless]
}

/// Who says who people are: nobody is asked before they press the button.
fn hub() -> Provider {
    let site = Issuer::parse("https://hub.example.com").unwrap();
    let kind = ProviderKind::GitHub { api: Issuer::parse("https://hub.example.com/api/v3").unwrap(), site };
    let secret = "a secret of nobody".to_owned().into();
    Provider::new("hub", "Example Hub", kind, "warded", secret, Admit::Known).unwrap()
}

impl House {
    pub(crate) async fn open() -> Self {
        let (store, day) = (Arc::new(Memory::new()), Arc::new(Day));
        let mut setup = IssuerSetup::new("staff", Issuer::parse(ISSUER).unwrap(), registered());
        setup.providers = vec![hub()];
        let fetch = Fetch::new(Reach::public()).unwrap();
        let issuer = AuthorizationServer::open(setup, store.clone(), fetch, day.clone(), Arc::new(random()))
            .await
            .unwrap();
        add_user(&*store, "ada", PASSWORD, day.now(), &random()).await.unwrap();
        let portal = NewClient {
            issuer: issuer.issuer().clone(),
            name: "Portal".into(),
            redirect_uris: vec![PORTAL.into(), HOP.into(), TOLD.into()],
            grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            confidential: false,
            pinned: None,
            dpop_bound: false,
        };
        let mut setup = IssuerSetup::new("guests", Issuer::parse(GUESTS).unwrap(), registered());
        (setup.providers, setup.has_local_login) = (vec![provider::open().await], false);
        let fetch = Fetch::new(Reach::public()).unwrap();
        let guests = AuthorizationServer::open(setup, store.clone(), fetch, day.clone(), Arc::new(random()))
            .await
            .unwrap();
        let of_guests = NewClient { issuer: guests.issuer().clone(), ..portal.clone() };
        let portal = add_client(&*store, portal, day.now(), &random()).await.unwrap().client.id;
        let of_guests = add_client(&*store, of_guests, day.now(), &random()).await.unwrap().client.id;

        let secured = Secured::open().await;
        let port = secured.address().port();
        let router = issuer.router().merge(guests.router()).merge(others(issuer.router()));
        let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let editors = format!("http://{}/callback", plain.local_addr().unwrap());
        let editor = registration(issuer.router(), "Editor", &editors).await;
        let hops = format!("http://{}/hop", plain.local_addr().unwrap());
        let hopper = registration(issuer.router(), "Hopper", &hops).await;
        let endless = registration(issuer.router(), &"W".repeat(80), &long_redirect()).await;
        let loopback = others(issuer.router());
        tokio::spawn(async move { axum::serve(secured, router).await });
        tokio::spawn(async move { axum::serve(plain, loopback).await });

        let asked = |client: &str, redirect: &str, resource: &str, more: &[(&str, &str)]| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs([
                ("client_id", client),
                ("redirect_uri", redirect),
                ("response_type", "code"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
                // Whose code it is, for the callback.
                ("state", client),
                ("resource", resource),
            ]);
            format!("{ISSUER}/authorize?{}", query.extend_pairs(more).finish())
        };
        let addresses = json!({
            "editor": asked(&editor, &editors, NOTES, &[("scope", "notes:read notes:write")]),
            "portal": asked(&portal, PORTAL, FILES, &[("prompt", "consent")]),
            "stranger": asked("unknown", &editors, NOTES, &[]),
            "mistaken": asked(&editor, &editors, NOTES, &[("scope", "everything")]),
            "endless": asked(&endless, &long_redirect(), ENDLESS, &[("scope", &"w".repeat(200))]),
            "hops": [asked(&hopper, &hops, NOTES, &[]), asked(&portal, HOP, FILES, &[])],
            "guest": asked(&of_guests, HOP, FILES, &[]).replace(ISSUER, GUESTS),
            "popup": asked(&portal, TOLD, NOTES, &[]),
            "opener": "https://www.example.com/there",
            "apps": format!("{ISSUER}/apps"),
            "framer": format!("https://www.example.com/frame?{}", asked(&editor, &editors, NOTES, &[])),
            "callbacks": [editors, PORTAL],
        });
        Self { port, addresses }
    }
}

fn long_redirect() -> String {
    format!("https://app.example.com/long/{}", "x".repeat(500))
}

/// An application registers itself, as most do.
async fn registration(router: Router, name: &str, redirect: &str) -> String {
    let body = json!({
        "client_name": name, "redirect_uris": [redirect], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let request = Request::post("/issuers/staff/register").header(header::CONTENT_TYPE, "application/json");
    let answer = router.oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 16).await.unwrap();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    answer["client_id"].as_str().unwrap().to_owned()
}

#[derive(Deserialize)]
struct Sent {
    code: String,
    state: String,
}

/// The applications, which redeem what they get; and somebody who puts our page into theirs.
fn others(issuer: Router) -> Router {
    let callback = async move |headers: HeaderMap, Query(Sent { code, state }): Query<Sent>| {
        let host = headers[header::HOST].to_str().unwrap();
        let scheme = if host.starts_with("127.") { "http" } else { "https" };
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("grant_type", "authorization_code"),
                ("client_id", &state),
                ("code", &code),
                ("redirect_uri", &format!("{scheme}://{host}/callback")),
                ("code_verifier", VERIFIER),
            ])
            .finish();
        let request = Request::post("/issuers/staff/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let answer = issuer.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Html("<!doctype html><title>Application</title>There you are.")
    };
    let frame = async |request: Request<Body>| {
        let address = request.uri().query().unwrap_or_default().replace('&', "&amp;");
        Html(format!("<!doctype html><title>Frame</title><iframe src=\"{address}\"></iframe>"))
    };
    let hub = async || Html("<!doctype html><title>Example Hub</title>Who are you?");
    let hop = async || Redirect::to("https://www.example.com/there");
    let told = async || {
        let script = "opener?.postMessage('told', '*')";
        Html(format!("<!doctype html><title>Told</title><script>{script}</script>"))
    };
    Router::new()
        .route("/hop", get(hop))
        .route("/told", get(told))
        .route("/there", get(async || Html("<!doctype html><title>There</title>There you are.")))
        .route("/callback", get(callback))
        .route("/frame", any(frame))
        .route("/login/oauth/authorize", get(hub))
        .route("/long/{path}", get(async || Html("<!doctype html><title>Application</title>There you are.")))
}
