//! How long a call waits, all in all.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use std::future::pending;

use bytes::Bytes;
use http::Request;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_call_waits_once_for_room_and_answer_together() {
    let whose = Whose { owner: [1; 32], person: [1; 32] };
    let (child, mut inbox) = Child::new("notes", whose, Some("session".into()));
    let message = |size: usize| {
        let message =
            json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x".repeat(size)}});
        Bytes::from(message.to_string())
    };
    // Another call takes all of the room until its line is read.
    let terms = Terms { streams: true, batches: false };
    let _other = child.say(&Sayable::unchecked(message(5 * 1024 * 1024)), terms, false).await.unwrap();
    let request = Request::post("/").header("mcp-protocol-version", "2025-11-25");
    let (parts, ()) = request.header("content-type", "application/json").body(()).unwrap().into_parts();
    let message = message(1);
    let call = Call::read(&message, &parts.headers).unwrap();
    let message = Sayable::unchecked(message);
    let (began, patience) = (Instant::now(), Duration::from_mins(1));
    let asked = Conversation::of(&parts, &message, &call, patience);
    let reads_late = async {
        sleep(Duration::from_secs(45)).await;
        drop(inbox.next().await);
        pending::<()>().await;
    };
    let answer = tokio::select! {
        answer = asked.with(&child) => answer,
        () = reads_late => panic!("it reads for ever"),
    };
    assert!(matches!(answer, Err(Stop::Failed(Fault::UpstreamTimeout))));
    assert_eq!(began.elapsed(), patience);
}
