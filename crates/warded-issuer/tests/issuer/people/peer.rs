//! Where are the programs of others, and which port is nobody at?

use std::path::PathBuf;

#[path = "../../../../warded/tests/port/mod.rs"]
mod port;

pub(crate) use port::free_port;

/// Where `cargo xtask test` has put a peer; none, and a word about it, where it has not.
pub(crate) fn installed(variable: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the peers are not part of the build: the test command installs them and says where"
    )]
    let value = std::env::var_os(variable);
    if value.is_none() {
        eprintln!("SKIPPED: {variable} is not set, so this provider is not tried");
    }
    value.map(PathBuf::from)
}
