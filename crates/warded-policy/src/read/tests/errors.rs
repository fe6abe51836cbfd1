//! Every way in which a file is no policy, by its code, its place and its advice.

use super::*;

/// The file, the code, the text that is pointed at, and what the help contains.
const EACH: &[(&str, &str, &str, &str)] = &[
    ("version: \"2\"\n", "policy-version", "\"2\"", "version: \"1\""),
    ("version: 1.0\n", "policy-version", "1.0", "version: \"1\""),
    ("version: 01\n", "policy-version", "01", ""),
    ("version:\n", "policy-version", "", ""),
    ("description: x\n", "policy-version", "", ""),
    ("version: [1]\n", "policy-type", "[1]", ""),
    ("version: 1\ndefault: Allow\n", "policy-default", "Allow", "`allow`"),
    ("version: 1\ndefault: dney\n", "policy-default", "dney", "`deny`"),
    ("version: 1\ndefault: true\n", "policy-default", "true", ""),
    ("version: 1\ndefault: |\n  allow\n", "policy-default", "allow\n", ""),
    ("version: 1\nhide: \"*\"\n", "policy-type", "\"*\"", "["),
    ("version: 1\nhide: {}\n", "policy-type", "{}", ""),
    ("version: 1\nhide: [a, b, a]\n", "policy-hide", "a", "Remove"),
    ("version: 1\nhide: [\" \"]\n", "policy-hide", "\" \"", ""),
    ("version: 1\nhide: [null]\n", "policy-type", "null", ""),
    ("version: 1\ntools: []\n", "policy-type", "[]", ""),
    ("version: 1\ntools: {a: []}\n", "policy-type", "[]", ""),
    ("version: 1\ntools: {a: {rules: {}}}\n", "policy-type", "{}", ""),
    ("version: 1\ntools: {a: {rules: [x]}}\n", "policy-type", "x", ""),
    ("version: 1\ntools: {a: {rules: [null]}}\n", "policy-type", "null", ""),
    ("version: 1\ntools: {a: {hide: true}}\n", "policy-unknown-key", "hide", "`hide: [NAME]`"),
    ("version: 1\ntools: {a: {rate_limit: 5/day}}\n", "policy-unknown-key", "rate_limit", "at a rule"),
    ("version: 1\ntools: {a: {default: deny}}\n", "policy-unknown-key", "default", "top of the file"),
    ("version: 1\nrules: []\n", "policy-unknown-key", "rules", "at a tool"),
    ("version: 1\nTools: {}\n", "policy-unknown-key", "Tools", "`tools`"),
    ("version: 1\ntool: {}\n", "policy-unknown-key", "tool", "Tools stand"),
    ("version: 1\ndefaults: deny\n", "policy-unknown-key", "defaults", "`default`"),
    ("version: 1\nfrobnicate: 1\n", "policy-unknown-key", "frobnicate", "The keys here are"),
    ("version: 1\nspend_limit: 1\n", "policy-unknown-key", "spend_limit", "provisional"),
    ("5\n", "policy-type", "5", ""),
    ("- version: 1\n", "policy-type", "- version: 1", ""),
];

