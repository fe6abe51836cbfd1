//! Who looks? A browser that `scripts/look.mjs` drives; what it saw comes back as JSON.

use std::{os::unix::fs::symlink, path::PathBuf, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{process::Command, time::timeout};

use crate::house::{House, PASSWORD};

const SCRIPT: &str = include_str!("scripts/look.mjs");
/// Some twenty pages, each in three ways; whoever has not ended by then hangs.
const PATIENCE: Duration = Duration::from_mins(5);

#[expect(
    clippy::disallowed_methods,
    reason = "the peers are not part of the build: the test command installs them and says where"
)]
fn place(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// What a walk through the pages shows; none, and a word about it, where the browser or the checker is missing.
pub(crate) async fn look(walk: &str) -> Option<Value> {
    let (packages, browser) = (place("WARDED_PAGES_NODE"), place("WARDED_CHROMIUM"));
    let Some((packages, browser)) = packages.zip(browser) else {
        eprintln!("SKIPPED: WARDED_PAGES_NODE or WARDED_CHROMIUM is not set, so nobody looks at the pages");
        return None;
    };
    let house = House::open().await;
    let folder = tempfile::tempdir().unwrap();
    // Node finds packages beside the script.
    symlink(packages.join("node_modules"), folder.path().join("node_modules")).unwrap();
    let script = folder.path().join("look.mjs");
    std::fs::write(&script, SCRIPT).unwrap();
    let plan = json!({
        "walk": walk,
        "browser": browser,
        "port": house.port,
        "addresses": house.addresses,
        "name": "ada",
        "password": PASSWORD,
        "pictures": place("WARDED_SCREENSHOTS").unwrap_or_else(|| folder.path().to_owned()),
    });
    let mut command = Command::new("node");
    command.arg(script).arg(plan.to_string()).env("HOME", folder.path()).stdin(Stdio::null());
    let output = timeout(PATIENCE, command.kill_on_drop(true).output()).await.unwrap().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaints}", output.status);
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{complaints}")))
}
