//! What is counted, and what a condition may say of it.

use super::*;
use crate::{Decimal, Name, Scope};

fn at_tools(tools: &str) -> String {
    format!("version: \"1\"\ntools:\n{tools}")
}

#[test]
fn a_condition_names_a_counter_of_any_section_that_counts_it() {
    let source = at_tools(
        "  a:\n    rules: [{ name: r, conditions: [{ path: state.b.n, op: lt, value: 5 }, { path: state._global.m, op: lt, value: 5 }] }]\n  b:\n    rules: [{ name: r, conditions: [{ path: state.b.n, op: lte, value: 9 }], state: { counter: n, window: day } }]\n  \"*\":\n    rules: [{ name: r, conditions: [{ path: state._global.m, op: lte, value: 9 }], state: { counter: m, window: day } }]\n",
    );
    assert_eq!(codes(&source), Vec::<&str>::new());
}

#[test]
fn the_first_dot_ends_the_name_of_a_tool_and_who_meant_another_is_told_how() {
    let counted = "state: { counter: n, window: day }";
    let plain = at_tools(&format!(
        "  a.b:\n    rules: [{{ name: r, conditions: [{{ path: state.a.b.n, op: lte, value: 5 }}], {counted} }}]\n"
    ));
    assert_eq!(codes(&plain), ["policy-not-counted", "policy-uncounted"]);
    let finding = read(&plain, Reading::Strict).findings.remove(0);
    assert_eq!(finding.help.as_deref(), Some("Write `state[\"a.b\"].n`."));
    let quoted = plain.replace("state.a.b.n", "'state[\"a.b\"].n'");
    assert_eq!(codes(&quoted), Vec::<&str>::new());
    // And a tool `a` with a counter that has a dot is what Intercept makes of it.
    let dotted = at_tools(
        "  a:\n    rules: [{ name: r, conditions: [{ path: state.a.b.n, op: lte, value: 5 }], state: { counter: b.n, window: day } }]\n",
    );
    assert_eq!(codes(&dotted), Vec::<&str>::new());
}

#[test]
fn a_name_that_is_nearly_one_is_said() {
    let help = |path: &str| {
        let source = at_tools(&format!(
            "  charge:\n    rules:\n      - {{ name: a, conditions: [{{ path: {path}, op: lte, value: 5 }}] }}\n      - {{ name: b, conditions: [{{ path: state.charge.spent, op: lte, value: 5 }}], state: {{ counter: spent, window: day }} }}\n"
        ));
        only(&source).help.unwrap()
    };
    assert_eq!(help("state.charge.spend"), "Did you mean the counter `spent`?");
    assert_eq!(help("state.chrage.spent"), "Did you mean `charge`?");
}

#[test]
fn a_section_has_each_counter_once() {
    for (first, second) in [("5/minute", "5/minute"), ("5/minute", "9/minute")] {
        let rules = format!("{{ name: a, rate_limit: {first} }}, {{ name: b, rate_limit: {second} }}");
        assert_eq!(codes(&with_rule(&rules)), ["policy-counter-twice"]);
    }
    let rules = "{ name: a, rate_limit: 5/minute }, { name: b, rate_limit: 50/hour }";
    assert_eq!(codes(&with_rule(rules)), Vec::<&str>::new());
    let differing = "{ name: a, conditions: [{ path: state.t.n, op: lte, value: 5 }], state: { counter: n, window: day } }, { name: b, conditions: [{ path: state.t.n, op: lte, value: 5 }], state: { counter: n, window: hour } }";
    assert_eq!(codes(&with_rule(differing)), ["policy-counter-twice"]);
    let two = at_tools(
        "  a: { rules: [{ name: r, rate_limit: 5/day }] }\n  b: { rules: [{ name: r, rate_limit: 5/day }] }\n",
    );
    assert_eq!(codes(&two), Vec::<&str>::new());
}

#[test]
fn a_tool_that_is_named_as_the_counters_of_all_has_its_own() {
    let counting = at_tools(
        "  _global: { rules: [{ name: r, conditions: [{ path: 'state[\"_global\"].n', op: lte, value: 5 }], state: { counter: n, window: day } }] }\n",
    );
    assert_eq!(found(&counting, Reading::Strict), [("policy-global", Severity::Warning)]);
    let other = counting.replace("state[\"_global\"].n", "state._global.n");
    assert!(codes(&other).contains(&"policy-not-counted"));
    let idle = at_tools("  _global: { rules: [{ name: r, action: deny }] }\n");
    assert_eq!(codes(&idle), Vec::<&str>::new());
}

fn with_state(state: &str) -> String {
    with_rule(&format!(
        "{{ name: r, conditions: [{{ path: state.t.n, op: lte, value: 5 }}], state: {state} }}"
    ))
}

