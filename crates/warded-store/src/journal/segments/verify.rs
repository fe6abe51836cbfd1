//! Is a journal whole? Follows its chain from the oldest file that is there, and asks of each checkpoint whose it is.
//!
//! A record that is changed, removed, repeated or moved breaks the chain. Who can write the folder can also make a new
//! chain, but no signature; and can cut off the end, but not in the store, which knows the last checkpoint. What was
//! recorded after that one, nobody vouches for yet.

use std::{collections::VecDeque, io, path::Path};

use warded_core::UnixTime;

use super::{
    line::{End, Hash, Link, hash, unhex},
    read::{Segment, segments},
};
use crate::journal::checkpoint::{Checkpoint, PublicKey};

/// Whom whoever verifies believes. Read it before the journal is read: what is recorded meanwhile is not missing then.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Trust {
    /// The keys that may have signed.
    pub keys: Vec<PublicKey>,
    /// Where the store says that the chain stood.
    pub last: Option<Checkpoint>,
}

impl Flaw {
    /// Whether records that did not reach the disk can leave it.
    fn is_left_by_a_disk(&self) -> bool {
        matches!(self, Self::NoRecord | Self::Missing { .. } | Self::Unreadable(io::ErrorKind::InvalidData))
    }
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

/// A file that begins by saying that what is before it may not have reached the disk.
struct Doubt {
    /// The number of the record that says so.
    seq: u64,
    /// Behind which one.
    behind: End,
}

impl Doubt {
    fn of(link: &Link<'_>) -> Option<Self> {
        let behind = End { seq: link.after?, hash: link.hash.and_then(unhex)? };
        (link.event == "lost").then_some(Self { seq: link.seq, behind })
    }
}

/// What these files say of those before them.
fn doubts(segments: &[Segment]) -> VecDeque<Doubt> {
    let first = |segment: &Segment| {
        // What cannot be read is said where it is read.
        let mut lines = segment.lines(0).ok()?;
        Doubt::of(&Link::read(lines.next_line().ok()??)?)
    };
    segments.iter().filter_map(first).collect()
}

/// What was read so far.
struct Chain<'t> {
    node: &'t str,
    trust: &'t Trust,
    end: Option<End>,
    /// What the first record follows from and is not here; gone once a record says why.
    owed: Option<End>,
    /// A record that says so, for which nobody vouches yet.
    claim: Option<Claim>,
    /// Whether the record that the store knows was passed, and is the one that it knows.
    has_met: bool,
    /// What is ahead and says that records before it may not be on the disk.
    doubts: VecDeque<Doubt>,
    /// Where the record was passed behind which that begins: what was claimed up to there.
    in_doubt: Option<Known>,
    /// Where such records are not there, and nobody vouches for it yet that they may be lost.
    gap: Option<Broken>,
    /// The first record behind the end that the store knows, for which no checkpoint vouches.
    behind: Option<Broken>,
    /// Whether a later checkpoint holds than the store knows: it was restored from a copy, and says nothing of the end.
    is_past_store: bool,
    account: Account,
}

/// What was claimed up to a record.
struct Known {
    claim: Option<Claim>,
}

#[derive(Clone, Copy)]
struct Claim {
    /// The record's own number.
    seq: u64,
    /// Up to where, if it says.
    told: Option<End>,
}

impl<'t> Chain<'t> {
    fn new(node: &'t str, trust: &'t Trust) -> Self {
        Self {
            node,
            trust,
            end: None,
            owed: None,
            claim: None,
            has_met: false,
            doubts: VecDeque::new(),
            in_doubt: None,
            gap: None,
            behind: None,
            is_past_store: false,
            account: Account::default(),
        }
    }

    fn minds(&mut self, doubts: VecDeque<Doubt>) {
        self.doubts = doubts;
        self.doubts_from_here();
    }

