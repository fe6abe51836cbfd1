//! What works, and hardly as it was meant.

use super::*;

#[test]
fn a_condition_that_never_holds_is_said() {
    for condition in ["{ path: args.a, op: in, value: [] }", "{ path: time.hour, op: regex, value: \"^1\" }"]
    {
        assert_eq!(
            found(&with_condition(condition), Reading::Strict),
            [("policy-never", Severity::Warning)],
            "{condition}"
        );
    }
    for condition in [
        "{ path: args.a, op: lt, value: \"${auth.claims.limit}\" }",
        "{ path: args.a, op: in, value: \"${auth.scopes}\" }",
        "{ path: args.a, op: in, value: [\"${auth.sub}\"] }",
        "{ path: time.weekday, op: regex, value: \"^s\" }",
        "{ path: args.a, op: exists, value: false }",
        "{ path: args.a, op: contains, value: 5 }",
        "{ path: args.a, op: eq, value: null }",
    ] {
        assert_eq!(codes(&with_condition(condition)), Vec::<&str>::new(), "{condition}");
    }
}

#[test]
fn a_condition_that_always_holds_is_said() {
    assert_eq!(codes(&with_condition("{ path: args.a, op: not_in, value: [] }")), ["policy-always"]);
    assert!(codes(&with_condition("{ path: args.a, op: not_in, value: [a] }")).is_empty());
}

#[test]
fn a_pattern_is_a_pattern_and_reads_nothing() {
    let source = with_condition("{ path: args.a, op: regex, value: \"^\\\\$\\\\{[a-z]+}$\" }");
    assert_eq!(codes(&source), Vec::<&str>::new());
    assert_eq!(condition(&source).value, Operand::Literal(text("^\\$\\{[a-z]+}$")));
}

#[test]
fn a_rule_that_does_nothing_is_said() {
    for rule in [
        "{ name: r }",
        "{ name: r, action: evaluate }",
        "{ name: r, conditions: [] }",
        "{ name: r, on_deny: Never }",
        "{ name: r, state: { counter: n, window: day } }",
        "{}",
    ] {
        assert!(codes(&with_rule(rule)).contains(&"policy-idle"), "{rule}");
    }
    for reading in [crate::Reading::Strict, crate::Reading::Lenient] {
        assert_eq!(crate::read(&with_rule("{ name: r, actoin: deny }"), reading).document, None);
    }
    let source = with_rule("{ name: r, on_deny: Never }");
    assert_eq!(pointed(&source, &only(&source)), "on_deny");
}

#[test]
fn a_rule_that_denies_has_no_conditions() {
    let source =
        with_rule("{ name: r, action: deny, conditions: [{ path: args.a, op: eq, value: 1 }], on_deny: No }");
    let finding = only(&source);
    assert_eq!((finding.code, finding.severity), ("policy-deny-conditions", Severity::Error));
    assert_eq!(pointed(&source, &finding), "conditions");
}

#[test]
fn a_rule_behind_one_that_always_denies_is_never_asked() {
    let source =
        with_rule("{ name: a, action: deny }, { name: b, rate_limit: 5/day }, { name: c, action: deny }");
    let finding = only(&source);
    assert_eq!(finding.code, "policy-unreachable");
    assert!(pointed(&source, &finding).contains("name: b"));
    let shadow = "{ name: a, action: deny, shadow: true }, { name: b, rate_limit: 5/day }";
    assert_eq!(codes(&with_rule(shadow)), Vec::<&str>::new());
}

#[test]
fn a_limit_of_nothing_is_said() {
    for (op, limit) in [("lte", "0"), ("lte", "-0"), ("lt", "0"), ("lte", "-5"), ("lte", "-1e30")] {
        let source = with_rule(&format!(
            "{{ name: r, conditions: [{{ path: state.t.n, op: {op}, value: {limit} }}], state: {{ counter: n, window: day }} }}"
        ));
        assert_eq!(codes(&source), ["policy-nothing-passes"], "{limit}");
    }
}

#[test]
fn a_number_that_intercept_would_take_for_another_is_said() {
    for (value, taken) in [
        ("9007199254740993", Some("9007199254740992")),
        ("-9007199254740993", Some("-9007199254740992")),
        ("[1, 12345678901234567890123]", Some("12345678901234567")),
        ("9007199254740992", None),
        ("1152921504606846976", None),
        ("0.1", None),
        ("100000000000000000000", None),
    ] {
        let source = with_condition(&format!("{{ path: args.a, op: eq, value: {value} }}"));
        let findings = read(&source, Reading::Strict).findings;
        match taken {
            Some(taken) => {
                assert_eq!(findings[0].code, "policy-exact", "{value}");
                assert!(findings[0].message.contains(taken), "{findings:?}");
            }
            None => assert_eq!(findings, [], "{value}"),
        }
    }
    let limit = "{ name: r, conditions: [{ path: state.t.n, op: lte, value: 4.5 }], state: { counter: n, window: day } }";
    assert_eq!(found(&with_rule(limit), Reading::Strict), [("policy-exact", Severity::Note)]);
}

