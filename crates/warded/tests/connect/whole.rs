//! The whole chain with nothing played: `warded connect` to the real `warded up`, its own issuer, its login pages.

use std::{path::Path, process::Stdio};

use axum::{Router, extract::Request, response::Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
};
use warded_core::jose::base64url;

use crate::{
    person::agree,
    port::free_port,
    process::{INITIALIZE, Person, Process, command, person, soon},
    stage::{Log, answer, json as as_json},
};

const CALL: &str =
    r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"read","arguments":{}}}"#;

/// A gateway in front of two servers, with a person that it knows.
struct Chain {
    folder: TempDir,
    port: u16,
    behind: Log,
    gateway: Option<Child>,
}

impl Chain {
    async fn start() -> Self {
        Self::with("").await
    }

    /// The same with more to say of the server `notes`.
    async fn with(notes: &str) -> Self {
        let (behind, url) = server_behind().await;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let configuration = format!(
            "public_url: http://127.0.0.1:{port}\nlisten: 127.0.0.1:{port}\nservers:\n  notes:\n    upstream: {url}/notes\n{notes}  files:\n    upstream: {url}/files\n"
        );
        std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
        std::fs::write(folder.path().join("password"), "correct horse battery staple\n").unwrap();
        let added =
            warded(folder.path()).args(["user", "add", "alice", "--password-file", "password"]).output();
        let added = added.await.unwrap();
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let mut chain = Self { folder, port, behind, gateway: None };
        chain.up().await;
        chain
    }

    async fn up(&mut self) {
        let mut command = warded(self.folder.path());
        command.args(["up", "--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = soon(lines.next_line()).await.unwrap().unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["ready"], true, "{ready}");
        self.gateway = Some(child);
    }

    async fn restart(&mut self) {
        let mut gateway = self.gateway.take().unwrap();
        let id = gateway.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        soon(gateway.wait()).await.unwrap();
        self.up().await;
    }

    fn url(&self, server: &str) -> String {
        format!("http://127.0.0.1:{}/{server}/mcp", self.port)
    }

    fn state(&self) -> std::path::PathBuf {
        self.folder.path().join("state")
    }

    /// A process whose person is alice.
    fn connect(&self, server: &str) -> Process {
        let person =
            Person::new(|url| async move { agree(url, "alice", "correct horse battery staple").await });
        Process::start(command(&self.url(server), &self.state()), &person)
    }

    /// A process whose person has gone.
    fn connect_alone(&self, server: &str) -> Process {
        Process::start(command(&self.url(server), &self.state()), &Person::new(|_| async {}))
    }

    /// Runs a command for alice; its exit code, and everything that it says.
    async fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = warded(self.folder.path());
        command.args(["--color", "never"]).args(arguments).env("XDG_STATE_HOME", self.state());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let alice =
            Person::new(|url| async move { agree(url, "alice", "correct horse battery staple").await });
        let said = tokio::spawn(person(child.stderr.take().unwrap(), alice));
        let mut output = String::new();
        soon(child.stdout.take().unwrap().read_to_string(&mut output)).await.unwrap();
        let status = soon(child.wait()).await.unwrap();
        (status.code(), output + &soon(said).await.unwrap())
    }

    /// The records of the token store, by the server that they are for.
    fn records(&self, server: &str) -> Vec<(std::path::PathBuf, Value)> {
        let folder = self.state().join("warded/tokens");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let tokens = files.filter(|path| path.extension().is_some_and(|kind| kind == "token"));
        let read = tokens.map(|path| {
            let text = std::fs::read(&path).unwrap();
            (path, serde_json::from_slice::<Value>(&text).unwrap())
        });
        read.filter(|(_, record)| record["server"] == self.url(server)).collect()
    }
}

fn warded(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.current_dir(folder).kill_on_drop(true);
    command
}

/// A server that trusts whoever reaches it, as servers behind a gateway do.
async fn server_behind() -> (Log, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let log = Log::default();
    let noted = log.clone();
    let router = Router::new().fallback(move |request: Request| async move { behind(&noted, request).await });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (log, url)
}

async fn behind(log: &Log, request: Request) -> Response {
    let seen = log.note(request).await;
    let call: Value = serde_json::from_str(&seen.body).unwrap_or_default();
    match call["method"].as_str() {
        Some("initialize") => {
            let result = json!({
                "protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": { "name": "behind", "version": "1" },
            });
            let mut answer = as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }));
            answer.headers_mut().insert("mcp-session-id", http::HeaderValue::from_static("behind-1"));
            answer
        }
        Some("tools/list") => {
            let result = json!({ "tools": [{ "name": "read", "inputSchema": { "type": "object" } }] });
            as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }))
        }
        Some("tools/call") => {
            let content = json!([{ "type": "text", "text": seen.path }]);
            let result = json!({ "jsonrpc": "2.0", "id": call["id"], "result": { "content": content } });
            answer(200, "text/event-stream", format!("data: {result}\n\n"))
        }
        _ => answer(if seen.method == "GET" { 405 } else { 202 }, "text/plain", ""),
    }
}

