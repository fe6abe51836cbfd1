//! Our own client and our own issuer, over a socket: what one asks is what the other answers.

use http::StatusCode;
use serde_json::{Value, json};
use warded_client::{
    discover::issuer_metadata,
    fetch::{Fetch, Fetched, Outgoing, Reach, Target},
    keys::Keys,
};
use warded_core::{InboundToken, Possession, Verdict};

use crate::stage::{Browser, LOOPBACK, NOTES, Stage, VERIFIER, with};

fn read(fetched: &Fetched) -> Value {
    assert!(fetched.is_json());
    serde_json::from_slice(&fetched.body).unwrap()
}

#[tokio::test]
async fn from_discovery_to_a_token_that_its_server_admits() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}/issuers/default", listener.local_addr().unwrap());
    let stage = Stage::with(&issuer, |_| ()).await;
    let router = stage.server.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let fetch = Fetch::new(Reach::public().with_loopback()).unwrap();

    let found = issuer_metadata(&fetch, stage.server.issuer(), None).await.unwrap().unwrap();
    let at = |url: &Option<String>| Target::learned(url.as_ref().unwrap()).unwrap();

    let document = json!({
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_basic",
    });
    let registered = fetch.post(&at(&found.registration_endpoint), Outgoing::json(&document)).await.unwrap();
    assert_eq!(registered.status, StatusCode::CREATED);
    let registered = read(&registered);
    let (id, secret) =
        (registered["client_id"].as_str().unwrap(), registered["client_secret"].as_str().unwrap());

    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &with(&stage.question(NOTES), "client_id", id)).await;
    let code = browser.decide(&stage, &page, "allow").await.sent()["code"].clone();

    let endpoint = at(&found.token_endpoint);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", LOOPBACK),
        ("code_verifier", VERIFIER),
        ("resource", NOTES),
    ];
    let granted = fetch.post(&endpoint, Outgoing::form(form).basic(id, secret)).await.unwrap();
    assert_eq!(granted.status, StatusCode::OK, "{:?}", read(&granted));
    let refresh = read(&granted)["refresh_token"].as_str().unwrap().to_owned();
    let form = [("grant_type", "refresh_token"), ("refresh_token", &*refresh), ("resource", NOTES)];
    let granted = read(&fetch.post(&endpoint, Outgoing::form(form).basic(id, secret)).await.unwrap());

    let keys = Keys::new(fetch, stage.clock.clone(), [stage.server.issuer().clone()]);
    assert_eq!(keys.warm().await, []);
    let token = InboundToken::new(granted["access_token"].as_str().unwrap().to_owned());
    let notes = stage.fleet("notes");
    let ring = keys.ring_for(&token.wants(&notes).unwrap()).await;
    let now = warded_core::Clock::now(&*stage.clock);
    let Verdict::Admit(token, _) = token.judge(&notes, &ring.keyring, &Possession::default(), now) else {
        panic!("refused")
    };
    assert_eq!((token.resource().as_str(), token.claims().client()), (NOTES, Some(id)));
}
