//! Against the stage of `warded-client`: an issuer and a server that remember everything.

use std::{process::Stdio, sync::Arc};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::Command,
};

use crate::{
    process::{INITIALIZE, Person, Process, person, soon},
    stage::{self, Seen, Stage, answer, json as as_json, visit},
};

fn start(stage: &Stage, arguments: &[&str]) -> Process {
    let mut command = command(stage);
    command.args(arguments);
    Process::start(command, &Person::agreeing())
}

fn command(stage: &Stage) -> Command {
    crate::process::command(&stage.server.url(), &stage.state())
}

fn play(seen: &Seen) -> axum::response::Response {
    let call: Value = serde_json::from_str(&seen.body).unwrap_or_default();
    if call["id"].is_null() {
        return answer(202, "text/plain", "");
    }
    let result = json!({ "protocolVersion": "2025-11-25" });
    let mut answer = as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }));
    answer.headers_mut().insert("mcp-session-id", http::HeaderValue::from_static("SESSION"));
    answer
}

async fn ready() -> Stage {
    let stage = Stage::new().await;
    stage.server.play(play);
    stage
}

fn deletions(stage: &Stage) -> usize {
    stage.server.log.at("/mcp").iter().filter(|seen| seen.method == "DELETE").count()
}

#[tokio::test]
async fn a_client_logs_in_once_and_never_again() {
    let stage = ready().await;
    let mut process = start(&stage, &[]);
    assert_eq!(process.ask(INITIALIZE).await["id"], 1);
    let (code, rest, said) = process.end().await;
    assert_eq!((code, rest.as_str()), (Some(0), ""));
    assert!(said.contains("to log in, visit") && said.contains("has issued a token"), "{said}");
    for secret in ["ACCESS", "REFRESH", "CODE-", "SESSION"] {
        assert!(!said.contains(secret), "{said}");
    }
    assert_eq!(deletions(&stage), 1);

    stage.server.forget_tokens();
    let mut process = start(&stage, &["--quiet"]);
    assert_eq!(process.ask(INITIALIZE).await["id"], 1);
    assert_eq!(process.end().await, (Some(0), String::new(), String::new()));
    assert_eq!((stage.one.authorizations().len(), stage.one.grants("refresh_token").len()), (1, 1));
}

#[tokio::test]
async fn what_lies_on_the_disk_is_private() {
    use std::os::unix::fs::PermissionsExt as _;

    let stage = ready().await;
    let mut process = start(&stage, &[]);
    process.ask(INITIALIZE).await;
    process.end().await;
    let folder = stage.state().join("warded/tokens");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 5, "a token, a registration, a lock, and how it is kept: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        let name = file.file_stem().unwrap().to_str().unwrap();
        assert!(
            name == "kept" || name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "a name says nothing: {name}"
        );
    }
}

#[tokio::test]
async fn two_processes_refresh_once() {
    // The issuer revokes the whole family where one refresh token comes twice.
    let stage = ready().await;
    let mut process = start(&stage, &[]);
    process.ask(INITIALIZE).await;
    process.end().await;
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    stage.one.turn(|knobs| knobs.gate = Some(Arc::clone(&gate)));
    for round in 1..=3 {
        stage.server.forget_tokens();
        let before = stage.server.log.at("/mcp").len();
        let mut processes: Vec<_> = (0..3).map(|_| start(&stage, &[])).collect();
        let asked: Vec<_> = processes.iter_mut().map(|process| process.ask(INITIALIZE)).collect();
        // All have been refused, and one is at the issuer, before it answers.
        let both = async {
            while stage.server.log.at("/mcp").len() < before + 3
                || stage.one.grants("refresh_token").len() < round
            {
                tokio::task::yield_now().await;
            }
            gate.add_permits(1);
        };
        let (answers, ()) = tokio::join!(futures_util::future::join_all(asked), both);
        assert!(answers.iter().all(|answer| answer["result"].is_object()), "{answers:?}");
        for process in processes {
            assert_eq!(process.end().await.0, Some(0));
        }
        assert_eq!(stage.one.grants("refresh_token").len(), round);
    }
    assert_eq!(stage.one.authorizations().len(), 1);
}

#[tokio::test]
async fn a_process_that_is_killed_in_the_middle_of_a_refresh_holds_up_nobody() {
    let stage = ready().await;
    let mut process = start(&stage, &[]);
    process.ask(INITIALIZE).await;
    process.end().await;
    stage.server.forget_tokens();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    stage.one.turn(|knobs| knobs.gate = Some(Arc::clone(&gate)));
    let mut process = start(&stage, &[]);
    process.input.as_mut().unwrap().write_all(format!("{INITIALIZE}\n").as_bytes()).await.unwrap();
    while stage.one.grants("refresh_token").is_empty() {
        tokio::task::yield_now().await;
    }
    process.signal("-KILL").await;
    process.child.wait().await.unwrap();
    stage.one.turn(|knobs| knobs.gate = None);
    let mut process = start(&stage, &[]);
    assert_eq!(process.ask(INITIALIZE).await["id"], 1);
    assert_eq!(process.end().await.0, Some(0));
}

