//! Does a caller see a tool that it cannot call?

use bytes::Bytes;
use http::{Method, Response};
use http_body_util::{BodyExt as _, Full, StreamBody};
use serde_json::{Value, json};
use tower::{ServiceExt as _, service_fn};
use warded_guard::{Body, Permitted, ScopeRules, Stop};

use crate::stage::{Answer, Door, body, builder, call_of, full, good, ping, post, scopes, token_with};

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"delete_note"}, {"name":"read_note"}],"cacheScope":"private","ttlMs":1.50}}"#;
const SHOWN: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read_note"}],"cacheScope":"private","ttlMs":1.50}}"#;

fn list() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })
}

#[tokio::test]
async fn a_list_shows_what_its_reader_may_call() {
    let door = Door::usual().answering("application/json", LIST);
    let answer = door.ask(good().body(body(&list())).unwrap()).await;
    assert_eq!(answer.body, SHOWN);
    let writer =
        post().header("Authorization", format!("Bearer {}", token_with("scope", "notes:read notes:write")));
    assert_eq!(door.ask(writer.body(body(&list())).unwrap()).await.body, LIST);
}

#[tokio::test]
async fn a_list_is_known_by_its_shape_on_every_stream() {
    let stream = format!(": hello\n\nevent: message\nid: 3\ndata: {LIST}\n\ndata: {{}}\n\n");
    let door = Door::usual().answering("text/event-stream; charset=utf-8", stream.clone());
    for request in [
        good().body(body(&list())).unwrap(),
        good().body(body(&call_of("read_note"))).unwrap(),
        good().method(Method::GET).header("Last-Event-ID", "2").body(full("")).unwrap(),
    ] {
        assert_eq!(door.ask(request).await.body, stream.replace(LIST, SHOWN));
    }
    let sneaky = Door::usual().answering("application/json", LIST);
    assert_eq!(sneaky.ask(good().body(body(&ping())).unwrap()).await.body, SHOWN);
    let marked = Door::usual().answering("application/json", format!("\u{feff}{LIST}"));
    let answer = marked.ask(good().body(body(&list())).unwrap()).await;
    assert_eq!(answer.body, format!("\u{feff}{SHOWN}"));
    let mislabelled = Door::usual().answering("text/plain", LIST);
    assert_eq!(mislabelled.ask(good().body(body(&list())).unwrap()).await.body, SHOWN);
}

#[tokio::test]
async fn a_stream_that_is_cut_off_loses_the_event_that_it_did_not_end() {
    let text = format!("id: 1\ndata: {LIST}\n\nid: 2\ndata: {LIST}");
    let whole = format!("id: 1\ndata: {SHOWN}\n\n");
    let door = Door::usual().answering("text/event-stream", text.clone());
    assert_eq!(door.ask(good().body(body(&list())).unwrap()).await.body, whole);
    let mut trailers = http::HeaderMap::new();
    trailers.insert("x", "y".parse().unwrap());
    let frames =
        [http_body::Frame::data(Bytes::from(text.clone())), http_body::Frame::trailers(trailers.clone())];
    let frames = futures_util::stream::iter(frames.map(Ok::<_, warded_guard::BoxError>));
    let response = Response::builder()
        .header("Content-Type", "text/event-stream")
        .body(StreamBody::new(frames).boxed_unsync())
        .unwrap();
    let response = std::sync::Arc::new(std::sync::Mutex::new(Some(response)));
    let inner = service_fn(move |_: Permitted| {
        let response = response.lock().unwrap().take();
        async move { Ok::<_, Stop>(response.expect("asked once")) }
    });
    let request = good().body(body(&list())).unwrap();
    let shown = builder().build().forwarding(inner).oneshot(request).await.unwrap();
    let shown = shown.into_body().collect().await.unwrap();
    assert_eq!(shown.trailers(), Some(&trailers));
    assert_eq!(shown.to_bytes(), whole);
}

#[tokio::test]
async fn nobody_is_invited_to_compress_what_must_be_read() {
    let request = good().header("Accept-Encoding", "gzip").body(body(&list())).unwrap();
    let permitted = Door::usual().admits(request).await;
    assert!(!permitted.parts.headers.contains_key("Accept-Encoding"));
}

async fn forwarded(request: http::Request<Full<Bytes>>, response: Response<Body>) -> Response<Body> {
    let response = std::sync::Arc::new(std::sync::Mutex::new(Some(response)));
    let inner = service_fn(move |_: Permitted| {
        let response = response.lock().unwrap().take();
        async move { Ok::<_, Stop>(response.expect("asked once")) }
    });
    builder().build().forwarding(inner).oneshot(request).await.unwrap()
}

