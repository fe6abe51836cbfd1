//! A process of `warded connect`, and the person in front of it.

use std::{
    future::Future,
    path::Path,
    pin::Pin,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};

use crate::stage::visit;

pub(crate) const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;

/// Waits for what does not take long; a minute of silence is a hang.
pub(crate) async fn soon<F: Future>(what: F) -> F::Output {
    timeout(Duration::from_mins(1), what).await.unwrap()
}

type Doing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What somebody does with the URL of a login.
#[derive(Clone)]
pub(crate) struct Person {
    does: Arc<dyn Fn(String) -> Doing + Send + Sync>,
    /// How often somebody was told to wait for another process.
    waits: Arc<AtomicUsize>,
}

impl Person {
    pub(crate) fn new<F: Future<Output = ()> + Send + 'static>(
        does: impl Fn(String) -> F + Send + Sync + 'static,
    ) -> Self {
        Self { does: Arc::new(move |url| Box::pin(does(url))), waits: Arc::default() }
    }

    pub(crate) fn waits(&self) -> usize {
        self.waits.load(Ordering::SeqCst)
    }

    /// Follows redirects, which is enough for the issuers of the stage.
    pub(crate) fn agreeing() -> Self {
        Self::new(visit)
    }
}

pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    said: JoinHandle<String>,
}

impl Process {
    pub(crate) fn start(mut command: Command, user: &Person) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = tokio::spawn(person(child.stderr.take().unwrap(), user.clone()));
        Self { input: child.stdin.take(), child, output, said }
    }

    pub(crate) async fn tell(&mut self, line: &str) {
        self.input.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    pub(crate) async fn ask(&mut self, line: &str) -> Value {
        self.tell(line).await;
        let line = soon(self.output.next_line()).await.unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Ends the input; gives the exit code, what was still said on standard output, and all of standard error.
    pub(crate) async fn end(mut self) -> (Option<i32>, String, String) {
        drop(self.input.take());
        let mut rest = String::new();
        while let Some(line) = soon(self.output.next_line()).await.unwrap() {
            rest += &line;
        }
        let status = soon(self.child.wait()).await.unwrap();
        (status.code(), rest, soon(self.said).await.unwrap())
    }

    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([name, &id]).status().await.unwrap().success());
    }
}

pub(crate) fn command(server: &str, state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["connect", server, "--no-browser"]);
    command.env("XDG_STATE_HOME", state).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Reads standard error, and does what it says.
pub(crate) async fn person(said: impl AsyncRead + Unpin, user: Person) -> String {
    let (mut lines, mut all) = (BufReader::new(said).lines(), String::new());
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, url)) = line.split_once("to log in, visit ") {
            tokio::spawn((user.does)(url.to_owned()));
        }
        if line.contains("another process is at a login") {
            user.waits.fetch_add(1, Ordering::SeqCst);
        }
        all += &line;
        all.push('\n');
    }
    all
}
