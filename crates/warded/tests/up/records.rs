//! What the journal keeps of a call: who, what, where and how it ended, and nothing that opens anything.

use serde_json::{Value, json};

use crate::{
    caller::{ping, post, tool},
    stage::Stage,
};

#[tokio::test]
async fn every_call_of_a_known_caller_is_on_record() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    let (ours, theirs) = (stage.token("notes", json!({})), stage.token("files", json!({})));
    let argument = "an argument that nobody else should read";
    let call = post("/notes/mcp", &tool("echo", json!({ "text": argument }))).token(&ours);
    assert_eq!(call.send(to).await.status, 200);
    assert_eq!(post("/notes/mcp", &ping()).token(&theirs).send(to).await.status, 401);
    let leak = post("/notes/mcp", &tool("echo", json!({ "text": ours }))).token(&ours).send(to).await;
    assert_eq!(leak.code(), "token-in-message");
    assert_eq!(post("/nowhere", &ping()).token(&ours).send(to).await.code(), "server-unknown");
    assert_eq!(post("/notes/mcp", &tool("unauthorized", json!({}))).token(&ours).send(to).await.status, 502);

    let mut gateway = stage.gateway;
    gateway.signal("TERM");
    let (status, _) = gateway.ended().await;
    assert!(status.success(), "{}", gateway.log());
    let mut text = String::new();
    for entry in std::fs::read_dir(gateway.folder.path().join("warded-journal")).unwrap() {
        text += &std::fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(records.len() >= 7, "{text}");
    for word in [
        "alice",
        "agent",
        "echo",
        "token-in-message",
        "upstream-refused",
        "audience-elsewhere",
        "server-unknown",
        "answered",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let stray = records.iter().find(|record| record["event"] == "stray").unwrap_or_else(|| panic!("{text}"));
    assert_eq!((&stray["server"], &stray["meant"]), (&json!("notes"), &json!("files")));
    for secret in ours.split('.').chain(theirs.split('.')).chain([argument]) {
        assert!(!text.contains(secret));
    }
}
