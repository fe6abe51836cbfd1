//! Every construct of the format, and what it is read as.

use std::time::Duration;

use super::*;
use crate::{Action, Decimal, Hidden, Name, Op, Path, Scope, State, Unit, Unlisted, Window};

const WHOLE: &str = r#"version: "1"
description: "What a team may do"
default: deny
hide:
  - delete_repository
  - admin.reset
tools:
  create_issue:
    rules:
      - name: only our repositories
        action: evaluate
        conditions:
          - path: args.owner
            op: in
            value: [acme, "acme-labs"]
          - path: args.title.length
            op: lte
            value: 120
        on_deny: Only our own repositories
      - name: hourly
        rate_limit: 20/hour
  charge:
    rules:
      - name: budget
        conditions:
          - path: state.charge.spent
            op: lte
            value: 500
        state:
          counter: spent
          window: day
          increment_from: args.amount
      - name: never at night
        action: deny
  read_file: {}
  "*":
    rules:
      - name: all together
        conditions:
          - path: state._global.calls
            op: lt
            value: 100
        state:
          counter: calls
          window: minute
          increment: 2
"#;

#[test]
fn a_file_with_every_construct_of_intercept_is_read_as_it_stands() {
    let read = read(WHOLE, Reading::Strict);
    assert_eq!(read.findings, []);
    let document = read.document.unwrap();
    assert_eq!(document.description.as_deref(), Some("What a team may do"));
    assert_eq!(document.default, Unlisted::Deny);
    let exactly = |name: &str| Name::Exactly(name.into());
    assert_eq!(document.hide, Hidden::Named(vec![exactly("delete_repository"), exactly("admin.reset")]));
    assert!(!document.shadow && document.resources.is_empty() && document.prompts.is_empty());
    let names: Vec<_> = document.tools.iter().map(|section| section.name.clone()).collect();
    assert_eq!(names, [exactly("create_issue"), exactly("charge"), exactly("read_file"), Name::Every]);
    let lines: Vec<_> = document
        .tools
        .iter()
        .flat_map(|section| &section.rules)
        .map(|rule| (&*rule.name, rule.line))
        .collect();
    assert_eq!(
        lines,
        [
            ("only our repositories", 10),
            ("hourly", 20),
            ("budget", 24),
            ("never at night", 33),
            ("all together", 38)
        ]
    );
}

/// The text of the file at a place.
fn at(span: &std::ops::Range<usize>) -> &'static str {
    WHOLE.get(span.clone()).unwrap()
}

#[test]
fn conditions_keep_their_order_their_values_and_their_places() {
    let document = document(WHOLE);
    let rule = &document.tools[0].rules[0];
    assert_eq!(rule.action, Action::Evaluate);
    assert_eq!(rule.on_deny.as_deref(), Some("Only our own repositories"));
    let [owner, title] = &*rule.conditions else { panic!("{rule:?}") };
    assert_eq!(owner.path, Path::parse("args.owner").unwrap());
    assert_eq!(owner.op, Op::In);
    assert_eq!(owner.value, Operand::Literal(Value::List(vec![text("acme"), text("acme-labs")])));
    assert_eq!(owner.line, 13);
    assert_eq!(title.value, Operand::Literal(number("120")));
    assert!(at(&title.span).starts_with("path: args.title.length"));
    assert!(at(&title.span).ends_with("value: 120"));
    assert!(at(&document.tools[0].span).starts_with("create_issue"));
    assert!(at(&rule.span).starts_with("name: only our repositories"));
    assert!(at(&rule.span).ends_with("on_deny: Only our own repositories"));
}

