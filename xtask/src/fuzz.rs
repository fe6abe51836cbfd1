//! The fuzz targets, one after the other.

use crate::shell::{self, command, root};

const TARGETS: [&str; 5] = ["identifier", "jws", "claims", "jwks", "configuration"];

/// Runs each target for so many seconds; a finding is an error, and its input is kept below `fuzz/artifacts`.
pub(crate) fn run(seconds: u32) -> anyhow::Result<()> {
    for target in TARGETS {
        let limit = format!("-max_total_time={seconds}");
        let arguments = [
            "+nightly",
            "fuzz",
            "run",
            target,
            "--",
            &limit,
            "-print_final_stats=1",
            "-max_len=8192",
        ];
        let mut fuzz = command("cargo", &arguments);
        fuzz.current_dir(root().join("fuzz"));
        shell::run(fuzz)?;
    }
    Ok(())
}
