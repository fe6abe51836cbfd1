//! How often is a place asked that the operator wrote down? What others have us fetch there, or elsewhere, must not keep its
//! program out, so places are counted and not peers, and only where the answer was of no use.

use warded_core::UnixTime;

use super::{FETCHES_PER_ADDRESS, Throttle};

/// Counts fetches by URL.
#[derive(Debug)]
pub(crate) struct Places(Throttle<String>);

impl Default for Places {
    fn default() -> Self {
        Self(Throttle::new(FETCHES_PER_ADDRESS))
    }
}

impl Places {
    /// Counts a fetch; false where there were too many.
    pub(crate) fn may_be_asked(&self, url: &str, now: UnixTime) -> bool {
        self.0.admit(url.to_owned(), now)
    }

    /// Takes a fetch back whose answer was of use.
    pub(crate) fn was_of_use(&self, url: &str) {
        self.0.forgive(url.to_owned());
    }
}
