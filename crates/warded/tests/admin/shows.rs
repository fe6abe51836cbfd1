//! What is shown of issuers, servers and people.

use serde_json::json;

use crate::desk::Desk;

#[test]
fn the_servers_that_tokens_are_issued_for_are_shown_with_those_of_others() {
    let desk = Desk::new();
    let shown = desk.json(&["admin", "resources", "list"]);
    let rows = shown["resources"].as_array().unwrap();
    let row = |at: usize| (&rows[at]["name"], &rows[at]["issuers"], &rows[at]["elsewhere"]);
    assert_eq!(row(0), (&json!("notes"), &json!(["staff"]), &json!(false)));
    assert_eq!(row(1), (&json!("search"), &json!(["default"]), &json!(false)));
    assert_eq!(row(2), (&json!("billing"), &json!(["staff"]), &json!(true)));
    assert_eq!(rows.len(), 3, "nobody here issues tokens for the one of corp");
    let notes = desk.json(&["admin", "resources", "show", "notes"]);
    assert_eq!(notes["scope"], "notes:read notes:write");
    assert!(desk.fails(&["admin", "resources", "show", "files"]).contains("`files`"));
    assert!(desk.says(&["admin", "resources", "list"]).contains("https://billing.example.com/mcp"));
}

#[test]
fn the_key_of_the_store_lies_beside_it_and_without_it_nothing_is_opened() {
    let desk = Desk::new();
    desk.says(&["admin", "users", "add", "alice"]);
    let key = desk.path("warded.db.key");
    std::fs::rename(&key, desk.path("elsewhere")).unwrap();
    let said = desk.fails(&["admin", "users", "list"]);
    assert!(said.contains("its key `") && said.contains("is not there"), "{said}");
    assert!(!key.exists(), "none is made in its place");
    std::fs::rename(desk.path("elsewhere"), &key).unwrap();
    assert_eq!(desk.says(&["admin", "users", "list"]), "alice\n");
}

#[test]
fn a_person_is_shown_without_what_proves_it() {
    let desk = Desk::new();
    desk.says(&["admin", "users", "add", "alice"]);
    let alice = desk.json(&["admin", "users", "show", "alice"]);
    assert_eq!((&alice["password"], &alice["sessions"]), (&json!(true), &json!([])));
    assert!(!alice.to_string().contains("argon2"));
    assert!(desk.says(&["admin", "users", "show", "alice"]).contains("alice"));
}

#[test]
fn an_issuer_is_called_by_its_name_its_url_or_one_of_its_servers() {
    let desk = Desk::new();
    let add = |whose: &[&str]| {
        let add = ["admin", "clients", "add", "nightly", "--grant", "client-credentials"];
        desk.json(&[&add[..], whose].concat())
    };
    let (pinned, free) = (add(&["--server", "notes"]), add(&["--issuer", "staff"]));
    assert_eq!(pinned["resource"], "https://mcp.example.com/notes/mcp");
    assert_eq!((&free["issuer"], &free["resource"]), (&pinned["issuer"], &json!(null)));
    let by_url =
        desk.json(&["admin", "clients", "list", "--issuer", "https://mcp.example.com/issuers/staff"]);
    assert_eq!(by_url["clients"].as_array().unwrap().len(), 2);
    assert!(
        desk.json(&["admin", "clients", "list", "--issuer", "default"])["clients"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(desk.json(&["admin", "clients", "list"])["clients"].as_array().unwrap().len(), 2, "of all");
    let said = desk.fails(&["admin", "clients", "show", "x"]);
    assert!(said.contains("which issuer?"), "{said}");
    assert!(desk.fails(&["admin", "clients", "list", "--server", "files"]).contains("does not trust"));
}
