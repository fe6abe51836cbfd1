//! An issuer that says no and repeats what it was sent: its words end in the log, and what was sent does not.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::json;

use super::scene::{Asked, NOTES, Scene, granted, said};

const SECRET: &str = "the-key-of-the-server-behind";

fn percent(text: &str) -> String {
    let bytes: Vec<_> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    bytes.concat()
}

/// What an issuer says of what it was sent.
type Words = fn(&Asked) -> String;

const WORDS: &[(&str, &str, Words)] = &[
    ("notes", "our secret", |_| format!("the secret {SECRET} is not the client's")),
    ("notes", "our secret after many words", |_| format!("{}{SECRET}", "very ".repeat(18))),
    ("notes", "our secret, percent-encoded", |_| format!("not {}", percent(SECRET))),
    ("notes", "our secret, in base64", |_| format!("not {}", STANDARD.encode(SECRET))),
    ("notes", "our secret, in base64 with more", |_| {
        format!("not {}", URL_SAFE_NO_PAD.encode(format!("x={SECRET}&y")))
    }),
    ("notes", "the header", |asked| asked.headers["authorization"].to_str().unwrap().to_owned()),
    ("notes", "the caller's token, percent-encoded", |asked| percent(asked.get("subject_token").unwrap())),
    ("notes", "the caller's token, in base64", |asked| STANDARD.encode(asked.get("subject_token").unwrap())),
    ("files", "our secret out of the form", |asked| {
        format!("no client has {}", asked.get("client_secret").unwrap())
    }),
];

/// Everything in the log that could be some of what was sent.
fn parts(text: &str) -> Vec<String> {
    let forms = [text.to_owned(), percent(text), STANDARD.encode(text)];
    forms.iter().map(|form| form.chars().skip(8).take(16).collect()).collect()
}

#[tokio::test]
async fn the_words_of_an_issuer_are_told_without_what_it_was_sent() {
    for (server, what, words) in WORDS {
        let scene = Scene::start().await;
        scene.answers(|_, asked| {
            said(400, json!({ "error": "invalid_client", "error_description": words(asked) }))
        });
        let token = scene.token(server, "alice");
        let answer = scene.ping(server, &token).await;
        assert_eq!(answer.code(), "upstream-credential-refused", "{what}");
        let log = scene.gateway.log();
        assert!(log.contains("answered `invalid_client`"), "{what}: the rest is told: {log}");
        assert!(log.contains("words that repeat what was sent"), "{what}: {log}");
        for part in parts(SECRET).iter().chain(&parts(&token)) {
            assert!(!log.contains(part), "{what}: {part} in {log}");
            assert!(!answer.body.contains(part), "{what}: {part} in {}", answer.body);
        }
        assert!(!scene.keeps(SECRET) && !scene.keeps(&token), "{what}");
    }
}

#[tokio::test]
async fn words_without_end_are_told_in_part() {
    let scene = Scene::start().await;
    scene.answers(|_, _| {
        said(400, json!({ "error": "invalid_client", "error_description": "no ".repeat(10_000) }))
    });
    scene.ping("notes", &scene.token("notes", "alice")).await;
    let log = scene.gateway.log();
    let line = log.lines().find(|line| line.contains("invalid_client")).unwrap();
    assert!(line.contains("no no no") && line.len() < 1000, "{line}");
}

#[tokio::test]
async fn a_token_whose_claims_repeat_our_secret_or_the_callers_token_is_not_shown() {
    let rows: [(&str, Words); 3] = [
        ("aud", |_| SECRET.to_owned()),
        ("iss", |_| format!("https://{SECRET}.example")),
        ("aud", |asked| percent(asked.get("subject_token").unwrap())),
    ];
    for (claim, words) in rows {
        let scene = Scene::start().await;
        scene.answers(move |issuer, asked| {
            granted(asked, &issuer.token(NOTES, json!({ claim: words(asked) })))
        });
        let token = scene.token("notes", "alice");
        assert_eq!(scene.ping("notes", &token).await.code(), "upstream-credential-misdirected");
        let log = scene.gateway.log();
        assert!(log.contains("repeats what was sent"), "{log}");
        assert!(parts(SECRET).iter().chain(&parts(&token)).all(|part| !log.contains(part)), "{log}");
    }
}

/// The attack: the caller's token inside of the token for the server behind, where it would arrive after all.
#[tokio::test]
async fn a_token_with_the_callers_own_in_its_claims_is_used_for_nothing() {
    let scene = Scene::start().await;
    scene.answers(|issuer, asked| {
        let claims = json!({ "sub": "alice", "act": { "token": asked.get("subject_token") } });
        granted(asked, &issuer.token(NOTES, claims))
    });
    let token = scene.token("notes", "alice");
    let answer = scene.ping("notes", &token).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (502, "upstream-credential-misdirected"));
    assert!(scene.notes.requests().is_empty());
    assert!(scene.gateway.log().contains("gave the caller's own token back"), "{}", scene.gateway.log());
}