#[tokio::test]
async fn a_signal_ends_the_process_and_its_session() {
    let stage = ready().await;
    for (count, signal) in ["-TERM", "-INT", "-HUP"].into_iter().enumerate() {
        let mut process = start(&stage, &[]);
        process.ask(INITIALIZE).await;
        process.signal(signal).await;
        let input = process.input.take();
        assert_eq!(process.child.wait().await.unwrap().code(), Some(0), "{signal}");
        drop(input);
        assert_eq!(deletions(&stage), count + 1, "{signal}");
    }
}

#[tokio::test]
async fn a_secret_comes_from_a_file_and_stays_with_its_issuer() {
    let stage = ready().await;
    for issuer in [&stage.one, &stage.two] {
        issuer.turn(|knobs| knobs.methods = Some(vec!["client_secret_post"]));
    }
    let file = stage.state().join("secret");
    std::fs::write(&file, "TOPSECRET\n").unwrap();
    let arguments = ["--client-id", "robot", "--client-credentials", "--issuer", &stage.one.url];
    let arguments = [&arguments[..], &["--client-secret-file", file.to_str().unwrap()]].concat();
    let mut process = start(&stage, &arguments);
    assert_eq!(process.ask(INITIALIZE).await["id"], 1);
    process.end().await;
    let seen = &stage.one.grants("client_credentials")[0];
    assert_eq!(seen.parameter("client_secret").as_deref(), Some("TOPSECRET"));
    assert_eq!(seen.parameter("resource"), Some(stage.server.url()));

    stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
    let mut process = start(&stage, &arguments);
    let error = process.ask(INITIALIZE).await;
    assert!(error["error"]["message"].as_str().unwrap().contains("is not sent there"), "{error}");
    process.end().await;
    assert!(!stage.two.log.has("TOPSECRET"));
}

