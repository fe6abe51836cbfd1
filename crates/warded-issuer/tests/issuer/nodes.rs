//! Several nodes of one issuer, and several issuers in one process: what they share, and what they do not.

use std::sync::Arc;

use http::StatusCode;
use warded_client::fetch::{Fetch, Reach};
use warded_core::{Clock as _, Issuer, jose::KeySet};
use warded_issuer::{AuthorizationServer, IssuerSetup, operator::withdraw_key};
use warded_store::{Digest, Revocations};

use super::token::claims;
use crate::stage::{ISSUER, NOTES, Stage, encoded, random, registered};

/// An issuer over the store of a stage, opened by another process.
async fn opened(stage: &Stage, name: &str, url: &str) -> (Arc<AuthorizationServer>, Revocations) {
    let mut setup = IssuerSetup::new(name, Issuer::parse(url).unwrap(), registered());
    setup.resources[0].secret = Some(Digest::of(b"the secret of the notes"));
    let revocations = setup.revocations.clone();
    let (store, fetch) = (Arc::new(stage.another_store().await), Fetch::new(Reach::public()).unwrap());
    revocations.look(&*store, stage.clock.now()).await.unwrap();
    let server = AuthorizationServer::open(setup, store, fetch, stage.clock.clone(), Arc::new(random()))
        .await
        .unwrap();
    (server, revocations)
}

/// The same people, clients and clock, at another node or issuer.
async fn beside(stage: &Stage, name: &str, url: &str, base: &str) -> Stage {
    let (server, revocations) = opened(stage, name, url).await;
    Stage {
        router: server.served(),
        server,
        base: base.to_owned(),
        revocations,
        clock: Arc::clone(&stage.clock),
        store: Arc::clone(&stage.store),
        editor: stage.editor.clone(),
        ..Stage::open().await
    }
}

async fn published(stage: &Stage) -> Vec<String> {
    let answer = stage.get(&format!("{}/jwks", stage.base)).await;
    let set = KeySet::parse(answer.body.as_bytes()).unwrap();
    set.keys().iter().filter_map(|key| key.kid().map(str::to_owned)).collect()
}

impl Stage {
    async fn introspects(&self, token: &str) -> serde_json::Value {
        let secret = ("client_secret", "the secret of the notes");
        let form = encoded(&[("token", token), ("client_id", "notes"), secret]);
        self.post("introspect", "application/x-www-form-urlencoded", form).await.json()
    }
}

#[tokio::test]
async fn a_key_that_one_node_makes_or_an_operator_withdraws_is_so_at_the_other_at_once() {
    let one = Stage::open().await;
    let other = beside(&one, "default", ISSUER, &one.base).await;
    let first = published(&one).await;
    assert_eq!(published(&other).await, first);
    let (token, _) = one.tokens(NOTES).await;
    assert!(other.judge(&token, "notes").is_ok(), "what one signs the other verifies");

    assert_eq!(withdraw_key(&*one.store, "default", &first[0], one.clock.now()).await, Ok(true));
    one.clock.pass(1);
    assert_eq!(published(&one).await, published(&other).await);
    assert!(!published(&one).await.contains(&first[0]));
    assert_eq!(other.judge(&token, "notes").unwrap_err(), "key-unknown");
    let (token, _) = one.tokens(NOTES).await;
    // A node looks into the store once a second at the most.
    one.clock.pass(1);
    assert!(published(&other).await.len() == 1 && other.judge(&token, "notes").is_ok());
}

#[tokio::test]
async fn what_is_given_back_at_one_node_is_refused_at_the_other_after_its_next_look() {
    let one = Stage::open().await;
    let other = beside(&one, "default", ISSUER, &one.base).await;
    let (token, _) = one.tokens(NOTES).await;
    assert_eq!(other.introspects(&token).await["active"], true);
    let form = encoded(&[("token", &token), ("client_id", &one.editor)]);
    let answer = one.post("revoke", "application/x-www-form-urlencoded", form).await;
    assert_eq!(answer.status, StatusCode::OK);
    other.revocations.look(&*other.store, other.clock.now()).await.unwrap();
    assert_eq!(other.introspects(&token).await, serde_json::json!({ "active": false }));
}

#[tokio::test]
async fn tokens_of_two_nodes_never_share_a_place_in_a_list() {
    let one = Stage::open().await;
    let other = beside(&one, "default", ISSUER, &one.base).await;
    let mut places = Vec::new();
    for stage in [&one, &other, &one, &other] {
        let (token, _) = stage.tokens(NOTES).await;
        places.push(claims(&token)["status"].to_string());
    }
    places.sort();
    places.dedup();
    assert_eq!(places.len(), 4);
}

#[tokio::test]
async fn one_issuer_takes_back_no_token_of_another_and_tells_nothing_of_it() {
    let staff = Stage::open().await;
    let url = "https://mcp.example.com/issuers/guests";
    let guests = beside(&staff, "guests", url, "/issuers/guests").await;
    let (access, refresh) = staff.tokens(NOTES).await;
    let client = warded_store::Clients::client(&*staff.store, staff.server.issuer(), &staff.editor);
    let mut same = client.await.unwrap().unwrap();
    same.issuer = guests.server.issuer().clone();
    assert_eq!(warded_store::Clients::add_client(&*staff.store, same).await, Ok(warded_store::Added::Yes));

    for token in [&access, &refresh] {
        assert_eq!(guests.introspects(token).await, serde_json::json!({ "active": false }));
        let form = encoded(&[("token", token), ("client_id", &staff.editor)]);
        let answer = guests.post("revoke", "application/x-www-form-urlencoded", form).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert_eq!(staff.token(&staff.refreshing(&refresh)).await.status, StatusCode::OK);
    let staffs = published(&staff).await;
    assert!(published(&guests).await.iter().all(|kid| !staffs.contains(kid)));
    // Nor are there places of its own in the lists of the other.
    assert_eq!(guests.get("/issuers/guests/status/0").await.status, StatusCode::NOT_FOUND);
}
