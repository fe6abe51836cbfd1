//! Which strays get a record of their own? Each token once a minute at each server, and so many in all.

use std::collections::HashSet;

use warded_core::UnixTime;

/// Records in a minute. Whoever has many genuine tokens of other servers must not fill the disk with them: a year of
/// nothing else is about ten gigabytes.
const PER_MINUTE: usize = 60;

/// What has had its record in this minute.
#[derive(Debug, Default)]
pub(super) struct Quota {
    minute: i64,
    recorded: HashSet<(Box<str>, Box<str>)>,
}

impl Quota {
    /// Whether there is a record left for this token at this server.
    pub(super) fn admit(&mut self, server: &str, token: &str, now: UnixTime) -> bool {
        let minute = now.seconds() / 60;
        if minute != self.minute {
            self.minute = minute;
            self.recorded.clear();
        }
        // A client that mixes up its tokens tries over and over; it must not hide somebody else's.
        self.recorded.len() < PER_MINUTE && self.recorded.insert((server.into(), token.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recorded_once_a_minute_and_so_many_are() {
        let at = UnixTime::from_seconds;
        let mut quota = Quota::default();
        assert!(quota.admit("notes", "a", at(60)) && !quota.admit("notes", "a", at(119)));
        assert!(quota.admit("files", "a", at(119)), "the same token somewhere else");
        let recorded = (0..1000).filter(|n| quota.admit("notes", &n.to_string(), at(119))).count();
        assert_eq!(recorded, PER_MINUTE - 2);
        assert!(quota.admit("notes", "a", at(120)), "another minute");
    }
}