#[tokio::test]
async fn the_listener_says_where_it_is_and_ends_on_a_signal() {
    let stage = ready().await;
    let mut child = command(&stage).args(["--listen", "127.0.0.1:0", "--no-bearer"]).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = soon(said.next_line()).await.unwrap().unwrap();
    let url = line.strip_prefix("warded: listening on ").unwrap().split(' ').next().unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/mcp"), "{line}");
    let who = "; for every program on this machine (--no-bearer)";
    assert!(line.ends_with(&format!("{}{who}", stage.server.url())), "{line}");
    let get = tokio::spawn(async move { stage::get(&url).await.0 });
    let line = soon(said.next_line()).await.unwrap().unwrap();
    visit(line.split_once("visit ").unwrap().1.to_owned()).await;
    assert_eq!(soon(get).await.unwrap(), 202);
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    assert_eq!(soon(child.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn what_would_be_unsafe_is_refused_before_anything_is_sent() {
    use std::os::unix::fs::PermissionsExt as _;

    let stage = ready().await;
    let open = stage.state().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
    let url = stage.server.url();
    for (arguments, code, words) in [
        (vec!["connect", &url, "--token-store", open.to_str().unwrap()], 1, "chmod 700"),
        (vec!["connect", &url, "--listen", "0.0.0.0:0"], 1, "not on loopback"),
        (vec!["connect", &url, "--no-bearer"], 2, "--listen"),
        (vec!["connect", &url, "--ipv4", "--ipv6"], 2, "cannot be used with"),
        (vec!["connect", &url, "--client-key-pem", "x"], 2, "--client-cert"),
        (vec!["connect", &url, "--ca-file", "/nonexistent"], 1, "/nonexistent"),
        (vec!["connect", &url, "--header", "Host=env:PATH"], 1, "for the connection itself to say"),
        (vec!["connect", &url, "--header", "X-Key=env:WARDED_NOTHING"], 1, "env:WARDED_NOTHING"),
        (vec!["connect", &url, "--browser-command", " "], 1, "--browser-command"),
        (vec!["connect", "http://mcp.example.com/mcp"], 2, "https://mcp.example.com/mcp"),
        (vec!["connect", "https://user:pw@mcp.example.com/mcp"], 2, "invalid value"),
        (vec!["connect", &url, "--issuer", &url, "--client-secret-file", "x"], 2, "--client-id"),
        (vec!["connect", &url, "--client-id", "x", "--client-secret-file", "x"], 2, "--issuer"),
        (vec!["connect", &url, "--client-credentials"], 2, "--client-secret-file"),
        (vec!["connect", &url, "--paste", "--device-code"], 2, "cannot be used with"),
        (vec!["connect", &url, "--subject-token-file", "x"], 2, "--issuer"),
        (vec!["connect", &url, "--id-token-file", "x"], 2, "--idp"),
        (vec!["connect", &url, "--assertion-file", "env:WARDED_NOTHING"], 1, "env:WARDED_NOTHING"),
        (
            vec![
                "connect",
                &url,
                "--issuer",
                &url,
                "--client-id",
                "x",
                "--client-secret-file",
                "/nonexistent",
            ],
            1,
            "client's secret",
        ),
        (vec!["connect", &url, "--scope", "a\"b"], 1, "scope"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
        command.args(&arguments).env("XDG_STATE_HOME", stage.state()).stdin(Stdio::null());
        let output = command.output().await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty());
    }
    assert!(stage.server.log.at("/mcp").is_empty());
}

#[tokio::test]
async fn standard_output_belongs_to_the_protocol() {
    let stage = ready().await;
    stage.server.turn(|knobs| knobs.resource = Some(stage.server.origin().to_owned()));
    let mut child = command(&stage).stdin(Stdio::piped()).spawn().unwrap();
    let said = tokio::spawn(person(child.stderr.take().unwrap(), Person::agreeing()));
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{INITIALIZE}\nnonsense\n").as_bytes()).await.unwrap();
    drop(input);
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).await.unwrap();
    assert_eq!(output.lines().count(), 2, "{output}");
    for line in output.lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        assert_eq!(message["jsonrpc"], "2.0");
    }
    assert!(said.await.unwrap().contains("covers its neighbours"));
    assert_eq!(soon(child.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn what_is_written_on_the_command_line_by_mistake_is_not_repeated() {
    let stage = ready().await;
    for header in
        ["Authorization=Bearer S3CRET", "X-Key: S3CRET", "S3CRET", "X-Key=S3CRET", "X\u{1b}S3CRET=env:PATH"]
    {
        let output = command(&stage).args(["--header", header]).stdin(Stdio::null()).output().await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && !said.contains("S3CRET"), "{said}");
        // What looks like a token is refused before anything reads it.
        assert!(said.contains("--header") || header.contains("Bearer"), "{said}");
    }
    assert_eq!(stage.server.log.len(), 0);
}

/// A listener, and the line that it has begun with.
async fn listening(stage: &Stage, arguments: &[&str]) -> (tokio::process::Child, String) {
    let mut child = command(stage).args(["--listen", "127.0.0.1:0"]).args(arguments).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = soon(said.next_line()).await.unwrap().unwrap();
    tokio::spawn(person(said.into_inner(), Person::agreeing()));
    (child, line)
}

/// The status of a request to a listener.
async fn status(line: &str, bearer: Option<&str>) -> u16 {
    let url = line.split_once("listening on http://").unwrap().1.split(' ').next().unwrap();
    let (authority, path) = url.split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let bearer = bearer.map(|bearer| format!("authorization: Bearer {bearer}\r\n")).unwrap_or_default();
    let head = format!("GET /{path} HTTP/1.1\r\nhost: {authority}\r\n{bearer}connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_listener_serves_whoever_has_the_bearer_of_this_start() {
    use std::os::unix::fs::PermissionsExt as _;

    let stage = ready().await;
    // Said even to those who want to hear little: without it the listener is of no use.
    let (_child, line) = listening(&stage, &["--quiet"]).await;
    let bearer = line.split_once("`Authorization: Bearer ").unwrap().1.trim_end_matches('`').to_owned();
    assert_eq!((bearer.len(), status(&line, None).await, status(&line, Some("x")).await), (43, 401, 401));
    assert!(stage.server.log.at("/mcp").is_empty());
    assert_eq!(status(&line, Some(&bearer)).await, 202);

    let file = stage.state().join("bearer");
    std::fs::write(&file, "of an earlier start").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (_child, line) = listening(&stage, &["--bearer-file", file.to_str().unwrap()]).await;
    let other = std::fs::read_to_string(&file).unwrap().trim_end().to_owned();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(line.contains("what is in") && !line.contains(&other), "{line}");
    assert_eq!((status(&line, Some(&bearer)).await, status(&line, Some(&other)).await), (401, 202));
    for log in [&stage.server.log, &stage.one.log] {
        assert!(!log.has(&bearer) && !log.has(&other));
    }
}

#[tokio::test]
async fn who_looks_for_a_fault_sees_each_step_and_no_token() {
    let stage = ready().await;
    let mut process = start(&stage, &["--verbose"]);
    process.ask(INITIALIZE).await;
    stage.server.forget_tokens();
    let list = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
    process.ask(list).await;
    let (_, _, said) = process.end().await;
    for words in ["initialize: status 200", "tools/list: status 200", "has renewed the token"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    for secret in ["ACCESS", "REFRESH", "CODE-", "SESSION"] {
        assert!(!said.contains(secret), "{said}");
    }
}
