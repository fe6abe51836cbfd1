//! GitHub, as its documentation says that it answers, over a real socket: no ID token, an error with status 200, numbers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Form, Path, State},
    http::{HeaderMap, StatusCode, header},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use warded_core::Issuer;
use warded_issuer::{Admit, Admitted, Provider, ProviderKind};
use warded_store::{Identities as _, Users as _};
use zeroize::Zeroizing;

use super::scene::{is_nobody, leaves, let_in, onward, returns, sent_to, stage, told};
use crate::stage::{Answer, Browser, Stage};

const TOKEN: &str = "gho_16C7e42F292c6912E7710c838347Ae178B4a";

#[derive(Clone)]
struct Hub(Arc<Inner>);

struct Inner {
    url: String,
    says: Mutex<Says>,
}

struct Says {
    user: Value,
    /// The organisation's login that is asked for, and what is answered.
    memberships: BTreeMap<String, (u16, Value)>,
    refuses: bool,
    redeemed: Vec<BTreeMap<String, String>>,
}

impl Hub {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hub = Self(Arc::new(Inner {
            url: format!("http://{}", listener.local_addr().unwrap()),
            says: Mutex::new(Says {
                user: json!({ "id": 583_231, "login": "octocat", "email": "octocat@example.com" }),
                memberships: BTreeMap::new(),
                refuses: false,
                redeemed: Vec::new(),
            }),
        }));
        let router = Router::new()
            .route("/login/oauth/access_token", post(token))
            .route("/api/v3/user", get(user))
            .route("/api/v3/user/memberships/orgs/{name}", get(membership))
            .with_state(hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        hub
    }

    fn login(&self, admit: Admit) -> Provider {
        let kind = ProviderKind::named("github", Some(Issuer::parse(&self.0.url).unwrap())).unwrap();
        Provider::new("github", "GitHub", kind, "Iv1.warded", Zeroizing::new("s3cret".into()), admit).unwrap()
    }

    fn say<T>(&self, change: impl FnOnce(&mut Says) -> T) -> T {
        change(&mut self.0.says.lock().unwrap())
    }
}

async fn token(State(hub): State<Hub>, Form(form): Form<BTreeMap<String, String>>) -> Json<Value> {
    let is_us = form["client_id"] == "Iv1.warded" && form["client_secret"] == "s3cret";
    let is_good = is_us && form["code"] == "good" && form["code_verifier"].len() == 43;
    hub.say(|says| says.redeemed.push(form));
    if !is_good || hub.say(|says| says.refuses) {
        return Json(
            json!({ "error": "bad_verification_code", "error_description": "The code is incorrect." }),
        );
    }
    Json(json!({ "access_token": TOKEN, "token_type": "bearer", "scope": "" }))
}

fn known(headers: &HeaderMap) -> Result<(), StatusCode> {
    let is_ours = headers.get(header::AUTHORIZATION).is_some_and(|said| *said == format!("Bearer {TOKEN}"));
    // GitHub answers nobody who does not say who it is.
    let is_named = headers.get(header::USER_AGENT).is_some();
    if is_ours && is_named { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
}

async fn user(State(hub): State<Hub>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    known(&headers)?;
    Ok(Json(hub.say(|says| says.user.clone())))
}

async fn membership(
    State(hub): State<Hub>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<Value>), StatusCode> {
    known(&headers)?;
    let (status, answer) = hub
        .say(|says| says.memberships.get(&name).cloned())
        .unwrap_or((404, json!({ "message": "Not Found" })));
    Ok((StatusCode::from_u16(status).unwrap(), Json(answer)))
}

async fn logs_in(stage: &Stage, browser: &mut Browser, code: &str) -> Answer {
    let (_, asked) = sent_to(&leaves(stage, browser, "github").await);
    returns(stage, browser, "github", &[("code", code), ("state", &asked["state"])]).await
}

#[tokio::test]
async fn a_person_at_github_is_a_number_whatever_the_login_is_today() {
    let hub = Hub::open().await;
    let stage = stage(vec![hub.login(Admit::Anyone)]).await;
    let mut browser = Browser::default();
    let (endpoint, asked) = sent_to(&leaves(&stage, &mut browser, "github").await);
    assert_eq!(endpoint, format!("{}/login/oauth/authorize", hub.0.url));
    let names: Vec<&str> = asked.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["client_id", "code_challenge", "code_challenge_method", "redirect_uri", "state"],
        "no scope"
    );
    let answer = logs_in(&stage, &mut browser, "good").await;
    assert!(onward(&stage, &mut browser, &answer).await.body.contains("github:octocat"));
    let first = stage.store.standing(&hub.0.url, "583231").await.unwrap().user().unwrap();

    hub.say(|says| says.user = json!({ "id": 583_231, "login": "monalisa" }));
    let answer = logs_in(&stage, &mut Browser::default(), "good").await;
    assert!(let_in(&stage, &answer).is_some());
    assert_eq!(stage.store.users().await.unwrap().len(), 2, "renamed");
    // Somebody else has taken the login that was given up.
    hub.say(|says| says.user = json!({ "id": 9, "login": "octocat" }));
    let mut other = Browser::default();
    let answer = logs_in(&stage, &mut other, "good").await;
    let page = onward(&stage, &mut other, &answer).await;
    assert!(page.body.contains("github:octocat:"), "{}", page.body);
    assert_ne!(stage.store.standing(&hub.0.url, "9").await.unwrap().user().unwrap().id, first.id);
    assert!(!page.body.contains(TOKEN));
    let forms = hub.say(|says| says.redeemed.clone());
    let names: Vec<&str> = forms[0].keys().map(String::as_str).collect();
    assert_eq!(names, ["client_id", "client_secret", "code", "code_verifier", "redirect_uri"]);
}

