//! Does what is drawn reach everything? Two implementations that are asked nothing agree.

use std::collections::BTreeMap;

use crate::{case::Answer, generate, ours};

/// How often each of these is told, at the least.
const TOLD: &[(&str, usize)] = &[
    ("may be made", 5_000),
    ("is hidden by policy", 200),
    ("is not permitted by policy", 200),
    ("Denied by rule", 2_000),
    ("Rate limit of", 200),
    ("Rate limit exceeded for", 100),
    ("Internal policy error", 200),
    ("Approval required by rule", 10),
];

#[test]
fn every_message_is_told_often_and_most_policies_are_good() {
    let mut told = BTreeMap::new();
    let (mut good, mut bad) = (0, 0);
    for number in 0..crate::CASES {
        match ours::answer(&generate::case(number)) {
            Answer::Errors(_) => bad += 1,
            Answer::Calls(calls) => {
                good += 1;
                for call in calls {
                    let message = call.message.unwrap_or("may be made".to_owned());
                    for (part, _) in TOLD.iter().filter(|(part, _)| message.contains(part)) {
                        *told.entry(*part).or_insert(0) += 1;
                    }
                }
            }
        }
    }
    for (part, least) in TOLD {
        assert!(told.get(part).is_some_and(|count| count >= least), "{part}: {told:?}");
    }
    assert!(good > 3_000 && bad > 500, "{good} good, {bad} bad");
}

/// Every key and every operator of the format, and every type of value.
#[test]
fn every_key_and_every_operator_stands_in_good_policies() {
    let words = [
        "description:",
        "default: deny",
        "default: allow",
        "hide:",
        "tools:",
        "\"*\":",
        "rules:",
        "name:",
        "action: evaluate",
        "action: deny",
        "action: require_approval",
        "approval_timeout:",
        "rate_limit:",
        "conditions:",
        "on_deny:",
        "state:",
        "counter:",
        "window: minute",
        "window: hour",
        "window: day",
        "increment:",
        "increment: -",
        "increment_from:",
        "path: \"args.",
        "path: \"state.",
        "state._global.",
        "op: \"eq\"",
        "op: \"neq\"",
        "op: \"in\"",
        "op: \"not_in\"",
        "op: \"lt\"",
        "op: \"lte\"",
        "op: \"gt\"",
        "op: \"gte\"",
        "op: \"regex\"",
        "op: \"contains\"",
        "op: \"exists\"",
        "op: lt,",
        "op: lte,",
    ];
    let good = |case: &crate::case::Case| matches!(ours::answer(case), Answer::Calls(_));
    let cases: Vec<_> = (0..crate::CASES).map(generate::case).filter(good).collect();
    for word in words {
        let count = cases.iter().filter(|case| case.policy.contains(word)).count();
        assert!(count >= 10, "{word} stands in {count} policies");
    }
}
