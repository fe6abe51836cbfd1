//! Many processes with one login: one of them renews it, all of them use it, whatever becomes of that one.

use std::{process::Stdio, sync::Arc};

use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
    sync::{Notify, Semaphore},
    task::JoinHandle,
};

use crate::{
    process::{Person, person, soon},
    stage::Stage,
};

/// How many there are.
const CROWD: usize = 20;

fn get(stage: &Stage) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["token", "get", &stage.server.url(), "--no-browser"]);
    command.env("XDG_STATE_HOME", stage.state()).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A process that gets a token, and a person who agrees where it asks.
struct Getting {
    child: Child,
    said: JoinHandle<String>,
}

impl Getting {
    fn start(stage: &Stage) -> Self {
        let mut child = get(stage).spawn().unwrap();
        let said = tokio::spawn(person(child.stderr.take().unwrap(), Person::agreeing()));
        Self { child, said }
    }

    /// The token, and what was said on the way.
    async fn end(mut self) -> (String, String) {
        let mut token = String::new();
        soon(self.child.stdout.take().unwrap().read_to_string(&mut token)).await.unwrap();
        let status = soon(self.child.wait()).await.unwrap();
        let said = soon(self.said).await.unwrap();
        assert!(status.success(), "{said}");
        (token, said)
    }

    async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// A stage on which somebody has logged in, with a token that is good no longer.
async fn logged_in() -> Stage {
    let stage = Stage::new().await;
    Getting::start(&stage).end().await;
    stage.server.forget_tokens();
    stage
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

fn refreshes(stage: &Stage) -> usize {
    stage.one.grants("refresh_token").len()
}

/// Starts a crowd, and waits until the server has refused each of them.
async fn refused(stage: &Stage, count: usize) -> Vec<Getting> {
    let before = stage.server.log.at("/mcp").len();
    let crowd = (0..count).map(|_| Getting::start(stage)).collect();
    soon(until(|| stage.server.log.at("/mcp").len() >= before + count)).await;
    crowd
}

/// What each of them got and said.
async fn ends(crowd: Vec<Getting>) -> (Vec<String>, String) {
    let (mut tokens, mut said) = (Vec::new(), String::new());
    for getting in crowd {
        let (token, words) = getting.end().await;
        tokens.push(token);
        said += &words;
    }
    tokens.sort();
    tokens.dedup();
    (tokens, said)
}

#[tokio::test]
async fn one_refresh_reaches_the_issuer_and_all_get_the_new_token() {
    let stage = logged_in().await;
    let gate = Arc::new(Semaphore::new(0));
    stage.one.turn(|knobs| knobs.gate = Some(Arc::clone(&gate)));
    let crowd = refused(&stage, CROWD).await;
    soon(until(|| refreshes(&stage) == 1)).await;
    // Whoever else asks now is let through at once, and counted.
    gate.add_permits(CROWD);
    let (tokens, said) = ends(crowd).await;
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    assert!(tokens[0].starts_with("ACCESS-one-"));
    assert_eq!((refreshes(&stage), stage.one.authorizations().len()), (1, 1), "{said}");
}

#[tokio::test]
async fn a_refresh_that_is_cut_off_by_a_kill_is_done_by_the_next_where_the_issuer_gives_a_second_chance() {
    let stage = logged_in().await;
    let lost = Arc::new(Notify::new());
    stage.one.turn(|knobs| (knobs.forgives, knobs.loses) = (true, Some(Arc::clone(&lost))));
    let winner = Getting::start(&stage);
    soon(lost.notified()).await;
    let crowd = refused(&stage, CROWD - 1).await;
    stage.one.turn(|knobs| knobs.loses = None);
    winner.kill().await;
    let (tokens, said) = ends(crowd).await;
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    assert_eq!((refreshes(&stage), stage.one.authorizations().len()), (2, 1), "{said}");
    assert!(!said.contains("lost"), "nothing was: {said}");
}

#[tokio::test]
async fn a_login_that_a_kill_has_ended_is_said_to_be_lost_and_there_is_one_new_one_for_all() {
    let stage = logged_in().await;
    let lost = Arc::new(Notify::new());
    stage.one.turn(|knobs| knobs.loses = Some(Arc::clone(&lost)));
    let winner = Getting::start(&stage);
    soon(lost.notified()).await;
    let crowd = refused(&stage, CROWD - 1).await;
    stage.one.turn(|knobs| knobs.loses = None);
    winner.kill().await;
    let (tokens, said) = ends(crowd).await;
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    assert_eq!((refreshes(&stage), stage.one.authorizations().len()), (2, 2), "{said}");
    assert_eq!(said.matches("an earlier renewal of it was cut off").count(), 1, "{said}");
    assert_eq!(said.matches("to log in, visit").count(), 1, "{said}");
}

#[tokio::test]
async fn a_process_that_is_killed_before_the_issuer_answers_costs_nobody_anything() {
    let stage = logged_in().await;
    let gate = Arc::new(Semaphore::new(0));
    stage.one.turn(|knobs| knobs.gate = Some(Arc::clone(&gate)));
    let winner = Getting::start(&stage);
    soon(until(|| refreshes(&stage) == 1)).await;
    let crowd = refused(&stage, CROWD - 1).await;
    stage.one.turn(|knobs| knobs.gate = None);
    winner.kill().await;
    let (tokens, said) = ends(crowd).await;
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    assert_eq!((refreshes(&stage), stage.one.authorizations().len()), (2, 1), "{said}");
}
