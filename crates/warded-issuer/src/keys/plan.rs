//! When does a key sign, for how long is it published, and when is the next one made?
//!
//! Every reader must have a key before it sees the first signature of it, and must find it for as long as a signature of
//! it opens anything. So a key is published an hour before it signs (our key set may be kept for five minutes, and
//! whoever disregards that keeps it for a quarter of an hour as a rule), and a day after, which no token of ours outlives.

use warded_core::{IssuerRules, UnixTime};

/// For how many seconds a key is published before it signs.
pub(super) const ANNOUNCED: u32 = 60 * 60;
/// The longest that a token of ours lives, in seconds.
pub(crate) const LONGEST_TOKEN: u32 = IssuerRules::DEFAULT_MAX_LIFETIME;
/// For how many seconds a key is published after its last signature.
pub(super) const OUTLIVES: u32 = LONGEST_TOKEN + IssuerRules::MAX_LEEWAY;

/// From when until when a key signs, and until when it is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) signs_from: UnixTime,
    pub(super) signs_until: UnixTime,
    pub(super) published_until: UnixTime,
}

impl Span {
    /// That of a key which signs from then on and is followed by another after `rotate` seconds. Where nobody was there
    /// to make that one in time, it signs on for an hour more: the next is announced in that.
    fn starting(signs_from: UnixTime, rotate: u32) -> Self {
        let signs_until = signs_from.plus(rotate);
        Self { signs_from, signs_until, published_until: signs_until.plus(ANNOUNCED).plus(OUTLIVES) }
    }

    pub(super) fn is_published(&self, now: UnixTime) -> bool {
        now < self.published_until
    }

    /// Whether what it signs now is verified for as long as it lives.
    pub(super) fn may_sign(&self, now: UnixTime) -> bool {
        self.signs_from <= now && self.leaves_time_at(now)
    }

    fn leaves_time_at(&self, at: UnixTime) -> bool {
        at.plus(OUTLIVES) < self.published_until
    }
}

/// The key that is to be added to these, if one is: all of them are of one algorithm, and published.
pub(super) fn next(spans: &[Span], now: UnixTime, rotate: u32) -> Option<Span> {
    // The first one, or the first after a long sleep, or after one was withdrawn: nothing else can sign, so it does.
    if !spans.iter().any(|span| span.may_sign(now)) {
        return Some(Span::starting(now, rotate));
    }
    let newest = spans.iter().max_by_key(|span| span.signs_from)?;
    if newest.signs_until > now.plus(ANNOUNCED) {
        return None;
    }
    // Announced in full where the one before it lasts for so long, and for as long as it lasts where not.
    let announced = now.plus(ANNOUNCED);
    let last = spans.iter().map(|span| span.published_until.since(now) - i64::from(OUTLIVES)).max()?;
    let last = now.plus(u32::try_from(last - 1).unwrap_or(0));
    Some(Span::starting(newest.signs_until.max(announced.min(last)), rotate))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u32 = 24 * 60 * 60;
    const ROTATE: u32 = 30 * DAY;

    fn at(seconds: u32) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000).plus(seconds)
    }

    #[test]
    fn the_first_key_signs_at_once_and_the_next_is_published_an_hour_before_it_does() {
        let first = next(&[], at(0), ROTATE).unwrap();
        assert_eq!((first.signs_from, first.signs_until), (at(0), at(ROTATE)));
        assert!(first.may_sign(at(0)) && !first.may_sign(UnixTime::from_seconds(1_799_999_999)));
        assert_eq!(next(&[first], at(ROTATE - ANNOUNCED - 1), ROTATE), None);
        let second = next(&[first], at(ROTATE - ANNOUNCED), ROTATE).unwrap();
        assert_eq!(second.signs_from, at(ROTATE));
        assert_eq!(next(&[first, second], at(ROTATE - ANNOUNCED), ROTATE), None, "one is enough");
    }

    #[test]
    fn whoever_slept_goes_on_with_the_old_key_until_the_new_one_was_published_for_an_hour() {
        let first = next(&[], at(0), ROTATE).unwrap();
        let late = ROTATE - 60;
        let second = next(&[first], at(late), ROTATE).unwrap();
        assert_eq!(second.signs_from, at(late + ANNOUNCED));
        assert!(first.may_sign(at(late + ANNOUNCED - 1)));
        // Later than that, it is announced for as long as the first may sign.
        let later = ROTATE + ANNOUNCED - 60;
        let second = next(&[first], at(later), ROTATE).unwrap();
        assert_eq!(second.signs_from, at(ROTATE + ANNOUNCED - 1));
        assert!(first.may_sign(at(ROTATE + ANNOUNCED - 1)), "and nobody is without a key in between");
        // Later still, nothing can sign, so the new one does at once.
        let too_late = at(ROTATE + ANNOUNCED);
        assert!(!first.may_sign(too_late));
        assert_eq!(next(&[first], too_late, ROTATE).unwrap().signs_from, too_late);
    }

    #[test]
    fn a_key_that_is_withdrawn_is_followed_at_once() {
        let first = next(&[], at(0), ROTATE).unwrap();
        let announced = Span::starting(at(ROTATE), ROTATE);
        let now = at(ROTATE - 60);
        assert_eq!(next(&[announced], now, ROTATE).unwrap().signs_from, now, "the announced one signs later");
        // Its last signature is now, and what it signed before is still verified.
        let retired = Span { signs_until: at(5), published_until: at(5).plus(OUTLIVES), ..first };
        assert!(!retired.may_sign(at(5)) && retired.is_published(at(5)));
        assert_eq!(next(&[retired], at(5), ROTATE).unwrap().signs_from, at(5));
    }

    #[test]
    fn no_token_outlives_the_publication_of_its_key() {
        let first = next(&[], at(0), ROTATE).unwrap();
        let last = at(ROTATE + ANNOUNCED - 1);
        assert!(first.may_sign(last));
        let ends = last.plus(LONGEST_TOKEN).plus(IssuerRules::MAX_LEEWAY);
        assert!(first.is_published(ends));
    }
}
