//! May this token make this call? And does the client learn what to ask for?

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};
use warded_core::Hierarchy;
use warded_guard::ScopeRules;

use crate::stage::{Door, body, builder, call_of, full, good, ping, post, scopes, token_with};

#[tokio::test]
async fn a_tool_needs_its_own_scope_and_the_others_do_not() {
    let _admitted = Door::usual().admits(good().body(body(&call_of("read_note"))).unwrap()).await;
    let refused = Door::usual().refuses(good().body(body(&call_of("delete_note"))).unwrap()).await;
    assert_eq!(refused, (403, "scope-missing".to_owned()));
    let writer = token_with("scope", "notes:read notes:write");
    let request = post().header("Authorization", format!("Bearer {writer}"));
    let _admitted = Door::usual().admits(request.body(body(&call_of("delete_note"))).unwrap()).await;
}

#[tokio::test]
async fn a_step_up_names_everything_that_the_call_needs_and_the_token_holds() {
    let held = token_with("scope", "notes:read other");
    let request = post().header("Authorization", format!("Bearer {held}"));
    let answer = Door::usual().ask(request.body(body(&call_of("delete_note"))).unwrap()).await;
    assert_eq!(
        answer.header("WWW-Authenticate"),
        "Bearer error=\"insufficient_scope\", error_description=\"The access token does not carry the scope that this call needs.\", \
         scope=\"notes:read notes:write other\", \
         resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/notes/mcp\""
    );
    let told = answer.json();
    assert_eq!((&told["id"], &told["error"]["data"]["code"]), (&1.into(), &"scope-missing".into()));
}

#[tokio::test]
async fn nothing_at_all_goes_without_the_required_scope() {
    let other = token_with("scope", "notes:write");
    for message in [
        ping(),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-11-25" } }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
        call_of("read_note"),
    ] {
        let request = post().header("Authorization", format!("Bearer {other}"));
        let refused = Door::usual().refuses(request.body(body(&message)).unwrap()).await;
        assert_eq!(refused, (403, "scope-missing".to_owned()), "{message}");
    }
    for method in [Method::GET, Method::DELETE] {
        let request = post().method(method).header("Authorization", format!("Bearer {other}"));
        assert_eq!(Door::usual().refuses(request.body(full("")).unwrap()).await.0, 403);
    }
}

#[tokio::test]
async fn a_batch_with_one_refused_element_is_refused_whole() {
    let batch = json!([ping(), call_of("read_note"), call_of("delete_note")]);
    let refused = Door::usual().refuses(good().body(body(&batch)).unwrap()).await;
    assert_eq!(refused, (403, "scope-missing".to_owned()));
    let batch = json!([ping(), call_of("read_note")]);
    let permitted = Door::usual().admits(good().body(body(&batch)).unwrap()).await;
    let warded_guard::Called::Post { message, call } = permitted.called else { panic!("a message") };
    assert_eq!((call.messages().len(), call.is_batch()), (2, true));
    assert_eq!(message, batch.to_string());
}

#[tokio::test]
async fn a_tool_is_called_by_a_notification_as_well() {
    let mut call = call_of("delete_note");
    call.as_object_mut().unwrap().remove("id");
    let refused = Door::usual().refuses(good().body(body(&call)).unwrap()).await;
    assert_eq!(refused, (403, "scope-missing".to_owned()));
}

fn table(rules: &[(&str, &str)]) -> BTreeMap<Box<str>, warded_core::Scopes> {
    rules.iter().map(|(name, needs)| ((*name).into(), scopes(needs))).collect()
}

/// A server with a rule of every kind.
fn strict() -> Door {
    let rules = ScopeRules {
        required: scopes("read"),
        methods: table(&[("logging/*", "log"), ("tasks/*", "tasks"), ("completion/complete", "complete")]),
        tools: table(&[("delete_*", "write"), ("*_all", "admin"), ("delete_note", "notes")]),
        resources: table(&[("note://private/*", "private"), ("file:///etc/passwd", "passwd")]),
        prompts: table(&[("review_*", "review")]),
        implies: Hierarchy::new([
            ("root", scopes("admin")),
            ("admin", scopes("write")),
            ("write", scopes("read")),
        ])
        .unwrap(),
    };
    Door::at(builder().scopes(rules).build())
}

