//! The fuzz targets, one after the other.

use anyhow::Context as _;

use crate::shell::{self, command};

const TARGETS: [&str; 9] =
    ["identifier", "jws", "claims", "jwks", "proof", "assertion", "configuration", "policy", "decision"];

/// Runs each target for so many seconds; a finding is an error, and its input is kept below `fuzz/artifacts`.
pub(crate) fn run(seconds: u32) -> anyhow::Result<()> {
    for target in TARGETS {
        // What it learns is kept apart from the seeds that are committed.
        let (grown, seeds) = (format!("fuzz/corpus-grown/{target}"), format!("fuzz/corpus/{target}"));
        std::fs::create_dir_all(shell::root().join(&grown))
            .with_context(|| format!("cannot create {grown}"))?;
        let limit = format!("-max_total_time={seconds}");
        let arguments =
            ["+nightly", "fuzz", "run", target, &grown, &seeds, "--", &limit, "-print_final_stats=1"];
        shell::run(command("cargo", &arguments))?;
    }
    Ok(())
}
