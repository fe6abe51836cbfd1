//! What the README shows is what happens.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::{path::Path, process::Command};

const OVERLAP: &str = "\
servers:
  notes:
    resource: https://mcp.example.com/tools/mcp
    issuers: [corp]
  files:
    resource: HTTPS://MCP.example.com:443/tools/mcp
    issuers: [corp]
issuers:
  corp: { url: https://login.example.com/realms/corp }
";

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap()
}

/// The fenced blocks of one language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fences = readme.split("```").skip(1).step_by(2);
    fences.filter_map(|block| block.strip_prefix(&format!("{language}\n"))).map(str::to_owned).collect()
}

fn warded(folder: &Path, arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_warded")).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_configuration_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let [configuration] = &blocks("yaml")[..] else { panic!("the README shows one configuration") };
    std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
    let checked = warded(folder.path(), &["check"]);
    assert!(checked.contains("no token is admitted at two servers"), "{checked}");
}

/// A page beside the README that shows a configuration: nothing at all is found in it.
#[test]
fn the_scopes_of_their_page_are_proved() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scopes.md");
    let page = std::fs::read_to_string(page).unwrap();
    let configuration = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
    let checked = warded(folder.path(), &["check"]);
    assert!(checked.starts_with("SERVER") && checked.contains("no token is admitted"), "{checked}");
}

#[test]
fn the_overlap_is_found_as_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("warded.yaml"), OVERLAP).unwrap();
    assert!(warded(folder.path(), &["check"]).starts_with(&blocks("text")[1]));
}

#[test]
fn there_are_exactly_two_commands_to_set_everything_up() {
    let commands: Vec<_> = blocks("sh").into_iter().take(2).collect();
    assert_eq!(commands, ["cargo run -- up --demo\n", "cargo xtask test\n"]);
}
