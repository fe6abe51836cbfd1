//! Tokens that are given to Warded itself: no caller has a part in them.

use futures_util::future::join_all;
use http::StatusCode;
use http_body_util::BodyExt as _;
use serde_json::json;

use super::scene::{FILES, Scene, granted, honest};
use crate::{caller::get, issuer::now};

#[tokio::test]
async fn one_token_serves_all_callers_and_none_of_theirs_leaves() {
    let scene = Scene::start().await;
    let tokens: Vec<_> = (0..20).map(|number| scene.token("files", &format!("person-{number}"))).collect();
    let answers = join_all(tokens.iter().map(|token| scene.ping("files", token))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK), "{}", scene.gateway.log());
    let asked = scene.asked();
    let [asked] = &asked[..] else { panic!("asked {} times", asked.len()) };
    let mut form: Vec<_> =
        asked.form.iter().map(|(member, value)| (member.as_str(), value.as_str())).collect();
    form.sort_unstable();
    let secret = "the-key-of-the-server-behind";
    assert_eq!(
        form,
        [
            ("client_id", "warded"),
            ("client_secret", secret),
            ("grant_type", "client_credentials"),
            ("resource", FILES)
        ]
    );
    let bytes = scene.files.bytes();
    for token in &tokens {
        assert!(memchr::memmem::find(&bytes, token.as_bytes()).is_none());
    }
    assert!(!scene.keeps(secret) && memchr::memmem::find(&bytes, secret.as_bytes()).is_none());
}

#[tokio::test]
async fn it_is_for_the_server_behind_or_it_is_not_used() {
    let scene = Scene::start().await;
    scene.answers(|issuer, asked| granted(asked, &issuer.token("https://other.behind.example", json!({}))));
    let token = scene.token("files", "alice");
    let answer = scene.ping("files", &token).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (502, "upstream-credential-misdirected"));
    assert!(scene.files.requests().is_empty());
    assert!(scene.gateway.log().contains("https://other.behind.example"), "{}", scene.gateway.log());
}

#[tokio::test]
async fn servers_do_not_go_on_with_each_others_tokens() {
    let scene = Scene::start().await;
    scene.answers(|issuer, asked| granted(asked, &honest(issuer, asked)));
    let (notes, files) = (scene.token("notes", "alice"), scene.token("files", "alice"));
    assert_eq!(scene.ping("notes", &notes).await.status, StatusCode::OK);
    assert_eq!(scene.ping("files", &files).await.status, StatusCode::OK);
    let shown = |seen: &crate::upstream::Seen| seen.headers["authorization"].clone();
    assert_ne!(shown(&scene.notes.last()), shown(&scene.files.last()));
    assert_eq!(scene.asked().len(), 2);
}

#[tokio::test]
async fn a_stream_that_outlives_its_token_repeats_neither_that_one_nor_the_next() {
    let mut scene = Scene::start().await;
    // It has just ended, by a clock that nobody minds; each call needs another one.
    scene.answers(|issuer, asked| granted(asked, &issuer.token(FILES, json!({ "exp": now() - 1 }))));
    let alices = scene.token("files", "alice");
    let stream = get("/files/mcp").token(&alices).open(scene.gateway.address).await;
    assert_eq!(stream.status(), StatusCode::OK, "{}", scene.gateway.log());
    let (mut body, mut events) = (stream.into_body(), scene.files.streams.recv().await.unwrap());
    let mut seen = Vec::new();
    for number in 0..12 {
        assert_eq!(scene.ping("files", &alices).await.status, StatusCode::OK);
        let shown = scene.files.last().headers["authorization"].to_str().unwrap().to_owned();
        assert!(!seen.contains(&shown), "another one each time");
        seen.push(shown);
        for shown in &seen {
            let event = format!("data: {number} {shown}\n\n");
            events.send_data(event.clone().into()).await.unwrap();
            let mut arrived = Vec::new();
            while arrived.len() < event.len() {
                arrived.extend_from_slice(&body.frame().await.unwrap().unwrap().into_data().unwrap());
            }
            let arrived = String::from_utf8(arrived).unwrap();
            assert!(arrived.contains("Bearer ****") && !arrived.contains("eyJ"), "{arrived}");
        }
    }
}
