//! The tools of the languages, and a folder for them to look at.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::Mended;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixes")
}

/// Whether there is such a program; a word about it, where there is none.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
pub(crate) fn is_here(program: &str) -> bool {
    let version = if program.starts_with("go") { "-h" } else { "--version" };
    let asked = Command::new(program).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if asked.is_err() {
        eprintln!("SKIPPED: there is no {program}");
    }
    asked.is_ok()
}

/// Where `cargo xtask peers` has put something; none, and a word about it, where it has not.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
pub(crate) fn own(variable: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the peers are not part of the build: the test command installs them and says where"
    )]
    let value = std::env::var_os(variable);
    if value.is_none() {
        eprintln!("SKIPPED: {variable} is not set, so nothing is checked with what it would bring");
    }
    value.map(PathBuf::from)
}

/// What a program says, on both of its outputs.
pub(crate) fn said(program: &mut Command, must_succeed: bool) -> String {
    let output = program.output().unwrap();
    let text = [&*output.stdout, &*output.stderr].map(String::from_utf8_lossy).concat();
    assert!(output.status.success() || !must_succeed, "{program:?}: {text}");
    text
}

/// All texts before and after their fixes.
pub(crate) struct Stage(TempDir);

impl Stage {
    pub(crate) fn new(all: &[Mended], extension: &str) -> Self {
        let stage = Self(tempfile::tempdir().unwrap());
        for one in all {
            stage.write(&format!("before/{}.{extension}", one.name), &one.before);
            stage.write(&format!("after/{}.{extension}", one.name), &one.after);
        }
        stage
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    /// A folder of another place, by that name.
    pub(crate) fn link(&self, place: &Path, name: &str) {
        #[cfg(unix)]
        std::os::unix::fs::symlink(place, self.path(name)).unwrap();
        #[cfg(not(unix))]
        drop((place, name));
    }

    pub(crate) fn files(&self, side: &str) -> Vec<PathBuf> {
        let mut all: Vec<_> =
            fs::read_dir(self.path(side)).unwrap().map(|entry| entry.unwrap().path()).collect();
        all.retain(|path| path.is_file());
        all.sort();
        all
    }
}
