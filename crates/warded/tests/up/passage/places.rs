//! Where an agent may put its token: URL, every kind of header, every place of a message, in every shape of body.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{
    dice::Dice,
    spelling::{escaped, sendable, spelt},
};
use crate::caller::{Call, initialize, ping, tool};

const PATH: &str = "/notes/mcp";
const MODERN: &str = "2026-07-28";
const REVISIONS: [Option<&str>; 5] =
    [None, Some("2025-03-26"), Some("2025-06-18"), Some("2025-11-25"), Some(MODERN)];

/// Headers that go behind, headers that do not, and headers that are judged.
const HEADERS: [&str; 28] = [
    "accept-language",
    "baggage",
    "cookie",
    "dpop",
    "forwarded",
    "if-none-match",
    "last-event-id",
    "link",
    "mcp-client",
    "mcp-name",
    "mcp-param-text",
    "mcp-param-token",
    "mcp-session-id",
    "origin",
    "proxy-authorization",
    "referer",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-api-key",
    "x-correlation-id",
    "x-forwarded-access-token",
    "x-forwarded-for",
    "x-mcp-toolsets",
    "x-request-id",
    "x-token",
    "x-upstream-authorization",
    "x_authorization",
];

/// What stands for the token until the message is written.
const MARK: &str = "THE-TOKEN";

/// One message of a client, with the token in one place of it.
fn message(dice: &mut Dice) -> Value {
    let asks = |method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    match dice.roll(20) {
        0..=2 => tool("echo", json!({ "text": MARK })),
        3 => tool("echo", json!({ "a": [{ "b": [[MARK]] }, { "c": { "d": MARK } }] })),
        4 => tool("echo", json!({ MARK: 1 })),
        5 => tool("echo", json!({ "a": { "b": { MARK: [MARK] } } })),
        6 => tool(MARK, json!({})),
        7 => asks("ping", json!({ "_meta": { "t": MARK } })),
        8 => asks("ping", json!({ "_meta": { MARK: true } })),
        9 => asks("tools/list", json!({ "cursor": MARK })),
        10 => asks("tools/call", json!({ "name": "echo", "_meta": { "progressToken": MARK } })),
        11 => json!({ "jsonrpc": "2.0", "id": MARK, "method": "ping" }),
        12 => json!({ "jsonrpc": "2.0", "id": 1, "method": MARK }),
        13 => asks("resources/read", json!({ "uri": format!("note://{MARK}") })),
        14 => asks("prompts/get", json!({ "name": MARK, "arguments": { "a": MARK } })),
        15 => asks(
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "p" }, "argument": { "name": "a", "value": MARK } }),
        ),
        16 => {
            json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": MARK, "reason": MARK } })
        }
        17 => json!({ "jsonrpc": "2.0", "id": 7, "result": { "content": { "type": "text", "text": MARK } } }),
        18 => {
            json!({ "jsonrpc": "2.0", "id": MARK, "error": { "code": 1, "message": MARK, "data": [MARK] } })
        }
        _ => json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", MARK: MARK }),
    }
}

/// The message as a revision wants it, and the headers that go with it.
fn dressed(call: Call, message: &mut Value, revision: Option<&'static str>) -> Call {
    let call = revision.iter().fold(call, |call, revision| call.with("mcp-protocol-version", revision));
    let (Some(MODERN), Some(method)) = (revision, message["method"].as_str().map(str::to_owned)) else {
        return call;
    };
    if message["id"].is_null() {
        return call.with("mcp-method", &method);
    }
    let meta = &mut message["params"]["_meta"];
    meta["io.modelcontextprotocol/protocolVersion"] = json!(MODERN);
    meta["io.modelcontextprotocol/clientInfo"] = json!({ "name": "test", "version": "1" });
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    let name = message["params"]["name"].as_str().or(message["params"]["uri"].as_str());
    let call = name.iter().fold(call, |call, name| call.with("mcp-name", name));
    call.with("mcp-method", &method)
}

/// What is written where the mark stands: one spelling everywhere, so that headers say what the message says.
fn written(text: &str, token: &str, dice: &mut Dice) -> (String, String) {
    let text_of_token = spelt(token, dice);
    let in_json = if dice.one_in(3) {
        escaped(&text_of_token, dice)
    } else {
        let quoted = Value::String(text_of_token.clone()).to_string();
        quoted.trim_matches('"').to_owned()
    };
    (text.replace(MARK, &in_json), text_of_token)
}

