//! How long a call waits, all in all.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::future::pending;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{definition::tests::definition, *};

/// What a call is judged by, and what is said of it.
fn asked(message: &Value, headers: &[(&str, &str)]) -> (request::Parts, Sayable, Call) {
    let request = Request::post("/").header("content-type", "application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let message = Bytes::from(message.to_string());
    let call = Call::read(&message, &parts.headers).unwrap();
    (parts, Sayable::unchecked(message), call)
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_once_for_room_and_answer_together() {
    let whose = Whose { owner: [1; 32], person: [1; 32] };
    for is_read in [true, false] {
        let (child, mut inbox) = Child::new("notes", whose, Some("session".into()));
        let headers = [("mcp-protocol-version", "2025-11-25")];
        let named = |name: String| {
            let message =
                json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name}});
            asked(&message, &headers)
        };
        // Another call takes all of the room until its line is read.
        let terms = Terms { streams: true, batches: false };
        let (_, long, _) = named("x".repeat(5 * 1024 * 1024));
        let _other = child.say(&long, terms, false).await.unwrap();
        let (parts, message, call) = named("x".to_owned());
        let (began, patience, unsent) = (Instant::now(), Duration::from_mins(1), Unsent::default());
        let asked = Conversation::of(&parts, &message, &call, &unsent, patience);
        let reads_late = async {
            sleep(Duration::from_secs(45)).await;
            if is_read {
                drop(inbox.next().await);
            }
            pending::<()>().await;
        };
        let answer = tokio::select! {
            answer = asked.with(&child) => answer,
            () = reads_late => panic!("it reads for ever"),
        };
        assert!(matches!(answer, Err(Stop::Failed(Fault::UpstreamTimeout))));
        assert_eq!(began.elapsed(), patience);
        assert_eq!(unsent.was_sent(), is_read, "where there was no room nothing was said");
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_process_that_has_gone() {
    let whose = Whose { owner: [1; 32], person: [1; 32] };
    let (child, _inbox) = Child::new("notes", whose, Some("session".into()));
    child.close();
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let (parts, message, call) = asked(&ping, &[("mcp-protocol-version", "2025-11-25")]);
    let unsent = Unsent::default();
    let conversation = Conversation::of(&parts, &message, &call, &unsent, Duration::from_mins(1));
    assert!(conversation.with(&child).await.unwrap().is_none());
    assert!(!unsent.was_sent());
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the ids of tests are nobody's")]
async fn a_call_waits_no_longer_for_a_process_that_is_to_begin() {
    let random = Arc::new(aws_lc_rs::rand::SystemRandom::new());
    let patience = Duration::from_secs(2);
    let pool = Pool::new(random).kept_by("/bin/sh".into()).with_keeper(|_| false);
    let stdio = Stdio {
        server: "notes".to_owned(),
        seal: Arc::new(SessionSeal::new(&[7; 32]).unwrap()),
        home: pool.home(definition("cat", &[])),
        timeout: patience,
    };
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }});
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }}});
    let modern = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/list")];
    for (message, headers) in [(&initialize, &[][..]), (&list, &modern[..])] {
        let (parts, message, call) = asked(message, headers);
        let (began, unsent) = (Instant::now(), Unsent::default());
        let conversation = Conversation::of(&parts, &message, &call, &unsent, stdio.timeout);
        let owner = Owner::new(Some("alice"), Some("agent"), "notes", "https://login.example.com");
        let answer = stdio.post(conversation, &owner, || owner.digest(), None).await;
        assert!(matches!(answer, Err(Stop::Failed(Fault::UpstreamTimeout))));
        assert_eq!(began.elapsed(), patience);
    }
}
