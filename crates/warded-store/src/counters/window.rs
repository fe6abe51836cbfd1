//! In which rows does a time count? One for each window of the calendar; sixty for the length of one that slides.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use warded_core::UnixTime;

/// For how long what is over is kept at most, beside the length of its window: a clock that was wrong, and is set right, finds
/// what it left. A shorter window is kept for its own length once more: one that slides has a row for each second of a minute,
/// and for an hour of those one busy caller would take the room of sixty.
const MOST_KEPT_SECONDS: i64 = 3600;

/// Into how many rows the length of a sliding window is cut.
const PIECES: i64 = 60;

/// How long a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "policies have these three")]
#[expect(missing_docs, reason = "they are named as policies name them")]
pub enum Span {
    Minute,
    Hour,
    Day,
}

impl Span {
    /// In seconds.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }
}

/// For which time a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever counts says all of it")]
pub struct Window {
    /// How long it is.
    pub span: Span,
    /// Whether it is the last such time, and not the minute, hour or day of the calendar (UTC).
    pub sliding: bool,
}

impl Window {
    /// The one of the calendar (UTC).
    pub const fn calendar(span: Span) -> Self {
        Self { span, sliding: false }
    }

    /// The one that ends now.
    pub const fn sliding(span: Span) -> Self {
        Self { span, sliding: true }
    }

    /// The length of one row, in seconds.
    const fn row(self) -> i64 {
        let span = self.span.seconds() as i64;
        if self.sliding { span / PIECES } else { span }
    }

    /// Where the row begins in which this time counts.
    pub(crate) const fn start(self, now: UnixTime) -> i64 {
        now.seconds() - now.seconds().rem_euclid(self.row())
    }

    /// Where the rows begin that count together with this time.
    ///
    /// A sliding window takes one row more than its length has, since it begins within the oldest of them: so in no time of
    /// that length there is more than the limit. And it takes as many from behind `now`: they are there where a clock was set
    /// back, and what stands in them has happened.
    pub(crate) const fn rows(self, now: UnixTime) -> RangeInclusive<i64> {
        let start = self.start(now);
        let reach = if self.sliding { PIECES * self.row() } else { 0 };
        start - reach..=start + reach
    }

    /// When a row may be forgotten that begins there: long after it counts for the last time, so that a clock may be wrong by
    /// twice as much as the window is long, or as much and an hour where that is less, and be set right again.
    pub(crate) fn until(self, start: i64) -> UnixTime {
        let span = i64::from(self.span.seconds());
        let counts = self.row() + if self.sliding { span } else { 0 };
        UnixTime::from_seconds(start.saturating_add(counts + span + span.min(MOST_KEPT_SECONDS)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    #[test]
    fn windows_of_the_calendar_begin_with_it() {
        // 2027-01-15 08:00:00 UTC.
        let eight = 1_800_000_000;
        for (span, start) in [(Span::Minute, eight), (Span::Hour, eight), (Span::Day, eight - 8 * 3600)] {
            let window = Window::calendar(span);
            let last = i64::from(span.seconds()) - 1;
            assert_eq!(window.rows(at(eight)), start..=start);
            assert_eq!(window.start(at(start + last)), start, "{span:?}");
            assert_eq!(window.start(at(start + last + 1)), start + last + 1, "{span:?}");
            assert_eq!(window.start(at(start - 1)), start - last - 1, "{span:?}");
        }
    }

    #[test]
    fn a_sliding_window_has_sixty_rows_and_the_one_in_which_it_begins() {
        for (span, row) in [(Span::Minute, 1), (Span::Hour, 60), (Span::Day, 1440)] {
            let window = Window::sliding(span);
            let now = 1_800_000_000 + row - 1;
            let rows = window.rows(at(now));
            assert_eq!(window.start(at(now)), 1_800_000_000);
            assert_eq!(
                (rows.start(), rows.end()),
                (&(1_800_000_000 - 60 * row), &(1_800_000_000 + 60 * row))
            );
            // The oldest time that belongs to the window is in the oldest row.
            assert!(now - i64::from(span.seconds()) < rows.start() + row);
        }
    }

    #[test]
    fn nothing_is_forgotten_that_counts_or_to_which_a_clock_may_return() {
        for span in [Span::Minute, Span::Hour, Span::Day] {
            for window in [Window::calendar(span), Window::sliding(span)] {
                let now = at(1_800_000_000);
                let length = i64::from(span.seconds());
                let last = (0..=2 * length)
                    .rev()
                    .find(|later| window.rows(at(now.seconds() + later)).contains(&window.start(now)))
                    .unwrap();
                let spared = window.until(window.start(now)).seconds() - (now.seconds() + last);
                let kept = length + length.min(3600);
                assert!(spared > kept && spared <= kept + 1440, "{window:?}: {spared}");
            }
        }
        assert_eq!(Window::calendar(Span::Day).until(i64::MAX), at(i64::MAX));
    }

    /// Or a few busy callers fill what is kept in memory.
    #[test]
    fn of_one_counter_few_rows_are_kept_however_busy_it_is() {
        for span in [Span::Minute, Span::Hour, Span::Day] {
            for (window, most) in [(Window::calendar(span), 4), (Window::sliding(span), 182)] {
                let rows = (window.until(0).seconds() + window.row() - 1) / window.row();
                assert!(rows <= most, "{window:?}: {rows}");
            }
        }
    }

    #[test]
    fn the_first_and_the_last_of_all_times_have_a_row() {
        for window in [Window::calendar(Span::Day), Window::sliding(Span::Day)] {
            for now in [at(0), at(i64::MAX)] {
                assert!(window.rows(now).contains(&window.start(now)) && window.start(now) <= now.seconds());
            }
        }
    }
}
