//! What time is it? The one place where the clock is read.

use warded_core::{Clock, UnixTime};

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing in it")]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        #[expect(clippy::disallowed_methods, reason = "everything else takes the time as a parameter")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        UnixTime::from_seconds(i64::try_from(since).unwrap_or(i64::MAX))
    }
}
