//! How much can somebody have us write and remember who may do each single step of it?

use http::{StatusCode, header};
use warded_core::Clock as _;
use warded_issuer::operator::add_user;
use warded_store::Grants as _;

use crate::stage::{Answer, Browser, FILES, NOTES, PASSWORD, Stage, WEB, random, with};

fn is_told_to_wait(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
    assert_eq!(answer.headers[header::RETRY_AFTER], "900");
}

/// Each refresh leaves a row for thirty days.
#[tokio::test]
async fn a_grant_is_refreshed_so_often_and_what_is_refused_is_not_consumed() {
    let stage = Stage::open().await;
    let (_, mut refresh) = stage.tokens(NOTES).await;
    for time in 0..60 {
        let answer = stage.token(&stage.refreshing(&refresh)).await;
        assert_eq!(answer.status, StatusCode::OK, "{time}: {answer:?}");
        refresh = answer.text("refresh_token");
    }
    for _ in 0..3 {
        let answer = stage.token(&stage.refreshing(&refresh)).await;
        is_told_to_wait(&answer);
        assert_eq!(answer.error(), (429, "temporarily_unavailable".into()));
    }
    let (_, other) = stage.tokens(NOTES).await;
    assert_eq!(stage.token(&stage.refreshing(&other)).await.status, StatusCode::OK, "another grant");
    stage.clock.pass(900);
    let answer = stage.token(&stage.refreshing(&refresh)).await;
    assert_eq!(answer.status, StatusCode::OK, "the same token: {answer:?}");
    // Reuse is looked for first, however often the grant was refreshed.
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.error(), (400, "invalid_grant".into()));
    let refresh = answer.text("refresh_token");
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.error(), (400, "invalid_grant".into()));
}

/// Whoever holds a token that is bound to a key, and not the key, uses up nothing of its client's.
#[tokio::test]
async fn whoever_could_not_refresh_uses_up_nothing() {
    let (stage, holder) = (Stage::open().await, super::holder::Holder::new());
    let code = stage.code(NOTES).await;
    let refresh = stage.proven(&holder, &stage.redemption(&code)).await.text("refresh_token");
    for _ in 0..70 {
        let answer = stage.token(&stage.refreshing(&refresh)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    }
    let answer = stage.proven(&holder, &stage.refreshing(&refresh)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

async fn logged_in(stage: &Stage, name: &str, question: &[(&str, &str)]) -> (Browser, Answer) {
    let mut browser = Browser::default();
    let page = browser.ask(stage, question).await;
    let answer = browser.submit(stage, "login", &page, &[("username", name), ("password", PASSWORD)]).await;
    let page = browser.send(stage, http::Method::GET, answer.location(), &[], &[]).await;
    (browser, page)
}

/// Each grant is a place in a list, a row, and, once it is taken back, something that guards remember.
#[tokio::test]
async fn a_person_agrees_to_so_much_and_nobody_else_is_concerned() {
    let stage = Stage::open().await;
    add_user(&*stage.store, "eve", PASSWORD, stage.clock.now(), &random()).await.unwrap();
    let (portal, _) = stage.portal.clone();
    let question = with(&with(&stage.question(NOTES), "client_id", &portal), "redirect_uri", WEB);
    let (mut ada, page) = logged_in(&stage, "ada", &question).await;
    assert!(ada.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    for time in 1..200 {
        let answer = ada.ask(&stage, &question).await;
        assert!(answer.sent().contains_key("code"), "{time}: {answer:?}");
    }
    let before = stage.store.count_grants().await.unwrap();
    let answer = ada.ask(&stage, &question).await;
    assert_eq!((answer.status, answer.refusal()), (StatusCode::TOO_MANY_REQUESTS, "too-many-attempts"));
    let page = ada.ask(&stage, &stage.question(FILES)).await;
    let answer = ada.decide(&stage, &page, "allow").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "whoever asks, and for whichever server");
    assert_eq!(stage.store.count_grants().await.unwrap(), before);

    let (mut eve, page) = logged_in(&stage, "eve", &question).await;
    assert!(eve.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    stage.clock.pass(900);
    assert!(ada.ask(&stage, &question).await.sent().contains_key("code"));
}

fn by_portal<'a>(stage: &'a Stage, form: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let (portal, secret) = &stage.portal;
    with(&with(form, "client_id", portal), "client_secret", secret)
}

/// An application that logs in anew each day, and never gives anything back.
#[tokio::test]
async fn of_one_application_a_hundred_grants_of_a_person_stand_and_those_in_use_stay() {
    let stage = Stage::open().await;
    let (portal, _) = stage.portal.clone();
    let question = with(&with(&stage.question(NOTES), "client_id", &portal), "redirect_uri", WEB);
    let (_, refresh) = stage.tokens(NOTES).await;
    let (mut ada, page) = logged_in(&stage, "ada", &question).await;
    let code = ada.decide(&stage, &page, "allow").await.sent()["code"].clone();
    let redeemed =
        stage.token(&with(&by_portal(&stage, &stage.redemption(&code)), "redirect_uri", WEB)).await;
    // A page that sends the browser there again and again gets as many codes.
    for time in 1..150 {
        let answer = ada.ask(&stage, &question).await;
        assert!(answer.sent().contains_key("code"), "{time}: {answer:?}");
    }
    assert_eq!(stage.store.count_grants().await.unwrap(), 101);
    let answer = stage.token(&stage.refreshing(&refresh)).await;
    assert_eq!(answer.status, StatusCode::OK, "another application's: {answer:?}");
    let in_use = redeemed.text("refresh_token");
    let answer = stage.token(&by_portal(&stage, &stage.refreshing(&in_use))).await;
    assert_eq!(answer.status, StatusCode::OK, "its own: {answer:?}");
}
