//! What a process pours out takes bounded memory, whether somebody reads it or not.

use std::time::Duration;

use http::Method;
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::{task::JoinSet, time::timeout};

use crate::{
    caller::{Answer, Caller, initialize, tool},
    stage::Stage,
};

/// Messages of 64 KiB each: 128 MiB in all.
const COUNT: usize = 2048;
const SIZE: usize = 64 * 1024;
/// In KiB: a quarter of what is poured out.
const BOUND: usize = 32 * 1024;

fn flood() -> serde_json::Value {
    tool(json!(7), "flood", json!({ "count": COUNT, "size": SIZE }))
}

fn within_bounds(stage: &Stage, before: usize, what: &str) {
    let grown = stage.most_memory() - before;
    println!("{what}: 128 MiB took {grown} KiB of memory");
    assert!(grown < BOUND, "{grown} KiB");
}

#[tokio::test]
async fn a_flood_that_nobody_hears_is_forgotten_but_for_its_end() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("echo", json!({})).await.status, 200);
    let before = stage.most_memory();
    let answer = alice.send(Method::POST, &flood().to_string(), &[("accept", "application/json")]).await;
    assert_eq!(Answer::read(answer).await.text(), "after the flood");
    within_bounds(&stage, before, "a flood that nobody hears");
}

#[tokio::test]
async fn a_flood_waits_for_a_client_that_is_slow_and_loses_nothing() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("echo", json!({})).await.status, 200);
    let before = stage.most_memory();
    let mut stream = alice.open(&flood()).await;
    // The process pours, and nobody reads: others are served meanwhile.
    let bob = Caller::new(&stage, "nasty", json!({ "sub": "bob" })).begins().await;
    for _ in 0..20 {
        assert_eq!(bob.tool("echo", json!({})).await.status, 200);
    }
    within_bounds(&stage, before, "a client that does not read");
    let (mut bytes, mut lines) = (0, 0);
    while let Some(frame) = stream.body_mut().frame().await {
        let data = frame.unwrap().into_data().unwrap();
        bytes += data.len();
        lines += data.windows(6).filter(|window| window == b"data: ").count();
    }
    assert!(bytes > COUNT * SIZE && lines >= COUNT, "{bytes} bytes, {lines} events");
    within_bounds(&stage, before, "a client that reads slowly");
}

#[tokio::test]
async fn a_line_without_an_end_is_not_gathered() {
    let stage = Stage::start("    timeout: 2s").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let before = stage.most_memory();
    assert_eq!(alice.tool("endless", json!({})).await.code(), "upstream-timeout");
    let grown = stage.most_memory() - before;
    println!("a line without an end took {grown} KiB of memory");
    assert!(grown < 48 * 1024, "{grown} KiB");
    assert_eq!(alice.delete().await.status, 204);
    let bob = Caller::new(&stage, "nasty", json!({ "sub": "bob" }));
    assert_eq!(bob.post(&initialize()).await.status, 200);
}

#[tokio::test]
async fn what_would_be_kept_until_an_answer_comes_is_short() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let answer = alice.modern_tool(json!("x".repeat(2 * 1024 * 1024)), "echo", json!({})).await;
    assert_eq!(answer.code(), "call-malformed");
    let alice = alice.begins().await;
    let answer = alice.post(&tool(json!("x".repeat(2000)), "echo", json!({}))).await;
    assert_eq!(answer.code(), "call-malformed");
    assert_eq!(alice.post(&tool(json!("x".repeat(1000)), "echo", json!({}))).await.status, 200);
}

#[tokio::test]
async fn a_flood_of_complaints_fills_no_log() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("complain", json!({ "count": 100_000 })).await.text(), "said");
    stage.logs("complaint").await;
    assert_eq!(alice.delete().await.status, 204);
    stage.logs("the process behind was ended").await;
    let log = stage.log();
    let complaints = log.matches("complaint ").count();
    println!("{complaints} of 100000 complaints are in the log");
    assert!(complaints < 2000, "{complaints}");
    assert!(!log.contains('\u{1b}') && !log.contains('\r'), "nothing moves the cursor");
}

#[tokio::test]
async fn answers_that_nobody_reads_wait_in_the_process() {
    const CALLS: u64 = 40;
    /// Beyond what lies in the buffers of a connection.
    const SIZE: usize = 12 * 1024 * 1024;
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("echo", json!({})).await.status, 200);
    let before = stage.most_memory();
    let mut calls = JoinSet::new();
    for number in 0..CALLS {
        let alice = alice.clone();
        let call = tool(json!(number), "large", json!({ "size": SIZE }));
        calls.spawn(async move { (number, alice.open(&call).await) });
    }
    // 480 MiB, which nobody reads for now.
    let mut begun = Vec::new();
    while let Ok(Some(call)) = timeout(Duration::from_secs(2), calls.join_next()).await {
        begun.push(call.unwrap());
    }
    let grown = stage.most_memory() - before;
    println!("{} of {CALLS} answers of 12 MiB were begun and took {grown} KiB of memory", begun.len());
    assert!(grown < 160 * 1024, "{grown} KiB");
    // Another caller has another process.
    let bob = Caller::new(&stage, "nasty", json!({ "sub": "bob" })).begins().await;
    assert_eq!(bob.tool("echo", json!({})).await.status, 200);
    // Each has its own answer, once somebody reads.
    let mut read = 0;
    loop {
        for (number, answer) in begun.drain(..) {
            let answer = Answer::read(answer).await;
            assert_eq!((answer.json()["id"].as_u64(), answer.text().len()), (Some(number), SIZE));
            read += 1;
        }
        let Some(call) = calls.join_next().await else { break };
        begun.push(call.unwrap());
    }
    assert_eq!(read, CALLS);
}
