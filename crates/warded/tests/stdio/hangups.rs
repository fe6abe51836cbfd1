//! Processes that close a pipe and live on: they are of no use to anybody, and must not look like a process that is.

use serde_json::{Value, json};

use crate::{
    caller::{Answer, Caller},
    stage::Stage,
};

/// Whoever waits for an answer waits for that long.
const PATIENT: &str = "    timeout: 20s";
const HUNG_UP: &str = "the process behind hung up and lived on";

async fn process(alice: &Caller) -> Value {
    let who = alice.modern_tool(json!(1), "who", json!({})).await.text();
    serde_json::from_str::<Value>(&who).unwrap()["pid"].take()
}

#[tokio::test]
async fn a_process_that_closes_its_output_breaks_its_calls_and_is_replaced() {
    let mut stage = Stage::start(PATIENT).await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let first = process(&alice).await;
    // Nobody waits five minutes for an answer that cannot come.
    let answer = alice.modern_tool(json!(7), "mute", json!({})).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("upstream-broke", 502));
    stage.logs(HUNG_UP).await;
    assert_ne!(process(&alice).await, first);
    stage.signal("TERM");
    assert!(stage.ended().await.success());
    stage.nobody_lives().await;
}

#[tokio::test]
async fn a_process_that_closes_its_input_breaks_its_calls_and_is_replaced() {
    let stage = Stage::start(PATIENT).await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let first = process(&alice).await;
    assert_eq!(alice.modern_tool(json!(7), "deaf", json!({})).await.text(), "what did you say?");
    // It shows when somebody says something.
    assert_eq!(alice.modern_tool(json!(8), "who", json!({})).await.code(), "upstream-broke");
    stage.logs(HUNG_UP).await;
    assert_ne!(process(&alice).await, first);
}

#[tokio::test]
async fn a_session_whose_process_hangs_up_is_over_and_gives_its_seat_back() {
    // A quarter of four is one.
    let stage = Stage::start("    max_children: 4\n    timeout: 20s").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("mute", json!({})).await.code(), "upstream-broke");
    assert_eq!(alice.tool("echo", json!({})).await.code(), "session-unknown");
    let again = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(again.tool("echo", json!({})).await.status, 200);
}

#[tokio::test]
async fn a_process_that_hangs_up_again_and_again_is_not_started_with_each_call() {
    let stage = Stage::start(PATIENT).await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(alice.modern_tool(json!(7), "mute", json!({})).await);
    }
    assert_eq!(answers[0].code(), "upstream-broke");
    let is_put_off = |answer: &Answer| {
        answer.code() == "upstream-unreachable" && answer.headers.contains_key("retry-after")
    };
    assert!(answers.iter().any(is_put_off), "{answers:?}");
}
