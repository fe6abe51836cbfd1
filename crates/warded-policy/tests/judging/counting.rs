//! What is counted, for how much, for whom, and up to where?

use crate::support::{AUTH, CALLER, Counters, document, of, policy, tool};
use warded_policy::{Amount, Auth, Call, Caller, Part, Place, Plan, Policy, Undecided, Verdict};

/// How often the same call may be made, out of twenty times, and what is told then.
fn times(yaml: &str, arguments: &str) -> (usize, Option<String>) {
    let policy = policy(yaml);
    let mut counters = Counters::default();
    for made in 0..20 {
        if let Err(told) = counters.make(&policy, &tool("t", arguments)) {
            return (made, Some(told));
        }
    }
    (20, None)
}

fn limited(op: &str, limit: &str, increment: &str) -> String {
    format!(
        "version: \"1\"\ntools:\n  t:\n    rules:\n      - name: r\n        conditions: [{{path: state.t.c, op: {op}, value: {limit}}}]\n        state: {{counter: c, window: hour, {increment}}}\n"
    )
}

#[test]
fn a_limit_permits_as_many_calls_as_it_says() {
    for (op, limit, increment, made) in [
        ("lte", "5", "increment: 1", 5),
        ("lt", "10", "increment: 1", 9),
        ("lte", "0", "increment: 1", 0),
        ("lt", "1", "increment: 1", 0),
        ("lte", "-1", "increment: 1", 0),
        ("lte", "5", "increment: 2", 2),
        ("lt", "5.5", "increment: 1", 5),
        ("lte", "5.9999999", "increment: 1", 5),
        ("lte", "9223372036854.775806", "increment: 1", 20),
    ] {
        assert_eq!(times(&limited(op, limit, increment), "{}").0, made, "{op} {limit} {increment}");
    }
}

#[test]
fn what_is_said_depends_on_where_the_limit_is_met() {
    assert_eq!(
        times(&limited("lte", "2", "increment: 1"), "{}"),
        (2, Some("Rate limit exceeded for r".into()))
    );
    assert_eq!(times(&limited("lte", "-1", "increment: 1"), "{}"), (0, Some("Denied by rule \"r\"".into())));
    let rate = "version: \"1\"\ntools:\n  t: {rules: [{name: r, rate_limit: 3/minute}]}\n";
    let told = "Rate limit of 3 per minute reached. Try again later.";
    assert_eq!(times(rate, "{}"), (3, Some(told.into())));
}

