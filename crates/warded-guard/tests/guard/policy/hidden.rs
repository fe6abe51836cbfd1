//! Does anybody see a tool that the policy hides?

use http::Method;
use serde_json::json;

use super::stage::{asks, asks_as, call, denial, guard};
use crate::stage::{Door, full, good, token_with};

const HIDING: &str = "version: \"1\"\nhide: [wipe, \"admin_*\"]\ntools:\n  read:\n    rules: []\n";
const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"wipe"}, {"name":"read"},{"name":"admin_x"},{"n\u0061me":"w\u0069pe"}],"cacheScope":"private","ttlMs":1.50,"_meta":{"a":1}}}"#;
const SHOWN: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read"}],"cacheScope":"private","ttlMs":1.50,"_meta":{"a":1}}}"#;

#[tokio::test]
async fn a_hidden_tool_is_in_no_list_whoever_looks_and_however_it_comes() {
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let everything = token_with("scope", "notes:read notes:write");
    let plain = Door::at(guard(HIDING)).answering("application/json", LIST);
    for request in [asks(&list), asks_as(&everything, &list), asks_as(&everything, &call("read", json!({})))]
    {
        assert_eq!(plain.ask(request).await.body, SHOWN);
    }
    let stream = format!("id: 3\ndata: {LIST}\n\n: alive\n\ndata: {{}}\n\n");
    let events = Door::at(guard(HIDING)).answering("text/event-stream", stream.clone());
    for request in [
        asks_as(&everything, &list),
        asks_as(&everything, &call("read", json!({}))),
        good().method(Method::GET).header("Last-Event-ID", "2").body(full("")).unwrap(),
    ] {
        assert_eq!(events.ask(request).await.body, stream.replace(LIST, SHOWN));
    }
    let request = good().header("Accept-Encoding", "gzip").body(full(list.to_string())).unwrap();
    let permitted = Door::at(guard(HIDING)).admits(request).await;
    assert!(!permitted.parts.headers.contains_key("Accept-Encoding"), "it could not be read");
}

#[tokio::test]
async fn a_hidden_tool_cannot_be_called() {
    let door = Door::at(guard(HIDING));
    for tool in ["wipe", "admin_", "admin_x"] {
        let answer = door.ask(asks(&call(tool, json!({})))).await;
        assert_eq!(denial(&answer), format!("Tool \"{tool}\" is hidden by policy"));
    }
    assert!(door.reached.lock().unwrap().is_empty());
    door.admits(asks(&call("Wipe", json!({})))).await;
}

#[tokio::test]
async fn whoever_hides_everything_shows_an_empty_list() {
    let door =
        Door::at(guard("version: \"1\"\nhide: [\"*\"]\ntools: {}\n")).answering("application/json", LIST);
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    assert_eq!(door.ask(asks(&list)).await.json()["result"]["tools"], json!([]));
}

#[tokio::test]
async fn a_policy_that_is_only_looked_at_hides_nothing() {
    let door =
        Door::at(guard(&HIDING.replace("hide:", "shadow: true\nhide:"))).answering("application/json", LIST);
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    assert_eq!(door.ask(asks(&list)).await.body, LIST);
    door.admits(asks(&call("wipe", json!({})))).await;
}
