//! Tools that a policy hides are in no list, however the list comes, and nobody calls them.

use serde_json::{Value, json};

use crate::scene::{Agent, Scene};

const HIDES_WIPE: &str = "version: \"1\"\nhide: [wipe]\n";

/// The tools of a list, and all of the answer.
async fn listed(agent: &Agent, params: Value) -> (Vec<String>, Value) {
    let answer =
        agent.post(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let event = answer.body.lines().find_map(|line| line.strip_prefix("data: "));
    let list: Value = serde_json::from_str(event.unwrap_or(&answer.body)).unwrap();
    let tools = list["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    let names = tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect();
    (names, list)
}

#[tokio::test]
async fn a_hidden_tool_is_in_no_list_over_any_transport() {
    let scene = Scene::with(HIDES_WIPE).await;
    for (server, params) in
        [("notes", json!({})), ("notes", json!({ "cursor": "events" })), ("local", json!({}))]
    {
        let (names, list) = listed(&scene.agent(server).await, params.clone()).await;
        assert_eq!(names, ["note"], "{server} {params}");
        // What else stands in the answer goes through as it is.
        assert!(server == "local" || list["result"]["_meta"]["kept"] == true, "{list}");
    }
    for params in [json!({}), json!({ "cursor": "events" })] {
        assert_eq!(listed(&scene.agent("open").await, params).await.0, ["note", "wipe"], "nothing hides it");
    }
}

#[tokio::test]
async fn nobody_calls_a_hidden_tool() {
    let scene = Scene::with(HIDES_WIPE).await;
    for server in ["notes", "local"] {
        let agent = scene.agent(server).await;
        let heard = scene.heard();
        let answer = agent.calls("wipe", json!({})).await;
        assert_eq!(answer.denied().as_deref(), Some("Tool \"wipe\" is hidden by policy"), "{answer:?}");
        assert_eq!(scene.heard(), heard);
        assert!(agent.calls("note", json!({})).await.made());
    }
    assert_eq!(scene.behind.calls("wipe"), 0);
}

#[tokio::test]
async fn the_record_names_the_rule_and_the_file() {
    let scene =
        Scene::with("version: \"1\"\ntools:\n  wipe:\n    rules:\n      - { name: never, action: deny }\n")
            .await;
    assert!(scene.agent("notes").await.calls("wipe", json!({})).await.denied().is_some());
    let mut scene = scene;
    scene.restart().await;
    let text = scene.journal();
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let denied: Vec<_> = records.filter(|record| record["code"] == "policy-denied").collect();
    assert_eq!(denied.len(), 1, "{text}");
    let record = denied[0].to_string();
    assert!(record.contains("never") && record.contains("notes.yaml"), "{record}");
}
