//! What stands on a page: files, and commands with what they say.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::run::repository;

/// A page of the documentation.
pub(crate) fn text(name: &str) -> String {
    fs::read_to_string(repository().join("docs").join(name)).unwrap()
}

/// A fenced block, and the line of text before it.
pub(crate) struct Block {
    pub(crate) before: String,
    pub(crate) language: String,
    pub(crate) lines: Vec<String>,
}

impl Block {
    /// What it is to be called: the last word in backticks of the text before it, where that is a file.
    pub(crate) fn file(&self) -> Option<&str> {
        self.before
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| Path::new(word).extension().is_some_and(|end| end == "yaml"))
            .last()
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }
}

/// The blocks of a page, in their order.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut before = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
            blocks.push(Block {
                before: std::mem::take(&mut before),
                language: language.to_owned(),
                lines: inside,
            });
        } else if !line.is_empty() {
            line.clone_into(&mut before);
        }
    }
    blocks
}

/// A command of a page: what is typed, how it ends, and what it says.
pub(crate) struct Typed {
    pub(crate) command: String,
    code: i32,
    says: Vec<String>,
}

/// The commands of a block.
pub(crate) fn typed(block: &Block) -> Vec<Typed> {
    let mut all: Vec<Typed> = Vec::new();
    for line in &block.lines {
        if let Some(command) = line.strip_prefix("$ ") {
            all.push(Typed { command: command.to_owned(), code: 0, says: Vec::new() });
            continue;
        }
        let last = all.last_mut().expect("a block begins with a command");
        match line.strip_prefix("? ") {
            Some(code) if last.says.is_empty() => last.code = code.parse().unwrap(),
            _ => last.says.push(line.clone()),
        }
    }
    all
}

impl Typed {
    /// Types it in a folder, and compares.
    pub(crate) fn run(&self, folder: &Path) {
        let Output { status, stdout, stderr } = sh(&self.command, folder);
        let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        let lines: Vec<_> = said.trim_end().lines().map(str::trim_end).collect();
        let wanted: Vec<_> = self.says.iter().map(String::as_str).collect();
        assert_eq!(status.code(), Some(self.code), "$ {}\n{said}", self.command);
        assert!(is_like(&lines, &wanted), "$ {}\n{said}", self.command);
    }
}

fn sh(command: &str, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_warded"));
    Command::new("sh")
        .args(["-c", "PATH=\"$0:$PATH\"; eval \"$1\"", program.parent().unwrap().to_str().unwrap(), command])
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

/// Whether lines are as they are wanted; `...` stands for any of them.
fn is_like(lines: &[&str], wanted: &[&str]) -> bool {
    match (lines, wanted) {
        ([], []) => true,
        (_, ["...", rest @ ..]) => (0..=lines.len()).any(|at| is_like(&lines[at..], rest)),
        ([line, lines @ ..], [first, wanted @ ..]) => line == first && is_like(lines, wanted),
        _ => false,
    }
}

#[test]
fn dots_stand_for_any_lines() {
    assert!(is_like(&["a", "b", "c"], &["a", "...", "c"]));
    assert!(is_like(&["a"], &["...", "a", "..."]));
    assert!(!is_like(&["a", "b"], &["a"]));
    assert!(!is_like(&["a"], &["...", "b"]));
}
