//! Is a held call made once, by whom it was approved for, exactly as it was approved?

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use warded_core::UnixTime;
use warded_guard::Guard;
use warded_store::{
    Approval, ApprovalId, Approvals, Counters, HeldCall, Holding, Meant, Parameters, Ruling, Span,
    StoreFailed, Use, memory::Memory,
};

use super::stage::{
    answered, asks, asks_as, call, counted, denial, hand, in_pieces, json_answer, ledger, ledger_of, of,
    passes, policy, rushed, under,
};
use crate::stage::{Door, NOW, builder, token_with};

pub(super) const HELD: &str = r#"
version: "1"
tools:
  wipe:
    rules:
      - name: ask first
        action: require_approval
        conditions: [{ path: args.count, op: gt, value: 10 }]
        approval_timeout: 10m
        on_deny: "Many are wiped only after somebody has looked"
      - name: few
        rate_limit: 3/hour
"#;

pub(super) fn wipes(count: i64) -> Value {
    call("wipe", json!({ "count": count, "why": "é" }))
}

/// The name under which a call is held.
pub(super) async fn held(
    guard: &Guard,
    request: http::Request<http_body_util::Full<bytes::Bytes>>,
) -> String {
    let door = Door::at(guard.clone());
    let answer = door.ask(request).await;
    assert!(door.reached.lock().unwrap().is_empty());
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let told = answer.json();
    assert_eq!((&told["error"]["code"], &told["id"]), (&(-32003).into(), &1.into()), "{told}");
    let message = "[INTERCEPT APPROVAL REQUIRED] Many are wiped only after somebody has looked";
    assert_eq!(told["error"]["message"], message);
    let data = &told["error"]["data"];
    let approval = data["approval_id"].as_str().unwrap();
    assert!(
        data["human_instructions"]
            .as_str()
            .unwrap()
            .contains(&format!("warded approvals approve {approval}"))
    );
    assert_eq!(data["expires_at"], "2027-01-15T08:10:00Z");
    approval.to_owned()
}

pub(super) async fn all(store: &Memory) -> Vec<Approval> {
    store.approvals(UnixTime::from_seconds(NOW)).await.unwrap()
}

pub(super) async fn rules(store: &Memory, id: &str, is_approved: bool) {
    let approval = all(store).await.into_iter().find(|approval| approval.call.id.as_str() == id).unwrap();
    let now = UnixTime::from_seconds(NOW);
    store.rule(&approval.call.id, is_approved, "ada", now).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_call_waits_until_it_is_approved_and_is_then_made_once() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    assert!(passes(&guard, asks(&wipes(10))).await, "what no rule holds needs nobody");
    let id = held(&guard, asks(&wipes(11))).await;
    assert_eq!(held(&guard, asks(&wipes(11))).await, id, "the same call waits once");
    let [waiting] = &all(&store).await[..] else { panic!("one waits") };
    assert_eq!(
        (&*waiting.call.server, &*waiting.call.target, &*waiting.call.rule),
        ("notes", "wipe", "ask first")
    );
    assert_eq!((&*waiting.call.subject, &*waiting.call.client), ("alice", "agent"));
    let shown = r#"{"arguments":{"count":11,"why":"é"},"name":"wipe"}"#;
    assert_eq!(waiting.call.parameters, Parameters::Whole(shown.into()));
    rules(&store, &id, true).await;
    assert!(passes(&guard, asks(&wipes(11))).await);
    let again = held(&guard, asks(&wipes(11))).await;
    assert_ne!(again, id, "an approval is used once");
    assert_eq!(counted(&store, "wipe", "_rate_hour", Span::Hour, NOW).await, 2, "what waits is not counted");
}

#[tokio::test]
async fn an_approval_is_for_the_very_call_of_the_very_caller() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    let id = held(&guard, asks(&wipes(11))).await;
    rules(&store, &id, true).await;
    let with = |arguments: Value| asks(&call("wipe", arguments));
    for other in [
        asks(&wipes(12)),
        with(json!({ "count": 11 })),
        with(json!({ "count": 11, "why": "é", "also": null })),
        with(json!({ "count": 11.0, "why": "é" })),
        asks_as(&of("bob"), &wipes(11)),
        asks_as(&token_with("client_id", "other"), &wipes(11)),
    ] {
        assert_ne!(held(&guard, other).await, id);
    }
    // However it is spelled; and by whatever token.
    let text = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{ "why":"\u00e9", "\u0063ount" : 11 },"name":"wipe"}}"#;
    let spelled = crate::stage::post()
        .header("Authorization", format!("Bearer {}", token_with("jti", "later")))
        .body(crate::stage::full(text))
        .unwrap();
    assert!(passes(&guard, spelled).await);
}

