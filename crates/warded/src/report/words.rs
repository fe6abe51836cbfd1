//! Times in words.

use warded_core::UnixTime;

/// A moment as a date.
pub(crate) fn date(at: UnixTime) -> String {
    jiff::Timestamp::from_second(at.seconds())
        .map_or_else(|_| at.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// A moment as a date, and how far away it is.
pub(crate) fn moment(at: UnixTime, now: UnixTime) -> String {
    let date = date(at);
    match at.since(now) {
        0 => format!("{date} (now)"),
        ahead @ 1.. => format!("{date} (in {})", span_of_time(ahead)),
        past => format!("{date} ({} ago)", span_of_time(-past)),
    }
}

/// A number of seconds in the largest unit that says something.
pub(crate) fn span_of_time(seconds: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = UNITS.into_iter().find(|(size, _)| seconds >= size * 2).unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_the_largest_unit_that_fits_twice() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (90, "90 seconds"),
            (120, "2 minutes"),
            (7_199, "119 minutes"),
            (7_200, "2 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(span_of_time(seconds), words);
        }
        let at = UnixTime::from_seconds;
        assert_eq!(moment(at(60), at(0)), "1970-01-01 00:01:00 UTC (in 60 seconds)");
        assert_eq!(moment(at(0), at(300)), "1970-01-01 00:00:00 UTC (5 minutes ago)");
        assert_eq!(moment(at(5), at(5)), "1970-01-01 00:00:05 UTC (now)");
    }
}
