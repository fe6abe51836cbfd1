//! What is wrong with policy files keeps everything from being served, and is shown where it stands.

use std::{fs, process::Output};

use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection, raw_sql, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use crate::{
    port::free_port,
    scene::{Scene, command},
};

fn folder(policy: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let configuration = format!(
        "public_url: https://mcp.example.com
listen: 127.0.0.1:{port}
servers:
  notes: {{ upstream: 'http://127.0.0.1:9/mcp', issuers: [corp], policy: notes.yaml }}
issuers:
  corp: {{ url: 'https://login.example.com' }}
"
    );
    fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
    fs::write(folder.path().join("notes.yaml"), policy).unwrap();
    folder
}

async fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    command(folder.path()).args(arguments).output().await.unwrap()
}

const BROKEN: &str = "version: \"1\"\ntols: {}\nhide: [wipe, wipe]\n";

#[tokio::test]
async fn a_policy_that_is_none_keeps_everything_from_being_served() {
    let folder = folder(BROKEN);
    for arguments in [["up"], ["check"]] {
        let output = run(&folder, &arguments).await;
        assert_eq!(output.status.code(), Some(13), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("error[policy-unknown-key]") && said.contains("notes.yaml:2:1"), "{said}");
        assert!(said.contains("Did you mean `tools`?") || said.contains("tools"), "{said}");
        assert!(said.contains("notes.yaml:3:"), "all of it at once: {said}");
    }
    let output = run(&folder, &["up", "--format", "json"]).await;
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["ready"], false);
    let finding = &said["findings"][0];
    assert_eq!((&finding["code"], &finding["places"][0]["line"]), (&"policy-unknown-key".into(), &2.into()));
    assert_eq!(finding["file"], "notes.yaml");
}

#[tokio::test]
async fn a_policy_that_is_not_there_keeps_everything_from_being_served() {
    let folder = folder(BROKEN);
    fs::remove_file(folder.path().join("notes.yaml")).unwrap();
    let output = run(&folder, &["up"]).await;
    assert_eq!(output.status.code(), Some(13), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("error[policy-file-invalid]") && said.contains("warded.yaml:4:"), "{said}");
}

#[tokio::test]
async fn what_is_doubtful_in_a_policy_can_be_accepted_by_its_code() {
    let folder = folder("version: \"1\"\ntools: { note: { rules: [{ rate_limit: 5/minute }] } }\n");
    let output = run(&folder, &["check", "--format", "json"]).await;
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: Vec<_> = said["findings"].as_array().unwrap().iter().map(|found| &found["code"]).collect();
    assert_eq!((codes.as_slice(), output.status.code()), (&[&Value::from("policy-nameless")][..], Some(12)));
    let output = run(&folder, &["check", "--accept", "policy-nameless"]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = run(&folder, &["check", "--accept", "policy-unknown-key"]).await;
    assert_eq!(output.status.code(), Some(2), "an error is corrected, and not accepted: {output:?}");
}

#[tokio::test]
async fn a_store_that_is_away_lets_nothing_through_that_is_counted() {
    let scene =
        Scene::with("version: \"1\"\ntools:\n  note: { rules: [{ name: few, rate_limit: 1000/day }] }\n")
            .await;
    let agent = scene.agent("notes").await;
    assert!(agent.calls("note", json!({})).await.made());
    // Somebody else holds the lock that every writer needs, for longer than anybody waits.
    let options = SqliteConnectOptions::new().filename(scene.folder.path().join("warded.db"));
    let mut holder = SqliteConnection::connect_with(&options).await.unwrap();
    raw_sql("BEGIN EXCLUSIVE").execute(&mut holder).await.unwrap();
    let answer = agent.calls("note", json!({})).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(scene.behind.calls("note"), 1);
    // What is not counted goes on.
    assert!(agent.calls("other", json!({})).await.made());
    raw_sql("ROLLBACK").execute(&mut holder).await.unwrap();
    assert!(agent.calls("note", json!({})).await.made());
}
