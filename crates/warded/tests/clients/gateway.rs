//! A real `warded up`, as an operator runs it: a folder with a configuration, a process, people who may log in.

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr},
    process::Stdio,
};

use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
};

use crate::{
    bench::{end, ready, told},
    browser::Person,
    port::free_port,
};

const WARDED: &str = env!("CARGO_BIN_EXE_warded");

/// A gateway of an operator's own.
pub(crate) struct Gateway {
    folder: TempDir,
    address: SocketAddr,
    process: Option<Child>,
}

impl Gateway {
    /// A gateway that is not running yet, on a port that was free.
    pub(crate) fn prepared() -> Self {
        let address = (Ipv4Addr::LOCALHOST, free_port()).into();
        Self { folder: tempfile::tempdir().unwrap(), address, process: None }
    }

    /// A URL at this gateway.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Writes what is served; where it is served is added.
    pub(crate) fn configure(&self, rest: &str) {
        let text = format!("public_url: {}\nlisten: {}\n{rest}", self.url(""), self.address);
        std::fs::write(self.folder.path().join("warded.yaml"), text).unwrap();
    }

    /// Writes a file beside the configuration.
    pub(crate) fn leave(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Starts, and waits until it serves.
    pub(crate) async fn start(&mut self) {
        let log = File::options().append(true).create(true).open(self.log_path()).unwrap();
        let mut process =
            self.command(&["--format", "json", "up"]).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        assert!(ready(&mut process).await.is_some(), "`warded up` does not start: {}", self.log());
        self.process = Some(process);
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        let mut process = self.process.take().unwrap();
        let id = process.id().unwrap().to_string();
        let mut terminate = Command::new("kill");
        terminate.args(["-TERM", &id]);
        assert!(end(terminate).await.status.success());
        let status = process.wait().await.unwrap();
        assert!(status.success(), "{status}: {}", self.log());
    }

    /// Lets a person log in.
    pub(crate) async fn admit(&self, person: &Person) {
        let mut child = self.command(&["user", "add", person.name()]).stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        // Where nobody reads it, the command has failed, and says why below.
        input.write_all(format!("{}\n", person.password()).as_bytes()).await.ok();
        drop(input);
        let output = child.wait_with_output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes a client that may ask for tokens of one server on its own behalf; its id and its secret.
    pub(crate) async fn add_machine(&self, name: &str, server: &str) -> (String, String) {
        let add = ["--format", "json", "client", "add", name, "--server", server];
        let grants = ["--confidential", "--grant", "client-credentials"];
        let output = end(self.command(&[&add[..], &grants[..]].concat())).await;
        let client = told(&output);
        let text = |key: &str| client[key].as_str().unwrap().to_owned();
        (text("client_id"), text("client_secret"))
    }

    /// Everything that it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Whether some text stands in anything that it has kept or logged.
    pub(crate) fn keeps(&self, text: &str) -> bool {
        memchr::memmem::find(&self.everything_kept(), text.as_bytes()).is_some()
    }

    fn everything_kept(&self) -> Vec<u8> {
        let mut kept = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    kept.extend(std::fs::read(entry.path()).unwrap());
                }
            }
        }
        kept
    }

    fn log_path(&self) -> std::path::PathBuf {
        self.folder.path().join("warded.log")
    }

    /// What the operator runs in the folder of the configuration.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(WARDED);
        command
            .args(["--color", "never"])
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

impl Drop for Gateway {
    /// Whoever looks for what went wrong wants to know what it said.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}
