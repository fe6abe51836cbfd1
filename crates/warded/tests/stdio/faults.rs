//! Processes that die, hang and lie: whose fault it was is said, and nobody else notices.

use serde_json::json;

use crate::{
    caller::{Answer, Caller, initialize, next, tool},
    stage::{Stage, signal},
};

#[tokio::test]
async fn a_process_that_dies_over_a_call_takes_its_session_along_and_no_other() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let bob = Caller::new(&stage, "nasty", json!({ "sub": "bob" })).begins().await;
    let answer = alice.tool("die", json!({})).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("upstream-broke", 502));
    assert_eq!(answer.json()["id"], 7, "whoever waits finds it by its id");
    assert_eq!(alice.tool("echo", json!({})).await.code(), "session-unknown");
    assert_eq!(bob.tool("echo", json!({})).await.status, 200);
    stage.logs("about to die").await;
    stage.logs("exit status: 3").await;
    assert!(!answer.body.contains("about to die"), "the log is the operator's");
    // The client begins again.
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("echo", json!({})).await.status, 200);
}

#[tokio::test]
async fn an_answer_that_has_begun_ends_with_an_error_where_its_process_dies() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let mut stream = alice.open(&tool(json!("x"), "die-later", json!({}))).await;
    assert_eq!(next(&mut stream).await.unwrap()["method"], "notifications/message");
    let last = next(&mut stream).await.unwrap();
    assert_eq!((&last["id"], &last["error"]["data"]["code"]), (&json!("x"), &json!("upstream-broke")));
    assert_eq!(next(&mut stream).await, None);
}

#[tokio::test]
async fn a_killed_process_of_a_caller_is_replaced() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let process = async || {
        let who = alice.modern_tool(json!(1), "who", json!({})).await.text();
        u32::try_from(serde_json::from_str::<serde_json::Value>(&who).unwrap()["pid"].as_u64().unwrap())
            .unwrap()
    };
    let first = process().await;
    signal(first, "KILL");
    stage.logs("ended by itself").await;
    assert_ne!(process().await, first);
}

#[tokio::test]
async fn a_process_that_cannot_work_is_not_started_again_and_again() {
    let stage = Stage::with(&["--die"], "").await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let mut codes = Vec::new();
    for _ in 0..4 {
        let answer = alice.post(&initialize()).await;
        assert_eq!(answer.status, 502, "{answer:?}");
        assert!(!answer.body.contains("cannot work like this"));
        codes.push((answer.code(), answer.headers.contains_key("retry-after")));
        stage.logs("cannot work like this").await;
    }
    assert_eq!(codes[0], ("upstream-broke".to_owned(), false));
    assert!(codes.contains(&("upstream-unreachable".to_owned(), true)), "{codes:?}");
    // It may be one caller's doing, and is nobody else's delay.
    let bob = Caller::new(&stage, "nasty", json!({ "sub": "bob" }));
    assert_eq!(bob.post(&initialize()).await.code(), "upstream-broke");
}

#[tokio::test]
async fn a_command_that_is_not_there_is_said_in_the_log() {
    let stage = Stage::running(r#"["no-such-command-anywhere"]"#, "").await;
    let answer = Caller::new(&stage, "nasty", json!({})).post(&initialize()).await;
    assert_eq!(answer.status, 502);
    stage.logs("`no-such-command-anywhere` cannot be run").await;
}

#[tokio::test]
async fn a_process_that_hangs_is_not_waited_for_longer_than_the_operator_says() {
    let mut stage = Stage::with(&["--hang"], "    timeout: 1s").await;
    let answer = Caller::new(&stage, "nasty", json!({})).post(&initialize()).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("upstream-timeout", 504));
    stage.nobody_lives().await;
}

#[tokio::test]
async fn a_call_that_hangs_is_called_off_and_the_session_goes_on() {
    let stage = Stage::start("    timeout: 1s").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("hang", json!({})).await.code(), "upstream-timeout");
    while alice.tool("cancelled", json!({})).await.text() == "[]" {}
}

