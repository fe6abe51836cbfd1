//! A stranger follows the README on a clean clone: its first command, then every line of the walk that it prints, with
//! a real browser for the clicks. `docs/walk.md` is what they saw.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const WHERE_IT_IS_SHOWN: &str = "http://127.0.0.1:8700";

#[test]
fn a_stranger_sees_what_the_walk_shows() {
    let (Some(packages), Some(chromium)) = (peer("WARDED_CLIENTS_NODE"), peer("WARDED_CHROMIUM")) else {
        return;
    };
    let clone = Clone::of(&root());
    let home = tempfile::tempdir().unwrap();
    let browser = format!("node {}", packages.join("browser.mjs").display());
    let demo = Demo::start(&clone, &first_command());

    let mut record = INTRODUCTION.to_owned();
    record += &format!("```text\n$ {}\n{}```\n", first_command(), demo.shown(&demo.printed));
    for line in demo.printed.lines() {
        let Some(command) = line.strip_prefix("     $ ") else {
            // The walk's own words stand between what is typed.
            if line.as_bytes().first().is_some_and(u8::is_ascii_digit) && line.contains(". ") {
                record += &format!("\n## {line}\n");
            }
            continue;
        };
        let output = Command::new("sh")
            .args(["-c", &format!("{command} 2>&1")])
            .current_dir(&clone.folder)
            .env("HOME", home.path())
            .env_remove("XDG_STATE_HOME")
            .env("BROWSER", &browser)
            .env("WARDED_CHROMIUM", &chromium)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = demo.shown(&String::from_utf8(output.stdout).unwrap());
        record += &format!("\n```text\n$ {}\n{said}```\n", demo.shown(command));
    }
    drop(demo);
    assert!(record.contains("refused: HTTP 401, audience-elsewhere"), "{record}");
    assert!(record.contains("1  Payroll"), "the note is still there: {record}");
    compare(&record);
}

const INTRODUCTION: &str = "\
# The walk of the demonstration

<!-- Recorded by a test, which follows the README on a clean clone: `cargo xtask docs` writes it anew. -->

What a stranger types, and what they see. Each login opened a browser, in which they clicked twice: as whom to
continue, and that they allow it.

";

/// The first command of the README.
fn first_command() -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let block = readme.split("```sh\n").nth(1).unwrap();
    block.lines().next().unwrap().to_owned()
}

/// Compares with the page, or writes it.
fn compare(record: &str) {
    let page = root().join("docs/walk.md");
    #[expect(clippy::disallowed_methods, reason = "the task that writes pages says so")]
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write(&page, record).unwrap();
        return;
    }
    let written = fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(written, record, "docs/walk.md is stale: `cargo xtask docs` writes it anew");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn peer(variable: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test command says where it has put other people's programs"
    )]
    let value = std::env::var_os(variable);
    if value.is_none() {
        eprintln!("SKIPPED: {variable} is not set, so nobody clicks");
    }
    value.map(PathBuf::from)
}

/// What a clone of this commit would hold, kept below `target` so that it is built once.
struct Clone {
    folder: PathBuf,
}

impl Clone {
    fn of(root: &Path) -> Self {
        let folder = root.join("target/walk");
        let git = |arguments: &[&str], folder: &Path| {
            let output = Command::new("git").args(arguments).current_dir(folder).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        let listed = git(&["ls-files", "-z"], root);
        let files: Vec<_> = listed.split('\0').filter(|file| root.join(file).is_file()).collect();
        // What is not tracked any more must not help the build.
        for old in ["crates", "xtask", "fuzz", "fixtures", "examples", "docs"] {
            forget_untracked(&folder, &folder.join(old), &files);
        }
        for file in files {
            let (from, to) = (root.join(file), folder.join(file));
            let content = fs::read(&from).unwrap();
            if fs::read(&to).ok().as_ref() != Some(&content) {
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::write(&to, content).unwrap();
            }
        }
        Self { folder }
    }
}

fn forget_untracked(clone: &Path, folder: &Path, files: &[&str]) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            forget_untracked(clone, &path, files);
        } else if !files.iter().any(|file| clone.join(file) == path) {
            fs::remove_file(&path).unwrap();
        }
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        for token in ["search.token", "notes.token"] {
            fs::remove_file(self.folder.join(token)).ok();
        }
    }
}

/// The demonstration, while it runs.
struct Demo {
    child: Child,
    printed: String,
    url: String,
}

impl Demo {
    fn start(clone: &Clone, command: &str) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", &format!("exec {command}")])
            .current_dir(&clone.folder)
            .env_remove("CARGO_TARGET_DIR")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            printed += &format!("{}\n", line.unwrap());
            if printed.lines().last().unwrap().starts_with("Ready at ") {
                break;
            }
        }
        let ready = printed.lines().last().unwrap_or_default();
        let Some((address, _)) = ready.strip_prefix("Ready at ").and_then(|rest| rest.split_once(": "))
        else {
            panic!("the demonstration did not start: {printed}");
        };
        let url = format!("http://{address}");
        Self { child, printed, url }
    }

    /// A text as the page shows it: at the usual port, without what is new each time.
    fn shown(&self, text: &str) -> String {
        let text = text.replace(&self.url, WHERE_IT_IS_SHOWN);
        let address = |url: &str| url.trim_start_matches("http://").to_owned();
        let text = text.replace(&address(&self.url), &address(WHERE_IT_IS_SHOWN));
        let mut shown = String::new();
        for line in text.lines() {
            let line = match line.split_once("/authorize?") {
                Some((before, _)) => format!("{before}/authorize?…"),
                None => behind(line),
            };
            shown += &format!("{}\n", line.trim_end());
        }
        if text.ends_with('\n') { shown } else { shown.trim_end().to_owned() }
    }
}

/// The ports of the servers behind are whatever was free.
fn behind(line: &str) -> String {
    let words: Vec<_> = line.split("http://127.0.0.1:").collect();
    let Some((first, rest)) = words.split_first() else { return line.to_owned() };
    rest.iter().fold((*first).to_owned(), |text, part| {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (port, rest) = part.split_at(digits);
        let port = if port == "8700" { port } else { "…" };
        format!("{text}http://127.0.0.1:{port}{rest}")
    })
}

impl Drop for Demo {
    fn drop(&mut self) {
        // The signal that Ctrl-C sends, so that it cleans up behind itself.
        Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().ok();
        self.child.wait().ok();
    }
}
