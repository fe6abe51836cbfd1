//! Tests of policies: those that pass, and those that would not notice anything, which must not.

use serde_json::json;

use crate::written::{PAY, PUBLISHED, Written};

const PUBLISHED_TESTS: &str = "
server: { identity: \"https://mcp.example.com/notes/mcp\" }
token: { sub: alice, aud: \"https://elsewhere.example.com\" }
tests:
  - { name: a good token, tool: read_note, expect: allow }
  - name: an unknown audience where it was waived
    tool: read_note
    waived: true
    expect: deny
    rule: require audience claim
    message: Token audience does not match this MCP server (RFC 8707 violation)
  - { name: the server itself, waived: true, token: { aud: \"https://mcp.example.com/notes/mcp\" }, tool: a, expect: allow }
  - { name: no audience, waived: true, token: { aud: null }, tool: a, expect: deny }
  - { name: a token that goes on, passthrough: true, tool: a, expect: deny, rule: reject passthrough of inbound token to upstream }
";

const PAY_TESTS: &str = "
tests:
  - name: five a minute
    calls:
      - { tool: search, times: 5, expect: allow }
      - { tool: search, expect: deny, rule: five a minute, message: \"Rate limit of 5 per minute reached. Try again later.\" }
      - { tool: search, after: 1m, times: 5, expect: allow }
  - name: every test begins anew
    calls: [{ tool: search, times: 5, expect: allow }]
  - name: an error gives back what it took
    calls:
      - { tool: pay, arguments: { amount: 50 }, times: 9, ends: error, expect: allow }
      - { tool: pay, arguments: { amount: 50 }, times: 5, expect: allow }
      - { tool: pay, arguments: { amount: 0.01 }, expect: deny, rule: budget, message: Too much }
      - { tool: pay, arguments: { amount: 0 }, expect: allow }
      - { tool: pay, after: 1d, arguments: { amount: 50 }, expect: allow }
  - name: more than fifty takes an approval
    calls:
      - { tool: pay, arguments: { amount: 51 }, expect: hold, rule: ask }
      - { tool: pay, arguments: { amount: 51 }, approved: true, expect: allow }
      - { tool: pay, arguments: \"{\\\"amount\\\": 50.000000000000000001}\", expect: hold }
";

#[test]
fn what_is_decided_as_expected_passes() {
    let folder = Written::files(&[
        ("published.yaml", PUBLISHED),
        ("published.test.yaml", PUBLISHED_TESTS),
        ("pay.yaml", PAY),
        ("pay.test.yaml", PAY_TESTS),
    ]);
    let said = folder.policy(&["test"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert_eq!(said.out, "pay.test.yaml: 4 passed\npublished.test.yaml: 5 passed\n2 files: 9 passed\n");
    assert_eq!(folder.policy(&["test", "pay.yaml"]).out, "pay.test.yaml: 4 passed\n");
    // As a shell has it of `pay*.yaml`.
    assert_eq!(folder.policy(&["test", "pay.test.yaml", "pay.yaml"]).out, "pay.test.yaml: 4 passed\n");
    assert_eq!(folder.policy(&["test", "pay.test.yaml", "--quiet"]).out, "");
}

#[test]
fn whatever_is_decided_otherwise_fails_and_says_why() {
    for (test, why) in [
        ("{ tool: search, expect: deny }", "expected that it is denied, and it is allowed"),
        (
            "{ tool: pay, arguments: { amount: 101 }, expect: allow }",
            "expected that it is allowed, and it is denied",
        ),
        ("{ tool: pay, arguments: { amount: 60 }, expect: allow }", "and it is held"),
        ("{ tool: pay, arguments: { amount: 101 }, expect: deny, rule: ask }", "expected the rule \"ask\""),
        (
            "{ tool: pay, arguments: { amount: 101 }, expect: deny, message: No }",
            "expected the message \"No\"",
        ),
        ("{ tool: search, expect: allow, shadowed: [a] }", "only looked at"),
        ("{ calls: [{ tool: search, times: 6, expect: allow }] }", "call 6, tool `search`"),
        ("{ calls: [{ tool: search, times: 6, ends: error, expect: deny }] }", "is made"),
    ] {
        let tests = format!("tests:\n  - {test}\n");
        let folder = Written::files(&[("pay.yaml", PAY), ("pay.test.yaml", &tests)]);
        let said = folder.policy(&["test"]);
        assert!([1, 13].contains(&said.code), "{test}: {said:?}");
        assert!((said.out.clone() + &said.err).contains(why), "{test}: {said:?}");
    }
}

#[test]
fn a_failure_names_its_line_and_the_condition_that_decided() {
    let tests = "tests:\n  - name: large\n    tool: pay\n    arguments: { amount: 101 }\n    expect: allow\n";
    let folder = Written::files(&[("pay.yaml", PAY), ("pay.test.yaml", tests)]);
    let said = folder.policy(&["test"]);
    assert_eq!(said.code, 13);
    for part in [
        "FAILED pay.test.yaml:3: large",
        "denied by \"budget\" (pay.yaml:9): Too much",
        "args.amount lte 100   it is 101   does not hold",
        "pay.test.yaml: 0 passed, 1 FAILED",
    ] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let json = folder.policy(&["test", "--format", "json"]).json();
    assert_eq!(json["passed"], false);
    let failed = &json["files"][0]["tests"][0]["failed"];
    assert_eq!((&failed["line"], &failed["explanation"]["denial"]["rule"]), (&json!(3), &json!("budget")));
}

#[test]
fn shared_policies_stand_before_the_servers_own() {
    let own = "version: \"1\"\ntools: { a: { rules: [{ name: own, action: deny }] } }\n";
    let shared = "version: \"1\"\nshadow: true\ntools: { a: { rules: [{ name: all, action: deny }] } }\n";
    let tests = "shared: [all.yaml]\ntests: [{ tool: a, expect: deny, rule: own, shadowed: [all] }]\n";
    let folder = Written::files(&[("own.yaml", own), ("all.yaml", shared), ("own.test.yaml", tests)]);
    let said = folder.policy(&["test", "own.yaml"]);
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn what_only_counts_is_told_where_it_would_deny() {
    let policy =
        "version: \"1\"\ntools: { a: { rules: [{ name: two, rate_limit: 2/hour, shadow: true }] } }\n";
    let tests = "tests:\n  - calls: [{ tool: a, times: 2, expect: allow, shadowed: [] }, { tool: a, expect: allow, shadowed: [two] }]\n";
    let folder = Written::files(&[("a.yaml", policy), ("a.test.yaml", tests)]);
    assert_eq!(folder.policy(&["test"]).code, 0, "{:?}", folder.policy(&["test"]));
}

#[test]
fn nothing_to_test_is_no_success() {
    let folder = Written::files(&[
        ("pay.yaml", PAY),
        ("bad.yaml", "version: \"1\"\ntols: {}\n"),
        ("bad.test.yaml", "tests: [{ tool: a, expect: allow }]"),
    ]);
    std::fs::write(folder.path("bin.test.yaml"), b"\xff\xfe").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/zero", folder.path("endless.test.yaml")).unwrap();
    for (arguments, why) in [
        (&["test", "pay.yaml"][..], "has no tests"),
        (&["test", "bad.yaml"], "policy-unknown-key"),
        (&["test", "none.test.yaml"], "cannot read none.test.yaml"),
        (&["test", "none.yaml"], "there is no none.yaml"),
        (&["test", "."], ". is a folder: name files of it, such as ./*.test.yaml"),
        (&["test", "bin.test.yaml"], "cannot read bin.test.yaml: it is not UTF-8"),
        (&["test", "bad.yaml", "--server", "a"], "--server names a server of warded.yaml: "),
        #[cfg(unix)]
        (&["test", "endless.test.yaml"], "cannot read endless.test.yaml: it is larger than"),
    ] {
        let said = folder.policy(arguments);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{arguments:?}");
        assert!(said.err.contains(why), "{arguments:?}: {said:?}");
    }
    let said = Written::files(&[]).policy(&["test"]);
    assert_eq!(said.code, 1, "{said:?}");
}

const CONFIG: &str = "
public_url: https://mcp.example.com
servers:
  notes:
    upstream: http://127.0.0.1:3001/mcp
    tier: internal
    issuers: [corp]
    scopes:
      required: [notes:read]
      tools: { wipe: [notes:write] }
      implies: { notes:admin: [notes:read, notes:write] }
issuers:
  corp: { url: https://login.example.com }
";

#[test]
fn the_scopes_of_the_configuration_are_asked_for_too() {
    let policy = "version: \"1\"
tools:
  read: { rules: [{ name: seen, conditions: [{ path: server.tier, op: eq, value: internal }] }] }
  wipe: { rules: [{ name: only who may write, conditions: [{ path: auth.scopes, op: contains, value: notes:write }] }] }
  burn: { scopes: [notes:burn] }
";
    let tests = "
tests:
  - { name: reading, tool: read, token: { scope: notes:read }, expect: allow }
  - { name: without a scope, tool: read, expect: deny, rule: (scopes) }
  - { name: with another, tool: wipe, token: { scope: notes:write }, expect: deny, rule: (scopes) }
  - { name: without that of the tool, tool: wipe, token: { scope: notes:read }, expect: deny, rule: (scopes) }
  - { name: with both, tool: wipe, token: { scope: notes:read notes:write }, expect: allow }
  - { name: with one that stands for both, tool: wipe, token: { scope: notes:admin }, expect: allow }
  - { name: without that of the policy, tool: burn, token: { scope: notes:admin }, expect: deny, rule: (scopes) }
  - { name: resources too, resource: \"note://a\", expect: deny, rule: (scopes) }
  - name: nothing is counted, and a call is named
    calls:
      - { tool: read, token: { scope: notes:read }, times: 2, expect: allow }
      - { tool: read, times: 2, expect: deny, rule: (scopes) }
";
    let folder = Written::files(&[("warded.yaml", CONFIG), ("p.yaml", policy), ("p.test.yaml", tests)]);
    let said = folder.policy(&["test", "p.yaml", "--server", "notes"]);
    assert_eq!((said.code, said.out.as_str()), (0, "p.test.yaml: 9 passed\n"), "{said:?}");
    // Nobody has said which server it is: neither its tier nor its scopes are known.
    let said = folder.policy(&["test", "p.yaml"]);
    assert_eq!(said.code, 13, "{said:?}");
    let said = folder.policy(&["test", "p.yaml", "--server", "files"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("has no server `files`; it has `notes`"), "{said:?}");
}

#[test]
fn tests_about_one_server_are_not_run_at_another() {
    for (server, differs) in [
        ("name: files", "its name is `files`, and in the configuration it is `notes`"),
        ("tier: production", "its tier is `production`, and in the configuration it is `internal`"),
        ("identity: \"https://a.example\"", "its identity is `https://a.example`"),
    ] {
        let tests = format!("server: {{ {server} }}\ntests: [{{ tool: a, expect: allow }}]\n");
        let folder =
            Written::files(&[("warded.yaml", CONFIG), ("p.yaml", PUBLISHED), ("p.test.yaml", &tests)]);
        assert_eq!(folder.policy(&["test"]).code, 0);
        let said = folder.policy(&["test", "--server", "notes"]);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
        assert!(said.err.contains(differs), "{said:?}");
    }
}
