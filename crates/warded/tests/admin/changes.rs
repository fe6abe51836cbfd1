//! What is changed is on record, before it is changed; and nothing is changed where it cannot be.

use std::fs;

use serde_json::Value;

use crate::desk::{Desk, PASSWORD};

fn said(act: &Value) -> (&str, Option<&str>, Option<&str>) {
    let name = act["names"].get(0).and_then(Value::as_str);
    (act["method"].as_str().unwrap(), name, act["outcome"].as_str())
}

#[test]
fn each_change_is_in_the_journal_of_the_node_admin_and_the_journal_is_whole() {
    let desk = Desk::new();
    let alice = desk.json(&["admin", "users", "add", "alice"]);
    desk.says(&["admin", "users", "set-password", "alice"]);
    let client = desk.json(&[
        "admin",
        "clients",
        "add",
        "nightly",
        "--server",
        "notes",
        "--grant",
        "client-credentials",
    ]);
    let id = client["client_id"].as_str().unwrap();
    desk.says(&["admin", "clients", "remove", id, "--issuer", "staff"]);
    desk.says(&["admin", "users", "remove", "alice"]);
    let acts = desk.acts();
    let done: Vec<_> = acts.iter().map(said).collect();
    assert_eq!(
        done,
        [
            ("users/add", Some("alice"), None),
            ("users/set-password", Some("alice"), None),
            ("clients/add", Some("nightly"), None),
            ("clients/remove", None, None),
            ("users/remove", Some("alice"), None),
        ]
    );
    assert!(acts.iter().all(|act| act["node"] == "admin"));
    assert_eq!(acts[4]["subject"], alice["sub"]);
    assert_eq!((&acts[3]["client"], &acts[3]["issuer"]), (&client["client_id"], &client["issuer"]));
    assert_eq!(client["issuer"], "https://mcp.example.com/issuers/staff");
    assert_eq!(desk.json(&["audit", "verify"])["whole"], true);
    // The secrets are told once, and stand nowhere else.
    let secret = client["client_secret"].as_str().unwrap();
    for file in fs::read_dir(desk.path("warded-journal")).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(PASSWORD) && !text.contains(secret));
    }
}

#[test]
fn the_short_commands_are_the_same_and_as_much_on_record() {
    let desk = Desk::new();
    desk.says(&["user", "add", "alice"]);
    assert_eq!(desk.says(&["user", "list"]), "alice\n");
    let id = desk.json(&["client", "add", "nightly", "--server", "notes", "--grant", "client-credentials"]);
    let id = id["client_id"].as_str().unwrap();
    assert_eq!(desk.json(&["client", "show", id, "--server", "notes"])["registered_by"], "operator");
    desk.says(&["client", "remove", id, "--server", "notes"]);
    let acts = desk.acts();
    let done: Vec<_> = acts.iter().map(|act| said(act).0).collect();
    assert_eq!(done, ["users/add", "clients/add", "clients/remove"]);
}

#[test]
fn what_was_tried_and_came_to_nothing_is_told_from_what_was_done() {
    let desk = Desk::new();
    desk.says(&["admin", "users", "add", "alice"]);
    assert!(desk.fails(&["admin", "users", "add", "alice"]).contains("already"));
    assert!(
        desk.fails(&["admin", "clients", "remove", "nothing", "--server", "notes"]).contains("`nothing`")
    );
    // Where it is clear before that nothing can come of it, nothing is tried.
    assert!(desk.fails(&["admin", "users", "remove", "bob"]).contains("`bob`"));
    let acts = desk.acts();
    let done: Vec<_> = acts.iter().map(|act| (said(act).0, said(act).2)).collect();
    let failed = Some("failed");
    assert_eq!(
        done,
        [
            ("users/add", None),
            ("users/add", None),
            ("users/add", failed),
            ("clients/remove", None),
            ("clients/remove", failed)
        ]
    );
}

#[test]
fn nothing_is_changed_where_it_cannot_be_recorded() {
    let desk = Desk::new();
    desk.says(&["admin", "users", "add", "alice"]);
    fs::remove_dir_all(desk.path("warded-journal")).unwrap();
    fs::write(desk.path("warded-journal"), "not a folder").unwrap();
    let said = desk.fails(&["admin", "users", "remove", "alice"]);
    assert!(said.contains("nothing is changed without a record of it"), "{said}");
    let said = desk.fails(&["user", "add", "mallory"]);
    assert!(said.contains("nothing is changed without a record of it"), "{said}");
    assert_eq!(desk.says(&["admin", "users", "list"]), "alice\n", "looking needs no record");
}