#[tokio::test]
async fn another_rule_asks_anew() {
    let store = Arc::new(Memory::new());
    let usual = builder().policy(policy(HELD), ledger(&store)).build();
    let id = held(&usual, asks(&wipes(11))).await;
    rules(&store, &id, true).await;
    let tighter = HELD.replace("value: 10", "value: 9");
    let changed = builder().policy(policy(&tighter), ledger(&store)).build();
    assert_ne!(held(&changed, asks(&wipes(11))).await, id);
    assert!(passes(&usual, asks(&wipes(11))).await);
}

#[tokio::test]
async fn a_call_that_came_to_nothing_leaves_its_approval_as_it_was() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    let id = held(&guard, asks(&wipes(11))).await;
    rules(&store, &id, true).await;
    let error = json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -1, "message": "no" } });
    for _ in 0..3 {
        let (_, is_reached) = answered(&guard, asks(&wipes(11)), json_answer(&error)).await;
        assert!(is_reached, "approved until it is made");
    }
    assert_eq!(counted(&store, "wipe", "_rate_hour", Span::Hour, NOW).await, 0);
    // One that broke off may have been made.
    let (_, is_reached) =
        answered(&guard, asks(&wipes(11)), in_pieces("text/event-stream", [": hello\n\n"])).await;
    assert!(is_reached);
    assert_ne!(held(&guard, asks(&wipes(11))).await, id);
}

#[tokio::test]
async fn what_the_counters_refuse_uses_up_no_approval() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    let id = held(&guard, asks(&wipes(11))).await;
    rules(&store, &id, true).await;
    for _ in 0..3 {
        assert!(passes(&guard, asks(&wipes(1))).await);
    }
    assert!(!passes(&guard, asks(&wipes(11))).await);
    let [approval] = &all(&store).await[..] else { panic!("one") };
    assert_eq!(approval.ruling, Ruling::Approved);
}

#[tokio::test]
async fn a_denied_approval_is_a_denial() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    let id = held(&guard, asks(&wipes(11))).await;
    rules(&store, &id, false).await;
    let answer = Door::at(guard).ask(asks(&wipes(11))).await;
    assert_eq!(denial(&answer), "Approval was denied: Many are wiped only after somebody has looked");
}

#[tokio::test]
async fn what_was_approved_long_ago_is_not_approved() {
    let (clock, store) = (hand(), Arc::new(Memory::new()));
    let guard = builder().clock(clock.clone()).policy(policy(HELD), ledger(&store)).build();
    let id = held(&guard, asks(&wipes(11))).await;
    rules(&store, &id, true).await;
    let mut lasting = crate::stage::claims();
    lasting.insert("exp".into(), (NOW + 3000).into());
    let lasting = crate::stage::signed(&lasting);
    clock.passes(601);
    assert!(!passes(&guard, asks_as(&lasting, &wipes(11))).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_is_made() {
    let (builder, store) = under(&HELD.replace("3/hour", "1000/hour"));
    let guard = builder.build();
    let id = held(&guard, asks(&wipes(11))).await;
    rules(&store, &id, true).await;
    let reached = Arc::new(AtomicUsize::new(0));
    let mut running = JoinSet::new();
    for _ in 0..64 {
        running.spawn(rushed(&guard, asks(&wipes(11)), &reached, false));
    }
    while let Some(answer) = running.join_next().await {
        assert_eq!(answer.unwrap().status, 200);
    }
    assert_eq!(reached.load(SeqCst), 1);
    assert_eq!(
        counted(&store, "wipe", "_rate_hour", Span::Hour, NOW).await,
        1,
        "the others gave back what they took"
    );
}

#[tokio::test]
async fn in_a_batch_nothing_is_made_while_one_call_of_it_waits() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    let few = json!({ "jsonrpc": "2.0", "id": "few", "method": "tools/call", "params": { "name": "wipe", "arguments": { "count": 1 } } });
    let batch = json!([few, wipes(11)]);
    let door = Door::at(guard.clone());
    let answers = door.ask(asks(&batch)).await.json();
    assert!(door.reached.lock().unwrap().is_empty());
    assert_eq!(
        (&answers[0]["id"], &answers[0]["error"]["code"]),
        (&"few".into(), &(-32000).into()),
        "{answers}"
    );
    assert_eq!((&answers[1]["id"], &answers[1]["error"]["code"]), (&1.into(), &(-32003).into()), "{answers}");
    let id = answers[1]["error"]["data"]["approval_id"].as_str().unwrap();
    rules(&store, id, true).await;
    assert!(passes(&guard, asks(&batch)).await);
}

#[tokio::test]
async fn a_denied_call_holds_nothing() {
    let text = HELD.replace("      - name: few", "      - { name: never, action: deny }\n      - name: few");
    let (builder, store) = under(&text);
    assert_eq!(denial(&Door::at(builder.build()).ask(asks(&wipes(11))).await), "Denied by rule \"never\"");
    assert!(all(&store).await.is_empty());
}

#[tokio::test]
async fn nobody_fills_the_list_of_those_who_wait() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    for count in 0..60 {
        assert!(!passes(&guard, asks(&wipes(11 + count))).await);
    }
    assert_eq!(all(&store).await.len(), 50);
    let answer = Door::at(guard.clone()).ask(asks(&wipes(100))).await;
    assert!(denial(&answer).starts_with("Too many"));
    held(&guard, asks_as(&of("bob"), &wipes(11))).await;
}