    fn follow(&mut self, segment: &Segment) -> Result<(), (u64, Flaw)> {
        let unreadable = |error: io::Error| Flaw::Unreadable(error.kind());
        let mut lines = segment.lines(0).map_err(|error| (0, unreadable(error)))?;
        let mut count = 0;
        loop {
            count += 1;
            let taken = match lines.next_line() {
                Ok(Some(line)) => self.take(line, segment, count),
                Ok(None) => return Ok(()),
                Err(error) => Err(unreadable(error)),
            };
            match taken {
                Ok(()) => {
                    if self.behind.is_none()
                        && let Some(seq) = self.is_behind_the_end()
                    {
                        let flaw = Flaw::Behind { seq };
                        self.behind = Some(Broken { file: segment.name(), line: count, flaw });
                    }
                }
                // What is left of records that the disk did not keep: what says so comes in another file.
                Err(flaw) if self.in_doubt.is_some() && flaw.is_left_by_a_disk() => {
                    self.gap.get_or_insert(Broken { file: segment.name(), line: count, flaw });
                    return Ok(());
                }
                Err(flaw) => return Err((count, flaw)),
            }
        }
    }

    fn take(&mut self, text: &[u8], segment: &Segment, count: u64) -> Result<(), Flaw> {
        let link = Link::read(text).ok_or(Flaw::NoRecord)?;
        let prev = link.prev().ok_or(Flaw::NoRecord)?;
        if link.node != self.node {
            return Err(Flaw::OtherNode);
        }
        if let Some(flaw) = self.attach(&link, prev)? {
            self.gap.get_or_insert(Broken { file: segment.name(), line: count, flaw });
        }
        let end = End { seq: link.seq, hash: hash(text) };
        self.end = Some(end);
        self.account.records += 1;
        self.account.unvouched += 1;
        self.compare(end)?;
        self.doubts_from_here();
        match link.event {
            "checkpoint" => self.checkpoint(&link)?,
            "removed" => self.removed(&link),
            "found" => self.found(&link),
            "lost" => self.account.lost = self.account.lost.saturating_add(link.count.unwrap_or(0)),
            _ => {}
        }
        Ok(())
    }

    /// Whether what follows from here may not have reached the disk, as a later file says.
    fn doubts_from_here(&mut self) {
        if self.doubts.front().is_some_and(|doubt| doubt.behind == self.end.unwrap_or_default()) {
            self.in_doubt = Some(Known { claim: self.claim });
        }
    }

    /// Whether a record follows from what is before it; or, where it is the one that says so, what of that is lost.
    fn attach(&mut self, link: &Link<'_>, prev: Hash) -> Result<Option<Flaw>, Flaw> {
        let seq = link.seq;
        if self.doubts.front().is_some_and(|doubt| doubt.seq == seq && link.event == "lost") {
            self.doubts.pop_front();
            let expected = self.end.unwrap_or_default().seq.saturating_add(1);
            // What was on the disk is there, and no record that nothing vouches for any more has removed anything.
            if let Some(Known { claim }) = self.in_doubt.take().filter(|_| seq > expected) {
                self.claim = claim;
                return Ok(Some(Flaw::Missing { from: expected, to: seq - 1 }));
            }
        }
        self.follows(link, prev).map(|()| None)
    }

    fn follows(&mut self, link: &Link<'_>, prev: Hash) -> Result<(), Flaw> {
        let seq = link.seq;
        let Some(end) = self.end else {
            let before = End { seq: seq.checked_sub(1).ok_or(Flaw::NoRecord)?, hash: prev };
            if before.seq == 0 {
                return if prev == Hash::default() { Ok(()) } else { Err(Flaw::Changed { seq }) };
            }
            self.compare(before)?;
            if link.event == "begun" && link.after == Some(before.seq) {
                self.account.begun = link.after;
            } else {
                self.owed = Some(before);
            }
            return Ok(());
        };
        let expected = end.seq.saturating_add(1);
        if seq > expected {
            return Err(Flaw::Missing { from: expected, to: seq - 1 });
        }
        if seq < expected {
            return Err(Flaw::Repeated { seq, expected });
        }
        if prev == end.hash { Ok(()) } else { Err(Flaw::Changed { seq }) }
    }

    /// A process that ended in order left its last checkpoint, and nothing behind that. To add a record takes no key, only the
    /// hash of the one before it. A later checkpoint takes the key: then a process has begun since, and the store is a copy
    /// from before.
    fn is_behind_the_end(&self) -> Option<u64> {
        let known = self.trust.last.as_ref().filter(|last| last.sealed && !self.is_past_store)?;
        // Its own record stands behind what a checkpoint vouches for, and nothing else may stand there.
        let is_its_own = self.is_vouched_for() && known.seq.checked_add(1) == self.last();
        self.last().filter(|seq| *seq > known.seq && !is_its_own)
    }

    fn last(&self) -> Option<u64> {
        self.end.map(|end| end.seq)
    }

