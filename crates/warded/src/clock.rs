//! The one place where the clock is read.

use warded_core::UnixTime;

#[expect(clippy::disallowed_methods, reason = "everything else takes the time as a parameter")]
pub(crate) fn now() -> UnixTime {
    UnixTime::from_seconds(jiff::Timestamp::now().as_second())
}
