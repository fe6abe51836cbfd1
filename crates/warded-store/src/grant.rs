//! What did a person allow, and which secrets stand for it? Each can be spent once.
//!
//! A grant is a family: one code, then a chain of refresh tokens of which the last is good. Whoever presents one
//! that is spent shows that two parties hold it, and the family dies (RFC 9700 §4.14.2, RFC 6749 §4.1.2).

use std::fmt;

use async_trait::async_trait;
use warded_core::{Issuer, ResourceUri, Scopes, UnixTime, jose::Thumbprint};

use crate::{Digest, GrantMark, StatusIndex, StoreFailed};

/// What a person allowed a client to do at exactly one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The family: random.
    pub id: String,
    /// Where it was given.
    pub issuer: Issuer,
    /// To whom, by `client_id`.
    pub client: String,
    /// By whom, by id.
    pub user: String,
    /// For which server, by its name: identifiers can be given to another server later, and the grant must not
    /// go along.
    pub server: String,
    /// In the registered spelling that was asked for. One, never a list.
    pub resource: ResourceUri,
    /// For what.
    pub scopes: Scopes,
    /// When the person showed who they are; none where nobody said.
    pub auth_time: Option<UnixTime>,
    /// When it ends, whatever is refreshed in between.
    pub ends: UnixTime,
    /// The key that its refresh tokens are bound to (RFC 9449 §5); none as long as its code was not redeemed with one.
    pub key: Option<Thumbprint>,
    /// Where the status of its access tokens stands, for guards elsewhere.
    pub status: StatusIndex,
    /// Scheme, host and port that its answer went to; none where no such origin was kept.
    pub redirect_origin: Option<String>,
}

/// A grant that stands, and since when nobody used it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingGrant {
    /// What was allowed.
    pub grant: Grant,
    /// When a token was last given for it; none where its code was never redeemed.
    pub used: Option<UnixTime>,
    /// From when on nothing of it is good, unless it is refreshed before.
    pub until: UnixTime,
}

/// How many grants of one person may stand. A person can give them all day; whatever takes all of theirs back at once, such as a new
/// password, must not keep everybody else waiting. A client that is removed takes back what all people granted it: that is bounded by
/// how many people there are, and not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "two bounds, and whoever sets them gives both")]
pub struct Room {
    /// For one client.
    pub of_client: u32,
    /// In all.
    pub of_person: u32,
}

/// How many codes of one person for one client may wait to be redeemed where there is no room: so many logins may be under way
/// at once, and what more there are takes no place of a grant that is in use.
pub(crate) const UNDER_WAY: u32 = 10;

impl Default for Room {
    fn default() -> Self {
        Self { of_client: 100, of_person: 1000 }
    }
}

/// A code that is about to be handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCode {
    /// Of the code.
    pub digest: Digest,
    /// Where it was sent, byte for byte (RFC 6749 §4.1.3).
    pub redirect_uri: String,
    /// The S256 challenge of the client that asked (RFC 7636 §4.3).
    pub challenge: String,
    /// The key that the client announced for it (RFC 9449 §10, `dpop_jkt`).
    pub key: Option<Thumbprint>,
    /// How long it is good.
    pub expires: UnixTime,
    /// For how many grants of its person there is room, this one among them, and what time it is; none where there is no end of it.
    pub room: Option<(Room, UnixTime)>,
}

/// A refresh token that is about to be handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewRefresh {
    /// Of the token.
    pub digest: Digest,
    /// How long it is good.
    pub expires: UnixTime,
}

/// A code as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// What it stands for.
    pub grant: Grant,
    /// Where it was sent.
    pub redirect_uri: String,
    /// The challenge that its verifier must meet.
    pub challenge: String,
    /// The key that whoever redeems it must prove (RFC 9449 §10).
    pub key: Option<Thumbprint>,
    /// How long it is good.
    pub expires: UnixTime,
    /// Whether it has been redeemed.
    pub spent: bool,
}

/// A refresh token as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// What it stands for.
    pub grant: Grant,
    /// How long it is good.
    pub expires: UnixTime,
    /// What came of it, where it has a successor.
    pub spent: Option<Spent>,
}

/// What came of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// When.
    pub at: UnixTime,
    /// Whether its successor has been spent too, or is gone.
    pub successor_spent: bool,
    /// The answer that was given for it, as long as that is kept.
    pub answer: Option<Kept>,
}

impl Spent {
    /// The answer that a client which lost it may have once more: its successor is unspent, so nobody has used it yet.
    pub fn repeatable(&self, now: UnixTime) -> Option<&Kept> {
        self.answer.as_ref().filter(|kept| now < kept.until && !self.successor_spent)
    }
}

