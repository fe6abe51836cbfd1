//! What was decided, and what is to be counted for it?

use std::{sync::Arc, time::Duration};

use crate::{Amount, Window};

/// What is named where a rule would be that decided, and nothing was.
pub(crate) const UNDECIDED: &str = "(undecided)";

/// What was decided of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever carries it out must know all of it")]
pub struct Decision {
    /// What becomes of it.
    pub verdict: Verdict,
    /// What would have denied it, if it were not only looked at; by the name `(undecided)`, what could not tell.
    pub shadowed: Vec<Denial>,
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever carries it out must know each")]
pub enum Verdict {
    /// It may be made once these are taken, all or none.
    Allow(Vec<Taking>),
    /// It may not be made.
    Deny(Denial),
    /// It may be made once somebody has approved it, and these are taken.
    Hold(Hold, Vec<Taking>),
}

/// Why a call is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever tells it must know all of it")]
pub struct Denial {
    /// The rule, or `(hidden)`, `(default deny)` or `(undecided)`.
    pub rule: Arc<str>,
    /// What the caller is told.
    pub message: Box<str>,
    /// The file in which the rule stands.
    pub file: Arc<str>,
    /// On which line; zero of what is no rule.
    pub line: u32,
}

/// Why a call waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever holds it must know all of it")]
pub struct Hold {
    /// The rule, and what is told.
    pub denial: Denial,
    /// For how long.
    pub timeout: Duration,
    /// A hash of the rule: an approval is good for the very rule that asked for it.
    pub hash: [u8; 32],
}

/// What is to be taken from a counter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever takes it must know all of it")]
pub struct Taking {
    /// From which.
    pub key: CounterKey,
    /// In which window.
    pub window: Window,
    /// How much.
    pub amount: Amount,
    /// How much there may be with it.
    pub limit: Limit,
    /// What is said where there would be more.
    pub exceeded: Denial,
    /// Whether it only counts: what is only looked at refuses nothing.
    pub shadow: bool,
}

/// A counter that a call is judged by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "whoever reads it must know all of it")]
pub struct Counter {
    /// Which.
    pub key: CounterKey,
    /// In which window.
    pub window: Window,
}

/// How much a counter may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever counts must know each")]
pub enum Limit {
    /// No more than this (`lte`).
    AtMost(Amount),
    /// Less than this (`lt`).
    Below(Amount),
}

/// Which counter it is. Nothing of a file's text, place or order is in it, so that counters outlive a reload.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "whoever keeps it must know all of it")]
pub struct CounterKey {
    /// Whose policy it is.
    pub place: Arc<str>,
    /// The tool, `_global` for all, or `resource:` or `prompt:` with a name.
    pub scope: Arc<str>,
    /// The name of the counter.
    pub counter: Arc<str>,
    /// Whose own it is, by `per`; empty where it is everybody's.
    pub per: Box<str>,
}

/// Whose policy a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a policy is shared, or a server's own")]
pub enum Place {
    /// Shared by all servers.
    Shared,
    /// The policy of the server of this name.
    Server(Box<str>),
}