#[test]
fn names_that_differ_in_case_only_are_two_names() {
    let both = "version: 1\ntools: { Delete: { rules: [{ name: r, action: deny }] }, delete: {} }\n";
    assert_eq!(found(both, Reading::Strict), [("policy-case", Severity::Warning)]);
    assert_eq!(document(both).tools.len(), 2);
    let hidden = "version: 1\nhide: [DELETE]\ntools: { delete: {} }\n";
    assert_eq!(codes(hidden), ["policy-case"]);
    assert_eq!(codes("version: 1\nhide: [delete]\ntools: { delete: {} }\n"), Vec::<&str>::new());
}

#[test]
fn rules_that_nobody_reaches_are_said() {
    let rules = "rules: [{ name: r, action: deny }]";
    assert_eq!(
        codes(&format!("version: 1\nhide: [t]\ntools: {{ t: {{ {rules} }} }}\n")),
        ["policy-hidden-rules"]
    );
    assert_eq!(
        codes(&format!("version: 1\nhide: ['*']\ntools: {{ t: {{ {rules} }} }}\n")),
        ["policy-hidden-rules"]
    );
    assert!(codes(&format!("version: 1\nhide: [u]\ntools: {{ t: {{ {rules} }} }}\n")).is_empty());
    let deny = "version: 1\ndefault: deny\ntools:\n";
    let limit = "rules: [{ name: r, rate_limit: 5/minute }]";
    assert_eq!(codes(&format!("{deny}  \"*\": {{ {limit} }}\n")), ["policy-lists-nothing"]);
    // One that says itself that it denies every call is no slip; one that only looks is.
    assert!(codes(&format!("{deny}  \"*\": {{ {rules} }}\n")).is_empty());
    let looks = "rules: [{ name: r, action: deny, shadow: true }]";
    assert_eq!(codes(&format!("{deny}  \"*\": {{ {looks} }}\n")), ["policy-lists-nothing"]);
    assert!(codes(&format!("{deny}  \"*\": {{ {rules} }}\n  t: {{}}\n")).is_empty());
}

#[test]
fn an_empty_section_that_looks_as_if_it_denied_everything_is_said() {
    for key in ["resources", "prompts"] {
        for empty in ["", " {}", " null", " ~"] {
            let source = format!("version: 1\ndefault: deny\ntools: {{ t: {{}} }}\n{key}:{empty}\n");
            let finding = only(&source);
            assert_eq!((finding.code, finding.severity), ("policy-governs-nothing", Severity::Warning));
            assert_eq!(pointed(&source, &finding), key, "{source}");
            // What it says is what happens, and what it advises is heard.
            let help = finding.help.unwrap();
            let advised = help.split('`').nth(1).unwrap();
            let source = format!("version: 1\ndefault: deny\ntools: {{ t: {{}} }}\n{advised}\n");
            assert_eq!(codes(&source), Vec::<&str>::new(), "{source}");
            assert!(!document(&source).resources.is_empty() || !document(&source).prompts.is_empty());
        }
        let named = format!("version: 1\ndefault: deny\ntools: {{ t: {{}} }}\n{key}: {{ a: {{}} }}\n");
        assert_eq!(codes(&named), Vec::<&str>::new());
        // One that denies nothing by default, and one that is an error, say nothing of the kind.
        assert_eq!(codes(&format!("version: 1\n{key}: {{}}\n")), Vec::<&str>::new());
        assert_eq!(codes(&format!("version: 1\ndefault: deny\n{key}: []\n")), ["policy-type"]);
    }
}

#[test]
fn spellings_that_are_read_in_two_ways_are_said() {
    let of = |value: &str| codes(&with_condition(&format!("{{ path: args.a, op: eq, value: {value} }}")));
    assert_eq!(of("0777"), ["policy-octal"]);
    assert_eq!(of("-0777"), ["policy-octal"]);
    assert!(
        of("007").is_empty() && of("0o777").is_empty() && of("\"0777\"").is_empty() && of("0").is_empty()
    );
    for word in ["yes", "No", "ON", "off"] {
        assert_eq!(of(word), ["policy-word"], "{word}");
    }
    assert!(of("\"yes\"").is_empty() && of("y").is_empty() && of("true").is_empty());
    assert_eq!(of("2026-11-22"), ["policy-date"]);
    assert_eq!(of("2026-11-22T10:00:00Z"), ["policy-date"]);
    assert!(of("\"2026-11-22\"").is_empty() && of("2026").is_empty() && of("1-2-3").is_empty());
}