/// The rule, and the same.
const RULES: &[(&str, &str, &str, &str)] = &[
    ("{ name: r, action: deney }", "policy-action", "deney", "`deny`"),
    ("{ name: r, action: Deny }", "policy-action", "Deny", "`deny`"),
    ("{ name: r, action: allow }", "policy-action", "allow", "lets a call pass"),
    ("{ name: r, action: block }", "policy-action", "block", "`deny`"),
    ("{ name: r, action: ask }", "policy-action", "ask", "`require_approval`"),
    ("{ name: r, action: hide }", "policy-action", "hide", "`hide:` of the file"),
    ("{ name: r, action: frobnicate }", "policy-action", "frobnicate", "Possible are"),
    ("{ name: r, action: deny, when: x }", "policy-unknown-key", "when", "`conditions`"),
    ("{ name: r, action: deny, if: x }", "policy-unknown-key", "if", "`conditions`"),
    ("{ name: r, action: deny, op: lt }", "policy-unknown-key", "op", "at a condition"),
    ("{ name: r, action: deny, counter: c }", "policy-unknown-key", "counter", "`state:` of a rule"),
    ("{ name: r, action: deny, hide: true }", "policy-unknown-key", "hide", "`hide: [NAME]`"),
    ("{ name: r, rate_limit: 0/minute }", "policy-rate-limit", "0/minute", "`action: deny`"),
    ("{ name: r, rate_limit: -5/minute }", "policy-rate-limit", "-5/minute", "`action: deny`"),
    ("{ name: r, rate_limit: 9223372036855/day }", "policy-too-much", "9223372036855/day", "larger unit"),
    (
        "{ name: r, action: deny, conditions: [{ path: args.a, op: eq, value: 1 }] }",
        "policy-deny-conditions",
        "conditions",
        "`action: evaluate`",
    ),
    ("{ name: [r], action: deny }", "policy-type", "[r]", ""),
    ("{ name: r, rate_limit: 5 }", "policy-rate-limit", "5", "5/minute"),
    ("{ name: r, rate_limit: 5 /minute }", "policy-rate-limit", "5 /minute", "without blanks"),
    ("{ name: r, rate_limit: \" 5/minute\" }", "policy-rate-limit", "\" 5/minute\"", "without blanks"),
    ("{ name: r, rate_limit: 5/second }", "policy-rate-limit", "5/second", ""),
    ("{ name: r, rate_limit: 5/Minute }", "policy-rate-limit", "5/Minute", ""),
    ("{ name: r, rate_limit: 5/minutes }", "policy-rate-limit", "5/minutes", ""),
    ("{ name: r, rate_limit: 5/minute/hour }", "policy-rate-limit", "5/minute/hour", ""),
    ("{ name: r, rate_limit: 5.5/minute }", "policy-rate-limit", "5.5/minute", ""),
    ("{ name: r, rate_limit: 1_000/day }", "policy-rate-limit", "1_000/day", ""),
    ("{ name: r, rate_limit: /day }", "policy-rate-limit", "/day", ""),
    ("{ name: r, rate_limit: 0x5/day }", "policy-rate-limit", "0x5/day", ""),
    ("{ name: r, rate_limit: ++5/day }", "policy-rate-limit", "++5/day", ""),
    ("{ name: r, rate_limit: ٥/day }", "policy-rate-limit", "٥/day", ""),
    ("{ name: r, rate_limit: 9223372036854775808/day }", "policy-rate-limit", "9223372036854775808/day", ""),
    ("{ name: r, rate_limit: [5/day] }", "policy-type", "[5/day]", ""),
    ("{ name: r, action: deny, rate_limit: 5/day }", "policy-rate-limit-beside", "5/day", "two rules"),
    (
        "{ name: r, rate_limit: 5/day, conditions: [{ path: args.a, op: eq, value: 1 }] }",
        "policy-rate-limit-beside",
        "5/day",
        "two rules",
    ),
    (
        "{ name: r, rate_limit: 5/day, state: { counter: c, window: day } }",
        "policy-rate-limit-beside",
        "5/day",
        "",
    ),
    ("{ name: r, action: deny, per: subject }", "policy-no-rate-limit", "per", ""),
    ("{ name: r, action: deny, sliding: true }", "policy-no-rate-limit", "sliding", ""),
    ("{ name: r, rate_limit: 5/day, per: users }", "policy-per", "users", ""),
    ("{ name: r, rate_limit: 5/day, per: [subject, Client] }", "policy-per", "Client", "`client`"),
    ("{ name: r, rate_limit: 5/day, per: {} }", "policy-type", "{}", ""),
    ("{ name: r, rate_limit: 5/day, sliding: yes }", "policy-type", "yes", "`true`"),
    ("{ name: r, action: deny, shadow: \"true\" }", "policy-type", "\"true\"", ""),
    ("{ name: r, action: deny, on_deny: { a: b } }", "policy-type", "{ a: b }", ""),
    ("{ name: r, action: deny, spend: { daily: 5 } }", "policy-unknown-key", "spend", "provisional"),
    ("{ name: r, action: deny, ondeny: x }", "policy-unknown-key", "ondeny", "`on_deny`"),
    ("{ name: r, action: deny, ratelimit: 5/day }", "policy-unknown-key", "ratelimit", "`rate_limit`"),
    ("{ name: r, action: deny, state: 5 }", "policy-type", "5", ""),
    ("{ name: r, action: deny, conditions: {} }", "policy-type", "{}", ""),
    ("{ name: r, action: deny, conditions: [5] }", "policy-type", "5", ""),
];

