//! The examples for those who run it: each configuration is read, and the unit is one that systemd takes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod run;

use std::{fs, process::Command};

use run::{repository, warded};
use serde_json::Value;

fn found(file: &str) -> Vec<String> {
    let output = warded(&["check", file, "--format", "json"], b"");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = answer["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_configuration_for_operators_is_fit() {
    assert_eq!(found("examples/systemd/warded.yaml"), [""; 0]);
    // Inside a container every address is its own, and what stands in front speaks TLS.
    assert_eq!(found("examples/container/etc/warded.yaml"), ["listen-open"]);
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return;
    }
    // The program need not be where the unit says for the unit to be right.
    let unit = fs::read_to_string(repository().join("examples/systemd/warded.service")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warded.service");
    fs::write(&path, unit.replace("/usr/local/bin/warded", env!("CARGO_BIN_EXE_warded"))).unwrap();
    let output = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let about_ours = said.lines().filter(|line| line.contains("warded.service"));
    assert_eq!(about_ours.collect::<Vec<_>>(), [""; 0], "{said}");
    let output =
        Command::new("systemd-analyze").args(["security", "--offline=true"]).arg(&path).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let level = said.lines().find(|line| line.contains("Overall exposure level")).unwrap_or_default();
    println!("{level}");
    assert!(level.contains("OK"), "{said}");
}

#[test]
fn the_container_asks_what_the_command_line_knows() {
    let file = fs::read_to_string(repository().join("examples/container/Containerfile")).unwrap();
    for command in ["health", "up"] {
        assert!(file.contains(&format!("\"{command}\", \"--config\"")), "{command}");
        assert!(warded(&[command, "--help"], b"").status.success());
    }
}
