//! When is the operator told that something does not work? Once when it begins and once when it ends, and not twice a
//! minute: what is asked on behalf of many callers may come and fail in turns.

use std::sync::{Mutex, PoisonError};

use warded_core::UnixTime;

/// For how many seconds at least nothing more is told.
const BETWEEN_NOTICES: i64 = 60;

/// What the operator was told last.
#[derive(Default)]
pub(crate) struct Outage(Mutex<Told>);

#[derive(Default)]
struct Told {
    is_outage: bool,
    at: Option<UnixTime>,
}

impl Outage {
    /// Whether it is time to tell whether there is an outage.
    pub(crate) fn is_news(&self, is_outage: bool, now: UnixTime) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_soon = told.at.is_some_and(|at| (0..BETWEEN_NOTICES).contains(&now.since(at)));
        if told.is_outage == is_outage || is_soon {
            return false;
        }
        *told = Told { is_outage, at: Some(now) };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_that_comes_and_goes_is_told_once_a_minute() {
        let at = |second: i64| UnixTime::from_seconds(1_800_000_000 + second);
        let outage = Outage::default();
        assert!(!outage.is_news(false, at(0)), "all is well");
        let lines = (0..120).filter(|second| outage.is_news(second % 2 == 0, at(*second))).count();
        assert_eq!(lines, 2);
    }
}