#[test]
fn an_amount_counts_for_what_it_is_and_never_for_less() {
    for (amount, made) in [
        ("0.99", 10),
        ("1", 10),
        ("2.5", 4),
        ("0", 20),
        ("-5", 20),
        ("10.000001", 0),
        ("1e999999999", 0),
        ("5e-7", 20),
    ] {
        let yaml = limited("lte", "10", "increment_from: args.amount");
        let (made_of, _) = times(&yaml, &format!(r#"{{"amount": {amount}}}"#));
        assert_eq!(made_of, made, "{amount}");
    }
    let mut counters = Counters::default();
    let policy = policy(&limited("lte", "10", "increment_from: args.amount"));
    counters.make(&policy, &tool("t", r#"{"amount": 9}"#)).unwrap();
    counters.make(&policy, &tool("t", r#"{"amount": -9}"#)).unwrap();
    assert!(counters.make(&policy, &tool("t", r#"{"amount": 2}"#)).is_err(), "nothing refills what was used");
    counters.make(&policy, &tool("t", r#"{"amount": 0.9999991}"#)).unwrap();
    assert_eq!(counters.0.values().copied().collect::<Vec<_>>(), [10_000_000]);
}

#[test]
fn what_cannot_be_counted_is_not_called() {
    let yaml = limited("lte", "10", "increment_from: args.amount");
    for arguments in
        ["{}", r#"{"amount": "1"}"#, r#"{"amount": null}"#, r#"{"amount": [1]}"#, r#"{"amount": true}"#]
    {
        assert_eq!(times(&yaml, arguments), (0, Some("Internal policy error".into())), "{arguments}");
    }
}

#[test]
fn a_counter_without_a_limit_of_its_own_is_never_counted() {
    let yaml = "version: \"1\"\ntools:\n  t:\n    rules:\n      - {name: kept, conditions: [{path: state.t.c, op: gte, value: 0}], state: {counter: c, window: hour}}\n      - {name: other, conditions: [{path: state.t.c, op: lte, value: 3}]}\n";
    assert_eq!(times(yaml, "{}"), (20, None));
}

#[test]
fn the_lowest_of_several_limits_holds() {
    let yaml = "version: \"1\"\ntools:\n  t:\n    rules:\n      - name: r\n        conditions: [{path: state.t.c, op: lte, value: 9}, {path: state.t.c, op: lt, value: 4}, {path: state.t.c, op: lte, value: 7}]\n        state: {counter: c, window: day}\n";
    assert_eq!(times(yaml, "{}").0, 3);
}

#[test]
fn a_call_takes_from_every_counter_of_its_tool_and_for_all_or_from_none() {
    let yaml = "version: \"1\"\ntools:\n  \"*\": {rules: [{name: all, rate_limit: 5/hour}]}\n  t: {rules: [{name: minute, rate_limit: 3/minute}, {name: hour, rate_limit: 9/hour}]}\n";
    let policy = policy(yaml);
    let decision = Counters::default().decide(&policy, &tool("t", "{}"));
    let Verdict::Allow(takings) = decision.verdict else { panic!("{decision:?}") };
    let names: Vec<_> = takings.iter().map(|taking| (&*taking.key.scope, &*taking.key.counter)).collect();
    assert_eq!(names, [("t", "_rate_minute"), ("t", "_rate_hour"), ("_global", "_rate_hour")]);
    assert!(
        takings
            .iter()
            .all(|taking| &*taking.key.place == "server/notes" && taking.amount.millionths() == 1_000_000)
    );
    let mut counters = Counters::default();
    for _ in 0..3 {
        counters.make(&policy, &tool("t", "{}")).unwrap();
    }
    for _ in 0..2 {
        counters.make(&policy, &tool("u", "{}")).unwrap();
    }
    let before = format!("{:?}", counters.0);
    for name in ["t", "u"] {
        assert!(counters.make(&policy, &tool(name, "{}")).is_err(), "{name}");
    }
    assert_eq!(format!("{:?}", counters.0), before, "who is denied is counted nowhere");
}

#[test]
fn nothing_is_asked_of_counters_for_a_call_that_is_denied_before() {
    let yaml = "version: \"1\"\ntools:\n  t:\n    rules:\n      - {name: a, conditions: [{path: args.ok, op: eq, value: true}]}\n      - {name: r, rate_limit: 3/minute}\n";
    let policy = policy(yaml);
    assert!(matches!(policy.plan(&tool("t", "{}")), Ok(Plan::Decided(_))));
    assert!(matches!(policy.plan(&tool("u", "{}")), Ok(Plan::Decided(_))));
    let Ok(Plan::Asks(ask)) = policy.plan(&tool("t", r#"{"ok":true}"#)) else { panic!("it asks") };
    assert_eq!(ask.counters().len(), 1);
    assert_eq!(ask.decide(&[]), Err(Undecided::CountersMissing));
    assert_eq!(ask.decide(&[Amount::default(); 2]), Err(Undecided::CountersMissing));
    assert!(ask.decide(&[Amount::default()]).is_ok());
}

#[test]
fn the_first_rule_that_denies_is_named_though_a_later_one_needs_no_counter() {
    let yaml = "version: \"1\"\ntools:\n  t:\n    rules:\n      - {name: r, rate_limit: 3/minute, on_deny: too often}\n      - {name: a, conditions: [{path: args.ok, op: eq, value: true}], on_deny: not ok}\n";
    let policy = policy(yaml);
    let call = tool("t", "{}");
    let Ok(Plan::Asks(ask)) = policy.plan(&call) else { panic!("it asks") };
    let told = |value| match ask.decide(&[Amount::from_millionths(value)]).unwrap().verdict {
        Verdict::Deny(denial) => denial.message,
        other => panic!("{other:?}"),
    };
    assert_eq!(&*told(4_000_000), "too often");
    assert_eq!(&*told(0), "not ok");
}

fn keys(policy: &Policy, caller: Caller<'static>) -> Vec<String> {
    let call = Call { auth: Auth { caller, ..AUTH }, ..tool("t", "{}") };
    let Ok(Plan::Asks(ask)) = policy.plan(&call) else { panic!("it asks") };
    ask.counters()
        .iter()
        .map(|counter| format!("{} {} {}", counter.key.place, counter.key.counter, counter.key.per))
        .collect()
}

#[test]
fn everybody_has_a_counter_of_ones_own_by_what_the_rule_says() {
    let yaml = |per: &str| {
        format!("version: \"1\"\ntools:\n  t: {{rules: [{{name: r, rate_limit: 3/minute, per: {per}}}]}}\n")
    };
    for (per, key) in [
        ("[subject]", r#"["subject","https://login.example","alice"]"#),
        ("[client]", r#"["client","https://login.example","agent"]"#),
        ("[token]", r#"["token","fp:1"]"#),
        ("[server]", r#"["server","notes"]"#),
        ("[server, subject]", r#"["subject","https://login.example","alice"]["server","notes"]"#),
    ] {
        let keys = keys(&policy(&yaml(per)), CALLER);
        assert!(matches!(&*keys, [only] if only.ends_with(key)), "{keys:?} {key}");
    }
    let policy = policy(&yaml("[subject]"));
    let other = |caller| assert_ne!(keys(&policy, caller), keys(&policy, CALLER));
    other(Caller { issuer: "https://other.example", ..CALLER });
    other(Caller { subject: Some("bob"), ..CALLER });
    other(Caller { subject: None, ..CALLER });
    other(Caller { subject: Some(r#"alice"]["x"#), ..CALLER });
    assert_eq!(keys(&policy, Caller { client: None, token: "fp:2", ..CALLER }), keys(&policy, CALLER));
}

#[test]
fn a_shared_counter_is_one_for_all_servers_and_counters_outlive_a_file() {
    let yaml = "version: \"1\"\ntools:\n  t: {rules: [{name: r, rate_limit: 3/minute}]}\n";
    let rewritten = "# moved\nversion: \"1\"\ndescription: d\ntools:\n  a: {rules: []}\n  t: {rules: [{name: x, action: evaluate, conditions: [{path: args.z, op: exists, value: false}]}, {name: renamed, rate_limit: 4/minute}]}\n";
    assert_eq!(keys(&of(&[(Place::Shared, yaml)]), CALLER), ["shared _rate_minute "]);
    assert_eq!(keys(&policy(yaml), CALLER), ["server/notes _rate_minute "]);
    assert_eq!(keys(&policy(rewritten), CALLER), keys(&policy(yaml), CALLER));
}

#[test]
fn no_counter_is_kept_by_two_files_of_one_place() {
    let yaml = "version: \"1\"\ntools:\n  t: {rules: [{name: r, rate_limit: 3/minute}]}\n";
    let document = document(yaml);
    let part = |place, file| Part { document: &document, place, file };
    let unfit = Policy::of(&[part(Place::Shared, "a"), part(Place::Shared, "b")]).unwrap_err();
    assert_eq!((&*unfit.file, unfit.finding.code), ("b", "policy-counter-twice"));
    assert!(Policy::of(&[part(Place::Shared, "a"), part(Place::Server("notes".into()), "b")]).is_ok());
}
