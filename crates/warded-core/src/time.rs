//! Points in time as tokens write them. The clock is somebody else's: time comes in as a parameter.

use std::fmt;

/// Seconds since 1970-01-01 UTC, without leap seconds (RFC 7519 §2, `NumericDate`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(i64);

impl UnixTime {
    /// Last second of the year 9999: what lies beyond is a mistake, or an attempt to overflow somebody.
    pub(crate) const MAX: i64 = 253_402_300_799;

    /// A point in time; what lies outside the years 1970 to 9999 is brought to the nearest end.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(if seconds < 0 {
            0
        } else if seconds > Self::MAX {
            Self::MAX
        } else {
            seconds
        })
    }

    /// Seconds since 1970.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// How many seconds lie between an earlier point and this one; negative where `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// So many seconds later.
    #[must_use]
    pub const fn plus(self, seconds: u32) -> Self {
        Self::from_seconds(self.0 + seconds as i64)
    }
}

/// Where the time comes from. Whoever needs it takes one; only `warded-client` has one that reads the system's.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time now.
    fn now(&self) -> UnixTime;
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