#[tokio::test]
async fn what_is_no_message_reaches_nobody() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let bob = Caller::new(&stage, "nasty", json!({ "sub": "bob" })).begins().await;
    assert_eq!(alice.tool("garbage", json!({})).await.text(), "first");
    assert_eq!(alice.tool("echo", json!({})).await.json()["id"], 7, "the second answer was nobody's");
    let mut stream = alice.get().await;
    alice.tool("tell", json!({})).await;
    assert_eq!(next(&mut stream).await.unwrap()["method"], "notifications/tools/list_changed");
    assert_eq!(bob.tool("echo", json!({})).await.status, 200);
    stage.logs("it answered what nobody asked").await;
    stage.logs("no message to standard output").await;
}

#[tokio::test]
async fn no_caller_takes_anothers_process_and_none_takes_them_all() {
    let mut stage = Stage::start("    max_children: 4").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    // A quarter of four is one: her own older session gives way.
    let again = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("echo", json!({})).await.code(), "session-unknown");
    assert_eq!(again.tool("echo", json!({})).await.status, 200);
    // But not one that is in use.
    let listening = again.get().await;
    let third = Caller::new(&stage, "nasty", json!({})).post(&initialize()).await;
    assert_eq!((third.code().as_str(), third.status.as_u16()), ("upstream-full", 503));
    assert!(third.headers.contains_key("retry-after"));
    let mut others = Vec::new();
    for name in ["bob", "carol", "dave"] {
        others.push(Caller::new(&stage, "nasty", json!({ "sub": name })).begins().await);
    }
    let eve = Caller::new(&stage, "nasty", json!({ "sub": "eve" }));
    assert_eq!(eve.post(&initialize()).await.code(), "upstream-full");
    assert_eq!(eve.modern_tool(json!(1), "echo", json!({})).await.code(), "upstream-full");
    for other in others.iter().chain([&again]) {
        assert_eq!(other.tool("echo", json!({})).await.status, 200);
    }
    assert_eq!(others[0].delete().await.status, 204);
    let answer = loop {
        let answer = Answer::read(eve.open(&initialize()).await).await;
        if answer.status == 200 {
            break answer;
        }
    };
    assert!(answer.headers.contains_key("mcp-session-id"));
    drop(listening);
    stage.signal("TERM");
    assert!(stage.ended().await.success());
    stage.nobody_lives().await;
}

#[tokio::test]
async fn a_process_that_nobody_uses_ends() {
    let mut stage = Stage::start("    idle: 1s").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let bob = Caller::new(&stage, "nasty", json!({ "sub": "bob" }));
    assert_eq!(bob.modern_tool(json!(1), "echo", json!({})).await.status, 200);
    stage.nobody_lives().await;
    assert_eq!(alice.tool("echo", json!({})).await.code(), "session-unknown");
    assert_eq!(bob.modern_tool(json!(1), "echo", json!({})).await.status, 200, "it begins again");
}

#[tokio::test]
async fn whoever_begins_and_ends_all_the_time_waits_for_its_own_processes_and_nobody_else_does() {
    let mut stage = Stage::with(&["--stay"], "    max_children: 4").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.delete().await.status, 204);
    // It does not want to go, and as long as it is there, it has its caller's place.
    let again = Caller::new(&stage, "nasty", json!({}));
    let again = tokio::spawn(async move { again.post(&initialize()).await });
    for name in ["bob", "carol", "dave"] {
        Caller::new(&stage, "nasty", json!({ "sub": name })).begins().await;
    }
    assert!(!again.is_finished(), "alice is still waiting");
    assert_eq!(again.await.unwrap().status, 200);
    stage.signal("TERM");
    stage.signal("TERM");
    stage.ended().await;
    stage.nobody_lives().await;
}
