//! Which strangers get a record of their own? Each once a minute for each place, so many in all and from each address, and
//! so many bytes a day. Whoever causes many must not hide what somebody else does: tokens that stray, clients that name
//! no server, and counts are bounded apart, and nobody has all of the first two from one address.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use warded_core::{UnixTime, household};

use crate::journal::{Closing, Stray};

/// Records of a kind in a minute, and those of them that one address may cause. Whoever has many genuine tokens of other
/// servers must not fill the disk with them.
const KNOWN: Bounds = Bounds { in_all: 60, of_one: 20 };
/// The same of what may be no token at all: anybody makes up as many as they like.
const MADE_UP: Bounds = Bounds { in_all: 30, of_one: 10 };
/// Bytes in a day, for each kind. As many records as the minutes of a day may have do not reach it, at 1,500 bytes each.
const PER_DAY: usize = 128 * 1024 * 1024;
const DAY: i64 = 24 * 60 * 60;

#[derive(Clone, Copy, Debug)]
struct Bounds {
    in_all: usize,
    of_one: usize,
}

/// What they did.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stranger {
    /// Presented a genuine token where it does not belong.
    Stray,
    /// Presented what says that it is of an issuer that the server does not trust.
    Foreign,
    /// Presented what was refused for any other reason, before it was known to be genuine. Most of it is only old.
    Unproven,
    /// Named no server.
    Unbound,
    /// Was counted. It takes no genuine token to cause a count, so none may take the place of a record.
    Counted,
}

impl Stranger {
    /// Who presented this.
    pub(super) fn presented(stray: &Stray, closing: &Closing) -> Self {
        match closing.code {
            _ if stray.is_genuine => Self::Stray,
            Some(FOREIGN) => Self::Foreign,
            _ => Self::Unproven,
        }
    }
}

/// Why a server refuses what it does not know the issuer of.
const FOREIGN: &str = "issuer-unknown";

/// What was spent in this minute and in this day.
#[derive(Debug, Default)]
pub(super) struct Quota {
    minute: i64,
    strays: Minute,
    foreign: Minute,
    unproven: Minute,
    unbound: Minute,
    day: i64,
    bytes: Bytes,
}

/// What was written of each kind in a day.
#[derive(Debug, Default)]
struct Bytes {
    strays: usize,
    foreign: usize,
    unproven: usize,
    unbound: usize,
    counted: usize,
}

impl Bytes {
    fn of(&mut self, kind: Stranger) -> &mut usize {
        match kind {
            Stranger::Stray => &mut self.strays,
            Stranger::Foreign => &mut self.foreign,
            Stranger::Unproven => &mut self.unproven,
            Stranger::Unbound => &mut self.unbound,
            Stranger::Counted => &mut self.counted,
        }
    }
}

/// What has had its record in a minute.
#[derive(Debug, Default)]
struct Minute {
    recorded: HashSet<Box<str>>,
    by_address: HashMap<Option<IpAddr>, usize>,
}

impl Minute {
    fn admit(&mut self, bounds: Bounds, from: Option<IpAddr>, key: &[&str]) -> bool {
        // No part has a line feed in it: they are names, identifiers and escaped texts.
        let key = key.join("\n").into_boxed_str();
        let share = self.by_address.get(&from).copied().unwrap_or(0);
        if self.recorded.len() >= bounds.in_all || share >= bounds.of_one || !self.recorded.insert(key) {
            return false;
        }
        self.by_address.insert(from, share + 1);
        true
    }
}

impl Quota {
    /// Whether there is a record left for this one at this place.
    pub(super) fn admit(
        &mut self,
        kind: Stranger,
        from: Option<IpAddr>,
        key: &[&str],
        now: UnixTime,
    ) -> bool {
        let minute = now.seconds().div_euclid(60);
        if minute != self.minute {
            self.minute = minute;
            for of_a_kind in [&mut self.strays, &mut self.foreign, &mut self.unproven, &mut self.unbound] {
                *of_a_kind = Minute::default();
            }
        }
        let is_spent = self.is_spent(kind, now);
        let (bounds, minute) = match kind {
            Stranger::Stray => (KNOWN, &mut self.strays),
            Stranger::Foreign => (MADE_UP, &mut self.foreign),
            Stranger::Unproven => (MADE_UP, &mut self.unproven),
            Stranger::Unbound => (KNOWN, &mut self.unbound),
            // It has no record of its own.
            Stranger::Counted => return false,
        };
        !is_spent && minute.admit(bounds, from.map(household), key)
    }

