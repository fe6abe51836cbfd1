//! Ten thousand requests, each with a token where it belongs and most with it somewhere else, too.

use std::{collections::BTreeMap, path::Path};

use serde_json::json;

use super::{detector::Detector, dice::Dice, places};
use crate::{
    caller::{Answer, Line, initialize, post},
    issuer::Issuer,
    stage::{Gateway, Stage},
};

/// What came of them.
struct Sent {
    passed: usize,
    refused: BTreeMap<String, usize>,
}

async fn smuggled(stage: &Stage, token: &str, seed: u64, count: usize) -> Sent {
    let (mut dice, mut line) = (Dice(seed), Line::to(stage.gateway.address));
    let mut sent = Sent { passed: 0, refused: BTreeMap::new() };
    for _ in 0..count {
        let answer = line.open(places::request(token, &mut dice)).await;
        assert!(!answer.status().is_server_error(), "{answer:?}");
        if answer.status().is_success() {
            sent.passed += 1;
            line.done(answer).await;
        } else {
            let code = Answer::read(answer).await.code();
            *sent.refused.entry(code).or_default() += 1;
        }
    }
    sent
}

/// Nothing of the token is in anything that came in behind, nor in what we write down.
fn nothing_of(token: &str, stage: &Stage) {
    let detector = Detector::of(token);
    assert_eq!(detector.finds(&stage.notes.bytes()), None, "a server behind has seen it");
    assert!(stage.files.bytes().is_empty());
    assert_eq!(detector.finds(stage.gateway.log().as_bytes()), None, "it was logged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_of_a_token_reaches_a_server_behind() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let Sent { passed, refused } = smuggled(&stage, &token, 20_261_121, 10_000).await;
    let bytes = stage.notes.bytes();
    println!(
        "{passed} of 10,000 requests were answered, {} bytes came in behind; refused: {refused:?}",
        bytes.len()
    );
    // What never arrives shows nothing, and neither does what is refused for another reason.
    assert!(passed > 1_000 && bytes.len() > 250_000, "{passed}: {refused:?}");
    for (code, least) in [
        ("token-in-message", 2_000),
        ("token-in-query", 20),
        ("token-in-body", 20),
        ("token-in-cookie", 20),
        ("credential-twice", 200),
        ("method-refused", 200),
        ("session-unknown", 20),
        ("event-unknown", 20),
        ("media-type", 100),
        ("server-unknown", 50),
    ] {
        assert!(refused.get(code).is_some_and(|count| *count >= least), "{code}: {refused:?}");
    }
    nothing_of(&token, &stage);
    let lower = bytes.to_ascii_lowercase();
    assert!(memchr::memmem::find(&lower, b"authorization").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_credential_makes_no_way_for_the_callers() {
    for (seed, (kind, shown)) in [
        ("{ kind: header, name: X-Api-Key, value: env:UPSTREAM_KEY }", &b"x-api-key: the-key"[..]),
        ("{ kind: bearer, value: env:UPSTREAM_KEY }", b"authorization: bearer the-key"),
    ]
    .into_iter()
    .enumerate()
    {
        let stage = Stage::with(&format!("    upstream_auth: {kind}")).await;
        let token = stage.token("notes", json!({}));
        let sent = smuggled(&stage, &token, u64::try_from(seed).unwrap(), 1_000).await;
        assert!(sent.passed > 100, "{kind}: {:?}", sent.refused);
        nothing_of(&token, &stage);
        let bytes = stage.notes.bytes().to_ascii_lowercase();
        let ours = memchr::memmem::find_iter(&bytes, shown).count();
        assert_eq!(ours, stage.notes.requests().len(), "{kind}: every request shows our own");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_behind_is_told_nothing_of_it_either() {
    let (issuer, folder) = (Issuer::start().await, tempfile::tempdir().unwrap());
    let (kept, script) =
        (folder.path().join("kept"), Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/up/nod.py"));
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT\nlisten: 127.0.0.1:PORT\nservers:\n  notes:\n    \
         stdio: [python3, \"{}\", \"{}\"]\n    issuers: [corp]\nissuers:\n  corp: {{ url: \"{}\" }}\n",
        script.display(),
        kept.display(),
        issuer.url
    ))
    .await;
    let token = issuer.token(&gateway.url("notes"), json!({}));
    let (mut dice, mut line) = (Dice(3), Line::to(gateway.address));
    let (mut passed, mut refused) = (0, BTreeMap::<String, usize>::new());
    let mut session = String::new();
    for number in 0..2_000 {
        // Some of the requests end their session.
        if number % 20 == 0 {
            let begun = post("/notes/mcp", &initialize()).token(&token).send(gateway.address).await;
            session = begun.session().to_owned();
        }
        let answer = line.open(places::request(&token, &mut dice).within(&session)).await;
        assert!(!answer.status().is_server_error(), "{answer:?}");
        if answer.status().is_success() {
            passed += 1;
            line.done(answer).await;
        } else {
            *refused.entry(Answer::read(answer).await.code()).or_default() += 1;
        }
    }
    let told = std::fs::read(&kept).unwrap();
    println!(
        "{passed} of 2,000 requests were answered, a process was told {} bytes; refused: {refused:?}",
        told.len()
    );
    assert!(passed > 200 && told.len() > 20_000, "{passed}: {refused:?}");
    assert!(refused.get("token-in-message").is_some_and(|count| *count > 300), "{refused:?}");
    assert_eq!(Detector::of(&token).finds(&told), None, "a process has heard it");
    assert_eq!(Detector::of(&token).finds(gateway.log().as_bytes()), None, "it was logged");
}
