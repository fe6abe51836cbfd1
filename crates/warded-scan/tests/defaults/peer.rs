//! Where are the programs that run the libraries, and what do they print?

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Where the programs are, and the tokens that they are given.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/defaults")
}

/// Where `cargo xtask peers` has put the libraries; none, and a word about it, where it has not.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
pub(crate) fn installed(variable: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the peers are not part of the build: the test command installs them and says where"
    )]
    let value = std::env::var_os(variable);
    if value.is_none() {
        eprintln!("SKIPPED: {variable} is not set, so its libraries are not run");
    }
    value.map(PathBuf::from)
}

/// What a program prints that is given the tokens.
pub(crate) fn printed(program: &mut Command) -> String {
    let output = program.arg(folder().join("tokens.json")).output().unwrap();
    assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
