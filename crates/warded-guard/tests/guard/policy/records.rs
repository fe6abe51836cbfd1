//! Is it on record what a policy did not let through, and what it would not have?

use std::{fs, path::Path, sync::Arc};

use serde_json::{Value, json};
use warded_core::FingerprintKey;
use warded_guard::{Guard, Ledger};
use warded_store::{
    journal::{
        Journal,
        segments::{Segments, Terms, Trust, verify},
    },
    memory::Memory,
};

use super::stage::{asks, call, ledger, passes, policy};
use crate::stage::{Door, Fixed, builder};

pub(super) fn kept(folder: &Path, policy: &str) -> (Guard, Arc<Segments>) {
    kept_in(folder, policy, ledger(&Arc::new(Memory::new())))
}

/// A guard with a journal, that counts in this ledger.
pub(super) fn kept_in(folder: &Path, text: &str, ledger: Ledger) -> (Guard, Arc<Segments>) {
    let journal = Arc::new(Segments::open(folder, Terms::of("a"), Arc::new(Fixed)).unwrap());
    let names = Arc::new(FingerprintKey::new([7; 32]));
    let builder = builder().policy(policy(text), ledger);
    (builder.journal(Arc::clone(&journal) as Arc<dyn Journal>, names).build(), journal)
}

pub(super) fn records(folder: &Path) -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let text: String = files.into_iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const RULES: &str = r#"
version: "1"
hide: [gone]
tools:
  wipe:
    rules:
      - name: "never \"ever\""
        action: deny
        on_deny: "MARK ${args.why}"
  ask:
    rules:
      - { name: ask first, action: require_approval }
  read:
    rules:
      - { name: once, shadow: true, rate_limit: 1/hour }
      - { name: small, shadow: true, conditions: [{ path: args.size, op: lt, value: 5 }] }
"#;

#[tokio::test]
async fn a_denied_call_is_on_record_with_the_rule_that_denied_it_and_without_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let text = RULES.replace("MARK ${args.why}", "MARK");
    let (guard, journal) = kept(folder.path(), &text);
    let door = Door::at(guard);
    for tool in ["wipe", "gone", "ask"] {
        door.ask(asks(&call(tool, json!({ "why": "MARK" })))).await;
    }
    journal.flush().unwrap();
    let records = records(folder.path());
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            ["event", "outcome", "code", "rule", "policy", "method", "subject"]
                .map(|name| record[name].as_str().unwrap())
        })
        .collect();
    let of = |code, rule| ["refused", "refused", code, rule, "notes.yaml", "tools/call", "alice"];
    let line = text.lines().position(|line| line.contains("never")).unwrap() + 1;
    assert_eq!(
        told,
        [
            of("policy-denied", "never \"ever\""),
            of("policy-hidden", "(hidden)"),
            of("policy-held", "ask first")
        ]
    );
    assert_eq!((&records[0]["line"], &records[0]["status"]), (&line.into(), &200.into()));
    assert_eq!(records[1]["line"], Value::Null);
    assert!(!records.iter().any(|record| record.to_string().contains("MARK")));
    assert_eq!(verify(folder.path(), "a", &Trust::default()).unwrap().records, 3);
}

#[tokio::test]
async fn a_rule_that_is_only_looked_at_is_on_record_where_it_would_have_denied() {
    let folder = tempfile::tempdir().unwrap();
    let text = RULES.replace("${args.why}", "");
    let (guard, journal) = kept(folder.path(), &text);
    for size in [1, 9] {
        assert!(passes(&guard, asks(&call("read", json!({ "size": size })))).await);
    }
    journal.flush().unwrap();
    let records = records(folder.path());
    assert_eq!(records.iter().map(|record| &record["outcome"]).collect::<Vec<_>>(), ["answered", "answered"]);
    assert_eq!(records[0]["shadowed"], Value::Null);
    let shadowed: Vec<_> =
        records[1]["shadowed"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect();
    assert_eq!(shadowed, ["small", "once"]);
    assert!(records[1]["shadowed"][0]["line"].as_u64() > Some(0) && records[1]["rule"] == Value::Null);
    assert_eq!(verify(folder.path(), "a", &Trust::default()).unwrap().records, 2);
}
