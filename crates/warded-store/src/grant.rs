//! What did a person allow, and which secrets stand for it? Each can be spent once.
//!
//! A grant is a family: one code, then a chain of refresh tokens of which the last is good. Whoever presents one
//! that is spent shows that two parties hold it, and the family dies (RFC 9700 §4.14.2, RFC 6749 §4.1.2).

use async_trait::async_trait;
use warded_core::{Issuer, ResourceUri, Scopes, UnixTime};

use crate::{Digest, StoreFailed};

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
    /// When the person logged in.
    pub auth_time: UnixTime,
    /// When it ends, whatever is refreshed in between.
    pub ends: UnixTime,
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
    /// How long it is good.
    pub expires: UnixTime,
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
    /// Whether it has a successor.
    pub spent: bool,
}

/// What came of spending a code or a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "every outcome must be answered")]
pub enum Spending {
    /// It is spent now, and its successor exists. Nobody else is told this about the same secret, ever.
    Spent,
    /// It was spent before. Its family has been revoked in this very step.
    Again,
    /// It is unknown, expired or revoked. Nothing was changed.
    Gone,
}

/// Grants, codes and refresh tokens.
#[async_trait]
pub trait Grants {
    /// Remembers a grant together with its code, and that its client is in use.
    async fn issue_code(&self, grant: Grant, code: NewCode) -> Result<(), StoreFailed>;
    /// Looks at a code and changes nothing.
    async fn code(&self, digest: &Digest) -> Result<Option<Code>, StoreFailed>;
    /// Spends a code, in one step with creating the first refresh token. The access token that comes of it opens
    /// nothing from `token_ends` on, leeway included, and its family is kept until then at least, so that a replay is noticed.
    async fn redeem(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        first: Option<NewRefresh>,
    ) -> Result<Spending, StoreFailed>;
    /// Looks at a refresh token and changes nothing.
    async fn refresh(&self, digest: &Digest) -> Result<Option<Refresh>, StoreFailed>;
    /// Spends a refresh token, in one step with creating its successor. The access token that comes of it opens
    /// nothing from `token_ends` on, leeway included, and its family is kept until then at least.
    async fn rotate(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        next: NewRefresh,
    ) -> Result<Spending, StoreFailed>;
    /// Ends a family: its code and its refresh tokens are no longer good. Guards refuse its access tokens once they
    /// hear of it ([`RevokedGrants`](crate::RevokedGrants)).
    async fn revoke(&self, grant: &str) -> Result<(), StoreFailed>;
    /// How many families there are that have not been swept.
    async fn count_grants(&self) -> Result<u64, StoreFailed>;
}
