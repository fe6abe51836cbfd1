//! Processes that share a folder of tokens while servers and issuers change under them: what one issuer gave reaches no other
//! party, also when one of them is killed in the middle.

use std::{process::Stdio, sync::Arc};

use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
    sync::{Notify, Semaphore},
    task::JoinHandle,
};

use crate::{
    process::{INITIALIZE, Person, Process, command, person, soon},
    stage::{Obstacle, Stage, answer},
};

async fn until(is_so: impl Fn() -> bool) {
    soon(async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// A process that gets a token, and whoever agrees where it asks.
struct Getting {
    child: Child,
    said: JoinHandle<String>,
}

impl Getting {
    fn start(stage: &Stage, server: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
        command.args(["token", "get", server, "--no-browser"]);
        command.env("XDG_STATE_HOME", stage.state()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = tokio::spawn(person(child.stderr.take().unwrap(), Person::agreeing()));
        Self { child, said }
    }

    /// The token, where it got one.
    async fn end(mut self) -> String {
        let mut token = String::new();
        soon(self.child.stdout.take().unwrap().read_to_string(&mut token)).await.unwrap();
        soon(self.child.wait()).await.unwrap();
        soon(self.said).await.unwrap();
        token
    }
}

async fn logged_in() -> Stage {
    let stage = Stage::new().await;
    for issuer in [&stage.one, &stage.two] {
        issuer.turn(|knobs| knobs.methods = Some(vec!["client_secret_post"]));
    }
    for server in [stage.server.url(), stage.other.url()] {
        assert!(Getting::start(&stage, &server).end().await.starts_with("ACCESS-one"));
    }
    stage.server.forget_tokens();
    stage
}

fn flip(stage: &Stage) {
    stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
}

#[tokio::test]
async fn processes_at_once_give_each_issuer_what_it_gave_when_the_server_moves() {
    let stage = logged_in().await;
    let gate = Arc::new(Semaphore::new(0));
    stage.one.turn(|knobs| knobs.gate = Some(Arc::clone(&gate)));
    let server = stage.server.url();
    let first = Getting::start(&stage, &server);
    until(|| stage.one.grants("refresh_token").len() == 1).await;
    flip(&stage);
    let crowd: Vec<_> = (0..6).map(|_| Getting::start(&stage, &server)).collect();
    let mut tokens = Vec::new();
    for getting in crowd {
        tokens.push(getting.end().await);
    }
    gate.add_permits(1);
    tokens.push(first.end().await);
    assert!(tokens.iter().all(|token| token.starts_with("ACCESS-two")), "{tokens:?}");
    assert_eq!((stage.two.authorizations().len(), stage.two.grants("refresh_token").len()), (1, 0));
    stage.check();
}

#[tokio::test]
async fn whoever_comes_after_a_kill_shows_the_next_issuer_nothing_of_the_one_before() {
    let stage = logged_in().await;
    let lost = Arc::new(Notify::new());
    stage.one.turn(|knobs| knobs.loses = Some(Arc::clone(&lost)));
    let mut first = Getting::start(&stage, &stage.server.url());
    soon(lost.notified()).await;
    flip(&stage);
    first.child.kill().await.unwrap();
    stage.one.turn(|knobs| knobs.loses = None);
    let token = Getting::start(&stage, &stage.server.url()).end().await;
    assert!(token.starts_with("ACCESS-two"), "{token}");
    assert!(stage.two.grants("refresh_token").is_empty());
    stage.check();
    // The other server has stayed, and so has its login.
    let token = Getting::start(&stage, &stage.other.url()).end().await;
    assert!(token.starts_with("ACCESS-one"), "{token}");
    assert_eq!(stage.one.authorizations().len(), 2);
    stage.check();
}

#[tokio::test]
async fn a_process_that_starts_again_guesses_no_endpoint_where_metadata_is_gone() {
    let stage = logged_in().await;
    stage.server.turn(|knobs| knobs.describes_itself = false);
    assert_eq!(Getting::start(&stage, &stage.server.url()).end().await, "");
    for path in ["/token", "/authorize", "/revoke"] {
        assert!(stage.server.log.at(path).is_empty(), "{path}");
    }
    for status in [404, 500] {
        stage.one.obstacles.put("/.well-known/oauth-authorization-server", Obstacle::Status(status));
        assert_eq!(Getting::start(&stage, &stage.other.url()).end().await, "");
        stage.one.obstacles.clear();
    }
    stage.check();
    assert!(Getting::start(&stage, &stage.other.url()).end().await.starts_with("ACCESS-one"));
    assert_eq!(stage.one.authorizations().len(), 2, "the login went on");
}

#[tokio::test]
async fn two_bridges_on_one_folder_carry_to_each_server_its_own_token() {
    let stage = logged_in().await;
    for server in [&stage.server, &stage.other] {
        server.play(|seen| {
            let id = if seen.body.contains("\"id\":2") { 2 } else { 1 };
            let result = r#"{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}}"#;
            answer(200, "application/json", format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#))
        });
    }
    let start = |url: &str| Process::start(command(url, &stage.state()), &Person::agreeing());
    let mut bridges = [start(&stage.server.url()), start(&stage.other.url())];
    for bridge in &mut bridges {
        assert!(bridge.ask(INITIALIZE).await.get("result").is_some());
    }
    flip(&stage);
    stage.server.forget_tokens();
    for bridge in &mut bridges {
        assert!(bridge.ask(r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#).await.get("result").is_some());
    }
    for bridge in bridges {
        bridge.end().await;
    }
    assert_eq!(stage.two.authorizations().len(), 1);
    stage.check();
}
