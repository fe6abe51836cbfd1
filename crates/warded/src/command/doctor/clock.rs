//! What time is it at the other end? `Date` (RFC 9110 §6.6.1), beside the clock of this machine.

use warded_client::fetch::Passage;
use warded_core::UnixTime;

use crate::{
    diagnosis::{Party, Step, table},
    report::span_of_time,
};

/// How many seconds clocks may differ before it is worth a word: what careful servers allow for.
const ALLOWED: i64 = 60;

/// The time that an answer says it is.
pub(super) fn read(date: &str) -> Option<UnixTime> {
    let at = jiff::fmt::rfc2822::parse(date).ok()?;
    Some(UnixTime::from_seconds(at.timestamp().as_second()))
}

/// The time of the last answer that says so.
pub(super) fn of(passages: &[Passage]) -> Option<UnixTime> {
    passages.iter().rev().find_map(|passage| read(passage.answer.as_ref()?.date.as_deref()?))
}

/// Says so where a clock is wrong.
pub(super) fn compare(step: &mut Step, who: Party, there: Option<UnixTime>, here: UnixTime) {
    let Some(differs) = there.map(|there| there.since(here)).filter(|differs| differs.abs() > ALLOWED) else {
        return;
    };
    let (span, way) = (span_of_time(differs.abs()), if differs > 0 { "ahead of" } else { "behind" });
    let message = format!("the clock of the {} is {span} {way} that of this machine", who.name());
    step.breaks(who, message.clone(), "RFC 9110 §6.6.1");
    step.find(&table::CLOCK_DIFFERS, who, message);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read() {
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(UnixTime::from_seconds(784_111_777)));
        for none in ["", "yesterday", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_minute_is_forgiven_and_more_is_not() {
        let here = UnixTime::from_seconds(1_000);
        for (there, is_wrong) in [(1_060, false), (940, false), (1_061, true), (939, true)] {
            let mut chart = crate::diagnosis::Chart::default();
            let step = chart.step("x", "x");
            compare(step, Party::Server, Some(UnixTime::from_seconds(there)), here);
            assert_eq!(step.found.len(), usize::from(is_wrong), "{there}");
        }
    }
}