#[tokio::test]
async fn what_github_does_not_say_clearly_logs_nobody_in() {
    let hub = Hub::open().await;
    let stage = stage(vec![hub.login(Admit::Anyone)]).await;
    let mut browser = Browser::default();
    let page = logs_in(&stage, &mut browser, "another").await;
    assert!(told(&page).contains("cannot be believed"));
    for user in [
        json!({ "login": "octocat" }),
        json!({ "id": "583231", "login": "octocat" }),
        json!({ "id": 0, "login": "octocat" }),
        json!({ "id": -1, "login": "octocat" }),
        json!({ "id": 1.5, "login": "octocat" }),
        json!([583_231]),
    ] {
        hub.say(|says| says.user = user.clone());
        let page = logs_in(&stage, &mut browser, "good").await;
        assert!(told(&page).contains("cannot be believed"), "{user}");
        assert!(is_nobody(&stage, &browser).await);
    }
    hub.say(|says| says.user = json!({ "id": 7 }));
    let (_, asked) = sent_to(&leaves(&stage, &mut browser, "github").await);
    let answer = |iss| [("code", "good"), ("state", asked["state"].as_str()), ("iss", iss)];
    let beside = format!("{}/login", hub.0.url);
    for other in ["https://github.com", "https://login.example.com", &beside] {
        let page = returns(&stage, &mut browser, "github", &answer(other)).await;
        assert_eq!(page.refusal(), "provider-answer", "{other}");
    }
    let own = format!("{}/login/oauth", hub.0.url);
    let back = returns(&stage, &mut browser, "github", &answer(&own)).await;
    assert!(let_in(&stage, &back).is_some(), "{back:?}");
}

#[tokio::test]
async fn an_organisation_lets_in_its_active_members_and_nobody_who_is_merely_invited() {
    let hub = Hub::open().await;
    let listed = Admit::Those(vec![Admitted::Organization("acme".into())]);
    let stage = stage(vec![hub.login(listed)]).await;
    let mut browser = Browser::default();
    let (_, asked) = sent_to(&leaves(&stage, &mut browser, "github").await);
    assert_eq!(asked["scope"], "read:org");
    let member =
        |login: &str, state: &str| json!({ "state": state, "organization": { "login": login, "id": 1 } });
    for (answer, is_in) in [
        (None, false),
        (Some((200, member("acme", "pending"))), false),
        (Some((200, member("another", "active"))), false),
        (Some((200, json!({ "state": "active" }))), false),
        (Some((403, json!({ "message": "OAuth App access restrictions" }))), false),
        (Some((200, member("Acme", "active"))), true),
        (None, false),
    ] {
        hub.say(|says| {
            says.memberships = answer.clone().map(|answer| ("acme".into(), answer)).into_iter().collect();
        });
        let mut browser = Browser::default();
        let back = logs_in(&stage, &mut browser, "good").await;
        if is_in {
            assert!(let_in(&stage, &back).is_some(), "{answer:?}");
        } else {
            assert!(told(&back).contains("not among those"), "{answer:?}: {back:?}");
            assert!(is_nobody(&stage, &browser).await);
        }
    }
}
