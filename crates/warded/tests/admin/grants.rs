//! What people allowed is seen, and taken back for good.

use serde_json::json;
use warded_core::{Issuer, ResourceUri, Scopes, UnixTime};
use warded_store::{
    Clients as _, Consent, Consents as _, Digest, Evidence, Grant, GrantMark, Grants as _, NewCode,
    NewRefresh, RevokedGrants as _, Session, Sessions as _, Spending, StatusIndex, sqlite::Sqlite,
};

use crate::desk::Desk;

const FAR: i64 = 4_000_000_000;

fn staff() -> Issuer {
    Issuer::parse("https://mcp.example.com/issuers/staff").unwrap()
}

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(seconds)
}

/// A grant of somebody at `notes`, with a refresh token, and that it was agreed to.
async fn allow(store: &Sqlite, id: &str, user: &str, client: &str) {
    let resource = ResourceUri::parse("https://mcp.example.com/notes/mcp").unwrap();
    let grant = Grant {
        id: id.to_owned(),
        issuer: staff(),
        client: client.to_owned(),
        user: user.to_owned(),
        server: "notes".to_owned(),
        resource: resource.clone(),
        scopes: Scopes::parse("notes:read").unwrap(),
        auth_time: Some(at(1_800_000_000)),
        ends: at(FAR),
        key: None,
        status: StatusIndex { list: 0, index: 0 },
        redirect_origin: Some("http://127.0.0.1".to_owned()),
    };
    let digest = |what: &str| Digest::of(format!("{what} of {id}").as_bytes());
    let code = NewCode {
        digest: digest("code"),
        redirect_uri: "http://127.0.0.1/callback".to_owned(),
        challenge: "c".repeat(43),
        key: None,
        expires: at(FAR),
        room: None,
    };
    store.issue_code(grant, code).await.unwrap();
    let first = NewRefresh { digest: digest("refresh"), expires: at(FAR) };
    let redeemed = store
        .redeem(&digest("code"), at(1_800_000_000), at(FAR), Some(first), Evidence::default())
        .await
        .unwrap();
    assert_eq!(redeemed, Spending::Spent);
    let consent = Consent {
        issuer: staff(),
        user: user.to_owned(),
        client: client.to_owned(),
        redirect_origin: "http://127.0.0.1".to_owned(),
        server: "notes".to_owned(),
        resource,
        document: None,
    };
    store.remember_consent(&consent, &Scopes::parse("notes:read").unwrap()).await.unwrap();
}

