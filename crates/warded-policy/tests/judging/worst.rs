//! How long does the worst decision take, by each operator? Asked where somebody changes what a step is, and built to be fast:
//! `cargo test --release -p warded-policy --test judging worst -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use crate::support::{policy, tool};

/// Rules, and the argument `a` of so many bytes that they look at.
type Case = (&'static str, fn() -> String, fn(usize) -> String);

const CASES: &[Case] = &[
    ("eq", || each("eq", "[[1, 2], [3]]", 40), |bytes| format!("[{}0]", "1,".repeat(bytes / 2))),
    ("in", || each("in", &format!("[{}]", vec!["xxxxxxxx"; 2_000].join(",")), 4), |bytes| text(bytes, "x")),
    ("lt", || each("lt", "5", 400), |bytes| "9".repeat(bytes.max(1))),
    ("contains, a text", || each("contains", "aaaaaaaaaaaaaaaab", 400), |bytes| text(bytes, "a")),
    ("contains, a list", || each("contains", "x", 40), |bytes| format!("[{}0]", "1,".repeat(bytes / 2))),
    ("exists", || each("exists", "true", 400), |bytes| text(bytes, "a")),
    ("regex, small", || each("regex", "'^[a-z]+$'", 100), |bytes| text(bytes, "a")),
    ("regex, of 4 KiB", || each("regex", "'(?:a|b)*a(?:a|b){40}c'", 1), random),
    ("regex, of 32 KiB", || each("regex", "'(?:a|b)*a(?:a|b){320}c'", 1), random),
    ("regex, of 128 KiB", || each("regex", "'(?:a|b)*a(?:a|b){1000}c'", 1), random),
    ("regex, of 512 KiB", || each("regex", "'(?:.*a){320}$'", 1), |bytes| text(bytes, "a")),
    ("regex, of 1 MiB", || each("regex", "'(?:.?.?a){320}c'", 1), |bytes| text(bytes, "a")),
];

fn each(op: &str, value: &str, times: usize) -> String {
    // Such a rule ends nothing, whatever its condition says.
    let rule = |at| {
        format!(
            "{{name: r{at}, action: require_approval, conditions: [{{path: args.a, op: {op}, value: {value}}}]}}"
        )
    };
    (0..times).map(rule).collect::<Vec<_>>().join(", ")
}

fn text(bytes: usize, of: &str) -> String {
    format!("\"{}\"", of.repeat(bytes / of.len()))
}

/// One that no automaton learns anything of.
fn random(bytes: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if state.is_multiple_of(2) { 'a' } else { 'b' }
    };
    format!("\"{}\"", (0..bytes).map(|_| letter()).collect::<String>())
}

#[test]
#[ignore = "it measures, and says nothing"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn the_worst_decision_of_each_operator() {
    for (name, rules, argument) in CASES {
        let policy = policy(&format!("version: \"1\"\ntools:\n  t:\n    rules: [{}]\n", rules()));
        let mut worst = (Duration::ZERO, 0, 0);
        for bytes in (4..22).flat_map(|power| [1 << power, 3 << (power - 1)]) {
            let arguments = format!("{{\"a\": {}}}", argument(bytes));
            let call = tool("t", &arguments);
            let Ok(explained) = policy.explain(&call, &[]) else { continue };
            let times = (0..5).map(|_| {
                let began = Instant::now();
                assert!(policy.plan(&call).is_ok());
                began.elapsed()
            });
            worst = worst.max((times.min().unwrap_or_default(), bytes, explained.steps));
        }
        println!("{name}: {:?} for {} bytes in {} steps", worst.0, worst.1, worst.2);
    }
}