/// An answer that is kept for a client that may have lost it.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// The answer, sealed under a key that comes of the spent token itself: whoever reads the store cannot open it.
    pub sealed: Vec<u8>,
    /// Until when it may be given once more.
    pub until: UnixTime,
    /// Of the refresh token in it.
    pub successor: Digest,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("until", &self.until).finish_non_exhaustive()
    }
}

/// What came of spending a code or a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "every outcome must be answered")]
pub enum Spending {
    /// It is spent now, and its successor exists. Nobody else is told this about the same secret, ever.
    Spent,
    /// It was spent before, and its answer may be given once more ([`Refresh::spent`]): its client asked twice at once,
    /// or lost the first answer. Nothing was changed. Only a refresh token comes to this.
    Kept,
    /// It was spent before. Its family has been revoked in this very step.
    Again,
    /// It is unknown, expired or revoked. Nothing was changed.
    Gone,
    /// It could be spent, but the mark at that place was used before. Nothing was changed, and all others are as good as they were.
    Replayed(usize),
}

/// What whoever presents a code or a refresh token has shown beside it, judged already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "issuers make them")]
pub struct Evidence {
    /// The key that was proved, where there has to be one (RFC 9449 §5).
    pub key: Option<Thumbprint>,
    /// Marks of what is good once, each until its own end ([`Replays`](crate::Replays)): of an assertion, of a proof. They are
    /// entered in the step that spends the secret, and in no other.
    pub marks: Vec<([u8; 32], UnixTime)>,
}

/// Grants, codes and refresh tokens.
#[async_trait]
pub trait Grants {
    /// Remembers a grant together with its code, and that its client is in use. Where there is no room for it, others of its
    /// person end in the same step, as if they were revoked: first those whose code was never redeemed and is over, then, where more
    /// than ten codes for one client wait, the oldest of these, then what is over, then those that were not used for longest.
    /// Returns how many.
    async fn issue_code(&self, grant: Grant, code: NewCode) -> Result<u64, StoreFailed>;
    /// Looks at a code and changes nothing.
    async fn code(&self, digest: &Digest) -> Result<Option<Code>, StoreFailed>;
    /// Spends a code, in one step with creating the first refresh token. The access token that comes of it opens
    /// nothing from `token_ends` on, leeway included, and its family is kept until then at least, so that a replay is noticed.
    /// Where a key was proved to which the refresh tokens are bound, it becomes the grant's.
    async fn redeem(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        first: Option<NewRefresh>,
        shown: Evidence,
    ) -> Result<Spending, StoreFailed>;
    /// Looks at a refresh token and changes nothing.
    async fn refresh(&self, digest: &Digest) -> Result<Option<Refresh>, StoreFailed>;
    /// Spends a refresh token, in one step with creating its successor. The access token that comes of it opens
    /// nothing from `token_ends` on, leeway included, and its family is kept until then at least. A key that was proved
    /// becomes the grant's where it has none; one that it has stays. The answer is kept where one is handed over. Whoever comes here has shown to be the grant's client, with its key: where the answer of a spent
    /// token is still kept, its family lives on ([`Spending::Kept`]).
    async fn rotate(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        next: NewRefresh,
        keep: Option<Kept>,
        shown: Evidence,
    ) -> Result<Spending, StoreFailed>;
    /// Ends a family: its code and its refresh tokens are no longer good. Guards refuse its access tokens once they
    /// hear of it ([`RevokedGrants`](crate::RevokedGrants)).
    async fn revoke(&self, grant: &str) -> Result<(), StoreFailed>;
    /// The grant of that id, unless it was revoked or swept.
    async fn grant(&self, id: &str) -> Result<Option<StandingGrant>, StoreFailed>;
    /// The grant of that mark, unless it was revoked or swept.
    async fn grant_of_mark(&self, mark: &GrantMark) -> Result<Option<StandingGrant>, StoreFailed>;
    /// What a person has allowed and what is still good, by server and client.
    async fn grants_of_user(&self, user: &str, now: UnixTime) -> Result<Vec<StandingGrant>, StoreFailed>;
    /// The grants of an issuer behind that id, in the order of their ids, and not more than so many at once; `""` is before
    /// all of them.
    async fn grants(
        &self,
        issuer: &Issuer,
        after: &str,
        most: u32,
    ) -> Result<Vec<StandingGrant>, StoreFailed>;
    /// How many families there are that have not been swept.
    async fn count_grants(&self) -> Result<u64, StoreFailed>;
}
