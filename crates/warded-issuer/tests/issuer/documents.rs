//! Clients whose id is the URL of their own description, fetched over real sockets.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, body::Body, response::Response};
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower::ServiceExt as _;
use warded_client::fetch::{Fetch, Reach};
use warded_issuer::{AuthorizationServer, ClientDocuments, Domains, IssuerSetup};

use super::holder::Holder;
use crate::stage::{Browser, ISSUER, NOTES, Stage, WEB, encoded, random, registered, with};

pub(crate) const LOCAL: &str = "http://127.0.0.1:8700/issuers/default";

/// A web server that answers everything with the same, when it may, and counts.
pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
    pub(crate) answer: Arc<Mutex<(StatusCode, &'static str, String)>>,
    /// For how long it may be kept.
    cache: Arc<Mutex<&'static str>>,
    /// Answers wait while this is held.
    gate: Arc<tokio::sync::RwLock<()>>,
}

impl Host {
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let answer = Arc::new(Mutex::new((StatusCode::OK, "application/json", String::new())));
        let (cache, gate) = (Arc::new(Mutex::new("public")), Arc::<tokio::sync::RwLock<()>>::default());
        let (counted, held, kept, closed) =
            (Arc::clone(&asked), Arc::clone(&answer), Arc::clone(&cache), Arc::clone(&gate));
        let router = Router::new().fallback(move |_: Request<Body>| {
            counted.fetch_add(1, Ordering::SeqCst);
            let (status, kind, body) = held.lock().unwrap().clone();
            let (cache, closed) = (*kept.lock().unwrap(), Arc::clone(&closed));
            async move {
                drop(closed.read().await);
                let response = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
                let response = response.header(header::CACHE_CONTROL, cache);
                response.header(header::LOCATION, "/elsewhere").body(Body::from(body)).unwrap()
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        let host = Self { address, asked, answer, cache, gate };
        host.say(host.document());
        host
    }

    pub(crate) fn id(&self) -> String {
        format!("http://{}/client.json", self.address)
    }

    pub(crate) fn document(&self) -> Value {
        json!({
            "client_id": self.id(),
            "client_name": "Editor of somebody",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        })
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
    pub(crate) fn say(&self, document: Value) {
        *self.answer.lock().unwrap() = (StatusCode::OK, "application/json", document.to_string());
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_client_that_describes_itself_gets_tokens_and_is_shown_by_its_host() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let id = host.id();
    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &with(&stage.question(NOTES), "client_id", &id)).await;
    let whole =
        format!("describes itself at http://<strong>127.0.0.1</strong>:{}/client.json.", host.address.port());
    assert!(page.body.contains(&whole), "{}", page.body);
    assert!(page.body.contains("</q> of 127.0.0.1 to use Notes"), "{}", page.body);
    let login = Browser::default().ask(&stage, &with(&stage.question(NOTES), "client_id", &id)).await;
    assert!(login.body.contains(&whole) && login.body.contains("name=\"password\""), "{}", login.body);
    let code = browser.decide(&stage, &page, "allow").await.sent()["code"].clone();
    let answer = stage.token(&with(&stage.redemption(&code), "client_id", &id)).await;
    let refresh = answer.text("refresh_token");
    let answer = stage.token(&with(&stage.refreshing(&refresh), "client_id", &id)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(host.asked(), 1, "remembered in between");
    stage.clock.pass(600);
    browser.ask(&stage, &with(&stage.question(NOTES), "client_id", &id)).await;
    assert_eq!(host.asked(), 2, "and looked at again after a while");
    // Another client of the same host is another client.
    let other = with(&stage.question(NOTES), "client_id", "");
    let other_id = format!("{id}x");
    let answer = browser.ask(&stage, &with(&other, "client_id", &other_id)).await;
    assert_eq!(answer.refusal(), "client-document-unfit");
}

#[tokio::test]
async fn a_description_that_does_not_fit_is_refused_and_not_remembered() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let id = host.id();
    let question = with(&stage.question(NOTES), "client_id", &id);
    let good = host.document().to_string();
    let big = {
        let mut document = host.document();
        document["padding"] = "x".repeat(5 * 1024).into();
        document.to_string()
    };
    let secret = {
        let mut document = host.document();
        document["client_secret"] = "s3cret".into();
        document.to_string()
    };
    let json = "application/json";
    for (status, kind, body) in [
        (200, json, big),
        (200, json, secret),
        (200, json, good.replace("client.json", "other.json")),
        (200, json, String::new()),
        (200, "text/html", good.clone()),
        (201, json, good.clone()),
        (301, json, good.clone()),
        (302, json, good.clone()),
        (404, json, good.clone()),
    ] {
        *host.answer.lock().unwrap() = (StatusCode::from_u16(status).unwrap(), kind, body.clone());
        let before = host.asked();
        let answer = Browser::default().ask(&stage, &question).await;
        assert_eq!(answer.refusal(), "client-document-unfit", "{status} {kind} {body:.80}");
        assert_eq!(host.asked(), before + 1, "no redirect is followed, nothing is tried twice");
    }
    host.say(host.document());
    assert_eq!(Browser::default().ask(&stage, &question).await.status, StatusCode::OK, "no error is kept");
}

#[tokio::test]
async fn a_description_that_changed_between_question_and_answer_is_another_question() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let id = host.id();
    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &with(&stage.question(NOTES), "client_id", &id)).await;
    let mut document = host.document();
    document["client_name"] = "Your bank".into();
    host.say(document);
    stage.clock.pass(600);
    assert!(browser.decide(&stage, &page, "allow").await.shows_anew());
}

#[tokio::test]
async fn a_host_that_is_away_burns_nothing() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let id = host.id();
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", &id)).await;
    let redemption = with(&stage.redemption(&code), "client_id", &id);
    let refresh = stage.token(&redemption).await.text("refresh_token");
    stage.clock.pass(600);
    *host.answer.lock().unwrap() = (StatusCode::BAD_GATEWAY, "text/html", String::new());
    let refreshing = with(&stage.refreshing(&refresh), "client_id", &id);
    assert_eq!(stage.token(&refreshing).await.error(), (503, "temporarily_unavailable".into()));
    host.say(host.document());
    assert_eq!(stage.token(&refreshing).await.status, StatusCode::OK);
    let nobody = with(&stage.question(NOTES), "client_id", "http://127.0.0.1:1/client.json");
    let answer = Browser::default().ask(&stage, &nobody).await;
    assert_eq!(
        (answer.status, answer.refusal()),
        (StatusCode::SERVICE_UNAVAILABLE, "client-document-unreachable")
    );
}

