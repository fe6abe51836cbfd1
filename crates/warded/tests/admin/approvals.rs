//! Calls that wait: they are seen, approved and denied, and each word is on record before it holds.

use serde_json::{Value, json};
use warded_client::clock::SystemClock;
use warded_core::Clock as _;
use warded_store::{ApprovalId, Approvals as _, HeldCall, Holding, Parameters, sqlite::Sqlite};

use crate::desk::Desk;

fn id() -> ApprovalId {
    #[expect(clippy::disallowed_methods, reason = "a test of what is called by it")]
    let random = aws_lc_rs::rand::SystemRandom::new();
    ApprovalId::new(&random).unwrap()
}

fn call(id: ApprovalId, number: u8) -> HeldCall {
    HeldCall {
        id,
        fingerprint: [number; 32],
        server: "notes".into(),
        target: "delete_note".into(),
        parameters: Parameters::Whole(
            "{\"id\": 9007199254740993, \"why\": \"\\u001b[2J\u{202e}\u{e0041}\u{3164}\"}".into(),
        ),
        rule: "ask".into(),
        issuer: "https://login.example.com".into(),
        subject: "alice".into(),
        client: "editor".into(),
        lasts: 600,
    }
}

/// A store with a call that waits.
async fn held(desk: &Desk) -> (Sqlite, String) {
    desk.says(&["admin", "users", "add", "alice"]);
    let store = desk.store().await;
    let held = store.hold_call(call(id(), 1), SystemClock.now()).await.unwrap();
    let Holding::Held(approval) = held else { panic!("{held:?}") };
    (store, approval.call.id.to_string())
}

fn ruling(desk: &Desk, id: &str) -> Value {
    desk.json(&["approvals", "show", id])["ruling"].clone()
}

#[tokio::test]
async fn a_call_that_waits_is_seen_and_approved_by_the_beginning_of_its_id() {
    let desk = Desk::new();
    let (store, id) = held(&desk).await;
    let listed = desk.says(&["approvals", "list"]);
    for part in [id.as_str(), "notes", "delete_note", "alice by editor", "ask", "pending", "EXPIRES"] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    let shown = desk.says(&["approvals", "show", &id]);
    assert!(shown.contains("9007199254740993") && shown.contains("\\u{202e}"), "{shown}");
    assert!(shown.contains("\\u{e0041}\\u{3164}"), "{shown}");
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{e0041}', '\u{3164}']), "{shown:?}");

    let said = desk.json(&["approvals", "approve", id.get(..8).unwrap(), "--by", "carol"]);
    assert_eq!((&said["ruling"], &said["by"]), (&json!("approved"), &json!("carol")));
    assert_eq!(desk.says(&["approvals", "list"]), "no call waits\n");
    assert!(desk.says(&["approvals", "list", "--all"]).contains("approved"));
    let act = desk.acts().pop().unwrap();
    assert_eq!((&act["method"], &act["names"]), (&json!("approvals/approve"), &json!([id, "carol"])));
    assert_eq!((&act["subject"], &act["client"]), (&json!("alice"), &json!("editor")));

    // Whoever has second thoughts has them before the call is made.
    desk.says(&["approvals", "deny", &id, "--by", "carol"]);
    assert_eq!(ruling(&desk, &id), "denied");
    desk.says(&["approvals", "approve", &id, "--by", "carol"]);
    let [approval] = store.approvals(SystemClock.now()).await.unwrap().try_into().unwrap();
    store.use_approval(&approval.call.id, SystemClock.now()).await.unwrap().unwrap();
    assert!(desk.fails(&["approvals", "approve", &id, "--by", "carol"]).contains("was approved and made"));
    assert_eq!(ruling(&desk, &id), "used");
    // It is under way, and must not be good again if it fails.
    desk.says(&["approvals", "deny", &id, "--by", "carol"]);
    assert_eq!(ruling(&desk, &id), "denied");
}

