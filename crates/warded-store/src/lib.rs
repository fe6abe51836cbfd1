//! What must not be forgotten? Traits, and implementations in memory and in SQLite.
//!
//! The operations are shaped so that whoever uses them validates everything first and then takes one atomic step
//! that consumes and creates (invariant *Burns nothing*): a code is redeemed and its refresh token created, a
//! refresh token is consumed and its successor created, reuse is noticed and its whole family revoked, each in
//! one transaction. Bearer secrets are stored as hashes only. Times come in as parameters; nothing here reads a
//! clock.

mod approvals;
mod client;
mod consent;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod counters;
mod digest;
mod failed;
mod grant;
mod identity;
pub mod memory;
mod node;
mod pending;
mod replays;
mod revoked;
mod secret;
mod session;
mod signing_key;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod status;
mod sweep;
mod user;
#[cfg(feature = "sqlite")]
mod vault;
// --- the journal's modules are declared below this line ---
pub mod journal;

pub use approvals::{
    Approval, ApprovalId, Approvals, Ends, HeldCall, Holding, MOST_HELD, MOST_HELD_BY_ALL, Meant, Parameters,
    Ruled, Ruling, Use,
};
pub use client::{ApplicationType, Client, Clients, GrantType, Method, Origin};
pub use consent::{Consent, Consents};
pub use counters::{
    Counter, Counters, MOST_TAKINGS, ReservationId, Reserved, Reserving, Settled, Span, Taken, Taking,
    UNSETTLED_SECONDS, Uncertain, Window,
};
pub use digest::Digest;
pub use failed::StoreFailed;
pub use grant::{
    Code, Evidence, Grant, Grants, Kept, NewCode, NewRefresh, Refresh, Room, Spending, Spent, StandingGrant,
};
pub use identity::{AddedBy, Identities, Identity, Standing};
use journal::checkpoint::Checkpoints;
pub use node::Nodes;
pub use pending::{Pending, Pendings};
pub use replays::Replays;
pub use revoked::{
    GRANT_CLAIM, GrantMark, REVOKED_LASTS, ROOT_CLAIM, RevocationUnknown, Revocations, RevokedGrant,
    RevokedGrants,
};
pub use secret::Secrets;
pub use session::{Session, Sessions};
pub use signing_key::{HeldKey, SigningKeys};
pub use status::{Block, STATUS_LIST_LENGTH, StatusIndex, Statuses};
pub use sweep::{IDLE_CLIENT_SECONDS, Sweep, UNUSED_CLIENT_SECONDS};
pub use user::{PasswordHash, User, Users};
#[cfg(feature = "sqlite")]
pub use vault::{InvalidStoreKey, KeyPlace, StoreKey};

/// Everything that an authorization server must not forget. Used as `Arc<dyn Store>`.
pub trait Store:
    Secrets
    + SigningKeys
    + Users
    + Identities
    + Pendings
    + Sessions
    + Clients
    + Grants
    + Consents
    + Replays
    + Counters
    + Approvals
    + RevokedGrants
    + Statuses
    + Checkpoints
    + Nodes
    + Sweep
    + std::fmt::Debug
    + Send
    + Sync
{
}

impl<T> Store for T where
    T: Secrets
        + SigningKeys
        + Users
        + Identities
        + Pendings
        + Sessions
        + Clients
        + Grants
        + Consents
        + Replays
        + Counters
        + Approvals
        + RevokedGrants
        + Statuses
        + Checkpoints
        + Nodes
        + Sweep
        + std::fmt::Debug
        + Send
        + Sync
{
}

/// What came of adding something that may exist only once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is no third outcome")]
pub enum Added {
    /// It was added.
    Yes,
    /// One of that name is there already; nothing was changed.
    Taken,
}
