//! What one function keeps, another one has: those that ask for it are run once more.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    flow::{
        keep::{Kept, meets},
        machine::{End, Ran},
    },
    project::FunctionRef,
};

/// How often what is kept is brought to those that ask for it.
const ROUNDS: usize = 2;

/// Runs all of these, and again those that ask for what was kept by any of them. `run` is given what is kept, and gives
/// what each of them did in their order.
pub(crate) fn run_again<'p>(
    functions: &[FunctionRef],
    mut run: impl FnMut(&[FunctionRef], &Arc<BTreeSet<Kept>>) -> Option<Vec<Ran<'p>>>,
) -> Option<Vec<(FunctionRef, Ran<'p>)>> {
    let mut all: Vec<_> = functions.iter().copied().zip(run(functions, &Arc::default())?).collect();
    let mut before = BTreeSet::new();
    for _ in 0..ROUNDS {
        let keeps: BTreeSet<_> = all.iter().flat_map(|(_, ran)| &ran.keeps).cloned().collect();
        let new: BTreeSet<_> = keeps.difference(&before).cloned().collect();
        let mut asking: Vec<_> = all.iter_mut().filter(|(_, ran)| meets(&ran.asks, &new)).collect();
        if asking.is_empty() {
            break;
        }
        let again: Vec<_> = asking.iter().map(|(function, _)| *function).collect();
        for ((_, ran), next) in asking.iter_mut().zip(run(&again, &Arc::new(keeps))?) {
            // What there was no time for does not undo what was met before.
            if next.end == End::Time {
                ran.end = End::Time;
            } else {
                *ran = next;
            }
        }
        before.extend(new);
    }
    Some(all)
}
