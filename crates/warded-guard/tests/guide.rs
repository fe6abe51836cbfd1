//! `docs/guard.md`, typed by somebody who follows it: each command, and exactly what it prints. Its Rust is compiled with
//! the documentation of the crate.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Where the page says that the example is.
const SHOWN: &str = "127.0.0.1:8801";

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The blocks of what is typed and printed.
fn typed() -> Vec<(String, String)> {
    let page = fs::read_to_string(repository().join("docs/guard.md")).unwrap();
    let blocks = page.split("```console\n$ ").skip(1).map(|rest| {
        let (block, _) = rest.split_once("```").unwrap();
        let (command, printed) = block.split_once('\n').unwrap();
        (command.to_owned(), printed.to_owned())
    });
    blocks.collect()
}

/// An example while it runs: cargo, and what it started.
struct Running(Child);

impl Running {
    fn start(command: &str) -> (Self, String) {
        let mut child = Command::new(env!("CARGO"))
            .args(command.split(' ').skip(1))
            .current_dir(repository())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        Command::new("kill").args(["-TERM", "--", &group]).status().ok();
        self.0.wait().ok();
    }
}

#[test]
fn whoever_follows_the_page_sees_what_it_shows() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = format!("127.0.0.1:{port}");
    let mut blocks = typed().into_iter();
    let (command, printed) = blocks.next().unwrap();
    let (_running, line) = Running::start(&command.replace(SHOWN, &at));
    assert_eq!(line.replace(&at, SHOWN), printed, "the example does not start");
    let mut compared = 0;
    for (command, printed) in blocks {
        let output = Command::new("sh").args(["-c", &command.replace(SHOWN, &at)]).output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        let said = String::from_utf8(output.stdout).unwrap().replace(&at, SHOWN).replace('\r', "");
        assert_eq!(tidy(&said), printed, "$ {command}");
        compared += 1;
    }
    assert!(compared >= 3, "the page lost its commands");
}

/// Without the hour, and without what each request is called.
fn tidy(said: &str) -> String {
    let line = |line: &str| match line.split_once(": ") {
        Some((name @ ("date" | "x-request-id"), _)) => format!("{name}: …\n"),
        _ => format!("{line}\n"),
    };
    said.lines().map(line).collect()
}
