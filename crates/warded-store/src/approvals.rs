//! Which calls wait for somebody to approve them, and what was said?
//!
//! A call is held under a fingerprint of everything that it is: the tool and the arguments, the rule that asks, the server and the
//! caller. Whoever makes the very same call again finds what was said of it, and an approval is used once. The store compares
//! fingerprints and knows nothing of what is in them.

use std::fmt;

use async_trait::async_trait;
use warded_core::UnixTime;

use crate::StoreFailed;

pub(crate) mod id;
mod parameters;
pub(crate) mod room;

pub use id::ApprovalId;
pub use parameters::{Ends, Parameters};
pub use room::{MOST_HELD, MOST_HELD_BY_ALL};

/// A call that is to be held.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever holds a call says all of it")]
pub struct HeldCall {
    /// What it is called, where it is not held already.
    pub id: ApprovalId,
    /// A hash of all that makes it the call that it is.
    pub fingerprint: [u8; 32],
    /// The server's name.
    pub server: Box<str>,
    /// The tool, the resource or the prompt.
    pub target: Box<str>,
    /// What it is called with, for whoever approves it.
    pub parameters: Parameters,
    /// The rule that asks for the approval.
    pub rule: Box<str>,
    /// Who vouches for the caller.
    pub issuer: Box<str>,
    /// Who the caller is; empty where nobody says.
    pub subject: Box<str>,
    /// By which program; empty where nobody says.
    pub client: Box<str>,
    /// For how many seconds it waits; and for how many what is said of it is good, from then on.
    pub lasts: u32,
}

/// Parameters are for whoever approves the call, and for no log.
impl fmt::Debug for HeldCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldCall")
            .field("id", &self.id)
            .field("server", &self.server)
            .field("target", &self.target)
            .field("rule", &self.rule)
            .field("lasts", &self.lasts)
            .finish_non_exhaustive()
    }
}

/// A call that is held, and what was said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever tells it knows all of it")]
pub struct Approval {
    /// The call.
    pub call: HeldCall,
    /// Since when it is held.
    pub created: UnixTime,
    /// From when on it is not there any more.
    pub expires: UnixTime,
    /// What was said of it.
    pub ruling: Ruling,
    /// By whom, and when; none where nobody has said anything.
    pub ruled: Option<Ruled>,
}

/// Who has said something of a held call, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever tells it knows all of it")]
pub struct Ruled {
    /// By whom.
    pub by: Box<str>,
    /// When.
    pub at: UnixTime,
}

/// What was said of a held call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever carries it out must know each")]
pub enum Ruling {
    /// Nothing yet.
    Pending,
    /// It may be made once.
    Approved,
    /// It may not be made.
    Denied,
    /// It was approved, and made.
    Used,
}

impl Ruling {
    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Used => "used",
        }
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Pending, Self::Approved, Self::Denied, Self::Used]
            .into_iter()
            .find(|ruling| ruling.as_str() == name)
    }
}

/// What came of holding a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is no third outcome")]
pub enum Holding {
    /// It is held, now or since before; what was said of it. It was not used.
    Held(Box<Approval>),
    /// This caller has [`MOST_HELD`] calls that wait, or few where many callers have some, or all together have
    /// [`MOST_HELD_BY_ALL`]; and this one does not wait.
    Crowded,
}

/// Which held call is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth outcome")]
pub enum Meant {
    /// None that is there.
    None,
    /// This one.
    One(Box<Approval>),
    /// Several begin like that.
    Several,
}

/// That an approval was used: what it is restored by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub(crate) id: ApprovalId,
    /// The how manieth use it is: whoever restores an earlier one changes nothing.
    pub(crate) number: i64,
}

/// The calls that are held.
#[async_trait]
pub trait Approvals: fmt::Debug + Send + Sync {
    /// Holds a call, unless the very same one is held: then that one stays as it is. One that was used counts no more.
    async fn hold_call(&self, call: HeldCall, now: UnixTime) -> Result<Holding, StoreFailed>;

    /// Those that are there, the used ones too, [`MOST_HELD_BY_ALL`] at most: all that wait, and behind them the others, each
    /// since when they are held.
    async fn approvals(&self, now: UnixTime) -> Result<Vec<Approval>, StoreFailed>;

    /// The one whose name begins like this.
    async fn find_approval(&self, prefix: &str, now: UnixTime) -> Result<Meant, StoreFailed>;

    /// Has somebody approve a call, or deny it; what is held then. It may be said anew for as long as the call was not made, and
    /// denied even then: where it is under way and comes to nothing, it is not made again. None where it is not there, or is to
    /// be approved and was made.
    async fn rule(
        &self,
        id: &ApprovalId,
        is_approved: bool,
        by: &str,
        now: UnixTime,
    ) -> Result<Option<Approval>, StoreFailed>;

    /// Uses an approval up: for exactly one of all who ask. None where it is not there, not approved or used.
    async fn use_approval(&self, id: &ApprovalId, now: UnixTime) -> Result<Option<Use>, StoreFailed>;

    /// Takes back that it was used, for a call that came to nothing. Another use than this one stays, and so does a denial.
    async fn restore_approval(&self, used: &Use) -> Result<(), StoreFailed>;
}