    /// Whether the last record is a checkpoint that holds.
    fn is_vouched_for(&self) -> bool {
        self.account.checkpoints > 0 && self.account.unvouched == 0
    }

    /// Whether a record is the one that the store knows.
    fn compare(&mut self, end: End) -> Result<(), Flaw> {
        match &self.trust.last {
            Some(last) if last.seq == end.seq && last.hash != end.hash => {
                Err(Flaw::Rewritten { seq: end.seq })
            }
            Some(last) if last.seq == end.seq => {
                self.has_met = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn known_keys(&self) -> impl Iterator<Item = &'t PublicKey> + use<'t> {
        self.trust.keys.iter().chain(self.trust.last.as_ref().map(|last| &last.key))
    }

    fn checkpoint(&mut self, link: &Link<'_>) -> Result<(), Flaw> {
        let (seq, id) = (link.seq, link.key.ok_or(Flaw::NoRecord)?);
        let Some(key) = self.known_keys().find(|key| key.id() == id) else {
            if self.known_keys().next().is_some() {
                return Err(Flaw::StrangeKey { seq, key: id.to_owned() });
            }
            if !self.account.strange_keys.iter().any(|strange| strange == id) {
                self.account.strange_keys.push(id.to_owned());
            }
            self.gap = None;
            return Ok(());
        };
        if !link.is_signed(*key).ok_or(Flaw::NoRecord)? {
            return Err(Flaw::Forged { seq });
        }
        if let Some(claim) = self.claim.take() {
            self.settle(&claim);
        }
        // It follows from the hash of the last record that is lost.
        self.gap = None;
        self.account.checkpoints += 1;
        self.account.unvouched = 0;
        if self.trust.last.as_ref().is_some_and(|known| seq > known.seq.saturating_add(1)) {
            (self.behind, self.is_past_store) = (None, true);
        }
        Ok(())
    }

    /// A record says that what is owed was removed because it was old. Whoever can write the folder can write such a
    /// record behind the last checkpoint, and remove whatever they like: it counts once a checkpoint follows it.
    fn removed(&mut self, link: &Link<'_>) {
        let told = link.last.zip(link.hash.and_then(unhex)).map(|(seq, hash)| End { seq, hash });
        // What was told later goes further.
        if told == self.owed || self.claim.is_none() {
            self.claim = Some(Claim { seq: link.seq, told });
        }
        // Where nobody is believed, nobody vouches for anything, and that is said.
        if self.known_keys().next().is_none()
            && let Some(claim) = self.claim.take()
        {
            self.settle(&claim);
        }
    }

    fn found(&mut self, link: &Link<'_>) {
        let (after, last) = (link.after.unwrap_or_default(), link.last.unwrap_or_default());
        self.account.found = self.account.found.saturating_add(last.saturating_sub(after));
        if self.account.findings.len() >= MAX_FINDINGS {
            self.account.findings.pop_front();
        }
        let found_at = UnixTime::from_seconds(link.time);
        self.account.findings.push_back(Left { first: after.saturating_add(1), last, found_at });
    }

    fn settle(&mut self, claim: &Claim) {
        if let Some(owed) = self.owed.filter(|owed| claim.told == Some(*owed)) {
            self.owed = None;
            self.account.removed = Some(owed.seq);
        }
    }

    /// What the store knows was passed, or was removed because it was old, and that is vouched for.
    fn holds_what_is_known(&self) -> Result<(), Flaw> {
        let Some(last) = &self.trust.last else {
            return Ok(());
        };
        if self.has_met || self.account.removed.is_some_and(|removed| removed >= last.seq) {
            return Ok(());
        }
        let before = self.owed.map(|owed| owed.seq).or(self.account.begun);
        Err(Flaw::Missing { from: last.seq, to: before.unwrap_or_default().max(last.seq) })
    }

    fn end(mut self) -> Result<Account, Flaw> {
        let last = self.end.unwrap_or_default().seq;
        if let Some(known) = self.trust.last.as_ref().map(|known| known.seq).filter(|known| *known > last) {
            return Err(Flaw::CutOff { last, known });
        }
        if let Some(owed) = self.owed {
            return Err(Flaw::Missing { from: 1, to: owed.seq });
        }
        // Whoever takes all files away can write one that begins behind whatever they like.
        self.holds_what_is_known()?;
        self.account.last = last;
        Ok(self.account)
    }
}
