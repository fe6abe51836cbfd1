//! Every spelling in every place under every revision, one by one.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::Method;
use serde_json::{Value, json};

use super::detector::Detector;
use crate::{
    caller::{Answer, Call, tool},
    stage::Stage,
};

/// The same JSON, with the letters of its strings escaped.
fn escaped(message: &Value, token: &str) -> String {
    let written: Vec<_> = token.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    message.to_string().replace(token, &written.concat())
}

const REVISIONS: [Option<&str>; 4] = [None, Some("2025-03-26"), Some("2025-06-18"), Some("2025-11-25")];
const MODERN: &str = "2026-07-28";

/// A call of the tool `echo` as a revision writes it.
fn echo(path: &str, revision: Option<&str>, text: &str) -> (Call, Value) {
    let mut message = tool("echo", json!({ "text": text }));
    if revision != Some(MODERN) {
        let call = Call::new(Method::POST, path, "");
        let call = revision.iter().fold(call, |call, revision| call.with("mcp-protocol-version", revision));
        return (call, message);
    }
    message["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let call = Call::new(Method::POST, path, "").with("mcp-protocol-version", MODERN);
    (call.with("mcp-method", "tools/call").with("mcp-name", "echo"), message)
}

fn sent(call: Call, message: &str) -> Call {
    let call = call.with("content-type", "application/json");
    call.with("accept", "application/json, text/event-stream").saying(message)
}

/// Every way of writing it down that is looked for, each with its name; base64 at each of its three offsets.
fn spellings(token: &str) -> Vec<(String, String)> {
    let each = |spell: &dyn Fn(u8) -> String| token.bytes().map(spell).collect::<String>();
    let mut all = vec![
        ("raw".to_owned(), token.to_owned()),
        ("percent".to_owned(), each(&|byte| format!("%{byte:02x}"))),
        ("percent, capital".to_owned(), each(&|byte| format!("%{byte:02X}"))),
        ("percent, dots only".to_owned(), token.replace('.', "%2E")),
    ];
    for offset in 0..3 {
        let text = format!("{}{token}", "x".repeat(offset));
        all.push((format!("base64, offset {offset}"), STANDARD.encode(&text)));
        all.push((format!("base64url, offset {offset}"), URL_SAFE_NO_PAD.encode(&text)));
    }
    all
}

#[tokio::test]
async fn every_spelling_is_stopped_in_every_place_under_every_revision() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let place = "/notes/mcp";
    for revision in REVISIONS.into_iter().chain([Some(MODERN)]) {
        let (call, message) = echo(place, revision, "innocent");
        let answer = sent(call, &message.to_string()).token(&token).send(to).await;
        assert_eq!(answer.status, 200, "{revision:?}: {answer:?}");
        for (name, text) in spellings(&token) {
            let told = |what: &str, answer: &Answer| format!("{revision:?}, {name}, {what}: {answer:?}");
            let (call, message) = echo(place, revision, &text);
            let answer = sent(call, &message.to_string()).token(&token).send(to).await;
            assert_eq!(answer.code(), "token-in-message", "{}", told("argument", &answer));
            let (call, _) = echo(place, revision, &text);
            let answer = sent(call, &escaped(&message, &text)).token(&token).send(to).await;
            assert_eq!(answer.code(), "token-in-message", "{}", told("argument, escaped", &answer));
            // Of the headers, one that goes on and one that does not.
            for (header, code) in [("user-agent", "token-in-message"), ("x-token", "200")] {
                let (call, message) = echo(place, revision, "innocent");
                let call = sent(call, &message.to_string()).with(header, &text);
                let answer = call.token(&token).send(to).await;
                assert_eq!(answer.code(), code, "{}", told(header, &answer));
            }
            let (call, message) = echo(&format!("{place}?x={text}"), revision, "innocent");
            let answer = sent(call, &message.to_string()).token(&token).send(to).await;
            assert!(!answer.status.is_server_error(), "{}", told("query", &answer));
        }
    }
    assert_eq!(Detector::of(&token).finds(&stage.notes.bytes()), None);
    assert!(stage.files.bytes().is_empty());
}
