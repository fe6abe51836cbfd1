//! What is wrong with policy files is said all at once, with the lines that it is about.

use crate::{
    run::warded,
    written::{PAY, PUBLISHED, Written},
};

const BROKEN: &str = "version: \"1\"
tols: {}
tools:
  a:
    rules:
      - { name: x, action: block }
      - { name: y, conditions: [{ path: arg.x, op: eqq, value: 1 }] }
";

#[test]
fn everything_is_said_at_once_with_its_line_and_what_to_do() {
    let folder = Written::files(&[("broken.yaml", BROKEN)]);
    let said = folder.policy(&["check", "broken.yaml"]);
    assert_eq!((said.code, said.err.as_str()), (13, ""));
    for (code, place) in [
        ("policy-unknown-key", "broken.yaml:2:1"),
        ("policy-action", "broken.yaml:6:28"),
        ("policy-path", "broken.yaml:7:41"),
        ("policy-op", "broken.yaml:7:52"),
    ] {
        assert!(
            said.out.contains(&format!("error[{code}]")) && said.out.contains(place),
            "{code}: {}",
            said.out
        );
    }
    assert!(said.out.contains("Did you mean `tools`?"), "{}", said.out);
    assert!(said.out.ends_with("broken.yaml: no policy; 4 errors\n"), "{}", said.out);
}

#[test]
fn the_exit_code_is_that_of_the_worst() {
    let nameless = "version: \"1\"\ntools: { a: { rules: [{ action: deny }] } }\n";
    let folder = Written::files(&[
        ("good.yaml", PUBLISHED),
        ("note.yaml", PAY),
        ("warned.yaml", nameless),
        ("bad.yaml", BROKEN),
    ]);
    for (files, code) in [
        (&["good.yaml"][..], 0),
        (&["good.yaml", "note.yaml"], 11),
        (&["note.yaml", "warned.yaml"], 12),
        (&["bad.yaml", "good.yaml"], 13),
        (&["good.yaml", "none.yaml"], 1),
    ] {
        let said = folder.policy(&[&["check"], files].concat());
        assert_eq!(said.code, code, "{files:?}: {said:?}");
    }
    // A file that cannot be read hides nothing that is wrong with the others.
    let said = folder.policy(&["check", "bad.yaml", "none.yaml"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("error[policy-unknown-key]"), "{}", said.out);
    assert!(
        said.out.ends_with("cannot read none.yaml: No such file or directory (os error 2)\n"),
        "{}",
        said.out
    );
    let said = folder.policy(&["check", "good.yaml", "none.yaml", "--format", "json"]).json();
    assert_eq!(said["files"][0]["policy"], true);
    assert!(said["files"][1]["error"].as_str().unwrap().starts_with("cannot read none.yaml"), "{said}");
    let said = folder.policy(&[
        "check",
        "note.yaml",
        "warned.yaml",
        "--accept",
        "policy-provisional,policy-nameless",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    // An error is corrected, and not accepted.
    assert_eq!(folder.policy(&["check", "bad.yaml", "--accept", "policy-op"]).code, 2);
    assert_eq!(folder.policy(&["check", "bad.yaml", "--accept", "policy-opp"]).code, 2);
}

#[test]
fn what_is_lenient_passes_over_what_intercept_passes_over() {
    let folder = Written::files(&[("new.yaml", "version: \"1\"\nspend_limit: 5\n")]);
    assert_eq!(folder.policy(&["check", "new.yaml"]).code, 13);
    let said = folder.policy(&["check", "new.yaml", "--lenient"]);
    assert_eq!(said.code, 12, "{said:?}");
    assert!(said.out.contains("warning[policy-unknown-key]"), "{said:?}");
}

#[test]
fn programs_are_told_the_same() {
    let folder = Written::files(&[("broken.yaml", BROKEN), ("good.yaml", PUBLISHED)]);
    let said = folder.policy(&["check", "broken.yaml", "good.yaml", "--format", "json"]);
    let files = said.json();
    assert_eq!((said.code, &files["files"][1]["policy"]), (13, &true.into()));
    let findings = files["files"][0]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 4);
    assert_eq!(findings[0]["code"], "policy-unknown-key");
    assert_eq!((&findings[0]["severity"], &findings[0]["places"][0]["line"]), (&"high".into(), &2.into()));
    assert_eq!(findings[0]["help"][0], "Did you mean `tools`?");
}

#[test]
fn a_policy_comes_from_standard_input_too() {
    let output = warded(&["policy", "check", "-"], BROKEN.as_bytes());
    assert_eq!(output.status.code(), Some(13));
    assert!(String::from_utf8(output.stdout).unwrap().contains("standard input:2:1"));
    let output = warded(&["policy", "check", "-", "-"], b"");
    assert_eq!(output.status.code(), Some(1));
    let output = warded(&["policy", "check", "-"], b"\xff\xfe");
    assert!(String::from_utf8(output.stderr).unwrap().contains("not UTF-8"));
}

#[test]
fn every_code_is_explained() {
    for finding in Written::files(&[("broken.yaml", BROKEN)])
        .policy(&["check", "broken.yaml", "--format", "json"])
        .json()["files"][0]["findings"]
        .as_array()
        .unwrap()
    {
        let output = warded(&["explain", finding["code"].as_str().unwrap()], b"");
        assert!(output.status.success() && output.stdout.starts_with(b"policy-"), "{output:?}");
    }
}

#[test]
fn no_code_means_two_things() {
    let output = warded(&["explain", "--format", "json"], b"");
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut codes: Vec<_> = all.as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count);
    assert!(codes.contains(&"policy-op") && codes.contains(&"audience-overlap"));
}
