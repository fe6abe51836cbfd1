//! What the journal keeps of a call: who, what, where and how it ended, and nothing that opens anything.

use serde_json::{Value, json};

use crate::{
    caller::{ping, post, tool},
    issuer::Issuer,
    stage::Stage,
};

#[tokio::test]
async fn one_token_at_servers_that_trust_different_issuers_is_found_with_whose_it_is() {
    let other = Issuer::start().await;
    let stage = Stage::start().await;
    let files = format!("    upstream: {}\n    issuers: [corp]\nissuers:", stage.files.url);
    let foreign = files
        .replace("[corp]\nissuers:", &format!("[other]\nissuers:\n  other: {{ url: \"{}\" }}", other.url));
    let stage = stage.rewritten(&[(&files, &foreign)]).await;
    let to = stage.gateway.address;
    let token = stage.token("notes", json!({}));
    // Before anybody knows it, and after: whoever tries it where it opens, and where not.
    let strays = async || post("/files/mcp", &ping()).token(&token).send(to).await.code();
    assert_eq!(strays().await, "issuer-unknown");
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    assert_eq!(strays().await, "issuer-unknown");
    let mut gateway = stage.gateway;
    gateway.signal("TERM");
    assert!(gateway.ended().await.0.success());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_warded"));
    let asked = command.args(["audit", "detect", "--format", "json"]).current_dir(gateway.folder.path());
    let asked = asked.output().unwrap();
    assert_eq!(asked.status.code(), Some(13));
    let found = serde_json::from_slice::<Value>(&asked.stdout).unwrap()["detections"].clone();
    let several = found.as_array().unwrap().iter().find(|one| one["kind"] == "several-servers").unwrap();
    assert_eq!(several["who"]["subject"], "alice", "{several:#}");
    assert_eq!((&several["servers"], &several["count"]), (&json!(["files", "notes"]), &json!(3)));
    assert_eq!(several["from"], json!(["127.0.0.1"]));
    assert!(several["first"].as_i64().is_some() && several["last"].as_i64().is_some());
}

#[tokio::test]
async fn a_request_has_one_name_in_its_answer_in_the_log_and_in_the_journal() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    let (token, other) = (stage.token("notes", json!({})), stage.token("files", json!({})));
    let claimed = "0123456789abcdef";
    let call = |path, token: &str| post(path, &ping()).token(token).with("x-request-id", claimed);
    let leak = post("/notes/mcp", &tool("echo", json!({ "text": token }))).token(&token);
    let failed = post("/notes/mcp", &tool("unauthorized", json!({}))).token(&token);
    let mut named = Vec::new();
    for (call, code) in [
        (call("/nowhere", &token), "server-unknown"),
        (call("/notes/mcp", "a-text"), "token-parts"),
        (call("/notes/mcp", &other), "audience-elsewhere"),
        (leak.with("x-request-id", claimed), "token-in-message"),
        (failed.with("x-request-id", claimed), "upstream-refused"),
    ] {
        let answer = call.send(to).await;
        assert_eq!(answer.code(), code);
        let name = answer.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(name != claimed && name.len() == 16, "{code}: {name}");
        named.push((name, code));
    }
    let different: std::collections::BTreeSet<_> = named.iter().map(|(name, _)| name).collect();
    assert_eq!(different.len(), named.len());
    // What is answered keeps what the server behind says.
    assert_eq!(call("/notes/mcp", &token).send(to).await.status, 200);
    let mut gateway = stage.gateway;
    gateway.signal("TERM");
    assert!(gateway.ended().await.0.success());
    let log = gateway.log();
    for (name, code) in &named {
        let line = log.lines().find(|line| line.contains(name.as_str()) && line.contains(code));
        assert!(line.is_some(), "{code} {name}: {log}");
    }
    // The server behind was the one that said no.
    assert!(
        log.lines().any(|line| line.contains(&named[4].0) && line.contains("refused our own credential"))
    );
    assert!(!log.contains(claimed), "a name that somebody chose");
    for (name, code) in &named[2..] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_warded"));
        let asked = command.args(["audit", "list", "--format", "json", "--request", name]);
        let asked = asked.current_dir(gateway.folder.path()).output().unwrap();
        let record: Value = serde_json::from_slice(&asked.stdout).unwrap();
        assert_eq!((&record["code"], &record["request"]), (&json!(code), &json!(name)));
    }
}

#[tokio::test]
async fn every_call_of_a_known_caller_is_on_record() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    let (ours, theirs) = (stage.token("notes", json!({})), stage.token("files", json!({})));
    let argument = "an argument that nobody else should read";
    let call = post("/notes/mcp", &tool("echo", json!({ "text": argument }))).token(&ours);
    assert_eq!(call.send(to).await.status, 200);
    assert_eq!(post("/notes/mcp", &ping()).token(&theirs).send(to).await.status, 401);
    let leak = post("/notes/mcp", &tool("echo", json!({ "text": ours }))).token(&ours).send(to).await;
    assert_eq!(leak.code(), "token-in-message");
    assert_eq!(post("/nowhere", &ping()).token(&ours).send(to).await.code(), "server-unknown");
    assert_eq!(post("/notes/mcp", &tool("unauthorized", json!({}))).token(&ours).send(to).await.status, 502);

    let mut gateway = stage.gateway;
    // Asked while it runs: who tried what token where.
    let folder = gateway.folder.path().to_owned();
    let audit = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_warded"));
        let asked = command.arg("audit").args(arguments).current_dir(&folder).output().unwrap();
        (String::from_utf8_lossy(&asked.stdout).into_owned(), asked.status.code().unwrap())
    };
    let mut found = audit(&["detect", "--format", "json"]);
    // What was asked a moment ago is written within the window.
    while !found.0.contains("passthrough") {
        found = audit(&["detect", "--format", "json"]);
    }
    assert_eq!(found.1, 13, "{}", found.0);
    let detections = serde_json::from_str::<Value>(&found.0).unwrap()["detections"].clone();
    let of = |kind: &str| {
        let found = detections.as_array().unwrap().iter().find(|one| one["kind"] == kind);
        found.unwrap_or_else(|| panic!("{kind}: {detections:#}")).clone()
    };
    assert_eq!(of("passthrough")["who"]["subject"], "alice");
    let wrong = of("wrong-audience");
    assert_eq!((&wrong["servers"], &wrong["meant"]), (&json!(["notes"]), &json!(["files"])));
    assert_eq!(wrong["from"], json!(["127.0.0.1"]));
    assert_ne!(audit(&["verify"]).1, 13);

    gateway.signal("TERM");
    let (status, _) = gateway.ended().await;
    assert!(status.success(), "{}", gateway.log());
    let (said, exit) = audit(&["verify"]);
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("the store knows of record"), "{said}");
    let mut text = String::new();
    for entry in std::fs::read_dir(gateway.folder.path().join("warded-journal")).unwrap() {
        text += &std::fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(records.len() >= 5, "{text}");
    for word in [
        "alice",
        "agent",
        "echo",
        "token-in-message",
        "upstream-refused",
        "audience-elsewhere",
        "server-unknown",
        "answered",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let stray = records.iter().find(|record| record["event"] == "stray").unwrap_or_else(|| panic!("{text}"));
    assert_eq!((&stray["server"], &stray["meant"]), (&json!("notes"), &json!("files")));
    for secret in ours.split('.').chain(theirs.split('.')).chain([argument]) {
        assert!(!text.contains(secret));
    }
}
