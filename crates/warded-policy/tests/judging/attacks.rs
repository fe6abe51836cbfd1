//! What is sent to get past a rule: numbers that are rounded, names that are nearly the same, values of another type.

use crate::support::{call, denied, policy, tool};
use warded_policy::{Amount, Plan, Policy, Target, Undecided, Work};

/// A rule with one condition.
fn only(action: &str, path: &str, op: &str, value: &str) -> Policy {
    policy(&format!(
        "version: \"1\"\ntools:\n  t:\n    rules: [{{name: r, action: {action}, conditions: [{{path: '{path}', op: {op}, value: {value}}}]}}]\n"
    ))
}

#[test]
fn a_number_that_becomes_another_where_it_is_read_passes_as_neither() {
    for (op, value, sent) in [
        ("neq", "5", "5"),
        ("neq", "5", "5.00000000000000000001"),
        ("neq", "5", "4.99999999999999999999"),
        ("neq", "'5'", "5.00000000000000000001"),
        ("neq", "[5]", "[5.00000000000000000001]"),
        ("neq", "{a: 5}", "{\"a\": 5.00000000000000000001}"),
        ("not_in", "[0, 7]", "1e-400"),
        ("not_in", "[0, 7]", "-1e-400"),
        ("not_in", "['0', 7]", "1e-400"),
        ("not_in", "[x, '7${auth.claims.none}']", "7"),
        ("lt", "100", "99.99999999999999999999"),
        ("lte", "100", "100.00000000000000000001"),
        ("gt", "0", "1e-400"),
        ("gte", "9007199254740993", "9007199254740992"),
        ("eq", "5", "5.00000000000000000001"),
        ("neq", "9007199254740992", "9007199254740993"),
        ("neq", "1e400", "1e500"),
    ] {
        let arguments = format!("{{\"n\": {sent}}}");
        let told = denied(&only("evaluate", "args.n", op, value), &tool("t", &arguments));
        assert_eq!(told.as_deref(), Some("Denied by rule \"r\""), "{op} {value}: {sent}");
    }
    for (op, value, sent) in [
        ("neq", "5", "5.1"),
        ("neq", "'5'", "5.1"),
        ("lte", "100", "1e2"),
        ("lt", "9007199254740993", "9007199254740990"),
        ("eq", "9007199254740993", "9007199254740993"),
        ("eq", "0.1", "0.10"),
        ("eq", "[0.1, 5]", "[1e-1, 5.0]"),
        ("not_in", "[0, 7]", "1e-300"),
        ("in", "[123456789012345678901, 7]", "123456789012345678901"),
    ] {
        let arguments = format!("{{\"n\": {sent}}}");
        assert_eq!(
            denied(&only("evaluate", "args.n", op, value), &tool("t", &arguments)),
            None,
            "{op} {value}: {sent}"
        );
    }
}

#[test]
fn a_number_that_becomes_another_where_it_is_read_escapes_no_approval() {
    for (op, value, sent) in [
        ("eq", "5", "5.00000000000000000001"),
        ("in", "[5, 6]", "5.00000000000000000001"),
        ("gte", "100", "99.99999999999999999999"),
        ("gt", "100", "100.00000000000000000001"),
        ("contains", "5", "[1, 5.00000000000000000001]"),
        ("not_in", "[5]", "5.00000000000000000001"),
    ] {
        let arguments = format!("{{\"n\": {sent}}}");
        let told = denied(&only("require_approval", "args.n", op, value), &tool("t", &arguments));
        assert_eq!(told.as_deref(), Some("held: Approval required by rule \"r\""), "{op} {value}: {sent}");
    }
}

