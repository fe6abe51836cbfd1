//! What an operator may write, and what is shown of it.

use std::process::Command;

use serde_json::Value;

fn warded(arguments: &[&str], folder: &std::path::Path) -> (String, Option<i32>) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_warded")).args(arguments).current_dir(folder).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn a_command_may_stand_in_a_flag_and_its_arguments_are_shown_to_nobody() {
    use std::io::{BufRead as _, BufReader};

    let folder = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", crate::port::free_port());
    let mut up = Command::new(env!("CARGO_BIN_EXE_warded"))
        .args(["up", "--format", "json", "--listen", &listen])
        .args(["--server", "notes=stdio:notes-server --key hunter2"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(up.stdout.take().unwrap()).read_line(&mut line).unwrap();
    up.kill().unwrap();
    up.wait().unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(said["servers"][0]["upstream"], "stdio:notes-server");
    assert!(!line.contains("hunter2"));
}

#[test]
fn a_secret_that_is_not_there_is_said_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "public_url: http://127.0.0.1:8700\nservers:\n  notes:\n    stdio: [sleep, \"9\"]\n    env: { A: env:NOT_THERE_AT_ALL, B: file:neither }\n";
    std::fs::write(folder.path().join("warded.yaml"), yaml).unwrap();
    let (said, exit) = warded(&["check"], folder.path());
    assert!(exit.is_some_and(|exit| exit < 12), "a proof needs no secrets: {said}");
    let (said, exit) = warded(&["--format", "json", "up"], folder.path());
    assert_ne!(exit, Some(0));
    let said: Value = serde_json::from_str(&said).unwrap();
    let text = said.to_string();
    assert!(text.contains("NOT_THERE_AT_ALL") && text.contains("neither"), "{text}");
}