async fn called(process: &mut Process) -> Value {
    let opened = process.ask(INITIALIZE).await;
    assert_eq!(opened["result"]["protocolVersion"], "2025-11-25", "{opened}");
    process.tell(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    process.ask(CALL).await["result"]["content"][0]["text"].clone()
}

fn claims(record: &Value) -> Value {
    let token = record["access_token"].as_str().unwrap();
    serde_json::from_slice(&base64url::decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn each_server_gets_a_token_of_its_own_and_nothing_of_it_reaches_what_is_behind() {
    let chain = Chain::start().await;
    for server in ["notes", "files"] {
        let mut process = chain.connect(server);
        assert_eq!(called(&mut process).await, format!("/{server}"));
        let (code, rest, said) = process.end().await;
        assert_eq!((code, rest.as_str()), (Some(0), ""), "{said}");
    }
    let (notes, files) = (chain.records("notes"), chain.records("files"));
    assert_eq!((notes.len(), files.len()), (1, 1));
    for (record, server) in [(&notes[0].1, "notes"), (&files[0].1, "files")] {
        assert_eq!(claims(record)["aud"], chain.url(server));
        let (access, refresh) =
            (record["access_token"].as_str().unwrap(), record["refresh_token"].as_str().unwrap());
        assert!(
            !chain.behind.has(access) && !chain.behind.has(refresh) && !chain.behind.has("authorization")
        );
    }
}

#[tokio::test]
async fn a_record_that_is_put_in_the_place_of_another_is_not_sent() {
    let chain = Chain::start().await;
    for server in ["notes", "files"] {
        let mut process = chain.connect(server);
        called(&mut process).await;
        process.end().await;
    }
    let (notes, files) = (chain.records("notes"), chain.records("files"));
    // Somebody who can write to the store, but not read minds: the token of one under the name of the other.
    std::fs::copy(&notes[0].0, &files[0].0).unwrap();
    let mut process = chain.connect("files");
    assert_eq!(called(&mut process).await, "/files");
    let (_, _, said) = process.end().await;
    assert!(said.contains("to log in, visit"), "the copy is no token for this server: {said}");
    assert_eq!(claims(&chain.records("files")[0].1)["aud"], chain.url("files"));
}

#[tokio::test]
async fn a_token_that_has_expired_is_refreshed_and_nobody_is_asked() {
    let chain = Chain::start().await;
    let mut process = chain.connect("notes");
    called(&mut process).await;
    process.end().await;
    let mut before = chain.records("notes").remove(0);
    before.1["expires"] = json!(1);
    std::fs::write(&before.0, before.1.to_string()).unwrap();
    let mut process = chain.connect_alone("notes");
    assert_eq!(called(&mut process).await, "/notes");
    let (code, _, said) = process.end().await;
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let after = chain.records("notes").remove(0);
    assert_eq!(after.0, before.0);
    assert_ne!(after.1["access_token"], before.1["access_token"]);
    assert_ne!(after.1["refresh_token"], before.1["refresh_token"], "it rotates");
    assert_eq!(claims(&after.1)["aud"], chain.url("notes"));
}

#[tokio::test]
async fn a_gateway_that_starts_again_is_the_same_to_whoever_is_connected() {
    let mut chain = Chain::start().await;
    let mut process = chain.connect("notes");
    called(&mut process).await;
    chain.restart().await;
    let message = process.ask(CALL).await;
    assert_eq!(message["result"]["content"][0]["text"], "/notes", "{message}");
    let (code, _, said) = process.end().await;
    assert_eq!(code, Some(0));
    assert_eq!(said.matches("to log in, visit").count(), 1, "{said}");
}

#[tokio::test]
async fn a_person_who_is_not_known_gets_no_token() {
    let chain = Chain::start().await;
    let (tell, mut told) = tokio::sync::mpsc::channel(1);
    let person = Person::new(move |url| {
        let tell = tell.clone();
        async move {
            let login = tokio::spawn(async move { agree(url, "alice", "wrong").await });
            tell.send(login.await.is_err()).await.unwrap();
        }
    });
    let mut process = Process::start(command(&chain.url("notes"), &chain.state()), &person);
    process.tell(INITIALIZE).await;
    assert_eq!(told.recv().await, Some(true), "a wrong password leads nowhere");
    process.signal("-TERM").await;
    let (_, rest, _) = process.end().await;
    assert_eq!(rest, "");
    assert!(chain.behind.at("/notes").is_empty() && chain.records("notes").is_empty());
}

#[tokio::test]
async fn a_token_is_bound_to_a_key_that_only_this_client_has() {
    let chain = Chain::with("    dpop: required\n    dpop_nonce: true\n").await;
    let mut process = chain.connect("notes");
    assert_eq!(called(&mut process).await, "/notes");
    let (code, _, said) = process.end().await;
    assert_eq!(code, Some(0), "{said}");
    let (path, mut record) = chain.records("notes").remove(0);
    assert_eq!(claims(&record)["cnf"]["jkt"], record["sender"]["thumbprint"]);
    assert!(!said.contains(record["sender"]["key"].as_str().unwrap()));
    // The same key proves the refresh, in another process, and nobody is asked.
    record["expires"] = json!(1);
    std::fs::write(&path, record.to_string()).unwrap();
    let mut process = chain.connect_alone("notes");
    assert_eq!(called(&mut process).await, "/notes");
    assert_eq!(process.end().await, (Some(0), String::new(), String::new()));
    let after = chain.records("notes").remove(0).1;
    assert_ne!(after["access_token"], record["access_token"]);
    assert_eq!(claims(&after)["cnf"], claims(&record)["cnf"]);
    // What lies on the disk is of no use without the key.
    let stolen = after["access_token"].as_str().unwrap();
    let file = chain.folder.path().join("stolen");
    std::fs::write(&file, stolen).unwrap();
    let mut command = warded(chain.folder.path());
    command.args(["call", &chain.url("notes"), "read", "--token"]).arg(&file);
    let output = soon(command.output()).await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("401"), "{output:?}");
}

#[tokio::test]
async fn what_is_taken_back_opens_its_server_no_longer() {
    let chain = Chain::start().await;
    let url = chain.url("notes");
    let file = chain.folder.path().join("token");
    let file = file.to_str().unwrap();
    let login = ["token", "login", &url, "--no-browser", "--bearer"];
    let (code, said) = chain.run(&login).await;
    assert!(code == Some(0) && said.contains("to log in, visit"), "{said}");
    // What was logged in for is what is given away: nobody is asked again.
    let (code, said) = chain.run(&["token", "get", &url, "--out", file]).await;
    assert!(code == Some(0) && !said.contains("to log in"), "{said}");
    let call = ["call", &url, "read", "--token", file];
    let (code, said) = chain.run(&call).await;
    assert_eq!(code, Some(0), "{said}");
    // Whoever has a copy of it, such as a thief, has nothing any more.
    let (code, said) = chain.run(&["token", "revoke", &url]).await;
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = chain.run(&call).await;
    assert!(code == Some(1) && said.contains("token-revoked"), "{said}");
    assert!(chain.records("notes").is_empty());
}
