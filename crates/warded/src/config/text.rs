//! Small values that people write as text: dates, spans of time, sizes.

use std::borrow::Cow;

use jiff::{civil, tz::TimeZone};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use warded_core::UnixTime;

/// A day in UTC, such as `2027-01-31`.
#[derive(Clone, Copy, Debug)]
pub struct Date {
    day: civil::Date,
    end: UnixTime,
}

impl Date {
    /// The first moment after that day.
    pub const fn end(self) -> UnixTime {
        self.end
    }

    fn parse(text: &str) -> Result<Self, jiff::Error> {
        let day = civil::Date::strptime("%Y-%m-%d", text)?;
        let next = day.tomorrow()?.to_zoned(TimeZone::UTC)?;
        Ok(Self { day, end: UnixTime::from_seconds(next.timestamp().as_second()) })
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.day.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|_| {
            D::Error::custom(format!("`{}` is not a day; Write it as `2027-01-31`.", text.escape_debug()))
        })
    }
}

impl JsonSchema for Date {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

/// A span of time: a number and `s`, `m`, `h` or `d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(u32);

impl Lifetime {
    /// Its length in seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            _ => return None,
        };
        // `parse` alone would take `+5`.
        let number: u32 = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        number.checked_mul(seconds).map(Self)
    }
}

impl<'de> Deserialize<'de> for Lifetime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{}` is not a span of time; Write a number and `s`, `m`, `h` or `d`, such as `90s` or `12h`.",
                text.escape_debug()
            ))
        })
    }
}

impl JsonSchema for Lifetime {
    fn schema_name() -> Cow<'static, str> {
        "Lifetime".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+[smhd]$" })
    }
}

/// A number of bytes: a number and `KiB` or `MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(usize);

impl Size {
    /// The number of bytes.
    pub const fn bytes(self) -> usize {
        self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let (digits, unit) = text.split_at_checked(text.len().checked_sub(3)?)?;
        let bytes = match unit {
            "KiB" => 1024,
            "MiB" => 1024 * 1024,
            _ => return None,
        };
        let number: usize =
            digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        number.checked_mul(bytes).map(Self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{}` is not a size; Write a number and `KiB` or `MiB`, such as `512KiB` or `8MiB`.",
                text.escape_debug()
            ))
        })
    }
}

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+[KM]iB$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_need_a_unit() {
        for (text, seconds) in [("0s", 0), ("90s", 90), ("5m", 300), ("12h", 43200), ("30d", 2_592_000)] {
            assert_eq!(Lifetime::parse(text), Some(Lifetime(seconds)), "{text}");
        }
        for text in ["", "s", "5", "5 m", "+5s", "-5s", "1.5h", "5w", "99999999d", "1h30m", "5é"] {
            assert_eq!(Lifetime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_need_a_unit() {
        for (text, bytes) in [("0KiB", 0), ("512KiB", 524_288), ("8MiB", 8_388_608)] {
            assert_eq!(Size::parse(text), Some(Size(bytes)), "{text}");
        }
        for text in
            ["", "KiB", "5", "5 MiB", "+5MiB", "-5MiB", "1.5MiB", "5MB", "99999999999999999MiB", "5éa"]
        {
            assert_eq!(Size::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_ends_when_the_next_begins() {
        let day: Date = serde_json::from_str("\"2027-01-31\"").unwrap();
        assert_eq!(day.end().seconds(), 1_801_440_000);
        assert_eq!(day.to_string(), "2027-01-31");
        for text in
            ["\"31.1.2027\"", "\"2027-02-30\"", "\"2027-01-31T00:00\"", "\"soon\"", "\"9999-12-31\"", "\"\""]
        {
            assert!(serde_json::from_str::<Date>(text).is_err(), "{text}");
        }
    }
}
