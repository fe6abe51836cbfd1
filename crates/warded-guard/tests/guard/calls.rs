//! Is what is judged what is forwarded? Everything that two readers could read in two ways.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Method;
use serde_json::{Value, json};
use warded_guard::{Called, Kind, Revision};

use crate::stage::{Door, body, builder, call_of, full, good, ping, post, token};

const META: &str = "io.modelcontextprotocol/protocolVersion";

async fn refused(text: &str) -> String {
    Door::usual().refuses(good().body(full(text.to_owned())).unwrap()).await.1
}

#[tokio::test]
async fn what_two_readers_read_in_two_ways_is_refused() {
    for (text, code) in [
        // Twice, at every depth, in every spelling.
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#, "call-duplicate-member"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","m\u0065thod":"tools/call"}"#, "call-duplicate-member"),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, "call-duplicate-member"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}"#,
            "call-duplicate-member",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"},"params":{"name":"b"}}"#,
            "call-duplicate-member",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":1},"arguments":{"x":2}}}"#,
            "call-duplicate-member",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":[{"y":{"z":1,"z":2}}]}}}"#,
            "call-duplicate-member",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a":1,"a":2}}}"#,
            "call-duplicate-member",
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","x":{"a":1,"a":2}}"#, "call-duplicate-member"),
        (r#"{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}}"#, "call-duplicate-member"),
        // Alike but for case.
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}"#, "call-lookalike-member"),
        (r#"{"jsonrpc":"2.0","id":1,"METHOD":"ping"}"#, "call-lookalike-member"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","m\u0045thod":"tools/call"}"#, "call-lookalike-member"),
        (r#"{"jsonrpc":"2.0","Id":1,"method":"ping"}"#, "call-lookalike-member"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}"#,
            "call-lookalike-member",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Arguments":{}}}"#,
            "call-lookalike-member",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","argument\u017f":{}}}"#,
            "call-lookalike-member",
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{}}"#, "call-lookalike-member"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a","URI":"b"}}"#,
            "call-lookalike-member",
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_Meta":{}}}"#, "call-lookalike-member"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/ProtocolVersion":"a"}}}"#,
            "call-lookalike-member",
        ),
        // No JSON-RPC.
        ("", "call-malformed"),
        ("null", "call-malformed"),
        ("\"ping\"", "call-malformed"),
        ("[]", "call-malformed"),
        ("{}", "call-malformed"),
        ("{", "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping"} {}"#, "call-malformed"),
        ("\u{feff}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", "call-malformed"),
        (r#"{"id":1,"method":"ping"}"#, "call-malformed"),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, "call-malformed"),
        (r#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":null}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","result":{}}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":1}}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["a"]}}"#, "call-malformed"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":"x"}}"#,
            "call-malformed",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":[]}}"#,
            "call-malformed",
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{}}"#, "call-malformed"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":1}}"#, "call-malformed"),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":1}]"#, "call-malformed"),
        (r#"[[{"jsonrpc":"2.0","id":1,"method":"ping"}]]"#, "call-malformed"),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}]"#, "call-malformed"),
    ] {
        assert_eq!(refused(text).await, code, "{text}");
    }
}

#[tokio::test]
async fn what_a_reader_that_ends_at_nul_or_folds_as_a_locale_does_sees_differently_is_refused() {
    for (text, code) in [
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name\u0000":"delete_note","name":"read"}}"#,
            "call-lookalike-member",
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","method\u0000x":"tools/call"}"#, "call-lookalike-member"),
        (r#"{"jsonrpc":"2.0","\u0131d":1,"method":"ping"}"#, "call-lookalike-member"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a","UR\u0130":"b"}}"#,
            "call-lookalike-member",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_note\u0000x"}}"#,
            "call-malformed",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call\u0000","params":{"name":"delete_note"}}"#,
            "call-malformed",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a\u0000"}}"#,
            "call-malformed",
        ),
    ] {
        assert_eq!(refused(text).await, code, "{text}");
    }
}

