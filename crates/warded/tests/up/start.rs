//! How it starts, how it says that it does not, and the whole chain with the issuer that is built in.

use std::process::Stdio;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::{
    caller::{Call, ping, post},
    port::free_port,
    stage::{Gateway, Stage, warded},
    upstream::Upstream,
    wait::until,
};

/// Runs `warded` to its end.
async fn run(folder: &std::path::Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = warded(folder);
    command.args(["--color", "never"]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.ok();
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn what_is_not_fit_does_not_start_and_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    for (configuration, code, exit) in [
        ("servers: { notes: {} }", "upstream-missing", 13),
        (
            "servers: { notes: { upstream: 'http://127.0.0.1:1/mcp', upstream_auth: { kind: bearer, value: env:NO_SUCH_VARIABLE } } }",
            "secret-missing",
            13,
        ),
        (
            "servers: { notes: { upstream: 'http://127.0.0.1:1/mcp', upstream_auth: { kind: bearer, value: file:no/such/file } } }",
            "secret-missing",
            13,
        ),
        (
            "servers: { notes: { upstream: 'http://127.0.0.1:1/mcp', resource: 'https://a.example/mcp' }, files: { upstream: 'http://127.0.0.1:2/mcp', resource: 'https://a.example/mcp' } }",
            "audience-overlap",
            14,
        ),
        (
            "network: { roots: [no.pem] }\nservers: { notes: { upstream: 'http://127.0.0.1:1/mcp' } }",
            "network-file-invalid",
            13,
        ),
        (
            "network: { proxy: env:NO_SUCH_VARIABLE }\nservers: { notes: { upstream: 'http://127.0.0.1:1/mcp' } }",
            "secret-missing",
            13,
        ),
        ("servers: [", "config-value", 1),
    ] {
        let configuration =
            format!("public_url: https://mcp.example.com\nlisten: 127.0.0.1:0\n{configuration}\n");
        std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
        let (status, said, _) = run(folder.path(), &["up"], "").await;
        assert_eq!(status, exit, "{said}");
        assert!(said.contains(&format!("[{code}]")) && said.contains("not started"), "{said}");
        let (status, said, _) = run(folder.path(), &["up", "--format", "json"], "").await;
        assert_eq!(status, exit, "{said}");
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((&said["ready"], &said["findings"][0]["code"]), (&json!(false), &json!(code)));
    }
}

#[tokio::test]
async fn a_place_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = taken.local_addr().unwrap().to_string();
    let arguments = ["up", "--server", "notes=http://127.0.0.1:1/mcp", "--listen", &place];
    let (status, _, said) = run(folder.path(), &arguments, "").await;
    assert_eq!(status, 1);
    assert!(said.contains(&format!("cannot listen at {place}")), "{said}");
}

#[tokio::test]
async fn other_machines_are_not_invited_by_flags_alone() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["up", "--server", "notes=http://127.0.0.1:1/mcp", "--listen", "0.0.0.0:0"];
    let (status, _, said) = run(folder.path(), &arguments, "").await;
    assert_eq!(status, 1);
    assert!(said.contains("--public-url"), "{said}");
}