#[tokio::test]
async fn a_strangers_id_makes_us_knock_at_no_door_of_ours() {
    let (stage, host) = (Stage::with(ISSUER, |_| ()).await, Host::open().await);
    let port = host.address.port();
    let inside = [
        format!("https://127.0.0.1:{port}/client.json"),
        format!("https://localhost:{port}/client.json"),
        format!("https://[::1]:{port}/client.json"),
        format!("https://[::ffff:127.0.0.1]:{port}/client.json"),
        format!("https://[64:ff9b::7f00:1]:{port}/client.json"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.1/client.json".to_owned(),
        "https://100.64.0.1/client.json".to_owned(),
        "https://192.168.1.1/client.json".to_owned(),
        "https://[fd00::1]/client.json".to_owned(),
        "https://0.0.0.0/client.json".to_owned(),
    ];
    for id in &inside {
        let answer = Browser::default().ask(&stage, &with(&stage.question(NOTES), "client_id", id)).await;
        let refused = answer.refusal();
        assert!(["client-document-unfit", "client-unknown"].contains(&refused), "{id}: {refused}");
    }
    let plain = host.id();
    let answer = Browser::default().ask(&stage, &with(&stage.question(NOTES), "client_id", &plain)).await;
    assert_eq!(answer.refusal(), "client-unknown", "plain http, and the issuer is not on loopback");
    assert_eq!(host.asked(), 0);
}

#[tokio::test]
async fn the_token_endpoint_fetches_only_for_what_was_granted() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let id = host.id();
    let as_host = |form: &[(&'static str, &str)]| -> Vec<(String, String)> {
        let pairs = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        pairs.filter(|(name, _)| name != "client_id").chain([("client_id".to_owned(), id.clone())]).collect()
    };
    let editors = stage.code(NOTES).await;
    let (_, refresh) = stage.tokens(NOTES).await;
    for (form, error) in [
        (as_host(&[("grant_type", "authorization_code"), ("code", "x")]), "invalid_grant"),
        (as_host(&[("grant_type", "authorization_code"), ("code", &editors)]), "invalid_grant"),
        (as_host(&[("grant_type", "refresh_token"), ("refresh_token", "x")]), "invalid_grant"),
        (as_host(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]), "invalid_grant"),
        (as_host(&[("grant_type", "client_credentials")]), "unauthorized_client"),
        (as_host(&[("grant_type", "password")]), "unsupported_grant_type"),
        (as_host(&[]), "invalid_request"),
    ] {
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(stage.token(&form).await.error(), (400, error.into()), "{form:?}");
    }
    assert_eq!(host.asked(), 0, "nobody was asked anything");
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.status, StatusCode::OK, "nothing was consumed");
}

