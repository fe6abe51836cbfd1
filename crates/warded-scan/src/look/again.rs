//! What one function keeps, another one has: those that ask for it are run once more.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

use crate::{
    flow::{
        keep::{Kept, meets},
        machine::{End, Ran},
    },
    project::FunctionRef,
    reach::alive::dead,
};

/// How often what is kept is brought to those that ask for it.
const ROUNDS: usize = 2;

/// Runs what `next` says, which is told what came to nothing of what it said last, until it says nothing more; and again
/// those that ask for what was kept by any of them, with those that `more` says can ask for it besides. `run` is given what is
/// kept, and gives what each of them did in their order.
pub(crate) fn run_again<'p>(
    mut next: impl FnMut(Vec<FunctionRef>) -> Vec<FunctionRef>,
    mut more: impl FnMut(&BTreeSet<Kept>) -> Vec<FunctionRef>,
    mut run: impl FnMut(&[FunctionRef], &Arc<BTreeSet<Kept>>) -> Option<Vec<Ran<'p>>>,
) -> Option<Vec<(FunctionRef, Ran<'p>)>> {
    let mut all = BTreeMap::new();
    let mut functions = next(Vec::new());
    while !functions.is_empty() {
        let ran = run(&functions, &Arc::default())?;
        let dead = dead(&functions.iter().copied().zip(&ran).collect::<Vec<_>>());
        all.extend(functions.into_iter().zip(ran));
        functions = next(dead);
    }
    let mut before = BTreeSet::new();
    for _ in 0..ROUNDS {
        let keeps: BTreeSet<_> = all.values().flat_map(|ran| &ran.keeps).cloned().collect();
        let new: BTreeSet<_> = keeps.difference(&before).cloned().collect();
        if new.is_empty() {
            break;
        }
        let asking = all.iter().filter(|(_, ran)| meets(&ran.asks, &new)).map(|(function, _)| *function);
        let mut again: Vec<_> = asking.chain(more(&new)).collect();
        again.sort_unstable();
        for (function, next) in again.iter().zip(run(&again, &Arc::new(keeps))?) {
            match all.entry(*function) {
                Entry::Vacant(place) => {
                    place.insert(next);
                }
                // What there was no time for does not undo what was met before.
                Entry::Occupied(mut ran) if next.end == End::Time => ran.get_mut().end = End::Time,
                Entry::Occupied(mut ran) => *ran.get_mut() = next,
            }
        }
        before.extend(new);
    }
    Some(all.into_iter().collect())
}
