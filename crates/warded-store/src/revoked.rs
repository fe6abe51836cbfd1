//! Which grants were taken back while access tokens of theirs are still out? (RFC 7009 §2.1, RFC 9700 §4.14.2)
//!
//! A grant ends in many ways: its code or refresh token is used twice, its person or client is removed, a password is
//! set. However it ends, and whoever ends it, the store notes it in the same step. [`Revocations`] is what one process
//! knows of it: guards ask it at every request, so it holds everything in memory.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use aws_lc_rs::digest;
use warded_core::{Issuer, UnixTime, jose::base64url};

use crate::{StatusIndex, StoreFailed};

/// For how many seconds after the last access token of a grant opens nothing any more its end is remembered: clocks
/// differ.
pub const REVOKED_LASTS: u32 = 5 * 60;

/// The claim of our own access tokens that names the grant they come from.
pub const GRANT_CLAIM: &str = "grant_id";

/// The claim of those that came of an exchange: the grant of the token that the first of them was exchanged for. What
/// ends it ends them.
pub const ROOT_CLAIM: &str = "grant_root";

/// A name for a grant that can stand in tokens: it leads back to nothing in the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GrantMark([u8; 16]);

impl GrantMark {
    /// The mark of a grant, by its id.
    pub fn of(grant: &str) -> Self {
        Self::hashed(&[b"warded grant mark\0", grant.as_bytes()])
    }

    fn hashed(parts: &[&[u8]]) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        for part in parts {
            hash.update(part);
        }
        let mut mark = [0; 16];
        mark.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Self(mark)
    }

    /// Reads the claim of a token; none where it is somebody else's claim of that name.
    pub fn parse(claim: &str) -> Option<Self> {
        base64url::decode(claim)?.try_into().ok().map(Self)
    }
}

impl GrantMark {
    /// A mark for one token that comes of no grant in the store: random.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    #[cfg(feature = "sqlite")]
    pub(crate) const fn as_bytes(&self) -> &[u8] {
        &self.0
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
    /// Where the status of its tokens stands, if it has a place.
    pub status: Option<StatusIndex>,
}

/// Grants that were taken back.
#[async_trait]
pub trait RevokedGrants {
    /// Those behind that number, in their order; 0 is before all of them. A sweep forgets what is no longer of use.
    async fn revoked_since(&self, number: i64) -> Result<Vec<RevokedGrant>, StoreFailed>;
}

/// Most grants that are held. What comes then leaves the process unable to say that a grant was not taken back.
const MAX_GRANTS: usize = 1 << 20;

/// For how many seconds what the store has said is good. Nobody can tell after that what was taken back since.
const GOOD_FOR: i64 = 60;

/// What one process knows of the grants that were taken back. Cheap to clone: every clone knows the same.
#[derive(Clone, Debug, Default)]
pub struct Revocations(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Whose grants these are.
    issuers: HashSet<Box<str>>,
    grants: HashMap<GrantMark, UnixTime>,
    last: i64,
    is_full: bool,
    /// When the store was last read.
    looked: Option<UnixTime>,
}

/// Why nobody can tell that a grant was not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationUnknown {
    /// There are others beside those that are held.
    #[error("more grants were taken back than are held in memory")]
    TooMany,
    /// What is held is old.
    #[error("what was taken back could not be read from the store for a minute")]
    Stale,
}