#[test]
fn without_a_configuration_the_journal_lies_beside_the_store() {
    let desk = Desk::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let store = elsewhere.path().join("other.db");
    fs::remove_file(desk.path("warded.yaml")).unwrap();
    desk.says(&["user", "add", "alice", "--store", store.to_str().unwrap()]);
    assert!(elsewhere.path().join("warded-journal").is_dir());
    assert!(!desk.path("warded-journal").exists());
}

#[test]
fn a_person_may_be_known_elsewhere_and_an_application_may_sign() {
    let desk = Desk::new();
    let alice = desk.json(&["admin", "users", "add", "alice", "--login", "corp", "--subject", "-4711"]);
    let shown = desk.json(&["admin", "users", "show", "alice"]);
    assert_eq!((&shown["password"], &shown["sub"]), (&Value::Bool(false), &alice["sub"]));
    assert_eq!(shown["identities"][0]["subject"], "-4711");
    assert_eq!(shown["identities"][0]["provider"], "https://login.example.com/realms/corp");
    let removed = desk.says(&["admin", "users", "remove", "alice"]);
    assert_eq!(removed, "alice can no longer log in, until you add them again or readmit them\n");
    let again = desk.json(&["admin", "users", "add", "alice", "--login", "corp", "--subject", "-4711"]);
    assert_ne!(again["sub"], alice["sub"], "somebody new, to every server");
    assert!(
        desk.fails(&["admin", "users", "add", "bob", "--login", "crop", "--subject", "1"]).contains("`crop`")
    );
    let add = [
        "admin",
        "clients",
        "add",
        "robot",
        "--issuer",
        "staff",
        "--grant",
        "client-credentials",
        "--jwks-uri",
    ];
    let robot = desk.json(&[&add[..], &["https://robot.example.com/jwks"]].concat());
    assert_eq!(robot["client_secret"], Value::Null);
    let id = robot["client_id"].as_str().unwrap();
    let shown = desk.json(&["admin", "clients", "show", id, "--issuer", "staff"]);
    assert_eq!(shown["token_endpoint_auth_method"], "private_key_jwt");
    assert!(desk.fails(&["admin", "clients", "renew-secret", id, "--issuer", "staff"]).contains("no secret"));
}

#[test]
fn a_secret_is_renewed_and_told_once() {
    let desk = Desk::new();
    let added = desk.json(&[
        "admin",
        "clients",
        "add",
        "nightly",
        "--issuer",
        "staff",
        "--grant",
        "client-credentials",
    ]);
    let id = added["client_id"].as_str().unwrap();
    let renewed = desk.json(&["admin", "clients", "renew-secret", id, "--issuer", "staff"]);
    assert_ne!(renewed["client_secret"], added["client_secret"]);
    let acts = desk.acts();
    assert_eq!(acts.last().unwrap()["method"], "clients/renew-secret");
    assert!(!format!("{acts:?}").contains(renewed["client_secret"].as_str().unwrap()));
}

#[test]
fn whoever_comes_at_once_takes_turns_and_every_change_is_on_record() {
    let desk = Desk::new();
    desk.says(&["admin", "users", "add", "first"]);
    std::thread::scope(|scope| {
        for at in 0..6 {
            let desk = &desk;
            scope.spawn(move || desk.says(&["admin", "users", "add", &format!("user{at}")]));
        }
    });
    assert_eq!(desk.says(&["admin", "users", "list"]).lines().count(), 7);
    let acts = desk.acts();
    assert_eq!(acts.len(), 7, "{acts:?}");
    assert!(acts.iter().all(|act| act["outcome"].is_null()));
    assert_eq!(desk.json(&["audit", "verify"])["whole"], true);
}

