//! How long may one decision take? Told, and not judged: `cargo test --release -p warded-policy -- --ignored --nocapture worst`.

use std::time::{Duration, Instant};

use crate::support::{policy, tool};
use warded_policy::Policy;

/// No call is longer.
const LONGEST: usize = 4 << 20;

/// The longest call that is judged, and how long that takes; and the longest time of one that is not.
fn worst(policy: &Policy, written: &dyn Fn(usize) -> String) -> (usize, Duration, Duration) {
    let timed = |length: usize| {
        let arguments = format!("{{\"x\": {}}}", written(length));
        let begun = Instant::now();
        let is_judged = policy.plan(&tool("t", &arguments)).is_ok();
        (is_judged, begun.elapsed())
    };
    let (mut judged, mut not) = (0, LONGEST);
    let (mut longest, mut longest_not) = (Duration::ZERO, Duration::ZERO);
    while not - judged > 64 {
        let length = judged.midpoint(not);
        match timed(length) {
            (true, time) => (judged, longest) = (length, longest.max(time)),
            (false, time) => (not, longest_not) = (length, longest_not.max(time)),
        }
    }
    (judged, longest, longest_not)
}

#[test]
#[ignore = "it tells a time, which depends on the machine"]
#[expect(clippy::print_stdout, reason = "it is what this is for")]
fn the_worst_time_of_one_decision() {
    let letters = |length: usize| {
        let mut state = 1u32;
        let letter = |_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            if state % 2 == 0 { 'a' } else { 'b' }
        };
        format!("\"{}\"", (0..length).map(letter).collect::<String>())
    };
    let items = |item: &'static str| {
        move |length: usize| format!("[{}]", vec![item; (length / (item.len() + 1)).max(1)].join(","))
    };
    let members = |length: usize| {
        let members: Vec<_> = (0..length / 12).map(|at| format!("\"{at:07}\":1")).collect();
        format!("{{{}}}", members.join(","))
    };
    let escapes = |length: usize| format!("\"{}\"", "\\u0061".repeat(length / 6));
    let digits = |length: usize| format!("1{}.5", "7".repeat(length));
    let many = |condition: &str| vec![format!("{{path: args.x, {condition}}}"); 40].join(", ");
    let list = (0..20_000).map(|item| format!("{item}.00000000000000000001")).collect::<Vec<_>>().join(", ");
    let cases: [(&str, String, &dyn Fn(usize) -> String); 12] = [
        ("regex, repeated", "{path: args.x, op: regex, value: 'a[a-z]{15,20}[0-9]'}".into(), &letters),
        ("regex, 2^40 states", "{path: args.x, op: regex, value: '[ab]*a[ab]{40}c'}".into(), &letters),
        ("regex, large", "{path: args.x, op: regex, value: '[ab]*a[ab]{900}c'}".into(), &letters),
        ("regex, Unicode", "{path: args.x, op: regex, value: '\\pL{2,9}[0-9]'}".into(), &letters),
        (
            "contains, numbers",
            "{path: args.x, op: contains, value: 2}".into(),
            &items("1.00000000000000000001"),
        ),
        ("contains, lists", "{path: args.x, op: contains, value: [2]}".into(), &items("[1]")),
        ("eq, maps", "{path: args.x, op: eq, value: {a: 1}}".into(), &members),
        ("eq, lists of maps", "{path: args.x, op: contains, value: {a: 1}}".into(), &items("{\"a\":[2]}")),
        ("40 texts with escapes", many("op: neq, value: a"), &escapes),
        ("40 long numbers", many("op: neq, value: 5"), &digits),
        ("in, 20,000 long numbers", format!("{{path: args.x, op: not_in, value: [{list}]}}"), &digits),
        ("a long call", "{path: args.y, op: exists, value: false}".into(), &items("{\"a\":[2]}")),
    ];
    for (name, conditions, written) in cases {
        let yaml =
            format!("version: \"1\"\ntools:\n  t:\n    rules: [{{name: r, conditions: [{conditions}]}}]\n");
        let (length, judged, not) = worst(&policy(&yaml), written);
        println!("{name}: {length} bytes in {judged:?}; longer ones are refused in {not:?}");
    }
}