#[test]
fn a_value_of_another_type_escapes_no_approval() {
    for (op, value, sent) in [
        ("eq", "true", "1"),
        ("eq", "true", "\"yes\""),
        ("eq", "true", "[\"true\"]"),
        ("eq", "true", "null"),
        ("eq", "5", "\"5.0\""),
        ("eq", "[1]", "[true]"),
        ("eq", "{a: 1}", "{\"a\": 2}"),
        ("in", "[prod, live]", "[\"prod\"]"),
        ("in", "[prod, 5]", "\"5.0\""),
        ("in", "[1, 2]", "\"1.0\""),
        ("contains", "admin", "[[\"admin\"]]"),
        ("contains", "1", "[true]"),
    ] {
        let arguments = format!("{{\"x\": {sent}}}");
        let told = denied(&only("require_approval", "args.x", op, value), &tool("t", &arguments));
        assert_eq!(told.as_deref(), Some("held: Approval required by rule \"r\""), "{op} {value}: {sent}");
    }
    for (op, value, sent) in [
        ("eq", "true", "false"),
        ("eq", "5", "6"),
        ("eq", "prod", "\"test\""),
        ("in", "[prod, live]", "\"test\""),
        ("in", "[1, 2]", "3"),
        ("in", "[]", "3"),
        ("contains", "admin", "[\"user\", \"guest\"]"),
        ("contains", "admin", "[]"),
        ("contains", "admin", "\"user\""),
        ("neq", "prod", "\"prod\""),
        ("not_in", "[prod, live]", "\"live\""),
    ] {
        let arguments = format!("{{\"x\": {sent}}}");
        let told = denied(&only("require_approval", "args.x", op, value), &tool("t", &arguments));
        assert_eq!(told, None, "{op} {value}: {sent}");
    }
}

