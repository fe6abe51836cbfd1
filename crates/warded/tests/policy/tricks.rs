//! Messages that a policy and a server behind could read in two ways, against a policy that denies a tool: the tool is never
//! called, over HTTP or stdio. Each test also shows that the tool is called where nothing denies it.

use http::Method;
use serde_json::{Value, json};

use crate::{
    caller::Call,
    scene::{Agent, Scene},
};

const DENIES_WIPE: &str = r#"version: "1"
tools:
  wipe:
    rules:
      - name: nobody wipes
        action: deny
        on_deny: nobody wipes
"#;

/// The parameters of a call that is denied.
const WIPE: &str = r#"{"name":"wipe","arguments":{}}"#;

fn call(params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#)
}

/// Sends each of these, and sees that nothing of it gets through.
async fn nothing_gets_through(scene: &Scene, agent: &Agent, bodies: &[String]) {
    let (reached, heard) = (scene.behind.reached(), scene.heard());
    for body in bodies {
        let shown: String = body.chars().take(200).collect();
        let answer = agent.says(body).await;
        let is_answered = answer.json().get("result").is_some();
        assert!(!is_answered || answer.denied().as_deref() == Some("nobody wipes"), "{shown}\n{answer:?}");
        assert_eq!(scene.behind.reached(), reached, "{shown}");
        assert_eq!(scene.heard(), heard, "{shown}");
    }
    // What the policy says nothing of still works, and comes after anything that would have got through late.
    assert!(agent.calls("note", json!({})).await.made());
    let after = scene.behind.reached().len() + scene.heard().len();
    assert_eq!(after, reached.len() + heard.len() + 1, "{:?}", scene.heard());
}

/// Both transports: what is a trick for one parser is one for the other.
async fn at_both(bodies: &[String]) {
    let scene = Scene::with(DENIES_WIPE).await;
    for server in ["notes", "local"] {
        let agent = scene.agent(server).await;
        nothing_gets_through(&scene, &agent, bodies).await;
    }
    let agent = scene.agent("open").await;
    assert!(agent.says(&call(WIPE)).await.made(), "nothing denies it there");
    assert_eq!(scene.open.calls("wipe"), 1);
}

