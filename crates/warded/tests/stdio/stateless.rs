//! From 2026-07-28 on: one process for each caller, and requests that know nothing of each other.

use http::Method;
use serde_json::{Value, json};

use crate::{
    caller::{Answer, Caller, next},
    stage::Stage,
};

#[tokio::test]
async fn every_caller_has_a_process_of_its_own() {
    let stage = Stage::start("").await;
    let process = async |who: Value| {
        let caller = Caller::new(&stage, "nasty", who);
        let who = caller.modern_tool(json!(1), "who", json!({})).await.text();
        serde_json::from_str::<Value>(&who).unwrap()["pid"].as_u64().unwrap()
    };
    let alice = process(json!({})).await;
    assert_eq!(process(json!({ "jti": "another token" })).await, alice);
    let others = [process(json!({ "sub": "bob" })).await, process(json!({ "client_id": "other" })).await];
    assert!(others[0] != others[1] && !others.contains(&alice));
}

#[tokio::test]
async fn equal_ids_of_two_connections_are_not_crossed() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let held = |word: &'static str| {
        let alice = alice.clone();
        tokio::spawn(async move { alice.modern_tool(json!(1), "hold", json!({ "as": word })).await })
    };
    let all = ["one", "two", "three"].map(|word| (word, held(word)));
    while !all.iter().all(|(_, answer)| answer.is_finished()) {
        assert_eq!(alice.modern_tool(json!(1), "release", json!({})).await.text(), "released");
    }
    for (word, answer) in all {
        let answer = answer.await.unwrap();
        assert_eq!((answer.text().as_str(), &answer.json()["id"]), (word, &json!(1)));
    }
}

#[tokio::test]
async fn going_away_calls_a_request_off() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let params = json!({"name": "progress", "arguments": {"token": 5}, "_meta": {"progressToken": 5}});
    drop(alice.modern(json!(1), "tools/call", params).await);
    let listening = alice.modern(json!(1), "subscriptions/listen", json!({"notifications": {}})).await;
    assert_eq!(listening.status(), 200);
    drop(listening);
    loop {
        let seen = alice.modern_tool(json!(1), "cancelled", json!({})).await.text();
        if seen != "[]" {
            break;
        }
    }
}

#[tokio::test]
async fn a_subscription_hears_what_is_its_own_until_either_side_ends_it() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let listen = json!({"notifications": {"toolsListChanged": true}});
    let mut one = alice.modern(json!(1), "subscriptions/listen", listen.clone()).await;
    let mut two = alice.modern(json!("1"), "subscriptions/listen", listen).await;
    for (stream, id) in [(&mut one, json!(1)), (&mut two, json!("1"))] {
        let event = next(stream).await.unwrap();
        assert_eq!(event["method"], "notifications/subscriptions/acknowledged");
        assert_eq!(event["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], id);
    }
    assert_eq!(alice.modern_tool(json!(2), "change", json!({})).await.text(), "changed");
    for (stream, id) in [(&mut one, json!(1)), (&mut two, json!("1"))] {
        let event = next(stream).await.unwrap();
        assert_eq!(event["method"], "notifications/tools/list_changed");
        assert_eq!(event["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], id);
    }
    assert_eq!(alice.modern_tool(json!(2), "unlisten", json!({})).await.text(), "over");
    assert_eq!((next(&mut one).await, next(&mut two).await), (None, None));
}

#[tokio::test]
async fn there_are_no_sessions_and_errors_show_in_the_status() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    for method in [Method::GET, Method::DELETE] {
        let answer = alice.send(method, "", &[("mcp-protocol-version", "2026-07-28")]).await;
        assert_eq!((answer.status().as_u16(), &answer.headers()["allow"]), (405, &"POST".parse().unwrap()));
    }
    let answer = Answer::read(alice.modern(json!(1), "server/discover", json!({})).await).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["code"]), (404, &json!(-32601)));
    assert!(!answer.headers.contains_key("mcp-session-id"));
    let answer = alice.modern_tool(json!(1), "no-such", json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a_process_that_asks_where_nobody_can_be_asked_is_told_so() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let answer = alice.modern_tool(json!(1), "ask", json!({})).await;
    assert!(answer.text().contains("-32601"), "{answer:?}");
}
