//! Does any way to write a call get it past a rule that denies it? Every trick stands between a call that passes and one that is
//! denied as it should be.

use serde_json::json;

use super::stage::{asks, call, denial, guard};
use crate::stage::{Door, full, good};

const NO_WIPING: &str = "version: \"1\"\ntools:\n  wipe:\n    rules:\n      - { name: never, action: deny }\n  charge:\n    rules:\n      - { name: small, conditions: [{ path: args.amount, op: lte, value: 5 }] }\n";

/// Messages that are a call of `wipe`, or of `charge` with more than 5, to somebody.
fn tricks() -> Vec<(&'static str, String)> {
    let with = |members: &str| format!("{{\"jsonrpc\":\"2.0\",\"id\":1,{members}}}");
    let wipe = r#""params":{"name":"wipe"}"#;
    let read = r#""params":{"name":"read"}"#;
    let called = |params: &str| with(&format!(r#""method":"tools/call","params":{{{params}}}"#));
    let charged = |arguments: &str| called(&format!(r#""name":"charge",{arguments}"#));
    vec![
        // A batch, and what stands around one (item 22, item 17).
        ("a batch", format!("[{},{}]", called(r#""name":"read""#), called(r#""name":"wipe""#))),
        ("a batch of one", format!("[{}]", called(r#""name":"wipe""#))),
        ("a batch in a batch", format!("[[{}]]", called(r#""name":"wipe""#))),
        (
            "a batch of a notification",
            r#"[{"jsonrpc":"2.0","method":"tools/call","params":{"name":"wipe"}}]"#.into(),
        ),
        ("two texts", format!("{}\n{}", called(r#""name":"read""#), called(r#""name":"wipe""#))),
        ("a long body", called(&format!(r#""x":"{}","name":"wipe""#, "x".repeat(300_000)))),
        ("many blanks", called(&format!(r#"{}"name":"wipe""#, " ".repeat(300_000)))),
        // Names that decoders fold (item 18, item 20).
        ("Name", called(r#""name":"read","Name":"wipe""#)),
        ("Name first", called(r#""Name":"wipe","name":"read""#)),
        ("NAME alone", called(r#""NAME":"wipe""#)),
        ("name twice", called(r#""name":"read","name":"wipe""#)),
        ("name twice, the other way", called(r#""name":"wipe","name":"read""#)),
        ("name twice, escaped", called(r#""name":"read","n\u0061me":"wipe""#)),
        ("a long s", called("\"name\":\"read\",\"argument\u{17f}\":{},\"arguments\":{\"a\":1}")),
        ("Method", with(&format!(r#""method":"ping","Method":"tools/call",{wipe}"#))),
        ("Method first", with(&format!(r#""Method":"tools/call","method":"ping",{wipe}"#))),
        ("method twice", with(&format!(r#""method":"tools/call","method":"x",{wipe}"#))),
        ("Params", with(&format!(r#""method":"tools/call",{read},"Params":{{"name":"wipe"}}"#))),
        ("params twice", with(&format!(r#""method":"tools/call",{read},{wipe}"#))),
        ("a method and a result", with(&format!(r#""method":"tools/call",{wipe},"result":{{}}"#))),
        ("an escaped name", called(r#""name":"w\u0069pe""#)),
        ("an escaped method", with(&format!(r#""method":"tools\/c\u0061ll",{wipe}"#))),
        ("a name with a NUL behind it", called(r#""name":"wipe\u0000""#)),
        // Parameters that do not decode (item 21).
        ("arguments twice", charged(r#""arguments":"x","arguments":{"amount":9}"#)),
        ("arguments twice, an object first", charged(r#""arguments":{"amount":1},"arguments":{"amount":9}"#)),
        ("Arguments", charged(r#""arguments":{"amount":1},"Arguments":{"amount":9}"#)),
        ("arguments as a text", charged(r#""arguments":"{\"amount\":9}""#)),
        ("arguments as a list", charged(r#""arguments":[{"amount":9}]"#)),
        ("an argument twice", charged(r#""arguments":{"amount":1,"amount":9}"#)),
        ("an argument twice, escaped", charged(r#""arguments":{"amount":1,"\u0061mount":9}"#)),
        ("an escaped argument", charged(r#""arguments":{"\u0061mount":9}"#)),
        ("an amount as a text", charged(r#""arguments":{"amount":"1"}"#)),
        ("an amount with an exponent", charged(r#""arguments":{"amount":0.9e1}"#)),
        ("an amount that no double holds", charged(r#""arguments":{"amount":9e999}"#)),
        ("no amount", charged(r#""arguments":{}"#)),
        ("no arguments", charged(r#""x":1"#)),
        ("arguments that are null", charged(r#""arguments":null"#)),
        ("an amount beside the arguments", charged(r#""amount":1,"arguments":{}"#)),
        (
            "an amount in `_meta`",
            charged(r#""_meta":{"arguments":{"amount":1}},"arguments":{"x":{"amount":1}}"#),
        ),
        ("params as a list", with(r#""method":"tools/call","params":["wipe"]"#)),
        ("params as a text", with(r#""method":"tools/call","params":"{\"name\":\"wipe\"}""#)),
        ("no JSON", called(r#""name":"wipe","x":+1"#)),
        ("JSON that is cut off", called(r#""name":"wipe""#).trim_end_matches('}').to_owned()),
        ("a comment", called(r#"/**/"name":"wipe""#)),
        ("a byte order mark", format!("\u{feff}{}", called(r#""name":"wipe""#))),
        ("another method of tools", with(r#""method":"tools/run","params":{"name":"wipe"}"#)),
    ]
}

#[tokio::test]
async fn no_spelling_of_a_call_gets_past_the_rule_that_denies_it() {
    let door = Door::at(guard(NO_WIPING));
    let mut denied = 0;
    for (trick, sent) in tricks() {
        door.admits(asks(&call("read", json!({})))).await;
        door.admits(asks(&call("charge", json!({ "amount": 5 })))).await;
        let answer = door.ask(good().body(full(sent.clone())).unwrap()).await;
        assert!(door.reached.lock().unwrap().is_empty(), "{trick} got through");
        match answer.status.as_u16() {
            200 => {
                let told = answer.json().to_string();
                assert!(told.contains("[INTERCEPT POLICY DENIED] Denied by rule"), "{trick}: {told}");
                denied += 1;
            }
            status => assert_eq!(status, 400, "{trick}: {answer:?}"),
        }
        assert_eq!(denial(&door.ask(asks(&call("wipe", json!({})))).await), "Denied by rule \"never\"");
    }
    assert!(denied > 10, "most are refused for what they are, and the others are denied");
}

#[tokio::test]
async fn an_odd_content_type_is_no_way_around() {
    let door = Door::at(guard(NO_WIPING));
    let token = format!("Bearer {}", crate::stage::token());
    for media in [
        "text/plain",
        "application/json-seq",
        "application/json; charset=utf-16",
        "",
        "application/x-www-form-urlencoded",
    ] {
        let request = http::Request::builder()
            .method("POST")
            .uri("/notes/mcp")
            .header("Host", "mcp.example.com")
            .header("Content-Type", media)
            .header("Authorization", &token);
        let answer = door.ask(request.body(full(call("wipe", json!({})).to_string())).unwrap()).await;
        assert_eq!(answer.status, 415, "{media}");
    }
    assert!(door.reached.lock().unwrap().is_empty());
}