    /// So much was written.
    pub(super) fn spend(&mut self, kind: Stranger, bytes: usize, now: UnixTime) {
        let _spent = self.is_spent(kind, now);
        let spent = self.bytes.of(kind);
        *spent = spent.saturating_add(bytes);
    }

    /// Whether nothing is left of this day for this kind.
    pub(super) fn is_spent(&mut self, kind: Stranger, now: UnixTime) -> bool {
        let day = now.seconds().div_euclid(DAY);
        if day != self.day {
            (self.day, self.bytes) = (day, Bytes::default());
        }
        *self.bytes.of(kind) >= PER_DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(i64) -> UnixTime = UnixTime::from_seconds;

    fn stray(quota: &mut Quota, from: &str, token: &str, seconds: i64) -> bool {
        let from = from.parse().ok();
        quota.admit(Stranger::Stray, from, &["notes", token], AT(seconds))
    }

    #[test]
    fn a_token_is_recorded_once_a_minute_and_so_many_are() {
        let mut quota = Quota::default();
        assert!(stray(&mut quota, "192.0.2.1", "a", 60) && !stray(&mut quota, "192.0.2.1", "a", 119));
        assert!(
            quota.admit(Stranger::Stray, None, &["files", "a"], AT(119)),
            "the same token somewhere else"
        );
        let address = |n: usize| format!("192.0.2.{}", n % 100);
        let recorded = (0..1000).filter(|n| stray(&mut quota, &address(*n), &n.to_string(), 119)).count();
        assert_eq!(recorded, KNOWN.in_all - 2);
        assert!(stray(&mut quota, "192.0.2.1", "a", 120), "another minute");
    }

    #[test]
    fn whoever_causes_many_hides_nobody_else() {
        let mut quota = Quota::default();
        let flood = |quota: &mut Quota, from: &str| {
            (0..1000).filter(|n| stray(quota, from, &format!("{from} {n}"), 60)).count()
        };
        assert_eq!(flood(&mut quota, "192.0.2.1"), KNOWN.of_one);
        let v6 = flood(&mut quota, "2001:db8::1") + flood(&mut quota, "2001:db8::2");
        assert_eq!(v6, KNOWN.of_one, "one network");
        for n in 0..1000 {
            quota.admit(Stranger::Unbound, None, &["login", "token", &n.to_string()], AT(60));
        }
        for kind in [Stranger::Foreign, Stranger::Unproven] {
            let admitted = |n: &usize| quota.admit(kind, None, &["notes", &n.to_string()], AT(60));
            assert_eq!((0..1000).filter(admitted).count(), MADE_UP.of_one);
        }
        assert!(stray(&mut quota, "198.51.100.7", "stolen", 60));
    }

    #[test]
    fn strangers_have_so_many_bytes_a_day() {
        let mut quota = Quota::default();
        quota.spend(Stranger::Stray, PER_DAY - 1, AT(0));
        assert!(stray(&mut quota, "192.0.2.1", "a", 0));
        quota.spend(Stranger::Stray, 1, AT(0));
        assert!(!stray(&mut quota, "192.0.2.1", "a", DAY - 1));
        assert!(quota.is_spent(Stranger::Stray, AT(DAY - 1)) && !quota.is_spent(Stranger::Stray, AT(DAY)));
        assert!(stray(&mut quota, "192.0.2.1", "a", DAY), "another day");
    }

    #[test]
    fn no_kind_takes_the_bytes_of_another() {
        let mut quota = Quota::default();
        quota.spend(Stranger::Counted, PER_DAY, AT(0));
        for kind in [Stranger::Unbound, Stranger::Foreign, Stranger::Unproven] {
            quota.spend(kind, PER_DAY, AT(0));
        }
        assert!(stray(&mut quota, "198.51.100.7", "stolen", 60));
        assert!(!quota.admit(Stranger::Unbound, None, &["login", "token", "editor"], AT(60)));
    }
}
