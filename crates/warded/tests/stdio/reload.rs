//! Processes outlive a configuration that is read again, as long as they are defined alike.

use serde_json::{Value, json};

use crate::{
    caller::{Caller, next, text, tool},
    stage::Stage,
};

const READ: &str = "the configuration was read again and holds now";

async fn process(caller: &Caller) -> u64 {
    let who: Value = serde_json::from_str(&caller.tool("who", json!({})).await.text()).unwrap();
    who["pid"].as_u64().unwrap()
}

#[tokio::test]
async fn a_session_goes_on_where_its_process_is_defined_as_before() {
    let stage = Stage::start("    title: Before").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let before = process(&alice).await;
    stage.rewrites("title: Before", "title: After");
    stage.logs(READ).await;
    assert_eq!(process(&alice).await, before);
    // A file that cannot be read changes nothing.
    stage.rewrites("title: After", "title: [");
    stage.logs("config-").await;
    assert_eq!(process(&alice).await, before);
}

#[tokio::test]
async fn what_runs_for_another_definition_ends_once_it_has_answered() {
    let mut stage = Stage::start("    idle: 10m").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let mut own = alice.get().await;
    // It answers when it hears that the configuration has gone: by the end of the stream.
    let mut late = alice.open(&tool(json!(9), "late", json!({}))).await;
    assert_eq!(next(&mut late).await.unwrap()["method"], "notifications/message");
    stage.rewrites("idle: 10m", "idle: 11m");
    stage.logs(READ).await;
    assert_eq!(next(&mut own).await, None, "the stream ends, and its client comes back");
    assert_eq!(alice.tool("who", json!({})).await.code(), "session-unknown");
    std::fs::write(stage.folder.path().join("go"), "").unwrap();
    assert_eq!(text(&next(&mut late).await.unwrap()), "better late than never");
    assert_eq!(next(&mut late).await, None);
    stage.nobody_lives().await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("echo", json!({})).await.status, 200);
}
