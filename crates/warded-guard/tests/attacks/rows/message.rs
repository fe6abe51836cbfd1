//! G10, G14, G17 to G22: what is judged is what is done. A GET and a DELETE have no message, so these are POSTs.

use serde_json::json;

use crate::{
    expected::{
        Expected::{self, Admitted},
        incurable, no_scope,
    },
    row::{Row, row},
    run::hold,
    wire::Outgoing,
};

#[tokio::test]
async fn no_message_is_read_in_two_ways() {
    hold(rows()).await;
}

const DISAGREES: Expected = incurable(400, "header-disagrees");
const MALFORMED: Expected = incurable(400, "call-malformed");
const LOOKALIKE: Expected = incurable(400, "call-lookalike-member");
const TWICE: Expected = incurable(400, "call-duplicate-member");
const BATCH: Expected = incurable(400, "call-batch");
const MEDIA: Expected = incurable(415, "media-type");

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = headers();
    rows.extend(scopes());
    rows.extend(texts());
    rows.extend(batches());
    rows.extend(media());
    rows.into_iter().map(Row::in_messages).collect()
}

/// A good token, and this message.
fn says(case: &'static str, name: impl Into<String>, text: &'static str, expected: Expected) -> Row {
    row(case, name, expected, move |scene, request| {
        request.bearer(&scene.good().text()).saying("application/json", text)
    })
}

const CALL: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_note","arguments":{}}}"#;

const METHOD: (&str, &str) = ("Mcp-Method", "tools/call");
const NAME: (&str, &str) = ("Mcp-Name", "read_note");

/// G10: headers that repeat parts of a message.
fn headers() -> Vec<Row> {
    let modern = |name: &str, lines: &'static [(&'static str, &'static str)], expected| {
        let made = row("G10", name, expected, move |scene, request| {
            let request = request.bearer(&scene.good().text()).saying("application/json", CALL);
            let request = request.set("MCP-Protocol-Version", "2026-07-28");
            lines.iter().fold(request, |request, (name, value)| request.add(name, value))
        });
        made.names_revision()
    };
    vec![
        modern("method and name as in the message", &[METHOD, NAME], Admitted),
        modern("no method", &[NAME], DISAGREES),
        modern("no name", &[METHOD], DISAGREES),
        modern("another method", &[("Mcp-Method", "ping"), NAME], DISAGREES),
        modern("another name", &[METHOD, ("Mcp-Name", "delete_note")], DISAGREES),
        modern("another name in base64", &[METHOD, ("Mcp-Name", "=?base64?ZGVsZXRlX25vdGU=?=")], DISAGREES),
        modern("the name in base64", &[METHOD, ("Mcp-Name", "=?base64?cmVhZF9ub3Rl?=")], Admitted),
        modern("two methods, the first right", &[METHOD, ("Mcp-Method", "ping"), NAME], DISAGREES),
        modern("two methods, the last right", &[("Mcp-Method", "ping"), METHOD, NAME], DISAGREES),
        modern("one method twice", &[METHOD, METHOD, NAME], DISAGREES),
        modern("two names, the first right", &[METHOD, NAME, ("Mcp-Name", "delete_note")], DISAGREES),
        modern("two names, the last right", &[METHOD, ("Mcp-Name", "delete_note"), NAME], DISAGREES),
        modern("names in a list", &[METHOD, ("Mcp-Name", "read_note, delete_note")], DISAGREES),
        modern("a parameter twice", &[METHOD, NAME, ("Mcp-Param-X", "1"), ("Mcp-Param-X", "2")], DISAGREES),
        modern(
            "a parameter that cannot be read",
            &[METHOD, NAME, ("Mcp-Param-X", "=?base64?%%%?=")],
            DISAGREES,
        ),
    ]
}

/// What a token for `notes:read` may not do.
const UNSEEN: &[&str] = &[
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_note"}}"#,
    r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"delete_note"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/new","params":{"name":"delete_note"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"debug"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"audit"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"audit"}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"notes://private/{id}"}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"notes://{+path}"}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"notes://private/1"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"notes://public/../private/1"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"NOTES://private/1"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"notes://%70rivate/1"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"notes://private/1"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"resources/new","params":{"uri":"notes://private/1"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["notes://public/1","notes://private/1"]}}}"#,
];

/// What it may.
const OPEN: &[&str] = &[
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_note"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"summary"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"notes://public/1"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"notes://public/{id}"}}}"#,
];

/// G14: not only calls of tools need scopes; nothing goes without those of the server.
fn scopes() -> Vec<Row> {
    let mut rows = Vec::new();
    let messages = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-11-25" } }),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": { "uri": "notes://1" } }),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "prompts/get", "params": { "name": "summary" } }),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "completion/complete", "params": {
            "ref": { "type": "ref/prompt", "name": "summary" }, "argument": { "name": "a", "value": "b" },
        } }),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
    ];
    for message in messages {
        let text = message.to_string();
        let name = message["method"].as_str().unwrap_or("a response").to_owned();
        rows.push(row(
            "G14",
            format!("{name} without the server's scope"),
            no_scope(),
            move |scene, request| {
                let token = scene.good().claim("scope", "notes:write").text();
                request.bearer(&token).saying("application/json", &text)
            },
        ));
    }
    // What is named is judged wherever it stands, and whether anybody waits for an answer or not.
    for text in UNSEEN {
        rows.push(says("G14", format!("without its scope, `{text}`"), text, no_scope()));
    }
    for text in OPEN {
        rows.push(says("G14", format!("which needs no more, `{text}`"), text, Admitted));
    }
    rows
}

