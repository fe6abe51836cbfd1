//! What a chain of records says for itself, record by record.

use std::{collections::VecDeque, io};

use warded_core::UnixTime;

use super::{
    super::{
        line::{End, Hash, Link, hash, unhex},
        read::Segment,
    },
    Account, Broken, Flaw, Left, MAX_FINDINGS, Trust,
    doubt::Doubt,
};
use crate::journal::checkpoint::PublicKey;

/// What was read so far.
pub(super) struct Chain<'t> {
    node: &'t str,
    trust: &'t Trust,
    end: Option<End>,
    /// What the first record follows from and is not here; gone once a record says why.
    pub(super) owed: Option<End>,
    /// A record that says so, for which nobody vouches yet.
    pub(super) claim: Option<Claim>,
    /// Whether the record that the store knows was passed, and is the one that it knows.
    has_met: bool,
    /// What is ahead and says that records before it may not be on the disk.
    doubts: VecDeque<Doubt>,
    /// Where the record was passed behind which that begins: what was claimed up to there.
    in_doubt: Option<Known>,
    /// Where such records are not there, and nobody vouches for it yet that they may be lost.
    pub(super) gap: Option<Broken>,
    /// The first record behind the end that the store knows, for which no checkpoint vouches.
    pub(super) behind: Option<Broken>,
    /// Whether a later checkpoint holds than the store knows: it was restored from a copy, and says nothing of the end.
    is_past_store: bool,
    pub(super) account: Account,
}

/// What was claimed up to a record.
struct Known {
    claim: Option<Claim>,
}

#[derive(Clone, Copy)]
pub(super) struct Claim {
    /// The record's own number.
    pub(super) seq: u64,
    /// Up to where, if it says.
    told: Option<End>,
}

impl<'t> Chain<'t> {
    pub(super) fn new(node: &'t str, trust: &'t Trust) -> Self {
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

    pub(super) fn minds(&mut self, doubts: VecDeque<Doubt>) {
        self.doubts = doubts;
        self.doubts_from_here();
    }

    pub(super) fn follow(&mut self, segment: &Segment) -> Result<(), (u64, Flaw)> {
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
    pub(super) fn holds_what_is_known(&self) -> Result<(), Flaw> {
        let Some(last) = &self.trust.last else {
            return Ok(());
        };
        if self.has_met || self.account.removed.is_some_and(|removed| removed >= last.seq) {
            return Ok(());
        }
        let before = self.owed.map(|owed| owed.seq).or(self.account.begun);
        Err(Flaw::Missing { from: last.seq, to: before.unwrap_or_default().max(last.seq) })
    }

    pub(super) fn end(mut self) -> Result<Account, Flaw> {
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
