//! What Warded's files have beyond Intercept's.

use super::*;
use crate::{Hidden, Name, Per, Window};

#[test]
fn resources_and_prompts_have_rules_as_tools_have() {
    let source = "version: 1\nresources:\n  file:///etc/*: { rules: [{ name: r, action: deny }] }\nprompts:\n  release: { rules: [{ name: r, conditions: [{ path: args.v, op: regex, value: '^1' }] }] }\n";
    // Nothing is otherwise in Intercept, which has neither.
    assert!(found(source, Reading::Strict).is_empty());
    let document = document(source);
    assert_eq!(document.resources[0].name, Name::Like("file:///etc/*".into()));
    assert_eq!(document.prompts[0].name, Name::Exactly("release".into()));
}

#[test]
fn a_resource_is_read_without_arguments() {
    let source = "version: 1\nresources:\n  a: { rules: [{ name: r, conditions: [{ path: args.v, op: eq, value: 1 }] }] }\n";
    assert_eq!(codes(source), ["policy-never"]);
    let counted = "version: 1\nresources:\n  a: { rules: [{ name: r, conditions: [{ path: 'state[\"resource:a\"].n', op: lte, value: 1 }], state: { counter: n, window: day, increment_from: args.n } }] }\n";
    assert_eq!(codes(counted), ["policy-increment-from"]);
}

#[test]
fn a_star_anywhere_in_a_name_makes_a_pattern_and_is_noted() {
    let source = "version: 1\nhide: [\"*_secret\"]\ntools: { delete_*: {}, \"*\": {} }\n";
    assert_eq!(found(source, Reading::Strict), [("policy-pattern", Severity::Note); 2]);
    let document = document(source);
    assert_eq!(document.hide, Hidden::Named(vec![Name::Like("*_secret".into())]));
    assert_eq!(document.tools[0].name, Name::Like("delete_*".into()));
    assert_eq!(document.tools[1].name, Name::Every);
}

#[test]
fn a_section_may_need_scopes() {
    let source = "version: 1\ntools:\n  a: { scopes: [notes:write, admin, admin] }\n  b: {}\nresources: { c: { scopes: [x] } }\n";
    assert_eq!(codes(source), Vec::<&str>::new());
    let document = document(source);
    assert_eq!(document.tools[0].scopes, ["notes:write".into(), "admin".into()]);
    assert!(document.tools[1].scopes.is_empty());
    assert_eq!(document.resources[0].scopes, ["x".into()]);
    for (scopes, code) in [
        ("[\"a b\"]", "policy-scope"),
        ("[\"\"]", "policy-scope"),
        ("[\"a\\\"b\"]", "policy-scope"),
        ("[é]", "policy-scope"),
        ("admin", "policy-type"),
        ("[[a]]", "policy-type"),
    ] {
        assert_eq!(
            only(&format!("version: 1\ntools: {{ a: {{ scopes: {scopes} }} }}\n")).code,
            code,
            "{scopes}"
        );
    }
}

#[test]
fn a_rule_or_a_file_may_only_look_on() {
    let file = "version: 1\nshadow: true\n";
    assert!(document(file).shadow && codes(file).is_empty());
    let rule_source = with_rule("{ name: r, action: deny, shadow: true }");
    assert!(rule(&rule_source).shadow && codes(&rule_source).is_empty());
    assert!(!rule(&with_rule("{ name: r, action: deny, shadow: false }")).shadow);
}

#[test]
fn a_limit_is_of_whom_it_is_said_to_be_and_several_stand_beside_each_other() {
    let rules = "{ name: a, rate_limit: 5/minute }, { name: b, rate_limit: 2/minute, per: subject }, { name: c, rate_limit: 3/minute, per: [client, subject, client], sliding: true }";
    let source = with_rule(rules);
    assert_eq!(codes(&source), Vec::<&str>::new());
    let states: Vec<_> =
        document(&source).tools[0].rules.iter().map(|rule| rule.state.clone().unwrap()).collect();
    let counters: Vec<_> = states.iter().map(|state| &*state.counter).collect();
    assert_eq!(
        counters,
        ["_rate_minute", "_rate_minute_per_subject", "_rate_minute_per_subject_client_sliding"]
    );
    assert_eq!(states[2].per, [Per::Subject, Per::Client]);
    assert!(states[2].window.sliding && !states[1].window.sliding);
    let twice =
        "{ name: a, rate_limit: 5/minute, per: token }, { name: b, rate_limit: 2/minute, per: [token] }";
    assert_eq!(codes(&with_rule(twice)), ["policy-counter-twice"]);
}

#[test]
fn state_may_be_of_somebody_and_may_slide() {
    let source = with_rule(
        "{ name: r, conditions: [{ path: state.t.n, op: lte, value: 5 }], state: { counter: n, window: hour, per: [server, token], sliding: true } }",
    );
    assert_eq!(codes(&source), Vec::<&str>::new());
    let state = rule(&source).state.unwrap();
    assert_eq!(state.per, [Per::Token, Per::Server]);
    assert_eq!(state.window, Window { unit: crate::Unit::Hour, sliding: true });
}

#[test]
fn approvals_are_accepted_and_said_to_have_no_effect() {
    let source = "version: 1\napprovals:\n  webhook: { url: https://example.com, secret_env: S }\n";
    assert_eq!(found(source, Reading::Strict), [("policy-approvals", Severity::Warning)]);
    assert!(read(source, Reading::Strict).document.is_some());
}

#[test]
fn approvals_wait_only_where_a_call_is_held() {
    let unused = with_rule("{ name: r, action: deny, approval_timeout: 5m }");
    assert_eq!(found(&unused, Reading::Strict), [("policy-timeout-unused", Severity::Warning)]);
    for timeout in ["30", "soon", "-5m", "0s", "1d", "721h"] {
        let source =
            with_rule(&format!("{{ name: r, action: require_approval, approval_timeout: {timeout} }}"));
        assert!(codes(&source).contains(&"policy-duration"), "{timeout}");
    }
}

#[test]
fn brackets_in_a_path_are_noted_for_who_comes_from_intercept() {
    for path in ["'args.a[0]'", "'args[\"a.b\"]'", "'args.a[-1].b'"] {
        let source = with_condition(&format!("{{ path: {path}, op: eq, value: 1 }}"));
        assert_eq!(found(&source, Reading::Strict), [("policy-brackets", Severity::Note)], "{path}");
    }
    assert!(codes(&with_condition("{ path: 'auth.claims[\"a.b\"]', op: eq, value: 1 }")).is_empty());
}

#[test]
fn every_known_path_can_be_compared() {
    for path in crate::reference().paths {
        let path = path.path.replace("state.TOOL.COUNTER", "state.t._rate_day");
        let rules = format!(
            "{{ name: a, rate_limit: 5/day }}, {{ name: b, conditions: [{{ path: {path}, op: eq, value: x }}] }}"
        );
        assert_eq!(codes(&with_rule(&rules)), Vec::<&str>::new(), "{path}");
    }
}

#[test]
fn the_reference_has_every_key_that_is_read_and_no_other() {
    for level in crate::reference().levels {
        for key in level.keys {
            assert!(key.meaning.ends_with('.'), "{}", key.key);
            assert!(!key.value.is_empty());
        }
    }
    assert_eq!(crate::reference().levels.iter().map(|level| level.keys.len()).sum::<usize>(), 30);
}