#[tokio::test]
async fn what_is_not_utf_8_is_refused_also_where_nobody_looks() {
    let mut text = br#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"?"}}"#.to_vec();
    let at = text.iter().position(|byte| *byte == b'?').unwrap();
    text[at] = 0xff;
    assert_eq!(Door::usual().refuses(good().body(full(text)).unwrap()).await.1, "call-malformed");
}

#[tokio::test]
async fn nesting_has_a_limit() {
    let nested = |depth: usize| {
        let inner = "[".repeat(depth) + &"]".repeat(depth);
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":{inner}}}}}"#)
    };
    assert_eq!(refused(&nested(63)).await, "call-too-deep");
    assert_eq!(refused(&nested(100_000)).await, "call-too-deep");
    let _admitted = Door::usual().admits(good().body(full(nested(62))).unwrap()).await;
}

#[tokio::test]
async fn the_bytes_that_were_judged_are_the_bytes_that_go_on() {
    for text in [
        "\n { \"method\" : \"tools/call\",\"params\":{\"arguments\":{\"b\":1.0,\"a\":12345678901234567890,\"Name\":\"x\"},\"name\":\"r\\u0065ad\"},\"id\":\"x\",\"jsonrpc\":\"2.0\"}\r\n",
        r#"{"jsonrpc":"2.0","id":9007199254740991,"method":"ping","future":[18446744073709551616,{"a":null}]}"#,
        r#"{"jsonrpc":"2.0","id":-9007199254740991,"method":"tools/call","params":{"name":"a","arguments":null}}"#,
    ] {
        let permitted = Door::usual().admits(good().body(full(text)).unwrap()).await;
        assert_eq!(permitted.parts.headers["Content-Length"], text.len().to_string());
        let Called::Post { message, .. } = permitted.called else { panic!("a message") };
        assert_eq!(message, text);
    }
}

#[tokio::test]
async fn a_message_says_what_it_calls() {
    let named = |method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": "x", "method": method, "params": params });
    let cases: [(Value, Kind, [Option<&str>; 3]); 6] = [
        (call_of("a"), Kind::Request, [Some("tools/call"), Some("a"), Some("a")]),
        (named("prompts/get", json!({ "name": "p" })), Kind::Request, [Some("prompts/get"), Some("p"), None]),
        (
            named("resources/read", json!({ "uri": "u", "name": "n" })),
            Kind::Request,
            [Some("resources/read"), Some("u"), None],
        ),
        (
            json!({ "jsonrpc": "2.0", "method": "notifications/x", "params": { "name": "n" } }),
            Kind::Notification,
            [Some("notifications/x"), None, None],
        ),
        (json!({ "jsonrpc": "2.0", "id": 1, "result": {} }), Kind::Response, [None; 3]),
        (json!({ "jsonrpc": "2.0", "id": null, "error": {} }), Kind::Response, [None; 3]),
    ];
    for (message, kind, says) in cases {
        let permitted = Door::usual().admits(good().body(body(&message)).unwrap()).await;
        let Called::Post { call, .. } = permitted.called else { panic!("a message") };
        let [read] = call.messages() else { panic!("one message") };
        assert_eq!((read.kind(), [read.method(), read.name(), read.tool()]), (kind, says), "{message}");
    }
}

#[tokio::test]
async fn the_callers_own_token_in_a_message_is_noted() {
    let text = |argument: &str| json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "a", "arguments": { "x": argument } } });
    for (argument, mentions) in
        [(token(), true), (STANDARD.encode(token()), true), ("hello".to_owned(), false)]
    {
        let permitted = Door::usual().admits(good().body(body(&text(&argument))).unwrap()).await;
        let Called::Post { call, .. } = permitted.called else { panic!("a message") };
        assert_eq!(call.mentions_token(), mentions);
    }
}

#[tokio::test]
async fn a_permitted_call_shows_nothing_that_its_caller_wrote() {
    let token = token();
    for message in [
        json!({ "jsonrpc": "2.0", "id": token, "method": token, "params": { "name": token, "x": token } }),
        call_of(&token),
    ] {
        let request = post().uri(format!("/notes/mcp?x={token}")).header("User-Agent", &token);
        let request = request.header("Authorization", format!("Bearer {token}")).body(body(&message));
        let shown = format!("{:?}", Door::usual().admits(request.unwrap()).await);
        assert!(!shown.contains(&token) && shown.contains("bytes: "), "{shown}");
    }
}