/// A request with its token where it belongs, and somewhere else.
pub(crate) fn request(token: &str, dice: &mut Dice) -> Call {
    let call = match dice.roll(16) {
        0 => Call::new(dice.pick(&[Method::GET, Method::DELETE]).clone(), &url(token, dice), ""),
        1 => Call::new(
            dice.pick(&[Method::PUT, Method::PATCH, Method::OPTIONS, Method::HEAD]).clone(),
            PATH,
            token,
        ),
        2 => form(token, dice),
        3 => unreadable(token, dice),
        4 => batch(token, dice),
        5 => in_header(post(PATH, &initialize().to_string()), token, dice),
        6 => in_header(Call::new(Method::GET, PATH, ""), token, dice),
        7 => in_header(Call::new(Method::DELETE, PATH, ""), token, dice),
        8 | 9 => in_header(post(PATH, &ping().to_string()), token, dice),
        10 => post(&url(token, dice), &ping().to_string()),
        11 => post(PATH, &ping().to_string()).token(&spelt_for_header(token, dice)),
        _ => called(token, dice),
    };
    let call = if dice.one_in(12) { in_header(call, token, dice) } else { call };
    let call = if dice.one_in(6) { call.in_pieces(1 + dice.roll(9)) } else { call };
    call.token(token)
}

fn post(path: &str, body: &str) -> Call {
    let call = Call::new(Method::POST, path, body).with("content-type", "application/json");
    call.with("accept", "application/json, text/event-stream")
}

fn called(token: &str, dice: &mut Dice) -> Call {
    let revision = *dice.pick(&REVISIONS);
    let mut message = message(dice);
    let call = dressed(post(PATH, ""), &mut message, revision);
    let (body, text) = written(&message.to_string(), token, dice);
    let body = if dice.one_in(10) { body.replace("\":", "\" : \n\t ") } else { body };
    call.replacing(MARK, &sendable(&text)).saying(&body)
}

fn batch(token: &str, dice: &mut Dice) -> Call {
    let count = 1 + dice.roll(4);
    let messages: Vec<Value> = (0..count).map(|_| message(dice)).collect();
    let (body, _) = written(&Value::Array(messages).to_string(), token, dice);
    let revision = *dice.pick(&[None, Some("2025-03-26"), Some("2025-03-26"), Some("2025-11-25")]);
    revision.iter().fold(post(PATH, &body), |call, revision| call.with("mcp-protocol-version", revision))
}

/// In the path or the query, under the names that are known for it and under others.
fn url(token: &str, dice: &mut Dice) -> String {
    let text: String = sendable(&spelt(token, dice))
        .replace([' ', '{', '}', '\'', '#', '"', '<', '>', '`', '^', '|', '\\'], "-");
    match dice.roll(6) {
        0 => format!("{PATH}?access_token={text}"),
        1 => format!("{PATH}?token={text}"),
        2 => format!("{PATH}?x=1&{text}"),
        3 => format!("{PATH}/{text}"),
        4 => format!("/{text}{PATH}"),
        _ => format!("{PATH}?{text}={text}"),
    }
}

fn in_header(call: Call, token: &str, dice: &mut Dice) -> Call {
    let name = *dice.pick::<&str>(&HEADERS);
    let text = spelt_for_header(token, dice);
    // One of them is a cookie for tokens, and refused; the other is cut off with all cookies.
    let cookie = ["session", "access_token"][dice.roll(2)];
    let call = call.with(name, &if name == "cookie" { format!("{cookie}={text}") } else { text.clone() });
    if dice.one_in(5) { call.with(name, &text) } else { call }
}

fn spelt_for_header(token: &str, dice: &mut Dice) -> String {
    sendable(&spelt(token, dice))
}

fn form(token: &str, dice: &mut Dice) -> Call {
    let media =
        ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"][dice.roll(3)];
    let body = format!("access_token={}", spelt(token, dice));
    Call::new(Method::POST, PATH, &body).with("content-type", media)
}

/// What some reader might read, and the guard does not.
fn unreadable(token: &str, dice: &mut Dice) -> Call {
    let (body, _) = written(&tool("echo", json!({ "text": MARK })).to_string(), token, dice);
    match dice.roll(5) {
        0 => post(PATH, "").saying_bytes(gzip(body.as_bytes())).with("content-encoding", "gzip"),
        1 => post(PATH, "").saying_bytes(gzip(body.as_bytes())),
        2 => post(PATH, &format!("{body}{body}")),
        3 => post(PATH, &body.replace("\"text\":", "\"text\":1,\"text\":")),
        _ => post(PATH, "").saying_bytes(body.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
    }
}

/// A gzip of one stored block (RFC 1951 §3.2.4, RFC 1952 §2.3). Nobody gets as far as its checksum.
fn gzip(bytes: &[u8]) -> Bytes {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(bytes);
    out.extend([0; 4]);
    out.extend(u32::from(length).to_le_bytes());
    out.into()
}
