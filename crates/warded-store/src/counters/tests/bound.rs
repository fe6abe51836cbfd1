//! Does a window ever let through more than its limit, or less than it may? Held against a list of all calls and their times.

use proptest::prelude::*;
use warded_core::UnixTime;

use super::super::{
    Counter, Span, Taking, Window,
    tally::{Draw, Tally},
};

const LIMIT: i64 = 10;

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    /// The clock goes on, or is set back.
    Clock(i64),
    /// A call wants as much.
    Call(i64),
    /// One of the calls that were let through comes to nothing.
    Nothing(prop::sample::Index),
}

/// Steps are given in hundredths of the window.
fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..30_i64).prop_map(Event::Clock),
        1 => (-150..250_i64).prop_map(Event::Clock),
        8 => (0..5_i64).prop_map(Event::Call),
        2 => any::<prop::sample::Index>().prop_map(Event::Nothing),
    ]
}

/// Calls that were let through and have not come to nothing, one by one.
struct Log(Vec<(i64, Draw)>);

impl Log {
    fn sum(&self, is_meant: impl Fn(i64) -> bool) -> i64 {
        self.0.iter().filter(|(time, _)| is_meant(*time)).map(|(_, draw)| draw.taken.amount).sum()
    }

    /// The most that is in any time as long as the window: one begins with each call.
    fn most(&self, window: Window) -> i64 {
        let length = i64::from(window.span.seconds());
        let begins = |from: i64| {
            if window.sliding {
                self.sum(|time| (from..from + length).contains(&time))
            } else {
                self.sum(|time| time.div_euclid(length) == from.div_euclid(length))
            }
        };
        self.0.iter().map(|(from, _)| begins(*from)).max().unwrap_or(0)
    }
}

fn holds(window: Window, begins: i64, events: Vec<Event>) -> Result<(), TestCaseError> {
    let length = i64::from(window.span.seconds());
    let row = if window.sliding { length / 60 } else { length };
    let (mut tally, mut log, mut now) = (Tally::default(), Log(Vec::new()), begins);
    for event in events {
        match event {
            Event::Clock(step) => now += step * length / 100,
            Event::Call(amount) => {
                let counter = Counter { place: "", scope: "", name: "", per: "", window };
                let taking = Taking { counter, amount, most: LIMIT, shadow: false };
                let draw = Draw::of(&taking, UnixTime::from_seconds(now));
                // Sixty rows before this one, and as many behind it.
                let reach = if window.sliding { 60 } else { 0 };
                let near = |time: i64| (time.div_euclid(row) - now.div_euclid(row)).abs() <= reach;
                let fits = log.sum(near) + amount <= LIMIT;
                prop_assert_eq!(tally.take(std::slice::from_ref(&draw)).is_ok(), fits, "at {}", now);
                if fits {
                    log.0.push((now, draw));
                }
            }
            Event::Nothing(_) if log.0.is_empty() => {}
            Event::Nothing(which) => {
                let (_, draw) = log.0.swap_remove(which.index(log.0.len()));
                tally.give_back(&draw.key, &draw.taken);
            }
        }
        prop_assert!(log.most(window) <= LIMIT, "{:?} at {}", window, now);
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_time_as_long_as_a_window_has_more_than_its_limit(
        events in prop::collection::vec(event(), 1..120),
        span in prop::sample::select(&[Span::Minute, Span::Hour, Span::Day]),
        sliding in any::<bool>(),
        begins in 1_800_000_000..1_800_100_000_i64,
    ) {
        holds(Window { span, sliding }, begins, events)?;
    }
}
