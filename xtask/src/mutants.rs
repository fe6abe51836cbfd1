//! Breaks the modules of judgement in every small way and sees whether a test notices.

use crate::shell::{self, cargo};

/// Where a token is judged.
const MODULES: [&str; 11] = [
    "crates/warded-core/src/audience.rs",
    "crates/warded-core/src/claims.rs",
    "crates/warded-core/src/fleet.rs",
    "crates/warded-core/src/fleet/conflict.rs",
    "crates/warded-core/src/jose/*.rs",
    "crates/warded-core/src/json.rs",
    "crates/warded-core/src/judge.rs",
    "crates/warded-core/src/possession.rs",
    "crates/warded-core/src/resource.rs",
    "crates/warded-core/src/resource/*.rs",
    "crates/warded-core/src/token/*.rs",
];

/// Runs `cargo mutants`; its findings are below `mutants.out`.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut arguments = vec![
        "mutants",
        "--package",
        "warded-core",
        "--jobs",
        "2",
        "--no-shuffle",
    ];
    for module in MODULES {
        arguments.extend(["--file", module]);
    }
    shell::run(cargo(&arguments))
}
