//! Whatever the policy and whatever the call: no panic, no more steps than were promised, and no other tool's rules.

use proptest::prelude::*;

use crate::support::{AUTH, Counters, denied, policy, tool};
use warded_policy::{Amount, Auth, Call, Document, MAX_STEPS, Part, Place, Plan, Policy, Reading, Verdict};

/// A condition that the reader takes.
fn condition() -> impl Strategy<Value = String> {
    let path = prop::sample::select(
        &[
            "args.a",
            "args.b",
            "args.a.b",
            "args.list",
            "args.list[0]",
            "args.list[-1].a",
            "auth.claims.a",
            "auth.sub",
            "auth.scopes",
            "server.name",
            "time.hour",
            "request.method",
        ][..],
    );
    let scalar = || {
        prop::sample::select(
            &[
                "1",
                "1.5",
                "-0.0",
                "1e300",
                "9007199254740993",
                "abc",
                "'1'",
                "true",
                "null",
                "[1, 2]",
                "{a: 1}",
                "''",
                "é",
            ][..],
        )
    };
    let read =
        || prop::sample::select(&["'${args.b}'", "'${auth.claims.a}'", "'x-${auth.sub}-${args.a}'"][..]);
    let list = || {
        prop::sample::select(
            &["[1, abc]", "[]", "[[1], {a: 1}, null]", "['${args.b}', 1]", "'${args.list}'"][..],
        )
    };
    let number = || prop::sample::select(&["0", "1", "-1.5", "1e400", "'${args.b}'"][..]);
    let pattern = || prop::sample::select(&["'^a+$'", "'(a|b)*c'", "''", "'\\\\pL{3}'", "'[a&&b]'"][..]);
    let comparison = prop_oneof![
        (prop::sample::select(&["eq", "neq", "contains"][..]), prop_oneof![4 => scalar(), 1 => read()]),
        (prop::sample::select(&["in", "not_in"][..]), list()),
        (prop::sample::select(&["lt", "lte", "gt", "gte"][..]), number()),
        (Just("regex"), pattern()),
        (Just("exists"), prop::sample::select(&["true", "false"][..])),
    ];
    (path, comparison).prop_map(|(path, (op, value))| format!("{{path: '{path}', op: {op}, value: {value}}}"))
}

fn rule() -> impl Strategy<Value = String> {
    let conditions = || prop::collection::vec(condition(), 1..4).prop_map(|all| all.join(", "));
    let shadow = prop::sample::select(&["", ", shadow: true"][..]);
    let says = prop_oneof![
        6 => conditions().prop_map(|all| format!("conditions: [{all}]")),
        1 => Just("action: deny".to_owned()),
        2 => conditions().prop_map(|all| format!("action: require_approval, conditions: [{all}]")),
        1 => (1u32..5).prop_map(|limit| format!("rate_limit: {limit}/minute")),
    ];
    (says, shadow).prop_map(|(says, shadow)| format!("{says}{shadow}"))
}

/// A policy, as a text.
fn written() -> impl Strategy<Value = String> {
    let names = prop::sample::subsequence(vec!["t", "u", "v", "t*", "*t", "*"], 0..=6);
    let sections = names.prop_flat_map(|names| {
        names
            .into_iter()
            .map(|name| {
                // One counter of a name is enough.
                prop::collection::vec(rule(), 0..4).prop_map(move |mut rules| {
                    let mut limits = 0;
                    rules.retain(|rule| {
                        limits += usize::from(rule.starts_with("rate_limit"));
                        !rule.starts_with("rate_limit") || limits == 1
                    });
                    let rules: Vec<_> = rules
                        .iter()
                        .enumerate()
                        .map(|(at, rule)| format!("{{name: r{at}, {rule}}}"))
                        .collect();
                    format!("  \"{name}\":\n    rules: [{}]\n", rules.join(",\n      "))
                })
            })
            .collect::<Vec<_>>()
    });
    let default = prop::sample::select(&["allow", "deny"][..]);
    let hide = prop::sample::select(&["[]", "[u]", "['*t']"][..]);
    (sections, default, hide).prop_map(|(sections, default, hide)| {
        format!("version: \"1\"\ndefault: {default}\nhide: {hide}\ntools:\n{}", sections.concat())
            .replace("tools:\n\n", "")
    })
}