fn asks(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// What the challenge to such a call names, to somebody who holds these scopes; none where the call is let through.
async fn told(held: &str, message: &Value) -> Option<String> {
    let door = strict();
    let request = post().header("Authorization", format!("Bearer {}", token_with("scope", held)));
    let answer = door.ask(request.body(body(message)).unwrap()).await;
    if door.reached.lock().unwrap().pop().is_some() {
        return None;
    }
    assert_eq!((answer.status.as_u16(), answer.code()), (403, "scope-missing".to_owned()), "{message}");
    let challenge = answer.header("WWW-Authenticate");
    let (_, scope) = challenge.split_once("scope=\"").unwrap();
    Some(scope.split('"').next().unwrap().to_owned())
}

#[tokio::test]
async fn whatever_names_a_thing_needs_what_the_thing_needs() {
    let file = |uri: &str| asks("resources/read", &json!({ "uri": uri }));
    let complete =
        |reference: Value| asks("completion/complete", &json!({ "ref": reference, "argument": {} }));
    let listen = |uris: Value| {
        asks("subscriptions/listen", &json!({ "notifications": { "resourceSubscriptions": uris } }))
    };
    for (message, needs) in [
        (call_of("list"), "read"),
        (call_of("delete_x"), "read write"),
        (call_of("delete_note"), "notes read write"),
        (call_of("delete_all"), "admin read write"),
        (asks("tools/later", &json!({ "name": "delete_x" })), "read write"),
        (asks("logging/setLevel", &json!({ "level": "debug" })), "log read"),
        (asks("tasks/result", &json!({ "taskId": "t" })), "read tasks"),
        (asks("tasks/cancel", &json!({ "taskId": "t" })), "read tasks"),
        (file("note://public/1"), "read"),
        (file("note://private/1"), "private read"),
        (file("note://private"), "private read"),
        (file("file:///etc/passwd"), "passwd read"),
        (file("file:///etc/passwd?"), "passwd read"),
        (file("file:///etc/../etc/passwd"), "passwd private read"),
        (file("file:///etc//passwd"), "passwd private read"),
        (file("FILE:///etc/passwd"), "passwd private read"),
        (file("file:///etc/%70asswd"), "passwd private read"),
        (file("file:/etc/passwd"), "passwd private read"),
        (file(" file:///etc/passwd"), "passwd private read"),
        (asks("resources/subscribe", &json!({ "uri": "note://private/1" })), "private read"),
        (asks("resources/unsubscribe", &json!({ "uri": "note://private/1" })), "private read"),
        (asks("resources/directory/read", &json!({ "uri": "note://private" })), "private read"),
        (asks("skills/get", &json!({ "uri": "note://private/SKILL.md" })), "private read"),
        (listen(json!(["note://public/1", "note://private/1", "file:///etc/passwd"])), "passwd private read"),
        (listen(json!(["note://public/1"])), "read"),
        (asks("prompts/get", &json!({ "name": "review_code" })), "read review"),
        (asks("prompts/get", &json!({ "name": "greet" })), "read"),
        (complete(json!({ "type": "ref/prompt", "name": "review_code" })), "complete read review"),
        (complete(json!({ "type": "ref/resource", "uri": "note://private/{id}" })), "complete private read"),
        (complete(json!({ "type": "ref/resource", "uri": "note://{id}" })), "complete private read"),
        (complete(json!({ "type": "ref/resource", "uri": "note://public/{id}" })), "complete read"),
        (complete(json!({ "type": "ref/resource", "uri": "file:///{+path}" })), "complete passwd read"),
        (
            complete(json!({ "type": "ref/prompt", "name": "a", "uri": "note://private/1" })),
            "complete private read",
        ),
    ] {
        assert_eq!(told("", &message).await.as_deref(), Some(needs), "{message}");
        assert_eq!(told(needs, &message).await, None, "{message}");
        // Whoever lacks any one of them is told all of them.
        for lacking in needs.split(' ') {
            let held: Vec<_> = needs.split(' ').filter(|scope| *scope != lacking).collect();
            // A hierarchy may make up for it.
            if held.contains(&"write") && lacking == "read" || held.contains(&"admin") {
                continue;
            }
            assert_eq!(told(&held.join(" "), &message).await.as_deref(), Some(needs), "{message}");
        }
        let mut notification = message.clone();
        notification.as_object_mut().unwrap().remove("id");
        assert_eq!(told("", &notification).await.as_deref(), Some(needs), "{notification}");
        let batch = json!([ping(), message, ping()]);
        assert_eq!(told("", &batch).await.as_deref(), Some(needs), "{batch}");
    }
}

#[tokio::test]
async fn names_are_compared_byte_for_byte() {
    for name in ["Delete_x", "delete_x ", " delete_x", "DELETE_X", "undelete_x", "delete\u{2010}x", "delete"]
    {
        // Sent by somebody who knows no such tool; the server behind will say so.
        let name_only = if name == "delete_x " { Some("read write") } else { None };
        assert_eq!(told("read", &call_of(name)).await.as_deref(), name_only, "{name:?}");
    }
}

#[tokio::test]
async fn what_is_implied_is_held() {
    for (held, message, tells) in [
        ("root", call_of("delete_all"), None),
        ("admin", call_of("delete_x"), None),
        ("write", call_of("list"), None),
        ("write", call_of("delete_all"), Some("admin read write")),
        ("root", call_of("delete_note"), Some("notes read root write")),
        ("read", call_of("delete_x"), Some("read write")),
    ] {
        assert_eq!(told(held, &message).await.as_deref(), tells, "{held} {message}");
    }
}

#[tokio::test]
async fn a_batch_needs_what_all_of_its_messages_need() {
    let batch = json!([call_of("delete_x"), asks("prompts/get", &json!({ "name": "review_x" })), ping()]);
    assert_eq!(told("read write", &batch).await.as_deref(), Some("read review write"));
    assert_eq!(told("read review", &batch).await.as_deref(), Some("read review write"));
    assert_eq!(told("write review", &batch).await, None);
}

#[tokio::test]
async fn a_rule_holds_however_long_the_message_is() {
    let mut call = call_of("delete_x");
    call["params"]["arguments"] = json!({ "x": "y".repeat(1024 * 1024) });
    assert_eq!(told("read", &call).await.as_deref(), Some("read write"));
    call["params"]["arguments"] = json!({ "name": "list", "x": [{ "method": "ping" }] });
    assert_eq!(told("read", &call).await.as_deref(), Some("read write"));
}

#[tokio::test]
async fn what_a_client_may_ask_for_is_in_the_metadata() {
    let rules = ScopeRules {
        required: scopes("read"),
        methods: table(&[("tasks/*", "tasks")]),
        resources: table(&[("note://*", "notes")]),
        implies: Hierarchy::new([("root", scopes("read"))]).unwrap(),
        ..ScopeRules::default()
    };
    assert_eq!(rules.known().to_string(), "notes read root tasks");
    let guard = builder().scopes(rules).build();
    let answer = crate::stage::Answer::of(guard.metadata(&crate::stage::uri(crate::stage::HERE))).await;
    // What only stands for others is not what a client should ask for.
    assert_eq!(answer.json()["scopes_supported"], json!(["notes", "read", "tasks"]));
}
