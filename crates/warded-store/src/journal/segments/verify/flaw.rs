//! What can be wrong with a journal, and where.

use std::io;

/// Where a journal is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {flaw}")]
#[expect(clippy::exhaustive_structs, reason = "a place and a reason")]
pub struct Broken {
    /// The file's name; the folder's, where there is no file.
    pub file: String,
    /// The line, from 1; 0 where no line is meant.
    pub line: u64,
    /// What is wrong there.
    pub flaw: Flaw,
}

/// What is wrong with a journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// The line is no record.
    #[error("this is no record of a journal")]
    NoRecord,
    /// The record is another node's.
    #[error("this record is of another node")]
    OtherNode,
    /// Records are not there.
    #[error("records {from} to {to} are missing")]
    Missing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// A record stands where an earlier one has been already.
    #[error("record {seq} stands here, and record {expected} should")]
    Repeated {
        /// Its number.
        seq: u64,
        /// What should be there.
        expected: u64,
    },
    /// A record does not follow from the one before it.
    #[error("record {seq} does not follow from the record before it: that one was changed, or this one")]
    Changed {
        /// Its number.
        seq: u64,
    },
    /// A checkpoint's signature is not its key's.
    #[error(
        "the signature of checkpoint {seq} does not hold: something before it was changed, or it was made up"
    )]
    Forged {
        /// Its number.
        seq: u64,
    },
    /// A checkpoint is signed by a key that is not believed.
    #[error("checkpoint {seq} is signed with the key {key}, which is not this journal's")]
    StrangeKey {
        /// Its number.
        seq: u64,
        /// What it calls the key.
        key: String,
    },
    /// A record is not the one that the store knows.
    #[error("record {seq} is not the one that the store knows: everything up to it was written anew")]
    Rewritten {
        /// Its number.
        seq: u64,
    },
    /// A record says that others were removed, and nobody vouches for it.
    #[error("record {seq} says that old records were removed, and nobody vouches for that")]
    Unvouched {
        /// Its number.
        seq: u64,
    },
    /// A record stands behind the end.
    #[error(
        "record {seq} stands behind the end: the process that kept this journal ended in order, and it did not write that"
    )]
    Behind {
        /// Its number.
        seq: u64,
    },
    /// The journal ends before what the store knows.
    #[error("it ends with record {last}, and the store knows of record {known}: the end was cut off")]
    CutOff {
        /// The last one that is there.
        last: u64,
        /// The last one that is known.
        known: u64,
    },
}

impl Flaw {
    /// Whether records that did not reach the disk can leave it.
    pub(super) fn is_left_by_a_disk(&self) -> bool {
        matches!(self, Self::NoRecord | Self::Missing { .. } | Self::Unreadable(io::ErrorKind::InvalidData))
    }
}