async fn answered(response: Response<Body>) -> Answer {
    Answer::of(forwarded(good().body(body(&list())).unwrap(), response).await).await
}

fn in_pieces(pieces: impl IntoIterator<Item = Result<Bytes, &'static str>> + 'static) -> Body {
    let frames: Vec<_> =
        pieces.into_iter().map(|piece| piece.map(http_body::Frame::data).map_err(Into::into)).collect();
    StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync()
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_not_shown() {
    let compressed = Response::builder()
        .header("Content-Type", "application/json")
        .header("Content-Encoding", "gzip")
        .body(in_pieces([Ok(Bytes::from_static(b"\x1f\x8b"))]));
    assert_eq!(answered(compressed.unwrap()).await.code(), "upstream-unusable");
    let broken = Response::builder()
        .header("Content-Type", "application/json")
        .body(in_pieces([Ok(Bytes::from_static(LIST.as_bytes())), Err("the connection broke")]));
    assert_eq!(answered(broken.unwrap()).await.code(), "upstream-broke");
    let wide = LIST.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let wide = Response::builder()
        .header("Content-Type", "application/json; charset=utf-16")
        .body(in_pieces([Ok(Bytes::from(wide))]));
    assert_eq!(answered(wide.unwrap()).await.code(), "upstream-unusable");
    let endless = (0..20).map(|_| Ok(Bytes::from(vec![b' '; 1024 * 1024])));
    let endless = Response::builder().header("Content-Type", "application/json").body(in_pieces(endless));
    assert_eq!(answered(endless.unwrap()).await.code(), "upstream-unusable");
}

#[tokio::test]
async fn a_list_is_one_text_or_none() {
    for text in [
        LIST.trim_end_matches('}').to_owned(),
        LIST.replace("}, {", "}, {}, ").replace("1.50}}", ""),
        format!("\u{1e}{LIST}\n"),
        format!("{{}}\n{LIST}"),
        LIST.replace(":1.50", ":1.50 /* */"),
    ] {
        let door = Door::usual().answering("application/json", text.clone());
        let answer = door.ask(good().body(body(&list())).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (502, "upstream-unusable".to_owned()), "{text}");
        let gone = Response::builder().status(404).header("Content-Type", "application/json");
        let answer = answered(gone.body(in_pieces([Ok(Bytes::from(text))])).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (404, 0));
    }
    // Whoever asked for no list does not read one.
    let door = Door::usual().answering("application/json", r#"{"result":{"content":[NaN]}}"#);
    assert_eq!(door.ask(good().body(body(&call_of("read_note"))).unwrap()).await.status, 200);
}

#[tokio::test]
async fn what_was_said_on_a_stream_that_broke_may_be_a_list_and_must_be_readable() {
    let listen = || good().method(Method::GET).header("Last-Event-ID", "2").body(full("")).unwrap();
    for text in [LIST.replace(":1.50", ":1.50 /* */"), format!("\u{1e}{LIST}"), format!("{{}}{LIST}")] {
        let bad = format!("id: 4\ndata: {text}\n\n");
        let pieces = ["id: 3\ndata: {}\n\n".to_owned(), bad, "id: 5\ndata: {}\n\n".to_owned()];
        let response = Response::builder()
            .header("Content-Type", "text/event-stream")
            .body(in_pieces(pieces.map(|piece| Ok(Bytes::from(piece)))));
        let mut shown = forwarded(listen(), response.unwrap()).await.into_body();
        assert_eq!(shown.frame().await.unwrap().unwrap().into_data().unwrap(), "id: 3\ndata: {}\n\n");
        assert!(shown.frame().await.unwrap().is_err(), "{text}");
        assert!(shown.frame().await.is_none());
        let door = Door::usual().answering("application/json", text);
        assert_eq!(door.ask(listen()).await.code(), "upstream-unusable");
    }
    let stream = "id: 3\ndata:\n\n: alive\n\ndata: {}\n\n".to_owned();
    let door = Door::usual().answering("text/event-stream", stream.clone());
    assert_eq!(door.ask(listen()).await.body, stream);
}

#[tokio::test]
async fn nobody_is_told_that_others_may_see_a_list_that_not_everybody_sees() {
    let modern = |request: http::request::Builder, method: &str| {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": {
            "uri": "note://1",
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        } });
        let request = request.header("MCP-Protocol-Version", "2026-07-28").header("Mcp-Method", method);
        let request =
            if method == "resources/read" { request.header("Mcp-Name", "note://1") } else { request };
        request.body(body(&message)).unwrap()
    };
    let everything = || {
        post().header("Authorization", format!("Bearer {}", token_with("scope", "notes:read notes:write")))
    };
    let public = LIST.replace("private", "public");
    let read = r#"{"jsonrpc":"2.0","id":1,"result":{"contents":[],"cacheScope":"public"}}"#;
    for (said, shown, method) in
        [(public.as_str(), LIST, "tools/list"), (read, &read.replace("public", "private"), "resources/read")]
    {
        let door = Door::usual().answering("application/json", said.to_owned());
        let answer = door.ask(modern(everything(), method)).await;
        assert_eq!(
            (&*answer.body, answer.header("Cache-Control")),
            (shown.as_bytes(), "no-store"),
            "{method}"
        );
        let streams = Door::usual().answering("text/event-stream", format!("data: {said}\n\n"));
        assert_eq!(streams.ask(modern(everything(), method)).await.body, format!("data: {shown}\n\n"));
        let streams = Door::usual().answering("application/json", said.to_owned());
        let answer = streams.ask(modern(good(), method)).await;
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains("public") && !text.contains("delete_note"), "{text}");
    }
    // What is too long to be looked at is not shown to say so.
    let long = format!("{}{read}", " ".repeat(17 * 1024 * 1024));
    for caller in [everything(), good()] {
        let door = Door::usual().answering("application/json", long.clone());
        let answer = door.ask(modern(caller, "resources/read")).await;
        assert_eq!(answer.status, 502);
    }
    // Where nobody is shown less than another, the server's word stands.
    let rules = ScopeRules { required: scopes("notes:read"), ..ScopeRules::default() };
    let open = Door::at(builder().scopes(rules).build()).answering("application/json", public.clone());
    assert_eq!(open.ask(modern(good(), "tools/list")).await.body, public);
}

