//! What must not compile: looking into a token, doubling it, and every way to trust one but judging it.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test that cannot be set up fails")]

use std::{fs, path::Path, process::Command};

#[test]
fn a_token_cannot_be_looked_into_or_doubled_and_trust_cannot_be_made_by_hand() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

/// A check in `judge.rs`: where it is made, what uses its proof, and the field that then misses it.
const CHECKS: &[(&str, &str, &str)] = &[
    ("let signed = ", "vouched: Vouched::Signed(signed)", "vouched"),
    ("let live = ", "_live: live", "_live"),
    ("let held = ", "_held: held", "_held"),
    ("audience::settle(", "_aimed: aimed", "_aimed"),
    ("accept_type(&jws.header", "_typed: typed", "_typed"),
    ("weigh(jws, ", "weighed", "weighed"),
];

#[test]
fn a_check_left_out_of_judge_does_not_compile() {
    let judge = fs::read_to_string("src/judge.rs").unwrap();
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("judge-without");
    copy_crate(&copy);
    assert_eq!(compile(&copy, &judge), None, "the copy compiles while nothing is left out");
    for (check, proof, field) in CHECKS {
        let errors = compile(&copy, &without_field(&without(&judge, check), proof)).unwrap_or_default();
        assert!(errors.contains(&format!("missing field `{field}`")), "without `{check}`: {errors}");
    }
}

/// Leaves out a field where the struct is made, however its fields are laid out.
fn without_field(source: &str, field: &str) -> String {
    let made = source.match_indices(field).find(|(at, _)| {
        let before = source[..*at].trim_end();
        let after = source[at + field.len()..].trim_start();
        before.ends_with(['{', ',']) && after.starts_with([',', '}'])
    });
    let (at, _) = made.unwrap();
    let rest = source[at + field.len()..].trim_start().trim_start_matches(',');
    format!("{}{rest}", &source[..at])
}

/// Leaves out the one statement in which `part` stands.
fn without(source: &str, part: &str) -> String {
    let is_end = |text: &str| text.ends_with([';', ',']);
    let mut lines: Vec<&str> = source.lines().collect();
    let is_there = |line: &&str| line.contains(part) && !line.contains("fn ");
    let at = lines.iter().position(is_there).unwrap();
    let start = (0..=at).rev().find(|line| lines[*line].contains("let ") || is_end(lines[*line])).unwrap();
    let end = (at..lines.len()).find(|line| is_end(lines[*line])).unwrap();
    lines.drain(start..=end);
    lines.join("\n")
}

/// The errors, where there are any.
fn compile(copy: &Path, judge: &str) -> Option<String> {
    fs::write(copy.join("crates/warded-core/src/judge.rs"), judge).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--lib", "--package", "warded-core"])
        .current_dir(copy)
        // Where the dependencies are compiled already.
        .env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/.."))
        .output()
        .unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A workspace of this crate alone.
fn copy_crate(to: &Path) {
    let manifest = fs::read_to_string("../../Cargo.toml").unwrap();
    let (_, shared) = manifest.split_once("[workspace.package]").unwrap();
    let alone = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/warded-core\"]\n\n[workspace.package]{shared}"
    );
    copy_directory(Path::new("."), &to.join("crates/warded-core"));
    fs::write(to.join("Cargo.toml"), alone).unwrap();
    fs::copy("../../Cargo.lock", to.join("Cargo.lock")).unwrap();
}

fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_directory(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
