//! What does the clock say? All of it in UTC, as the windows of the format are.

use warded_core::UnixTime;

use crate::found::Found;

const WEEKDAYS: [&str; 7] = ["thursday", "friday", "saturday", "sunday", "monday", "tuesday", "wednesday"];

/// What may stand behind `time.`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Unix,
    Date,
    Time,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Weekday,
}

/// A moment as RFC 3339 writes it, in UTC.
///
/// ```
/// use warded_core::UnixTime;
///
/// assert_eq!(warded_policy::rfc3339(UnixTime::from_seconds(1_800_000_000)), "2027-01-15T08:00:00Z");
/// ```
pub fn rfc3339(at: UnixTime) -> String {
    let (days, second) = (at.seconds().div_euclid(86_400), at.seconds().rem_euclid(86_400));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

impl Field {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "unix" => Self::Unix,
            "date" => Self::Date,
            "time" => Self::Time,
            "year" => Self::Year,
            "month" => Self::Month,
            "day" => Self::Day,
            "hour" => Self::Hour,
            "minute" => Self::Minute,
            "second" => Self::Second,
            "weekday" => Self::Weekday,
            _ => return None,
        })
    }

    pub(crate) fn at(self, now: UnixTime) -> Found<'static> {
        let seconds = now.seconds();
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        let (year, month, day) = date(days);
        match self {
            Self::Unix => Found::number(seconds),
            Self::Date => Found::Text(format!("{year:04}-{month:02}-{day:02}").into()),
            Self::Time => Found::Text(format!("{hour:02}:{minute:02}:{:02}", second % 60).into()),
            Self::Year => Found::number(year),
            Self::Month => Found::number(month),
            Self::Day => Found::number(day),
            Self::Hour => Found::number(hour),
            Self::Minute => Found::number(minute),
            Self::Second => Found::number(second % 60),
            Self::Weekday => {
                let day = usize::try_from(days.rem_euclid(7)).ok().and_then(|day| WEEKDAYS.get(day));
                Found::text(day.copied().unwrap_or_default())
            }
        }
    }
}

/// The day so many days after 1970-01-01. Years begin in March here, so that the day that not each of them has is the last.
fn date(days: i64) -> (i64, i64, i64) {
    const FOUR_CENTURIES: i64 = 146_097;
    /// From 0000-03-01 to 1970-01-01.
    const EPOCH: i64 = 719_468;
    let days = days + EPOCH;
    let (centuries, day) = (days.div_euclid(FOUR_CENTURIES), days.rem_euclid(FOUR_CENTURIES));
    // Without the leap days before it, every year has 365 days; the last day of the four centuries is one of them.
    let leap_days = day / 1_460 - day / 36_524 + day / (FOUR_CENTURIES - 1);
    let year = (day - leap_days) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months from March on have 31, 30, 31, 30, 31 days, twice and a bit: 153 in five.
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (centuries * 400 + year + carry, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::Steps;

    fn shown(field: &str, seconds: i64) -> String {
        let at = Field::named(field).unwrap().at(UnixTime::from_seconds(seconds));
        at.go_text(crate::found::Precision::Exact, &mut Steps::new()).unwrap()
    }

    #[test]
    fn the_clock_is_read_in_utc() {
        for (seconds, date, time, weekday) in [
            (0, "1970-01-01", "00:00:00", "thursday"),
            (86_399, "1970-01-01", "23:59:59", "thursday"),
            (951_782_400, "2000-02-29", "00:00:00", "tuesday"),
            (951_868_800, "2000-03-01", "00:00:00", "wednesday"),
            (1_709_164_800, "2024-02-29", "00:00:00", "thursday"),
            (1_735_689_599, "2024-12-31", "23:59:59", "tuesday"),
            (4_107_542_400, "2100-03-01", "00:00:00", "monday"),
            (253_402_300_799, "9999-12-31", "23:59:59", "friday"),
        ] {
            assert_eq!((shown("date", seconds), shown("time", seconds)), (date.into(), time.into()));
            assert_eq!(shown("weekday", seconds), weekday, "{date}");
            for (field, part) in [("year", date.get(..4)), ("month", date.get(5..7)), ("day", date.get(8..))]
            {
                assert_eq!(shown(field, seconds).parse::<i64>(), part.unwrap().parse(), "{date} {field}");
            }
            for (field, part) in
                [("hour", time.get(..2)), ("minute", time.get(3..5)), ("second", time.get(6..))]
            {
                assert_eq!(shown(field, seconds).parse::<i64>(), part.unwrap().parse(), "{time} {field}");
            }
        }
        assert_eq!(shown("unix", 1_735_689_599), "1735689599");
        assert_eq!(Field::named("zone"), None);
    }

    #[test]
    fn every_day_is_followed_by_the_next() {
        let length = |year: i64, month: i64| match month {
            4 | 6 | 9 | 11 => 30,
            2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
            2 => 28,
            _ => 31,
        };
        let mut expected = (1970, 1, 1);
        for days in 0..150_000 {
            assert_eq!(date(days), expected);
            let (year, month, day) = expected;
            expected = match (day == length(year, month), month) {
                (false, _) => (year, month, day + 1),
                (true, 12) => (year + 1, 1, 1),
                (true, _) => (year, month + 1, 1),
            };
        }
    }
}