#[tokio::test]
async fn one_address_makes_us_fetch_so_often_and_no_more() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    host.say(json!({}));
    let id = host.id();
    let question = with(&stage.question(NOTES), "client_id", &id);
    let mut browser = Browser { address: Some("192.0.2.1:1".parse().unwrap()), ..Browser::default() };
    for _ in 0..60 {
        assert_eq!(browser.ask(&stage, &question).await.refusal(), "client-document-unfit");
    }
    assert_eq!(browser.ask(&stage, &question).await.refusal(), "too-many-attempts");
    assert_eq!(host.asked(), 60);
}

#[tokio::test]
async fn whoever_asks_for_the_same_at_the_same_time_shares_one_fetch() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let id = host.id();
    let question = with(&stage.question(NOTES), "client_id", &id);
    for good in [false, true] {
        host.say(if good { host.document() } else { json!({}) });
        let (before, closed) = (host.asked(), host.gate.write().await);
        let asking = async || Browser::default().ask(&stage, &question).await;
        let opening = async {
            while host.asked() == before {
                tokio::task::yield_now().await;
            }
            drop(closed);
        };
        let (one, two, three, ()) = tokio::join!(asking(), asking(), asking(), opening);
        for answer in [one, two, three] {
            assert_eq!(answer.status == StatusCode::OK, good, "{answer:?}");
        }
        assert_eq!(host.asked(), before + 1);
    }
}

#[tokio::test]
async fn a_slow_host_holds_up_whoever_names_it_and_nobody_else() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let (id, honest) = (host.id(), Host::open().await);
    let asking = async |id: &str, address: &str| {
        let mut browser = Browser { address: Some(address.parse().unwrap()), ..Browser::default() };
        browser.ask(&stage, &with(&stage.question(NOTES), "client_id", id)).await
    };
    let closed = host.gate.write().await;
    let (one, other) = ("192.0.2.1:1", "192.0.2.2:1");
    let mut waiting = JoinSet::new();
    for nth in 0..8 {
        let question = encoded(&[("client_id", &format!("{id}?{nth}")), ("redirect_uri", WEB)]);
        let request = Request::get(format!("{}/authorize?{question}", stage.base));
        let request = request.extension(one.parse::<SocketAddr>().unwrap()).body(Body::empty()).unwrap();
        waiting.spawn(stage.router.clone().oneshot(request));
    }
    while host.asked() < 8 {
        tokio::task::yield_now().await;
    }
    assert_eq!(asking(&honest.id(), one).await.refusal(), "too-many-attempts");
    assert_eq!(asking(&honest.id(), other).await.status, StatusCode::OK);
    drop(closed);
    for answer in waiting.join_all().await {
        assert_ne!(answer.unwrap().status(), StatusCode::OK, "each describes another");
    }
    assert_eq!(asking(&honest.id(), one).await.status, StatusCode::OK, "they are over");
}

/// A host that never answers, and whoever has all the addresses of a network.
#[tokio::test]
async fn one_network_holds_up_no_other() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let (id, honest) = (host.id(), Host::open().await);
    let asking = async |address: &str| {
        let mut browser = Browser { address: Some(address.parse().unwrap()), ..Browser::default() };
        browser.ask(&stage, &with(&stage.question(NOTES), "client_id", &honest.id())).await
    };
    let closed = host.gate.write().await;
    let mut waiting = JoinSet::new();
    for nth in 0..24 {
        let question = encoded(&[("client_id", &format!("{id}?{nth}")), ("redirect_uri", WEB)]);
        let request = Request::get(format!("{}/authorize?{question}", stage.base));
        let from: SocketAddr = format!("[2001:db8:1:{nth:x}::1]:1").parse().unwrap();
        waiting.spawn(stage.router.clone().oneshot(request.extension(from).body(Body::empty()).unwrap()));
    }
    while host.asked() < 24 {
        tokio::task::yield_now().await;
    }
    assert_eq!(asking("[2001:db8:1:ffff::1]:1").await.refusal(), "too-many-attempts");
    assert_eq!(asking("[2001:db8:2::1]:1").await.status, StatusCode::OK);
    drop(closed);
    for answer in waiting.join_all().await {
        assert_ne!(answer.unwrap().status(), StatusCode::OK, "each describes another");
    }
    assert_eq!(asking("[2001:db8:1:ffff::1]:1").await.status, StatusCode::OK, "they are over");
}

