//! `warded up`, started as an operator would start it, and what it says of itself.

use std::{
    net::SocketAddr,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, ChildStdout, Command},
};

/// A process that takes requests.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    log: Arc<Mutex<String>>,
    ready: Value,
}

impl Running {
    /// Starts this, and waits until it says that it is ready.
    pub(crate) async fn start(command: &mut Command) -> Self {
        let mut child =
            command.kill_on_drop(true).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&log);
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..read]));
            }
        });
        let mut line = String::new();
        stdout.read_line(&mut line).await.unwrap();
        let ready: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}\n{}", log.lock().unwrap()));
        assert_eq!(ready["ready"], true, "{ready:#}");
        Self { child, stdout, log, ready }
    }

    /// An address of which it said that it is there; none where it has none of this name.
    pub(crate) fn address(&self, of: &str) -> Option<SocketAddr> {
        self.said(of).as_str().map(|address| address.parse().unwrap())
    }

    /// What it said of this when it was ready.
    pub(crate) fn said(&self, of: &str) -> &Value {
        &self.ready[of]
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// The most memory that it has had so far, in KiB.
    pub(crate) fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Waits until the process has ended; what it said after it was ready.
    pub(crate) async fn ended(&mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).await.unwrap();
        (self.child.wait().await.unwrap(), rest)
    }
}

/// Sends a signal, as an operator does.
pub(crate) fn signal(process: u32, name: &str) {
    let sent = std::process::Command::new("kill").args(["-s", name, &process.to_string()]).status();
    assert!(sent.unwrap().success());
}
