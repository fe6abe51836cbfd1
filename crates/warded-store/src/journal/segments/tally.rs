//! How often was somebody refused who is not known? A count for each server and reason, minute by minute.

use std::collections::{BTreeMap, HashMap};

use warded_core::UnixTime;

/// How many counts may wait. Servers and reasons are finite, but their product is not small.
const MAX_COUNTS: usize = 4096;
/// Whom the rest is counted for.
const OTHERS: &str = "(other servers)";

/// Counts of which each has a record of its own, one after the other.
pub(super) type Counts = Vec<(Key, u64, UnixTime)>;

/// One count for each reason and minute, whatever the servers. There are not more reasons than refusals have codes, so
/// this much may be written in any minute, however many a day has had.
pub(super) fn merged(counts: Counts) -> Counts {
    let mut merged = BTreeMap::<_, u64>::new();
    for ((_, code), count, minute) in counts {
        let sum = merged.entry((minute, code)).or_default();
        *sum = sum.saturating_add(count);
    }
    merged.into_iter().map(|((minute, code), count)| ((OTHERS.into(), code), count, minute)).collect()
}

/// A server and a reason.
pub(super) type Key = (Box<str>, &'static str);

/// The counts that are not written yet, by the minute in which they were counted.
#[derive(Debug, Default)]
pub(super) struct Tally(HashMap<(Key, i64), u64>);

impl Tally {
    pub(super) fn count(&mut self, server: &str, code: &'static str, now: UnixTime) {
        let minute = minute_of(now);
        let own = ((Box::from(server), code), minute);
        let has_room = self.0.len() < MAX_COUNTS || self.0.contains_key(&own);
        // The rest has no minute either: while a disk takes nothing for hours, it still is one count for each reason.
        let key = if has_room { own } else { ((OTHERS.into(), code), 0) };
        let count = self.0.entry(key).or_default();
        *count = count.saturating_add(1);
    }

    /// The counts of the minutes that are over, or all of them.
    pub(super) fn drain(&mut self, now: UnixTime, also_this_minute: bool) -> Counts {
        let current = minute_of(now);
        let over = self.0.extract_if(|(_, minute), _| also_this_minute || *minute != current);
        let mut over: Vec<_> =
            over.map(|((key, minute), count)| (key, count, UnixTime::from_seconds(minute * 60))).collect();
        over.sort_unstable_by(|one, other| (one.2, &one.0).cmp(&(other.2, &other.0)));
        over
    }
}

fn minute_of(time: UnixTime) -> i64 {
    time.seconds() / 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_written_when_it_is_over() {
        let at = UnixTime::from_seconds;
        let mut tally = Tally::default();
        tally.count("notes", "expired", at(61));
        tally.count("notes", "expired", at(119));
        tally.count("notes", "token-absent", at(119));
        assert_eq!(tally.drain(at(119), false), vec![]);
        tally.count("notes", "expired", at(120));
        let counts = tally.drain(at(120), false);
        let expected =
            [(("notes".into(), "expired"), 2, at(60)), (("notes".into(), "token-absent"), 1, at(60))];
        assert_eq!(counts, expected);
        assert_eq!(tally.drain(at(120), true), [(("notes".into(), "expired"), 1, at(120))]);
        assert_eq!(tally.drain(at(240), true), []);
    }

    #[test]
    fn a_flood_over_many_servers_ends_in_one_count() {
        let at = UnixTime::from_seconds;
        let mut tally = Tally::default();
        for server in 0..MAX_COUNTS + 500 {
            tally.count(&server.to_string(), "expired", at(60));
        }
        let counts = tally.drain(at(60), true);
        assert_eq!(counts.len(), MAX_COUNTS + 1);
        assert!(counts.contains(&((OTHERS.into(), "expired"), 500, at(0))));
    }

    #[test]
    fn what_is_beyond_the_bytes_of_a_day_is_one_count_for_each_reason_and_minute() {
        let at = UnixTime::from_seconds;
        let count = |server: &str, code, count, minute| ((Box::from(server), code), count, at(minute));
        let counts = vec![
            count("notes", "expired", 2, 60),
            count("files", "expired", 3, 60),
            count("files", "token-absent", 1, 60),
            count("files", "expired", 1, 120),
        ];
        let expected = [
            count(OTHERS, "expired", 5, 60),
            count(OTHERS, "token-absent", 1, 60),
            count(OTHERS, "expired", 1, 120),
        ];
        assert_eq!(merged(counts), expected);
    }
}
