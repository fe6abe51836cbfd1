//! For how long is a token used? Less long than it is good: what ends on its way is refused where it arrives.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::Relaxed},
};

use http::header::AUTHORIZATION;
use warded_client::onward::Granted;
use warded_core::{TokenDigest, UnixTime};
use zeroize::Zeroizing;

use super::{
    Header, Unsayable,
    tally::{Counted, Tally},
};
use crate::echo::Told;

/// Another one is asked for when a fifth of the time is left, but no more than a minute ahead.
const SHARE: i64 = 5;
const MOST: i64 = 60;
/// Of that, the last quarter is not used.
const UNUSED: i64 = 4;

/// On whose behalf a token was given; on nobody's, where it is Warded's own.
pub(super) type Whose = Option<TokenDigest>;

/// A token, ready to be shown.
pub(super) struct Coin {
    header: Header,
    bytes: usize,
    since: UnixTime,
    /// In seconds; sooner where the server behind does not accept it.
    renew_from: AtomicI64,
    good_until: UnixTime,
    _counted: Option<Counted>,
}

impl Coin {
    /// A token that was given just now. It dies with the caller's: `subject_ends`. What was shown before it is in `told`,
    /// and so is it from now on.
    pub(super) fn new(
        granted: &Granted,
        told: Arc<Told>,
        subject_ends: Option<UnixTime>,
        now: UnixTime,
    ) -> Result<Self, Unsayable> {
        let text = Zeroizing::new(granted.token.expose().to_owned());
        let (renew_from, good_until) = span(granted.ends, now);
        told.tell(text.as_bytes(), granted.token.ends(), now);
        Ok(Self {
            header: Header::new(AUTHORIZATION, "Bearer ", &text, told)?,
            // It stands there twice: once to be sent, once to be looked for.
            bytes: 2 * text.len() + size_of::<Self>(),
            since: now,
            renew_from: AtomicI64::new(renew_from.seconds()),
            good_until: subject_ends.map_or(good_until, |ends| ends.min(good_until)),
            _counted: None,
        })
    }

    /// The same, which counts for as long as it is there.
    pub(super) fn counted(self, tally: &Arc<Tally>) -> Self {
        Self { _counted: Some(tally.one_more()), ..self }
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// For how many seconds it has been here; less than none where the clock was set back.
    pub(super) fn age(&self, now: UnixTime) -> i64 {
        now.since(self.since)
    }

    /// Whether it may be used. One from the future came before the clock was set back, and nobody knows its age.
    pub(super) fn is_good(&self, now: UnixTime) -> bool {
        self.since <= now && now < self.good_until
    }

    /// Another one is asked for from now on; until it has come, this one is used.
    pub(super) fn doubt(&self, now: UnixTime) {
        self.renew_from.fetch_min(now.seconds(), Relaxed);
    }

    /// Whether it is time to ask for another one.
    pub(super) fn is_due(&self, now: UnixTime) -> bool {
        now.seconds() >= self.renew_from.load(Relaxed)
    }
}

/// From when on another one is asked for, and until when this one is used.
fn span(ends: UnixTime, now: UnixTime) -> (UnixTime, UnixTime) {
    let margin = (ends.since(now) / SHARE).clamp(0, MOST);
    let before = |seconds: i64| UnixTime::from_seconds(ends.seconds() - seconds);
    (before(margin), before(margin / UNUSED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_one_is_asked_for_before_it_ends() {
        let at = |seconds: i64| UnixTime::from_seconds(1_000_000 + seconds);
        for (life, renew_from, good_until) in
            [(3600, 3540, 3585), (300, 240, 285), (100, 80, 95), (4, 4, 4), (0, 0, 0), (-30, -30, -30)]
        {
            assert_eq!(span(at(life), at(0)), (at(renew_from), at(good_until)), "{life}");
        }
    }
}