/// Some JSON.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(
            &[
                "null",
                "true",
                "0",
                "-0",
                "1",
                "1.5",
                "1e300",
                "1e999999999",
                "9007199254740993",
                "\"\"",
                "\"abc\"",
                "\"é\\u0041\""
            ][..]
        )
        .prop_map(str::to_owned),
        "[a-c]{0,200}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(|items| format!("[{}]", items.join(", "))),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{{\"a\": {a}, \"b\": {b}}}")),
        ]
    })
}

fn arguments() -> impl Strategy<Value = String> {
    (value(), value(), value())
        .prop_map(|(a, b, list)| format!("{{\"a\": {a}, \"b\": {b}, \"list\": {list}}}"))
}

fn made(document: &Document) -> Policy {
    let part = Part { document, place: Place::Server("notes".into()), file: "p" };
    Policy::of(&[part]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_policy_and_call_take_more_steps_than_were_promised(
        written in written(), arguments in arguments(), claims in value(), name in "[tuv]{1,3}", counted in 0i64..5_000_000,
    ) {
        let read = warded_policy::read(&written, Reading::Strict);
        prop_assert!(read.document.is_some(), "{}\n{:#?}", written, read.findings);
        let policy = made(&read.document.unwrap());
        let claims = format!("{{\"a\": {claims}}}");
        let call = Call { auth: Auth { claims: Some(&claims), ..AUTH }, ..tool(&name, &arguments) };
        let bytes = arguments.len() + claims.len() + name.len() + 200;
        let values = [Amount::from_millionths(counted); 16];
        let explained = policy.explain(&call, &values);
        let decided = match policy.plan(&call) {
            Ok(Plan::Decided(decision)) => Ok(decision),
            Ok(Plan::Asks(ask)) => ask.decide(&values[..ask.counters().len()]),
            Err(undecided) => Err(undecided),
        };
        match (explained, decided) {
            (Ok(explained), Ok(decided)) => {
                prop_assert!(explained.steps <= policy.most_steps(bytes), "{} {}", explained.steps, policy.most_steps(bytes));
                prop_assert!(policy.most_steps(bytes) <= 2 * MAX_STEPS);
                prop_assert_eq!(explained.decision, decided);
            }
            (explained, decided) => prop_assert_eq!(explained.err(), decided.err()),
        }
    }

    #[test]
    fn rules_of_other_tools_change_nothing_and_cost_nothing(
        written in written(), arguments in arguments(), turn in 0usize..6,
    ) {
        let document = warded_policy::read(&written, Reading::Strict).document.unwrap();
        let call = tool("t", &arguments);
        let expected = made(&document).explain(&call, &[]);
        let is_other = |name: &str| matches!(name, "u" | "v");
        let mut without = document.clone();
        without.tools.retain(|section| !is_other(section.name.text()));
        prop_assert_eq!(&made(&without).explain(&call, &[]), &expected);
        let mut turned = document.clone();
        let (mut others, mut rest): (Vec<_>, Vec<_>) =
            turned.tools.drain(..).partition(|section| is_other(section.name.text()));
        others.reverse();
        rest.splice(turn.min(rest.len())..turn.min(rest.len()), others);
        turned.tools = rest;
        prop_assert_eq!(&made(&turned).explain(&call, &[]), &expected);
    }

    /// What a policy refuses with a rule less, it refuses with it, too; but for what only looks.
    #[test]
    fn a_rule_more_admits_nothing_more(written in written(), arguments in arguments(), which in 0usize..8) {
        let document = warded_policy::read(&written, Reading::Strict).document.unwrap();
        let call = tool("t", &arguments);
        let verdict = |document: &Document| Counters::default().decide(&made(document), &call).verdict;
        let mut without = document.clone();
        let sections = without.tools.len().max(1);
        if let Some(section) = without.tools.get_mut(which % sections)
            && which < section.rules.len()
        {
            section.rules.remove(which);
        }
        let (with, without) = (verdict(&document), verdict(&without));
        let passes = |verdict: &Verdict| matches!(verdict, Verdict::Allow(_));
        prop_assert!(!passes(&with) || passes(&without), "{:?} {:?}", with, without);
        prop_assert!(!matches!(without, Verdict::Deny(_)) || matches!(with, Verdict::Deny(_)));
    }
}

#[test]
fn ten_thousand_rules_of_a_thousand_tools_cost_as_much_as_ten_of_one() {
    let section = |name: usize| {
        let rules: Vec<_> = (0..10)
            .map(|rule| {
                format!("{{name: r{rule}, conditions: [{{path: args.v{rule}, op: lt, value: {name}}}]}}")
            })
            .collect();
        format!("  tool{name}:\n    rules: [{}]\n", rules.join(", "))
    };
    let many: String = (1_001..=2_000).map(section).collect();
    let arguments: Vec<_> = (0..10).map(|rule| format!("\"v{rule}\": 1")).collect();
    let arguments = format!("{{{}}}", arguments.join(", "));
    let call = tool("tool1500", &arguments);
    let steps = |sections: &str| {
        let policy = policy(&format!("version: \"1\"\ntools:\n{sections}"));
        let explained = policy.explain(&call, &[]).unwrap();
        assert_eq!(explained.looked.len(), 10);
        (explained.steps, policy.most_steps(1_000))
    };
    assert_eq!(steps(&many), steps(&section(1_500)));
}

#[test]
fn a_policy_that_could_never_be_judged_is_none() {
    let items = vec!["1"; 300_000].join(",");
    let condition = format!("{{path: args.a, op: in, value: [{items}]}}");
    let yaml = format!(
        "version: \"1\"\ntools:\n  t:\n    rules: [{{name: r, conditions: [{condition}, {condition}]}}]\n"
    );
    let read = warded_policy::read(&yaml, Reading::Strict);
    let document = read.document.unwrap_or_else(|| panic!("{:?}", read.findings));
    let part = Part { document: &document, place: Place::Shared, file: "p" };
    assert_eq!(Policy::of(&[part]).unwrap_err().finding.code, "policy-too-complex");
}

#[test]
fn hostile_expressions_and_texts_come_to_an_end() {
    let yaml = "version: \"1\"\ntools:\n  t:\n    rules: [{name: r, conditions: [{path: args.a, op: regex, value: '(a|b)*a(a|b){12}(a|b)*c$'}, {path: args.a, op: regex, value: '(.*a){20}$'}]}]\n";
    let policy = policy(yaml);
    for (length, is_judged) in [(1_000_000usize, false), (1_000, true)] {
        let text: String = (0..length).map(|at| if (at * at / 7) % 3 == 0 { 'a' } else { 'b' }).collect();
        let arguments = format!("{{\"a\": \"{text}\"}}");
        assert_eq!(policy.plan(&tool("t", &arguments)).is_ok(), is_judged, "{length}");
    }
}

#[test]
fn the_steps_are_for_the_whole_of_a_decision_and_the_call_is_looked_through_once() {
    let policy = policy(
        "version: \"1\"\ntools:\n  t:\n    rules: [{name: r, conditions: [{path: args.a.b, op: exists, value: true}]}, {name: l, rate_limit: 5/minute}]\n",
    );
    let arguments = format!("{{\"x\": \"{}\", \"a\": {{\"b\": 1}}}}", "x".repeat(4 << 20));
    let explained = policy.explain(&tool("t", &arguments), &[]).unwrap();
    assert!((131_072..140_000).contains(&explained.steps), "{}", explained.steps);
}

#[test]
fn a_long_list_of_what_is_permitted_is_no_matter() {
    let item = |at: usize| format!("customer-{at:08}-of-some-length-to-make-it-long");
    let items: Vec<_> = (0..50_000).map(item).collect();
    let yaml = format!(
        "version: \"1\"\ntools:\n  t:\n    rules: [{{name: r, conditions: [{{path: args.a, op: in, value: [{}]}}]}}]\n",
        items.join(", ")
    );
    let policy = policy(&yaml);
    let passes = |item: &str| denied(&policy, &tool("t", &format!("{{\"a\": \"{item}\"}}"))).is_none();
    assert!(passes(&item(0)) && passes(&item(49_999)) && !passes(&item(50_000)));
}
