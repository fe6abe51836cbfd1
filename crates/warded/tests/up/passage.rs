//! No passage: in two thousand requests of every kind, no byte of a caller's token reaches a server behind.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use http::Method;
use serde_json::{Value, json};

use crate::{
    caller::{Answer, Call, delete, get, initialize, ping, post, tool},
    stage::Stage,
};

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

/// The token as an agent may write it down, in one of the ways that are looked for.
fn spelt(token: &str, dice: &mut Dice) -> String {
    let each = |spell: &dyn Fn(u8) -> String| token.bytes().map(spell).collect::<String>();
    let padding = "x".repeat(dice.roll(7));
    match dice.roll(8) {
        0 => token.to_owned(),
        1 => format!("Bearer {token}"),
        2 => each(&|byte| format!("%{byte:02x}")),
        3 => each(&|byte| {
            if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02X}") }
        }),
        4 => STANDARD.encode(format!("{padding}{token}{padding}")),
        5 => URL_SAFE_NO_PAD.encode(format!("{padding}{token}")),
        6 => STANDARD_NO_PAD.encode(format!("{padding}Bearer {token}")),
        _ => format!("{padding}{token}{padding}"),
    }
}

/// The same JSON, with the letters of its strings escaped.
fn escaped(message: &Value, token: &str) -> String {
    let written: Vec<_> = token.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    message.to_string().replace(token, &written.concat())
}

const REVISIONS: [Option<&str>; 4] = [None, Some("2025-03-26"), Some("2025-06-18"), Some("2025-11-25")];
const HEADERS: [&str; 12] = [
    "x-token",
    "x-forwarded-access-token",
    "x-upstream-authorization",
    "proxy-authorization",
    "cookie",
    "x-api-key",
    "user-agent",
    "last-event-id",
    "mcp-param-token",
    "traceparent",
    "x_authorization",
    "referer",
];

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

/// A call as revision 2026-07-28 writes it, half of them with the token where it may stand.
fn modern(path: &str, token: &str, dice: &mut Dice) -> Call {
    let text = if dice.roll(2) == 0 { spelt(token, dice) } else { "innocent".to_owned() };
    let (call, message) = echo(path, Some(MODERN), &text);
    let call = sent(call, &message.to_string());
    match dice.roll(3) {
        0 => call.with("mcp-param-text", token),
        _ => call,
    }
}

/// A request with the token in its place, and often somewhere else besides.
fn roll(token: &str, dice: &mut Dice) -> Call {
    let path = match dice.roll(12) {
        0 => {
            format!("/notes/mcp?access_token={token}")
        }
        1 => {
            format!("/notes/mcp?x={token}")
        }
        _ => "/notes/mcp".to_owned(),
    };
    let mut is_modern = false;
    let mut call = match dice.roll(12) {
        0 => get(&path),
        1 => delete(&path),
        2 => post(&path, &initialize()),
        3 => post(&path, &ping()),
        4 => Call::new(
            (*dice.pick(&[Method::PUT, Method::PATCH, Method::OPTIONS, Method::HEAD])).clone(),
            &path,
            "",
        ),
        5 => {
            let message = tool("echo", json!({ "token": token }));
            Call::new(Method::POST, &path, &escaped(&message, token)).with("content-type", "application/json")
        }
        6 => {
            let batch = json!([ping(), tool("echo", json!({ "a": [{ "b": spelt(token, dice) }] }))]);
            post(&path, &batch)
        }
        9 | 10 => {
            is_modern = true;
            modern(&path, token, dice)
        }
        7 => Call::new(Method::POST, &path, &format!("access_token={token}"))
            .with("content-type", "application/x-www-form-urlencoded"),
        8 => {
            // As a key, as an id, as a tool's name, in `_meta`.
            let text = spelt(token, dice);
            post(
                &path,
                &match dice.roll(4) {
                    0 => json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": { text: 1 } }),
                    1 => json!({ "jsonrpc": "2.0", "id": text, "method": "ping" }),
                    2 => tool(&text, json!({})),
                    _ => {
                        json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": { "_meta": { "t": text } } })
                    }
                },
            )
        }
        _ => post(&path, &tool("echo", json!({ "text": spelt(token, dice) }))),
    };
    if dice.roll(4) == 0 {
        let text = spelt(token, dice);
        let name = *dice.pick::<&'static str>(&HEADERS);
        // One of them is a cookie for tokens, and refused; the other is cut off with all cookies.
        let cookie = ["session", "access_token"][dice.roll(2)];
        call = call.with(name, &if name == "cookie" { format!("{cookie}={text}") } else { text });
    }
    if let (false, Some(revision)) = (is_modern, dice.pick(&REVISIONS)) {
        call = call.with("mcp-protocol-version", revision);
    }
    call.token(token)
}

/// Everything that a token looks like, cut so that a part of it would be noticed, too.
fn telling(token: &str) -> Vec<Vec<u8>> {
    let signature = token.rsplit('.').next().unwrap();
    let mut parts: Vec<Vec<u8>> = signature.as_bytes().windows(16).map(<[u8]>::to_vec).collect();
    for offset in 0..3 {
        for text in [token.split_at(60).0, token.split_at(token.len() - 60).1] {
            let encoded = URL_SAFE_NO_PAD.encode(format!("{}{text}", "x".repeat(offset)));
            parts.push(encoded.as_bytes()[8..72].to_vec());
        }
    }
    let spelt = |spell: &dyn Fn(u8) -> String| signature.bytes().map(spell).collect::<String>().into_bytes();
    parts.push(spelt(&|byte| format!("%{byte:02x}")));
    parts.push(spelt(&|byte| format!("%{byte:02X}")));
    parts.push(spelt(&|byte| format!("\\u{byte:04x}")));
    parts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_of_a_token_reaches_a_server_behind() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let mut dice = Dice(20_261_121);
    let (mut passed, mut refused) = (0, std::collections::BTreeMap::<String, usize>::new());
    for _ in 0..2_000 {
        let call = roll(&token, &mut dice);
        // The head is enough: streams have no end.
        let answer = call.open(stage.gateway.address).await;
        assert!(!answer.status().is_server_error(), "{answer:?}");
        if answer.status().is_success() {
            passed += 1;
        } else {
            let code = Answer::read(answer).await.code();
            *refused.entry(code).or_default() += 1;
        }
    }
    let bytes = stage.notes.bytes();
    assert!(passed > 300 && bytes.len() > 50_000, "{passed} have passed, {refused:?}");
    for code in ["token-in-message", "token-in-query", "token-in-body", "token-in-cookie", "method-refused"] {
        assert!(refused.get(code).is_some_and(|count| *count > 5), "{code}: {refused:?}");
    }
    // What is refused is refused for the token, not for how this test writes calls.
    for code in ["header-disagrees", "revision-unsupported", "call-malformed"] {
        assert!(!refused.contains_key(code), "{refused:?}");
    }
    for part in telling(&token) {
        assert!(
            memchr::memmem::find(&bytes, &part).is_none(),
            "the server behind has seen {}",
            String::from_utf8_lossy(&part)
        );
    }
    let lower = bytes.to_ascii_lowercase();
    assert!(memchr::memmem::find(&lower, b"authorization").is_none());
    assert!(stage.files.bytes().is_empty());
    for part in telling(&token) {
        assert!(!stage.gateway.log().contains(&*String::from_utf8_lossy(&part)));
    }
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
    let bytes = stage.notes.bytes();
    for part in telling(&token) {
        assert!(memchr::memmem::find(&bytes, &part).is_none(), "{}", String::from_utf8_lossy(&part));
    }
    assert!(stage.files.bytes().is_empty());
}