#[tokio::test]
async fn a_program_gets_a_token_for_its_server_and_for_no_other() {
    let (notes, files) = (Upstream::start().await, Upstream::start().await);
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: {{ upstream: \"{}\", scopes: {{ required: [\"notes:read\"], tools: {{ delete: [\"notes:write\"] }} }} }}
  files: {{ upstream: \"{}\" }}
",
        notes.url, files.url
    ))
    .await;
    let (to, folder) = (gateway.address, gateway.folder.path());
    let arguments = [
        "client",
        "add",
        "nightly",
        "--server",
        "notes",
        "--grant",
        "client-credentials",
        "--format",
        "json",
    ];
    let (status, said, error) = run(folder, &arguments, "").await;
    assert_eq!(status, 0, "{error}");
    let client: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(client["resource"], gateway.url("notes"));
    let secret =
        format!("{}:{}", client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let ask = async |resource: &str| {
        let form = format!("grant_type=client_credentials&resource={resource}");
        let call = Call::new(http::Method::POST, "/issuers/default/token", &form);
        let call = call.with("content-type", "application/x-www-form-urlencoded");
        call.with("authorization", &format!("Basic {}", STANDARD.encode(&secret))).send(to).await
    };
    let answer = ask(&gateway.url("notes")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let token: Value = serde_json::from_str(&answer.body).unwrap();
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(post("/notes/mcp", &ping()).token(token).send(to).await.status, 200);
    assert_eq!(post("/files/mcp", &ping()).token(token).send(to).await.code(), "audience-elsewhere");
    let answer = ask(&gateway.url("files")).await;
    assert!(answer.body.contains("invalid_target"), "{answer:?}");
    assert!(!gateway.log().contains(token), "no token is logged");

    // The same token after a restart: the key is kept.
    let token = token.to_owned();
    let gateway = gateway.restart().await;
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(gateway.address).await.status, 200);
}

#[tokio::test]
async fn running_out_of_files_is_survived() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let mut gateway = stage.gateway;
    gateway.signal("TERM");
    gateway.ended().await;
    let gateway = Gateway::start_with(gateway.folder, "ulimit -n 48").await;
    let to = gateway.address;
    let works = async || post("/notes/mcp", &ping()).token(&token).send(to).await.status;
    assert_eq!(works().await, 200);
    // More than it has files for, and few enough to stand in the queue of the system.
    let mut held = Vec::new();
    while held.len() < 100 {
        held.push(tokio::net::TcpStream::connect(to).await.unwrap());
    }
    until("the limit has no effect", async || gateway.log().contains("no connection can be accepted")).await;
    drop(held);
    // Those that wait in the queue are accepted first, and take files until it is seen that they are gone.
    until("it does not recover", async || works().await == 200).await;
}

#[tokio::test]
async fn people_are_added_listed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (status, said, error) =
        run(folder.path(), &["user", "add", "alice"], "correct horse battery\n").await;
    assert_eq!((status, said.as_str()), (0, "alice can log in now\n"), "{error}");
    let (status, _, said) = run(folder.path(), &["user", "add", "alice"], "correct horse battery\n").await;
    assert_eq!(status, 1, "{said}");
    let (status, _, said) = run(folder.path(), &["user", "add", "bob"], "short\n").await;
    assert!(status == 1 && said.contains("password") && !said.contains("short"), "{said}");
    assert_eq!(run(folder.path(), &["user", "list"], "").await.1, "alice\n");
    assert_eq!(run(folder.path(), &["user", "remove", "alice"], "").await.0, 0);
    assert_eq!(run(folder.path(), &["user", "remove", "alice"], "").await.0, 1);
    assert_eq!(run(folder.path(), &["user", "list"], "").await.1, "");
}

#[tokio::test]
async fn without_a_file_flags_are_enough() {
    let upstream = Upstream::start().await;
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let place = format!("127.0.0.1:{port}");
    let mut command = warded(folder.path());
    command.args([
        "--color",
        "never",
        "up",
        "--server",
        &format!("notes={}", upstream.url),
        "--listen",
        &place,
    ]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines =
        tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().unwrap()));
    let mut said = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        said += &(line.clone() + "\n");
        if line.starts_with("Ready at") {
            break;
        }
    }
    let said = said.replace(&place, "PLACE").replace(&upstream.url, "BEHIND");
    insta::assert_snapshot!(said);
    let answer = post("/notes/mcp", &ping()).send(place.parse().unwrap()).await;
    assert_eq!(answer.code(), "token-absent");
    child.kill().await.unwrap();
}

#[tokio::test]
async fn refused_requests_are_logged_with_what_to_do_and_without_the_token() {
    let stage = Stage::start().await;
    let token = stage.token("files", json!({}));
    let answer = post("/notes/mcp", &ping()).token(&token).send(stage.gateway.address).await;
    assert_eq!(answer.code(), "audience-elsewhere");
    let mut gateway = stage.gateway;
    gateway.signal("TERM");
    gateway.ended().await;
    let log = gateway.log();
    assert!(
        log.contains("audience-elsewhere") && log.contains("the token was issued for the server `files`"),
        "{log}"
    );
    for part in token.split('.').skip(1) {
        assert!(!log.contains(part));
    }
}
