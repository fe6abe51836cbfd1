//! How long is `1h30m`? The spelling of durations in Go, which the format has.

use std::time::Duration;

/// The longest that anybody has to decide whether a call may be made.
pub(crate) const LONGEST: Duration = Duration::from_hours(30 * 24);

/// A text that is no duration that an approval could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidDuration {
    #[error("not a duration such as `30m`, `90s` or `1h30m`")]
    Spelling,
    #[error("an approval takes at least a second")]
    TooShort,
    #[error("an approval is waited for 720 hours at most")]
    TooLong,
}

/// Reads a duration: numbers with a unit each, fractions too.
pub(crate) fn parse(text: &str) -> Result<Duration, InvalidDuration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest.is_empty() {
        return Err(InvalidDuration::Spelling);
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (nanoseconds, after) = part(rest).ok_or(InvalidDuration::Spelling)?;
        total = total.saturating_add(nanoseconds);
        rest = after;
    }
    if total > LONGEST.as_nanos() {
        return Err(InvalidDuration::TooLong);
    }
    let seconds = u64::try_from(total / 1_000_000_000).map_err(|_| InvalidDuration::TooLong)?;
    if seconds == 0 {
        return Err(InvalidDuration::TooShort);
    }
    // Nobody approves by the millisecond.
    Ok(Duration::from_secs(seconds))
}

/// The units of Go. One that begins as another one does stands before that one.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// One number with its unit, in nanoseconds, and what stands behind it.
fn part(text: &str) -> Option<(u128, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (rest, unit) = UNITS.iter().find_map(|(name, unit)| Some((rest.strip_prefix(name)?, *unit)))?;
    // What does not fit is longer than anything that is possible.
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u128>().unwrap_or(u128::MAX) };
    let mut nanoseconds = whole.saturating_mul(unit);
    let mut share = unit;
    for digit in fraction.bytes() {
        share /= 10;
        nanoseconds = nanoseconds.saturating_add(u128::from(digit - b'0') * share);
    }
    Some((nanoseconds, rest))
}

/// The digits that a text begins with, and the rest.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_spelled_as_in_go() {
        for (text, seconds) in [
            ("30m", 1_800),
            ("10m", 600),
            ("1h30m", 5_400),
            ("1.5h", 5_400),
            (".5h", 1_800),
            ("1.h", 3_600),
            ("90s", 90),
            ("+1m", 60),
            ("1500ms", 1),
            ("720h", 2_592_000),
            ("2000000us", 2),
            ("2000000µs", 2),
            ("59m60s", 3_600),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in
            ["", "+", "30", "m", "30 m", " 30m", "30M", "1d", "1h30", ".h", "-5m", "1e3s", "٣m", "1h-5m"]
        {
            assert_eq!(parse(text), Err(InvalidDuration::Spelling), "{text}");
        }
    }

    #[test]
    fn an_approval_takes_a_second_at_least_and_thirty_days_at_most() {
        assert_eq!(parse("0s"), Err(InvalidDuration::TooShort));
        assert_eq!(parse("999ms"), Err(InvalidDuration::TooShort));
        assert_eq!(parse("720h1s"), Err(InvalidDuration::TooLong));
        let huge = format!("{}h", "9".repeat(1_000));
        assert_eq!(parse(&huge), Err(InvalidDuration::TooLong));
    }
}
