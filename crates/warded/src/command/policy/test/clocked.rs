//! When are calls made, in a file of tests?

use serde::{Deserialize, Deserializer, de::Error as _};
use warded_core::UnixTime;

/// The moment at which tests begin that say no other: always the same one, so that no test depends on the day on which it is run.
pub(super) const BEGIN: UnixTime = UnixTime::from_seconds(1_767_614_400);

/// A moment, such as `2026-01-05T12:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(pub(super) UnixTime);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = text.parse::<jiff::Timestamp>().map(|at| Self(UnixTime::from_seconds(at.as_second())));
        read.map_err(|_| {
            D::Error::custom(format!(
                "`{}` is no moment; Write it as `2026-01-05T12:00:00Z`.",
                text.escape_debug()
            ))
        })
    }
}

/// A span of time, such as `90s` or `1h30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(pub(super) u32);

impl Span {
    fn parse(text: &str) -> Option<Self> {
        let mut seconds = 0_u32;
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let (digits, behind) = rest.split_at_checked(end)?;
            let (unit, behind) = behind.split_at_checked(1)?;
            let unit = match unit {
                "s" => 1,
                "m" => 60,
                "h" => 3_600,
                "d" => 86_400,
                _ => return None,
            };
            seconds = seconds.checked_add(digits.parse::<u32>().ok()?.checked_mul(unit)?)?;
            rest = behind;
        }
        (!text.is_empty()).then_some(Self(seconds))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{}` is no span of time; Write `90s`, `5m` or `1h30m`.",
                text.escape_debug()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_have_units() {
        for (text, seconds) in [("90s", 90), ("1h30m", 5_400), ("2d", 172_800), ("0s", 0)] {
            assert_eq!(Span::parse(text), Some(Span(seconds)), "{text}");
        }
        for text in ["", "5", "m", "5w", "1.5h", "-1m", "99999999d", "1h 30m", "5é"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }

    #[test]
    fn tests_begin_at_noon_of_a_monday() {
        let begin = jiff::Timestamp::from_second(BEGIN.seconds()).unwrap();
        assert_eq!(begin.to_string(), "2026-01-05T12:00:00Z");
    }
}
