//! Whether the bridge is a pipe: what goes in comes out, and what the transport asks for is added beside it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::response::Response;
use http_body_util::channel::{Channel, Sender};
use serde_json::{Value, json};
use stage::{Seen, Stage, answer, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines},
    sync::{Mutex, Semaphore, oneshot},
    task::JoinHandle,
    time::{Instant, pause, resume},
};
use warded_client::{bridge::Bridge, login::Notice};

/// A client at its end of the pipe.
struct Client {
    input: DuplexStream,
    output: Lines<BufReader<DuplexStream>>,
    ends: Option<oneshot::Sender<()>>,
    bridge: JoinHandle<std::io::Result<()>>,
}

impl Client {
    fn of(stage: &Stage) -> Self {
        Self::patient(stage, Duration::from_mins(1))
    }

    /// A client that waits so long for the server.
    fn patient(stage: &Stage, grace: Duration) -> Self {
        let (input, read) = tokio::io::duplex(1 << 16);
        let (write, output) = tokio::io::duplex(1 << 16);
        let (ends, stop) = oneshot::channel::<()>();
        let stop = async move { drop(stop.await) };
        let bridge = tokio::spawn(Bridge::run(stage.session(), read, write, grace, stop));
        Self { input, output: BufReader::new(output).lines(), ends: Some(ends), bridge }
    }

