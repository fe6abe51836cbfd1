//! How does a caller learn that a policy denies its call?

use serde_json::{Value, json};

use super::stage::{asks, asks_as, call, denial, guard, policy, under};
use crate::stage::{Door, NEIGHBOUR, body, good, post, token_with};

const NO_WIPING: &str = r#"
version: "1"
tools:
  wipe:
    rules:
      - name: never
        action: deny
        on_deny: "Nobody wipes anything"
  "*":
    rules: []
"#;

#[tokio::test]
async fn a_denied_tool_call_is_a_result_that_is_an_error_and_goes_no_further() {
    let door = Door::at(guard(NO_WIPING));
    for id in [json!(1), json!("one"), json!(-9_007_199_254_740_991_i64)] {
        let mut wipe = call("wipe", json!({}));
        wipe["id"] = id.clone();
        let answer = door.ask(asks(&wipe)).await;
        assert_eq!(denial(&answer), "Nobody wipes anything");
        let content = json!([{ "type": "text", "text": "[INTERCEPT POLICY DENIED] Nobody wipes anything" }]);
        let told = json!({ "jsonrpc": "2.0", "id": id, "result": { "content": content, "isError": true } });
        assert_eq!(answer.json(), told);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-request-id").len(), 16);
        assert_eq!(answer.header("www-authenticate"), "");
    }
    assert!(door.reached.lock().unwrap().is_empty());
    door.admits(asks(&call("read", json!({})))).await;
}

#[tokio::test]
async fn a_denied_notification_is_answered_without_an_id_and_goes_no_further() {
    let door = Door::at(guard(NO_WIPING));
    let mut told = call("wipe", json!({}));
    told.as_object_mut().unwrap().remove("id");
    let answer = door.ask(asks(&told)).await;
    assert_eq!(denial(&answer), "Nobody wipes anything");
    assert_eq!(answer.json()["id"], Value::Null);
    assert!(door.reached.lock().unwrap().is_empty());
}

#[tokio::test]
async fn results_of_the_latest_revision_say_that_they_are_complete() {
    let door = Door::at(guard(NO_WIPING));
    let mut wipe = call("wipe", json!({}));
    wipe["params"]["_meta"] = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28" });
    let request = good()
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "tools/call")
        .header("Mcp-Name", "wipe");
    let answer = door.ask(request.body(body(&wipe)).unwrap()).await;
    assert_eq!(denial(&answer), "Nobody wipes anything");
    assert_eq!(answer.json()["result"]["resultType"], "complete");
}

#[tokio::test]
async fn denied_resources_and_prompts_have_an_error_to_be_told_in() {
    let text = r#"
version: "1"
tools: {}
resources:
  "note://private/*":
    rules: [{ name: private, action: deny, on_deny: "Private notes stay private" }]
prompts:
  wipe:
    rules: [{ name: never, action: deny }]
"#;
    let door = Door::at(guard(text));
    let read = |uri: &str| json!({ "jsonrpc": "2.0", "id": 7, "method": "resources/read", "params": { "uri": uri } });
    let prompt = |name: &str| json!({ "jsonrpc": "2.0", "id": 7, "method": "prompts/get", "params": { "name": name } });
    let completes = |reference: Value| {
        let argument = json!({ "name": "a", "value": "b" });
        json!({ "jsonrpc": "2.0", "id": 7, "method": "completion/complete", "params": { "ref": reference, "argument": argument } })
    };
    for (message, why) in [
        (read("note://private/1"), "Private notes stay private"),
        // However a server may take it.
        (read("note:///private/1"), "Private notes stay private"),
        (read("note://x/../private/1"), "Private notes stay private"),
        (read("NOTE://private/1"), "Private notes stay private"),
        (prompt("wipe"), "Denied by rule \"never\""),
        (completes(json!({ "type": "ref/prompt", "name": "wipe" })), "Denied by rule \"never\""),
        (completes(json!({ "type": "ref/resource", "uri": "note://{id}" })), "Private notes stay private"),
    ] {
        let answer = door.ask(asks(&message)).await;
        assert_eq!(answer.status, 200);
        let told = answer.json();
        assert_eq!((&told["id"], &told["error"]["code"]), (&7.into(), &(-32000).into()), "{told}");
        assert_eq!(told["error"]["message"], format!("[INTERCEPT POLICY DENIED] {why}"), "{message}");
        assert!(door.reached.lock().unwrap().is_empty(), "{message}");
    }
    door.admits(asks(&read("note://public/1"))).await;
    door.admits(asks(&prompt("greet"))).await;
}