fn texts() -> Vec<Row> {
    let spelt = |case, text, expected| says(case, format!("`{text}`"), text, expected);
    let mut rows = Vec::new();
    // G18, G20: keys that one reader takes for the protocol's and another does not.
    for text in [
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}"#,
        r#"{"jsonrpc":"2.0","id":1,"METHOD":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","m\u0045thod":"tools/call"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","Params":{"name":"delete_note"},"params":{"name":"read_note"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_note","Name":"read_note"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"NAME":"delete_note","name":"read_note"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_note","argument\u017f":{}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_note","name\u0000":"delete_note"}}"#,
    ] {
        rows.push(spelt("G18", text, LOOKALIKE));
    }
    // G20: the same key twice.
    for text in [
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","m\u0065thod":"tools/call"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_note","name":"delete_note"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"},"params":{"name":"b"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":1,"x":2}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#,
    ] {
        rows.push(spelt("G20", text, TWICE));
    }
    rows.push(spelt(
        "G21",
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{},"arguments":{"x":1}}}"#,
        TWICE,
    ));
    // G21: what is not understood is not passed on.
    for text in [
        "",
        "{",
        "null",
        "7",
        "{}",
        "not JSON",
        r#"{"jsonrpc":"2.0","id":1,"method":"ping"} {"jsonrpc":"2.0","id":2,"method":"tools/call"}"#,
        "\u{feff}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
        r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
        r#"{"id":1,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":9007199254740992,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":-9007199254740993,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":7}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":7}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":["notes://1"]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":["notes://1"]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"resources/unsubscribe","params":{"uri":7}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":["summary"]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":["a"]}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":7}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":"notes://1"}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":[["notes://1"]]}}}"#,
        r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["delete_note"]}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["delete_note"]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":"x"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_note\u0000"}}"#,
    ] {
        rows.push(spelt("G21", text, MALFORMED));
    }
    rows
}

const ONE: &str = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#;
const HIDDEN: &str = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"delete_note"}}]"#;

/// G22: only one revision has batches, and there one refused element refuses them all.
fn batches() -> Vec<Row> {
    let spelt = |name: &str, text, revision: &'static str, expected| {
        let made =
            row("G22", format!("{name}, revision {revision}"), expected, move |scene, request: Outgoing| {
                let request = request.bearer(&scene.good().text()).saying("application/json", text);
                request.set("MCP-Protocol-Version", revision)
            });
        made.names_revision()
    };
    let mut rows = vec![
        spelt("a batch of one", ONE, "2025-03-26", Admitted),
        spelt("a batch with a call that is not permitted", HIDDEN, "2025-03-26", no_scope()),
        spelt("an empty batch", "[]", "2025-03-26", MALFORMED),
        spelt(
            "a batch in a batch",
            r#"[[{"jsonrpc":"2.0","id":1,"method":"ping"}]]"#,
            "2025-03-26",
            MALFORMED,
        ),
    ];
    for revision in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        rows.push(spelt("a batch of one", ONE, revision, BATCH));
        rows.push(spelt("a batch with a call that is not permitted", HIDDEN, revision, BATCH));
    }
    rows
}

/// G17: what cannot be read whole is not judged by its beginning.
fn media() -> Vec<Row> {
    let typed = |media: &'static str, expected| {
        row("G17", format!("a message as {media:?}"), expected, move |scene, request| {
            request.bearer(&scene.good().text()).saying(media, CALL)
        })
    };
    let mut rows: Vec<_> = [
        "text/plain",
        "text/json",
        "application/json-seq",
        "application/x-ndjson",
        "multipart/form-data; boundary=x",
        "",
        "application/json; charset=utf-16",
    ]
    .map(|media| typed(media, MEDIA))
    .into();
    rows.push(typed("application/json; charset=UTF-8", Admitted));
    let encoded = |name: &'static str| {
        row("G17", format!("a message in {name}"), MEDIA, move |scene, request| {
            request.bearer(&scene.good().text()).add("Content-Encoding", name)
        })
    };
    rows.extend(["gzip", "deflate", "br", "identity, gzip", "x"].map(encoded));
    rows.push(row("G17", "two media types", MEDIA, |scene, request| {
        request.bearer(&scene.good().text()).add("Content-Type", "text/plain")
    }));
    rows.push(row("G17", "no media type", MEDIA, |scene, request| {
        request.bearer(&scene.good().text()).without("Content-Type")
    }));
    let many = vec!["notes://public/1"; 1025];
    let listen = json!({
        "jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen",
        "params": { "notifications": { "resourceSubscriptions": many } },
    });
    rows.push(row("G21", "a subscription to more than is read", MALFORMED, move |scene, request| {
        request.bearer(&scene.good().text()).saying("application/json", &listen.to_string())
    }));
    // The call is behind what a reader that stops early would see.
    let hidden = format!(
        r#"{{"jsonrpc":"2.0","id":1,"x":"{}","method":"tools/call","params":{{"name":"delete_note"}}}}"#,
        "x".repeat(100_000)
    );
    rows.push(row("G17", "a call behind 100,000 bytes", no_scope(), move |scene, request| {
        request.bearer(&scene.good().text()).saying("application/json", &hidden)
    }));
    rows.push(row("G17", "more than is read", incurable(413, "body-too-large"), |scene, request| {
        request.bearer(&scene.good().text()).set("Content-Length", "5000000")
    }));
    rows
}