#[test]
fn state_says_what_is_counted_for_how_long_and_how_much() {
    let document = document(WHOLE);
    let budget = &document.tools[1].rules[0];
    let day = Window { unit: Unit::Day, sliding: false };
    assert_eq!(
        budget.state,
        Some(State {
            counter: "spent".into(),
            window: day,
            increment: Decimal::parse("1").unwrap(),
            increment_from: Some(Path::parse("args.amount").unwrap()),
            per: vec![],
        })
    );
    let spent = Scope::State { of: Name::Exactly("charge".into()), counter: "spent".into() };
    assert_eq!(budget.conditions[0].path.scope, spent);
    let all = &document.tools[3].rules[0];
    assert_eq!(all.state.as_ref().map(|state| state.increment.clone()), Decimal::parse("2"));
    assert_eq!(all.conditions[0].path.scope, Scope::State { of: Name::Every, counter: "calls".into() });
}

#[test]
fn a_rate_limit_is_a_counter_a_condition_and_a_message() {
    for (limit, count, unit, name) in [
        ("20/hour", "20", Unit::Hour, "hour"),
        ("+5/minute", "5", Unit::Minute, "minute"),
        ("007/day", "7", Unit::Day, "day"),
        ("\"60/minute\"", "60", Unit::Minute, "minute"),
    ] {
        let rule = rule(&with_rule(&format!("{{ name: r, rate_limit: {limit} }}")));
        let counter: Box<str> = format!("_rate_{name}").into();
        assert_eq!(rule.action, Action::Evaluate);
        let [condition] = &*rule.conditions else { panic!("{rule:?}") };
        assert_eq!(&*condition.path.text, format!("state.t.{counter}"));
        assert_eq!(
            condition.path.scope,
            Scope::State { of: Name::Exactly("t".into()), counter: counter.clone() }
        );
        assert_eq!(condition.op, Op::Lte);
        assert_eq!(condition.value, Operand::Literal(number(count)));
        let window = Window { unit, sliding: false };
        let increment = Decimal::parse("1").unwrap();
        assert_eq!(rule.state, Some(State { counter, window, increment, increment_from: None, per: vec![] }));
        let message = format!("Rate limit of {count} per {name} reached. Try again later.");
        assert_eq!(rule.on_deny.as_deref(), Some(&*message));
    }
}

#[test]
fn a_rate_limit_keeps_its_own_message_and_stands_at_every_kind_of_name() {
    let told = rule(&with_rule("{ name: r, action: evaluate, rate_limit: 5/day, on_deny: Enough }"));
    assert_eq!(told.on_deny.as_deref(), Some("Enough"));
    let everywhere = "version: 1\ntools:\n  \"*\": { rules: [{ name: a, rate_limit: 5/day }] }\n  a.b: { rules: [{ name: b, rate_limit: 5/day }] }\n";
    let document = document(everywhere);
    let scopes: Vec<_> =
        document.tools.iter().map(|section| section.rules[0].conditions[0].path.scope.clone()).collect();
    let counter: Box<str> = "_rate_day".into();
    assert_eq!(
        scopes,
        [
            Scope::State { of: Name::Every, counter: counter.clone() },
            Scope::State { of: Name::Exactly("a.b".into()), counter },
        ]
    );
    assert_eq!(&*document.tools[0].rules[0].conditions[0].path.text, "state._global._rate_day");
    assert_eq!(read(everywhere, Reading::Strict).findings, []);
}

#[test]
fn everything_but_the_version_may_be_left_out() {
    for source in [
        "version: \"1\"\n",
        "version: 1",
        "{version: \"1\", tools: }",
        "version: \"1\"\ntools: {}\nhide: []\n",
    ] {
        let read = read(source, Reading::Strict);
        assert_eq!(read.findings, [], "{source}");
        let document = read.document.unwrap();
        assert_eq!(document.default, Unlisted::Allow);
        assert_eq!(document.hide, Hidden::Named(vec![]));
        assert!(document.tools.is_empty() && document.description.is_none());
    }
    for default in ["\"\"", "allow", "null", "~", ""] {
        assert_eq!(document(&format!("version: 1\ndefault: {default}\n")).default, Unlisted::Allow);
    }
}