#[tokio::test]
async fn a_batch_with_a_denied_call_is_not_sent_and_every_request_of_it_is_answered() {
    let door = Door::at(guard(NO_WIPING));
    let with_id = |id: Value, tool: &str| {
        let mut one = call(tool, json!({}));
        one["id"] = id;
        one
    };
    let told = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled" });
    let batch =
        json!([with_id(json!(1), "read"), told, with_id(json!("w"), "wipe"), with_id(json!(3), "read")]);
    let answer = door.ask(asks(&batch)).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let answers = answer.json();
    let answers = answers.as_array().unwrap();
    let ids: Vec<_> = answers.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, [&json!(1), &json!("w"), &json!(3)]);
    assert_eq!(answers[1]["result"]["content"][0]["text"], "[INTERCEPT POLICY DENIED] Nobody wipes anything");
    for other in [&answers[0], &answers[2]] {
        assert_eq!(other["error"]["code"], -32000, "{other}");
        assert!(other["error"]["message"].as_str().unwrap().starts_with("not made"), "{other}");
    }
    assert!(door.reached.lock().unwrap().is_empty());
    door.admits(asks(&json!([with_id(json!(1), "read"), with_id(json!(2), "read")]))).await;
}

#[tokio::test]
async fn what_is_not_listed_is_denied_where_that_is_the_default() {
    let text = "version: \"1\"\ndefault: deny\ntools:\n  read:\n    rules: []\n  \"*\":\n    rules: []\n";
    let door = Door::at(guard(text));
    for tool in ["wipe", "Read", "read ", "rea\u{300}d"] {
        let answer = door.ask(asks(&call(tool, json!({})))).await;
        assert_eq!(denial(&answer), format!("Tool \"{tool}\" is not permitted by policy"));
    }
    assert!(door.reached.lock().unwrap().is_empty());
    door.admits(asks(&call("read", json!({})))).await;
}

#[tokio::test]
async fn a_policy_never_admits_what_the_guard_refuses() {
    let text = "version: \"1\"\ndefault: allow\ntools:\n  delete_note:\n    rules: []\n";
    let door = Door::at(guard(text));
    let neighbours = asks_as(&token_with("aud", NEIGHBOUR), &call("read", json!({})));
    assert_eq!(door.refuses(neighbours).await, (401, "audience-elsewhere".to_owned()));
    let unknown = asks_as(&token_with("aud", "https://elsewhere.example"), &call("read", json!({})));
    assert_eq!(door.refuses(unknown).await, (401, "audience-unknown".to_owned()));
    let unscoped = asks(&call("delete_note", json!({})));
    assert_eq!(door.refuses(unscoped).await, (403, "scope-missing".to_owned()));
    let nobody = post().body(body(&call("read", json!({})))).unwrap();
    assert_eq!(door.refuses(nobody).await.0, 401);
}

#[tokio::test]
async fn the_scopes_of_a_policy_are_asked_for_like_any_others() {
    let text = r#"
version: "1"
tools:
  "wipe*":
    scopes: [notes:wipe]
    rules: []
prompts:
  secret: { scopes: [notes:secret], rules: [] }
"#;
    let door = Door::at(guard(text));
    let answer = door.ask(asks(&call("wipe_all", json!({})))).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "scope-missing"));
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
    assert!(challenge.contains("scope=\"notes:read notes:wipe\""), "{challenge}");
    let holder = token_with("scope", "notes:read notes:wipe");
    door.admits(asks_as(&holder, &call("wipe_all", json!({})))).await;
    let list = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"wipe_all"},{"name":"read"}]}}"#;
    let door = Door::at(guard(text)).answering("application/json", list);
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let shown = door.ask(asks(&asked)).await;
    assert_eq!(shown.json()["result"]["tools"], json!([{ "name": "read" }]));
}

#[tokio::test]
async fn scopes_of_the_operator_and_of_the_policy_add_up() {
    let text = "version: \"1\"\ntools:\n  delete_note:\n    scopes: [notes:danger]\n    rules: []\n";
    let door = Door::at(guard(text));
    for held in ["notes:read notes:write", "notes:read notes:danger"] {
        let request = asks_as(&token_with("scope", held), &call("delete_note", json!({})));
        assert_eq!(door.refuses(request).await, (403, "scope-missing".to_owned()), "{held}");
    }
    let both = token_with("scope", "notes:danger notes:read notes:write");
    door.admits(asks_as(&both, &call("delete_note", json!({})))).await;
}

