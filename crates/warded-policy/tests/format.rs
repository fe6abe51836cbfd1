//! The format, statement by statement, as its description has it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set its stage has failed")]

use warded_policy::{Name, Reading, Severity, Unit, read};

use memory::{Reserved, Session};

mod memory;

/// Some minute of a day.
const NOW: u64 = 1_795_305_600;

/// The codes of all errors of a policy.
fn errors(policy: &str) -> Vec<&'static str> {
    let findings = read(policy, Reading::Strict).findings;
    findings.iter().filter(|one| one.severity == Severity::Error).map(|one| one.code).collect()
}

fn session(policy: &str) -> Session {
    let found = read(policy, Reading::Strict);
    let document = found.document.unwrap_or_else(|| panic!("{policy}\n{:#?}", found.findings));
    Session::new(&document)
}

/// The policy of rules for the tool `t`, one on each line.
fn rules(rules: &str) -> String {
    let rules: Vec<_> = rules.lines().map(|rule| format!("    - {{{}}}\n", rule.trim())).collect();
    format!("version: \"1\"\ntools:\n  t:\n    rules:\n{}", rules.concat())
}

fn condition(op: &str, value: &str) -> String {
    rules(&format!("name: r, action: evaluate, conditions: [{{path: args.x, op: {op}, value: {value}}}]"))
}

/// What a call of `t` at some time is told; nothing where it may be made.
fn told_at(session: &mut Session, arguments: &str, now: u64) -> Option<String> {
    session.call("t", Some(arguments), now).err().map(|denial| denial.message.into())
}

fn told(session: &mut Session, arguments: &str) -> Option<String> {
    told_at(session, arguments, NOW)
}

/// Whether a condition on `args.x` holds for arguments.
fn holds(op: &str, value: &str, arguments: &str) -> bool {
    told(&mut session(&condition(op, value)), arguments).is_none()
}

fn is_made(session: &mut Session, tool: &str) -> bool {
    session.call(tool, None, NOW).is_ok()
}

fn taken(session: &mut Session) -> Reserved {
    session.call("t", None, NOW).unwrap()
}

mod grammar {
    use super::*;

    #[test]
    fn the_version_is_1_with_quotes_or_without() {
        for version in ["version: \"1\"", "version: 1", "version: '1'"] {
            assert_eq!(errors(&format!("{version}\ntools: {{}}\n")), [""; 0], "{version}");
        }
        for version in ["version: 2", "version: 1.0", "version: \"\"", "description: none", "version: v1"] {
            assert_eq!(errors(&format!("{version}\ntools: {{}}\n")), ["policy-version"], "{version}");
        }
    }

    #[test]
    fn default_is_allow_or_deny_and_allow_where_nothing_is_said() {
        for default in ["", "default: allow", "default: \"\""] {
            assert!(is_made(&mut session(&format!("version: 1\n{default}\n")), "t"), "{default}");
        }
        assert!(!is_made(&mut session("version: 1\ndefault: deny\n"), "t"));
        assert_eq!(errors("version: 1\ndefault: Deny\n"), ["policy-default"]);
    }

    #[test]
    fn hidden_are_names_once_each_or_all() {
        let mut some = session("version: 1\nhide: [a, b]\n");
        assert_eq!([is_made(&mut some, "a"), is_made(&mut some, "c")], [false, true]);
        assert!(!is_made(&mut session("version: 1\nhide: [\"*\"]\n"), "c"));
        for hide in ["[a, a]", "[\"\"]", "[\" \"]"] {
            assert_eq!(errors(&format!("version: 1\nhide: {hide}\n")), ["policy-hide"], "{hide}");
        }
    }

    #[test]
    fn tools_need_not_be_there() {
        assert!(is_made(&mut session("version: 1\n"), "t"));
        assert!(is_made(&mut session("version: 1\ntools:\n"), "t"));
    }

    #[test]
    fn a_rule_evaluates_or_denies() {
        assert_eq!(errors(&rules("name: r, action: allow")), ["policy-action"]);
        assert_eq!(
            told(&mut session(&rules("name: r, action: deny")), "{}").unwrap(),
            "Denied by rule \"r\""
        );
        assert_eq!(errors(&rules("name: r, action: evaluate")), ["policy-idle"]);
    }

