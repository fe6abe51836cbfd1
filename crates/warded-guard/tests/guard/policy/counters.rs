//! Is as much let through as the policy says, and not one call more?

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use async_trait::async_trait;
use serde_json::json;
use tokio::task::JoinSet;
use warded_core::UnixTime;
use warded_policy::Place;
use warded_store::{
    Counter, Counters, ReservationId, Reserved, Reserving, Settled, Span, StoreFailed, Taking, Uncertain,
    memory::Memory,
};

use super::stage::{
    asks, asks_as, call, counted, denial, hand, ledger, ledger_of, of, passes, policies, policy, rushed,
    under,
};
use crate::stage::{Door, NOW, builder};

pub(super) const TWO_AN_HOUR: &str = r#"
version: "1"
tools:
  charge:
    rules:
      - name: two
        rate_limit: 2/hour
        on_deny: "Two an hour"
"#;
const SPENDING: &str = r#"
version: "1"
tools:
  charge:
    rules:
      - name: daily
        conditions: [{ path: state.charge.spent, op: lte, value: 10 }]
        state: { counter: spent, window: day, increment_from: args.amount }
        on_deny: "Spent"
"#;

#[tokio::test]
async fn as_many_calls_pass_as_the_limit_says_and_the_next_is_told_so() {
    let (builder, store) = under(TWO_AN_HOUR);
    let guard = builder.build();
    let charge = || asks(&call("charge", json!({})));
    assert!(passes(&guard, charge()).await && passes(&guard, charge()).await);
    let door = Door::at(guard.clone());
    assert_eq!(denial(&door.ask(charge()).await), "Two an hour");
    assert!(door.reached.lock().unwrap().is_empty());
    assert_eq!(counted(&store, "charge", "_rate_hour", Span::Hour, NOW).await, 2);
    assert!(passes(&guard, asks(&call("read", json!({})))).await, "other tools are not counted");
}

#[tokio::test]
async fn a_new_window_begins_with_the_hour() {
    let (clock, store) = (hand(), Arc::new(Memory::new()));
    let guard = builder().clock(clock.clone()).policy(policy(TWO_AN_HOUR), ledger(&store)).build();
    let charge = || asks(&call("charge", json!({})));
    assert!(passes(&guard, charge()).await && passes(&guard, charge()).await);
    assert!(!passes(&guard, charge()).await);
    clock.passes(-60);
    assert!(passes(&guard, charge()).await, "the hour before has its own count");
    clock.passes(60);
    assert!(!passes(&guard, charge()).await, "and a clock that is set right finds what it left");
}

#[tokio::test]
async fn what_is_spent_is_exact_and_nobody_earns_by_spending_less_than_nothing() {
    let (builder, store) = under(SPENDING);
    let guard = builder.build();
    let charge = |amount: serde_json::Value| asks(&call("charge", json!({ "amount": amount })));
    for _ in 0..10 {
        assert!(passes(&guard, charge(json!(0.99))).await);
    }
    assert!(!passes(&guard, charge(json!(0.2))).await, "0.99 is not nothing");
    assert!(passes(&guard, charge(json!(-1_000_000))).await);
    assert!(!passes(&guard, charge(json!(0.2))).await, "a negative amount gives nothing back");
    assert!(passes(&guard, charge(json!(0.1))).await);
    assert_eq!(counted(&store, "charge", "spent", Span::Day, NOW).await, 10);
    for amount in [json!(1e300), json!("5"), json!(null), json!([1])] {
        assert!(!passes(&guard, charge(amount.clone())).await, "{amount}");
    }
}

#[tokio::test]
async fn what_is_refused_for_another_reason_takes_nothing() {
    let text = r#"
version: "1"
tools:
  delete_note:
    rules: [{ name: two, rate_limit: 2/hour }]
  charge:
    rules:
      - { name: two, rate_limit: 2/hour }
      - { name: small, conditions: [{ path: args.amount, op: lte, value: 5 }] }
"#;
    let (builder, store) = under(text);
    let guard = builder.build();
    for _ in 0..3 {
        assert!(!passes(&guard, asks(&call("delete_note", json!({})))).await);
        assert!(!passes(&guard, asks(&call("charge", json!({ "amount": 6 })))).await);
    }
    for scope in ["delete_note", "charge"] {
        assert_eq!(counted(&store, scope, "_rate_hour", Span::Hour, NOW).await, 0, "{scope}");
    }
}

#[tokio::test]
async fn a_batch_takes_for_each_of_its_calls_or_for_none() {
    let (builder, store) = under(TWO_AN_HOUR);
    let guard = builder.build();
    let charges = |count: i64| {
        let one = |id: i64| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "charge" } });
        asks(&(0..count).map(one).collect())
    };
    assert!(!passes(&guard, charges(3)).await);
    assert_eq!(counted(&store, "charge", "_rate_hour", Span::Hour, NOW).await, 0);
    assert!(passes(&guard, charges(2)).await);
    assert!(!passes(&guard, charges(1)).await);
}

