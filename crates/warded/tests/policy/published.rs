//! The policy against token mis-redemption that people publish, word for word: good tokens pass, and each of its two rules
//! is heard by those that it is about.

use serde_json::{Value, json};

use crate::scene::Scene;

/// As it is published.
const PUBLISHED: &str = include_str!("../../../../examples/policies/audience.yaml");
const WRONG: &str = "Token audience does not match this MCP server (RFC 8707 violation)";
const PASSAGE: &str = "Token passthrough is forbidden by MCP spec (2025-06-18 and later)";

const SERVERS: &str = "
public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
policy: published.yaml
servers:
  notes: { upstream: 'BEHIND', issuers: [corp], aliases: ['http://127.0.0.1:PORT/old/mcp'] }
  local: { stdio: [python3, 'SCRIPT'], env: { HEARD: 'HEARD' }, issuers: [corp] }
  rollout: { upstream: 'OPEN', issuers: [corp], mode: permissive, until: 2099-12-31 }
issuers:
  corp: { url: 'CORP', companions: [account] }
";

async fn scene() -> Scene {
    Scene::configured(SERVERS, &[("published.yaml", PUBLISHED)]).await
}

#[tokio::test]
async fn good_tokens_pass_however_they_name_the_server() {
    let scene = scene().await;
    let (own, alias) = (scene.url("notes"), scene.url("old"));
    let spelt = [
        json!(own),
        json!([own]),
        json!(alias),
        json!([alias]),
        json!([own, "account"]),
        json!([own, alias]),
    ];
    for (at, aud) in spelt.iter().enumerate() {
        let agent = scene.agent_with("notes", scene.token("notes", json!({ "aud": aud }))).await;
        let answer = agent.calls("note", json!({})).await;
        assert!(answer.made(), "{aud}: {answer:?}");
        assert_eq!(scene.behind.calls("note"), at + 1, "{aud}");
    }
    // The same rule says the same over stdio, and at a permissive server of a token that is its own.
    assert!(scene.agent("local").await.calls("note", json!({})).await.made());
    assert!(scene.agent("rollout").await.calls("note", json!({})).await.made());
}

#[tokio::test]
async fn a_wrong_audience_is_refused_by_the_guard_where_it_is_strict() {
    let scene = scene().await;
    for (aud, code) in [
        (json!("https://elsewhere.example/mcp"), "audience-unknown"),
        (json!(scene.url("rollout")), "audience-elsewhere"),
        (json!([scene.url("notes"), "https://elsewhere.example/mcp"]), "audience-shared"),
        (Value::Null, "audience-missing"),
    ] {
        let agent = scene.agent_with("notes", scene.token("notes", json!({ "aud": aud }))).await;
        let answer = agent.calls("note", json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, code), "{aud}");
    }
    assert!(scene.behind.reached().is_empty());
}

#[tokio::test]
async fn an_audience_that_a_permissive_server_waives_is_denied_by_the_policy() {
    let scene = scene().await;
    for aud in [json!("https://elsewhere.example/mcp"), json!(["one", "another"]), Value::Null] {
        let agent = scene.agent_with("rollout", scene.token("rollout", json!({ "aud": aud }))).await;
        let answer = agent.calls("note", json!({})).await;
        assert_eq!(answer.denied().as_deref(), Some(WRONG), "{aud}: {answer:?}");
    }
    // What names a neighbour is no roll-out, it is mis-redemption.
    let stolen = scene.token("notes", json!({}));
    let answer = scene.agent_with("rollout", stolen).await.calls("note", json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "audience-elsewhere"));
    assert!(scene.open.reached().is_empty());
}

#[tokio::test]
async fn who_passes_its_token_on_hears_that_it_may_not() {
    let scene = scene().await;
    for server in ["notes", "local", "rollout"] {
        let agent = scene.agent(server).await;
        let heard = scene.heard();
        for arguments in [
            json!({ "text": agent.token }),
            json!({ "deep": [{ "header": format!("Authorization: Bearer {}", agent.token) }] }),
        ] {
            let answer = agent.calls("note", arguments).await;
            assert_eq!(answer.denied().as_deref(), Some(PASSAGE), "{server}: {answer:?}");
        }
        assert_eq!(scene.heard(), heard, "{server}");
        assert!(!scene.log().contains(&agent.token), "{server}");
    }
    assert!(scene.behind.reached().is_empty() && scene.open.reached().is_empty());
}