#[tokio::test]
async fn whoever_hangs_up_takes_no_fetch_along() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let id = host.id();
    let question = with(&stage.question(NOTES), "client_id", &id);
    let closed = host.gate.write().await;
    let arrived = async {
        while host.asked() == 0 {
            tokio::task::yield_now().await;
        }
    };
    let mut impatient = Browser::default();
    tokio::select! {
        answer = impatient.ask(&stage, &question) => panic!("the host waits: {answer:?}"),
        () = arrived => {}
    }
    drop(closed);
    assert_eq!(Browser::default().ask(&stage, &question).await.status, StatusCode::OK);
    assert_eq!(host.asked(), 1);
}

#[tokio::test]
async fn a_description_is_believed_for_as_long_as_it_says_within_reason() {
    for (cache, still, again) in [
        ("max-age=120", 119, 120),
        ("no-store", 59, 60),
        ("max-age=0", 59, 60),
        ("max-age=31536000", 3599, 3600),
    ] {
        let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
        *host.cache.lock().unwrap() = cache;
        let id = host.id();
        let question = with(&stage.question(NOTES), "client_id", &id);
        Browser::default().ask(&stage, &question).await;
        stage.clock.pass(still);
        Browser::default().ask(&stage, &question).await;
        assert_eq!(host.asked(), 1, "{cache}");
        stage.clock.pass(again - still);
        Browser::default().ask(&stage, &question).await;
        assert_eq!(host.asked(), 2, "{cache}");
    }
}

#[tokio::test]
async fn a_description_that_changed_after_consent_is_asked_about_again() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let id = host.id();
    let mut document = host.document();
    document["redirect_uris"] = json!([WEB]);
    host.say(document.clone());
    let question = with(&with(&stage.question(NOTES), "client_id", &id), "redirect_uri", WEB);
    // On loopback a cookie is good for one answer, so everybody logs in again.
    let is_asked = async || {
        let mut browser = Browser::default();
        let page = browser.log_in(&stage, &question).await;
        if page.location().starts_with(WEB) {
            return false;
        }
        assert!(browser.decide(&stage, &page, "allow").await.location().starts_with(WEB));
        true
    };
    assert!(is_asked().await);
    assert!(!is_asked().await, "the same is not asked twice");
    stage.clock.pass(600);
    document["contacts"] = json!(["somebody"]);
    host.say(document.clone());
    assert!(!is_asked().await, "what nobody reads is no other question");
    for (name, value) in [
        ("client_name", json!("Your bank")),
        ("redirect_uris", json!([WEB, "https://other.example/cb"])),
        ("policy_uri", json!("https://other.example/policy")),
        ("grant_types", json!(["authorization_code"])),
        ("client_name", json!("Editor of somebody")),
    ] {
        document[name] = value;
        host.say(document.clone());
        assert!(!is_asked().await, "{name}: it is remembered for a while");
        stage.clock.pass(600);
        assert!(is_asked().await, "{name}");
        assert!(!is_asked().await, "{name}");
    }
}

#[tokio::test]
async fn only_hosts_that_the_operator_trusts_are_asked_at_all() {
    let host = Host::open().await;
    let (id, local) = (host.id(), "127.0.0.1".to_owned());
    for (allow, deny, refused) in [
        (vec![], vec![], None),
        (vec![local.clone()], vec![], None),
        (vec!["example.com".to_owned()], vec![], Some("client-host-untrusted")),
        (vec![], vec![local.clone()], Some("client-host-untrusted")),
        (vec![local.clone()], vec![local.clone()], Some("client-host-untrusted")),
    ] {
        let trusting = ClientDocuments::At(Domains { allow, deny });
        let stage = Stage::with(LOCAL, |setup| setup.policy.client_documents = trusting.clone()).await;
        let before = host.asked();
        let answer = Browser::default().ask(&stage, &with(&stage.question(NOTES), "client_id", &id)).await;
        match refused {
            None => assert_eq!(answer.status, StatusCode::OK, "{trusting:?}"),
            Some(code) => assert_eq!((answer.refusal(), host.asked()), (code, before), "{trusting:?}"),
        }
    }
}

