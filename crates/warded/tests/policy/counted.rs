//! What is counted, and what is given back: once, however a call ends, and over everything that an operator does meanwhile.

use serde_json::json;

use crate::{
    answer::Answer,
    scene::{Agent, Scene},
    wait::until,
};

/// One call of each tool a day.
const ONE_EACH: &str = r#"version: "1"
tools:
  note: { rules: [{ name: one note, rate_limit: 1/day, on_deny: no more }] }
  is-error: { rules: [{ name: one is-error, rate_limit: 1/day, on_deny: no more }] }
  fail: { rules: [{ name: one fail, rate_limit: 1/day, on_deny: no more }] }
  events: { rules: [{ name: one events, rate_limit: 1/day, on_deny: no more }] }
  fail-in-events: { rules: [{ name: one fail-in-events, rate_limit: 1/day, on_deny: no more }] }
  cut: { rules: [{ name: one cut, rate_limit: 1/day, on_deny: no more }] }
  silent: { rules: [{ name: one silent, rate_limit: 1/day, on_deny: no more }] }
"#;

fn limited(answer: &Answer) -> bool {
    answer.denied().is_some_and(|why| why == "no more")
}

#[tokio::test]
async fn an_error_of_the_server_gives_back_what_was_counted_and_nothing_else_does() {
    let scene = Scene::with(ONE_EACH).await;
    let agent = scene.agent("notes").await;
    for (tool, is_given_back) in [
        ("note", false),
        ("is-error", false),
        ("fail", true),
        ("events", false),
        ("fail-in-events", true),
        ("cut", false),
    ] {
        for _ in 0..3 {
            agent.calls(tool, json!({})).await;
        }
        assert_eq!(scene.behind.calls(tool), if is_given_back { 3 } else { 1 }, "{tool}");
        assert_eq!(limited(&agent.calls(tool, json!({})).await), !is_given_back, "{tool}");
    }
    let local = scene.agent("local").await;
    for (tool, is_given_back) in [("note", false), ("fail", true)] {
        let before = scene.heard().len();
        assert!(!limited(&local.calls(tool, json!({})).await), "each server counts for itself");
        assert!(scene.heard().len() > before);
        assert_eq!(limited(&local.calls(tool, json!({})).await), !is_given_back, "{tool}");
    }
}

#[tokio::test]
async fn a_call_whose_caller_hangs_up_stays_counted() {
    let scene = Scene::with(ONE_EACH).await;
    let agent = scene.agent("notes").await;
    let silent = crate::caller::tool("silent", json!({})).to_string();
    let answer = agent.request().saying(&silent).open(agent.address()).await;
    assert_eq!(answer.status(), 200);
    assert!(limited(&agent.calls("silent", json!({})).await), "it is under way");
    drop(answer);
    until("the call does not end", async || scene.log().contains("abandoned")).await;
    assert!(limited(&agent.calls("silent", json!({})).await), "it may have been made");
    assert_eq!(scene.behind.calls("silent"), 1);
}

#[tokio::test]
async fn a_server_behind_that_was_never_reached_leaves_nothing_counted() {
    let scene = Scene::configured(
        "
public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: { upstream: 'http://127.0.0.1:9/mcp', issuers: [corp], policy: notes.yaml }
issuers:
  corp: { url: 'CORP' }
",
        &[("notes.yaml", ONE_EACH)],
    )
    .await;
    let agent = scene.agent("notes").await;
    for _ in 0..3 {
        assert_eq!(agent.calls("note", json!({})).await.code(), "upstream-unreachable");
    }
}

const THREE: &str = r#"version: "1"
tools:
  note:
    rules:
      - name: three a day
        rate_limit: 3/day
        on_deny: no more
"#;

async fn made(agent: &Agent) -> bool {
    let answer = agent.calls("note", json!({})).await;
    assert_ne!(answer.made(), limited(&answer), "{answer:?}");
    answer.made()
}

#[tokio::test]
async fn counters_outlive_restarts_and_reloads() {
    const HOLDS: &str = "was read again and holds now";
    let mut scene = Scene::with(THREE).await;
    let agent = scene.agent("notes").await;
    assert!(made(&agent).await && made(&agent).await);
    scene.restart().await;
    let agent = scene.agent("notes").await;
    // Its order, its name and what stands around it are no part of a counter.
    let other = THREE.replace("three a day", "as many as before").replace("tools:", "hide: [wipe]\ntools:");
    scene.rewritten("notes.yaml", &other, HOLDS).await;
    assert!(made(&agent).await);
    assert!(!made(&agent).await);
    scene.rewritten("notes.yaml", &other.replace("3/day", "4/day"), HOLDS).await;
    assert!(made(&agent).await, "one more, and not four");
    assert!(!made(&agent).await);
    scene.rewritten("notes.yaml", THREE, HOLDS).await;
    assert!(!made(&agent).await);
    assert_eq!(scene.behind.calls("note"), 4);
}

#[tokio::test]
async fn a_policy_for_all_servers_counts_over_all_of_them_unless_it_says_otherwise() {
    let servers = "
public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
policy: all.yaml
servers:
  notes: { upstream: 'BEHIND', issuers: [corp] }
  open: { upstream: 'OPEN', issuers: [corp], policy: open.yaml }
issuers:
  corp: { url: 'CORP' }
";
    let parted = THREE
        .replace("note:", "other:")
        .replace("rate_limit: 3/day", "rate_limit: 3/day\n        per: server");
    let parted = parted.replace("version: \"1\"\ntools:\n", "");
    let (all, own) = (format!("{THREE}{parted}"), "version: \"1\"\nhide: [wipe]\n");
    let scene = Scene::configured(servers, &[("all.yaml", &all), ("open.yaml", own)]).await;
    let (notes, open) = (scene.agent("notes").await, scene.agent("open").await);
    assert!(made(&notes).await && made(&open).await && made(&notes).await);
    assert!(!made(&notes).await && !made(&open).await);
    for (agent, behind) in [(&notes, &scene.behind), (&open, &scene.open)] {
        for _ in 0..4 {
            agent.calls("other", json!({})).await;
        }
        assert_eq!(behind.calls("other"), 3, "each has its own");
    }
    // The server's own policy holds besides.
    assert!(open.calls("wipe", json!({})).await.denied().is_some());
    assert!(notes.calls("wipe", json!({})).await.made());
}

#[tokio::test]
async fn what_is_refused_uses_nothing_up() {
    let policy = r#"version: "1"
tools:
  note:
    rules:
      - { name: three a day, rate_limit: 3/day, on_deny: no more }
      - { name: small, conditions: [{ path: args.n, op: lte, value: 10 }], on_deny: too much }
"#;
    let scene = Scene::with(policy).await;
    let agent = scene.agent("notes").await;
    for _ in 0..5 {
        let answer = agent.calls("note", json!({ "n": 11 })).await;
        assert_eq!(answer.denied().as_deref(), Some("too much"));
        let answer = scene.agent_with("notes", scene.token("open", json!({}))).await;
        assert_eq!(answer.calls("note", json!({ "n": 1 })).await.status, 401);
    }
    let mut calls = 0;
    while agent.calls("note", json!({ "n": 1 })).await.made() {
        calls += 1;
    }
    assert_eq!((calls, scene.behind.calls("note")), (3, 3));
}
