//! Who asked what, where, and what came of it? The record that outlives the request.
//!
//! A call leaves two records: one before it goes to its server, one when its answer has ended; so also a call that
//! took the process down with it has left one. Callers who are not known leave no record of their own, they are
//! counted: a flood of bad tokens must neither fill the disk nor stop the service. One kind of refused token does leave
//! a record, within bounds: a genuine one that was issued for another server. Who tried it where is what is asked
//! afterwards.

use std::fmt;

use serde::Serialize;

pub mod segments;

/// Somebody who is known, and what they ask. There is no token in it and no argument.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever records gives every field")]
pub struct Opening {
    /// The server's name.
    pub server: Box<str>,
    /// The identifier that was addressed.
    pub resource: Box<str>,
    /// The method of the message, or `GET` and `DELETE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Box<str>>,
    /// The tool, prompt or resource that is named; for several messages, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Box<str>>,
    /// For whom the token was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Box<str>>,
    /// To which client it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<Box<str>>,
    /// Who issued it.
    pub issuer: Box<str>,
    /// The token's name (`Fingerprint`).
    pub token: Box<str>,
    /// What a permissive server let pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<&'static str>,
}

/// A genuine token at a server that it was not issued for. Whom it was issued to is not said: the token was refused
/// before that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever records gives every field")]
pub struct Stray {
    /// The name of the server at which it was presented.
    pub server: Box<str>,
    /// The identifier that was addressed.
    pub resource: Box<str>,
    /// For whom it was issued: another server's name, or a recipient that nobody here knows.
    pub meant: Box<str>,
    /// Who issued it; the signature was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Box<str>>,
    /// The token's name (`Fingerprint`).
    pub token: Box<str>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever records gives every field")]
pub struct Closing {
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The bytes of the answer's body.
    pub bytes: u64,
    /// How long it took.
    pub duration_ms: u64,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// The answer went out whole.
    Answered,
    /// The caller went away before the answer ended.
    Abandoned,
    /// The answer broke off.
    Broken,
    /// It was refused, although the caller is known.
    Refused,
    /// It failed, and not by the caller's fault.
    Failed,
}

/// The journal cannot be written. A call that leaves no record is not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot be written")]
#[non_exhaustive]
pub struct JournalFailed;

/// A call that is on record and has not ended. Its name stands in both of its records.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Ticket(u64);

impl Ticket {
    /// Whoever keeps a journal numbers its calls.
    pub const fn new(call: u64) -> Self {
        Self(call)
    }

    /// The number.
    pub const fn call(&self) -> u64 {
        self.0
    }
}

/// Where records go. None of it waits for a disk.
pub trait Journal: Send + Sync + fmt::Debug {
    /// Records a call before it is made; no record, no call.
    fn open(&self, opening: Opening) -> Result<Ticket, JournalFailed>;

    /// Records how it ended. Room for this was taken when it was opened.
    fn close(&self, ticket: Ticket, closing: Closing);

    /// Records that a known caller was refused. Best effort: the refusal stands, recorded or not.
    fn refuse(&self, opening: Opening, closing: Closing);

    /// Records that a genuine token was presented at a server that it is not for. Best effort, and bounded: what is
    /// beyond the bound is counted.
    fn stray(&self, stray: Stray, closing: Closing);

    /// Counts a refusal of somebody who is not known.
    fn count(&self, server: &str, code: &'static str);
}
