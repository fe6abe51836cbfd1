//! Is a journal whole? Follows its chain from the oldest file that is there, and asks of each checkpoint whose it is.
//!
//! A record that is changed, removed, repeated or moved breaks the chain. Who can write the folder can also make a new
//! chain, but no signature; and can cut off the end, but not in the store, which knows the last checkpoint. What was
//! recorded after that one, nobody vouches for yet.

use std::{collections::VecDeque, io, path::Path};

use warded_core::UnixTime;

pub use self::flaw::{Broken, Flaw};
use self::{
    chain::{Chain, Claim},
    doubt::doubts,
};
use super::read::{Segment, segments};
use crate::journal::checkpoint::{Checkpoint, PublicKey};

mod chain;
mod doubt;
mod flaw;

/// Whom whoever verifies believes. Read it before the journal is read: what is recorded meanwhile is not missing then.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Trust {
    /// The keys that may have signed.
    pub keys: Vec<PublicKey>,
    /// Where the store says that the chain stood.
    pub last: Option<Checkpoint>,
}

impl Trust {
    /// Believes these keys, and what the store knows, if it is asked.
    pub fn new(keys: Vec<PublicKey>, last: Option<Checkpoint>) -> Self {
        Self { keys, last }
    }
}

/// What a journal that is whole holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Its records, those of the journal itself included.
    pub records: u64,
    /// The number of the last one.
    pub last: u64,
    /// Its checkpoints, each of which holds.
    pub checkpoints: u64,
    /// The keys of those that nobody was given to believe, by what records call them.
    pub strange_keys: Vec<String>,
    /// The records behind the last checkpoint: nobody vouches for them yet.
    pub unvouched: u64,
    /// Up to which record it was removed because it was old.
    pub removed: Option<u64>,
    /// Behind which record it begins, where it says that what is before is not in this folder.
    pub begun: Option<u64>,
    /// How many records it says that were lost, for want of room or by the disk.
    pub lost: u64,
    /// How many records it says that were found when a process began, and nobody had vouched for them: what a process leaves
    /// that was killed, or what somebody added to that.
    pub found: u64,
    /// Which ones, the latest last, and no more than 1,000 times.
    pub findings: VecDeque<Left>,
}

/// Records that were found when a process began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "from where to where, and when")]
pub struct Left {
    /// The number of the first one.
    pub first: u64,
    /// The number of the last one.
    pub last: u64,
    /// When the process began that found them.
    pub found_at: UnixTime,
}

/// How often it is said which records were found. Whoever can write the folder could say it in each line.
const MAX_FINDINGS: usize = 1_000;

/// Follows the chain of a node.
pub fn verify(folder: &Path, node: &str, trust: &Trust) -> Result<Account, Broken> {
    match verify_once(folder, node, trust) {
        // What is old may leave between listing and reading.
        Err(Broken { flaw: Flaw::Unreadable(io::ErrorKind::NotFound), .. }) => {
            verify_once(folder, node, trust)
        }
        verified => verified,
    }
}

fn verify_once(folder: &Path, node: &str, trust: &Trust) -> Result<Account, Broken> {
    let unreadable = |file: &str, error: &io::Error| Broken {
        file: file.to_owned(),
        line: 0,
        flaw: Flaw::Unreadable(error.kind()),
    };
    let name = folder.display().to_string();
    let mut nodes = segments(folder).map_err(|error| unreadable(&name, &error))?;
    let mut chain = Chain::new(node, trust);
    let segments = nodes.remove(node).unwrap_or_default();
    chain.minds(doubts(&segments));
    for segment in segments {
        chain.follow(&segment).map_err(|(line, flaw)| Broken { file: segment.name(), line, flaw })?;
    }
    if let Some(broken) = chain.gap.take().or(chain.behind.take()) {
        return Err(broken);
    }
    chain.end().map_err(|flaw| Broken { file: name, line: 0, flaw })
}

/// Whether the chain may be gone on with: from the record that the store knows it leads to the end, and takes nothing away
/// that nobody vouches for; where the store knows of none, all of it is vouched for by our key or by nobody. Otherwise whoever
/// goes on would sign what somebody else made up. Says for how many of the last records nobody vouches.
pub(super) fn resumes(segments: &[Segment], node: &str, trust: &Trust) -> Result<u64, Flaw> {
    let known = trust.last.as_ref().map_or(0, |last| last.seq);
    let from = segments.iter().rposition(|segment| segment.first <= known).unwrap_or(0);
    let segments = segments.get(from..).unwrap_or_default();
    let mut chain = Chain::new(node, trust);
    chain.minds(doubts(segments));
    for segment in segments {
        chain.follow(segment).map_err(|(_, flaw)| flaw)?;
    }
    if let Some(Broken { flaw, .. }) = chain.gap.take().or(chain.behind.take()) {
        return Err(flaw);
    }
    if let Some(Claim { seq, .. }) = chain.claim {
        return Err(Flaw::Unvouched { seq });
    }
    if let Some(owed) = chain.owed.filter(|_| trust.last.is_none()) {
        return Err(Flaw::Missing { from: 1, to: owed.seq });
    }
    chain.holds_what_is_known()?;
    Ok(chain.account.unvouched)
}