#[tokio::test]
async fn what_was_said_of_the_whole_list_is_not_said_of_the_shorter_one() {
    let response = Response::builder()
        .header("Content-Type", "application/json")
        .header("Content-Length", LIST.len())
        .header("ETag", "\"x\"")
        .header("Mcp-Session-Id", "s")
        .body(in_pieces(
            LIST.as_bytes().chunks(7).map(|piece| Ok(Bytes::from_static(piece))).collect::<Vec<_>>(),
        ));
    let answer = answered(response.unwrap()).await;
    assert_eq!(answer.body, SHOWN);
    assert!(!answer.headers.contains_key("Content-Length") && !answer.headers.contains_key("ETag"));
    assert_eq!(answer.header("Mcp-Session-Id"), "s");
}

#[tokio::test]
async fn an_event_goes_out_before_the_next_one_comes() {
    let (mut upstream, pieces) = futures_channel();
    let response = Response::builder().header("Content-Type", "text/event-stream").body(pieces).unwrap();
    let response = std::sync::Mutex::new(Some(response));
    let response = std::sync::Arc::new(response);
    let inner = service_fn(move |_: Permitted| {
        let response = response.lock().unwrap().take();
        async move { Ok::<_, Stop>(response.expect("asked once")) }
    });
    let request = good().body(body(&list())).unwrap();
    let mut shown = builder().build().forwarding(inner).oneshot(request).await.unwrap().into_body();
    for event in [format!("data: {LIST}\n\n"), "data: 2\n\n".to_owned(), ": alive\n".to_owned()] {
        upstream.send_data(event.clone().into()).await.unwrap();
        let frame = shown.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(frame, event.replace(LIST, SHOWN));
    }
    drop(upstream);
    assert!(shown.frame().await.is_none());
}

fn futures_channel() -> (http_body_util::channel::Sender<Bytes, warded_guard::BoxError>, Body) {
    let (sender, body) = http_body_util::channel::Channel::new(1);
    (sender, body.boxed_unsync())
}

/// An answer in pieces to somebody who may not see every tool.
async fn answered_to(who: &str, media: &str, pieces: Vec<Bytes>) -> Response<Body> {
    told_of(&call_of("read_note"), who, media, pieces).await
}

/// The same to somebody who asks for a list.
async fn listed_to(who: &str, media: &str, pieces: Vec<Bytes>) -> Response<Body> {
    told_of(&list(), who, media, pieces).await
}

async fn told_of(message: &Value, who: &str, media: &str, pieces: Vec<Bytes>) -> Response<Body> {
    let token = token_with("sub", who);
    let request = post().header("Authorization", format!("Bearer {token}"));
    let response = Response::builder().header("Content-Type", media);
    let text = match &pieces[..] {
        [whole] => Full::new(whole.clone()).map_err(|never| match never {}).boxed_unsync(),
        _ => in_pieces(pieces.into_iter().map(Ok)),
    };
    let response = response.body(text).unwrap();
    forwarded(request.body(body(message)).unwrap(), response).await
}