#[tokio::test]
async fn whatever_names_no_tool_passes_whatever_the_policy_says() {
    let door = Door::at(guard("version: \"1\"\ndefault: deny\nhide: [\"*\"]\ntools: {}\n"));
    door.admits(asks(&json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }))).await;
    door.admits(good().method("GET").body(body(&Value::Null)).unwrap()).await;
    door.admits(good().method("DELETE").body(body(&Value::Null)).unwrap()).await;
}

pub(super) const TOO_MUCH: &str =
    "This is more than the policy can judge at once; ask for less in one request";

#[tokio::test]
async fn a_policy_that_cannot_decide_lets_nothing_through() {
    let mut rules = String::new();
    for number in 0..400 {
        rules += &format!(
            "      - {{ name: r{number}, conditions: [{{ path: args.text, op: regex, value: \"^[a-z]|{number}\" }}] }}\n"
        );
    }
    let text = format!("version: \"1\"\ntools:\n  search:\n    rules:\n{rules}");
    let door = Door::at(guard(&text));
    door.admits(asks(&call("search", json!({ "text": "short" })))).await;
    let long = call("search", json!({ "text": "ab".repeat(1_500_000) }));
    assert_eq!(denial(&door.ask(asks(&long)).await), TOO_MUCH);
    assert!(door.reached.lock().unwrap().is_empty());
    door.admits(asks(&call("read", json!({ "text": "ab".repeat(1_500_000) })))).await;
}

#[tokio::test]
async fn a_resource_that_takes_too_much_has_an_error_with_a_code_of_its_own() {
    let globs: Vec<_> = (0..100).map(|n| format!("  \"*a*{n}*\": {{ rules: [] }}\n")).collect();
    let door = Door::at(guard(&format!("version: \"1\"\nresources:\n{}", globs.concat())));
    let uri = format!("note://{}", "a".repeat(500_000));
    let read = json!({ "jsonrpc": "2.0", "id": 7, "method": "resources/read", "params": { "uri": uri } });
    let told = door.ask(asks(&read)).await.json();
    assert_eq!(told["error"]["data"]["code"], "policy-undecidable", "{told}");
    assert_eq!(told["error"]["message"], format!("[INTERCEPT POLICY DENIED] {TOO_MUCH}"));
}

#[tokio::test]
async fn what_servers_read_in_two_ways_is_a_denial_and_no_fault() {
    let text = "version: \"1\"\ntools:\n  pay:\n    rules: [{ name: few, conditions: [{ path: args.amount, op: lt, value: 5 }] }]\n";
    let door = Door::at(guard(text));
    let twice = call("pay", json!({ "amount": 1, "Amount": 1000 }));
    assert_eq!(denial(&door.ask(asks(&twice)).await), TOO_MUCH);
}

#[tokio::test]
async fn an_empty_policy_is_none() {
    let (builder_with, _) = under("version: \"1\"\ntools: {}\n");
    assert!(policy("version: \"1\"\ntools: {}\n").is_empty());
    let door = Door::at(builder_with.build());
    door.admits(asks(&call("read", json!({})))).await;
}

#[tokio::test]
async fn a_request_for_a_thousand_things_is_not_a_thousand_times_the_work() {
    let door = Door::at(guard(NO_WIPING));
    let batch = |count: usize| json!(vec![call("read", json!({})); count]);
    let too_many = door.ask(asks(&batch(65))).await;
    assert_eq!(too_many.status, 200);
    let told = too_many.json();
    assert_eq!(told.as_array().unwrap().len(), 65);
    let first = &told[0]["result"];
    assert_eq!(first["content"][0]["text"], format!("[INTERCEPT POLICY DENIED] {TOO_MUCH}"), "{first}");
    assert!(told[64]["error"]["message"].as_str().unwrap().starts_with("not made"));
    door.admits(asks(&batch(64))).await;
    let mut last = batch(64);
    last[63] = call("wipe", json!({}));
    let answers = door.ask(asks(&last)).await.json();
    assert_eq!(answers.as_array().unwrap().len(), 64);
    assert_eq!(answers[63]["result"]["isError"], true);
    // What comes without arguments is less work.
    let bare = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "read" } });
    let batch = |count: usize| json!(vec![bare.clone(); count]);
    assert_eq!(door.ask(asks(&batch(1025))).await.json()[0], told[0]);
    assert!(door.reached.lock().unwrap().is_empty());
    door.admits(asks(&batch(1024))).await;
    assert!(door.reached.lock().unwrap().is_empty());
}