    async fn say(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn hear(&mut self) -> String {
        self.output.next_line().await.unwrap().unwrap()
    }

    async fn hear_json(&mut self) -> Value {
        serde_json::from_str(&self.hear().await).unwrap()
    }

    async fn handshake(&mut self) {
        self.say(
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#,
        )
        .await;
        assert_eq!(self.hear_json().await["id"], 0);
        self.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    }

    /// Ends the input, and gives what was still said.
    async fn end(mut self) -> Vec<String> {
        drop(self.input);
        let mut rest = Vec::new();
        while let Some(line) = self.output.next_line().await.unwrap() {
            rest.push(line);
        }
        self.bridge.await.unwrap().unwrap();
        rest
    }
}

fn call_of(seen: &Seen) -> Value {
    serde_json::from_str(&seen.body).unwrap_or_default()
}

/// An answer to the handshake and to notifications; other calls are for the test.
fn handshakes(seen: &Seen) -> Option<Response> {
    let call = call_of(seen);
    match (seen.method.as_str(), call["method"].as_str().unwrap_or_default()) {
        ("POST", "initialize") => {
            let mut answer = json(
                200,
                &json!({ "jsonrpc": "2.0", "id": call["id"], "result": { "protocolVersion": "2025-06-18" } }),
            );
            answer.headers_mut().insert("mcp-session-id", http::HeaderValue::from_static("SESSION-1"));
            Some(answer)
        }
        ("POST", method) if method.starts_with("notifications/") => Some(answer(202, "text/plain", "")),
        ("GET" | "DELETE", _) => Some(answer(405, "text/plain", "")),
        _ => None,
    }
}

fn result(seen: &Seen) -> Response {
    let call = call_of(seen);
    if call["method"].is_null() {
        return answer(202, "text/plain", "");
    }
    json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": { "to": call["method"] } }))
}

fn stream() -> (Sender<bytes::Bytes>, Response) {
    let (sender, body) = Channel::<bytes::Bytes>::new(4);
    (sender, answer(200, "text/event-stream", axum::body::Body::new(body)))
}

fn calls(stage: &Stage, method: &str) -> Vec<Seen> {
    let is_it = |seen: &Seen| {
        let has_token = seen.header("authorization").is_some();
        has_token && (call_of(seen)["method"] == method || (seen.body.is_empty() && seen.method == method))
    };
    stage.server.log.at("/mcp").into_iter().filter(is_it).collect()
}

#[tokio::test]
async fn a_session_goes_from_its_handshake_to_its_end() {
    let stage = Stage::new().await;
    stage.server.play(|seen| handshakes(seen).unwrap_or_else(|| result(seen)));
    let mut client = Client::of(&stage);
    client.handshake().await;
    client.say(r#"{"jsonrpc":"2.0","id":"x","method":"tools/list"}"#).await;
    assert_eq!(
        client.hear_json().await,
        json!({ "jsonrpc": "2.0", "id": "x", "result": { "to": "tools/list" } })
    );
    assert_eq!(client.end().await, [""; 0]);

    let opening = &calls(&stage, "initialize")[0];
    assert_eq!((opening.header("mcp-session-id"), opening.header("mcp-protocol-version")), (None, None));
    assert_eq!(opening.header("accept"), Some("application/json, text/event-stream"));
    for method in ["notifications/initialized", "tools/list", "GET", "DELETE"] {
        let seen = calls(&stage, method);
        assert_eq!(seen.len(), 1, "{method}");
        assert_eq!(seen[0].header("mcp-session-id"), Some("SESSION-1"), "{method}");
        // What the server settled on, and not what the client asked for.
        assert_eq!(seen[0].header("mcp-protocol-version"), Some("2025-06-18"), "{method}");
        assert_eq!(seen[0].header("mcp-method"), None, "not of this revision");
    }
    assert_eq!(stage.visits(), 1);
}

#[tokio::test]
async fn messages_are_carried_byte_for_byte_but_for_newlines() {
    let stage = Stage::new().await;
    stage.server.play(|_| {
        answer(
            200,
            "application/json; charset=utf-8",
            "{ \"id\" : 1,\r\n \"result\":{\"\\u0061\":1.0e2, \"a\\n\":\"é\"} }\n",
        )
    });
    let mut client = Client::of(&stage);
    let line = r#"{ "method":"x" , "params":{"n":1.00,"u":"\u00e9\ud83d\ude00","s":"a\nb"},"id":1,"jsonrpc":"2.0" }"#;
    client.say(line).await;
    assert_eq!(client.hear().await, "{ \"id\" : 1,   \"result\":{\"\\u0061\":1.0e2, \"a\\n\":\"é\"} } ");
    assert_eq!(stage.server.log.at("/mcp").last().unwrap().body, line);
    client.end().await;
}

#[tokio::test]
async fn a_stream_arrives_as_it_is_sent() {
    let stage = Stage::new().await;
    let sender = Arc::new(std::sync::Mutex::new(None));
    let place = Arc::clone(&sender);
    stage.server.play(move |_| {
        let (sender, answer) = stream();
        place.lock().unwrap().replace(sender);
        answer
    });
    let mut client = Client::of(&stage);
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#).await;
    let mut sender = loop {
        if let Some(sender) = sender.lock().unwrap().take() {
            break sender;
        }
        tokio::task::yield_now().await;
    };
    // Each message is heard before the next one is sent.
    for text in [r#"{"method":"notifications/progress"}"#, r#"{"id":1,"method":"sampling/createMessage"}"#] {
        sender.send_data(format!("event: message\ndata: {text}\n\n").into()).await.unwrap();
        assert_eq!(client.hear().await, text);
    }
    sender.send_data(": comment\n\ndata: {\"id\":1,\ndata: \"result\":{}}\n\n".into()).await.unwrap();
    assert_eq!(client.hear().await, r#"{"id":1, "result":{}}"#);
    // The server keeps the stream open; the answer is there, so the bridge does not wait for its end.
    assert_eq!(client.end().await, [""; 0]);
}

#[tokio::test]
async fn a_slow_request_holds_up_nobody() {
    let stage = Stage::new().await;
    let held = Arc::new(std::sync::Mutex::new(Vec::new()));
    let place = Arc::clone(&held);
    stage.server.play(move |seen| {
        if call_of(seen)["method"] == "slow" {
            let (sender, answer) = stream();
            place.lock().unwrap().push(sender);
            return answer;
        }
        result(seen)
    });
    let mut client = Client::of(&stage);
    for id in 0..5 {
        client.say(&format!(r#"{{"id":{id},"method":"slow"}}"#)).await;
    }
    for id in 5..10 {
        client.say(&format!(r#"{{"id":{id},"method":"quick"}}"#)).await;
    }
    let mut heard = Vec::new();
    for _ in 5..10 {
        heard.push(client.hear_json().await["id"].as_i64().unwrap());
    }
    heard.sort_unstable();
    assert_eq!(heard, [5, 6, 7, 8, 9]);
    held.lock().unwrap().clear();
    let rest = client.end().await;
    assert_eq!(rest.len(), 5);
    assert!(rest.iter().all(|line| line.contains("stream ended before the answer")), "{rest:?}");
}

#[tokio::test]
async fn messages_of_the_stateless_revision_name_themselves_in_headers() {
    let stage = Stage::new().await;
    stage.server.play(|seen| {
        let call = call_of(seen);
        let tools = json!([{ "name": "add", "inputSchema": { "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "deep": { "properties": { "n": { "type": "integer", "x-mcp-header": "N" } } },
        } } }]);
        json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": { "tools": tools } }))
    });
    let mut client = Client::of(&stage);
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;
    for params in [
        format!(r#""method":"tools/list","params":{{{meta}}}"#),
        format!(
            r#""method":"tools/call","params":{{"name":"add","arguments":{{"region":"é","deep":{{"n":7}}}},{meta}}}"#
        ),
        format!(r#""method":"resources/read","params":{{"uri":"file:///a b","name":"x",{meta}}}"#),
    ] {
        client.say(&format!(r#"{{"jsonrpc":"2.0","id":1,{params}}}"#)).await;
        client.hear().await;
    }
    let header = |method: &str, name: &str| {
        let seen = &calls(&stage, method)[0];
        assert_eq!(seen.header("mcp-protocol-version"), Some("2026-07-28"));
        assert_eq!(seen.header("mcp-method"), Some(method));
        seen.header(name).map(str::to_owned)
    };
    assert_eq!(header("tools/list", "mcp-name"), None);
    assert_eq!(header("tools/call", "mcp-name").as_deref(), Some("add"));
    assert_eq!(header("tools/call", "mcp-param-region").as_deref(), Some("=?base64?w6k=?="));
    assert_eq!(header("tools/call", "mcp-param-n").as_deref(), Some("7"));
    assert_eq!(header("resources/read", "mcp-name").as_deref(), Some("file:///a b"));
    client.end().await;
    assert!(calls(&stage, "GET").is_empty() && calls(&stage, "DELETE").is_empty(), "there is no session");
}

#[tokio::test]
async fn a_refusal_of_a_token_is_never_read_as_an_older_revision() {
    // Found in the field: a 401 in `server/discover` ends in an `initialize` that nobody asked for.
    let stage = Stage::new().await;
    stage.server.play(result);
    let mut client = Client::of(&stage);
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;
    client
        .say(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{{{meta}}}}}"#))
        .await;
    assert_eq!(client.hear_json().await["result"]["to"], "server/discover");
    client.end().await;
    assert!(!stage.server.log.has("initialize"));
}

#[tokio::test]
async fn every_request_is_answered_whatever_the_server_does() {
    let stage = Stage::new().await;
    stage.server.play(|seen| match call_of(seen)["method"].as_str().unwrap() {
        "html" => answer(500, "text/html", "<h1>\u{1b}[2J</h1>"),
        "gateway" => {
            json(403, &json!({ "error": "forbidden", "error_description": "not on \u{1b}[2J Sundays" }))
        }
        "own" => {
            json(400, &json!({ "jsonrpc": "2.0", "id": 3, "error": { "code": -32020, "message": "header" } }))
        }
        "nobody" => {
            json(400, &json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32001, "message": "m" } }))
        }
        "accepted" => answer(202, "text/plain", ""),
        "other" => json(200, &json!({ "jsonrpc": "2.0", "id": 99, "result": {} })),
        "garbage" => answer(200, "application/json", "{ not JSON"),
        "redirect" => Response::builder()
            .status(307)
            .header("location", "https://evil.example")
            .body("".into())
            .unwrap(),
        _ => answer(200, "text/event-stream", ": nothing\n\n"),
    });
    let mut client = Client::of(&stage);
    let mut ask = async |id: i64, method: &str, lines: usize| {
        client.say(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}"}}"#)).await;
        let mut heard = Vec::new();
        for _ in 0..lines {
            heard.push(client.hear_json().await);
        }
        heard.pop().unwrap()
    };
    let told = async |error: Value, id: i64, words: &str| {
        assert_eq!((&error["id"], &error["error"]["code"]), (&json!(id), &json!(-32000)), "{error}");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(words) && !message.contains('\u{1b}'), "{message}");
    };
    told(ask(1, "html", 1).await, 1, "status 500").await;
    told(ask(2, "gateway", 1).await, 2, "not on").await;
    assert_eq!(
        ask(3, "own", 1).await,
        json!({ "jsonrpc": "2.0", "id": 3, "error": { "code": -32020, "message": "header" } })
    );
    assert_eq!(
        ask(4, "nobody", 1).await,
        json!({ "jsonrpc": "2.0", "id": 4, "error": { "code": -32001, "message": "m" } })
    );
    told(ask(5, "accepted", 1).await, 5, "no answer").await;
    told(ask(6, "other", 2).await, 6, "no answer").await;
    told(ask(7, "garbage", 1).await, 7, "not JSON-RPC").await;
    told(ask(8, "redirect", 1).await, 8, "redirects are not followed").await;
    told(ask(9, "silence", 1).await, 9, "stream ended").await;
    client.say("{ not JSON").await;
    let error = client.hear_json().await;
    assert_eq!((&error["id"], &error["error"]["code"]), (&Value::Null, &json!(-32700)));
    client.end().await;
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_taken_up_where_it_was() {
    let stage = Stage::new().await;
    stage.server.play(|seen| {
        handshakes(seen).filter(|_| seen.header("last-event-id").is_none()).unwrap_or_else(|| {
            let text = match seen.header("last-event-id") {
                None => "id: e1\nretry: 1\ndata:\n\n".to_owned(),
                Some("e1") => {
                    "id: e2\ndata: {\"method\":\"notifications/progress\"}\n\nid: e3\ndata: {\"cut".to_owned()
                }
                Some("e2") => "id: e3\ndata: {\"id\":5,\"result\":{}}\n\n".to_owned(),
                Some(other) => format!("data: {{\"id\":5,\"error\":\"{other}\"}}\n\n"),
            };
            answer(200, "text/event-stream", text)
        })
    });
    let mut client = Client::of(&stage);
    client.handshake().await;
    client.say(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call"}"#).await;
    assert_eq!(client.hear().await, r#"{"method":"notifications/progress"}"#);
    assert_eq!(client.hear().await, r#"{"id":5,"result":{}}"#);
    client.end().await;
    assert_eq!(calls(&stage, "tools/call").len(), 1, "a call is never made twice");
}

#[tokio::test]
async fn a_stream_that_stays_silent_is_not_taken_up_for_ever() {
    let stage = Stage::new().await;
    stage.server.play(|_| answer(200, "text/event-stream", "id: e1\nretry: 1\n\n"));
    let mut client = Client::of(&stage);
    client.say(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call"}"#).await;
    let error = client.hear_json().await;
    assert_eq!(error["id"], 5);
    client.end().await;
    assert!(calls(&stage, "GET").len() <= 6);
}

#[tokio::test]
async fn what_the_server_says_of_its_own_accord_is_heard() {
    let stage = Stage::new().await;
    stage.server.play(|seen| match (seen.method.as_str(), seen.header("last-event-id")) {
        ("GET", None) => answer(200, "text/event-stream", "retry: 1\nid: a\ndata: {\"method\":\"one\"}\n\n"),
        ("GET", Some("a")) => answer(200, "text/event-stream", "id: b\ndata: {\"method\":\"two\"}\n\n"),
        ("GET", _) => answer(405, "text/plain", ""),
        _ => handshakes(seen).unwrap_or_else(|| result(seen)),
    });
    let mut client = Client::of(&stage);
    client.handshake().await;
    assert_eq!(client.hear().await, r#"{"method":"one"}"#);
    assert_eq!(client.hear().await, r#"{"method":"two"}"#);
    client.say(r#"{"jsonrpc":"2.0","id":9,"result":{"to":"the server"}}"#).await;
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    assert_eq!(client.hear_json().await["id"], 1);
    client.end().await;
    assert!(stage.server.log.has("the server"));
}

#[tokio::test]
async fn what_the_server_says_of_its_own_accord_is_heard_though_it_has_forgotten_where_that_was() {
    // With a new session, which the client's call has opened, and with the same.
    for ends_session in [true, false] {
        let stage = Stage::new().await;
        let starts = Arc::new(AtomicUsize::new(0));
        restarting(&stage, &starts, |_| Some("2025-06-18"));
        let restarts = Arc::clone(&stage.server.knobs.lock().unwrap().play);
        let (mut first, begun) = stream();
        let begun = std::sync::Mutex::new(Some(begun));
        stage.server.play(move |seen| {
            let answer = restarts(seen);
            match (seen.method.as_str(), seen.header("last-event-id")) {
                ("GET", _) if answer.status() == 404 => answer,
                ("GET", Some(_)) => self::answer(400, "text/plain", ""),
                ("GET", None) => begun.lock().unwrap().take().unwrap_or_else(|| {
                    self::answer(200, "text/event-stream", "data: {\"method\":\"second\"}\n\n")
                }),
                _ => answer,
            }
        });
        let mut client = Client::of(&stage);
        client.say(INITIALIZE).await;
        client.hear().await;
        client.hear().await;
        client.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
        let event = "retry: 1\nid: 17\ndata: {\"method\":\"first\"}\n\n";
        first.send_data(event.into()).await.unwrap();
        assert_eq!(client.hear().await, r#"{"method":"first"}"#);
        if ends_session {
            starts.fetch_add(1, Ordering::SeqCst);
            client.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#).await;
            while client.hear_json().await["id"] != 1 {}
        }
        drop(first);
        let second = tokio::time::timeout(Duration::from_mins(1), client.hear()).await.unwrap();
        assert_eq!(second, r#"{"method":"second"}"#);
        let places: Vec<_> = calls(&stage, "GET")
            .iter()
            .filter_map(|get| get.header("last-event-id").map(str::to_owned))
            .collect();
        assert_eq!(places.len(), usize::from(!ends_session), "{places:?}");
        client.end().await;
    }
}

#[tokio::test]
async fn a_request_of_the_stateless_revision_is_cancelled_by_hanging_up() {
    let stage = Stage::new().await;
    let sender = Arc::new(std::sync::Mutex::new(None));
    let place = Arc::clone(&sender);
    stage.server.play(move |seen| {
        if call_of(seen)["method"] == "subscriptions/listen" {
            let (sender, answer) = stream();
            place.lock().unwrap().replace(sender);
            return answer;
        }
        answer(202, "text/plain", "")
    });
    let mut client = Client::of(&stage);
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;
    client.say(&format!(r#"{{"id":"s","method":"subscriptions/listen","params":{{{meta}}}}}"#)).await;
    let mut sender = loop {
        if let Some(sender) = sender.lock().unwrap().take() {
            break sender;
        }
        tokio::task::yield_now().await;
    };
    sender.send_data("data: {\"method\":\"a\"}\n\n".into()).await.unwrap();
    assert_eq!(client.hear().await, r#"{"method":"a"}"#);
    client.say(r#"{"method":"notifications/cancelled","params":{"requestId":"s"}}"#).await;
    // The server notices that nobody listens any more.
    while sender.send_data(": still there?\n\n".into()).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.end().await, [""; 0]);
}

/// A server whose sessions end when it starts again; `starts` counts how often it did.
fn restarting(
    stage: &Stage,
    starts: &Arc<AtomicUsize>,
    revision: impl Fn(usize) -> Option<&'static str> + Send + Sync + 'static,
) {
    let starts = Arc::clone(starts);
    stage.server.play(move |seen| {
        let (call, now) = (call_of(seen), starts.load(Ordering::SeqCst));
        let session = format!("SESSION-{now}");
        if call["method"] == "initialize" {
            let Some(revision) = revision(now) else {
                return answer(500, "text/plain", "");
            };
            let result =
                json!({ "jsonrpc": "2.0", "id": call["id"], "result": { "protocolVersion": revision } });
            let text = format!("data: {{\"method\":\"notifications/x\"}}\n\ndata: {result}\n\n");
            let mut answer = answer(200, "text/event-stream", text);
            answer.headers_mut().insert("mcp-session-id", session.parse().unwrap());
            return answer;
        }
        if seen.header("mcp-session-id") != Some(&session) {
            return answer(404, "text/plain", "");
        }
        handshakes(seen).unwrap_or_else(|| result(seen))
    });
}

#[tokio::test]
async fn a_session_that_the_server_has_ended_is_opened_again_and_the_client_notices_nothing() {
    let stage = Stage::new().await;
    let starts = Arc::new(AtomicUsize::new(0));
    restarting(&stage, &starts, |_| Some("2025-06-18"));
    let mut client = Client::of(&stage);
    client
        .say(r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#)
        .await;
    assert_eq!(client.hear_json().await["method"], "notifications/x");
    assert_eq!(client.hear_json().await["id"], 0);
    client.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    for round in 1..3 {
        starts.fetch_add(1, Ordering::SeqCst);
        for id in 0..8 {
            client.say(&format!(r#"{{"jsonrpc":"2.0","id":"{round}-{id}","method":"tools/call"}}"#)).await;
        }
        let mut heard = Vec::new();
        while heard.len() < 8 {
            let message = client.hear_json().await;
            // What comes beside the new handshake is for the client; the answer to it is not.
            if message["method"] != "notifications/x" {
                assert_eq!(message["result"]["to"], "tools/call", "{message}");
                heard.push(message["id"].as_str().unwrap().to_owned());
            }
        }
        heard.sort();
        assert_eq!(heard[7], format!("{round}-7"));
        assert_eq!(calls(&stage, "initialize").len(), round + 1, "one handshake for all");
    }
    client.end().await;
    let last = calls(&stage, "tools/call").pop().unwrap();
    assert_eq!(last.header("mcp-protocol-version"), Some("2025-06-18"));
    assert_eq!(calls(&stage, "DELETE")[0].header("mcp-session-id"), Some("SESSION-2"));
}

#[tokio::test]
async fn a_server_that_opens_no_new_session_or_another_one_is_told() {
    for (now, words) in
        [(None, "opens no new one (status 500)"), (Some("2025-03-26"), "speaks another revision")]
    {
        let stage = Stage::new().await;
        let starts = Arc::new(AtomicUsize::new(0));
        restarting(&stage, &starts, move |start| if start == 0 { Some("2025-06-18") } else { now });
        let mut client = Client::of(&stage);
        client.say(r#"{"jsonrpc":"2.0","id":0,"method":"initialize"}"#).await;
        client.hear().await;
        client.hear().await;
        starts.fetch_add(1, Ordering::SeqCst);
        client.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#).await;
        let mut message = client.hear_json().await;
        if message["method"] == "notifications/x" {
            message = client.hear_json().await;
        }
        assert!(message["error"]["message"].as_str().unwrap().contains(words), "{message}");
        client.end().await;
    }
}

#[tokio::test]
async fn a_server_that_knows_no_session_at_all_is_asked_once_more_and_no_longer() {
    let stage = Stage::new().await;
    stage.server.play(|seen| handshakes(seen).unwrap_or_else(|| answer(404, "text/plain", "")));
    let mut client = Client::of(&stage);
    client.handshake().await;
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    let error = client.hear_json().await;
    assert!(error["error"]["message"].as_str().unwrap().contains("status 404"), "{error}");
    client.end().await;
    assert_eq!((calls(&stage, "initialize").len(), calls(&stage, "ping").len()), (2, 2));
}

#[tokio::test]
async fn a_batch_is_carried_whole_and_each_request_in_it_is_answered() {
    let stage = Stage::new().await;
    stage.server.play(|_| answer(200, "application/json", r#"[{"id":1,"result":{}}]"#));
    let mut client = Client::of(&stage);
    client.say(r#"[{"id":1,"method":"a"},{"id":2,"method":"b"},{"method":"c"}]"#).await;
    assert_eq!(client.hear().await, r#"[{"id":1,"result":{}}]"#);
    assert_eq!(client.hear_json().await["id"], 2);
    client.end().await;
}

#[tokio::test]
async fn nobody_is_asked_for_a_login_by_a_bridge_that_says_farewell() {
    let stage = Stage::new().await;
    stage.server.play(|seen| handshakes(seen).unwrap_or_else(|| result(seen)));
    let mut client = Client::of(&stage);
    client.handshake().await;
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    client.hear().await;
    stage.server.forget_tokens();
    stage.one.turn(|knobs| knobs.refresh_answer = Some((400, json!({ "error": "invalid_grant" }))));
    client.end().await;
    assert_eq!(calls(&stage, "DELETE").len(), 1);
    assert_eq!((stage.one.grants("refresh_token").len(), stage.visits()), (1, 1));
}

#[tokio::test]
async fn nobody_is_asked_for_a_login_by_a_handshake_that_the_bridge_makes_of_its_own_accord() {
    let stage = Stage::new().await;
    let (good, handshakes_made) = (Arc::clone(&stage.server.good), AtomicUsize::new(0));
    stage.one.turn(|knobs| knobs.refresh_answer = Some((400, json!({ "error": "invalid_grant" }))));
    stage.server.play(move |seen| {
        if call_of(seen)["method"] == "initialize" && handshakes_made.fetch_add(1, Ordering::SeqCst) > 0 {
            // The answer breaks off before it says anything, and the login is over by then.
            good.lock().unwrap().clear();
            return answer(200, "text/event-stream", "id: 1\nretry: 100\n\n");
        }
        if seen.method == "GET" {
            return answer(404, "text/plain", "");
        }
        handshakes(seen).unwrap_or_else(|| result(seen))
    });
    let mut client = Client::of(&stage);
    client.handshake().await;
    // The stream of the server's own accord, the rest of the handshake, and whatever comes after that.
    while calls(&stage, "GET").len() < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!((calls(&stage, "initialize").len(), stage.visits()), (2, 1));
    client.end().await;
    assert_eq!(stage.visits(), 1);
}

#[tokio::test]
async fn a_signal_ends_the_bridge_at_once_and_the_session_with_it() {
    let stage = Stage::new().await;
    let open = Arc::new(Mutex::new(Vec::new()));
    let arrived = Arc::new(Semaphore::new(0));
    let (place, note) = (Arc::clone(&open), Arc::clone(&arrived));
    stage.server.play(move |seen| {
        handshakes(seen).unwrap_or_else(|| {
            let (sender, answer) = stream();
            place.try_lock().unwrap().push(sender);
            note.add_permits(1);
            answer
        })
    });
    let mut client = Client::of(&stage);
    client.handshake().await;
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"never"}"#).await;
    arrived.acquire().await.unwrap().forget();
    client.ends.take().unwrap().send(()).unwrap();
    client.bridge.await.unwrap().unwrap();
    assert_eq!(calls(&stage, "DELETE").len(), 1);
    drop(open);
}

#[tokio::test]
async fn a_flood_of_requests_is_answered_and_can_still_be_called_off() {
    let stage = Stage::new().await;
    let open = Arc::new(std::sync::Mutex::new(Vec::new()));
    let place = Arc::clone(&open);
    stage.server.play(move |seen| {
        if call_of(seen)["method"] == "hang" {
            let (sender, answer) = stream();
            place.lock().unwrap().push(sender);
            return answer;
        }
        answer(202, "text/plain", "")
    });
    let mut client = Client::of(&stage);
    for id in 0..300 {
        client.say(&format!(r#"{{"id":{id},"method":"hang"}}"#)).await;
    }
    for id in 256..300 {
        let error = client.hear_json().await;
        assert_eq!(error["id"], id);
        assert!(error["error"]["message"].as_str().unwrap().contains("too many"), "{error}");
    }
    client.say(r#"{"method":"notifications/cancelled","params":{"requestId":7}}"#).await;
    while calls(&stage, "notifications/cancelled").is_empty() {
        tokio::task::yield_now().await;
    }
    client.ends.take().unwrap().send(()).unwrap();
    client.bridge.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_refresh_under_way_is_not_lost_when_nobody_reads_any_more() {
    let stage = Stage::new().await;
    stage.server.play(|seen| handshakes(seen).unwrap_or_else(|| result(seen)));
    let mut client = Client::of(&stage);
    client.handshake().await;
    while calls(&stage, "GET").is_empty() {
        tokio::task::yield_now().await;
    }
    stage.server.forget_tokens();
    let gate = Arc::new(Semaphore::new(0));
    stage.one.turn(|knobs| knobs.gate = Some(Arc::clone(&gate)));
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    while stage.one.grants("refresh_token").is_empty() {
        tokio::task::yield_now().await;
    }
    drop(client.output);
    client.input.write_all(b"not JSON\n").await.unwrap();
    while calls(&stage, "DELETE").is_empty() {
        tokio::task::yield_now().await;
    }
    for _ in 0..1000 {
        tokio::task::yield_now().await;
        assert!(!client.bridge.is_finished(), "the new refresh token would be nowhere");
    }
    gate.add_permits(1);
    client.bridge.await.unwrap().unwrap();
    stage.session().send(&stage::call("ping")).await.unwrap();
    assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (1, 1));
}

#[tokio::test]
async fn the_stream_of_the_servers_own_accord_opens_no_browser() {
    let stage = Stage::new().await;
    let heard = Arc::new(Semaphore::new(0));
    let told = Arc::clone(&heard);
    stage.server.play(move |seen| {
        if seen.method == "GET" {
            told.add_permits(1);
            let challenge = r#"Bearer error="insufficient_scope", scope="everything""#;
            let refusal = Response::builder().status(403).header("www-authenticate", challenge);
            return refusal.body("".into()).unwrap();
        }
        handshakes(seen).unwrap_or_else(|| result(seen))
    });
    let mut client = Client::of(&stage);
    client.handshake().await;
    heard.acquire_many(2).await.unwrap().forget();
    assert_eq!(stage.visits(), 1, "the login of the handshake");
    client.end().await;
}

#[tokio::test]
async fn what_is_not_utf_8_is_an_error_of_its_request() {
    let stage = Stage::new().await;
    stage.server.play(|seen| {
        handshakes(seen).unwrap_or_else(|| {
            let body = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"text\":\"\xff\"}}".to_vec();
            answer(200, "application/json", body)
        })
    });
    let mut client = Client::of(&stage);
    client.handshake().await;
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    let answer = client.hear_json().await;
    assert_eq!((&answer["id"], answer["error"]["code"].as_i64()), (&json!(1), Some(-32000)));
}

#[tokio::test]
async fn who_speaks_what_is_told_where_no_revision_is_shared() {
    let stage = Stage::new().await;
    let initialize =
        r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#;
    for status in [200, 400] {
        stage.server.play(move |seen| {
            let data = json!({ "supported": ["2026-07-28"], "requested": "2025-11-25" });
            let error = json!({ "code": -32022, "message": "Unsupported protocol version", "data": data });
            json(status, &json!({ "jsonrpc": "2.0", "id": call_of(seen)["id"], "error": error }))
        });
        let mut client = Client::of(&stage);
        client.say(initialize).await;
        let error = client.hear_json().await;
        // What programs read stays as the server has said it.
        assert_eq!((&error["id"], &error["error"]["code"]), (&json!(0), &json!(-32022)));
        assert_eq!(error["error"]["data"]["supported"], json!(["2026-07-28"]));
        let words = "the server speaks 2026-07-28, and this client asks in 2025-11-25";
        assert!(error["error"]["message"].as_str().unwrap().contains(words), "{error}");
        assert!(client.end().await.is_empty());
        let (client, server) = (Some("2025-11-25".to_owned()), vec!["2026-07-28".to_owned()]);
        assert!(stage.notices.lock().unwrap().contains(&Notice::OtherRevision { client, server }));
    }
    stage.server.play(|_| answer(405, "text/plain", ""));
    let mut client = Client::of(&stage);
    client.say(initialize).await;
    let error = client.hear_json().await;
    assert!(error["error"]["message"].as_str().unwrap().contains("no Streamable HTTP"), "{error}");
    client.end().await;
}

/// The beginning of an answer whose rest is up to whoever holds the sender.
fn unfinished(status: u16, kind: &str) -> (Sender<bytes::Bytes>, Response) {
    let (sender, body) = Channel::<bytes::Bytes>::new(4);
    (sender, answer(status, kind, axum::body::Body::new(body)))
}

/// A server that begins to answer these calls, and does not go on.
fn never_finishes(
    stage: &Stage,
    does: impl Fn(&Seen) -> Option<(u16, &'static str)> + Send + Sync + 'static,
) {
    let held = std::sync::Mutex::new(Vec::new());
    stage.server.play(move |seen| {
        let Some((status, kind)) = does(seen) else {
            return handshakes(seen).unwrap_or_else(|| result(seen));
        };
        let (sender, answer) = unfinished(status, kind);
        held.lock().unwrap().push(sender);
        answer
    });
}

/// Waits until the server has been asked this so often.
async fn asked(stage: &Stage, method: &str, times: usize) {
    while calls(stage, method).len() < times {
        tokio::task::yield_now().await;
    }
}

const INITIALIZE: &str =
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#;

#[tokio::test]
async fn a_server_that_does_not_finish_the_handshake_does_not_keep_the_bridge_when_its_client_has_gone() {
    for kind in ["application/json", "text/event-stream"] {
        let stage = Stage::new().await;
        never_finishes(&stage, move |seen| (call_of(seen)["method"] == "initialize").then_some((200, kind)));
        let mut client = Client::patient(&stage, Duration::from_secs(1));
        client.say(INITIALIZE).await;
        asked(&stage, "initialize", 1).await;
        // Nobody but the reader of standard input can notice that.
        tokio::time::timeout(Duration::from_mins(1), client.end()).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_said_before_the_end_of_the_input_is_carried_though_a_handshake_holds_it_up() {
    let stage = Stage::new().await;
    stage.server.play(|seen| handshakes(seen).unwrap_or_else(|| result(seen)));
    let mut client = Client::of(&stage);
    for line in [
        INITIALIZE,
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
    ] {
        client.say(line).await;
    }
    let heard: Vec<Value> =
        client.end().await.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(heard.iter().map(|answer| &answer["id"]).collect::<Vec<_>>(), [0, 1]);
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_none() {
    let stage = Stage::new().await;
    let kinds = [("half", 200, "the server does not finish its answer"), ("no", 500, "status 500")];
    never_finishes(&stage, move |seen| {
        let method = call_of(seen)["method"].clone();
        let (_, status, _) = kinds.into_iter().find(|(name, ..)| method == *name)?;
        Some((status, "application/json"))
    });
    let mut client = Client::patient(&stage, Duration::from_secs(1));
    client.handshake().await;
    for (method, _, words) in kinds {
        client.say(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"}}"#)).await;
        let is_it =
            |notice: &Notice| matches!(notice, Notice::Answered { method: named, .. } if named == method);
        while !stage.notices.lock().unwrap().iter().any(is_it) {
            tokio::task::yield_now().await;
        }
        // From here on the clock goes to whatever ends first.
        pause();
        let began = Instant::now();
        let answer = client.hear_json().await;
        // How long it may take to begin says nothing about the rest.
        assert_eq!(began.elapsed() >= Duration::from_mins(5), method == "half", "{answer}");
        resume();
        assert!(answer["error"]["message"].as_str().unwrap().contains(words), "{answer}");
    }
    client.end().await;
}

#[tokio::test]
async fn a_handshake_that_does_not_end_holds_nobody_up_for_good() {
    let stage = Stage::new().await;
    let is_first = std::sync::atomic::AtomicBool::new(true);
    never_finishes(&stage, move |seen| {
        let is_it = call_of(seen)["method"] == "initialize" && is_first.swap(false, Ordering::SeqCst);
        is_it.then_some((200, "text/event-stream"))
    });
    let mut client = Client::patient(&stage, Duration::from_secs(1));
    client.say(INITIALIZE).await;
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
    let is_answered = |notice: &Notice| matches!(notice, Notice::Answered { .. });
    while !stage.notices.lock().unwrap().iter().any(is_answered) {
        tokio::task::yield_now().await;
    }
    pause();
    let began = Instant::now();
    let answer = client.hear_json().await;
    assert!(began.elapsed() >= Duration::from_mins(5), "{answer}");
    resume();
    assert_eq!(answer["id"], 0);
    assert!(answer["error"]["message"].as_str().unwrap().contains("does not finish"), "{answer}");
    assert_eq!(client.hear_json().await["id"], 1);
    client.end().await;
}

#[tokio::test]
async fn a_server_that_does_not_finish_a_new_session_holds_nobody_up_for_good() {
    let stage = Stage::new().await;
    let lost = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_lost = Arc::clone(&lost);
    let held = std::sync::Mutex::new(Vec::new());
    stage.server.play(move |seen| {
        if !is_lost.load(Ordering::SeqCst) {
            return handshakes(seen).unwrap_or_else(|| result(seen));
        }
        if call_of(seen)["method"] != "initialize" {
            return answer(404, "text/plain", "");
        }
        let (sender, answer) = unfinished(200, "text/event-stream");
        held.lock().unwrap().push(sender);
        answer
    });
    let mut client = Client::patient(&stage, Duration::from_secs(1));
    client.handshake().await;
    asked(&stage, "notifications/initialized", 1).await;
    lost.store(true, Ordering::SeqCst);
    for id in 1..=2 {
        client.say(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/list"}}"#)).await;
    }
    for _ in 0..2 {
        let answer = client.hear_json().await;
        let words = answer["error"]["message"].as_str().unwrap();
        assert!(words.contains("does not open a new one in time"), "{answer}");
    }
    client.end().await;
}

#[tokio::test]
async fn an_error_that_is_about_another_request_does_not_end_the_first_word() {
    let stage = Stage::new().await;
    let error = |id: Value| {
        let error = json!({ "code": -32022, "message": "m", "data": { "supported": ["2026-07-28"] } });
        json!({ "jsonrpc": "2.0", "id": id, "error": error })
    };
    let initialize =
        r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#;
    stage.server.play(move |seen| {
        let Some(mut response) = handshakes(seen).filter(|_| seen.method == "POST") else {
            return answer(405, "text/plain", "");
        };
        let result = json!({ "jsonrpc": "2.0", "id": 0, "result": { "protocolVersion": "2025-11-25" } });
        let events = format!("data: {}\n\ndata: {result}\n\n", error(json!("of another")));
        *response.body_mut() = axum::body::Body::from(events);
        response.headers_mut().insert("content-type", http::HeaderValue::from_static("text/event-stream"));
        response
    });
    let mut client = Client::of(&stage);
    client.say(initialize).await;
    let (first, second) = (client.hear_json().await, client.hear_json().await);
    assert_eq!((&first["id"], &first["error"]["message"]), (&json!("of another"), &json!("m")), "as it came");
    assert_eq!((&second["id"], &second["result"]["protocolVersion"]), (&json!(0), &json!("2025-11-25")));
    let is_told = |notice: &Notice| matches!(notice, Notice::OtherRevision { .. });
    assert!(!stage.notices.lock().unwrap().iter().any(is_told));
    client.end().await;
    // Who could not read the id can only mean this one.
    stage.server.play(move |_| json(200, &error(Value::Null)));
    let mut client = Client::of(&stage);
    client.say(initialize).await;
    let told = client.hear_json().await;
    assert_eq!(told["id"], 0);
    assert!(told["error"]["message"].as_str().unwrap().contains("the server speaks 2026-07-28"), "{told}");
    client.end().await;
}

#[tokio::test]
async fn an_error_of_a_server_that_could_not_read_the_id_is_the_answer() {
    for id in [Some(Value::Null), None] {
        let stage = Stage::new().await;
        stage.server.play(move |seen| {
            handshakes(seen).unwrap_or_else(|| {
                let error = json!({ "code": -32602, "message": "no such tool" });
                let mut answer = json!({ "jsonrpc": "2.0", "error": error });
                if let Some(id) = &id {
                    answer["id"] = id.clone();
                }
                json(200, &answer)
            })
        });
        let mut client = Client::of(&stage);
        client.handshake().await;
        client.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}"#).await;
        let told = client.hear_json().await;
        assert_eq!((&told["id"], &told["error"]["message"]), (&json!(1), &json!("no such tool")), "{told}");
        assert!(client.end().await.is_empty(), "it is answered once");
    }
}

#[tokio::test]
async fn a_notification_that_the_server_refuses_is_told() {
    let stage = Stage::new().await;
    stage.server.play(|seen| match call_of(seen)["method"].as_str() {
        Some("notifications/initialized") => json(400, &json!({ "message": "not before midnight" })),
        _ => handshakes(seen).unwrap_or_else(|| result(seen)),
    });
    let mut client = Client::of(&stage);
    client.handshake().await;
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    assert_eq!(client.hear_json().await["id"], 1);
    let told = Notice::NotTaken {
        method: "notifications/initialized".to_owned(),
        reason: "the server answered with status 400: not before midnight".to_owned(),
    };
    assert!(stage.notices.lock().unwrap().contains(&told), "{:?}", stage.notices.lock().unwrap());
    client.end().await;
}

#[tokio::test]
async fn a_server_that_quotes_what_it_was_sent_is_not_repeated_to_a_model() {
    let stage = Stage::new().await;
    stage.server.play(|seen| {
        handshakes(seen).unwrap_or_else(|| {
            let quoted = format!("what is {:?}?", seen.header("authorization"));
            json(400, &json!({ "message": quoted }))
        })
    });
    let mut client = Client::of(&stage);
    client.handshake().await;
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
    let answer = client.hear().await;
    assert!(answer.contains("status 400") && !answer.contains("ACCESS"), "{answer}");
    client.end().await;
}
