//! With what has Warded shown itself to a server behind so far? All of it may come back: a stream outlives the token that
//! it was opened with, and a server that repeats events repeats what it wrote into them long ago.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use warded_core::UnixTime;
use zeroize::Zeroizing;

/// What is too short to be a secret stands in answers by chance.
const SHORTEST: usize = 8;
/// How many are looked for at most; the youngest of those that are still good.
const MOST: usize = 32;
/// For how many seconds after its end one is still looked for: the other side may have another clock.
const LEEWAY: u32 = 300;

/// What one server behind was shown, for one caller or for all.
#[derive(Default)]
pub(crate) struct Told(ArcSwap<Vec<Secret>>);

/// One of it.
#[derive(Clone)]
pub(crate) struct Secret {
    bytes: Arc<Zeroizing<Vec<u8>>>,
    /// From when on nobody accepts it, where that is known.
    ends: Option<UnixTime>,
}

impl Secret {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Told {
    /// Enters what will be shown from now on. That must come first: an answer is not looked through again.
    pub(crate) fn tell(&self, secret: &[u8], ends: Option<UnixTime>, now: UnixTime) {
        if secret.len() < SHORTEST {
            return;
        }
        let bytes = Arc::new(Zeroizing::new(secret.to_vec()));
        self.add(&[Secret { bytes, ends: ends.map(|ends| ends.plus(LEEWAY)) }], Some(now));
    }

    /// Enters what somebody else entered.
    pub(crate) fn join(&self, other: &Self) {
        self.add(&other.0.load(), None);
    }

    fn add(&self, secrets: &[Secret], now: Option<UnixTime>) {
        self.0.rcu(|before| {
            let is_new = |old: &&Secret| secrets.iter().all(|new| new.bytes != old.bytes);
            let is_good = |old: &&Secret| old.ends.zip(now).is_none_or(|(ends, now)| now < ends);
            let mut all: Vec<_> = secrets.to_vec();
            all.extend(before.iter().filter(is_new).filter(is_good).cloned());
            all.truncate(MOST);
            all
        });
    }

    /// All of it, as it is now.
    pub(super) fn now(&self) -> Guard<Arc<Vec<Secret>>> {
        self.0.load()
    }

    /// The same, to be kept.
    pub(super) fn kept(&self) -> Arc<Vec<Secret>> {
        self.0.load_full()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_good_is_looked_for_and_never_too_much() {
        let (told, at) = (Told::default(), UnixTime::from_seconds);
        told.tell(b"first-token", Some(at(1000)), at(0));
        told.tell(b"second-token", Some(at(5000)), at(900));
        told.tell(b"second-token", Some(at(5000)), at(900));
        told.tell(b"short", None, at(900));
        let looked_for = |told: &Told| {
            let texts = told.kept().iter().map(|secret| secret.as_bytes().to_vec()).collect::<Vec<_>>();
            texts.into_iter().map(|text| String::from_utf8(text).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(looked_for(&told), ["second-token", "first-token"]);
        told.tell(b"third-token", None, at(1300));
        assert_eq!(looked_for(&told), ["third-token", "second-token"]);
        let other = Told::default();
        other.join(&told);
        (0..100).for_each(|number| other.tell(format!("token-{number:03}").as_bytes(), None, at(1300)));
        assert_eq!((looked_for(&other).len(), looked_for(&other)[0].as_str()), (MOST, "token-099"));
    }
}
