//! What only looks refuses nothing, whatever happens to it: a store that fails, steps that run out, a request for too much.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use warded_core::UnixTime;
use warded_store::{
    Counter, Counters, ReservationId, Reserved, Reserving, Settled, StoreFailed, Taking, Uncertain,
    memory::Memory,
};

use super::{
    counters::{Down, TWO_AN_HOUR},
    records::{kept_in, records},
    stage::{asks, call, ledger_of, passes},
};
use crate::stage::Door;

/// One that can be read and not written.
#[derive(Debug)]
struct Full(Memory);

#[async_trait]
impl Counters for Full {
    async fn counts(&self, counters: &[Counter<'_>], now: UnixTime) -> Result<Vec<i64>, StoreFailed> {
        self.0.counts(counters, now).await
    }

    async fn reserve_all(
        &self,
        _: &[Taking<'_>],
        _: &Reserving<'_>,
        _: UnixTime,
    ) -> Result<Reserved, StoreFailed> {
        Err(StoreFailed::Access("full".into()))
    }

    async fn settle(&self, _: ReservationId, _: Settled) -> Result<(), StoreFailed> {
        Err(StoreFailed::Access("full".into()))
    }

    async fn uncertain(&self, _: &str, _: &[u8; 16]) -> Result<Vec<Uncertain>, StoreFailed> {
        Err(StoreFailed::Access("full".into()))
    }
}

fn broken() -> [Arc<dyn Counters>; 2] {
    [Arc::new(Down), Arc::new(Full(Memory::new()))]
}

/// The same policy where its rule only looks, and where its file does; and on which line what was not seen is told.
fn looking(text: &str) -> [(String, u64); 2] {
    let line = text.lines().position(|line| line.contains("name:")).unwrap() + 1;
    let rule = text.replace("rate_limit:", "shadow: true\n        rate_limit:");
    let file = text.replace("version: \"1\"", "version: \"1\"\nshadow: true");
    [(rule, u64::try_from(line).unwrap()), (file, 0)]
}

#[tokio::test]
async fn where_nothing_can_be_counted_what_only_looks_refuses_nothing_and_says_that_it_has_seen_nothing() {
    for (text, line) in looking(TWO_AN_HOUR) {
        for (at, counters) in broken().into_iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let ledger = ledger_of(counters, Arc::new(Memory::new()));
            let (guard, journal) = kept_in(folder.path(), &text, ledger);
            for _ in 0..3 {
                assert!(passes(&guard, asks(&call("charge", json!({})))).await, "{text}");
            }
            journal.flush().unwrap();
            let records = records(folder.path());
            assert_eq!(records.len(), 3);
            for record in records {
                let shadowed = &record["shadowed"][0];
                assert_eq!(shadowed["rule"], "(undecided)", "{record}");
                // Where the counters are read, the rule is known that could not take.
                let told = shadowed["line"].as_u64().unwrap_or(0);
                assert!(told == line || at == 1 && told > 0, "{record}");
            }
        }
    }
}

#[tokio::test]
async fn whoever_needs_the_same_counters_and_does_not_only_look_has_them_or_nothing() {
    for (text, _) in looking(TWO_AN_HOUR) {
        if text.contains("\nshadow") {
            continue;
        }
        for counters in broken() {
            let both = format!("{text}      - {{ name: three, rate_limit: 3/day }}\n");
            let folder = tempfile::tempdir().unwrap();
            let (guard, _) = kept_in(folder.path(), &both, ledger_of(counters, Arc::new(Memory::new())));
            let refused = Door::at(guard).refuses(asks(&call("charge", json!({})))).await;
            assert_eq!(refused, (503, "store-unavailable".to_owned()));
        }
    }
}

#[tokio::test]
async fn a_request_for_too_much_passes_where_nothing_would_have_refused_it() {
    let batch = |count: usize| json!(vec![call("charge", json!({})); count]);
    for (text, _) in looking(TWO_AN_HOUR) {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Memory::new());
        let (guard, journal) = kept_in(folder.path(), &text, super::stage::ledger(&store));
        assert!(passes(&guard, asks(&batch(65))).await, "{text}");
        journal.flush().unwrap();
        assert_eq!(records(folder.path())[0]["shadowed"][0]["rule"], "(undecided)");
    }
}

#[tokio::test]
async fn what_only_looks_and_takes_too_many_steps_refuses_nothing() {
    let rules: Vec<_> = (0..400)
        .map(|n| format!("      - {{ name: r{n}, conditions: [{{ path: args.text, op: regex, value: \"^[a-z]|{n}\" }}] }}\n"))
        .collect();
    let rules = rules.concat();
    let text = format!("version: \"1\"\nshadow: true\ntools:\n  search:\n    rules:\n{rules}");
    let folder = tempfile::tempdir().unwrap();
    let (guard, _) = kept_in(folder.path(), &text, super::stage::ledger(&Arc::new(Memory::new())));
    let long = call("search", json!({ "text": "ab".repeat(1_500_000) }));
    assert!(passes(&guard, asks(&long)).await);
}

#[tokio::test]
async fn more_takings_than_a_store_takes_at_once_leave_out_what_only_looks() {
    let rule = |at: usize, shadow: bool| {
        let shadow = if shadow { "shadow: true, " } else { "" };
        format!(
            "      - {{ name: r{at}, {shadow}conditions: [{{ path: state.ping.c{at}, op: lte, value: 9000 }}], state: {{ counter: c{at}, window: day }} }}\n"
        )
    };
    let bare = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "ping" } });
    let many = json!(vec![bare; 1000]);
    for (is_last_shadow, is_passed) in [(true, true), (false, false)] {
        let rules: String = (0..5).map(|at| rule(at, at > 0 && is_last_shadow)).collect();
        let text = format!("version: \"1\"\ntools:\n  ping:\n    rules:\n{rules}");
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Memory::new());
        let (guard, _) = kept_in(folder.path(), &text, super::stage::ledger(&store));
        assert_eq!(passes(&guard, asks(&many)).await, is_passed);
        let told = Door::at(guard).ask(asks(&many)).await;
        assert_eq!(told.status, 200, "no fault of ours: {told:?}");
    }
}
