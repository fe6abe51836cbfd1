//! `warded up` with a server that is a process, and a way to learn when the last of its processes is gone.

use std::{net::SocketAddr, path::Path, time::Duration};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{io::AsyncReadExt as _, net::unix::pipe, process::Command, time::timeout};

pub(crate) use crate::running::signal;
use crate::{issuer::Issuer, port::free_port, running::Running};

/// A gateway that runs, before processes that are hard to be before.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
    issuer: Issuer,
    running: Running,
    life: pipe::Receiver,
}

fn script() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stdio/nasty.py").display().to_string()
}

impl Stage {
    /// With the server `nasty`, and more keys for it.
    pub(crate) async fn start(keys: &str) -> Self {
        Self::with(&[], keys).await
    }

    /// With arguments for the process.
    pub(crate) async fn with(arguments: &[&str], keys: &str) -> Self {
        let script = script();
        let words = [&["python3", &*script], arguments].concat();
        Self::running(&serde_json::to_string(&words).unwrap(), keys).await
    }

    /// With a command of its own.
    pub(crate) async fn running(command: &str, keys: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("life");
        assert!(Command::new("mkfifo").arg(&fifo).status().await.unwrap().success());
        let life = pipe::OpenOptions::new().open_receiver(&fifo).unwrap();
        let issuer = Issuer::start().await;
        let configuration = format!(
            "public_url: http://127.0.0.1:{port}
listen: 127.0.0.1:{port}
servers:
  nasty:
    stdio: {command}
    env: {{ LIFE: {fifo}, SECRET: \"env:NASTY_SECRET\" }}
    issuers: [corp]
{keys}
  other:
    stdio: {command}
    env: {{ LIFE: {fifo} }}
    issuers: [corp]
issuers:
  corp: {{ url: \"{issuer}\" }}
",
            port = free_port(),
            fifo = fifo.display(),
            issuer = issuer.url,
        );
        std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
        let (running, address) = up(folder.path()).await;
        Self { address, folder, issuer, running, life }
    }

    /// A token of alice for a server, but for the claims that `changes` replaces.
    pub(crate) fn token(&self, server: &str, changes: Value) -> String {
        self.issuer.token(&format!("http://{}/{server}/mcp", self.address), changes)
    }

    pub(crate) fn log(&self) -> String {
        self.running.log()
    }

    /// Waits until it has logged this.
    pub(crate) async fn logs(&self, text: &str) {
        let logged = async {
            while !self.log().contains(text) {
                tokio::task::yield_now().await;
            }
        };
        assert!(timeout(BOUND, logged).await.is_ok(), "`{text}` is not in\n{}", self.log());
    }

    pub(crate) fn id(&self) -> u32 {
        self.running.id()
    }

    /// Writes the configuration anew, with other words in the place of these, and has it read.
    pub(crate) fn rewrites(&self, from: &str, to: &str) {
        let file = self.folder.path().join("warded.yaml");
        let before = std::fs::read_to_string(&file).unwrap();
        assert!(before.contains(from), "{before}");
        std::fs::write(&file, before.replace(from, to)).unwrap();
        self.signal("HUP");
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> std::process::ExitStatus {
        timeout(BOUND, self.running.ended()).await.unwrap().0
    }

    /// Stops it and starts it again.
    pub(crate) async fn restart(&mut self) {
        self.signal("TERM");
        assert!(self.ended().await.success());
        (self.running, self.address) = up(self.folder.path()).await;
    }

    /// Waits until the last process is gone. Before the first one has begun, none is there.
    pub(crate) async fn nobody_lives(&mut self) {
        let mut rest = Vec::new();
        let gone = timeout(BOUND, self.life.read_to_end(&mut rest)).await;
        assert!(gone.is_ok(), "somebody lives\n{}", self.log());
    }

    /// Whether a process is there.
    pub(crate) async fn somebody_lives(&mut self) -> bool {
        // Nobody writes: a read says at once that everybody is gone, or waits.
        timeout(Duration::ZERO, self.life.read(&mut [0])).await.is_err()
    }

    /// The most memory that it has taken so far, in KiB.
    pub(crate) fn most_memory(&self) -> usize {
        self.running.memory()
    }
}

impl Drop for Stage {
    /// What was wrong is in the log.
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.log());
        }
    }
}

/// Nothing here takes that long, unless it takes for ever.
pub(crate) const BOUND: Duration = Duration::from_mins(1);

async fn up(folder: &Path) -> (Running, SocketAddr) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["up", "--format", "json"]).current_dir(folder);
    command
        .env("WARDED_LOG", "info,warded_gateway=debug")
        .env("NASTY_SECRET", "the-secret-of-the-process")
        .env("OUR_OWN", "ours");
    let running = Running::start(&mut command).await;
    let address = running.address("listen").unwrap();
    (running, address)
}
