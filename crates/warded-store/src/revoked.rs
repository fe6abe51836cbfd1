//! Which grants were taken back while access tokens of theirs are still out? (RFC 7009 §2.1, RFC 9700 §4.14.2)
//!
//! A grant ends in many ways: its code or refresh token is used twice, its person or client is removed, a password is
//! set. However it ends, and whoever ends it, the store notes it in the same step. [`Revocations`] is what one process
//! knows of it: guards ask it at every request, so it holds everything in memory.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use aws_lc_rs::digest;
use warded_core::{UnixTime, jose::base64url};

use crate::StoreFailed;

/// For how many seconds after a grant would have been forgotten anyway its end is remembered: no guard accepts a token of
/// ours that lives longer than a day, with five minutes for clocks that differ.
pub const REVOKED_LASTS: u32 = 24 * 60 * 60 + 5 * 60;

/// The claim of our own access tokens that names the grant they come from.
pub const GRANT_CLAIM: &str = "grant_id";

/// A name for a grant that can stand in tokens: it leads back to nothing in the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GrantMark([u8; 16]);

impl GrantMark {
    /// The mark of a grant, by its id.
    pub fn of(grant: &str) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(b"warded grant mark\0");
        hash.update(grant.as_bytes());
        let mut mark = [0; 16];
        mark.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Self(mark)
    }

    /// Reads the claim of a token; none where it is somebody else's claim of that name.
    pub fn parse(claim: &str) -> Option<Self> {
        base64url::decode(claim)?.try_into().ok().map(Self)
    }
}

impl fmt::Display for GrantMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.0))
    }
}

impl fmt::Debug for GrantMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A grant that was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "stores make them")]
pub struct RevokedGrant {
    /// Which one in the order in which they were taken back, across all nodes.
    pub number: i64,
    /// Which grant.
    pub grant: GrantMark,
    /// Until when one of its access tokens may be out.
    pub until: UnixTime,
}

/// Grants that were taken back.
#[async_trait]
pub trait RevokedGrants {
    /// Those behind that number, in their order; 0 is before all of them. A sweep forgets what is no longer of use.
    async fn revoked_since(&self, number: i64) -> Result<Vec<RevokedGrant>, StoreFailed>;
}

/// Most grants that are held. What comes then leaves the process unable to say that a grant was not taken back.
const MAX_GRANTS: usize = 1 << 20;

/// What one process knows of the grants that were taken back. Cheap to clone: every clone knows the same.
#[derive(Clone, Debug, Default)]
pub struct Revocations(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    grants: HashMap<GrantMark, UnixTime>,
    last: i64,
    is_full: bool,
}

/// More grants were taken back than are held, so that nobody can tell of one that is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more grants were taken back than are held in memory")]
#[non_exhaustive]
pub struct TooManyRevoked;

impl Revocations {
    /// Whether the grant of that mark was taken back.
    pub fn is_revoked(&self, grant: &GrantMark) -> Result<bool, TooManyRevoked> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match known.grants.contains_key(grant) {
            true => Ok(true),
            false if known.is_full => Err(TooManyRevoked),
            false => Ok(false),
        }
    }

    /// Learns what the store has noted since it was last asked, and forgets what is no longer of use.
    pub async fn look<S: RevokedGrants + ?Sized>(&self, store: &S, now: UnixTime) -> Result<(), StoreFailed> {
        let last = self.0.read().unwrap_or_else(PoisonError::into_inner).last;
        let news = store.revoked_since(last).await?;
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.grants.retain(|_, until| now < *until);
        // There is room again for all that is behind the last one that was entered.
        known.is_full = false;
        for RevokedGrant { number, grant, until } in news {
            if now < until && known.grants.len() >= MAX_GRANTS {
                known.is_full = true;
                break;
            }
            if now < until {
                known.grants.insert(grant, until);
            }
            known.last = known.last.max(number);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Noted(Mutex<Vec<RevokedGrant>>);

    #[async_trait]
    impl RevokedGrants for Noted {
        async fn revoked_since(&self, number: i64) -> Result<Vec<RevokedGrant>, StoreFailed> {
            Ok(self.0.lock().unwrap().iter().filter(|noted| noted.number > number).copied().collect())
        }
    }

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    fn noted(number: i64, grant: &str, until: i64) -> RevokedGrant {
        RevokedGrant { number, grant: GrantMark::of(grant), until: at(until) }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written_and_is_not_the_grant() {
        let mark = GrantMark::of("grant");
        assert_eq!(GrantMark::parse(&mark.to_string()), Some(mark));
        assert_ne!(mark, GrantMark::of("grant "));
        for claim in ["", "grant", "AAAA", &"A".repeat(43), &format!("{mark}=")] {
            assert_eq!(GrantMark::parse(claim), None, "{claim}");
        }
    }

    #[tokio::test]
    async fn what_was_noted_is_known_until_no_token_is_out() {
        let (store, known) = (Noted::default(), Revocations::default());
        let clone = known.clone();
        let is_revoked = |grant| clone.is_revoked(&GrantMark::of(grant)).unwrap();
        store.0.lock().unwrap().extend([noted(1, "a", 100), noted(2, "b", 200)]);
        assert!(!is_revoked("a"));
        known.look(&store, at(0)).await.unwrap();
        assert!(is_revoked("a") && is_revoked("b") && !is_revoked("c"));
        store.0.lock().unwrap().push(noted(3, "c", 300));
        known.look(&store, at(100)).await.unwrap();
        assert!(!is_revoked("a") && is_revoked("b") && is_revoked("c"));
    }

    #[tokio::test]
    async fn too_many_are_a_fault_and_no_pass() {
        let (store, known) = (Noted::default(), Revocations::default());
        let many = i64::try_from(MAX_GRANTS).unwrap();
        let flood = (1..=many + 1)
            .map(|number| noted(number, &number.to_string(), if number == 1 { 5 } else { 100 }));
        store.0.lock().unwrap().extend(flood);
        known.look(&store, at(0)).await.unwrap();
        assert_eq!(known.is_revoked(&GrantMark::of("2")), Ok(true));
        assert_eq!(known.is_revoked(&GrantMark::of(&(many + 1).to_string())), Err(TooManyRevoked));
        // One has ended, so there is room.
        known.look(&store, at(5)).await.unwrap();
        assert_eq!(known.is_revoked(&GrantMark::of(&(many + 1).to_string())), Ok(true));
        assert_eq!(known.is_revoked(&GrantMark::of("1")), Ok(false));
    }
}
