//! Which strangers get a record of their own? Each once a minute for each place, so many in all, and so many bytes a day.

use std::collections::HashSet;

use warded_core::UnixTime;

/// Records in a minute. Whoever has many genuine tokens of other servers must not fill the disk with them.
const PER_MINUTE: usize = 60;
/// Bytes in a day, for everything that strangers cause.
const PER_DAY: usize = 64 * 1024 * 1024;
const DAY: i64 = 24 * 60 * 60;

/// What has had its record in this minute, and what was spent in this day.
#[derive(Debug, Default)]
pub(super) struct Quota {
    minute: i64,
    recorded: HashSet<Box<str>>,
    day: i64,
    bytes: usize,
}

impl Quota {
    /// Whether there is a record left for this one at this place.
    pub(super) fn admit(&mut self, key: &[&str], now: UnixTime) -> bool {
        let minute = now.seconds().div_euclid(60);
        if minute != self.minute {
            self.minute = minute;
            self.recorded.clear();
        }
        // No part has a line feed in it: they are names, identifiers and escaped texts.
        !self.is_spent(now)
            && self.recorded.len() < PER_MINUTE
            && self.recorded.insert(key.join("\n").into_boxed_str())
    }

    /// So much was written.
    pub(super) fn spend(&mut self, bytes: usize, now: UnixTime) {
        let _spent = self.is_spent(now);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Whether nothing is left of this day.
    pub(super) fn is_spent(&mut self, now: UnixTime) -> bool {
        let day = now.seconds().div_euclid(DAY);
        if day != self.day {
            (self.day, self.bytes) = (day, 0);
        }
        self.bytes >= PER_DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recorded_once_a_minute_and_so_many_are() {
        let at = UnixTime::from_seconds;
        let mut quota = Quota::default();
        assert!(quota.admit(&["notes", "a"], at(60)) && !quota.admit(&["notes", "a"], at(119)));
        assert!(quota.admit(&["files", "a"], at(119)), "the same token somewhere else");
        let recorded = (0..1000).filter(|n| quota.admit(&["notes", &n.to_string()], at(119))).count();
        assert_eq!(recorded, PER_MINUTE - 2);
        assert!(quota.admit(&["notes", "a"], at(120)), "another minute");
    }

    #[test]
    fn strangers_have_so_many_bytes_a_day() {
        let at = UnixTime::from_seconds;
        let mut quota = Quota::default();
        quota.spend(PER_DAY - 1, at(0));
        assert!(quota.admit(&["notes", "a"], at(0)));
        quota.spend(1, at(0));
        assert!(!quota.admit(&["notes", "a"], at(DAY - 1)) && quota.is_spent(at(DAY - 1)));
        assert!(!quota.is_spent(at(DAY)) && quota.admit(&["notes", "a"], at(DAY)), "another day");
    }
}
