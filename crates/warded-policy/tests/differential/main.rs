//! Does Warded judge as Intercept's format says? 5,000 policies that nobody would write, each with calls, go to a second
//! implementation, written from a description of the format alone. Where the two differ, the difference is one of a
//! closed list.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

use case::{Answer, Case};
use differences::DIFFERENCES;
use peer::Peer;

mod case;
mod coverage;
mod differences;
mod draw;
mod generate;
#[path = "../memory/mod.rs"]
mod memory;
mod ours;
mod page;
mod peer;
mod wire;

const CASES: u64 = 5_000;

/// Whether both say the same: of a policy that is none, each says it in other words.
fn is_same(one: &Answer, other: &Answer) -> bool {
    match (one, other) {
        (Answer::Errors(_), Answer::Errors(_)) => true,
        (one, other) => one == other,
    }
}

fn shown(case: &Case, ours: &Answer, theirs: &Answer) -> String {
    let (Answer::Calls(our_calls), Answer::Calls(their_calls)) = (ours, theirs) else {
        let brief = |answer: &Answer| match answer {
            Answer::Errors(errors) => format!("{errors:?}"),
            Answer::Calls(_) => "taken".to_owned(),
        };
        return format!("{}ours: {}\ntheirs: {}", case.policy, brief(ours), brief(theirs));
    };
    let place = our_calls.iter().zip(their_calls).position(|(our, their)| our != their).unwrap();
    let made: Vec<_> = case.calls[..=place].iter().map(|made| serde_json::to_string(made).unwrap()).collect();
    let (our, their) = (&our_calls[place], &their_calls[place]);
    format!("{}{}\nours: {our:?}\ntheirs: {their:?}", case.policy, made.join("\n"))
}

#[test]
fn every_difference_is_listed_and_everything_listed_differs() {
    let Some(peer) = Peer::found() else { return };
    let ways: Vec<_> = DIFFERENCES.iter().map(|difference| difference.name).collect();
    let cases: Vec<_> = (0..CASES).map(generate::case).collect();
    let ask = |round, ways: &Vec<_>| {
        let questions: Vec<_> = cases.iter().map(|case| (case, ways.clone())).collect();
        peer.answers(round, &questions)
    };
    let (as_theirs, as_ours) = (ask("as-theirs", &Vec::new()), ask("as-ours", &ways));

    let ours: Vec<_> = cases.iter().map(ours::answer).collect();
    let mut unexplained: Vec<_> = (cases.iter().zip(&ours).zip(&as_ours))
        .filter(|((_, ours), theirs)| !is_same(ours, theirs))
        .map(|((case, ours), theirs)| shown(case, ours, theirs))
        .collect();
    unexplained.sort_by_key(String::len);
    let some = unexplained.iter().take(8).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(unexplained.is_empty(), "{} unexplained, such as\n{some}", unexplained.len());

    // What differs for the two is asked again without one of the differences, each until it is seen to matter.
    let differing: Vec<_> = (cases.iter().zip(as_theirs.iter().zip(&as_ours)))
        .filter(|(_, (one, other))| !is_same(one, other))
        .map(|(case, (_, as_ours))| (case, as_ours))
        .collect();
    let mut unseen = ways.clone();
    for some in differing.chunks(100) {
        let again: Vec<_> = some
            .iter()
            .flat_map(|(case, alike)| unseen.iter().map(move |way| (*case, *way, *alike)))
            .collect();
        let but = |without: &str| ways.iter().copied().filter(|way| *way != without).collect();
        let questions: Vec<_> = again.iter().map(|(case, without, _)| (*case, but(without))).collect();
        for (answer, (_, without, as_ours)) in peer.answers("but-one", &questions).iter().zip(&again) {
            if !is_same(answer, as_ours) {
                unseen.retain(|way| way != without);
            }
        }
    }
    assert!(unseen.is_empty(), "never seen to differ: {unseen:?}");
}
