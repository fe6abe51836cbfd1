//! Breaks the modules of judgement in every small way and sees whether a test notices.

use crate::shell::{self, cargo};

/// Runs `cargo mutants` as `.cargo/mutants.toml` says; what it finds is below `mutants.out`.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut mutants = cargo(&["mutants", "--package", "warded-core", "--jobs", "2", "--no-shuffle"]);
    // A broken module fails within a few hundred cases; ten thousand are for the real one.
    mutants.env("PROPTEST_CASES", "300");
    shell::run(mutants)
}
