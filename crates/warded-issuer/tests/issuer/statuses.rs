//! What guards elsewhere learn of tokens that were taken back: from a list, over a socket, by the reader that they have
//! (draft-ietf-oauth-status-list).

use std::sync::Arc;

use http::{StatusCode, header};
use warded_client::{
    fetch::{Fetch, Reach},
    keys::Keys,
    status::{StatusFailed, Statuses},
};
use warded_core::{Issuer, IssuerRules, IssuerSpec, Refusal, VerifiedToken};
use warded_issuer::IssuerSetup;

use crate::stage::{FILES, NOTES, Stage, encoded};

/// An issuer that listens, and a guard on another machine.
struct Elsewhere {
    stage: Stage,
    statuses: Arc<Statuses>,
    issuer: IssuerSpec,
}

impl Elsewhere {
    async fn open(change: impl FnOnce(&mut IssuerSetup)) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/issuers/default", listener.local_addr().unwrap());
        let stage = Stage::with(&url, change).await;
        let router = stage.server.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let fetch = Fetch::new(Reach::public()).unwrap();
        let url = Issuer::parse(&url).unwrap();
        let keys = Keys::new(fetch.clone(), stage.clock.clone(), [url.clone()]);
        let statuses = Statuses::new(fetch, stage.clock.clone(), keys);
        let (rules, audiences, across_tiers) = (IssuerRules::default(), vec![], vec![]);
        Self { stage, statuses, issuer: IssuerSpec { url, rules, audiences, across_tiers } }
    }

    async fn settle(&self, token: &VerifiedToken) -> Result<(), StatusFailed> {
        let reference = token.claims().status().unwrap();
        self.statuses.settle(&self.issuer, reference).await.map(|_| ())
    }

    async fn give_back(&self, token: &str) {
        let form = encoded(&[("token", token), ("client_id", &self.stage.editor)]);
        let answer = self.stage.post("revoke", "application/x-www-form-urlencoded", form).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_guard_elsewhere_refuses_what_was_taken_back_within_the_stated_seconds() {
    let elsewhere = Elsewhere::open(|_| ()).await;
    let (given, refresh) = elsewhere.stage.tokens(NOTES).await;
    let (kept, _) = elsewhere.stage.tokens(FILES).await;
    let judged = elsewhere.stage.judge(&given, "notes").unwrap();
    let bystander = elsewhere.stage.judge(&kept, "files").unwrap();
    // What is refreshed is taken back with the rest.
    let again = elsewhere.stage.token(&elsewhere.stage.refreshing(&refresh)).await.text("access_token");
    let again = elsewhere.stage.judge(&again, "notes").unwrap();
    assert_eq!(judged.claims().status(), again.claims().status());
    for token in [&judged, &bystander, &again] {
        assert_eq!(elsewhere.settle(token).await, Ok(()));
    }
    elsewhere.give_back(&given).await;
    // Five seconds until it is in the list, thirty for which whoever has fetched one keeps it.
    elsewhere.stage.clock.pass(35);
    let revoked = Err(StatusFailed::Refused(Refusal::TokenRevoked));
    assert_eq!(elsewhere.settle(&judged).await, revoked);
    assert_eq!(elsewhere.settle(&again).await, revoked);
    assert_eq!(elsewhere.settle(&bystander).await, Ok(()));
}

#[tokio::test]
async fn a_list_is_the_same_for_everybody_and_as_large_whatever_is_in_it() {
    let elsewhere = Elsewhere::open(|_| ()).await;
    let (token, _) = elsewhere.stage.tokens(NOTES).await;
    let path = format!("{}/status/0", elsewhere.stage.base);
    let before = elsewhere.stage.get(&path).await;
    assert_eq!(before.headers[header::CONTENT_TYPE], "application/statuslist+jwt");
    assert_eq!(before.headers[header::CACHE_CONTROL], "public, max-age=5");
    assert_eq!(before.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(
        elsewhere.stage.get(&path).await.body,
        before.body,
        "within five seconds it is not made again"
    );
    let said = super::token::claims(&before.body);
    assert_eq!(said["sub"], format!("{}/status/0", elsewhere.issuer.url));
    assert_eq!((said["ttl"].as_u64(), said["status_list"]["bits"].as_u64()), (Some(30), Some(1)));
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 600);
    elsewhere.give_back(&token).await;
    elsewhere.stage.clock.pass(5);
    assert_ne!(elsewhere.stage.get(&path).await.body, before.body);
}

#[tokio::test]
async fn a_list_in_which_nobody_stands_is_not_there() {
    let elsewhere = Elsewhere::open(|_| ()).await;
    let base = elsewhere.stage.base.clone();
    assert_eq!(elsewhere.stage.get(&format!("{base}/status/0")).await.status, StatusCode::NOT_FOUND);
    let _tokens = elsewhere.stage.tokens(NOTES).await;
    for other in ["1", "4294967295", "4294967296", "00", "+0", "-1", "0x0", "x", "0/0", "%30%30"] {
        let answer = elsewhere.stage.get(&format!("{base}/status/{other}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{other}");
    }
}

#[tokio::test]
async fn a_store_that_is_gone_makes_no_list_in_which_nothing_is_taken_back() {
    let elsewhere = Elsewhere::open(|_| ()).await;
    let (token, _) = elsewhere.stage.tokens(NOTES).await;
    let judged = elsewhere.stage.judge(&token, "notes").unwrap();
    assert_eq!(elsewhere.settle(&judged).await, Ok(()));
    elsewhere.stage.store.close().await;
    elsewhere.stage.clock.pass(31);
    let answer = elsewhere.stage.get(&format!("{}/status/0", elsewhere.stage.base)).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable".into()));
    assert!(matches!(elsewhere.settle(&judged).await, Err(StatusFailed::Fetch(_))));
}
