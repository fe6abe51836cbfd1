//! A folder, and the real `warded` in it.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;

/// A folder to scan, in which somebody is at home.
pub(crate) struct Scene {
    folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(scene.path("")).unwrap();
        scene
    }

    /// A place in the folder that is scanned.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("project").join(name)
    }

    /// A place in the home of whoever scans.
    pub(crate) fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join("home").join(name)
    }

    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(name, content);
        self
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        write(self.path(name), content);
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
        command.args(["--color", "never", "scan"]).args(arguments);
        command.current_dir(self.path("")).env("HOME", self.home(""));
        for name in ["XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn scan(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap())
    }
}

pub(crate) fn write(path: PathBuf, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// What it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) exit: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { exit: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The ids of the rules, and where each was found, in order.
    pub(crate) fn found(&self) -> Vec<(String, String)> {
        let id = |line: &str| Some(line.split_once('[')?.1.split_once("]: ")?.0.to_owned());
        let mut found = Vec::new();
        let mut last = None;
        for line in self.out.lines() {
            if let Some(id) = id(line).filter(|id| id.starts_with("WRD")) {
                last = Some(id);
            } else if let Some((_, place)) = line.split_once("--> ") {
                found.extend(last.take().map(|id| (id, place.to_owned())));
            }
        }
        found
    }

    pub(crate) fn assert_error(&self, part: &str) {
        assert_eq!(self.exit, Some(1), "{self:?}");
        assert!(self.out.is_empty() && self.err.starts_with("error: "), "{self:?}");
        assert!(self.err.contains(part), "{part}: {}", self.err);
        assert!(!self.err.contains('\u{1b}'), "{:?}", self.err);
    }
}

/// What a rule finds in Python, as its own page shows it.
pub(crate) fn bad(id: &str) -> &'static str {
    example(id, true)
}

/// What it does not find.
pub(crate) fn good(id: &str) -> &'static str {
    example(id, false)
}

fn example(id: &str, is_bad: bool) -> &'static str {
    let rule = warded_scan::rules().find(|rule| rule.id == id).unwrap();
    let is_one = |example: &&warded_scan::Example| {
        example.bad == is_bad
            && example.language.is_none_or(|language| language == warded_scan::Language::Python)
    };
    rule.examples.iter().find(is_one).unwrap().source
}