    #[test]
    fn a_rate_limit_is_a_number_in_a_minute_an_hour_or_a_day() {
        for limit in ["1/minute", "1/hour", "1/day", "+1/minute", "01/minute"] {
            let mut session = session(&rules(&format!("name: r, rate_limit: {limit}")));
            assert_eq!(told(&mut session, "{}"), None, "{limit}");
            let window = limit.split('/').nth(1).unwrap();
            let message = format!("Rate limit of 1 per {window} reached. Try again later.");
            assert_eq!(told(&mut session, "{}").unwrap(), message, "{limit}");
        }
        for limit in [
            "1 /minute",
            "1/ minute",
            "1/second",
            "1",
            "/minute",
            "x/minute",
            "1.5/hour",
            "1/minute/2",
            "0x1/day",
        ] {
            let policy = rules(&format!("name: r, rate_limit: \"{limit}\""));
            assert_eq!(errors(&policy), ["policy-rate-limit"], "{limit}");
        }
    }

    #[test]
    fn a_rate_limit_stands_alone_and_may_say_something_else() {
        for beside in [
            "conditions: [{path: args.x, op: exists, value: true}]",
            "state: {counter: c, window: day}",
            "action: deny",
        ] {
            let policy = rules(&format!("name: r, rate_limit: 1/day, {beside}"));
            assert_eq!(errors(&policy), ["policy-rate-limit-beside"], "{beside}");
        }
        let mut session = session(&rules("name: r, rate_limit: 1/day, on_deny: Slowly."));
        assert_eq!(told(&mut session, "{}"), None);
        assert_eq!(told(&mut session, "{}").unwrap(), "Slowly.");
    }

    #[test]
    fn a_rate_limit_counts_by_a_name_that_others_can_read() {
        let mut session = session(
            "version: 1\ntools:\n  t: {rules: [{name: a, rate_limit: 5/minute}]}\n  \"*\": {rules: [{name: b, rate_limit: 9/hour}]}\n  \
             u: {rules: [{name: c, action: evaluate, conditions: [{path: state.t._rate_minute, op: lt, value: 1}, {path: state._global._rate_hour, op: lt, value: 9}]}]}\n",
        );
        assert!(is_made(&mut session, "u"));
        assert!(is_made(&mut session, "t"));
        assert!(!is_made(&mut session, "u"));
        assert_eq!(session.count("t", "_rate_minute", Unit::Minute, NOW), 1_000_000);
        assert_eq!(session.count("_global", "_rate_hour", Unit::Hour, NOW), 2_000_000);
    }

    #[test]
    fn a_path_begins_with_args_or_state_and_names_a_counter_that_there_is() {
        let on = |path: &str| {
            errors(&rules(&format!(
                "name: r, action: evaluate, conditions: [{{path: {path}, op: exists, value: true}}]"
            )))
        };
        assert_eq!(on("args.a.b"), [""; 0]);
        assert_eq!(on("result.a"), ["policy-path"]);
        assert_eq!(on("args"), ["policy-path"]);
        assert_eq!(on("state.t.c"), ["policy-not-counted"]);
        assert_eq!(on("state.other.c"), ["policy-not-counted"]);
        assert_eq!(on("state._global.c"), ["policy-not-counted"]);
    }

    #[test]
    fn the_tool_of_a_counter_ends_at_the_first_dot() {
        let policy = "version: 1\ntools:\n  a: {rules: [{name: r, action: evaluate, conditions: [{path: state.a.b.c, op: lte, value: 1}], state: {counter: b.c, window: day}}]}\n";
        let mut session = session(policy);
        assert_eq!([is_made(&mut session, "a"), is_made(&mut session, "a")], [true, false]);
        assert_eq!(session.count("a", "b.c", Unit::Day, NOW), 1_000_000);
        assert_eq!(
            errors(&policy.replace("  a:", "  a.b:").replace("counter: b.c", "counter: c")),
            ["policy-not-counted"]
        );
    }

    #[test]
    fn a_counter_stands_once_in_a_tool_whatever_its_window() {
        let counts = |window| {
            format!(
                "name: r, conditions: [{{path: args.a, op: eq, value: 1}}], state: {{counter: c, window: {window}}}"
            )
        };
        assert_eq!(
            errors(&rules(&format!("{}\n{}", counts("day"), counts("hour")))),
            ["policy-counter-twice"]
        );
        assert_eq!(
            errors(&rules("name: a, rate_limit: 1/day\nname: b, rate_limit: 2/day")),
            ["policy-counter-twice"]
        );
        assert_eq!(errors(&rules(&counts("second"))), ["policy-window"]);
    }

