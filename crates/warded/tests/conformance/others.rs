//! The same with clients of others: the official SDKs, without a word of OAuth, each with `warded connect` as its stdio server.

use std::{
    collections::BTreeSet,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{
    client::STOPS,
    suite::{Run, Suite, is_green},
};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/scripts");

/// A client of others: a program, and the script that it runs.
struct Other {
    suite: Suite,
    program: PathBuf,
    script: PathBuf,
    _folder: TempDir,
}

#[test]
fn the_python_sdk_passes_the_scenarios_of_authorization_through_the_bridge() {
    let Some(python) = Other::python() else { return };
    python.passes(&["--suite", "auth"], 14);
    python.passes(&["--suite", "backcompat"], 2);
    python.passes(&["--requirements", "2026-07-28"], 31);
}

#[test]
fn the_typescript_sdk_of_version_2_passes_the_scenarios_of_authorization_through_the_bridge() {
    let Some(typescript) = Other::typescript("typescript-v2.mjs") else { return };
    typescript.passes(&["--suite", "auth"], 14);
    typescript.passes(&["--suite", "backcompat"], 2);
    typescript.passes(&["--requirements", "2026-07-28"], 31);
}

#[test]
fn the_typescript_sdk_of_version_1_passes_the_scenarios_of_authorization_through_the_bridge() {
    let Some(typescript) = Other::typescript("typescript-v1.mjs") else { return };
    typescript.passes(&["--suite", "auth"], 14);
    typescript.passes(&["--suite", "backcompat"], 2);
    typescript.passes(&["--suite", "extensions"], 6);
}

/// The bridge passes on what it is given: a client that does not speak 2026-07-28 does not speak it behind the bridge either,
/// and the suite's servers of that revision speak no other. What it gets to there is where nothing is to come of it, before
/// anybody speaks MCP.
#[test]
fn the_typescript_sdk_of_version_1_meets_nothing_of_2026_07_28_but_what_comes_before() {
    let Some(typescript) = Other::typescript("typescript-v1.mjs") else { return };
    let run = typescript.runs(&["--requirements", "2026-07-28"], 31);
    // Scopes are lacking for a call, and no call is made.
    let comes_before = |scenario: &str| STOPS.contains(&scenario) && scenario != "auth/scope-retry-limit";
    let unmet: BTreeSet<_> = scenarios(&run).filter(|scenario| !comes_before(scenario)).collect();
    assert_eq!(not_met(&run), unmet, "{}\n{}", run.failures(), run.said);
}

impl Other {
    fn python() -> Option<Self> {
        let (suite, program) = (Suite::here()?, installed("WARDED_CLIENTS_PYTHON")?);
        Some(Self::new(suite, program, "python.py"))
    }

    fn typescript(script: &str) -> Option<Self> {
        let (suite, packages) = (Suite::here()?, installed("WARDED_CLIENTS_NODE")?);
        let other = Self::new(suite, "node".into(), script);
        // Node looks for packages beside the script.
        symlink(packages.join("node_modules"), other.script.with_file_name("node_modules")).unwrap();
        Some(other)
    }

    fn new(suite: Suite, program: PathBuf, script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["everything.mjs", script] {
            std::fs::copy(Path::new(SCRIPTS).join(name), folder.path().join(name)).unwrap();
        }
        Self { suite, program, script: folder.path().join(script), _folder: folder }
    }

    fn runs(&self, which: &[&str], count: usize) -> Run {
        let run = self.suite.at_client_of(&self.program, &self.script, which);
        assert_eq!(scenarios(&run).count(), count, "{which:?}: {}", run.said);
        run
    }

    fn passes(&self, which: &[&str], count: usize) {
        let run = self.runs(which, count);
        assert_eq!(not_met(&run), BTreeSet::new(), "{which:?}: {}\n{}", run.failures(), run.said);
    }
}

/// Those of authorization. The rest is about what an SDK does with arguments and answers, which pass by Warded.
fn scenarios(run: &Run) -> impl Iterator<Item = &str> {
    run.report.keys().map(String::as_str).filter(|scenario| scenario.starts_with("auth/"))
}

/// Where something was wrong, or a client that was to reach a tool did not, or one that was not to did.
fn not_met(run: &Run) -> BTreeSet<&str> {
    let reached = |scenario: &str| {
        run.printed.get(scenario).is_some_and(|printed| printed.contains("called test-tool"))
    };
    let is_met =
        |scenario: &str| is_green(&run.report[scenario]) && reached(scenario) != STOPS.contains(&scenario);
    scenarios(run).filter(|scenario| !is_met(scenario)).collect()
}

/// Where `cargo xtask test` has put the clients.
#[expect(clippy::disallowed_methods, reason = "this is how `cargo xtask test` says where they are")]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn installed(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable);
    if value.is_none() {
        eprintln!("SKIPPED: {variable} is not set, so this client is not tried");
    }
    value.map(PathBuf::from)
}
