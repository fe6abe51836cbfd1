//! Many clients that start at once: one of them asks its user, and all of them get in.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    process::{INITIALIZE, Person, Process, command, soon},
    stage::{Seen, Stage, answer, json as as_json, visit},
};

/// How many there are.
const CROWD: usize = 20;

fn play(seen: &Seen) -> axum::response::Response {
    let call: serde_json::Value = serde_json::from_str(&seen.body).unwrap_or_default();
    if call["id"].is_null() {
        return answer(202, "text/plain", "");
    }
    as_json(
        200,
        &json!({ "jsonrpc": "2.0", "id": call["id"], "result": { "protocolVersion": "2025-11-25" } }),
    )
}

/// Users who go to the page when they are let; how many were asked.
fn users(let_go: &Arc<Semaphore>) -> (Person, Arc<AtomicUsize>) {
    let (asked, gate) = (Arc::new(AtomicUsize::new(0)), Arc::clone(let_go));
    let count = Arc::clone(&asked);
    let person = Person::new(move |url| {
        count.fetch_add(1, Ordering::SeqCst);
        let gate = Arc::clone(&gate);
        async move {
            gate.acquire().await.unwrap().forget();
            visit(url).await;
        }
    });
    (person, asked)
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

fn starts(stage: &Stage, person: &Person) -> Process {
    Process::start(command(&stage.server.url(), &stage.state()), person)
}

#[tokio::test]
async fn twenty_clients_open_one_page_and_the_others_say_for_what_they_wait() {
    let stage = Stage::new().await;
    stage.server.play(play);
    let gate = Arc::new(Semaphore::new(0));
    let (person, asked) = users(&gate);
    let mut running = JoinSet::new();
    for _ in 0..CROWD {
        let mut process = starts(&stage, &person);
        running.spawn(async move {
            assert_eq!(process.ask(INITIALIZE).await["id"], 1);
            process.end().await
        });
    }
    // Each has been refused, and one has asked its user.
    soon(until(|| stage.server.log.at("/mcp").len() >= CROWD && asked.load(Ordering::SeqCst) == 1)).await;
    gate.add_permits(CROWD);
    let mut waited = 0;
    while let Some(ended) = soon(running.join_next()).await {
        let (code, _, said) = ended.unwrap();
        assert_eq!(code, Some(0), "{said}");
        waited += usize::from(said.contains("another process is at a login"));
    }
    assert_eq!((asked.load(Ordering::SeqCst), stage.one.authorizations().len()), (1, 1));
    assert_eq!(stage.one.grants("authorization_code").len(), 1);
    assert!(waited < CROWD, "whoever logs in waits for nobody");
}

#[tokio::test]
async fn the_next_client_takes_over_where_the_one_that_asked_is_killed() {
    let stage = Stage::new().await;
    stage.server.play(play);
    let gate = Arc::new(Semaphore::new(0));
    let (absent, asked_first) = users(&gate);
    let mut first = starts(&stage, &absent);
    first.tell(INITIALIZE).await;
    soon(until(|| asked_first.load(Ordering::SeqCst) == 1)).await;

    let open = Arc::new(Semaphore::new(CROWD));
    let (person, asked) = users(&open);
    let mut running = JoinSet::new();
    let before = stage.server.log.at("/mcp").len();
    for _ in 1..CROWD {
        let mut process = starts(&stage, &person);
        running.spawn(async move {
            assert_eq!(process.ask(INITIALIZE).await["id"], 1);
            process.end().await.2
        });
    }
    soon(until(|| stage.server.log.at("/mcp").len() >= before + CROWD - 1)).await;
    assert_eq!(asked.load(Ordering::SeqCst), 0, "one page is enough");
    first.child.kill().await.unwrap();
    let mut said = String::new();
    while let Some(ended) = soon(running.join_next()).await {
        said += &ended.unwrap();
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1, "{said}");
    assert_eq!(said.matches("to log in, visit").count(), 1, "{said}");
}