    #[test]
    fn all_errors_are_told_at_once() {
        let policy = rules(
            "name: r, action: no, conditions: [{path: x, op: like, value: 1}], state: {counter: c, window: week}",
        );
        let mut found = errors(&policy.replace("\"1\"", "2"));
        found.sort_unstable();
        assert_eq!(found, ["policy-action", "policy-op", "policy-path", "policy-version", "policy-window"]);
    }

    #[test]
    fn a_star_is_every_tool() {
        let found = read("version: 1\ntools: {\"*\": {rules: []}}\n", Reading::Strict).document.unwrap();
        assert_eq!(found.tools.first().unwrap().name, Name::Every);
    }
}

mod order {
    use super::*;

    const STARRED: &str = "version: 1\ndefault: deny\nhide: [h]\ntools:\n  \"*\":\n    rules:\n    - {name: all, action: deny}\n  t:\n    rules:\n    - {name: first, action: evaluate, conditions: [{path: args.x, op: exists, value: true}]}\n";

    fn denied(session: &mut Session, tool: &str, arguments: &str) -> (String, String) {
        let denial = session.call(tool, Some(arguments), NOW).unwrap_err();
        (denial.rule.to_string(), denial.message.into())
    }

    #[test]
    fn hidden_comes_first_then_what_is_not_listed_then_the_tools_own_rules_and_those_of_all() {
        let mut session = session(STARRED);
        let words = |rule: &str, message: &str| (rule.to_owned(), message.to_owned());
        assert_eq!(denied(&mut session, "h", "{}"), words("(hidden)", "Tool \"h\" is hidden by policy"));
        let unlisted = words("(default deny)", "Tool \"u\" is not permitted by policy");
        assert_eq!(denied(&mut session, "u", "{}"), unlisted, "the rules of all list nothing");
        assert_eq!(denied(&mut session, "t", "{}").0, "first");
        assert_eq!(denied(&mut session, "t", r#"{"x":1}"#).0, "all");
        assert_eq!(denied(&mut session, "*", "{}").0, "all", "a tool of this name is listed");
    }

    #[test]
    fn the_first_condition_that_does_not_hold_denies_and_all_must_hold() {
        let policy = rules(
            "name: a, action: evaluate, conditions: [{path: args.x, op: lt, value: 5}, {path: args.y, op: eq, value: b}], on_deny: A.\nname: b, action: evaluate, conditions: [{path: args.x, op: gt, value: 1}]",
        );
        let mut session = session(&policy);
        assert_eq!(told(&mut session, r#"{"x":3,"y":"b"}"#), None);
        assert_eq!(told(&mut session, r#"{"x":3,"y":"c"}"#).unwrap(), "A.");
        assert_eq!(told(&mut session, r#"{"x":0,"y":"b"}"#).unwrap(), "Denied by rule \"b\"");
    }

    #[test]
    fn what_is_counted_comes_after_all_rules() {
        let policy = rules("name: a, rate_limit: 1/day\nname: b, action: deny");
        let mut session = session(&policy);
        assert_eq!(told(&mut session, "{}").unwrap(), "Denied by rule \"b\"");
        assert_eq!(session.count("t", "_rate_day", Unit::Day, NOW), 0);
    }
}

mod operators {
    use super::*;

    #[test]
    fn a_text_is_no_number() {
        assert!(holds("eq", "5", r#"{"x":5.0}"#));
        assert!(!holds("lt", "5", r#"{"x":"3"}"#));
        for op in ["lt", "lte", "gt", "gte"] {
            for value in ["\"5\"", "[1]", "true", "~"] {
                assert_eq!(errors(&condition(op, value)), ["policy-type"], "{op} {value}");
            }
        }
    }

    #[test]
    fn what_are_not_both_numbers_is_equal_as_go_writes_it() {
        assert!(holds("eq", "\"true\"", r#"{"x":true}"#));
        assert!(holds("eq", "\"<nil>\"", r#"{"x":null}"#));
        assert!(holds("eq", "\"[1 2]\"", r#"{"x":[1,2]}"#));
        assert!(holds("eq", "\"5\"", r#"{"x":5}"#));
        assert!(holds("eq", "\"1e+06\"", r#"{"x":1000000}"#));
        assert!(!holds("eq", "\"1000000\"", r#"{"x":1000000}"#));
        assert!(holds("eq", "\"map[a:1 b:[]]\"", r#"{"x":{"b":[],"a":1}}"#));
    }

    #[test]
    fn a_path_that_leads_nowhere_fails_every_operator_but_exists() {
        let lists = ["in", "not_in"];
        for op in ["eq", "neq", "in", "not_in", "lt", "lte", "gt", "gte", "contains"] {
            let value = if lists.contains(&op) { "[1]" } else { "1" };
            assert!(!holds(op, value, "{}"), "{op}");
        }
        assert!(!holds("regex", "\"\"", "{}"));
        assert!(holds("exists", "false", "{}"));
        assert!(!holds("exists", "true", "{}"));
    }

    #[test]
    fn null_is_there_to_be_compared_and_does_not_exist() {
        assert!(holds("exists", "false", r#"{"x":null}"#));
        assert!(holds("neq", "5", r#"{"x":null}"#));
        assert!(!holds("lt", "5", r#"{"x":null}"#));
    }

    #[test]
    fn in_and_not_in_compare_as_eq_does() {
        assert!(holds("in", "[a, 5]", r#"{"x":5.0}"#));
        assert!(!holds("in", "[]", r#"{"x":5}"#));
        assert!(holds("not_in", "[a, 6]", r#"{"x":5}"#));
        assert!(!holds("not_in", "[\"true\"]", r#"{"x":true}"#));
    }

    #[test]
    fn expressions_are_re2_and_match_anywhere_in_texts_only() {
        assert!(holds("regex", "b+", r#"{"x":"abbc"}"#));
        assert!(!holds("regex", "^b", r#"{"x":"abc"}"#));
        assert!(!holds("regex", "\"5\"", r#"{"x":5}"#));
        assert_eq!(errors(&condition("regex", "5")), ["policy-type"]);
        assert!(!holds("regex", "\"\\\\d\"", "{\"x\":\"\u{663}\"}"), "digits are those of ASCII");
        for expression in ["(?=a)", "(a)\\\\1", "a**", "("] {
            assert_eq!(
                errors(&condition("regex", &format!("\"{expression}\""))),
                ["policy-regex"],
                "{expression}"
            );
        }
    }

    #[test]
    fn contains_looks_into_texts_and_lists() {
        assert!(holds("contains", "b", r#"{"x":"abc"}"#));
        assert!(holds("contains", "2", r#"{"x":[1,2.0]}"#));
        assert!(holds("contains", "\"true\"", r#"{"x":[true]}"#));
        assert!(!holds("contains", "5", r#"{"x":"5"}"#));
        assert!(!holds("contains", "a", r#"{"x":{"a":1}}"#));
    }

    #[test]
    fn dots_lead_into_objects_only() {
        let mut session =
            session(&rules("name: r, action: evaluate, conditions: [{path: args.a.b, op: eq, value: 1}]"));
        assert_eq!(told(&mut session, r#"{"a":{"b":1}}"#), None);
        for arguments in [r#"{"a.b":1}"#, r#"{"a":[1]}"#, r#"{"a":"b"}"#, r#"{"a":{"B":1}}"#] {
            assert!(told(&mut session, arguments).is_some(), "{arguments}");
        }
    }
}

mod counting {
    use super::*;

    fn limited(op: &str, value: &str, state: &str) -> Session {
        session(&rules(&format!(
            "name: r, action: evaluate, conditions: [{{path: state.t.c, op: {op}, value: {value}}}], state: {{counter: c, window: minute{state}}}"
        )))
    }

    fn calls_that_pass(session: &mut Session) -> usize {
        (0..20).filter(|_| told(session, "{}").is_none()).count()
    }

    #[test]
    fn lte_5_is_5_calls_and_lt_10_is_9() {
        assert_eq!(calls_that_pass(&mut limited("lte", "5", "")), 5);
        assert_eq!(calls_that_pass(&mut limited("lt", "10", "")), 9);
        assert_eq!(calls_that_pass(&mut limited("lte", "5", ", increment: 2")), 2);
        assert_eq!(calls_that_pass(&mut limited("lte", "5", ", increment: 0")), 5, "an increment of 0 is 1");
    }

    #[test]
    fn a_counter_without_a_limit_of_its_own_rule_is_never_counted() {
        let mut session = limited("gte", "0", "");
        assert_eq!(calls_that_pass(&mut session), 20);
        assert_eq!(session.count("t", "c", Unit::Minute, NOW), 0);
    }

    #[test]
    fn what_is_taken_is_told_otherwise_than_what_was_used_up() {
        let mut session = limited("lte", "3", ", increment: 2");
        assert_eq!(told(&mut session, "{}"), None);
        assert_eq!(told(&mut session, "{}").unwrap(), "Rate limit exceeded for r");
        let mut session = limited("lte", "3", ", increment_from: args.n");
        assert_eq!(told(&mut session, r#"{"n":4}"#).unwrap(), "Rate limit exceeded for r");
        assert_eq!(told(&mut session, r#"{"n":3}"#), None);
        assert_eq!(told(&mut session, r#"{"n":1}"#).unwrap(), "Rate limit exceeded for r");
    }

    #[test]
    fn an_amount_that_is_not_there_or_no_number_is_an_error_even_without_a_limit() {
        for op in ["lte", "gte"] {
            let mut session = limited(op, "0", ", increment_from: args.n");
            for arguments in ["{}", r#"{"n":"1"}"#, r#"{"n":null}"#] {
                assert_eq!(
                    told(&mut session, arguments).unwrap(),
                    "Internal policy error",
                    "{op} {arguments}"
                );
            }
        }
    }

    #[test]
    fn all_is_taken_or_nothing() {
        let mut session = session(&rules(
            "name: a, rate_limit: 5/day\nname: b, action: evaluate, conditions: [{path: state.t.c, op: lte, value: 1}], state: {counter: c, window: day, increment: 2}",
        ));
        assert_eq!(told(&mut session, "{}").unwrap(), "Rate limit exceeded for b");
        assert_eq!(session.count("t", "_rate_day", Unit::Day, NOW), 0);
    }

    #[test]
    fn windows_are_those_of_the_calendar_in_utc() {
        let mut session = session(&rules("name: a, rate_limit: 1/day"));
        let before_midnight = NOW / 86_400 * 86_400 + 86_399;
        assert_eq!(told_at(&mut session, "{}", before_midnight), None);
        assert!(told_at(&mut session, "{}", before_midnight).is_some());
        assert_eq!(told_at(&mut session, "{}", before_midnight + 1), None);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let mut session = session(&rules("name: a, rate_limit: 1/day"));
        let reserved = taken(&mut session);
        assert!(told(&mut session, "{}").is_some());
        session.roll_back(reserved);
        assert_eq!(told(&mut session, "{}"), None);
    }

    #[test]
    fn rules_of_all_tools_count_all_tools_together() {
        let mut session = session("version: 1\ntools: {\"*\": {rules: [{name: a, rate_limit: 2/day}]}}\n");
        assert_eq!(["t", "u", "*"].map(|tool| is_made(&mut session, tool)), [true, true, false]);
    }
}

mod newer {
    use super::*;

    #[test]
    fn a_rule_that_asks_for_approval_holds_what_it_matches() {
        let mut session = session(&rules(
            "name: r, action: require_approval, approval_timeout: 30m, conditions: [{path: args.x, op: gt, value: 100}]",
        ));
        assert_eq!(told(&mut session, r#"{"x":100}"#), None);
        assert_eq!(told(&mut session, r#"{"x":101}"#).unwrap(), "Approval required by rule \"r\"");
    }

    #[test]
    fn without_conditions_every_call_is_held() {
        let mut session = session(&rules("name: r, action: require_approval, on_deny: Ask Ann."));
        assert_eq!(told(&mut session, "{}").unwrap(), "Ask Ann.");
    }

    #[test]
    fn rules_need_no_name() {
        let policy = rules("rate_limit: 60/minute\naction: deny");
        let found = read(&policy, Reading::Strict);
        let nameless = found.findings.iter().filter(|one| one.code == "policy-nameless");
        assert_eq!(nameless.map(|one| one.severity).collect::<Vec<_>>(), [Severity::Warning; 2]);
        let message = told(&mut session(&policy), "{}").unwrap();
        assert_eq!(message, "Denied by rule \"rule 2 of t\"");
    }

    #[test]
    fn what_was_only_announced_is_refused_with_its_name() {
        for key in ["spend: {per_call: 0.5, daily: 50}", "spend_limit: 5/day"] {
            assert_eq!(
                errors(&rules(&format!("name: r, action: evaluate, {key}"))),
                ["policy-unknown-key"],
                "{key}"
            );
        }
    }
}
