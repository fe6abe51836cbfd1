//! Is a call of several rounds counted and approved once, and no other with it? (MCP 2026-07-28, Multi Round-Trip Requests)

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_guard::{Guard, Ledger, Rounds};
use warded_policy::Place;
use warded_store::{Approvals, Parameters, Span, memory::Memory};

use super::stage::{
    answered, counted, hand, in_pieces, json_answer, ledger, policies, policy, rushed, under,
};
use crate::stage::{
    NEIGHBOUR, NOW, body, builder, builder_of_the_neighbour, claims, post, signed, token, token_with,
};

pub(super) const ONE_A_DAY: &str = "version: \"1\"\ntools:\n  book: { rules: [{ rate_limit: 1/day }] }\n";
pub(super) const HELD: &str =
    "version: \"1\"\ntools:\n  book: { rules: [{ name: ask first, action: require_approval }] }\n";

/// A call of `book`, by the rules of the revision that has rounds.
pub(super) fn book(more: &Value) -> Value {
    let mut params = json!({
        "name": "book",
        "arguments": { "seat": 7 },
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "agent", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    });
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params })
}

pub(super) fn goes_on(state: &str) -> Value {
    book(&json!({ "requestState": state, "inputResponses": { "sure": { "action": "accept" } } }))
}

pub(super) fn asks_as(token: &str, message: &Value) -> Request<Full<Bytes>> {
    post()
        .header("Authorization", format!("Bearer {token}"))
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "tools/call")
        .header("Mcp-Name", message["params"]["name"].as_str().unwrap())
        .body(body(message))
        .unwrap()
}

/// What a server says that wants to know more first.
pub(super) fn wants(state: &str) -> Value {
    let questions = json!({ "sure": { "method": "elicitation/create", "params": {} } });
    let result = json!({ "resultType": "input_required", "inputRequests": questions, "requestState": state });
    json!({ "jsonrpc": "2.0", "id": 1, "result": result })
}

pub(super) fn done() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "result": { "resultType": "complete", "content": [] } })
}

fn fails() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -32602, "message": "no" } })
}

/// Whether somebody's call reaches the server, which answers so.
pub(super) async fn reaches_as(guard: &Guard, token: &str, message: &Value, answer: &Value) -> bool {
    answered(guard, asks_as(token, message), json_answer(answer)).await.1
}

pub(super) async fn reaches(guard: &Guard, message: &Value, answer: &Value) -> bool {
    reaches_as(guard, &token(), message, answer).await
}

pub(super) async fn taken(store: &Memory) -> i64 {
    counted(store, "book", "_rate_day", Span::Day, NOW).await
}

fn place() -> (Guard, Arc<Memory>) {
    let (builder, store) = under(ONE_A_DAY);
    (builder.build(), store)
}

#[tokio::test]
async fn a_call_of_three_rounds_is_counted_once() {
    let (guard, store) = place();
    assert!(reaches(&guard, &book(&json!({})), &wants("one")).await);
    assert!(reaches(&guard, &goes_on("one"), &wants("two")).await);
    assert!(reaches(&guard, &goes_on("two"), &done()).await);
    assert_eq!(taken(&store).await, 1);
    assert!(!reaches(&guard, &book(&json!({})), &done()).await, "the next call is another one");
}

#[tokio::test]
async fn the_same_holds_for_a_stream_and_for_a_server_that_gives_no_state() {
    for (asks, next) in [
        (wants("\u{e9}\"/"), goes_on("\u{e9}\"/")),
        (
            json!({ "jsonrpc": "2.0", "id": 1, "result": { "resultType": "input_required", "inputRequests": {} } }),
            book(&json!({ "inputResponses": {} })),
        ),
    ] {
        for length in [1, 7, 4096] {
            let (guard, store) = place();
            let text = format!(": hello\n\ndata: {asks}\n\n");
            let pieces = text.as_bytes().chunks(length).map(Bytes::copy_from_slice);
            let request = asks_as(&token(), &book(&json!({})));
            assert!(answered(&guard, request, in_pieces("text/event-stream", pieces)).await.1);
            assert!(reaches(&guard, &next, &done()).await, "{asks}");
            assert_eq!(taken(&store).await, 1);
        }
    }
}

