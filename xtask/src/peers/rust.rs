//! A Rust program with dependencies that nothing of ours has: a workspace of its own, with a lock file of its own.

use std::path::PathBuf;

use super::place::Place;
use crate::shell::{cargo, root, run};

/// Builds the program of a folder, with exactly the crates of its lock file.
pub(super) fn program(name: &str, folder: &str, program: &str) -> anyhow::Result<PathBuf> {
    let target = Place::of(name, &format!("{folder}/Cargo.lock"))?.path;
    let manifest = root().join(folder).join("Cargo.toml");
    let mut build = cargo(&["build", "--locked", "--quiet", "--manifest-path", &manifest.to_string_lossy()]);
    build.env("CARGO_TARGET_DIR", &target);
    run(build)?;
    Ok(target.join("debug").join(program))
}