/// A text of so many MiB.
fn large(mebibytes: usize) -> Vec<Bytes> {
    let data = std::iter::repeat_with(|| Bytes::from(vec![b'x'; 64 * 1024])).take(16 * mebibytes);
    let (begin, end) = (Bytes::from_static(b"{\"result\":\""), Bytes::from_static(b"\"}"));
    [begin].into_iter().chain(data).chain([end]).collect()
}

#[tokio::test]
async fn answers_that_are_held_whole_and_that_nobody_reads_fill_no_memory() {
    let mut unread = Vec::new();
    let refused = loop {
        let response = listed_to("mallory", "application/json", large(4)).await;
        if response.status() != 200 {
            break Answer::of(response).await;
        }
        unread.push(response);
        assert!(unread.len() < 100, "400 MiB wait to be read");
    };
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (502, "answers-unread"));
    assert!((8..=16).contains(&unread.len()), "{}", unread.len());
    // What is small has other room, and so has another person.
    let small = listed_to("mallory", "application/json", vec![Bytes::from(LIST)]).await;
    assert_eq!(Answer::of(small).await.body, SHOWN);
    let other = listed_to("carol", "application/json", large(4)).await;
    assert_eq!(Answer::of(other).await.body.len(), 4 * 1024 * 1024 + 13);
    // A call was made: told that it was not, its caller would make it again.
    let made = answered_to("mallory", "application/json", large(4)).await;
    assert_eq!(Answer::of(made).await.body.len(), 4 * 1024 * 1024 + 13);
    // Whoever reads has room again.
    let read = Answer::of(unread.pop().unwrap()).await;
    assert_eq!(read.body.len(), 4 * 1024 * 1024 + 13);
    drop(read);
    assert_eq!(listed_to("mallory", "application/json", large(4)).await.status(), 200);
}

#[tokio::test]
async fn answers_of_any_size_that_nobody_reads_fill_no_memory() {
    let long = LIST.replace("1.50", &format!("1.50,\"x\":\"{}\"", "x".repeat(200 * 1024)));
    let whole = Bytes::from(long.clone());
    let (in_one, in_two) = (vec![whole.clone()], vec![whole.slice(..100), whole.slice(100..)]);
    for (who, pieces) in [("peggy", in_one), ("victor", in_two)] {
        let mut unread = Vec::new();
        let refused = loop {
            let response = listed_to(who, "application/json", pieces.clone()).await;
            if response.status() != 200 {
                break Answer::of(response).await;
            }
            unread.push(response);
            assert!(unread.len() < 2_000, "400 MiB wait to be read");
        };
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (502, "answers-unread"));
        assert!((100..400).contains(&unread.len()), "{}", unread.len());
        let tiny = listed_to(who, "application/json", vec![Bytes::from(LIST)]).await;
        assert_eq!(Answer::of(tiny).await.body, SHOWN);
        let made = Answer::of(answered_to(who, "application/json", pieces.clone()).await).await;
        assert_eq!(made.body.len(), long.len());
        unread.pop();
        assert_eq!(listed_to(who, "application/json", pieces.clone()).await.status(), 200);
    }
}

#[tokio::test]
async fn events_that_are_held_whole_and_that_nobody_reads_fill_no_memory() {
    let event =
        || [vec![Bytes::from_static(b"data: ")], large(4), vec![Bytes::from_static(b"\n\n")]].concat();
    let mut unread = Vec::new();
    let broken = loop {
        let mut stream = listed_to("trudy", "text/event-stream", event()).await.into_body();
        match stream.frame().await.unwrap() {
            Ok(event) => unread.push((event.into_data().unwrap(), stream)),
            Err(error) => break error,
        }
        assert!(unread.len() < 100, "400 MiB wait to be read");
    };
    assert!(broken.to_string().contains("room"), "{broken}");
    assert!((8..=16).contains(&unread.len()), "{}", unread.len());
    // A call was made, whatever else waits to be read.
    let made = Answer::of(answered_to("trudy", "text/event-stream", event()).await).await;
    assert_eq!(made.body.len(), 4 * 1024 * 1024 + 13 + 8);
    unread.pop();
    let read = Answer::of(listed_to("trudy", "text/event-stream", event()).await).await;
    assert_eq!(read.body.len(), 4 * 1024 * 1024 + 13 + 8);
    // A stream that goes on for long takes no room for what it has said.
    let many = (0..40).flat_map(|_| event()).collect();
    let mut stream = answered_to("trent", "text/event-stream", many).await.into_body();
    let mut events = 0;
    while let Some(event) = stream.frame().await {
        events += usize::from(event.unwrap().into_data().unwrap().len() > 4 * 1024 * 1024);
    }
    assert_eq!(events, 40);
}