#[tokio::test]
async fn a_state_is_good_once() {
    let (guard, store) = place();
    assert!(reaches(&guard, &book(&json!({})), &wants("one")).await);
    let mut made = 0;
    for _ in 0..100 {
        made += usize::from(reaches(&guard, &goes_on("one"), &done()).await);
    }
    assert_eq!((made, taken(&store).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_go_on_at_once_one_is_not_counted() {
    let (guard, store) = place();
    assert!(reaches(&guard, &book(&json!({})), &wants("one")).await);
    let (made, mut running) = (Arc::new(AtomicUsize::new(0)), tokio::task::JoinSet::new());
    for _ in 0..64 {
        running.spawn(rushed(&guard, asks_as(&token(), &goes_on("one")), &made, false));
    }
    assert_eq!(running.join_all().await.len(), 64);
    assert_eq!((made.load(SeqCst), taken(&store).await), (1, 1));
}

#[tokio::test]
async fn nobody_goes_on_with_what_was_not_said_to_it_of_this_call() {
    let with = |name: &str, value: Value| {
        let mut message = goes_on("one");
        message["params"][name] = value;
        message
    };
    let alice = token();
    for (token, message) in [
        (token_with("sub", "bob"), goes_on("one")),
        (token_with("client_id", "other"), goes_on("one")),
        (alice.clone(), goes_on("two")),
        (alice.clone(), goes_on("")),
        (alice.clone(), with("arguments", json!({ "seat": 8 }))),
        (alice.clone(), with("arguments", json!({ "seat": 7, "also": 8 }))),
        (alice.clone(), with("task", json!({ "ttl": 1 }))),
        (alice.clone(), book(&json!({ "inputResponses": {} }))),
        (alice.clone(), book(&json!({}))),
    ] {
        let (guard, store) = place();
        assert!(reaches(&guard, &book(&json!({})), &wants("one")).await);
        assert!(!reaches_as(&guard, &token, &message, &done()).await, "{message}");
        assert!(reaches(&guard, &goes_on("one"), &done()).await, "and it is used up by nobody else");
        assert_eq!(taken(&store).await, 1);
    }
}

#[tokio::test]
async fn who_has_no_name_goes_on_with_nothing() {
    let (guard, _) = place();
    let nameless = |jti: &str| {
        let mut claims = claims();
        claims.remove("sub");
        claims.remove("client_id");
        claims.insert("jti".into(), jti.into());
        signed(&claims)
    };
    assert!(reaches_as(&guard, &nameless("a"), &book(&json!({})), &wants("one")).await);
    assert!(!reaches_as(&guard, &nameless("b"), &goes_on("one"), &done()).await);
}

#[tokio::test]
async fn no_state_of_one_server_is_good_at_another() {
    let store = Arc::new(Memory::new());
    let everywhere = [(Place::Shared, ONE_A_DAY)];
    let ledger = ledger(&store);
    let notes = builder().policy(policies(&everywhere), ledger.clone()).build();
    let files = builder_of_the_neighbour().policy(policies(&everywhere), ledger).build();
    assert!(reaches(&notes, &book(&json!({})), &wants("one")).await);
    let mut elsewhere = claims();
    elsewhere.insert("aud".into(), NEIGHBOUR.into());
    // The counter is of all servers, and has been used up.
    assert!(!reaches_as(&files, &signed(&elsewhere), &goes_on("one"), &done()).await);
    assert!(reaches(&notes, &goes_on("one"), &fails()).await);
    let later =
        builder_of_the_neighbour().policy(policies(&everywhere), super::stage::ledger(&Arc::default()));
    assert!(reaches_as(&later.build(), &signed(&elsewhere), &goes_on("one"), &done()).await, "it is open");
}

#[tokio::test]
async fn what_does_not_ask_goes_on_nowhere() {
    let result = |result: Value| json!({ "jsonrpc": "2.0", "id": 1, "result": result });
    let elsewhere = |id: Value| {
        let mut message = wants("one");
        message["id"] = id;
        message
    };
    for answer in [
        result(json!({ "requestState": "one" })),
        result(json!({ "resultType": "complete", "requestState": "one" })),
        result(json!({ "structuredContent": { "resultType": "input_required", "requestState": "one" } })),
        result(json!({ "content": [{ "resultType": "input_required", "requestState": "one" }] })),
        result(json!([{ "resultType": "input_required", "requestState": "one" }])),
        result(json!({ "resultType": "input_required", "_meta": { "requestState": "one" } })),
        result(json!({ "resultType": "input_required", "requestState": ["one"] })),
        result(json!({ "resultType": "input_required", "requestState": null })),
        json!({ "jsonrpc": "2.0", "id": 1, "resultType": "input_required", "requestState": "one", "result": {} }),
        elsewhere(json!(2)),
        elsewhere(json!("1")),
    ] {
        let (guard, store) = place();
        assert!(reaches(&guard, &book(&json!({})), &answer).await);
        assert!(!reaches(&guard, &goes_on("one"), &done()).await, "{answer}");
        assert_eq!(taken(&store).await, 1);
    }
    for text in [
        r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"one","requestState":"two"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"one"},"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"one"},"error":{}}"#,
    ] {
        let (guard, _) = place();
        let answer = in_pieces("application/json", [text]);
        assert!(answered(&guard, asks_as(&token(), &book(&json!({}))), answer).await.1);
        assert!(!reaches(&guard, &goes_on("one"), &done()).await, "{text}");
    }
}

#[tokio::test]
async fn what_comes_to_nothing_leaves_the_state_as_it_was() {
    let (guard, store) = place();
    assert!(reaches(&guard, &book(&json!({})), &wants("one")).await);
    for _ in 0..3 {
        assert!(reaches(&guard, &goes_on("one"), &fails()).await);
    }
    // A stream that breaks off may have been the call.
    let broken = in_pieces("text/event-stream", [": hello\n\n"]);
    assert!(answered(&guard, asks_as(&token(), &goes_on("one")), broken).await.1);
    assert!(!reaches(&guard, &goes_on("one"), &done()).await);
    assert_eq!(taken(&store).await, 1);
}

#[tokio::test]
async fn in_a_later_window_a_call_is_counted_there_too() {
    // Or calls are begun minute by minute, and all made in one.
    for rate in ["1/day", "1/hour", "1/minute"] {
        let (clock, store) = (hand(), Arc::new(Memory::new()));
        let text = ONE_A_DAY.replace("1/day", rate);
        let guard = builder().clock(clock.clone()).policy(policy(&text), ledger(&store)).build();
        // A minute before midnight.
        clock.passes(57_540);
        let mut claims = claims();
        claims.insert("iat".into(), (NOW + 57_530).into());
        claims.insert("exp".into(), (NOW + 57_840).into());
        let token = signed(&claims);
        assert!(reaches_as(&guard, &token, &book(&json!({})), &wants("one")).await);
        clock.passes(60);
        assert!(reaches_as(&guard, &token, &book(&json!({})), &wants("two")).await);
        assert!(!reaches_as(&guard, &token, &goes_on("one"), &done()).await, "{rate}");
        assert!(reaches_as(&guard, &token, &goes_on("two"), &done()).await, "{rate}");
    }
}

#[tokio::test]
async fn rules_are_asked_in_every_round() {
    let store = Arc::new(Memory::new());
    let ledger = ledger(&store);
    let usual = builder().policy(policy(ONE_A_DAY), ledger.clone()).build();
    assert!(reaches(&usual, &book(&json!({})), &wants("one")).await);
    let never = ONE_A_DAY.replace("[{", "[{ name: never, action: deny }, {");
    let changed = builder().policy(policy(&never), ledger.clone()).build();
    assert!(!reaches(&changed, &goes_on("one"), &done()).await);
    // What is counted only since is counted now.
    let more = ONE_A_DAY.replace("[{", "[{ rate_limit: 1/hour }, {");
    let changed = builder().policy(policy(&more), ledger).build();
    assert!(reaches(&changed, &goes_on("one"), &done()).await);
    assert_eq!(taken(&store).await, 1);
    assert_eq!(counted(&store, "book", "_rate_hour", Span::Hour, NOW).await, 1);
}

#[tokio::test]
async fn another_process_counts_anew() {
    let store = Arc::new(Memory::new());
    let ledger = ledger(&store);
    let here = builder().policy(policy(ONE_A_DAY), ledger.clone()).build();
    let there = builder().policy(policy(ONE_A_DAY), Ledger { rounds: Rounds::default(), ..ledger }).build();
    assert!(reaches(&here, &book(&json!({})), &wants("one")).await);
    assert!(!reaches(&there, &goes_on("one"), &done()).await);
    assert!(reaches(&here, &goes_on("one"), &done()).await);
}

async fn rules(store: &Memory, is_approved: bool) {
    let now = UnixTime::from_seconds(NOW);
    let [approval] = &store.approvals(now).await.unwrap()[..] else { panic!("one") };
    Approvals::rule(store, &approval.call.id, is_approved, "ada", now).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_call_is_approved_once_for_all_its_rounds() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    assert!(!reaches(&guard, &book(&json!({})), &done()).await);
    rules(&store, true).await;
    assert!(reaches(&guard, &book(&json!({})), &wants("one")).await);
    assert!(reaches(&guard, &goes_on("one"), &wants("two")).await);
    assert!(reaches(&guard, &goes_on("two"), &done()).await);
    for used in [book(&json!({})), goes_on("one"), goes_on("two")] {
        assert!(!reaches(&guard, &used, &done()).await, "an approval is for one call: {used}");
    }
}

#[tokio::test]
async fn who_denies_a_call_between_two_rounds_is_heard() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    assert!(!reaches(&guard, &book(&json!({})), &done()).await);
    rules(&store, true).await;
    assert!(reaches(&guard, &book(&json!({})), &wants("one")).await);
    rules(&store, false).await;
    assert!(!reaches(&guard, &goes_on("one"), &done()).await);
}

#[tokio::test]
async fn whoever_approves_a_later_round_sees_what_is_answered_in_it() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    assert!(!reaches(&guard, &goes_on("nobody's"), &done()).await);
    let [approval] = &store.approvals(UnixTime::from_seconds(NOW)).await.unwrap()[..] else { panic!("one") };
    let Parameters::Whole(shown) = &approval.call.parameters else { panic!("all of them") };
    assert!(shown.contains(r#""inputResponses":{"sure":{"action":"accept"}}"#), "{shown}");
    rules(&store, true).await;
    assert!(reaches(&guard, &goes_on("nobody's"), &done()).await);
}
