//! A policy that changes while it runs: the next call is judged by it, and what is no policy changes nothing.

use std::fs;

use http_body_util::BodyExt as _;
use serde_json::json;

use crate::{caller::get, scene::Scene, wait::until};

const HOLDS: &str = "was read again and holds now";
const STAYS: &str = "was not read again; everything runs on as before";

const DENIES_WIPE: &str = "version: \"1\"
tools:
  note:
    rules:
      - name: short
        conditions: [{ path: args.text, op: regex, value: \"^.{0,10}$\" }]
        on_deny: too long
  wipe:
    rules:
      - name: nobody wipes
        action: deny
";

#[tokio::test]
async fn another_policy_holds_from_the_next_call_on() {
    let scene = Scene::with("version: \"1\"\n").await;
    let (agent, local) = (scene.agent("notes").await, scene.agent("local").await);
    assert!(agent.calls("wipe", json!({})).await.made() && local.calls("wipe", json!({})).await.made());
    scene.rewritten("notes.yaml", DENIES_WIPE, HOLDS).await;
    for agent in [&agent, &scene.agent("local").await] {
        assert!(agent.calls("wipe", json!({})).await.denied().is_some());
        assert!(agent.calls("note", json!({ "text": "short" })).await.made());
    }
    assert!(scene.agent("open").await.calls("wipe", json!({})).await.made());
    scene.rewritten("notes.yaml", "version: \"1\"\n# Nothing any more.\n", HOLDS).await;
    assert!(agent.calls("wipe", json!({})).await.made());
}

#[tokio::test]
async fn what_is_no_policy_leaves_everything_as_it_was_and_says_so() {
    let scene = Scene::with(DENIES_WIPE).await;
    let agent = scene.agent("notes").await;
    for (text, why) in [
        ("version: \"1\"\ntols: {}\n", "error[policy-unknown-key]"),
        ("tools: [\n", "error[policy-yaml]"),
        ("version: \"2\"\n", "error[policy-version]"),
    ] {
        scene.rewritten("notes.yaml", text, STAYS).await;
        until(why, async || scene.log().contains(why)).await;
        assert!(agent.calls("wipe", json!({})).await.denied().is_some());
        assert!(agent.calls("note", json!({ "text": "short" })).await.made());
    }
    let before = scene.log().matches(STAYS).count();
    fs::remove_file(scene.folder.path().join("notes.yaml")).unwrap();
    until(STAYS, async || scene.log().matches(STAYS).count() > before).await;
    assert!(agent.calls("wipe", json!({})).await.denied().is_some());
    scene.rewritten("notes.yaml", &DENIES_WIPE.replace("{0,10}", "{0,20}"), HOLDS).await;
    assert!(agent.calls("note", json!({ "text": "a little longer" })).await.made());
    assert!(agent.calls("wipe", json!({})).await.denied().is_some());
}

/// What is cut at a line is YAML, and denies less.
#[tokio::test]
async fn half_a_policy_is_not_taken_while_somebody_writes_it() {
    let scene = Scene::with(DENIES_WIPE).await;
    let agent = scene.agent("notes").await;
    let half = DENIES_WIPE.split_once("  wipe:").unwrap().0;
    let file = scene.folder.path().join("notes.yaml");
    let waits = "is left alone for a while";
    fs::write(&file, half).unwrap();
    until(waits, async || scene.log().contains(waits)).await;
    assert!(agent.calls("wipe", json!({})).await.denied().is_some());
    scene.rewritten("notes.yaml", &DENIES_WIPE.replace("{0,10}", "{0,20}"), HOLDS).await;
    assert!(agent.calls("wipe", json!({})).await.denied().is_some());
    assert!(agent.calls("note", json!({ "text": "a little longer" })).await.made());
    assert_eq!(scene.log().matches(HOLDS).count(), 1, "half of it never held");
}

#[tokio::test]
async fn who_listens_is_judged_by_the_policy_that_holds_and_listens_on_where_nothing_changed() {
    let scene = Scene::with(DENIES_WIPE).await;
    let listen = async |server: &str| {
        let token = scene.token(server, json!({}));
        let stream = get(&format!("/{server}/mcp")).token(&token).open(scene.address).await;
        assert_eq!(stream.status(), 200);
        stream
    };
    let (mut governed, mut other) = (listen("notes").await, listen("open").await);
    scene.rewritten("notes.yaml", &format!("{DENIES_WIPE}hide: [note]\n"), HOLDS).await;
    until("the stream goes on by the rules of before", async || {
        let frame = tokio::time::timeout(std::time::Duration::from_millis(20), governed.body_mut().frame());
        matches!(frame.await, Ok(None | Some(Err(_))))
    })
    .await;
    let frame = tokio::time::timeout(std::time::Duration::from_millis(200), other.body_mut().frame()).await;
    assert!(!matches!(frame, Ok(None | Some(Err(_)))), "nothing has changed there");
}