#[tokio::test]
async fn the_denied_call_is_denied_however_it_is_written() {
    at_both(&[
        call(WIPE),
        call(r#"{"name":"w\u0069pe","arguments":{}}"#),
        call(r#"{"n\u0061me":"wipe"}"#),
        call(r#"{ "arguments" : { "name" : "note" } , "name" : "wipe" }"#),
        format!("\n\t {} ", call(WIPE)),
        r#"{"params":{"name":"wipe"},"method":"tools\/call","id":1,"jsonrpc":"2.0"}"#.to_owned(),
    ])
    .await;
}

/// Item 17: whatever is too long, too much or oddly labelled is not passed on unseen.
#[tokio::test]
async fn long_bodies_are_read_to_their_end() {
    let filling = "x".repeat(300_000);
    at_both(&[
        call(&format!(r#"{{"arguments":{{"text":"{filling}"}},"name":"wipe"}}"#)),
        format!(r#"{{"jsonrpc":"2.0","id":1,"padding":"{filling}","method":"tools/call","params":{WIPE}}}"#),
    ])
    .await;
}

#[tokio::test]
async fn an_odd_content_type_hides_nothing_from_the_policy() {
    let scene = Scene::with(DENIES_WIPE).await;
    for kind in [
        "text/plain",
        "application/octet-stream",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "APPLICATION/JSON",
        "application/json, text/plain",
        "application/vnd.mcp+json",
    ] {
        let agent = scene.agent("notes").await;
        let request = Call::new(Method::POST, "/notes/mcp", &call(WIPE)).token(&agent.token);
        let request =
            request.with("content-type", kind).with("accept", "application/json, text/event-stream");
        let answer = request.send(scene.address).await;
        assert!(answer.status != 200 || answer.denied().is_some(), "{kind}: {answer:?}");
        assert_eq!(scene.behind.calls("wipe"), 0, "{kind}");
    }
    // Nor does it hide anything in pieces.
    let agent = scene.agent("notes").await;
    let answer = agent.request().saying(&call(WIPE)).in_pieces(40).send(scene.address).await;
    assert_eq!(answer.denied().as_deref(), Some("nobody wipes"), "{answer:?}");
}

/// Items 18 and 20: keys that differ in case, and keys that stand twice.
#[tokio::test]
async fn keys_that_one_parser_reads_and_the_other_does_not_are_refused() {
    at_both(&[
        call(r#"{"name":"wipe","Name":"note"}"#),
        call(r#"{"Name":"note","name":"wipe"}"#),
        call(r#"{"name":"note","Name":"wipe"}"#),
        call(r#"{"NAME":"wipe"}"#),
        call(r#"{"name":"note","name":"wipe"}"#),
        call(r#"{"name":"wipe","name":"note"}"#),
        call(r#"{"name":"note","n\u0061me":"wipe"}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","Method":"ping","params":{WIPE}}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"Method":"ping","method":"tools/call","params":{WIPE}}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/call","params":{WIPE}}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{WIPE}}}"#),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"note"}},"Params":{WIPE}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"note"}},"params":{WIPE}}}"#
        ),
        // Letters that fold into those of a key, where somebody folds.
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{WIPE}}}"#),
        call(r#"{"name":"wipe","\u212aind":"note"}"#),
    ])
    .await;
}

/// Item 21: what does not decode is no reason to let it through.
#[tokio::test]
async fn what_the_policy_cannot_read_is_not_passed_on() {
    at_both(&[
        call(r#"{"name":"wipe","arguments":"x"}"#),
        call(r#"{"name":"wipe","arguments":"x","arguments":{}}"#),
        call(r#"{"name":"wipe","arguments":[]}"#),
        call(r#"{"name":["wipe"]}"#),
        call(r#"["wipe"]"#),
        call(r#""wipe""#),
        call("null"),
        call(&format!("{WIPE},")),
        call(r#"{"name":"wipe""#),
        format!("{}{}", call(r#"{"name":"note"}"#), call(WIPE)),
        format!("{}\n{}", call(r#"{"name":"note"}"#), call(WIPE)),
        format!("\u{feff}{}", call(WIPE)),
        call(r#"{"name":"wipe","arguments":{"a":1e}}"#),
        call(r#"{"name":"wipe","arguments":{/* */}}"#),
        call("{'name':'wipe'}"),
        call(r#"{"name":"\ud800wipe"}"#),
    ])
    .await;
}

/// Item 22: batches, and batches of one.
#[tokio::test]
async fn a_batch_with_a_denied_call_is_not_sent_at_all() {
    let (note, wipe) = (call(r#"{"name":"note"}"#), call(WIPE));
    let two = wipe.replace("\"id\":1", "\"id\":2");
    let batches =
        [format!("[{note},{two}]"), format!("[{two},{note}]"), format!("[{wipe}]"), format!("[[{wipe}]]")];
    // By a revision that has none.
    at_both(&batches).await;
    // By the one that has them.
    let scene = Scene::with(DENIES_WIPE).await;
    let agent = scene.agent("notes").await;
    for batch in &batches[..2] {
        let request = agent.request().with("mcp-protocol-version", "2025-03-26").saying(batch);
        let answer = request.send(agent.address()).await;
        let answers = answer.json();
        let of = |id: i64| -> Value {
            let found = answers.as_array().unwrap().iter().find(|one| one["id"] == id);
            found.unwrap_or_else(|| panic!("{answer:?}")).clone()
        };
        assert_eq!(of(2)["result"]["content"][0]["text"], "[INTERCEPT POLICY DENIED] nobody wipes");
        assert_eq!(of(1)["error"]["code"], -32000, "the other one was not made either: {answer:?}");
    }
    assert!(scene.behind.reached().is_empty());
    let request = agent.request().with("mcp-protocol-version", "2025-03-26");
    let answer =
        request.saying(&format!("[{note},{}]", note.replace("\"id\":1", "\"id\":2"))).send(agent.address());
    assert_eq!(answer.await.json().as_array().map(Vec::len), Some(2), "a batch that nothing denies is made");
}

#[tokio::test]
async fn a_notification_is_denied_as_well() {
    let scene = Scene::with(DENIES_WIPE).await;
    for server in ["notes", "local"] {
        let agent = scene.agent(server).await;
        let heard = scene.heard();
        let body = format!(r#"{{"jsonrpc":"2.0","method":"tools/call","params":{WIPE}}}"#);
        let answer = agent.says(&body).await;
        if answer.status == 200 {
            assert_eq!(answer.json()["id"], Value::Null, "{answer:?}");
            assert!(answer.denied().is_some(), "{answer:?}");
        }
        assert_eq!(scene.heard(), heard);
    }
    assert_eq!(scene.behind.calls("wipe"), 0);
}