#[tokio::test]
async fn where_several_are_meant_none_is() {
    let desk = Desk::new();
    let (store, _) = held(&desk).await;
    let mut ids = Vec::new();
    // There are 32 letters.
    for number in 2..40 {
        let id = id();
        ids.push(id.to_string());
        drop(store.hold_call(call(id, number), SystemClock.now()).await.unwrap());
    }
    let twice = ids.iter().map(|id| &id[..1]).find(|a| ids.iter().filter(|id| id.starts_with(a)).count() > 1);
    assert!(desk.fails(&["approvals", "approve", twice.unwrap(), "--by", "a"]).contains("several calls"));
    for nothing in ["", "0", "%", "zzzzzzzz\u{1b}"] {
        let said = desk.fails(&["approvals", "approve", nothing, "--by", "a"]);
        assert!(said.contains("no call that is held") && !said.contains('\u{1b}'), "{said:?}");
    }
    let listed = desk.json(&["approvals", "list"]);
    let rulings = listed["approvals"].as_array().unwrap().iter().map(|approval| &approval["ruling"]);
    assert_eq!(rulings.clone().filter(|ruling| **ruling == "pending").count(), 39);
    assert_eq!(rulings.count(), 39);
}

#[tokio::test]
async fn nobody_approves_without_a_name_or_without_a_record() {
    let desk = Desk::new();
    let (_store, id) = held(&desk).await;
    assert!(desk.fails(&["approvals", "approve", &id, "--by", " "]).contains("--by NAME"));
    std::fs::write(desk.path("file"), "").unwrap();
    desk.fails(&["approvals", "approve", &id, "--by", "carol", "--journal", "file"]);
    assert_eq!(ruling(&desk, &id), "pending");
    let empty = Desk::new();
    assert!(empty.fails(&["approvals", "list"]).contains("there is no store"));
}

#[tokio::test]
async fn what_cannot_be_shown_is_approved_by_nobody_who_does_not_say_so() {
    let desk = Desk::new();
    let (store, _) = held(&desk).await;
    let all = format!("{{\"text\":\"{}\"}}", "x".repeat(9_000));
    let long = HeldCall { parameters: Parameters::kept(&all, [0xab; 32], 4_096), ..call(id(), 2) };
    let id = long.id.to_string();
    drop(store.hold_call(long, SystemClock.now()).await.unwrap());
    let said = desk.fails(&["approvals", "approve", &id, "--by", "carol"]);
    assert!(said.contains("--unseen") && said.contains("of 9011 bytes, 4096 are kept"), "{said}");
    assert_eq!(ruling(&desk, &id), "pending");
    // Whoever denies it need not have seen it.
    desk.says(&["approvals", "deny", &id, "--by", "carol"]);
    desk.says(&["approvals", "approve", &id, "--by", "carol", "--unseen"]);
    assert_eq!(ruling(&desk, &id), "approved");
    assert_eq!(desk.acts().pop().unwrap()["names"], json!([id, "carol", "unseen"]));
    let long = desk.json(&["approvals", "show", &id]);
    let cut = &long["parameters_cut"];
    assert_eq!((&long["parameters"], &cut["bytes"]), (&Value::Null, &json!(9011)));
    assert_eq!(cut["sha256"], "ab".repeat(32));
    assert!(cut["first"].as_str().unwrap().starts_with("{\"text\":\"x"), "{cut}");
    let shown = desk.says(&["approvals", "show", &id]);
    assert!(shown.contains("of 9011 bytes, 4096 are kept"), "{shown}");
    assert!(
        shown.contains("{\"text\":\"xxx") && shown.contains("...xxx") && shown.contains(&"ab".repeat(32)),
        "{shown}"
    );
}

#[tokio::test]
async fn whoever_approves_is_shown_all_that_is_kept() {
    let desk = Desk::new();
    let (store, _) = held(&desk).await;
    let all = format!("{{\"text\":\"{}END\"}}", "x".repeat(16_000));
    let held = HeldCall { parameters: Parameters::Whole(all.into()), ..call(id(), 2) };
    let id = held.id.to_string();
    drop(store.hold_call(held, SystemClock.now()).await.unwrap());
    assert!(desk.says(&["approvals", "show", &id]).contains("xEND\"}"));
    desk.says(&["approvals", "approve", &id, "--by", "carol"]);
}
