//! What Intercept refuses is refused here, too: each sentence of its page of validation errors, by files that it is said of.

use super::*;

/// The sentence, and files. Those that are not on this list are on the page of differences: `rule must have a name`, and a
/// path that begins with neither `args.` nor `state.`.
#[expect(clippy::too_many_lines, reason = "a row for each sentence of the list")]
fn refused() -> Vec<(&'static str, Vec<String>)> {
    let rules = |rules: &[&str]| rules.iter().map(|rule| with_rule(rule)).collect();
    let conditions =
        |conditions: &[&str]| conditions.iter().map(|condition| with_condition(condition)).collect();
    let files = |files: &[&str]| files.iter().map(|file| (*file).to_owned()).collect();
    vec![
        (
            "hide[N]: entry must not be empty",
            files(&["version: 1\nhide: [\"\"]\n", "version: 1\nhide: [\" \"]\n"]),
        ),
        ("hide: duplicate entry", files(&["version: 1\nhide: [a, a]\n"])),
        ("version must be \"1\"", files(&["default: deny\n", "version: 2\n"])),
        ("default must be \"allow\" or \"deny\"", files(&["version: 1\ndefault: block\n"])),
        (
            "action must be \"evaluate\" or \"deny\"",
            rules(&["{ name: r, action: allow }", "{ name: r, action: Deny }"]),
        ),
        (
            "deny rules must not have conditions",
            rules(&["{ name: r, action: deny, conditions: [{ path: args.a, op: eq, value: 1 }] }"]),
        ),
        (
            "evaluate rules must have at least one condition",
            rules(&["{ name: r }", "{ name: r, conditions: [] }"]),
        ),
        ("path must start with \"args.\" or \"state.\"", conditions(&["{ path: a, op: eq, value: 1 }"])),
        ("unknown operator", conditions(&["{ path: args.a, op: is, value: 1 }"])),
        (
            "operator requires a list value",
            conditions(&[
                "{ path: args.a, op: in, value: a }",
                "{ path: args.a, op: in, value: ~ }",
                "{ path: args.a, op: in, value: { a: 1 } }",
                "{ path: args.a, op: not_in, value: a }",
                "{ path: args.a, op: not_in, value: \"a${args.b}\" }",
            ]),
        ),
        (
            "operator requires a numeric value",
            conditions(&[
                "{ path: args.a, op: lt, value: \"5\" }",
                "{ path: args.a, op: lte, value: true }",
                "{ path: args.a, op: gt, value: ~ }",
                "{ path: args.a, op: gte, value: [5] }",
                "{ path: args.a, op: lt, value: 2026-11-22 }",
                "{ path: args.a, op: lt, value: [\"${args.b}\"] }",
            ]),
        ),
        (
            "operator \"exists\" requires a boolean value",
            conditions(&[
                "{ path: args.a, op: exists, value: 1 }",
                "{ path: args.a, op: exists, value: yes }",
                "{ path: args.a, op: exists, value: ~ }",
                "{ path: args.a, op: exists }",
            ]),
        ),
        (
            "regex value must be a string",
            conditions(&[
                "{ path: args.a, op: regex, value: 5 }",
                "{ path: args.a, op: regex, value: [a] }",
                "{ path: args.a, op: regex, value: [\"${args.b}\"] }",
            ]),
        ),
        ("invalid regex", conditions(&["{ path: args.a, op: regex, value: \"(\" }"])),
        (
            "state: counter must not be empty",
            rules(&[
                "{ name: r, conditions: [{ path: args.a, op: eq, value: 1 }], state: { counter: \"\", window: day } }",
            ]),
        ),
        (
            "state: window must be \"minute\", \"hour\", or \"day\"",
            rules(&[
                "{ name: r, conditions: [{ path: args.a, op: eq, value: 1 }], state: { counter: c, window: week } }",
                "{ name: r, conditions: [{ path: args.a, op: eq, value: 1 }], state: { counter: c } }",
            ]),
        ),
        (
            "state: increment_from must start with \"args.\"",
            rules(&[
                "{ name: r, conditions: [{ path: args.a, op: eq, value: 1 }], state: { counter: c, window: day, increment_from: a } }",
                "{ name: r, conditions: [{ path: args.a, op: eq, value: 1 }], state: { counter: c, window: day, increment_from: state.t.c } }",
            ]),
        ),
        (
            "condition references state but no matching state block found",
            conditions(&["{ path: state.t.c, op: lt, value: 1 }"]),
        ),
        (
            "duplicate state counter",
            rules(&["{ name: a, rate_limit: 5/day }, { name: b, rate_limit: 6/day }"]),
        ),
        ("rate_limit must be in the format \"N/window\"", rules(&["{ name: r, rate_limit: 5 }"])),
        (
            "rate_limit count must be a positive integer",
            rules(&[
                "{ name: r, rate_limit: 0/minute }",
                "{ name: r, rate_limit: -0/minute }",
                "{ name: r, rate_limit: +0/day }",
                "{ name: r, rate_limit: -5/minute }",
                "{ name: r, rate_limit: x/minute }",
            ]),
        ),
        (
            "rate_limit window must be \"minute\", \"hour\", or \"day\"",
            rules(&["{ name: r, rate_limit: 5/week }"]),
        ),
        (
            "rate_limit cannot be combined with conditions or state",
            rules(&["{ name: r, rate_limit: 5/day, conditions: [{ path: args.a, op: eq, value: 1 }] }"]),
        ),
        (
            "rate_limit cannot be used with action \"deny\"",
            rules(&["{ name: r, rate_limit: 5/day, action: deny }"]),
        ),
    ]
}

#[test]
fn what_intercept_refuses_is_an_error() {
    for (sentence, files) in refused() {
        for file in files {
            for reading in [Reading::Strict, Reading::Lenient] {
                let read = read(&file, reading);
                assert_eq!(read.document, None, "{sentence}\n{file}{:#?}", read.findings);
            }
        }
    }
}