#[tokio::test]
async fn only_plain_json_is_read() {
    let ask = |headers: &[(&str, &str)]| {
        let mut request = good();
        request.headers_mut().unwrap().remove("Content-Type");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body(&ping())).unwrap()
    };
    for headers in [
        &[][..],
        &[("Content-Type", "text/plain")],
        &[("Content-Type", "application/json-rpc")],
        &[("Content-Type", "application/jsonp")],
        &[("Content-Type", "application/json"), ("Content-Type", "application/json")],
        &[("Content-Type", "application/json, text/plain")],
        &[("Content-Type", "application/json; charset=utf-16")],
        &[("Content-Type", "application/json; charset=utf-8; x=y")],
        &[("Content-Type", "multipart/form-data; boundary=x")],
        &[("Content-Type", "application/json"), ("Content-Encoding", "gzip")],
        &[("Content-Type", "application/json"), ("Content-Encoding", "identity"), ("Content-Encoding", "br")],
    ] {
        assert_eq!(Door::usual().refuses(ask(headers)).await, (415, "media-type".to_owned()), "{headers:?}");
    }
    for media in [
        "application/json",
        "Application/JSON",
        "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "application/json;",
    ] {
        let _admitted = Door::usual().admits(ask(&[("Content-Type", media)])).await;
    }
}

#[tokio::test]
async fn a_message_has_a_limit_whatever_it_says_of_its_length() {
    let door = || Door::at(builder().body_limit(64).build());
    let ask = |length: usize| good().body(full(format!("{}{}", ping(), " ".repeat(length)))).unwrap();
    assert_eq!(door().refuses(ask(64)).await, (413, "body-too-large".to_owned()));
    let announced = good().header("Content-Length", "5000000000").body(body(&ping())).unwrap();
    assert_eq!(door().refuses(announced).await, (413, "body-too-large".to_owned()));
    let length = 64 - ping().to_string().len();
    let _admitted = door().admits(ask(length)).await;
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_are_not() {
    for method in [Method::PUT, Method::PATCH, Method::HEAD, Method::OPTIONS] {
        let answer = Door::usual().ask(good().method(method).body(full("")).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.header("Allow")), (405, "POST, GET, DELETE"));
    }
}

#[tokio::test]
async fn a_body_that_nobody_judged_does_not_go_on() {
    for method in [Method::GET, Method::DELETE] {
        let request =
            good().method(method).header("Content-Length", "9").header("Transfer-Encoding", "chunked");
        let permitted = Door::usual().admits(request.body(full("smuggled!")).unwrap()).await;
        assert!(matches!(permitted.called, Called::Get | Called::Delete));
        assert!(!permitted.parts.headers.contains_key("Content-Length"));
        assert!(!permitted.parts.headers.contains_key("Transfer-Encoding"));
    }
}

