//! Attacks on a process that reads nothing.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use serde_json::json;
use tokio::{task::unconstrained, time::timeout};

use super::{Child, Whose};
use crate::{egress::Sayable, stdio::desk::Terms};

const TERMS: Terms = Terms { streams: true, batches: false };

fn whose() -> Whose {
    Whose { owner: [1; 32], person: [1; 32] }
}

fn call(id: usize) -> Sayable {
    let message =
        json!({"jsonrpc": "2.0", "id": format!("{id}-{}", "x".repeat(900)), "method": "tools/call"});
    Sayable::unchecked(Bytes::from(message.to_string()))
}

#[tokio::test]
async fn a_request_that_was_dropped_before_it_was_written_leaves_nothing() {
    let (child, mut inbox) = Child::new("notes", whose(), None);
    let mut waiting = Vec::new();
    for id in 0..64 {
        waiting.push(child.say(&call(id), TERMS, true).await.unwrap().unwrap());
    }
    for id in 0..1000 {
        let message = call(id);
        let said = unconstrained(child.say(&message, TERMS, true)).now_or_never();
        assert!(said.is_none(), "nobody reads");
    }
    assert_eq!(child.state().live, 64);
    // Nothing more than what was said can be answered, is called off, or is kept.
    drop(waiting);
    let mut lines = 0;
    while unconstrained(inbox.next()).now_or_never().flatten().is_some() {
        lines += 1;
    }
    assert_eq!(lines, 2 * 64);
    let next = child.say(&call(0), TERMS, false).await.unwrap().unwrap();
    assert!(child.idle_since().is_none());
    let written = inbox.next().await.unwrap();
    assert!(
        std::str::from_utf8(written.line.bytes()).unwrap().contains("\"65\""),
        "no number was taken for nothing"
    );
    drop(next);
    assert!(child.idle_since().is_some());
}

#[tokio::test]
async fn whoever_waits_for_room_learns_that_there_will_be_none() {
    let (child, inbox) = Child::new("notes", whose(), None);
    let mut waiting = Vec::new();
    for id in 0..64 {
        waiting.push(child.say(&call(id), TERMS, true).await.unwrap().unwrap());
    }
    let message = call(64);
    let (late, ()) = tokio::join!(child.say(&message, TERMS, true), async { drop(inbox) });
    assert!(late.unwrap().is_none());
}

fn answer(id: usize) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":"{id}","result":"{}"}}"#, "x".repeat(1024 * 1024))
}

#[tokio::test]
async fn answers_that_are_taken_and_not_read_fill_no_memory() {
    let (child, mut inbox) = Child::new("notes", whose(), None);
    let mut unread = Vec::new();
    for id in 1..=100 {
        let mut exchange = child.say(&call(id), TERMS, true).await.unwrap().unwrap();
        drop(inbox.next().await);
        let line = answer(id);
        let mut hearing = Box::pin(unconstrained(child.hear(line.as_bytes())));
        if hearing.as_mut().now_or_never().is_some() {
            // The caller has the head of its answer, and nothing but the body is left of the exchange.
            unread.push(exchange.next().await.unwrap());
            continue;
        }
        assert_eq!(unread.len(), 15, "16 MiB in all");
        // The process waits for whoever reads, and loses nothing.
        unread.truncate(14);
        hearing.await;
        unread.push(exchange.next().await.unwrap());
        // For somebody who has gone it does not.
        let exchange = child.say(&call(id), TERMS, true).await.unwrap().unwrap();
        let line = answer(id + 1);
        let mut hearing = Box::pin(unconstrained(child.hear(line.as_bytes())));
        assert!(hearing.as_mut().now_or_never().is_none());
        drop(exchange);
        hearing.await;
        return;
    }
    panic!("{} MiB wait to be read", unread.len());
}

#[tokio::test]
async fn what_was_said_of_its_own_accord_and_is_not_read_fills_no_memory() {
    let (child, _inbox) = Child::new("notes", whose(), Some("session".into()));
    let said =
        format!(r#"{{"jsonrpc":"2.0","method":"notifications/message","params":"{}"}}"#, "x".repeat(4 << 20));
    let mut unread = Vec::new();
    for _ in 0..100 {
        // A stream after the other, of which each gets a message that nobody reads.
        let mut listener = child.listen().unwrap();
        child.hear(said.as_bytes()).await;
        let mut next = Box::pin(async move { (listener.next().await, listener) });
        if let Some((message, _listener)) = unconstrained(next.as_mut()).now_or_never() {
            unread.push(message.unwrap());
            continue;
        }
        assert_eq!(unread.len(), 3, "16 MiB in all");
        // Whoever listens after it is the one who hears: the other waits no longer.
        let after = child.listen().unwrap();
        assert_eq!(next.await.0, None);
        drop(after);
        let mut listener = child.listen().unwrap();
        child.hear(said.as_bytes()).await;
        unread.clear();
        assert!(listener.next().await.is_some());
        return;
    }
    panic!("{} messages of 4 MiB wait to be read", unread.len());
}

#[tokio::test(start_paused = true)]
async fn what_is_said_of_its_own_accord_waits_for_room_however_long_and_for_whoever_listens() {
    let (child, _inbox) = Child::new("notes", whose(), Some("session".into()));
    let room = child.unread.kept(vec![0; 16 << 20].into()).await;
    let mut listener = child.listen().unwrap();
    child.hear(br#"{"jsonrpc":"2.0","id":"e1","method":"elicitation/create","params":{}}"#).await;
    // The stream says now and then that it is there, and asks again.
    for _ in 0..2 {
        assert!(timeout(Duration::from_secs(15), listener.next()).await.is_err());
    }
    // A connection that is lost takes nothing with it.
    let mut after = child.listen().unwrap();
    assert_eq!(listener.next().await, None);
    drop(listener);
    assert!(timeout(Duration::from_secs(15), after.next()).await.is_err());
    drop(room);
    let message = after.next().await.unwrap();
    assert!(message.windows(11).any(|part| part == b"elicitation"), "{message:?}");
}