#[test]
fn a_name_that_some_reader_takes_for_one_that_a_rule_reads_is_not_judged() {
    for (path, sent) in [
        ("args.amount", r#"{"amount": 1, "Amount": 1000}"#),
        ("args.amount", r#"{"AMOUNT": 1000}"#),
        ("args.amount", r#"{"\u0041mount": 1000}"#),
        ("args.amount", r#"{"amount\u0000": 1000}"#),
        ("args.kind", r#"{"\u212aind": 1}"#),
        ("args.list", r#"{"l\u0130\u017ft": 1}"#),
        ("args.order.amount", r#"{"order": {"amount": 1, "Amount": 1000}}"#),
        ("args.order.amount", r#"{"Order": {"amount": 1000}}"#),
        ("args.list[0].amount", r#"{"list": [{"Amount": 1000}]}"#),
        ("args.amount", r#"{"__proto__": {"amount": 1000}}"#),
        ("args.Stra\u{df}e", "{\"stra\u{df}e\": 1}"),
    ] {
        let policy = only("evaluate", path, "exists", "false");
        let undecided = policy.plan(&tool("t", sent)).err();
        assert_eq!(undecided, Some(Undecided::NotJson), "{path} {sent}");
    }
    let policy = policy(
        "version: \"1\"\ntools:\n  t:\n    rules: [{name: r, conditions: [{path: args.a, op: eq, value: 1}, {path: args.A, op: eq, value: 2}]}]\n",
    );
    assert_eq!(denied(&policy, &tool("t", r#"{"a": 1, "A": 2, "b": 1, "B": 2}"#)), None, "each is judged");
}

#[test]
fn two_sections_that_name_an_argument_in_two_ways_judge_no_call_that_has_one_of_them_only() {
    let policy = policy(
        "version: \"1\"\ntools:\n  t:\n    rules: [{name: a, conditions: [{path: args.amount, op: lt, value: 5}]}]\n  \"*\":\n    rules: [{name: b, conditions: [{path: args.Amount, op: exists, value: true}]}]\n",
    );
    assert_eq!(policy.plan(&tool("t", r#"{"amount": 1, "Amount": 1000}"#)).err(), Some(Undecided::NotJson));
}

#[test]
fn claims_are_the_issuers_and_may_have_names_that_are_alike() {
    let policy = only("evaluate", "auth.claims.role", "eq", "user");
    let mut call = tool("t", "{}");
    call.auth.claims = Some(r#"{"role": "user", "Role": "x"}"#);
    assert_eq!(denied(&policy, &call), None);
}

/// As the guard spells them: what was sent, and without what stands behind its `?`.
#[test]
fn a_query_makes_no_listed_resource_of_one_that_is_not() {
    let policy = policy(
        "version: \"1\"\ndefault: deny\nresources:\n  \"file:///docs/*.md\": {rules: []}\n  \"note://one?part=1\": {rules: []}\n  \"note://all/*\": {rules: []}\n",
    );
    for (spellings, is_listed) in [
        (&["file:///docs/a.md"][..], true),
        (
            &["file:///docs/a.md?x.md", "file:///docs/a.md", "file:///docs/a.md/", "file:///docs/a.md/?x.md"],
            true,
        ),
        (&["file:///docs/a.md?x", "file:///docs/a.md"], false),
        (&["file:///docs/secret.key"], false),
        (&["file:///docs/secret.key?.md", "file:///docs/secret.key", "file:///docs/secret.key/"], false),
        (&["file:///docs/secret.key?a=b.md?.md", "file:///docs/secret.key"], false),
        (&["note://one?part=1", "note://one"], true),
        (&["note://one?part=2", "note://one"], false),
        (&["note://all/x?y", "note://all/x"], true),
        (&["note://all?/x", "note://all"], false),
    ] {
        let told = denied(&policy, &call(Target::Resource(spellings), "{}"));
        assert_eq!(told.is_none(), is_listed, "{spellings:?}: {told:?}");
    }
}

#[test]
fn a_regular_expression_is_asked_of_no_more_text_than_it_can_be_asked_of_in_no_time() {
    let policy = only("evaluate", "args.x", "regex", "'a[a-z]{15,20}[0-9]'");
    let sent = |length: usize| {
        let text: String = (0..length).map(|at| if (at * at / 7) % 3 == 0 { 'a' } else { 'b' }).collect();
        format!("{{\"x\": \"{text}\"}}")
    };
    assert_eq!(policy.plan(&tool("t", &sent(1 << 22))).err(), Some(Undecided::TooManySteps));
    assert_eq!(policy.plan(&tool("t", &sent(1 << 17))).err(), Some(Undecided::TooManySteps));
    assert!(policy.plan(&tool("t", &sent(1 << 12))).is_ok());
}

#[test]
fn whoever_asks_many_things_at_once_has_no_more_work_done_than_whoever_asks_one() {
    for rule in ["", "\n      - { name: few, rate_limit: 100000/hour }"] {
        let policy = policy(&format!(
            "version: \"1\"\ntools:\n  t:\n    rules:\n      - {{ name: r, conditions: [{{ path: args.x, op: neq, value: a }}] }}{rule}\n"
        ));
        let sent = format!("{{\"x\": \"{}\"}}", "b".repeat(1 << 20));
        let call = tool("t", &sent);
        let mut left = Work::default();
        let mut asks = || match policy.plan_within(&call, &mut left)? {
            Plan::Decided(decision) => Ok(decision),
            Plan::Asks(ask) => ask.decide_within(&[Amount::default()], &mut left),
        };
        let decided = (0..1000).map_while(|_| asks().ok()).count();
        assert!((1..200).contains(&decided), "{decided}");
        assert_eq!(asks().err(), Some(Undecided::TooManySteps));
        assert!(policy.plan(&call).is_ok());
    }
}

#[test]
fn what_only_looks_makes_no_call_impossible() {
    let long = format!("{{\"x\": \"{}\"}}", "a".repeat(2 << 20));
    let alike = r#"{"x": "a", "X": "b"}"#.to_owned();
    let rule =
        "rules: [{name: r, SHADOW conditions: [{path: args.x, op: regex, value: '^(a|b)*a(a|b){12}$'}]}]";
    for (head, shadow) in [("", "shadow: true,"), ("shadow: true\n", "")] {
        let rule = rule.replace("SHADOW", shadow);
        let policy = policy(&format!("version: \"1\"\n{head}tools:\n  t: {{{rule}}}\n"));
        for (arguments, told) in [(&long, "takes more than"), (&alike, "cannot read")] {
            let warded_policy::Plan::Decided(decision) = policy.plan(&tool("t", arguments)).unwrap() else {
                panic!("nothing is counted")
            };
            assert_eq!(decision.verdict, warded_policy::Verdict::Allow(vec![]));
            let messages: Vec<_> = decision.shadowed.iter().map(|denial| &*denial.message).collect();
            assert!(matches!(&messages[..], [message] if message.contains(told)), "{messages:?}");
        }
    }
}

/// `state["resource:x"].c` is either's.
#[test]
fn a_tool_that_is_called_like_a_resource_has_no_counter_that_is_taken_for_the_resources() {
    let counts = |name: &str, of: &str| {
        format!(
            "  \"{name}\":\n    rules: [{{name: r, conditions: [{{path: 'state[\"{of}\"].c', op: lte, value: 5}}], state: {{counter: c, window: day}}}}]\n"
        )
    };
    let yaml = format!(
        "version: \"1\"\ntools:\n{}resources:\n{}",
        counts("resource:note://x", "resource:note://x"),
        counts("note://x", "resource:note://x"),
    );
    let document = crate::support::document(&yaml);
    let part = warded_policy::Part { document: &document, place: warded_policy::Place::Shared, file: "p" };
    assert_eq!(Policy::of(&[part]).unwrap_err().finding.code, "policy-counter-twice");
}
