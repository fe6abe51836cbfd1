//! Does Warded judge as Intercept's format says? 5,000 policies that nobody would write, each with calls, go to a second
//! implementation, written from a description of the format alone. Where the two differ, the difference is one of a
//! closed list.

use std::collections::BTreeSet;

use warded_policy::Reading;

use case::{Answer, Case};
use differences::{DIFFERENCES, Sign};
use ours::Ours;
use peer::Peer;

mod case;
mod differences;
mod draw;
mod generate;
#[path = "../memory/mod.rs"]
mod memory;
mod ours;
mod peer;

const CASES: u64 = 5_000;

/// Everything in which Warded judges otherwise.
fn ways() -> Vec<&'static str> {
    DIFFERENCES.iter().filter(|one| matches!(one.sign, Sign::Way)).map(|one| one.name).collect()
}

/// The difference that makes a policy with this finding be refused here alone.
fn refusing(code: &str) -> Option<&'static str> {
    DIFFERENCES
        .iter()
        .find(|one| matches!(one.sign, Sign::Refused(codes) if codes.contains(&code)))
        .map(|one| one.name)
}

/// Whether both say the same: of a policy that is none, each says it in other words.
fn is_same(one: &Answer, other: &Answer) -> bool {
    match (one, other) {
        (Answer::Errors(_), Answer::Errors(_)) => true,
        (one, other) => one == other,
    }
}

fn shown(case: &Case, ours: &Ours, theirs: &Answer) -> String {
    let (Answer::Calls(our_calls), Answer::Calls(their_calls)) = (&ours.answer, theirs) else {
        return format!("{}\nours: {:?} {:?}\ntheirs: {theirs:?}", case.policy, ours.codes, ours.answer);
    };
    let place = our_calls.iter().zip(their_calls).position(|(our, their)| our != their).unwrap();
    let made: Vec<_> = case.calls[..=place].iter().map(|made| serde_json::to_string(made).unwrap()).collect();
    format!(
        "{}\n{}\nours: {:?}\ntheirs: {:?}",
        case.policy,
        made.join("\n"),
        our_calls[place],
        their_calls[place]
    )
}

#[test]
fn every_difference_is_listed_and_everything_listed_differs() {
    let Some(peer) = Peer::found() else { return };
    let ways = ways();
    let cases: Vec<_> = (0..CASES).map(generate::case).collect();
    let as_theirs: Vec<_> = cases.iter().map(|case| (case, Vec::new())).collect();
    let as_ours: Vec<_> = cases.iter().map(|case| (case, ways.clone())).collect();
    let theirs = peer.answers("as-theirs", &as_theirs);
    let alike = peer.answers("as-ours", &as_ours);

    let mut seen = BTreeSet::new();
    let mut unexplained = Vec::new();
    let mut again = Vec::new();
    for ((case, theirs), alike) in cases.iter().zip(&theirs).zip(&alike) {
        let mut ours = ours::answer(case, Reading::Strict);
        if let (Answer::Errors(codes), Answer::Calls(_)) = (&ours.answer, alike) {
            let names: Option<Vec<_>> = codes.iter().map(|code| refusing(code)).collect();
            let Some(names) = names else {
                unexplained.push(shown(case, &ours, alike));
                continue;
            };
            seen.extend(names);
            ours = ours::answer(case, Reading::Lenient);
            if matches!(ours.answer, Answer::Errors(_)) {
                continue;
            }
        }
        if !is_same(&ours.answer, alike) {
            unexplained.push(shown(case, &ours, alike));
        } else if !is_same(theirs, alike) {
            again.extend(ways.iter().map(|without| (case, *without, alike)));
        }
    }
    assert!(
        unexplained.is_empty(),
        "{} unexplained, such as\n{}",
        unexplained.len(),
        unexplained[..unexplained.len().min(4)].join("\n\n")
    );

    let but_one = |without| ways.iter().copied().filter(|way| *way != without).collect();
    let questions: Vec<_> = again.iter().map(|(case, without, _)| (*case, but_one(*without))).collect();
    for (answer, (_, without, alike)) in peer.answers("but-one", &questions).iter().zip(&again) {
        if !is_same(answer, alike) {
            seen.insert(without);
        }
    }
    for difference in DIFFERENCES {
        assert!(seen.contains(difference.name), "{} never occurs", difference.name);
    }
}