/// Somebody else is always a moment faster.
#[derive(Debug)]
struct Beaten(Arc<Memory>, AtomicUsize);

#[async_trait]
impl Approvals for Beaten {
    async fn hold_call(&self, call: HeldCall, now: UnixTime) -> Result<Holding, StoreFailed> {
        self.1.fetch_add(1, SeqCst);
        self.0.hold_call(call, now).await
    }

    async fn approvals(&self, now: UnixTime) -> Result<Vec<Approval>, StoreFailed> {
        self.0.approvals(now).await
    }

    async fn find_approval(&self, prefix: &str, now: UnixTime) -> Result<Meant, StoreFailed> {
        self.0.find_approval(prefix, now).await
    }

    async fn rule(
        &self,
        id: &ApprovalId,
        is_approved: bool,
        by: &str,
        now: UnixTime,
    ) -> Result<Option<Approval>, StoreFailed> {
        Approvals::rule(&*self.0, id, is_approved, by, now).await
    }

    async fn use_approval(&self, id: &ApprovalId, now: UnixTime) -> Result<Option<Use>, StoreFailed> {
        assert!(self.0.use_approval(id, now).await?.is_some());
        self.0.use_approval(id, now).await
    }

    async fn restore_approval(&self, used: &Use) -> Result<(), StoreFailed> {
        self.0.restore_approval(used).await
    }
}

#[tokio::test]
async fn whoever_comes_a_moment_later_makes_no_call_and_waits_anew() {
    let store = Arc::new(Memory::new());
    let ledger = ledger_of(
        Arc::clone(&store) as Arc<dyn Counters>,
        Arc::new(Beaten(Arc::clone(&store), AtomicUsize::new(0))),
    );
    let guard = builder().policy(policy(HELD), ledger).build();
    let id = held(&guard, asks(&wipes(11))).await;
    rules(&store, &id, true).await;
    assert_ne!(held(&guard, asks(&wipes(11))).await, id);
    assert_eq!(counted(&store, "wipe", "_rate_hour", Span::Hour, NOW).await, 0);
}

#[tokio::test]
async fn where_there_is_no_room_for_one_call_of_a_batch_the_store_is_asked_for_no_other() {
    let store = Arc::new(Memory::new());
    let watched = Arc::new(Beaten(Arc::clone(&store), AtomicUsize::new(0)));
    let approvals = Arc::clone(&watched) as Arc<dyn Approvals>;
    let ledger = ledger_of(Arc::clone(&store) as Arc<dyn Counters>, approvals);
    let guard = builder().policy(policy(HELD), ledger).build();
    let batch: Vec<_> = (0..60).map(|count| wipes(11 + count)).collect();
    assert!(!passes(&guard, asks(&json!(batch))).await);
    assert_eq!((all(&store).await.len(), watched.1.load(SeqCst)), (50, 51));
}
