//! Which clients of others are tried, where are they, and how is each one run?

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/scripts");
/// Nothing here takes long; whoever has not ended by then hangs.
const PATIENCE: Duration = Duration::from_mins(2);

/// A client, and where `cargo xtask peers` says that its interpreter, its packages or itself is.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    variable: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Python(&'static str),
    /// The variable says where the packages are.
    Node(&'static str),
    Program,
}

/// All of them. Go is the one that a machine may be without.
pub(crate) const PEERS: [Peer; 7] = [
    Peer { variable: "WARDED_CLIENTS_PYTHON", kind: Kind::Python("python_v2.py") },
    Peer { variable: "WARDED_GUARD_PYTHON_V1", kind: Kind::Python("python_v1.py") },
    Peer { variable: "WARDED_CLIENTS_PYTHON", kind: Kind::Python("fastmcp_client.py") },
    Peer { variable: "WARDED_CLIENTS_NODE", kind: Kind::Node("typescript-v1.mjs") },
    Peer { variable: "WARDED_CLIENTS_NODE", kind: Kind::Node("typescript-v2.mjs") },
    Peer { variable: "WARDED_GUARD_RMCP", kind: Kind::Program },
    Peer { variable: "WARDED_GUARD_GO", kind: Kind::Program },
];

/// What drives a page in a browser.
pub(crate) const BROWSER: Peer = Peer { variable: "WARDED_CLIENTS_NODE", kind: Kind::Node("page.mjs") };

impl Peer {
    pub(crate) fn variable(&self) -> &'static str {
        self.variable
    }

    pub(crate) fn may_be_missing(&self) -> bool {
        self.variable == "WARDED_GUARD_GO"
    }

    /// Where it has been put; none, and a word about it, where it has not.
    pub(crate) fn installed(&self) -> Option<PathBuf> {
        place(self.variable)
    }

    /// Sends it to a server, with a token; it tells one line.
    pub(crate) async fn goes_to(&self, installed: &Path, url: &str, token: &str) -> Value {
        let errand = json!({ "calls": { "whoami": {}, "note": { "text": "tea" } } });
        let visits = json!([{ "url": url, "token": token, "errand": errand }]);
        self.tells(installed, &[], visits.to_string(), token).await
    }

    /// Opens a page that talks to a server.
    pub(crate) async fn opens(&self, installed: &Path, page: &str, url: &str, token: &str) -> Value {
        self.tells(installed, &[page, url], token.to_owned(), token).await
    }

    async fn tells(&self, installed: &Path, arguments: &[&str], input: String, token: &str) -> Value {
        let bench = tempfile::tempdir().unwrap();
        let mut command = self.command(installed, &bench);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // Where nobody reads it, the client has failed, and says why below.
        pipe.write_all(input.as_bytes()).await.ok();
        drop(pipe);
        let output = timeout(PATIENCE, child.wait_with_output()).await.expect("a client hangs").unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {}\n{errors}", self.variable, output.status);
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(!told.contains(token), "it told its token");
        serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}\n{errors}"))
    }

    fn command(&self, installed: &Path, bench: &TempDir) -> Command {
        match self.kind {
            Kind::Program => Command::new(installed),
            Kind::Python(script) => {
                let mut command = Command::new(installed);
                command.arg(Path::new(SCRIPTS).join(script)).env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
            // Node looks for packages beside the script.
            Kind::Node(script) => {
                symlink(installed.join("node_modules"), bench.path().join("node_modules")).unwrap();
                for name in ["errand.mjs", script] {
                    std::fs::copy(Path::new(SCRIPTS).join(name), bench.path().join(name)).unwrap();
                }
                let mut command = Command::new("node");
                command.arg(bench.path().join(script));
                command
            }
        }
    }
}

/// Where the test command has put something of others.
pub(crate) fn place(variable: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the peers are not part of the build: the test command installs them and says where"
    )]
    let value = std::env::var_os(variable);
    if value.is_none() {
        eprintln!("SKIPPED: {variable} is not set, so this client is not tried");
    }
    value.map(PathBuf::from)
}
