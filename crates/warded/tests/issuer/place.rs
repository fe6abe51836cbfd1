//! A `warded up` behind a proxy that speaks TLS: an issuer, a person, and a client that this person has agreed to.

use std::{net::SocketAddr, path::Path, process::Stdio};

use http::{Method, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::{
    port::free_port,
    running::{Running, signal},
    visit::{Visit, challenge},
    wire::{Answer, send},
};

const HOST: &str = "mcp.example.com";
/// The issuer's path.
pub(crate) const BASE: &str = "/issuers/staff";
/// Where the client's answers go.
pub(crate) const CALLBACK: &str = "https://portal.example.com/cb";
const PASSWORD: &str = "correct horse battery staple";

/// It runs, or was killed and can be started again on what is left.
pub(crate) struct Place {
    folder: TempDir,
    running: Running,
    address: SocketAddr,
    /// The client: its id and its secret.
    pub(crate) client: (String, String),
    cookie: String,
}

impl Place {
    /// Sets everything up, until the person has agreed and is sent on without a question. A client that lost the answer to
    /// a refresh may ask again for so long.
    pub(crate) async fn set_up(retry: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configuration = format!(
            "public_url: https://{HOST}
listen: 127.0.0.1:{}
servers:
  notes:
    upstream: http://127.0.0.1:9/mcp
    issuers: [staff]
    scopes: {{ required: [notes:read] }}
issuers:
  staff: {{ built_in: {{ retry: {retry} }} }}
",
            free_port()
        );
        std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        said(folder.path(), &["user", "add", "ada", "--password-file", "password"]).await;
        let add =
            ["client", "add", "portal", "--server", "notes", "--confidential", "--redirect-uri", CALLBACK];
        let client: Value = serde_json::from_str(&said(folder.path(), &add).await).unwrap();
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        let client = (text("client_id"), text("client_secret"));
        let (running, address) = started(folder.path()).await;
        let mut place = Self { folder, running, address, client, cookie: String::new() };
        place.log_in_and_agree().await;
        place
    }

    async fn log_in_and_agree(&mut self) {
        let page = self.get(&self.question()).await.unwrap();
        let cookies = page.headers.get_all("set-cookie").iter();
        let cookies = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        self.cookie = cookies.collect::<Vec<_>>().join("; ");
        let (request, token) = (page.hidden("request"), page.hidden("token"));
        let form = [("username", "ada"), ("password", PASSWORD), ("request", &request), ("token", &token)];
        let answer = self.post("login", &form).await.unwrap();
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let name = pair.split_inclusive('=').next().unwrap();
            let kept = self.cookie.split("; ").filter(|kept| !kept.starts_with(name));
            self.cookie = kept.chain([pair]).collect::<Vec<_>>().join("; ");
        }
        let page = self.get(answer.location()).await.unwrap();
        let (request, token) = (page.hidden("request"), page.hidden("token"));
        let answer =
            self.post("consent", &[("decision", "allow"), ("request", &request), ("token", &token)]).await;
        assert!(answer.unwrap().sent("code").is_some());
    }

    fn question(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("client_id", self.client.0.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("code_challenge", &challenge()),
            ("code_challenge_method", "S256"),
            ("resource", &format!("https://{HOST}/notes/mcp")),
        ]);
        format!("{BASE}/authorize?{}", query.finish())
    }

    async fn get(&self, path: &str) -> Option<Answer> {
        let path = path.strip_prefix("https://mcp.example.com").unwrap_or(path);
        send(self.address, HOST, Method::GET, path, &self.cookie, &[]).await
    }

    async fn post(&self, name: &str, form: &[(&str, &str)]) -> Option<Answer> {
        send(self.address, HOST, Method::POST, &format!("{BASE}/{name}"), &self.cookie, form).await
    }

    /// Somebody who goes through it as the client and the person do.
    pub(crate) fn visit(&self) -> Visit {
        Visit::new(self.address, HOST, self.question(), self.cookie.clone(), self.client.clone())
    }

    /// Ends it, without a word, and starts it again.
    pub(crate) async fn killed_and_started(mut self) -> Self {
        signal(self.running.id(), "KILL");
        self.running.ended().await;
        let (running, address) = started(self.folder.path()).await;
        Self { running, address, ..self }
    }

    /// What it has logged since it started.
    pub(crate) fn log(&self) -> String {
        self.running.log()
    }
}

async fn started(folder: &Path) -> (Running, SocketAddr) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    let running = Running::start(command.args(["up", "--format", "json"]).current_dir(folder)).await;
    let address = running.address("listen").unwrap();
    (running, address)
}

async fn said(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    let command = command.args(["--format", "json"]).args(arguments).current_dir(folder).stdin(Stdio::null());
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