#[tokio::test]
async fn no_header_makes_another_request_of_the_one_that_was_judged() {
    let rewriting =
        ["X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"];
    let mut request = good();
    for name in rewriting {
        request = request.header(name, "DELETE");
    }
    let permitted = Door::usual().admits(request.body(body(&ping())).unwrap()).await;
    for name in rewriting {
        assert!(!permitted.parts.headers.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn a_message_that_does_not_arrive_is_not_waited_for_for_ever() {
    let guard = builder().body_patience(std::time::Duration::from_millis(1)).build();
    let (_held, body) = http_body_util::channel::Channel::<bytes::Bytes, warded_guard::BoxError>::new(1);
    let refused = Door::at(guard).refuses(good().body(body).unwrap()).await;
    assert_eq!(refused, (400, "body-unreadable".to_owned()));
}

/// A request of 2026-07-28 with these headers.
async fn mirrored(message: &Value, headers: &[(&str, &str)]) -> Result<Revision, (u16, String)> {
    let door = Door::usual();
    let mut request = good();
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = door.ask(request.body(body(message)).unwrap()).await;
    match door.reached.lock().unwrap().pop() {
        Some(permitted) => match permitted.called {
            Called::Post { call, .. } => Ok(call.revision()),
            other => panic!("{other:?}"),
        },
        None => Err((answer.status.as_u16(), answer.code())),
    }
}

fn modern(method: &str, params: Value) -> Value {
    let mut params = params;
    params["_meta"] = json!({ META: "2026-07-28" });
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

#[tokio::test]
async fn headers_say_what_the_message_says() {
    let version = ("MCP-Protocol-Version", "2026-07-28");
    let call = modern("tools/call", json!({ "name": "read" }));
    let list = modern("tools/list", json!({}));
    let read = modern("resources/read", json!({ "uri": "file:///é" }));
    let encoded = format!("=?base64?{}?=", STANDARD.encode("file:///é"));
    let good = Ok(Revision::V2026_07_28);
    let disagrees = || Err((400, "header-disagrees".to_owned()));
    let (to_call, to_list, to_read) =
        (("Mcp-Method", "tools/call"), ("Mcp-Method", "tools/list"), ("Mcp-Method", "resources/read"));
    for (message, headers, expected) in [
        (&call, &[version, to_call, ("Mcp-Name", "read")][..], good.clone()),
        (&call, &[version, ("mcp-method", "  tools/call "), ("MCP-NAME", "\tread")], good.clone()),
        (&call, &[version, to_call, ("Mcp-Name", "=?base64?cmVhZA==?=")], good.clone()),
        (&call, &[version, to_call, ("Mcp-Name", "read"), ("Mcp-Param-Region", "us")], good.clone()),
        (&list, &[version, to_list], good.clone()),
        (&read, &[version, to_read, ("Mcp-Name", &*encoded)], good.clone()),
        (
            &modern("tasks/get", json!({ "taskId": "t" })),
            &[version, ("Mcp-Method", "tasks/get"), ("Mcp-Name", "t")],
            good,
        ),
        // Missing.
        (&call, &[version], disagrees()),
        (&call, &[version, to_call], disagrees()),
        (&call, &[version, ("Mcp-Name", "read")], disagrees()),
        (&call, &[to_call, ("Mcp-Name", "read")], disagrees()),
        // Different.
        (&call, &[version, to_list, ("Mcp-Name", "read")], disagrees()),
        (&call, &[version, ("Mcp-Method", "TOOLS/CALL"), ("Mcp-Name", "read")], disagrees()),
        (&call, &[version, to_call, ("Mcp-Name", "Read")], disagrees()),
        (&call, &[version, to_call, ("Mcp-Name", "")], disagrees()),
        (&call, &[version, to_call, ("Mcp-Name", "=?base64?cmVhZ?=")], disagrees()),
        (&call, &[version, to_call, ("Mcp-Name", "=?BASE64?cmVhZA==?=")], disagrees()),
        (&call, &[version, to_call, ("Mcp-Name", "=?base64?/w==?=")], disagrees()),
        (&list, &[version, to_list, ("Mcp-Name", "read")], disagrees()),
        (&call, &[("MCP-Protocol-Version", "2025-11-25"), to_call, ("Mcp-Name", "read")], disagrees()),
        // Twice.
        (&call, &[version, version, to_call, ("Mcp-Name", "read")], disagrees()),
        (&call, &[version, to_call, to_call, ("Mcp-Name", "read")], disagrees()),
        (&call, &[version, to_call, to_list, ("Mcp-Name", "read")], disagrees()),
        (&call, &[version, to_call, ("Mcp-Name", "read"), ("Mcp-Name", "read")], disagrees()),
        (&call, &[version, ("Mcp-Method", "tools/call, tools/call"), ("Mcp-Name", "read")], disagrees()),
        (
            &call,
            &[version, to_call, ("Mcp-Name", "read"), ("Mcp-Param-A", "x"), ("Mcp-Param-A", "y")],
            disagrees(),
        ),
        (&call, &[version, to_call, ("Mcp-Name", "read"), ("Mcp-Param-A", "=?base64?x?=")], disagrees()),
    ] {
        assert_eq!(mirrored(message, headers).await, expected, "{message} {headers:?}");
    }
}

#[tokio::test]
async fn older_revisions_ask_for_no_headers_but_none_may_lie() {
    let call = call_of("read");
    for revision in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let version = ("MCP-Protocol-Version", revision);
        let expected = Revision::named(revision).unwrap();
        assert_eq!(mirrored(&call, &[version]).await, Ok(expected));
        assert_eq!(
            mirrored(&call, &[version, ("Mcp-Method", "tools/call"), ("Mcp-Name", "read")]).await,
            Ok(expected)
        );
        for lie in [("Mcp-Method", "tools/list"), ("Mcp-Name", "harmless")] {
            assert_eq!(mirrored(&call, &[version, lie]).await, Err((400, "header-disagrees".to_owned())));
        }
    }
    assert_eq!(mirrored(&call, &[]).await, Ok(Revision::V2025_03_26));
}

#[tokio::test]
async fn a_notification_of_the_newest_revision_needs_no_headers() {
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/x" });
    let version = ("MCP-Protocol-Version", "2026-07-28");
    assert_eq!(mirrored(&notification, &[version]).await, Ok(Revision::V2026_07_28));
    let lie = ("Mcp-Method", "notifications/y");
    assert_eq!(mirrored(&notification, &[version, lie]).await, Err((400, "header-disagrees".to_owned())));
}

#[tokio::test]
async fn the_newest_revision_has_no_responses_from_clients() {
    let response = json!({ "jsonrpc": "2.0", "id": 1, "result": {} });
    let version = ("MCP-Protocol-Version", "2026-07-28");
    assert_eq!(mirrored(&response, &[version]).await, Err((400, "call-malformed".to_owned())));
}

#[tokio::test]
async fn batches_exist_in_one_revision_only() {
    let batch = json!([ping(), ping()]);
    assert_eq!(mirrored(&batch, &[]).await, Ok(Revision::V2025_03_26));
    assert_eq!(mirrored(&batch, &[("MCP-Protocol-Version", "2025-03-26")]).await, Ok(Revision::V2025_03_26));
    for revision in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        let version = ("MCP-Protocol-Version", revision);
        assert_eq!(mirrored(&batch, &[version]).await, Err((400, "call-batch".to_owned())));
    }
}

#[tokio::test]
async fn initialize_proposes_and_the_server_disposes() {
    let initialize = |revision: &str| json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": { "protocolVersion": revision } });
    assert_eq!(mirrored(&initialize("2025-11-25"), &[]).await, Ok(Revision::V2025_11_25));
    assert_eq!(mirrored(&initialize("2099-01-01"), &[]).await, Ok(Revision::V2025_03_26));
    assert_eq!(mirrored(&initialize("2026-07-28"), &[]).await, Ok(Revision::V2025_03_26));
}

#[tokio::test]
async fn a_mismatch_is_told_as_the_newest_revision_tells_it() {
    let request = good().header("MCP-Protocol-Version", "2026-07-28").header("Mcp-Method", "prompts/list");
    let answer = Door::usual().ask(request.body(body(&modern("tools/list", json!({})))).unwrap()).await;
    assert_eq!(answer.status, 400);
    let told = answer.json();
    assert_eq!(
        (&told["jsonrpc"], &told["id"], &told["error"]["code"]),
        (&"2.0".into(), &1.into(), &(-32020).into())
    );
}

#[tokio::test]
async fn an_unknown_revision_is_told_which_are_known() {
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let request = good().method(method).header("MCP-Protocol-Version", "1900-01-01");
        let answer = Door::usual().ask(request.body(body(&ping())).unwrap()).await;
        let told = answer.json();
        assert_eq!((answer.status.as_u16(), &told["error"]["code"]), (400, &(-32022).into()));
        assert_eq!(told["error"]["data"]["requested"], "1900-01-01");
        let supported = json!(["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]);
        assert_eq!(told["error"]["data"]["supported"], supported);
    }
}
