//! Has its caller called anything off since a call was begun? A server that hears of it answers the call with an error, whatever it
//! has done by then, and the caller picks the moment: such an error gives nothing back (MCP, Cancellation).

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

/// Callers share a place now and then: then one's cancellation keeps the other's call counted, and gives nobody anything back.
const PLACES: usize = 4096;

/// Drawn anew by each process: whoever may choose a name of its own must not find one that shares somebody's place.
static PLACED: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// How often callers have called something off.
///
/// ```
/// let called_off = warded_guard::CalledOff::default();
/// # let _ = called_off;
/// ```
#[derive(Clone)]
pub struct CalledOff(Arc<[Place]>);

/// When a server hears of a cancellation nobody knows: somewhere between the two.
#[derive(Default)]
struct Place {
    begun: AtomicU64,
    over: AtomicU64,
}

impl Default for CalledOff {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Place::default()).collect())
    }
}

impl std::fmt::Debug for CalledOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CalledOff")
    }
}

/// Who calls, as far as it matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Who(u64);

impl Who {
    pub(crate) fn of(issuer: &str, subject: Option<&str>, client: Option<&str>) -> Self {
        Self(PLACED.hash_one((issuer, subject, client)))
    }
}

/// Somebody calls something off, until this is dropped.
#[derive(Debug)]
#[must_use = "what is dropped at once is over"]
pub(crate) struct CallingOff {
    by: CalledOff,
    who: Who,
}

impl CalledOff {
    /// This caller does so now.
    pub(crate) fn begins(&self, who: Who) -> CallingOff {
        if let Some(place) = self.place(who) {
            place.begun.fetch_add(1, SeqCst);
        }
        CallingOff { by: self.clone(), who }
    }

    /// How many of this caller's are over by now: asked where a call begins.
    pub(crate) fn until_now(&self, who: Who) -> Before {
        Before { who, over: self.place(who).map_or(0, |place| place.over.load(SeqCst)) }
    }

    /// Whether one was under way then, or has begun since.
    pub(crate) fn any_since(&self, before: Before) -> bool {
        self.place(before.who).is_some_and(|place| place.begun.load(SeqCst) != before.over)
    }

    fn place(&self, who: Who) -> Option<&Place> {
        let places = u64::try_from(self.0.len()).ok()?;
        self.0.get(usize::try_from(who.0.checked_rem(places)?).ok()?)
    }
}

/// How much of a caller's was over when a call began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    who: Who,
    over: u64,
}

impl Drop for CallingOff {
    fn drop(&mut self) {
        if let Some(place) = self.by.place(self.who) {
            place.over.fetch_add(1, SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};

    use super::*;

    #[test]
    fn what_is_called_off_while_a_call_is_open_is_seen_wherever_it_begins_and_ends() {
        let (called_off, who) = (CalledOff::default(), Who::of("https://a", Some("ada"), None));
        drop(called_off.begins(who));
        let quiet = called_off.until_now(who);
        assert!(!called_off.any_since(quiet), "that was before");
        let first = called_off.begins(who);
        let amid = called_off.until_now(who);
        assert!(called_off.any_since(quiet) && called_off.any_since(amid));
        let second = called_off.begins(who);
        drop(first);
        let amid_another = called_off.until_now(who);
        drop(second);
        assert!(called_off.any_since(amid) && called_off.any_since(amid_another));
        assert!(!called_off.any_since(called_off.until_now(who)));
    }

    #[test]
    fn nobody_can_tell_beforehand_who_shares_a_place() {
        let known = |name: &str| {
            let mut hasher = DefaultHasher::new();
            ("https://a", Some(name), None::<&str>).hash(&mut hasher);
            Who(hasher.finish())
        };
        for name in ["ada", "bob"] {
            let who = Who::of("https://a", Some(name), None);
            assert_ne!(who, known(name));
            assert_eq!(who, Who::of("https://a", Some(name), None), "the same in all of a process");
        }
    }
}
