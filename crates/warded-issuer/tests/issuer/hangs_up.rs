//! Senders that do not wait for their answer.

use std::{future::Future, task::Poll, time::Duration};

use http::StatusCode;
use warded_store::{GrantMark, RevokedGrants as _};

use crate::stage::{Answer, NOTES, Stage, encoded};

/// Polls what waits for an answer so many times, and hangs up.
async fn hangs_up(answer: impl Future<Output = Answer>, polls: usize) {
    let mut answer = Box::pin(answer);
    for _ in 0..polls {
        let polled = std::future::poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
        if polled.is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn is_noted(stage: &Stage, mark: GrantMark) {
    let noted = async {
        while !stage.store.revoked_since(0).await.unwrap().iter().any(|noted| noted.grant == mark) {}
    };
    // However busy the machine is: a bound for a test that fails, not for one that passes.
    tokio::time::timeout(Duration::from_secs(20), noted).await.unwrap();
}

fn mark(token: &str) -> GrantMark {
    GrantMark::parse(super::token::claims(token)["grant_id"].as_str().unwrap()).unwrap()
}

/// An application that logs out and exits.
#[tokio::test]
async fn what_is_given_back_is_taken_back_although_its_sender_hangs_up() {
    let stage = Stage::open().await;
    for polls in 1..8 {
        let (access, refresh) = stage.tokens(NOTES).await;
        let form = encoded(&[("token", &*refresh), ("client_id", &*stage.editor)]);
        hangs_up(stage.post("revoke", "application/x-www-form-urlencoded", form), polls).await;
        is_noted(&stage, mark(&access)).await;
    }
}

/// More than go on by themselves.
#[tokio::test]
async fn of_hundreds_that_give_back_at_once_all_have_it_done_who_wait() {
    let stage = Stage::open().await;
    let mut tokens = Vec::new();
    for _ in 0..300 {
        tokens.push(stage.token(&stage.in_its_name()).await.text("access_token"));
    }
    let (id, secret) = &stage.robot;
    let given = tokens.iter().map(|token| {
        let form = encoded(&[("token", token), ("client_id", id), ("client_secret", secret)]);
        stage.post("revoke", "application/x-www-form-urlencoded", form)
    });
    for answer in futures_util::future::join_all(given).await {
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    assert!(tokens.iter().all(|token| stage.knows_of(token)));
}

/// A thief who does not wait to hear that it was noticed.
#[tokio::test]
async fn reuse_is_noticed_although_its_sender_hangs_up_at_once() {
    let stage = Stage::open().await;
    for polls in 1..8 {
        let (access, refresh) = stage.tokens(NOTES).await;
        assert_eq!(stage.token(&stage.refreshing(&refresh)).await.status, StatusCode::OK);
        stage.clock.pass(1);
        hangs_up(stage.token(&stage.refreshing(&refresh)), polls).await;
        is_noted(&stage, mark(&access)).await;

        let code = stage.code(NOTES).await;
        let access = stage.token(&stage.redemption(&code)).await.text("access_token");
        stage.clock.pass(1);
        hangs_up(stage.token(&stage.redemption(&code)), polls).await;
        is_noted(&stage, mark(&access)).await;
    }
}

/// A connection that breaks, and a client that asks again at once: it is served before the look that goes on, or after it.
#[tokio::test]
async fn a_client_that_hangs_up_and_asks_again_is_no_thief() {
    let stage = Stage::open().await;
    let mut served = 0;
    for _ in 0..20 {
        let (access, refresh) = stage.tokens(NOTES).await;
        hangs_up(stage.token(&stage.refreshing(&refresh)), 1).await;
        let answer = stage.token(&stage.refreshing(&refresh)).await;
        if answer.status != StatusCode::OK {
            // It hung up when the token was used already: the store was that quick.
            assert_eq!(answer.error(), (400, "invalid_grant".into()));
            continue;
        }
        served += 1;
        // Whatever goes on has its turns.
        for _ in 0..20 {
            let noted = stage.store.revoked_since(0).await.unwrap();
            assert!(noted.iter().all(|noted| noted.grant != mark(&access)));
            tokio::task::yield_now().await;
        }
    }
    assert!(served > 0);
}