#[test]
fn a_star_in_hide_is_every_tool() {
    assert_eq!(document("version: 1\nhide: [\"*\"]\n").hide, Hidden::All);
    assert_eq!(document("version: 1\nhide: [a, \"*\"]\n").hide, Hidden::All);
}

#[test]
fn a_tool_without_rules_is_listed() {
    for tool in ["a:", "a: {}", "a: { rules: }", "a: { rules: [] }", "a: ~"] {
        let document = document(&format!("version: 1\ndefault: deny\ntools:\n  {tool}\n"));
        assert_eq!(document.tools.len(), 1, "{tool}");
        assert!(document.tools[0].rules.is_empty());
    }
}

#[test]
fn every_operator_is_read_with_its_value() {
    for operator in reference_operators() {
        let value = match operator {
            Op::In | Op::NotIn => "[1]",
            Op::Lt | Op::Lte | Op::Gt | Op::Gte => "1",
            Op::Exists => "true",
            _ => "x",
        };
        let source = with_condition(&format!("{{ path: args.a, op: {}, value: {value} }}", operator.text()));
        assert_eq!(codes(&source), Vec::<&str>::new(), "{source}");
        assert_eq!(condition(&source).op, operator);
    }
}

fn reference_operators() -> Vec<Op> {
    let operators: Vec<_> = crate::reference().operators.iter().map(|operator| operator.op).collect();
    assert_eq!(operators.len(), 11);
    operators
}

#[test]
fn values_are_what_they_are_in_yaml() {
    assert_eq!(value("null"), Value::Null);
    assert_eq!(value("~"), Value::Null);
    assert_eq!(value("\"null\""), text("null"));
    assert_eq!(value("true"), Value::Bool(true));
    assert_eq!(value("9007199254740993"), number("9007199254740993"));
    assert_eq!(value("0.10"), number("0.1"));
    assert_eq!(value("1e999999999"), number("1e999999999"));
    assert_eq!(value("\"5\""), text("5"));
    assert_eq!(value("[1, [a, null], {b: 2}]"), {
        let map = Value::Map([("b".into(), number("2"))].into());
        Value::List(vec![number("1"), Value::List(vec![text("a"), Value::Null]), map])
    });
    let block = "version: 1\ntools:\n  t:\n    rules:\n      - name: r\n        conditions:\n          - path: args.a\n            op: eq\n            value: |\n              a\n              b\n";
    assert_eq!(condition(block).value, Operand::Literal(text("a\nb\n")));
}

#[test]
fn a_rule_that_asks_for_approval_holds_where_its_conditions_hold() {
    for (rule_text, timeout) in [
        ("{ name: r, action: require_approval }", 600),
        ("{ name: r, action: require_approval, approval_timeout: 30m }", 1_800),
        ("{ name: r, action: require_approval, approval_timeout: 1h30m }", 5_400),
        ("{ name: r, action: require_approval, conditions: [{ path: args.a, op: gt, value: 5 }] }", 600),
    ] {
        let source = with_rule(rule_text);
        let expected = Action::RequireApproval { timeout: Duration::from_secs(timeout) };
        assert_eq!(rule(&source).action, expected);
        assert_eq!(found(&source, Reading::Strict), [("policy-provisional", Severity::Note)]);
    }
}

#[test]
fn a_rule_without_a_name_is_called_by_its_place() {
    let source = "version: 1\ntools:\n  t:\n    rules:\n      - rate_limit: 60/minute\n      - action: deny\n  \"*\":\n    rules:\n      - name: \"\"\n        rate_limit: 1/day\n";
    let document = document(source);
    let names: Vec<_> =
        document.tools.iter().flat_map(|section| &section.rules).map(|rule| &*rule.name).collect();
    assert_eq!(names, ["rule 1 of t", "rule 2 of t", "rule 1 of *"]);
    assert_eq!(found(source, Reading::Strict), [("policy-nameless", Severity::Warning); 3]);
}
