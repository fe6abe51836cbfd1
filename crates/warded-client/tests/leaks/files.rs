//! Somebody's hands in the folder of tokens: a file that was copied over another, or edited, brings nobody's token anywhere.

use std::{collections::HashMap, fs, path::PathBuf};

use serde_json::{Value, json};
use warded_client::session::{Asked, KeptFailed};
use warded_core::ResourceUri;

use crate::{
    logged_in,
    stage::{Revokes, Stage, Wants, call},
};

fn files(stage: &Stage, kind: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(stage.tokens()).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == kind)).collect()
}

fn edited(path: &PathBuf, change: impl FnOnce(&mut Value)) {
    let mut record: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut record);
    fs::write(path, record.to_string()).unwrap();
}

fn account(name: &str) -> Asked {
    let mut asked = Asked::default();
    asked.account = Some(name.to_owned());
    asked
}

/// Three logins of one person, and what each of them has shown so far.
struct Logins {
    stage: Stage,
    shown: HashMap<String, usize>,
}

impl Logins {
    async fn new() -> Self {
        let stage = Stage::new().await;
        for issuer in [&stage.one, &stage.two] {
            issuer.turn(|knobs| knobs.methods = Some(vec!["client_secret_post"]));
        }
        stage.other.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
        let mut logins = Self { stage, shown: HashMap::new() };
        logins.all_go_in().await;
        logins
    }

    async fn all_go_in(&mut self) {
        let stage = &self.stage;
        let other = ResourceUri::parse(&stage.other.url()).unwrap();
        let sessions = [
            (stage.session(), &stage.server),
            (stage.session_as(account("work")), &stage.server),
            (stage.session_to(other, Asked::default()), &stage.other),
        ];
        for (at, (session, server)) in sessions.iter().enumerate() {
            let before = server.tokens().len();
            assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
            for token in server.tokens().split_off(before) {
                assert_eq!(*self.shown.entry(token).or_insert(at), at, "a token of another login");
            }
        }
        stage.check();
    }
}

#[tokio::test]
async fn a_file_that_was_copied_over_another_is_not_what_its_name_says() {
    for kind in ["token", "client"] {
        let mut logins = Logins::new().await;
        let paths = files(&logins.stage, kind);
        assert_eq!(paths.len(), 3);
        for from in &paths {
            for to in paths.iter().filter(|to| *to != from) {
                fs::copy(from, to).unwrap();
                logins.all_go_in().await;
                fs::copy(from, to).unwrap();
                logins.stage.server.forget_tokens();
                logins.all_go_in().await;
            }
        }
    }
}

#[tokio::test]
async fn a_record_that_was_edited_to_be_about_something_else_is_none() {
    let stage = Stage::new().await;
    let (other, two) = (stage.other.url(), stage.two.url.clone());
    let changes = [
        ("server", json!(other)),
        ("issuer", json!(two)),
        ("token_endpoint", json!(format!("{two}/token"))),
        ("resource", json!(other)),
        ("resource", json!(stage.server.origin())),
        ("account", json!("work")),
        ("client", json!("client-two-0001")),
        ("bound", json!("unbound")),
        ("bound", json!("ignored")),
        ("bound", json!({ "pinned": other })),
        ("behalf", json!("client")),
        ("behalf", json!({ "subject": "ann" })),
    ];
    for (member, value) in changes {
        for is_refused in [false, true] {
            let visits = stage.visits();
            logged_in(&stage, &Asked::default()).await;
            let kept = files(&stage, "token");
            assert_eq!(kept.len(), 1);
            edited(&kept[0], |record| record[member] = value.clone());
            if is_refused {
                stage.server.forget_tokens();
            }
            let before = stage.server.tokens().len();
            let text = stage.server.tokens().pop().unwrap();
            logged_in(&stage, &Asked::default()).await;
            let after = stage.server.tokens().split_off(before);
            assert!(!after.contains(&text), "{member} {value}: it was used");
            assert_eq!(stage.visits(), visits + 2, "{member} {value}");
            assert!(stage.one.grants("refresh_token").is_empty(), "{member} {value}");
            stage.check();
            for path in files(&stage, "token") {
                fs::remove_file(path).unwrap();
            }
        }
    }
    assert_eq!((stage.two.log.len(), stage.other.log.len()), (0, 0));
}

