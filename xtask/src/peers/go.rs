//! Go modules: vectors that come as one, and a program that is made of some.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::place::Place;
use crate::shell::{answers, command, output, root, run};

/// The test vectors of project Wycheproof.
const WYCHEPROOF: &str = "github.com/c2sp/wycheproof@v0.0.0-20260902155932-3fa63dd0344a";
/// What Go's checksum database says of that module.
const WYCHEPROOF_SUM: &str = "h1:pNbL2nztRsWfW/ispAwsvcDFxs9Id38uIsR2/Up5G2c=";

/// Whether this machine has Go.
pub(super) fn is_here() -> bool {
    answers("go", &["version"])
}

/// The folder of vectors. Go keeps modules in its own cache, so asking twice costs nothing.
pub(super) fn wycheproof() -> anyhow::Result<PathBuf> {
    let answer = output(command("go", &["mod", "download", "-json", WYCHEPROOF]))?;
    let module: serde_json::Value =
        serde_json::from_str(&answer).context("go did not say where the module is")?;
    if module["Sum"] != WYCHEPROOF_SUM {
        bail!("the Wycheproof module is not the one that was pinned: {}", module["Sum"]);
    }
    let folder = module["Dir"].as_str().context("go did not say where the module is")?;
    Ok(PathBuf::from(folder).join("testvectors_v1"))
}

/// Builds the program of a folder, with exactly the modules of its `go.sum`.
pub(super) fn program(name: &str, folder: &str) -> anyhow::Result<PathBuf> {
    built(name, folder, ".", "client")
}

/// Builds a program that comes in a module of a folder's `go.sum`.
pub(super) fn published(name: &str, folder: &str, package: &str) -> anyhow::Result<PathBuf> {
    built(name, folder, package, "server")
}

fn built(name: &str, folder: &str, package: &str, program: &str) -> anyhow::Result<PathBuf> {
    let program = Place::of(name, &format!("{folder}/go.sum"))?.path.join(program);
    let mut build =
        command("go", &["build", "-mod=readonly", "-trimpath", "-o", &program.to_string_lossy(), package]);
    build.current_dir(root().join(folder));
    run(build)?;
    Ok(program)
}
