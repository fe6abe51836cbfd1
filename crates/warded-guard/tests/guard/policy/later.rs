//! What of a call of several rounds still holds when its next round comes late, or from somebody with much under way?

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_guard::Guard;
use warded_store::{Approval, Approvals, memory::Memory};

use super::{
    rounds::{HELD, ONE_A_DAY, book, done, goes_on, reaches_as, taken, wants},
    stage::{Hand, answered, hand, json_answer, ledger, policy, under},
};
use crate::stage::{NOW, body, builder, claims, post, signed, token, token_with};

/// A token that outlasts what is awaited here.
fn lasting() -> String {
    token_with("exp", NOW + 3000)
}

async fn approvals(store: &Memory, later: u32) -> Vec<Approval> {
    store.approvals(UnixTime::from_seconds(NOW).plus(later)).await.unwrap()
}

/// Approves all that waits, or denies all that was approved.
async fn rules(store: &Memory, later: u32, is_approved: bool) {
    for approval in approvals(store, later).await {
        let now = UnixTime::from_seconds(NOW).plus(later);
        store.rule(&approval.call.id, is_approved, "ada", now).await.unwrap().unwrap();
    }
}

/// A call that was approved and is asked something back.
async fn under_way() -> (Guard, Arc<Hand>, Arc<Memory>, String) {
    let (clock, store, token) = (hand(), Arc::new(Memory::new()), lasting());
    let guard = builder().clock(clock.clone()).policy(policy(HELD), ledger(&store)).build();
    assert!(!reaches_as(&guard, &token, &book(&json!({})), &done()).await);
    rules(&store, 0, true).await;
    assert!(reaches_as(&guard, &token, &book(&json!({})), &wants("one")).await);
    (guard, clock, store, token)
}

#[tokio::test]
async fn what_was_denied_between_two_rounds_stays_denied_when_that_has_lapsed() {
    let (guard, clock, store, token) = under_way().await;
    rules(&store, 0, false).await;
    assert!(!reaches_as(&guard, &token, &goes_on("one"), &done()).await);
    clock.passes(601);
    assert!(!reaches_as(&guard, &token, &goes_on("one"), &done()).await);
}

#[tokio::test]
async fn a_round_after_its_approval_has_lapsed_waits_anew_and_is_approved_anew() {
    let (guard, clock, store, token) = under_way().await;
    clock.passes(599);
    assert!(reaches_as(&guard, &token, &goes_on("one"), &wants("two")).await);
    clock.passes(1);
    // Nobody could deny it any more.
    assert!(!reaches_as(&guard, &token, &goes_on("two"), &done()).await);
    assert_eq!(approvals(&store, 600).await.len(), 1);
    rules(&store, 600, true).await;
    assert!(reaches_as(&guard, &token, &goes_on("two"), &wants("three")).await);
    assert!(reaches_as(&guard, &token, &goes_on("three"), &wants("four")).await);
    rules(&store, 600, false).await;
    assert!(!reaches_as(&guard, &token, &goes_on("four"), &done()).await, "it is the later one that counts");
}

fn listens(more: &Value) -> Value {
    let mut message = book(more);
    let params = message["params"].as_object_mut().unwrap();
    params.retain(|name, _| name != "name" && name != "arguments");
    params.insert(
        "notifications".into(),
        json!({ "resourceSubscriptions": ["note://a", "note://b", "note://c"] }),
    );
    message["method"] = "subscriptions/listen".into();
    message
}

async fn listens_on(guard: &Guard, message: &Value, answer: &Value) -> bool {
    let request: Request<Full<Bytes>> = post()
        .header("Authorization", format!("Bearer {}", token()))
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "subscriptions/listen")
        .body(body(message))
        .unwrap();
    answered(guard, request, json_answer(answer)).await.1
}

#[tokio::test]
async fn of_several_things_that_one_rule_holds_each_can_be_denied_between_two_rounds() {
    let text = "version: \"1\"\nresources:\n  \"*\":\n    rules: [{ name: ask, action: require_approval }]\n";
    let more = json!({ "requestState": "one", "inputResponses": {} });
    for denied in [None, Some("note://a"), Some("note://b"), Some("note://c")] {
        let (builder, store) = under(text);
        let guard = builder.build();
        assert!(!listens_on(&guard, &listens(&json!({})), &done()).await);
        assert_eq!(approvals(&store, 0).await.len(), 3);
        rules(&store, 0, true).await;
        assert!(listens_on(&guard, &listens(&json!({})), &wants("one")).await);
        for approval in approvals(&store, 0).await {
            if Some(&*approval.call.target) == denied {
                let now = UnixTime::from_seconds(NOW);
                store.rule(&approval.call.id, false, "ada", now).await.unwrap().unwrap();
            }
        }
        assert_eq!(listens_on(&guard, &listens(&more), &done()).await, denied.is_none(), "{denied:?}");
    }
}

#[tokio::test]
async fn no_more_go_through_within_a_sliding_window_than_its_limit() {
    let text = r#"
version: "1"
tools:
  book:
    rules:
      - name: two
        conditions: [{ path: state.book.n, op: lte, value: 2 }]
        state: { counter: n, window: minute, sliding: true }
"#;
    let (clock, store) = (hand(), Arc::new(Memory::new()));
    let guard = builder().clock(clock.clone()).policy(policy(text), ledger(&store)).build();
    let token = token();
    for state in ["one", "two"] {
        assert!(reaches_as(&guard, &token, &book(&json!({})), &wants(state)).await);
    }
    // Once more in the second in which it was counted.
    assert!(reaches_as(&guard, &token, &goes_on("one"), &wants("one")).await);
    // Both would be made now, and two more as soon as their first rounds count no longer.
    clock.passes(59);
    for state in ["one", "two"] {
        assert!(!reaches_as(&guard, &token, &goes_on(state), &done()).await, "{state}");
    }
    let mut made = 0;
    for _ in 0..10 {
        clock.passes(1);
        for state in ["one", "two"] {
            made += usize::from(reaches_as(&guard, &token, &goes_on(state), &done()).await);
        }
        made += usize::from(reaches_as(&guard, &token, &book(&json!({})), &done()).await);
    }
    assert_eq!(made, 2);
}

#[tokio::test]
async fn one_person_has_one_room_by_whatever_program() {
    let by = |subject: Option<&str>, client: &str| {
        let mut claims = claims();
        claims.remove("sub");
        if let Some(subject) = subject {
            claims.insert("sub".into(), subject.into());
        }
        claims.insert("client_id".into(), client.into());
        signed(&claims)
    };
    for (first, second, is_one) in [
        (by(Some("ada"), "editor"), by(Some("ada"), "shell"), true),
        (by(Some("ada"), "editor"), by(Some("bob"), "editor"), false),
        (by(None, "editor"), by(None, "shell"), false),
    ] {
        let (builder, store) = under(&ONE_A_DAY.replace("1/day", "999/day"));
        let guard = builder.build();
        assert!(reaches_as(&guard, &first, &book(&json!({})), &wants("first")).await);
        for number in 0..64 {
            assert!(reaches_as(&guard, &second, &book(&json!({})), &wants(&number.to_string())).await);
        }
        assert_eq!(taken(&store).await, 65);
        assert!(reaches_as(&guard, &first, &goes_on("first"), &done()).await);
        assert_eq!(taken(&store).await, 65 + i64::from(is_one), "forgotten, it is counted anew");
    }
}