/// The condition, and the same.
const CONDITIONS: &[(&str, &str, &str, &str)] = &[
    ("{ op: eq, value: 1 }", "policy-missing-key", "{ op: eq, value: 1 }", "path"),
    ("{ path: args.a, value: 1 }", "policy-missing-key", "{ path: args.a, value: 1 }", "op"),
    ("{ path: args.a, op: exists }", "policy-missing-key", "{ path: args.a, op: exists }", "exists"),
    ("{ path: ~, op: eq, value: 1 }", "policy-missing-key", "{ path: ~, op: eq, value: 1 }", "path"),
    ("{ path: args.a, op: equals, value: 1 }", "policy-op", "equals", "`eq`"),
    ("{ path: args.a, op: \"==\", value: 1 }", "policy-op", "\"==\"", "`eq`"),
    ("{ path: args.a, op: EQ, value: 1 }", "policy-op", "EQ", "`eq`"),
    ("{ path: args.a, op: notin, value: [] }", "policy-op", "notin", "`not_in`"),
    ("{ path: args.a, op: frobnicate, value: 1 }", "policy-op", "frobnicate", "The operators are"),
    ("{ path: a, op: eq, value: 1 }", "policy-path", "a", "args."),
    ("{ path: arguments.a, op: eq, value: 1 }", "policy-path", "arguments.a", "`args.NAME`"),
    ("{ path: auth.aud, op: eq, value: 1 }", "policy-path", "auth.aud", "auth.token.aud"),
    ("{ path: args., op: eq, value: 1 }", "policy-path", "args.", ""),
    ("{ path: state.t, op: lt, value: 1 }", "policy-path", "state.t", "COUNTER"),
    ("{ path: state.*.c, op: lt, value: 1 }", "policy-path", "state.*.c", "_global"),
    ("{ path: [args], op: eq, value: 1 }", "policy-type", "[args]", ""),
    ("{ path: args.a, op: eq, value: \"${HOME}\" }", "policy-template", "\"${HOME}\"", "$${"),
    ("{ path: args.a, op: eq, value: \"${args.b\" }", "policy-template", "\"${args.b\"", "$${"),
    ("{ path: args.a, op: eq, value: \"${state.t.c}\" }", "policy-template", "\"${state.t.c}\"", ""),
    ("{ path: args.a, op: eq, value: [[\"${auth.sub}\"]] }", "policy-template", "[[\"${auth.sub}\"]]", ""),
    ("{ path: args.a, op: lt, value: \"5\" }", "policy-type", "\"5\"", "in quotes is a text"),
    ("{ path: args.a, op: gte, value: true }", "policy-type", "true", "numbers"),
    ("{ path: args.a, op: lte, value: [5] }", "policy-type", "[5]", "numbers"),
    ("{ path: args.a, op: gt, value: null }", "policy-type", "null", "numbers"),
    ("{ path: args.a, op: lt, value: \"n${args.b}\" }", "policy-type", "\"n${args.b}\"", "numbers"),
    ("{ path: args.a, op: lt, value: [\"${args.b}\"] }", "policy-type", "[\"${args.b}\"]", "numbers"),
    ("{ path: args.a, op: in, value: acme }", "policy-type", "acme", "[VALUE]"),
    ("{ path: args.a, op: in, value: \"a${args.b}\" }", "policy-type", "\"a${args.b}\"", "[VALUE]"),
    ("{ path: args.a, op: not_in, value: 5 }", "policy-type", "5", "[VALUE]"),
    ("{ path: args.a, op: exists, value: \"true\" }", "policy-type", "\"true\"", "without quotes"),
    ("{ path: args.a, op: exists, value: 1 }", "policy-type", "1", "without quotes"),
    ("{ path: args.a, op: regex, value: 5 }", "policy-type", "5", "in quotes"),
    ("{ path: args.a, op: regex, value: [\"${args.b}\"] }", "policy-type", "[\"${args.b}\"]", "in quotes"),
    ("{ path: args.a, op: regex, value: \"\\\\pL{900}\" }", "policy-regex", "\"\\\\pL{900}\"", "Repeat less"),
    ("{ path: args.a, op: regex, value: \"(\" }", "policy-regex", "\"(\"", "RE2"),
    ("{ path: args.a, op: regex, value: \"(?=a)\" }", "policy-regex", "\"(?=a)\"", "RE2"),
    ("{ path: args.a, op: regex, value: \"a{2000}\" }", "policy-regex", "\"a{2000}\"", "RE2"),
    ("{ path: args.a, op: eq, value: .nan }", "policy-number", ".nan", ""),
    ("{ path: args.a, op: eq, value: -.inf }", "policy-number", "-.inf", ""),
    ("{ path: args.a, op: eq, value: !!int x }", "policy-tag", "x", ""),
    ("{ path: args.a, op: eq, value: !mine x }", "policy-tag", "x", ""),
    ("{ path: args.a, op: eq, valu: 1, value: 1 }", "policy-unknown-key", "valu", "`value`"),
    ("{ path: args.a, op: eq, value: { a: 1, a: 2 } }", "policy-duplicate-key", "a", ""),
    ("{ path: state.t.c, op: lt, value: 1 }", "policy-not-counted", "state.t.c", "state"),
    ("{ path: state.u.c, op: lt, value: 1 }", "policy-not-counted", "state.u.c", "`t`"),
];

