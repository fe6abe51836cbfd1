//! Who asked what, where, and what came of it? The record that outlives the request.
//!
//! A call is on record before it goes to its server, and its end when its answer has ended; so also a call that
//! took the process down with it has left a record. Callers who are not known leave no record of their own, they are
//! counted: a flood of bad tokens must neither fill the disk nor stop the service. Two kinds of strangers do leave a
//! record, within bounds: a genuine token that was not issued for where it was presented, and a client that asks an
//! issuer for a token without saying for which server. Who tried it where is what is asked afterwards.

use std::fmt;

pub mod checkpoint;
mod event;
pub mod segments;

pub use event::{Act, Closing, Endpoint, Objection, Opening, Outcome, RequestId, Stray, Unbound, Whose};

/// The journal cannot be written. A call that leaves no record is not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot be written")]
#[non_exhaustive]
pub struct JournalFailed;

/// A call that is on record and has not ended.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Ticket {
    call: u64,
    /// The group in which its record waits to be written, and its place there.
    place: Option<(u64, usize)>,
    /// Whose call it is, where somebody wants to be told when it has ended.
    whose: Option<Box<Opening>>,
}

impl Ticket {
    /// Whoever keeps a journal numbers its calls.
    pub const fn new(call: u64) -> Self {
        Self { call, place: None, whose: None }
    }

    pub(crate) const fn waiting(call: u64, group: u64, place: usize) -> Self {
        Self { call, place: Some((group, place)), whose: None }
    }

    /// The same, and whose it is.
    pub fn remembering(mut self, whose: Opening) -> Self {
        self.whose = Some(Box::new(whose));
        self
    }

    /// Whose call it is, where that was remembered.
    pub fn whose(&self) -> Option<&Opening> {
        self.whose.as_deref()
    }

    /// The number.
    pub const fn call(&self) -> u64 {
        self.call
    }

    pub(crate) const fn place(&self) -> Option<(u64, usize)> {
        self.place
    }
}

/// How a journal does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// Whether the disk takes nothing.
    pub failing: bool,
    /// Records that wait to be written.
    pub waiting: u64,
    /// Records that found no room since the process began. Each is told in the journal as soon as the disk takes it.
    pub lost: u64,
}

/// Where records go. None of it waits for a disk.
pub trait Journal: Send + Sync + fmt::Debug {
    /// Records a call before it is made; no record, no call.
    fn open(&self, opening: Opening) -> Result<Ticket, JournalFailed>;

    /// Records how a call of this server ended. It is taken whatever waits.
    fn close(&self, ticket: Ticket, server: &str, closing: Closing);

    /// Records that a known caller was refused. Best effort: the refusal stands, recorded or not.
    fn refuse(&self, opening: Opening, closing: Closing);

    /// Records that a genuine token was presented at a server that it is not for. Best effort, and bounded: what is
    /// beyond the bound is counted.
    fn stray(&self, stray: Stray, closing: Closing);

    /// Records that a client asked an issuer for a token and did not say for which server. Best effort, and bounded.
    fn unbound(&self, unbound: Unbound);

    /// Counts a refusal of somebody who is not known.
    fn count(&self, server: &str, code: &'static str);

    /// How it does.
    fn standing(&self) -> Standing {
        Standing::default()
    }
}
