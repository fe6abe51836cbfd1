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

/// A thief who does not wait to hear that it was noticed.
#[tokio::test]
async fn reuse_is_noticed_although_its_sender_hangs_up_at_once() {
    let stage = Stage::open().await;
    for polls in 1..8 {
        let (access, refresh) = stage.tokens(NOTES).await;
        assert_eq!(stage.token(&stage.refreshing(&refresh)).await.status, StatusCode::OK);
        hangs_up(stage.token(&stage.refreshing(&refresh)), polls).await;
        is_noted(&stage, mark(&access)).await;

        let code = stage.code(NOTES).await;
        let access = stage.token(&stage.redemption(&code)).await.text("access_token");
        hangs_up(stage.token(&stage.redemption(&code)), polls).await;
        is_noted(&stage, mark(&access)).await;
    }
}

/// What is good is used by nobody who hung up before it was.
#[tokio::test]
async fn whoever_hangs_up_with_what_is_good_has_it_still_or_has_used_it() {
    let stage = Stage::open().await;
    let (access, refresh) = stage.tokens(NOTES).await;
    hangs_up(stage.token(&stage.refreshing(&refresh)), 1).await;
    let answer = stage.token(&stage.refreshing(&refresh)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert!(stage.store.revoked_since(0).await.unwrap().iter().all(|noted| noted.grant != mark(&access)));
}
