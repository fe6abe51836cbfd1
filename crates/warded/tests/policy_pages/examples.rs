//! The policies that people copy: each is one, each rule of each is tried, and the cookbook shows them as they are.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    page::text,
    run::{repository, warded},
};

/// Where they are, from the top of the repository.
const FOLDER: &str = "examples/policies";

/// What is said of some of them, and is no matter: what a bracket and a star mean here, and that approvals are provisional.
const KNOWN: [&str; 3] = ["policy-brackets", "policy-pattern", "policy-provisional"];

/// The policies and their tests, by their names.
fn files(is_test: bool) -> BTreeMap<String, String> {
    let folder = fs::read_dir(repository().join(FOLDER)).unwrap().map(Result::unwrap);
    let named = folder.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    let wanted = named.filter(|(name, _)| name.ends_with(".test.yaml") == is_test);
    wanted.map(|(name, path)| (name, fs::read_to_string(path).unwrap())).collect()
}

/// Whether every test of a copy of the examples passes.
fn passes(folder: &Path) -> bool {
    let tests = files(true).into_keys().map(|name| folder.join(name));
    let arguments: Vec<PathBuf> = ["policy".into(), "test".into()].into_iter().chain(tests).collect();
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_str().unwrap()).collect();
    let output = warded(&arguments, b"");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 13)), "{said}");
    output.status.success()
}

fn copied(change: impl Fn(&str, String) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files(false).into_iter().chain(files(true)) {
        fs::write(folder.path().join(&name), change(&name, text)).unwrap();
    }
    folder
}

/// The policy without the item of a list that begins on this line, where one does.
fn without(policy: &str, at: usize) -> Option<String> {
    let lines: Vec<_> = policy.lines().collect();
    let margin = lines[at].find("- name:")?;
    let is_within = |line: &&&str| line.starts_with(&" ".repeat(margin + 1));
    let end = at + 1 + lines[at + 1..].iter().take_while(is_within).count();
    let mut left: Vec<String> = lines[..at].iter().map(|line| (*line).to_owned()).collect();
    let is_next = lines.get(end).is_some_and(|line| line.starts_with(&format!("{}- ", " ".repeat(margin))));
    if let Some(key) = left.last_mut().filter(|key| key.trim() == "rules:" && !is_next) {
        key.push_str(" []");
    }
    left.extend(lines[end..].iter().map(|line| (*line).to_owned()));
    Some(left.join("\n") + "\n")
}

#[test]
fn nothing_is_wrong_with_any_of_them() {
    let policies = files(false);
    assert!(policies.len() >= 10);
    for name in policies.keys() {
        let path = format!("{FOLDER}/{name}");
        let output = warded(&["policy", "check", &path, "--accept", &KNOWN.join(",")], b"");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn each_has_tests_and_all_of_them_pass() {
    let tests = files(true);
    for name in files(false).keys() {
        let beside = name.replace(".yaml", ".test.yaml");
        assert!(tests.contains_key(&beside), "{name} has no tests");
    }
    assert!(passes(&repository().join(FOLDER)));
}

#[test]
fn no_rule_of_them_could_be_left_out_unseen() {
    let mut tried = 0;
    for (name, policy) in files(false) {
        for (at, line) in policy.lines().enumerate() {
            let Some(less) = without(&policy, at) else { continue };
            let folder = copied(|other, text| if other == name { less.clone() } else { text });
            assert!(!passes(folder.path()), "{name} without{line}");
            tried += 1;
        }
    }
    assert!(tried >= 25, "only {tried}");
}

#[test]
fn what_is_hidden_and_what_is_not_listed_is_tried_too() {
    for (before, after) in
        [("default: deny", "default: allow"), ("  - run_shell\n", ""), ("  - \"admin_*\"\n", ""), ("*", "x")]
    {
        let change = |name: &str, text: String| match name {
            "hidden.yaml" => {
                assert!(text.contains(before));
                text.replace(before, after)
            }
            _ => text,
        };
        assert!(!passes(copied(change).path()), "{before}");
    }
}

#[test]
fn the_cookbook_shows_every_one_as_it_is() {
    let page = text("policy-cookbook.md");
    let shown: Vec<_> =
        page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    for (name, policy) in files(false) {
        assert!(shown.contains(&policy.as_str()), "{name} is not on the page as it is");
        let tests = name.replace(".yaml", ".test.yaml");
        assert!(page.contains(&format!("](../{FOLDER}/{tests})")), "{tests}");
    }
}

#[test]
fn what_the_explanation_of_a_call_says_is_what_the_tests_say() {
    let call =
        ["policy", "explain", "examples/policies/arguments.yaml", "--tool", "read_file", "--format", "json"];
    let path = r#"{"path":"/srv/docs/../secret.md"}"#;
    let output = warded(&[&call[..], &["--arguments", path]].concat(), b"");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["denial"]["rule"], "below the docs", "{said:#}");
    assert_eq!(output.status.code(), Some(13));
}
