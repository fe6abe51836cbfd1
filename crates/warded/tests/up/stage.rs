//! `warded up`, started as an operator would start it.

use std::{net::SocketAddr, path::Path, process::ExitStatus};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::{
    issuer::Issuer,
    port::free_port,
    running::{Running, signal},
    upstream::Upstream,
};

/// A gateway that runs, with the folder that its configuration, store and journal are in.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
    /// Where operators look, if anywhere.
    pub(crate) operations: Option<SocketAddr>,
    running: Running,
}

/// A command of `warded` in a folder.
pub(crate) fn warded(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.current_dir(folder).kill_on_drop(true).env("WARDED_LOG", "debug");
    command
}

impl Gateway {
    /// Starts what the configuration says; `PORT` in it is a free port.
    pub(crate) async fn start(configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let configuration = configuration.replace("PORT", &port.to_string());
        std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
        Self::start_in(folder).await
    }

    async fn start_in(folder: TempDir) -> Self {
        Self::start_with(folder, "true").await
    }

    /// Starts in a folder, behind something that a shell does first.
    pub(crate) async fn start_with(folder: TempDir, first: &str) -> Self {
        let mut command = Command::new("sh");
        let script = format!("{first} && exec \"$0\" up --format json");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_warded")]);
        command.current_dir(folder.path()).env("WARDED_LOG", "debug");
        command.env("UPSTREAM_KEY", "the-key-of-the-server-behind");
        let running = Running::start(&mut command).await;
        let (address, operations) = (running.address("listen").unwrap(), running.address("operations"));
        Self { address, folder, operations, running }
    }

    /// The identifier of a server.
    pub(crate) fn url(&self, server: &str) -> String {
        format!("http://{}/{server}/mcp", self.address)
    }

    /// The most memory that it has had so far, in KiB.
    pub(crate) fn memory(&self) -> usize {
        self.running.memory()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.running.log()
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.running.id()
    }

    /// Sends a signal, as an operator does.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Limits how large its files may become, in bytes or `unlimited`. That is no end of the process where the signal is
    /// ignored.
    pub(crate) fn limit_files(&self, limit: &str) {
        let (id, limit) = (self.id().to_string(), format!("--fsize={limit}:"));
        assert!(
            std::process::Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success()
        );
    }

    /// Waits until the process has ended; what it said after it was ready.
    pub(crate) async fn ended(&mut self) -> (ExitStatus, String) {
        self.running.ended().await
    }

    /// Stops it and starts it again, with everything that it has kept.
    pub(crate) async fn restart(mut self) -> Self {
        self.signal("TERM");
        let (status, _) = self.ended().await;
        assert!(status.success(), "{status}\n{}", self.log());
        Self::start_in(self.folder).await
    }
}

/// Two servers, `notes` and `files`, that trust one issuer.
pub(crate) struct Stage {
    pub(crate) gateway: Gateway,
    pub(crate) issuer: Issuer,
    pub(crate) notes: Upstream,
    pub(crate) files: Upstream,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::with("").await
    }

    /// With more keys for the server `notes`.
    pub(crate) async fn with(notes_keys: &str) -> Self {
        Self::written("", notes_keys).await
    }

    /// With more keys at the top.
    pub(crate) async fn with_head(keys: &str) -> Self {
        Self::written(keys, "").await
    }

    async fn written(head: &str, notes_keys: &str) -> Self {
        Self::over(Upstream::start().await, head, notes_keys).await
    }

    /// With this server behind `notes`, which is spoken to in HTTP/2.
    pub(crate) async fn over_http2(notes: Upstream) -> Self {
        Self::over(notes, "", "    upstream_http2: true").await
    }

    async fn over(notes: Upstream, head: &str, notes_keys: &str) -> Self {
        let (issuer, files) = (Issuer::start().await, Upstream::start().await);
        let gateway = Gateway::start(&format!(
            "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
{head}
servers:
  notes:
    upstream: {}
    issuers: [corp]
{notes_keys}
  files:
    upstream: {}
    issuers: [corp]
issuers:
  corp: {{ url: \"{}\" }}
",
            notes.url, files.url, issuer.url
        ))
        .await;
        Self { gateway, issuer, notes, files }
    }

    /// Starts again with something else in its configuration.
    pub(crate) async fn rewritten(self, changes: &[(&str, &str)]) -> Self {
        let file = self.gateway.folder.path().join("warded.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        let text = changes.iter().fold(text, |text, (from, to)| text.replace(from, to));
        std::fs::write(&file, text).unwrap();
        let Self { gateway, issuer, notes, files } = self;
        Self { gateway: gateway.restart().await, issuer, notes, files }
    }

    /// A token of alice for a server, but for the claims that `changes` replaces.
    pub(crate) fn token(&self, server: &str, changes: Value) -> String {
        self.issuer.token(&self.gateway.url(server), changes)
    }
}