#[test]
fn state_has_a_counter_and_a_window() {
    for (state, expected) in [
        ("{ window: day }", vec!["policy-missing-key"]),
        ("{ counter: n }", vec!["policy-missing-key"]),
        ("{ counter: \"\", window: day }", vec!["policy-missing-key"]),
        ("{ counter: n, window: week }", vec!["policy-window"]),
        ("{ counter: n, window: days }", vec!["policy-window"]),
        ("{ counter: n, window: day, increment: \"5\" }", vec!["policy-type"]),
        ("{ counter: n, window: day, increment: true }", vec!["policy-type"]),
        ("{ counter: n, window: day, increment: 9223372036854.775807 }", vec!["policy-too-much"]),
        ("{ counter: n, window: day, increment_from: amount }", vec!["policy-path"]),
        ("{ counter: n, window: day, increment_from: auth.claims.n }", vec!["policy-increment-from"]),
        ("{ counter: n, window: day, increment_from: state.t.n }", vec!["policy-increment-from"]),
        ("{ counter: n, window: day, per: nobody }", vec!["policy-per"]),
        ("{ counter: n, window: day, sliding: 1 }", vec!["policy-type"]),
        ("{ counter: n, window: day, limit: 5 }", vec!["policy-unknown-key"]),
    ] {
        let mut expected = expected;
        let mut codes = codes(&with_state(state));
        codes.sort_unstable();
        expected.sort_unstable();
        assert_eq!(codes, expected, "{state}");
    }
}

#[test]
fn an_increment_counts_as_it_is_written_and_never_fills_a_budget_up() {
    let increment = |text: &str| {
        let source = with_state(&format!("{{ counter: n, window: day, increment: {text} }}"));
        (rule(&source).state.unwrap().increment, codes(&source))
    };
    let decimal = |text: &str| Decimal::parse(text).unwrap();
    assert_eq!(increment("1"), (decimal("1"), vec![]));
    assert_eq!(increment("1e3"), (decimal("1000"), vec![]));
    assert_eq!(increment("null"), (decimal("1"), vec![]));
    assert_eq!(increment("0"), (decimal("1"), vec!["policy-increment-zero"]));
    assert_eq!(increment("-0"), (decimal("1"), vec!["policy-increment-zero"]));
    assert_eq!(increment("0.99"), (decimal("0.99"), vec!["policy-exact"]));
    assert_eq!(increment("-3"), (decimal("-3"), vec!["policy-increment-negative"]));
    let both = with_state("{ counter: n, window: day, increment: 2, increment_from: args.n }");
    assert_eq!(codes(&both), ["policy-increment-twice"]);
}

#[test]
fn a_counter_without_a_limit_of_its_own_is_said_to_be_idle() {
    let counted = "state: { counter: n, window: day }";
    for conditions in [
        "[{ path: args.a, op: lte, value: 5 }]",
        "[{ path: state.t.n, op: gt, value: 5 }]",
        "[{ path: state.t.n, op: eq, value: 5 }]",
    ] {
        let source = with_rule(&format!("{{ name: r, conditions: {conditions}, {counted} }}"));
        assert_eq!(codes(&source), ["policy-uncounted"], "{conditions}");
    }
    let other = at_tools(
        "  a: { rules: [{ name: r, conditions: [{ path: state._global.n, op: lte, value: 5 }], state: { counter: n, window: day } }] }\n  \"*\": { rules: [{ name: r, conditions: [{ path: state._global.n, op: lte, value: 5 }], state: { counter: n, window: day } }] }\n",
    );
    assert_eq!(codes(&other), ["policy-uncounted"]);
    let denied = with_rule(&format!("{{ name: r, action: deny, {counted} }}"));
    assert_eq!(codes(&denied), ["policy-uncounted"]);
}

#[test]
fn a_limit_that_no_counter_comes_to_is_an_error() {
    let limit = |op: &str, limit: &str| {
        with_rule(&format!(
            "{{ name: r, conditions: [{{ path: state.t.n, op: {op}, value: {limit} }}], state: {{ counter: n, window: day }} }}"
        ))
    };
    for op in ["lt", "lte"] {
        assert_eq!(codes(&limit(op, "9223372036854")), Vec::<&str>::new());
        for large in ["9223372036855", "1e13", "1e400"] {
            let source = limit(op, large);
            let finding = only(&source);
            assert_eq!((finding.code, finding.severity), ("policy-too-much", Severity::Error), "{large}");
            assert!(pointed(&source, &finding).contains(large));
        }
    }
}

#[test]
fn a_counter_of_resources_and_prompts_has_their_name_in_quotes() {
    let source = "version: 1\nresources:\n  file:///a.txt:\n    rules: [{ name: r, conditions: [{ path: 'state[\"resource:file:///a.txt\"].n', op: lte, value: 5 }], state: { counter: n, window: day } }]\n  \"*\": { rules: [{ name: r, rate_limit: 5/day }] }\nprompts:\n  p: { rules: [{ name: r, conditions: [{ path: 'state[\"prompt:p\"].n', op: lte, value: 5 }], state: { counter: n, window: day } }] }\n";
    assert_eq!(codes(source), Vec::<&str>::new());
    let document = document(source);
    let of = |section: &crate::Section| match &section.rules[0].conditions[0].path.scope {
        Scope::State { of, .. } => of.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(of(&document.resources[0]), Name::Exactly("resource:file:///a.txt".into()));
    assert_eq!(of(&document.resources[1]), Name::Like("resource:*".into()));
    assert_eq!(of(&document.prompts[0]), Name::Exactly("prompt:p".into()));
}