#[test]
fn what_is_misspelt_is_told_and_not_made() {
    let desk = Desk::new();
    for look in [
        &["users", "list"][..],
        &["users", "show", "alice"],
        &["users", "remove", "alice"],
        &["clients", "list"],
        &["grants", "list"],
        &["sessions", "list", "alice"],
        &["keys", "list"],
    ] {
        let said = desk.fails(&[&["admin", "--store", "typo.db"], look].concat());
        assert!(said.contains("there is no store `typo.db`"), "{look:?}: {said}");
    }
    assert!(!desk.path("typo.db").exists() && !desk.path("typo.db.key").exists());

    let add = ["admin", "clients", "add", "nightly", "--grant", "client-credentials", "--issuer"];
    let defualt = "https://mcp.example.com/issuers/defualt";
    let said = desk.fails(&[&add[..], &[defualt]].concat());
    assert!(said.contains("is no built-in issuer of warded.yaml"), "{said}");
    assert!(!desk.path("warded-journal").exists(), "nothing was begun");
    // Without a configuration nobody knows better.
    fs::remove_file(desk.path("warded.yaml")).unwrap();
    assert_eq!(desk.json(&[&add[..], &[defualt]].concat())["issuer"], defualt);
}

/// Of a login that lets everybody in somebody was removed by mistake, and comes back as the guest that they were.
#[tokio::test]
async fn whoever_was_removed_is_listed_and_let_in_again_without_being_added() {
    use warded_store::{AddedBy, Identities as _, Standing, User};

    const CORP: &str = "https://login.example.com/realms/corp";
    let desk = Desk::new();
    desk.says(&["admin", "users", "add", "alice"]);
    assert_eq!(desk.says(&["admin", "users", "list", "--removed"]), "");
    let guest = |name: &str| User {
        id: format!("id-of-{name}"),
        name: name.into(),
        password: None,
        created: warded_core::UnixTime::from_seconds(1_800_000_000),
    };
    let store = desk.store().await;
    for (name, provider, subject) in
        [("corp:eve:1", CORP, "-4711"), ("old:bob:1", "https://gone.example.com", "1")]
    {
        let added = store.add_identity(guest(name), provider, subject, AddedBy::Themself).await.unwrap();
        assert_eq!(added, warded_store::Added::Yes);
    }
    store.close().await;
    let readmit = ["admin", "users", "readmit", "--login", "corp", "--subject", "-4711"];
    assert!(desk.fails(&readmit).contains("is corp:eve:1, and was not removed"));
    desk.says(&["admin", "users", "remove", "corp:eve:1"]);
    desk.says(&["admin", "users", "remove", "old:bob:1"]);
    assert_eq!(
        desk.says(&["user", "list", "--removed"]),
        "SUBJECT   LOGIN   PROVIDER\n\
         1         -       https://gone.example.com\n\
         -4711     corp    https://login.example.com/realms/corp\n"
    );
    let listed = desk.json(&["admin", "users", "list", "--removed"]);
    assert_eq!(
        listed["removed"][1],
        serde_json::json!({ "provider": CORP, "subject": "-4711", "logins": ["corp"] })
    );
    assert_eq!(desk.says(&["admin", "users", "list"]), "alice\n");

    assert!(
        desk.fails(&["admin", "users", "readmit", "--login", "crop", "--subject", "-4711"])
            .contains("`crop`")
    );
    assert_eq!(desk.says(&readmit), "-4711 may come in by corp again, where its `admit` lets them\n");
    assert!(desk.fails(&readmit).contains("nobody whom `corp` calls `-4711` was removed"));
    let store = desk.store().await;
    assert_eq!(store.standing(CORP, "-4711").await.unwrap(), Standing::New, "nobody was added");
    store.close().await;
    let acts = desk.acts();
    let last = acts.last().unwrap();
    assert_eq!(
        (said(last), &last["names"][1]),
        (("users/readmit", Some("corp"), None), &Value::from("-4711"))
    );
    assert_eq!(acts.len(), 4, "what was refused before was not tried");

    // Whose login is no longer in the configuration is named by the provider.
    let gone = ["admin", "users", "readmit", "--provider", "https://gone.example.com", "--subject", "1"];
    assert!(
        desk.fails(&["admin", "users", "readmit", "--login", "gone", "--subject", "1"])
            .contains("--provider PROVIDER")
    );
    let said = desk.says(&gone);
    assert_eq!(said, "1 may come in by https://gone.example.com again, where its `admit` lets them\n");
    assert!(desk.fails(&gone).contains("nobody whom `https://gone.example.com` calls `1` was removed"));
    assert_eq!(desk.says(&["admin", "users", "list", "--removed"]), "");
}