impl Revocations {
    /// Answers for the grants of this issuer, which is one of ours, from now on. In the tokens of others the claim means
    /// nothing.
    pub fn follow(&self, issuer: &Issuer) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.issuers.insert(issuer.as_str().into());
    }

    /// Whether this says of each token of an issuer that names its grant whether it was taken back, so that nobody else
    /// need be asked.
    pub fn answers_for(&self, issuer: &Issuer) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.issuers.contains(issuer.as_str())
    }

    /// Whether an issuer has taken back the grant of that mark.
    pub fn is_revoked(
        &self,
        issuer: &Issuer,
        grant: &GrantMark,
        now: UnixTime,
    ) -> Result<bool, RevocationUnknown> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if !known.issuers.contains(issuer.as_str()) {
            return Ok(false);
        }
        // A clock that was set back makes nothing good for hours.
        let is_good = known.looked.is_some_and(|at| now.since(at).abs() <= GOOD_FOR);
        match known.grants.contains_key(grant) {
            true => Ok(true),
            false if known.is_full => Err(RevocationUnknown::TooMany),
            false if !is_good => Err(RevocationUnknown::Stale),
            false => Ok(false),
        }
    }

    /// Learns of one grant from whoever takes it back, before the store has noted it and whether or not it can.
    pub fn enter(&self, grant: GrantMark, until: UnixTime) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.grants.len() >= MAX_GRANTS && !known.grants.contains_key(&grant) {
            known.is_full = true;
            return;
        }
        known.grants.insert(grant, until);
    }

    /// Learns what the store has noted since it was last asked, and forgets what is no longer of use.
    pub async fn look<S: RevokedGrants + ?Sized>(&self, store: &S, now: UnixTime) -> Result<(), StoreFailed> {
        let last = self.0.read().unwrap_or_else(PoisonError::into_inner).last;
        let news = store.revoked_since(last).await?;
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.grants.retain(|_, until| now < *until);
        // There is room again for all that is behind the last one that was entered.
        known.is_full = false;
        known.looked = Some(now);
        for RevokedGrant { number, grant, until, .. } in news {
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

mod clients;

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
        RevokedGrant { number, grant: GrantMark::of(grant), until: at(until), status: None }
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

    fn ours() -> Issuer {
        Issuer::parse("https://mcp.example.com/issuers/default").unwrap()
    }

    fn following() -> Revocations {
        let known = Revocations::default();
        known.follow(&ours());
        known
    }

    #[tokio::test]
    async fn what_was_noted_is_known_until_no_token_is_out() {
        let (store, known) = (Noted::default(), following());
        let clone = known.clone();
        let is_revoked = |grant, second| clone.is_revoked(&ours(), &GrantMark::of(grant), at(second));
        known.look(&store, at(0)).await.unwrap();
        assert_eq!(is_revoked("a", 0), Ok(false));
        store.0.lock().unwrap().extend([noted(1, "a", 100), noted(2, "b", 200)]);
        known.look(&store, at(0)).await.unwrap();
        assert_eq!(["a", "b", "c"].map(|grant| is_revoked(grant, 0)), [Ok(true), Ok(true), Ok(false)]);
        store.0.lock().unwrap().push(noted(3, "c", 300));
        known.look(&store, at(100)).await.unwrap();
        assert_eq!(["a", "b", "c"].map(|grant| is_revoked(grant, 100)), [Ok(false), Ok(true), Ok(true)]);
    }

    #[tokio::test]
    async fn the_claim_means_nothing_in_the_tokens_of_others() {
        let (store, known) = (Noted::default(), following());
        store.0.lock().unwrap().push(noted(1, "a", 100));
        known.look(&store, at(0)).await.unwrap();
        let other = Issuer::parse("https://login.example.com").unwrap();
        assert_eq!(known.is_revoked(&other, &GrantMark::of("a"), at(0)), Ok(false));
        assert_eq!(known.is_revoked(&other, &GrantMark::of("a"), at(9000)), Ok(false), "nor does its age");
    }

    /// A store that cannot be read.
    struct Broken;

    #[async_trait]
    impl RevokedGrants for Broken {
        async fn revoked_since(&self, _: i64) -> Result<Vec<RevokedGrant>, StoreFailed> {
            Err(StoreFailed::Access("the disk is gone".to_owned()))
        }
    }

    #[tokio::test]
    async fn nobody_can_tell_what_was_taken_back_while_the_store_could_not_be_read_for_a_minute() {
        let (store, known) = (Noted::default(), following());
        let is_revoked = |grant, second| known.is_revoked(&ours(), &GrantMark::of(grant), at(second));
        assert_eq!(is_revoked("b", 0), Err(RevocationUnknown::Stale), "it was never read");
        store.0.lock().unwrap().push(noted(1, "a", 1000));
        known.look(&store, at(0)).await.unwrap();
        for second in [5, 60, 61] {
            assert!(known.look(&Broken, at(second)).await.is_err());
        }
        assert_eq!(is_revoked("b", 60), Ok(false));
        assert_eq!(is_revoked("b", 61), Err(RevocationUnknown::Stale));
        assert_eq!(is_revoked("b", -61), Err(RevocationUnknown::Stale));
        assert_eq!(is_revoked("a", 61), Ok(true), "what is known stays known");
        // What this process takes back itself needs no store.
        known.enter(GrantMark::of("b"), at(1000));
        assert_eq!(is_revoked("b", 61), Ok(true));
        known.look(&store, at(70)).await.unwrap();
        assert_eq!((is_revoked("b", 70), is_revoked("c", 70)), (Ok(true), Ok(false)));
    }

    #[tokio::test]
    async fn too_many_are_a_fault_and_no_pass() {
        let (store, known) = (Noted::default(), following());
        let is_revoked = |grant: i64| known.is_revoked(&ours(), &GrantMark::of(&grant.to_string()), at(5));
        let many = i64::try_from(MAX_GRANTS).unwrap();
        let flood = (1..=many + 1)
            .map(|number| noted(number, &number.to_string(), if number == 1 { 5 } else { 100 }));
        store.0.lock().unwrap().extend(flood);
        known.look(&store, at(0)).await.unwrap();
        assert_eq!(is_revoked(2), Ok(true));
        assert_eq!(is_revoked(many + 1), Err(RevocationUnknown::TooMany));
        known.enter(GrantMark::of("one more"), at(100));
        assert_eq!(is_revoked(many + 1), Err(RevocationUnknown::TooMany));
        // One has ended, so there is room.
        known.look(&store, at(5)).await.unwrap();
        assert_eq!(is_revoked(many + 1), Ok(true));
        assert_eq!(is_revoked(1), Ok(false));
    }
}
