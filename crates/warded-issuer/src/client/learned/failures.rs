//! Which URLs were no use a moment ago? They are not asked again within the same second, whoever wants to know, and are from the
//! next one on: an outage that strangers make the most of is over when it is over.

use std::collections::HashMap;

use warded_core::UnixTime;

use crate::refused::Refused;

/// Most failures that are remembered. Beyond it a URL is only asked more often.
const MOST: usize = 500;

/// What URLs said that was of no use, for the second in which they were asked.
#[derive(Debug, Default)]
pub(super) struct Failures(HashMap<Box<str>, (Refused, UnixTime)>);

impl Failures {
    /// What came of asking that URL in this very second.
    pub(super) fn at(&self, url: &str, now: UnixTime) -> Option<Refused> {
        self.0.get(url).filter(|(_, asked)| *asked == now).map(|(refused, _)| *refused)
    }

    /// Remembers what came of a question that was asked then.
    pub(super) fn enter(&mut self, url: &str, refused: Refused, asked: UnixTime) {
        if self.0.len() >= MOST {
            self.0.retain(|_, (_, other)| *other == asked);
        }
        if self.0.len() < MOST || self.0.contains_key(url) {
            self.0.insert(url.into(), (refused, asked));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn a_failure_is_one_for_its_second_and_for_its_url() {
        let mut failures = Failures::default();
        failures.enter("a", Refused::ClientUnreachable, at(0));
        assert_eq!(failures.at("a", at(0)), Some(Refused::ClientUnreachable));
        assert_eq!((failures.at("a", at(1)), failures.at("b", at(0))), (None, None));
        assert_eq!(failures.at("a", at(-1)), None, "a clock that was set back keeps nobody out");
        failures.enter("a", Refused::ClientKeys, at(5));
        assert_eq!(failures.at("a", at(5)), Some(Refused::ClientKeys));
    }

    #[test]
    fn a_flood_of_failures_takes_no_more_room_than_there_is_and_leaves_room_behind_it() {
        let mut failures = Failures::default();
        for n in 0..2 * MOST {
            failures.enter(&n.to_string(), Refused::ClientUnreachable, at(0));
        }
        assert_eq!(failures.0.len(), MOST);
        assert_eq!(failures.at("0", at(0)), Some(Refused::ClientUnreachable));
        failures.enter("late", Refused::ClientUnreachable, at(1));
        assert_eq!((failures.0.len(), failures.at("late", at(1))), (1, Some(Refused::ClientUnreachable)));
    }
}