#[tokio::test]
async fn everybody_has_a_limit_of_their_own_where_the_policy_says_so() {
    let text = TWO_AN_HOUR.replace("rate_limit: 2/hour", "rate_limit: 2/hour\n        per: subject");
    let guard = under(&text).0.build();
    let charge = |subject: &str| asks_as(&of(subject), &call("charge", json!({})));
    for subject in ["alice", "bob"] {
        assert!(passes(&guard, charge(subject)).await && passes(&guard, charge(subject)).await);
        assert!(!passes(&guard, charge(subject)).await, "{subject}");
    }
}

#[tokio::test]
async fn a_token_has_a_limit_of_its_own_under_the_name_that_the_journal_has_for_it() {
    let text = TWO_AN_HOUR.replace("rate_limit: 2/hour", "rate_limit: 2/hour\n        per: token");
    let guard = under(&text).0.build();
    let (one, other) = (of("alice"), crate::stage::token_with("jti", "other"));
    let charge = |token: &str| asks_as(token, &call("charge", json!({})));
    assert!(passes(&guard, charge(&one)).await && passes(&guard, charge(&one)).await);
    assert!(!passes(&guard, charge(&one)).await);
    assert!(passes(&guard, charge(&other)).await);
}

#[tokio::test]
async fn a_shared_policy_counts_over_all_servers_and_an_own_one_over_its_server() {
    let store = Arc::new(Memory::new());
    let shared = policies(&[(Place::Shared, TWO_AN_HOUR)]);
    let notes = builder().policy(Arc::clone(&shared), ledger(&store)).build();
    let again = builder().policy(shared, ledger(&store)).build();
    let own = builder().policy(policy(TWO_AN_HOUR), ledger(&store)).build();
    let charge = || asks(&call("charge", json!({})));
    assert!(passes(&notes, charge()).await && passes(&again, charge()).await);
    assert!(!passes(&notes, charge()).await && !passes(&again, charge()).await);
    assert!(passes(&own, charge()).await);
}

#[tokio::test]
async fn counters_outlive_a_policy_that_is_read_again() {
    let store = Arc::new(Memory::new());
    let charge = || asks(&call("charge", json!({})));
    for text in [TWO_AN_HOUR.to_owned(), format!("# read again\n{TWO_AN_HOUR}  other: {{ rules: [] }}\n")] {
        assert!(passes(&builder().policy(policy(&text), ledger(&store)).build(), charge()).await);
    }
    assert!(!passes(&builder().policy(policy(TWO_AN_HOUR), ledger(&store)).build(), charge()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_as_many_pass_as_the_limit_says() {
    let text = TWO_AN_HOUR.replace("2/hour", "100/hour");
    let (builder, store) = under(&text);
    let guard = builder.build();
    let reached = Arc::new(AtomicUsize::new(0));
    let mut running = JoinSet::new();
    for number in 0..64 {
        let (guard, reached) = (guard.clone(), Arc::clone(&reached));
        running.spawn(async move {
            let mut denied = 0;
            for turn in 0..20 {
                // Every other one that gets through fails, and is no call.
                let fails = (number + turn) % 2 == 0;
                let answer = rushed(&guard, asks(&call("charge", json!({}))), &reached, fails).await;
                denied += usize::from(answer.json()["result"]["isError"] == true);
            }
            denied
        });
    }
    let mut denied = 0;
    while let Some(more) = running.join_next().await {
        denied += more.unwrap();
    }
    assert!(denied > 0);
    assert_eq!(reached.load(SeqCst), 100);
    assert_eq!(counted(&store, "charge", "_rate_hour", Span::Hour, NOW).await, 100);
}

#[derive(Debug)]
pub(super) struct Down;

#[async_trait]
impl Counters for Down {
    async fn counts(&self, _: &[Counter<'_>], _: UnixTime) -> Result<Vec<i64>, StoreFailed> {
        Err(StoreFailed::Access("gone".into()))
    }

    async fn reserve_all(
        &self,
        _: &[Taking<'_>],
        _: &Reserving<'_>,
        _: UnixTime,
    ) -> Result<Reserved, StoreFailed> {
        Err(StoreFailed::Access("gone".into()))
    }

    async fn settle(&self, _: ReservationId, _: Settled) -> Result<(), StoreFailed> {
        Err(StoreFailed::Access("gone".into()))
    }

    async fn uncertain(&self, _: &str, _: &[u8; 16]) -> Result<Vec<Uncertain>, StoreFailed> {
        Err(StoreFailed::Access("gone".into()))
    }
}

#[tokio::test]
async fn where_nothing_can_be_counted_no_counted_call_is_made() {
    let ledger = ledger_of(Arc::new(Down), Arc::new(Memory::new()));
    let door = Door::at(builder().policy(policy(TWO_AN_HOUR), ledger).build());
    let refused = door.refuses(asks(&call("charge", json!({})))).await;
    assert_eq!(refused, (503, "store-unavailable".to_owned()));
    door.admits(asks(&call("read", json!({})))).await;
}

#[tokio::test]
async fn what_is_only_looked_at_counts_and_refuses_nothing() {
    let text = TWO_AN_HOUR.replace("name: two", "name: two\n        shadow: true");
    let (builder, store) = under(&text);
    let guard = builder.build();
    for _ in 0..4 {
        assert!(passes(&guard, asks(&call("charge", json!({})))).await);
    }
    assert_eq!(counted(&store, "charge", "_rate_hour", Span::Hour, NOW).await, 2);
}