/// Two people and an application, and what they allowed it.
async fn populated(desk: &Desk) -> [String; 2] {
    let people = ["alice", "bob"]
        .map(|name| desk.json(&["admin", "users", "add", name])["sub"].as_str().unwrap().to_owned());
    let add = [
        "admin",
        "clients",
        "add",
        "editor",
        "--issuer",
        "staff",
        "--redirect-uri",
        "http://127.0.0.1/callback",
    ];
    desk.says(&add);
    let store = desk.store().await;
    let client = store.clients(&staff()).await.unwrap()[0].id.clone();
    for (id, user) in [("one", 0), ("two", 1)] {
        allow(&store, id, &people[user], &client).await;
    }
    store.close().await;
    people
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_revoked_is_over_and_is_asked_for_anew() {
    let desk = Desk::new();
    let [alice, bob] = populated(&desk).await;
    let all = desk.json(&["admin", "grants", "list"]);
    assert_eq!(all["grants"].as_array().unwrap().len(), 2);
    let of_alice = desk.json(&["admin", "grants", "list", "--user", "alice"]);
    let grant = &of_alice["grants"][0];
    assert_eq!(
        (&grant["grant"], &grant["sub"], &grant["scope"]),
        (&json!("one"), &json!(alice), &json!("notes:read"))
    );
    assert_eq!(desk.json(&["admin", "grants", "show", "one"]), *grant);
    assert!(desk.says(&["admin", "users", "show", "alice"]).contains("notes:read"));

    desk.says(&["admin", "grants", "revoke", "one"]);

    let left = desk.json(&["admin", "grants", "list"]);
    assert_eq!(left["grants"].as_array().unwrap().len(), 1);
    assert_eq!(left["grants"][0]["sub"], bob);
    let store = desk.store().await;
    let revoked = store.revoked_since(0).await.unwrap();
    assert!(revoked.iter().any(|revoked| revoked.grant == GrantMark::of("one")), "guards are told");
    assert!(store.consents_of(&alice).await.unwrap().is_empty(), "or the next one would need no question");
    assert_eq!(store.consents_of(&bob).await.unwrap().len(), 1);
    let refresh = store.refresh(&Digest::of(b"refresh of one")).await.unwrap();
    assert!(refresh.is_none(), "{refresh:?}");
    store.close().await;

    let acts = desk.acts();
    let act = acts.last().unwrap();
    assert_eq!((&act["method"], &act["subject"]), (&json!("grants/revoke"), &json!(alice)));
    assert_eq!(act["names"], json!(["notes"]));
    assert!(desk.fails(&["admin", "grants", "revoke", "one"]).contains("no grant `one`"));
    assert_eq!(desk.acts().len(), acts.len(), "what is not there is not revoked");
}

/// A script that revokes what it is shown would revoke what it did not ask for.
#[tokio::test(flavor = "multi_thread")]
async fn grants_are_those_of_the_issuer_and_the_server_that_is_named() {
    let desk = Desk::new();
    populated(&desk).await;
    let list = |whose: &[&str]| {
        let listed = desk.json(&[&["admin", "grants", "list"], whose].concat());
        listed["grants"].as_array().unwrap().len()
    };
    let notes = "https://mcp.example.com/notes/mcp";
    let billing = "https://billing.example.com/mcp";
    for user in [&[][..], &["--user", "alice"]] {
        let all = if user.is_empty() { 2 } else { 1 };
        let of = |whose: &[&str]| list(&[user, whose].concat());
        assert_eq!(
            (of(&[]), of(&["--issuer", "staff"]), of(&["--issuer", "default"])),
            (all, all, 0),
            "{user:?}"
        );
        assert_eq!((of(&["--server", "notes"]), of(&["--server", "billing"])), (all, 0), "{user:?}");
        assert_eq!(of(&["--issuer", "staff", "--resource", notes]), all, "{user:?}");
        assert_eq!(of(&["--issuer", "staff", "--resource", billing]), 0, "{user:?}");
        assert_eq!(of(&["--issuer", "http://127.0.0.1/nobody"]), 0, "{user:?}");
        let list = [&["admin", "grants", "list", "--server", "nosuch"], user].concat();
        assert!(desk.fails(&list).contains("no server named `nosuch`"));
    }
    for what in ["show", "revoke"] {
        for whose in [["--issuer", "default"], ["--server", "billing"]] {
            let said = desk.fails(&[&["admin", "grants", what, "one"], &whose[..]].concat());
            assert!(said.contains("no grant `one`"), "{said}");
        }
    }
    desk.says(&["admin", "grants", "revoke", "one", "--server", "notes"]);
    assert_eq!(list(&[]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_logged_out_of_one_browser_or_of_all() {
    let desk = Desk::new();
    let [alice, bob] = populated(&desk).await;
    let store = desk.store().await;
    for (cookie, user) in [("one", &alice), ("two", &alice), ("three", &alice), ("four", &bob)] {
        let session = Session {
            digest: Digest::of(cookie.as_bytes()),
            issuer: staff(),
            user: user.clone(),
            since: at(1_800_000_000),
            auth_time: None,
            expires: at(FAR),
        };
        store.open_session(session).await.unwrap();
    }
    let list =
        |name: &str| desk.json(&["admin", "sessions", "list", name])["sessions"].as_array().unwrap().clone();
    let sessions = list("alice");
    assert_eq!(sessions.len(), 3);
    let first = sessions[0]["session"].as_str().unwrap();
    desk.says(&["admin", "sessions", "end", "alice", "--session", first]);
    let left = list("alice");
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|session| session["session"] != first));
    assert!(desk.fails(&["admin", "sessions", "end", "alice", "--session", first]).contains(first));
    desk.says(&["admin", "sessions", "end", "alice"]);
    assert_eq!((list("alice").len(), list("bob").len()), (0, 1));
    store.close().await;
}
