//! When? A span of time ago, a day, or a moment.

use std::str::FromStr;

use jiff::{Timestamp, civil, tz::TimeZone};
use warded_core::UnixTime;

/// A moment as somebody writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// So many seconds before now.
    Ago(i64),
    /// Then.
    At(i64),
}

impl When {
    pub(super) fn moment(self, now: UnixTime) -> i64 {
        match self {
            Self::Ago(seconds) => now.seconds().saturating_sub(seconds),
            Self::At(seconds) => seconds,
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ago = || {
            let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
            let seconds = match unit {
                "s" => 1,
                "m" => 60,
                "h" => 60 * 60,
                "d" => 24 * 60 * 60,
                _ => return None,
            };
            let number: u32 =
                digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            Some(Self::Ago(i64::from(number) * seconds))
        };
        let day = || {
            let day = civil::Date::strptime("%Y-%m-%d", text).ok()?.to_zoned(TimeZone::UTC).ok()?;
            Some(Self::At(day.timestamp().as_second()))
        };
        let moment = || text.parse::<Timestamp>().ok().map(|at| Self::At(at.as_second()));
        ago().or_else(day).or_else(moment).ok_or_else(|| {
            "write how long ago, such as `90m` or `7d`, a day such as `2027-01-31`, or a moment such as \
             `2027-01-31T08:00:00Z`"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_three_ways() {
        let now = UnixTime::from_seconds(1_800_000_000);
        let moment = |text: &str| text.parse::<When>().map(|when| when.moment(now)).ok();
        assert_eq!(moment("90m"), Some(1_800_000_000 - 5400));
        assert_eq!(moment("2d"), Some(1_800_000_000 - 172_800));
        assert_eq!(moment("2027-01-15"), Some(1_799_971_200));
        assert_eq!(moment("2027-01-15T08:00:00Z"), Some(1_800_000_000));
        assert_eq!(moment("2027-01-15T10:00:00+02:00"), Some(1_800_000_000));
        for wrong in ["", "x", "1", "+1h", "-1h", "1w", "yesterday", "2027-13-01", "√"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }
}
