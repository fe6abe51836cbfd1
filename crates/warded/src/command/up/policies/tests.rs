use std::fs;

use tempfile::TempDir;
use warded_core::UnixTime;

use super::*;
use crate::config::{fleet::assess, load};

const DENIES_WIPE: &str = "version: \"1\"\ntools: { wipe: { rules: [{ name: never, action: deny }] } }\n";
const LIMITS: &str = "version: \"1\"\ntools: { add: { rules: [{ name: few, rate_limit: 5/minute }] } }\n";

/// A folder with files in it, and what comes of a configuration beside them.
fn read(head: &str, servers: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Policies, Vec<Finding>> {
    let folder = folder(files);
    let assessment = assessment(head, servers);
    Policies::read(&assessment, folder.path())
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn assessment(head: &str, servers: &[(&str, &str)]) -> Assessment {
    let servers: Vec<_> = servers
        .iter()
        .map(|(name, keys)| format!("  {name}: {{ upstream: 'http://127.0.0.1:1/{name}', {keys} }}\n"))
        .collect();
    let source = format!("public_url: https://mcp.example.com\n{head}\nservers:\n{}", servers.concat());
    assess(&load(&source).unwrap(), UnixTime::from_seconds(0))
}

fn messages(read: Result<Policies, Vec<Finding>>) -> Vec<(&'static str, String)> {
    let findings = read.expect_err("nothing is wrong");
    findings.into_iter().map(|finding| (finding.rule.code, finding.message)).collect()
}

#[test]
fn the_files_for_all_are_asked_before_those_of_one() {
    let files = [("all.yaml", DENIES_WIPE), ("own.yaml", LIMITS)];
    let policies =
        read("policy: all.yaml", &[("notes", "policy: [own.yaml]"), ("files", "")], &files).unwrap();
    let asked = |server: &str| -> Vec<String> {
        policies.of(server).unwrap().files().map(ToString::to_string).collect()
    };
    assert_eq!(asked("notes"), ["all.yaml", "own.yaml"]);
    assert_eq!(asked("files"), ["all.yaml"]);
    assert!(policies.of("mail").is_none());
}

#[test]
fn servers_without_files_of_their_own_have_one_policy() {
    let files = [("all.yaml", DENIES_WIPE)];
    let policies = read("policy: all.yaml", &[("a", ""), ("b", "")], &files).unwrap();
    assert!(Arc::ptr_eq(policies.of("a").unwrap(), policies.of("b").unwrap()));
}

#[test]
fn a_server_without_a_policy_has_none_and_a_policy_that_says_nothing_is_none() {
    let files = [("nothing.yaml", "version: \"1\"\n")];
    let policies = read("", &[("a", ""), ("b", "policy: nothing.yaml")], &files).unwrap();
    assert!(policies.of("a").is_none() && policies.of("b").is_none());
}

#[test]
fn one_file_that_is_no_policy_leaves_every_server_without() {
    let files = [("good.yaml", LIMITS), ("bad.yaml", "version: \"1\"\ntols: {}\nhide: 7\n")];
    let found = messages(read("", &[("a", "policy: good.yaml"), ("b", "policy: bad.yaml")], &files));
    let codes: Vec<_> = found.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["policy-unknown-key", "policy-type"], "all of them at once: {found:?}");
}

#[test]
fn what_is_not_understood_is_never_passed_over() {
    // Intercept passes over it, and the call is made.
    let text = "version: \"1\"\ntools: { wipe: { rules: [{ name: n, aktion: deny }] } }\n";
    assert!(read("policy: p.yaml", &[("a", "")], &[("p.yaml", text)]).is_err());
}

#[test]
fn a_file_that_cannot_be_read_is_said_once_wherever_it_is_named() {
    let found = messages(read("policy: gone.yaml", &[("a", "policy: gone.yaml"), ("b", "")], &[]));
    assert!(
        matches!(&*found, [("policy-file-invalid", message)] if message.contains("`gone.yaml` cannot be read"))
    );
    let found = messages(read("policy: .", &[("a", "")], &[]));
    assert!(matches!(&*found, [("policy-file-invalid", _)]), "{found:?}");
}

#[test]
fn what_is_no_text_or_too_much_of_it_is_no_policy() {
    let folder = folder(&[("empty.yaml", "")]);
    fs::write(folder.path().join("binary.yaml"), b"version: \"\xff\"").unwrap();
    let large = fs::File::create(folder.path().join("large.yaml")).unwrap();
    large.set_len(warded_policy::MAX_POLICY_BYTES as u64 + 1).unwrap();
    for (file, code, why) in [
        ("empty.yaml", "policy-version", "version"),
        ("binary.yaml", "policy-file-invalid", "is not UTF-8"),
        ("large.yaml", "policy-file-invalid", "is larger than"),
    ] {
        let assessment = assessment("", &[("a", &format!("policy: {file}"))]);
        let found = messages(Policies::read(&assessment, folder.path()));
        assert!(matches!(&*found, [(said, message)] if *said == code && message.contains(why)), "{found:?}");
    }
}

#[test]
fn a_file_that_stands_twice_would_count_every_call_twice() {
    let files = [("p.yaml", LIMITS)];
    for (head, own) in [
        ("policy: [p.yaml, ./p.yaml]", ""),
        ("policy: p.yaml", "policy: p.yaml"),
        ("", "policy: [p.yaml, p.yaml]"),
    ] {
        let found = messages(read(head, &[("a", own)], &files));
        assert!(
            matches!(&*found, [("policy-file-invalid", message)] if message.contains("stands twice")),
            "{head} {own}: {found:?}"
        );
    }
    // Two servers may have one file: each counts for itself.
    assert!(read("", &[("a", "policy: p.yaml"), ("b", "policy: p.yaml")], &files).is_ok());
}

#[test]
fn two_files_that_keep_one_counter_are_no_policy_together() {
    let files = [("p.yaml", LIMITS), ("q.yaml", LIMITS)];
    let found = messages(read("policy: [p.yaml, q.yaml]", &[("a", ""), ("b", "")], &files));
    assert!(matches!(&*found, [("policy-counter-twice", _)]), "{found:?}");
    // What counts for all and what counts for one are two.
    assert!(read("policy: p.yaml", &[("a", "policy: q.yaml")], &files).is_ok());
}

#[test]
fn what_a_policy_says_tells_it_from_another() {
    let said = |text: &str| {
        let policies = read("policy: p.yaml", &[("a", "")], &[("p.yaml", text)]).unwrap();
        policies.said("a").unwrap().clone()
    };
    assert_eq!(said(LIMITS), said(LIMITS));
    assert_ne!(said(LIMITS), said(DENIES_WIPE));
}

#[test]
fn scopes_of_a_policy_are_scopes_of_the_server() {
    let text = "version: \"1\"\ntools: { pay: { scopes: [pay] } }\n";
    let assessment = assessment("", &[("a", "scopes: { required: [read] }, policy: p.yaml")]);
    let policies = Policies::read(&assessment, folder(&[("p.yaml", text)]).path()).unwrap();
    let scopes = policies.scopes(&assessment.serving.servers[0]);
    assert_eq!((scopes.required.to_string(), scopes.known().to_string()), ("read".into(), "pay read".into()));
}

#[test]
fn an_exchange_may_name_a_scope_of_a_policy_and_no_other() {
    let text = "version: \"1\"\ntools: { pay: { scopes: [pay] } }\n";
    for (scope, is_known) in [("pay", true), ("play", false)] {
        let row = format!("{{ client: agent, from: a, to: b, scopes: [{scope}] }}");
        let head = format!("issuers: {{ ours: {{ built_in: {{ tiers: [default], exchange: [{row}] }} }} }}");
        let assessment = assessment(&head, &[("a", ""), ("b", "policy: p.yaml")]);
        assert!(assessment.fleet.is_some(), "{:?}", assessment.findings);
        let read = Policies::read(&assessment, folder(&[("p.yaml", text)]).path());
        let found = read.map_or_else(|found| found, |policies| policies.doubts);
        let codes: Vec<_> = found.iter().map(|finding| finding.rule.code).collect();
        assert_eq!(codes, if is_known { &[][..] } else { &["exchange-invalid"] }, "{scope}");
    }
}

#[test]
fn a_server_whose_files_come_to_nothing_is_never_served_without_a_policy() {
    let unheld = |head: &str, keys: &str| {
        let found = unheld(&assessment(head, &[("notes", keys)]).serving, &BTreeMap::new());
        found.map(|finding| (finding.rule.code, finding.rule.severity >= Severity::High))
    };
    let refused = Some((table::POLICY_INVALID.code, true));
    assert_eq!(unheld("policy: all.yaml", ""), refused);
    assert_eq!(unheld("", "policy: own.yaml"), refused);
    assert_eq!(unheld("", ""), None);
}
