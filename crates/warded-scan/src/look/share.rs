//! Work that is shared among threads.

use std::{
    num::NonZero,
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// How much room calls in calls have while code is looked at, whoever asks for it.
const STACK: usize = 32 << 20;

/// What becomes of each of these, in their order, however many threads there are. Nothing where the system has no room for
/// any of them.
pub(super) fn share<I: Sync, O: Send>(
    threads: NonZero<usize>,
    of: &[I],
    what: impl Fn(&I) -> O + Sync,
) -> Option<Vec<O>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = of.get(index) else { break done };
            done.push((index, what(one)));
        }
    };
    let mut done = thread::scope(|scope| {
        let room = || thread::Builder::new().name("look".to_owned()).stack_size(STACK);
        // Where there is room for fewer threads, these do all of it.
        let working: Vec<_> =
            (0..threads.get()).map_while(|_| room().spawn_scoped(scope, work).ok()).collect();
        let any = !working.is_empty();
        let each =
            working.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        let all: Vec<_> = each.flatten().collect();
        any.then_some(all)
    })?;
    done.sort_unstable_by_key(|(index, _)| *index);
    Some(done.into_iter().map(|(_, done)| done).collect())
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::share;

    #[test]
    fn order_does_not_depend_on_threads() {
        let numbers: Vec<u64> = (0..1_000).collect();
        for threads in [1, 2, 7] {
            let squares = share(NonZero::new(threads).unwrap(), &numbers, |number| number * number);
            assert!(squares.unwrap().into_iter().eq(numbers.iter().map(|number| number * number)));
        }
        assert_eq!(share(NonZero::<usize>::MIN, &[], |_: &u8| ()), Some(Vec::new()));
    }
}