#[tokio::test]
async fn what_a_host_was_granted_is_no_good_while_it_is_not_trusted() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let id = host.id();
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", &id)).await;
    let refresh = stage.token(&with(&stage.redemption(&code), "client_id", &id)).await.text("refresh_token");
    let refreshing = with(&stage.refreshing(&refresh), "client_id", &id);
    // The same issuer, opened anew by an operator who thinks otherwise.
    let mut setup = IssuerSetup::new("default", stage.server.issuer().clone(), registered());
    let deny = vec!["127.0.0.1".to_owned()];
    setup.policy.client_documents = ClientDocuments::At(Domains { deny, ..Domains::default() });
    let (store, fetch) = (Arc::clone(&stage.store) as _, Fetch::new(Reach::public()).unwrap());
    let clock = Arc::clone(&stage.clock) as _;
    let other = AuthorizationServer::open(setup, store, fetch, clock, Arc::new(random())).await.unwrap();
    let request = Request::post(format!("{}/token", stage.base))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(encoded(&refreshing)))
        .unwrap();
    let answer = other.router().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(stage.token(&refreshing).await.status, StatusCode::OK, "nothing was consumed");
}

#[tokio::test]
async fn where_a_client_says_more_is_read_and_not_followed() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let mut document = host.document();
    let policy = format!("http://{}/policy", host.address);
    document["policy_uri"] = policy.as_str().into();
    document["client_uri"] = "https://bank.example.com/".into();
    document["tos_uri"] = "javascript:alert(1)".into();
    document["logo_uri"] = format!("http://{}/logo.png", host.address).into();
    host.say(document);
    let id = host.id();
    let page = Browser::default().ask(&stage, &with(&stage.question(NOTES), "client_id", &id)).await;
    assert!(page.body.contains(&format!("<dd class=\"quiet\">{policy}</dd>")), "{}", page.body);
    for absent in ["javascript:", "logo.png", "bank.example.com", &format!("href=\"{policy}"), "<img"] {
        assert!(!page.body.contains(absent), "{absent}: {}", page.body);
    }
    assert_eq!(host.asked(), 1, "for the description alone");
}

#[tokio::test]
async fn a_client_that_promises_to_sign_is_not_let_in_without() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let id = host.id();
    let mut document = host.document();
    document["token_endpoint_auth_method"] = "private_key_jwt".into();
    document["jwks_uri"] = format!("http://{}/jwks", host.address).into();
    host.say(document);
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", &id)).await;
    let redemption = with(&stage.redemption(&code), "client_id", &id);
    assert_eq!(stage.token(&redemption).await.error(), (401, "invalid_client".into()));
    let guessing = with(&redemption, "client_secret", "x");
    assert_eq!(stage.token(&guessing).await.error(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn a_client_that_signs_with_the_key_at_its_url_is_itself_and_nobody_is_asked_for_a_stranger() {
    let (stage, host) = (Stage::with(LOCAL, |_| ()).await, Host::open().await);
    let (id, holder, thief) = (host.id(), Holder::new(), Holder::new());
    let mut document = host.document();
    document["token_endpoint_auth_method"] = "private_key_jwt".into();
    document["jwks_uri"] = format!("http://{}/jwks", host.address).into();
    // The host answers everything alike, so its description is its key set, too.
    document["keys"] = json!([holder.jwk()]);
    host.say(document);
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", &id)).await;
    let bare = with(&stage.redemption(&code), "client_id", &id);
    let signed = |holder: &Holder| holder.assertion(&stage, &id, &[]);
    let (own, forged) = (signed(&holder), signed(&thief));
    let by = |assertion| {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        with(&with(&bare, "client_assertion", assertion), "client_assertion_type", kind)
    };
    let asked = host.asked();
    let made_up = stage.token(&with(&by(&own), "code", "made up")).await;
    assert_eq!(made_up.error(), (400, "invalid_grant".into()));
    let in_its_name = with(&by(&own), "grant_type", "client_credentials");
    assert_eq!(stage.token(&in_its_name).await.error(), (400, "unauthorized_client".into()));
    assert_eq!(host.asked(), asked, "nobody was asked");
    assert_eq!(stage.token(&by(&forged)).await.error(), (401, "invalid_client".into()));
    assert_eq!(stage.token(&by(&own)).await.status, StatusCode::OK);
    assert_eq!(host.asked(), asked + 1, "for its keys, once");
    assert_eq!(stage.token(&by(&own)).await.error(), (400, "invalid_grant".into()), "the code was replayed");
}
