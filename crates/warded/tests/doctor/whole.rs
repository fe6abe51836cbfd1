//! The whole chain: `warded up` with its own issuer and login pages, and a doctor that finds nothing.

use std::process::Stdio;

use axum::{Router, extract::Request, response::Response};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::{
    person::agree,
    port::free_port,
    run::{Person, Told, told},
    stage::{answer, json as as_json},
};

struct Chain {
    folder: tempfile::TempDir,
    port: u16,
    _gateway: Child,
}

impl Chain {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let behind_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(behind)).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let configuration = format!(
            "public_url: http://127.0.0.1:{port}\nlisten: 127.0.0.1:{port}\nservers:\n  notes:\n    upstream: {behind_url}/notes\n    scopes: {{ required: [notes:read] }}\n"
        );
        std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
        std::fs::write(folder.path().join("password"), "correct horse battery staple\n").unwrap();
        let warded = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
            command.current_dir(folder.path()).kill_on_drop(true);
            command
        };
        let added =
            warded().args(["user", "add", "alice", "--password-file", "password"]).output().await.unwrap();
        assert!(added.status.success(), "{added:?}");
        let mut command = warded();
        command.args(["up", "--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut gateway = command.spawn().unwrap();
        let mut lines = BufReader::new(gateway.stdout.take().unwrap()).lines();
        let ready: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        assert_eq!(ready["ready"], true, "{ready}");
        Self { folder, port, _gateway: gateway }
    }

    async fn doctor(&self, arguments: &[&str]) -> Told {
        let person =
            Person::new(|url| async move { agree(url, "alice", "correct horse battery staple").await });
        let url = format!("http://127.0.0.1:{}/notes/mcp", self.port);
        told(&url, &self.folder.path().join("state"), arguments, &person).await
    }
}

/// A server that trusts whoever reaches it, as servers behind a gateway do.
async fn behind(request: Request) -> Response {
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let call: Value = serde_json::from_slice(&body).unwrap_or_default();
    if call["method"] != "initialize" {
        return answer(202, "text/plain", "");
    }
    let about = json!({ "name": "behind", "version": "1" });
    let result = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": about });
    as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }))
}

#[tokio::test]
async fn wardeds_own_chain_is_in_good_health() {
    let chain = Chain::start().await;
    let before = chain.doctor(&["--format", "json"]).await;
    assert_eq!((before.codes(), before.exit), (vec![], 0), "{before:?}");
    let whole = chain.doctor(&["--format", "json", "--login"]).await;
    assert_eq!((whole.codes(), whole.exit), (vec![], 0), "{whole:?}");
    let steps: Vec<_> = whole.steps().into_iter().collect();
    let names: Vec<_> = steps.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["way", "first-call", "server", "issuer", "client", "login", "token", "call"]);
    assert!(steps.iter().all(|(_, outcome)| outcome == "good"), "{steps:?}");
}

#[tokio::test]
async fn a_person_reads_it_from_top_to_bottom() {
    let chain = Chain::start().await;
    let told = chain.doctor(&["--login"]).await;
    let text = told.text.replace(&chain.port.to_string(), "PORT");
    let fixed: Vec<_> = text.lines().map(without_what_changes).collect();
    insta::assert_snapshot!(fixed.join("\n"));
}

/// Times, dates and names that differ from run to run.
fn without_what_changes(line: &str) -> String {
    let mut line = line.to_owned();
    if let Some(at) = line.find(" until ") {
        line.replace_range(at.., " until …");
    }
    // The name of a key, on a line of its own.
    if line.trim().starts_with('`') && line.trim().len() == 45 {
        "             `…`".clone_into(&mut line);
    }
    while let Some((before, behind)) = line.split_once("(after ") {
        let behind = behind.split_once(')').unwrap().1;
        line = format!("{before}(…){behind}");
    }
    line
}
