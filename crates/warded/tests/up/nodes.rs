//! Processes that share a store.

use std::fs;

use serde_json::json;

use crate::{
    caller::{ping, post},
    port::free_port,
    stage::{Gateway, Stage, warded},
};

/// A configuration beside another one: the same store, and another folder for the journal.
fn beside(gateway: &Gateway, journal: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let configuration = fs::read_to_string(gateway.folder.path().join("warded.yaml")).unwrap();
    let configuration = configuration.replace(&gateway.address.port().to_string(), &free_port().to_string());
    let store = gateway.folder.path().join("warded.db");
    let more = format!("store: 'sqlite:{}'\njournal: {journal}\n", store.display());
    fs::write(folder.path().join("warded.yaml"), configuration + &more).unwrap();
    folder
}

#[tokio::test]
async fn a_second_process_has_another_name_or_does_not_start() {
    let stage = Stage::start().await;
    let up = |folder: &tempfile::TempDir| warded(folder.path()).arg("up").output();
    let same = beside(&stage.gateway, "journal");
    let refused = tokio::time::timeout(std::time::Duration::from_mins(1), up(&same)).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("journal.node"), "{said}");
    assert!(
        fs::read_dir(same.path().join("journal"))
            .unwrap()
            .all(|file| { file.unwrap().path().extension().is_none_or(|extension| extension != "jsonl") })
    );
    // With its own, both record, and what either wrote is whole.
    let other = beside(&stage.gateway, "{ folder: journal, node: other }");
    let mut other = Gateway::start_with(other, "true").await;
    for gateway in [&stage.gateway, &other] {
        let token = stage.issuer.token(&gateway.url("notes"), json!({}));
        assert_eq!(post("/notes/mcp", &ping()).token(&token).send(gateway.address).await.status, 200);
    }
    other.signal("TERM");
    assert!(other.ended().await.0.success());
    let mut first = stage.gateway;
    first.signal("TERM");
    assert!(first.ended().await.0.success());
    for (folder, own, elsewhere) in [(&first.folder, "node", "other"), (&other.folder, "other", "node")] {
        let verified = warded(folder.path()).args(["audit", "verify"]).output().await.unwrap();
        let said = String::from_utf8_lossy(&verified.stdout).into_owned();
        assert_eq!(verified.status.code(), Some(11), "{said}");
        assert!(said.contains(&format!("{own}: ")), "{said}");
        assert!(said.contains(&format!("{elsewhere}: nothing of it is in this folder")), "{said}");
    }
}
