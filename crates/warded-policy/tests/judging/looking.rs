//! What only looks, what asks for approval, and what is told of how a decision came about.

use crate::support::{Counters, denied, of, policy, tool};
use warded_policy::{Amount, Answer, Decision, Hold, Outcome, Place, Plan, Policy, Undecided, Verdict};

fn decide(yaml: &str, arguments: &str) -> Decision {
    let policy = policy(yaml);
    Counters::default().decide(&policy, &tool("t", arguments))
}

fn told(decision: &Decision) -> Vec<&str> {
    decision.shadowed.iter().map(|denial| &*denial.message).collect()
}

#[test]
fn a_rule_that_only_looks_refuses_nothing_and_says_what_it_would_refuse() {
    let yaml = "version: \"1\"\ntools:\n  t:\n    rules:\n      - {name: a, action: deny, shadow: true, on_deny: first}\n      - {name: b, conditions: [{path: args.x, op: eq, value: 1}], on_deny: second}\n      - {name: c, action: require_approval, shadow: true, on_deny: third}\n";
    let decision = decide(yaml, r#"{"x":1}"#);
    assert_eq!((told(&decision), &decision.verdict), (vec!["first", "third"], &Verdict::Allow(vec![])));
    let decision = decide(yaml, "{}");
    assert!(matches!(&decision.verdict, Verdict::Deny(denial) if &*denial.message == "second"));
    assert_eq!(told(&decision), ["first"]);
}

#[test]
fn a_file_that_only_looks_hides_and_denies_nothing_and_is_left_at_the_first_denial() {
    let shadow = "version: \"1\"\nshadow: true\ndefault: deny\nhide: [secret]\ntools:\n  t: {rules: [{name: a, action: deny, on_deny: a}, {name: b, action: deny, on_deny: b}]}\n";
    let own = "version: \"1\"\ntools:\n  t: {rules: [{name: c, conditions: [{path: args.x, op: eq, value: 1}], on_deny: c}]}\n";
    let policy = of(&[(Place::Shared, shadow), (Place::Server("notes".into()), own)]);
    assert!(!policy.hides("secret"));
    let none = Counters::default();
    assert_eq!(told(&none.decide(&policy, &tool("t", r#"{"x":1}"#))), ["a"]);
    assert_eq!(told(&none.decide(&policy, &tool("secret", "{}"))), ["Tool \"secret\" is hidden by policy"]);
    assert_eq!(told(&none.decide(&policy, &tool("u", "{}"))), ["Tool \"u\" is not permitted by policy"]);
    assert_eq!(denied(&policy, &tool("t", "{}")).as_deref(), Some("c"));
}

#[test]
fn what_only_looks_counts_and_refuses_no_taking() {
    let yaml = "version: \"1\"\ntools:\n  t: {rules: [{name: a, rate_limit: 1/minute, shadow: true}, {name: b, rate_limit: 9/hour}]}\n";
    let policy = policy(yaml);
    let Verdict::Allow(takings) = Counters::default().decide(&policy, &tool("t", "{}")).verdict else {
        panic!("it may be made")
    };
    assert_eq!(takings.iter().map(|taking| taking.shadow).collect::<Vec<_>>(), [true, false]);
    let mut counters = Counters::default();
    for _ in 0..9 {
        counters.make(&policy, &tool("t", "{}")).unwrap();
    }
    assert_eq!(told(&counters.decide(&policy, &tool("t", "{}"))).len(), 1);
    assert!(counters.make(&policy, &tool("t", "{}")).is_err());
}

/// What is taken for a call, as the name of the counter and whether it only counts.
fn taken(policy: &Policy, counters: &Counters, arguments: &str) -> Vec<(String, bool)> {
    match counters.decide(policy, &tool("t", arguments)).verdict {
        Verdict::Allow(takings) => {
            takings.iter().map(|taking| (taking.key.counter.to_string(), taking.shadow)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_only_looks_only_counts_and_counts_nothing_that_it_would_deny() {
    let yaml = "version: \"1\"\nshadow: true\ntools:\n  t:\n    rules:\n      - {name: a, rate_limit: 5/minute}\n      - {name: b, conditions: [{path: state.t.sum, op: lte, value: 9}], state: {counter: sum, window: day, increment_from: args.n}}\n";
    let policy = policy(yaml);
    let none = Counters::default();
    let both = [("_rate_minute".to_owned(), true), ("sum".to_owned(), true)];
    assert_eq!(taken(&policy, &none, r#"{"n": 1}"#), both);
    assert_eq!(taken(&policy, &none, "{}"), []);
    assert_eq!(told(&none.decide(&policy, &tool("t", "{}"))), ["Internal policy error"]);
}

#[test]
fn a_rule_that_only_looks_counts_no_call_that_it_would_deny() {
    let yaml = "version: \"1\"\ntools:\n  t: {rules: [{name: a, rate_limit: 1/minute, shadow: true}]}\n";
    let policy = policy(yaml);
    let mut counters = Counters::default();
    counters.make(&policy, &tool("t", "{}")).unwrap();
    counters.make(&policy, &tool("t", "{}")).unwrap();
    assert_eq!(taken(&policy, &counters, "{}"), []);
}

fn hold(yaml: &str, arguments: &str) -> Option<Hold> {
    match decide(yaml, arguments).verdict {
        Verdict::Hold(hold, _) => Some(hold),
        _ => None,
    }
}

const APPROVE: &str = r#"version: "1"
tools:
  t:
    rules:
      - name: large
        action: require_approval
        approval_timeout: 30m
        conditions: [{path: args.amount, op: gt, value: 100}]
"#;

#[test]
fn a_call_that_matches_is_held_and_one_that_cannot_be_compared_is_held_too() {
    for (arguments, is_held) in [
        (r#"{"amount": 101}"#, true),
        (r#"{"amount": 100}"#, false),
        (r#"{"amount": -1}"#, false),
        // Otherwise whoever writes a number as a text needs nobody's approval.
        (r#"{"amount": "101"}"#, true),
        (r#"{"amount": null}"#, true),
        ("{}", true),
    ] {
        assert_eq!(hold(APPROVE, arguments).is_some(), is_held, "{arguments}");
    }
    let held = hold(APPROVE, r#"{"amount": 101}"#).unwrap();
    assert_eq!(held.timeout.as_secs(), 1800);
    assert_eq!((&*held.denial.rule, &*held.denial.message), ("large", "Approval required by rule \"large\""));
}

#[test]
fn what_is_denied_is_not_held() {
    let yaml = format!("{APPROVE}      - {{name: no, action: deny}}\n");
    assert!(matches!(decide(&yaml, "{}").verdict, Verdict::Deny(_)));
}

#[test]
fn an_approval_is_good_for_the_rule_that_asked_and_for_where_it_stands_no_matter() {
    let hash = |yaml: &str| hold(yaml, "{}").unwrap().hash;
    let same = [
        "# first\n".to_owned() + APPROVE,
        APPROVE.replace(
            "    rules:\n",
            "    rules:\n      - {name: x, conditions: [{path: args.z, op: exists, value: false}]}\n",
        ),
    ];
    for yaml in &same {
        assert_eq!(hash(yaml), hash(APPROVE), "{yaml}");
    }
    let shared = of(&[(Place::Shared, APPROVE)]);
    let Verdict::Hold(elsewhere, _) = Counters::default().decide(&shared, &tool("t", "{}")).verdict else {
        panic!("it is held")
    };
    assert_ne!(elsewhere.hash, hash(APPROVE));
    for (from, to) in [
        ("value: 100", "value: 1000"),
        ("op: gt", "op: gte"),
        ("args.amount", "args.sum"),
        ("30m", "31m"),
        ("name: large", "name: other"),
        ("  t:", "  \"*\":"),
    ] {
        assert_ne!(hash(&APPROVE.replace(from, to)), hash(APPROVE), "{to}");
    }
}

#[test]
fn all_rules_that_ask_are_approved_at_once() {
    let both = format!("{APPROVE}      - {{name: also, action: require_approval, approval_timeout: 5m}}\n");
    let (one, two) = (hold(APPROVE, "{}").unwrap(), hold(&both, "{}").unwrap());
    assert_ne!(one.hash, two.hash);
    assert_eq!((two.timeout.as_secs(), &*two.denial.rule), (300, "large"));
    assert_ne!(hold(&both, r#"{"amount": 1}"#).unwrap().hash, two.hash);
}

#[test]
fn a_held_call_says_what_it_takes_once_it_is_made() {
    let yaml = format!("{APPROVE}      - {{name: r, rate_limit: 3/hour}}\n");
    let policy = policy(&yaml);
    let decision = Counters::default().decide(&policy, &tool("t", "{}"));
    assert!(matches!(&decision.verdict, Verdict::Hold(_, takings) if takings.len() == 1), "{decision:?}");
}

const EXPLAINED: &str = r#"version: "1"
tools:
  t:
    rules:
      - name: kind
        conditions:
          - {path: args.kind, op: in, value: [a, b]}
          - {path: args.to, op: regex, value: "@example\\.com$"}
      - name: look
        action: deny
        shadow: true
      - name: often
        rate_limit: 2/minute
      - name: mine
        conditions: [{path: args.owner, op: eq, value: "${auth.sub}"}]
      - name: never reached
        action: deny
"#;

#[test]
fn an_explanation_says_which_line_decided_and_what_each_condition_saw() {
    let policy = policy(EXPLAINED);
    let call = tool("t", r#"{"kind": "b", "to": "x@example.com", "owner": 5}"#);
    let explained = policy.explain(&call, &[Amount::from_millionths(1_000_000)]).unwrap();
    let looked: Vec<_> =
        explained.looked.iter().map(|looked| (&*looked.rule, looked.line, looked.outcome)).collect();
    assert_eq!(
        looked,
        [
            ("kind", 5, Outcome::Passes),
            ("look", 9, Outcome::WouldDeny),
            ("often", 12, Outcome::Passes),
            ("mine", 14, Outcome::Denies),
        ]
    );
    let seen: Vec<_> = explained
        .looked
        .iter()
        .flat_map(|looked| &looked.conditions)
        .map(|seen| (seen.line, &*seen.path, seen.value.as_deref(), seen.wanted.as_deref(), seen.answer))
        .collect();
    assert_eq!(seen.len(), 4);
    assert_eq!(seen[0], (7, "args.kind", Some("\"b\""), Some("[a b]"), Answer::Yes));
    assert_eq!(seen[1], (8, "args.to", Some("\"x@example.com\""), Some(r"@example\.com$"), Answer::Yes));
    assert_eq!((seen[2].2, seen[2].3, seen[2].4), (Some("1"), Some("2"), Answer::Yes));
    assert_eq!(seen[3], (15, "args.owner", Some("5"), Some("\"alice\""), Answer::Incomparable));
    assert_eq!(explained.counters.len(), 1);
    assert!(
        matches!(explained.decision.verdict, Verdict::Deny(denial) if denial.line == 14 && &*denial.file == "first.yaml")
    );
}

#[test]
fn an_explanation_shows_no_more_of_a_value_than_helps() {
    let policy = policy(EXPLAINED);
    let long = format!(r#"{{"kind": "{}"}}"#, "é".repeat(1_000_000));
    let explained = policy.explain(&tool("t", &long), &[]).unwrap();
    let value = explained.looked[0].conditions[0].value.clone().unwrap();
    assert!(value.chars().count() < 210 && value.ends_with("..."), "{value}");
}

#[test]
fn what_cannot_be_judged_is_no_decision() {
    let policy = policy(EXPLAINED);
    for arguments in ["", "{", r#"{"kind": "a", "kind": "b"}"#, r#"{"kind": "\ud800"}"#] {
        assert_eq!(policy.plan(&tool("t", arguments)).err(), Some(Undecided::NotJson), "{arguments}");
    }
    let long = format!(r#"{{"to": "{}", "kind": "a"}}"#, "x".repeat(20_000_000));
    assert_eq!(policy.plan(&tool("t", &long)).err(), Some(Undecided::TooManySteps));
    assert!(policy.plan(&tool("other", &long)).is_ok(), "where no rule looks, nothing is read");
}

#[test]
fn what_only_looks_takes_no_steps_from_what_does_not() {
    let looks = "version: \"1\"\nshadow: true\ntools:\n  t:\n    rules:\n      - {name: a, shadow: true, conditions: [{path: args.to, op: regex, value: x}]}\n      - {name: b, shadow: true, conditions: [{path: args.to, op: regex, value: x}]}\n      - {name: c, conditions: [{path: args.to, op: regex, value: x}]}\n";
    let own = "version: \"1\"\ntools:\n  t: {rules: [{name: d, conditions: [{path: args.kind, op: eq, value: a}]}]}\n";
    let policy = of(&[(Place::Shared, looks), (Place::Server("notes".into()), own)]);
    let long = format!(r#"{{"to": "{}", "kind": "a"}}"#, "x".repeat(10_000_000));
    let decision = Counters::default().decide(&policy, &tool("t", &long));
    assert_eq!(decision.verdict, Verdict::Allow(vec![]));
    assert!(decision.shadowed.iter().any(|denial| &*denial.rule == "(undecided)"), "{decision:?}");
}

const COUNTED: &str = "version: \"1\"\ntools:\n  t:\n    rules:\n      - {name: a, rate_limit: 1/minute, shadow: true}\n      - {name: b, conditions: [{path: args.x, op: eq, value: 1}]}\n";

#[test]
fn what_only_looks_and_cannot_read_its_counters_decides_nothing() {
    let shadowed = |decision: &Decision| {
        decision.shadowed.iter().map(|denial| (denial.rule.to_string(), denial.line)).collect::<Vec<_>>()
    };
    let undecided = |line| vec![("(undecided)".to_owned(), line)];
    let rule = policy(COUNTED);
    let file = policy(&COUNTED.replace(", shadow: true", "").replace("tools:", "shadow: true\ntools:"));
    for (policy, line) in [(&rule, 5), (&file, 0)] {
        let call = tool("t", r#"{"x":1}"#);
        let Ok(Plan::Asks(ask)) = policy.plan(&call) else { panic!("it asks") };
        assert!(!ask.is_needed());
        let decision = ask.decide_unread().unwrap();
        assert_eq!((&decision.verdict, shadowed(&decision)), (&Verdict::Allow(vec![]), undecided(line)));
    }
    let call = tool("t", "{}");
    let Ok(Plan::Asks(ask)) = rule.plan(&call) else { panic!("it asks") };
    assert!(matches!(ask.decide_unread().unwrap().verdict, Verdict::Deny(denial) if &*denial.rule == "b"));
}

#[test]
fn whoever_refuses_by_a_counter_needs_it() {
    let needing = policy(&COUNTED.replace(", shadow: true", ""));
    let both = COUNTED.replace(
        "      - {name: b",
        "      - {name: c, conditions: [{path: state.t._rate_minute, op: lt, value: 9}]}\n      - {name: b",
    );
    for policy in [needing, policy(&both)] {
        let call = tool("t", r#"{"x":1}"#);
        let Ok(Plan::Asks(ask)) = policy.plan(&call) else { panic!("it asks") };
        assert!(ask.is_needed());
        assert_eq!(ask.decide_unread(), Err(Undecided::CountersMissing));
    }
}

#[test]
fn a_policy_knows_whether_it_refuses_anything() {
    let looks = |yaml: &str| policy(&format!("version: \"1\"\n{yaml}")).only_looks();
    assert!(
        looks("")
            && looks(
                "shadow: true\ndefault: deny\nhide: [x]\ntools: {t: {rules: [{name: a, action: deny}]}}\n"
            )
    );
    assert!(looks("tools: {t: {rules: [{name: a, action: deny, shadow: true}]}}\n"));
    for refusing in ["default: deny\n", "hide: [x]\n", "prompts: {t: {rules: [{name: a, action: deny}]}}\n"] {
        assert!(!looks(refusing), "{refusing}");
    }
}
