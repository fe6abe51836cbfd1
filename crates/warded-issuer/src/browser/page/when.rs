//! How are times told to people? By the day in UTC, since the browser's zone is not known without a script.

use jiff::{Timestamp, tz::TimeZone};
use warded_core::UnixTime;

const HOUR: u32 = 60 * 60;
const DAY: u32 = 24 * HOUR;

/// `21 November 2026`
pub(in crate::browser) fn day(time: UnixTime) -> String {
    told(time, "%-d %B %Y")
}

/// `21 November 2026, 17:05 UTC`
pub(in crate::browser) fn moment(time: UnixTime) -> String {
    told(time, "%-d %B %Y, %H:%M UTC")
}

fn told(time: UnixTime, format: &str) -> String {
    let time = Timestamp::from_second(time.seconds()).unwrap_or(Timestamp::MAX);
    time.to_zoned(TimeZone::UTC).strftime(format).to_string()
}

/// `90 days`, `12 hours`: in the largest unit that does not promise less than it is.
pub(in crate::browser) fn lasting(seconds: u32) -> String {
    let (number, unit) = match seconds {
        seconds if seconds >= 2 * DAY => (seconds.div_ceil(DAY), "days"),
        seconds if seconds >= 2 * HOUR => (seconds.div_ceil(HOUR), "hours"),
        seconds => (seconds.div_ceil(60), "minutes"),
    };
    match number {
        1 => "a minute".to_owned(),
        number => format!("{number} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_like_times() {
        let time = UnixTime::from_seconds(1_800_000_000);
        assert_eq!(
            (day(time), moment(time)),
            ("15 January 2027".into(), "15 January 2027, 08:00 UTC".into())
        );
        assert_eq!(day(UnixTime::from_seconds(i64::MAX)), "30 December 9999");
    }

    #[test]
    fn lifetimes_are_never_told_too_short() {
        for (seconds, told) in [
            (90 * DAY, "90 days"),
            (DAY, "24 hours"),
            (2 * DAY + 1, "3 days"),
            (12 * HOUR, "12 hours"),
            (HOUR, "60 minutes"),
            (61, "2 minutes"),
            (1, "a minute"),
        ] {
            assert_eq!(lasting(seconds), told);
        }
    }
}
