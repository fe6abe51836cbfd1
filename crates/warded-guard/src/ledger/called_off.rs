//! Has its caller called anything off since a call was begun? A server that hears of it answers the call with an error, whatever it
//! has done by then, and the caller picks the moment: such an error gives nothing back (MCP, Cancellation).

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

/// Callers share a place now and then: then one's cancellation keeps the other's call counted, and gives nobody anything back.
const PLACES: usize = 4096;

/// How often callers have called something off.
///
/// ```
/// let called_off = warded_guard::CalledOff::default();
/// # let _ = called_off;
/// ```
#[derive(Clone)]
pub struct CalledOff(Arc<[AtomicU64]>);

impl Default for CalledOff {
    fn default() -> Self {
        Self((0..PLACES).map(|_| AtomicU64::new(0)).collect())
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
        let mut hasher = DefaultHasher::new();
        (issuer, subject, client).hash(&mut hasher);
        Self(hasher.finish())
    }
}

impl CalledOff {
    /// How often this caller has until now.
    pub(crate) fn by(&self, who: Who) -> u64 {
        self.place(who).map_or(0, |place| place.load(SeqCst))
    }

    /// It does so now.
    pub(crate) fn again(&self, who: Who) {
        if let Some(place) = self.place(who) {
            place.fetch_add(1, SeqCst);
        }
    }

    fn place(&self, who: Who) -> Option<&AtomicU64> {
        let places = u64::try_from(self.0.len()).ok()?;
        self.0.get(usize::try_from(who.0.checked_rem(places)?).ok()?)
    }
}