#[tokio::test]
async fn a_record_whose_token_endpoint_was_edited_is_shown_to_nobody() {
    let stage = Stage::new().await;
    for issuer in [&stage.one, &stage.two] {
        issuer.turn(|knobs| knobs.revokes = Some(Revokes::Both));
    }
    logged_in(&stage, &Asked::default()).await;
    edited(&files(&stage, "token")[0], |record| {
        record["token_endpoint"] = json!(format!("{}/token", stage.two.url));
    });
    let listed = stage.listed();
    let moved = |error| assert!(matches!(error, KeptFailed::Moved { .. }), "{error}");
    moved(stage.session().renew_listed(&listed[0]).await.unwrap_err());
    moved(stage.session().revoke_listed(&listed[0]).await.unwrap_err());
    assert_eq!(stage.two.log.len(), 0);
    stage.check();
}

#[tokio::test]
async fn a_registration_that_was_edited_is_of_no_use_elsewhere() {
    let stage = Stage::new().await;
    for issuer in [&stage.one, &stage.two] {
        issuer.turn(|knobs| knobs.methods = Some(vec!["client_secret_post"]));
    }
    for (member, value) in [
        ("issuer", json!(stage.two.url)),
        ("server", json!(stage.other.url())),
        ("resource", json!(stage.server.origin())),
        ("account", json!("work")),
    ] {
        logged_in(&stage, &Asked::default()).await;
        let before = stage.one.log.at("/register").len();
        edited(&files(&stage, "client")[0], |registration| registration[member] = value.clone());
        stage.server.forget_tokens();
        logged_in(&stage, &Asked::default()).await;
        assert_eq!(stage.one.log.at("/register").len(), before + 1, "{member}");
        stage.check();
    }
    assert_eq!(stage.two.log.len(), 0);
}

#[tokio::test]
async fn what_one_client_was_given_is_not_renewed_by_another() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.revokes = Some(Revokes::Both));
    logged_in(&stage, &Asked::default()).await;
    let client = stage.one.authorizations()[0].parameter("client_id").unwrap();
    edited(&files(&stage, "client")[0], |registration| registration["client"] = json!("somebody"));
    let listed = stage.listed();
    let unknown = KeptFailed::AnotherClient { client };
    assert_eq!(stage.session().renew_listed(&listed[0]).await.unwrap_err(), unknown);
    assert_eq!(stage.session().revoke_listed(&listed[0]).await.unwrap_err(), unknown);
    assert!(stage.one.grants("refresh_token").is_empty() && stage.one.log.at("/revoke").is_empty());
}

#[tokio::test]
async fn a_key_that_was_exchanged_proves_nothing_to_anybody() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.algorithms = Some(vec!["ES256"]));
    stage.server.turn(|knobs| knobs.proofs = Wants::Proofs);
    for name in ["home", "work"] {
        logged_in(&stage, &account(name)).await;
    }
    let paths = files(&stage, "token");
    let read = |path: &PathBuf| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
    let [first, second] = [read(&paths[0]), read(&paths[1])];
    edited(&paths[0], |record| record["sender"] = second["sender"].clone());
    edited(&paths[1], |record| record["sender"]["key"] = first["sender"]["key"].clone());
    for name in ["home", "work"] {
        logged_in(&stage, &account(name)).await;
    }
    // One is a key that the token is not bound to, which server and issuer see; the other is not what it is called.
    assert_eq!(stage.visits(), 4);
    stage.check();
}
