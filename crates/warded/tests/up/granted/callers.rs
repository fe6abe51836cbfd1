//! One exchange for each caller's token: what the issuer sees of it, and what the server behind does.

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::json;

use super::scene::{ACCESS_TOKEN, EXCHANGE, NOTES, Scene, call, granted, honest, said};
use crate::caller::{ping, tool};

#[tokio::test]
async fn the_issuer_sees_the_callers_token_once_and_the_server_behind_another_one() {
    let scene = Scene::start().await;
    let alices = scene.token("notes", "alice");
    for _ in 0..3 {
        assert_eq!(scene.ping("notes", &alices).await.status, StatusCode::OK, "{}", scene.gateway.log());
    }
    let asked = scene.asked();
    let [asked] = &asked[..] else { panic!("asked {} times", asked.len()) };
    for (member, value) in [
        ("grant_type", EXCHANGE),
        ("subject_token", alices.as_str()),
        ("subject_token_type", ACCESS_TOKEN),
        ("requested_token_type", ACCESS_TOKEN),
        ("resource", NOTES),
        ("scope", "notes:read"),
    ] {
        assert_eq!(asked.get(member), Some(value));
    }
    assert_eq!(asked.headers["authorization"].to_str().unwrap().split(' ').next(), Some("Basic"));
    let shown: Vec<_> =
        scene.notes.requests().iter().map(|seen| seen.headers["authorization"].clone()).collect();
    assert_eq!(shown.len(), 3);
    assert!(shown.iter().all(|value| value.to_str().unwrap().starts_with("Bearer eyJ") && value == shown[0]));
    assert!(memchr::memmem::find(&scene.notes.bytes(), alices.as_bytes()).is_none(), "no passage");
    for token in [alices.as_str(), shown[0].to_str().unwrap().split_at(7).1] {
        assert!(!scene.keeps(token), "a token stands in a file or in the log");
    }
}

#[tokio::test]
async fn what_the_server_behind_repeats_of_its_token_reaches_no_caller() {
    let scene = Scene::start().await;
    let alices = scene.token("notes", "alice");
    let answer = scene.send("notes", &alices, &tool("headers", json!({}))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("********") && !answer.body.contains("eyJ"), "{}", answer.body);
}

#[tokio::test]
async fn a_hundred_callers_with_one_token_are_one_question() {
    let scene = Scene::start().await;
    let alices = scene.token("notes", "alice");
    let answers = join_all((0..100).map(|_| scene.ping("notes", &alices))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!((scene.asked().len(), scene.notes.requests().len()), (1, 100));
}

#[tokio::test]
async fn each_caller_goes_on_with_a_token_of_its_own() {
    let scene = Scene::start().await;
    let tokens: Vec<_> = (0..40).map(|number| scene.token("notes", &format!("person-{number}"))).collect();
    for _ in 0..2 {
        let calls = tokens.iter().enumerate().map(|(number, token)| {
            let request = call("notes", token, &ping()).with("x-request-id", &number.to_string());
            request.send(scene.gateway.address)
        });
        assert!(join_all(calls).await.iter().all(|answer| answer.status == StatusCode::OK));
    }
    let asked: Vec<_> =
        scene.asked().iter().map(|asked| asked.get("subject_token").unwrap().to_owned()).collect();
    assert_eq!(asked.len(), tokens.len(), "each is asked for once");
    assert!(tokens.iter().all(|token| asked.contains(token)));
    let mut shown: Vec<_> = scene
        .notes
        .requests()
        .iter()
        .map(|seen| seen.headers["authorization"].to_str().unwrap().to_owned())
        .collect();
    shown.sort_unstable();
    shown.dedup();
    assert_eq!(shown.len(), tokens.len(), "nobody goes on with another's");
}

#[tokio::test]
async fn a_token_that_is_refused_at_the_door_is_exchanged_for_nothing() {
    let scene = Scene::start().await;
    let elsewhere = scene.token("files", "alice");
    assert_eq!(scene.ping("notes", &elsewhere).await.code(), "audience-elsewhere");
    let alices = scene.token("notes", "alice");
    assert_eq!(scene.ping("files", &alices).await.code(), "audience-elsewhere");
    assert!(scene.asked().is_empty());
}

#[tokio::test]
async fn what_the_server_behind_refuses_is_our_fault_and_is_not_tried_again() {
    let scene = Scene::start().await;
    let alices = scene.token("notes", "alice");
    let answer = scene.send("notes", &alices, &tool("unauthorized", json!({}))).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (502, "upstream-refused"));
    assert!(!answer.headers.contains_key("www-authenticate"));
    assert_eq!(scene.notes.requests().len(), 1);
}

#[tokio::test]
async fn a_person_who_must_consent_first_keeps_nobody_else_waiting() {
    let scene = Scene::start().await;
    let (alices, bobs) = (scene.token("notes", "alice"), scene.token("notes", "bob"));
    let refused = alices.clone();
    scene.answers(move |issuer, asked| match asked.get("subject_token") {
        Some(token) if token == refused => said(400, json!({ "error": "interaction_required" })),
        _ => granted(asked, &honest(issuer, asked)),
    });
    for _ in 0..3 {
        let answer = scene.ping("notes", &alices).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (502, "upstream-credential-refused"));
        assert!(!answer.headers.contains_key("www-authenticate"), "her token is good");
    }
    assert_eq!(scene.ping("notes", &bobs).await.status, StatusCode::OK);
    let log = scene.gateway.log();
    assert!(log.contains("interaction_required") && log.contains("must agree at the issuer"), "{log}");
}

#[tokio::test]
async fn one_whose_token_the_issuer_chokes_on_keeps_nobody_else_waiting() {
    let scene = Scene::start().await;
    let mallorys = scene.token("notes", "mallory");
    let refused = mallorys.clone();
    scene.answers(move |issuer, asked| match asked.get("subject_token") {
        Some(token) if token == refused => said(500, json!({ "error": "server_error" })),
        _ => granted(asked, &honest(issuer, asked)),
    });
    for number in 0..80 {
        let answer = scene.ping("notes", &mallorys).await;
        assert_eq!(answer.code(), "upstream-credential-unavailable");
        let token = scene.token("notes", &format!("person-{number}"));
        assert_eq!(scene.ping("notes", &token).await.status, StatusCode::OK, "person {number}");
    }
}

#[tokio::test]
async fn an_issuer_that_is_down_is_no_reason_to_log_in_again() {
    let scene = Scene::start().await;
    scene.answers(|_, _| said(503, json!({ "error": "temporarily_unavailable" })));
    let callers: Vec<_> = (0..50).map(|number| scene.token("notes", &format!("person-{number}"))).collect();
    for token in &callers {
        let answer = scene.ping("notes", token).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (503, "upstream-credential-unavailable")
        );
        assert!(answer.headers.contains_key("retry-after"));
        assert!(!answer.headers.contains_key("www-authenticate"));
    }
    assert!(scene.asked().len() < callers.len() / 2, "a dead issuer is asked {} times", scene.asked().len());
    assert!(scene.notes.requests().is_empty());
}