fn is_found(source: &str, code: &str, place: &str, help: &str) {
    let finding = only(source);
    assert_eq!(finding.code, code, "{source}\n{finding:#?}");
    assert_eq!(finding.severity, Severity::Error, "{source}");
    assert_eq!(pointed(source, &finding), place, "{source}");
    assert!(finding.help.as_ref().is_some_and(|text| text.contains(help)), "{source}\n{finding:#?}");
    assert_eq!(read(source, Reading::Strict).document, None);
}

#[test]
fn what_is_wrong_with_a_file_is_found() {
    for (source, code, place, help) in EACH {
        is_found(source, code, place, help);
    }
}

#[test]
fn what_is_wrong_with_a_rule_is_found() {
    for (rule, code, place, help) in RULES {
        is_found(&with_rule(rule), code, place, help);
    }
}

#[test]
fn what_is_wrong_with_a_condition_is_found() {
    for (condition, code, place, help) in CONDITIONS {
        is_found(&with_condition(condition), code, place, help);
    }
}

#[test]
fn everything_is_found_at_once_and_in_the_order_of_the_file() {
    let source = "version: \"3\"\ndefault: maybe\nhide: [a, a]\ntools:\n  t:\n    rules:\n      - name: a\n        action: block\n        conditions:\n          - path: amount\n            op: is\n            value: 5\n          - path: args.b\n            op: regex\n            value: \"[\"\n      - name: b\n        rate_limit: 5/week\n  u:\n    rule: []\n";
    assert_eq!(
        codes(source),
        [
            "policy-version",
            "policy-default",
            "policy-hide",
            "policy-action",
            "policy-path",
            "policy-op",
            "policy-regex",
            "policy-rate-limit",
            "policy-unknown-key",
        ]
    );
}

#[test]
fn a_rule_whose_rate_limit_is_no_limit_is_not_asked_for_anything_else_that_it_would_have_had() {
    // Nothing is said of conditions that the limit would have written.
    assert_eq!(only(&with_rule("{ name: r, rate_limit: x }")).code, "policy-rate-limit");
}

#[test]
fn only_an_unknown_key_and_a_second_document_are_passed_over_by_who_is_lenient() {
    let source =
        "version: 1\nspend: 5\ntools: { t: { rules: [{ name: r, action: deny, cost: 1 }] } }\n---\nx: y\n";
    let lenient = read(source, Reading::Lenient);
    let warnings: Vec<_> = lenient.findings.iter().map(|finding| (finding.code, finding.severity)).collect();
    assert_eq!(
        warnings,
        [
            ("policy-unknown-key", Severity::Warning),
            ("policy-unknown-key", Severity::Warning),
            ("policy-documents", Severity::Warning),
        ]
    );
    assert_eq!(lenient.document.unwrap().tools.len(), 1);
    assert_eq!(read(source, Reading::Strict).document, None);
    for (rule, code, ..) in RULES.iter().filter(|(_, code, ..)| *code != "policy-unknown-key") {
        assert_eq!(found(&with_rule(rule), Reading::Lenient), [(*code, Severity::Error)]);
    }
}

#[test]
fn no_more_findings_are_kept_than_anybody_reads() {
    let mut source = "version: 1\n".to_owned();
    for key in 0..3_000 {
        source.push_str(&format!("key{key}: 1\n"));
    }
    let findings = read(&source, Reading::Strict).findings;
    assert_eq!(findings.len(), 1_001);
    assert_eq!(findings[1_000].code, "policy-left-out");
    assert!(findings[1_000].message.starts_with("2000 more"));
}
