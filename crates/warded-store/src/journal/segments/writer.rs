//! Who writes? One thread, which keeps what the disk does not take and tries again.

use std::{
    mem,
    sync::{Arc, MutexGuard, PoisonError, atomic::Ordering, mpsc::channel},
};

use warded_core::{Clock, UnixTime};

use super::{
    Shared, Terms,
    disk::Disk,
    file::{Folder, Found},
    line::{End, Event},
    queue::{Asked, Done, Group, Item},
    quota::{Quota, Stranger},
    tally::merged,
};
use crate::journal::{
    JournalFailed,
    checkpoint::{Checkpoint, JournalKey},
};

/// After so many records, or so many seconds, the chain is vouched for.
const CHECKPOINT_RECORDS: u64 = 10_000;
const CHECKPOINT_SECONDS: i64 = 60;
/// After so many groups the file is brought to the disk: with one in each window, once a second.
const GROUPS_TO_DISK: u32 = 20;
/// How often is looked for files that are old. The first time is an hour after the beginning: a machine's clock may be
/// wrong until then, and what was removed does not come back.
const LOOK_FOR_OLD: i64 = 60 * 60;
/// The writer looks at the clock once a second: one that has moved by more than this was set, or the machine slept.
const CLOCK_WAS_SET: i64 = 5 * 60;
/// How many files leave at once: each is brought to the disk, and records wait meanwhile.
const LEAVE_AT_ONCE: usize = 16;

pub(super) struct Writer {
    folder: Folder,
    end: End,
    key: Option<JournalKey>,
    keep: Option<u32>,
    /// Lines that are not written yet, and the number of the first of them.
    pending: Vec<u8>,
    first: u64,
    /// How many of them were waited for.
    owed: usize,
    /// When and where the chain was last vouched for.
    vouched: (UnixTime, u64),
    /// A checkpoint that the store is to hear of once it is on the disk.
    fresh: Option<Checkpoint>,
    /// The last one that there is.
    latest: Option<Checkpoint>,
    /// Groups that are written and may not be on the disk.
    unsynced: u32,
    looked: UnixTime,
    /// When the clock was last looked at.
    seen: UnixTime,
    /// What was written before may not have reached the disk: what follows counts once it has.
    is_in_doubt: bool,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    disk: Disk,
}

impl Writer {
    pub(super) fn new(
        folder: Folder,
        found: Found,
        terms: Terms,
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
        disk: Disk,
    ) -> Self {
        let Terms { key, last, keep, .. } = terms;
        let now = clock.now();
        let Found { end, unvouched, broken } = found;
        // A process that was killed has left records that nobody vouches for. If it is killed each minute, nobody would
        // ever; so whatever is found is vouched for at once.
        let vouched = match end.seq {
            0 => (now, 0),
            seq => (UnixTime::from_seconds(0), seq.saturating_sub(unvouched)),
        };
        let mut writer = Self {
            folder,
            end,
            key,
            keep,
            pending: Vec::new(),
            first: end.seq + 1,
            owed: 0,
            vouched,
            fresh: None,
            latest: last.clone().map(|last| Checkpoint { sealed: false, ..last }),
            unsynced: 0,
            looked: now,
            seen: now,
            is_in_doubt: false,
            shared,
            clock,
            disk,
        };
        let begins = last.filter(|last| last.seq > end.seq);
        // What was there before is not ours to lose.
        writer.disk.is_safe(begins.as_ref().map_or(end, |last| End { seq: last.seq, hash: last.hash }));
        // The store knows of more than this folder has: another folder, or one from which something was taken. The
        // chain goes on behind what is known, so that nothing gets a number that somebody saw before, and says so.
        if let Some(last) = begins {
            writer.end = End { seq: last.seq, hash: last.hash };
            writer.first = last.seq + 1;
            writer.folder.turn();
            writer.append(now, &Event::Begun { after: last.seq });
        } else if broken.is_some() {
            writer.append(now, &Event::Begun { after: end.seq });
        } else if unvouched > 0 && writer.key.is_some() {
            // Whoever can write the folder may have added to what a process left that was killed. What is signed from here
            // on is signed with these words.
            writer.append(now, &Event::Found { after: end.seq.saturating_sub(unvouched), last: end.seq });
        }
        writer
    }

    /// Until it is told to end; says whether everything is on the disk then.
    pub(super) fn run(mut self) -> Result<(), JournalFailed> {
        let mut spare = Vec::new();
        loop {
            let Group { mut items, asked, lost, ends } = self.shared.queue.take(mem::take(&mut spare));
            let now = self.clock.now();
            self.minds_clock(now);
            let is_asked = ends || !asked.is_empty();
            self.turn_if_done(now);
            let is_idle = items.is_empty();
            for Item { time, event } in &items {
                self.append(*time, event);
            }
            self.owed += items.len();
            items.clear();
            spare = items;
            if let Some(lost) = lost.or_else(|| ends.then(|| self.shared.queue.take_lost()).flatten()) {
                self.append(now, &Event::Lost { count: lost.count, since: lost.since, behind: None });
            }
            self.append_counts(now, is_asked);
            let is_sealed = ends || asked.iter().any(|asked| matches!(asked, Asked::Seal(_)));
            self.vouch(now, is_sealed);
            if ends {
                self.seal();
            }
            let written = self.write(now);
            let done = asked.into_iter().map(Asked::done).collect();
            if ends {
                return self.finish(now, written, done);
            }
            self.bring(written, done, is_idle);
            self.remove_old(now);
        }
    }

    fn append(&mut self, time: UnixTime, event: &Event) {
        let begin = self.pending.len();
        self.end = self.end.next(&mut self.pending, &self.folder.node, time, event);
        let caused = match event {
            Event::Stray(stray, closing) => Stranger::presented(stray, closing),
            Event::Unbound(_) => Stranger::Unbound,
            Event::Counted { .. } => Stranger::Counted,
            _ => return,
        };
        let bytes = self.pending.len() - begin;
        self.strangers().spend(caused, bytes, time);
    }

    fn strangers(&self) -> MutexGuard<'_, Quota> {
        self.shared.strangers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append_counts(&mut self, now: UnixTime, also_this_minute: bool) {
        // While the disk takes nothing, the counts go on counting: they take no more room by that.
        if self.shared.queue.is_failing() {
            return;
        }
        let mut counts = {
            let mut tally = self.shared.tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.drain(now, also_this_minute)
        };
        // Those who had their share of the day are still counted minute by minute: a process that is killed loses no more.
        if self.strangers().is_spent(Stranger::Counted, now) {
            counts = merged(counts);
        }
        for ((server, code), count, minute) in counts {
            self.append(now, &Event::Counted { server, code, count, minute });
        }
    }

    /// Vouches for the chain, when it is time or when it is `due` anyhow.
    fn vouch(&mut self, now: UnixTime, due: bool) {
        let Some(key) = &self.key else {
            return;
        };
        let (when, at) = self.vouched;
        let since = self.end.seq.saturating_sub(at);
        // A clock that jumped back would put it off.
        let is_late = !(0..CHECKPOINT_SECONDS).contains(&now.since(when));
        if since == 0 || !(due || is_late || since >= CHECKPOINT_RECORDS) {
            return;
        }
        let (end, checkpoint) = self.end.vouched(&mut self.pending, &self.folder.node, now, key);
        self.end = end;
        self.vouched = (now, end.seq);
        self.fresh = Some(checkpoint.clone());
        self.latest = Some(checkpoint);
    }

    /// Nothing follows the last checkpoint, and the store is to know that.
    fn seal(&mut self) {
        if let Some(latest) = self.latest.take_if(|latest| latest.seq.checked_add(1) == Some(self.end.seq)) {
            self.fresh = Some(Checkpoint { sealed: true, ..latest });
        }
    }

    /// Ends a file that is full or of another day, with a checkpoint as its last line.
    fn turn_if_done(&mut self, now: UnixTime) {
        if !self.pending.is_empty() || !self.folder.is_done(now) {
            return;
        }
        self.vouch(now, true);
        if self.write(now).is_ok() {
            self.disk.bring(self.folder.file(), self.end, self.fresh.take(), Vec::new());
            self.unsynced = 0;
            self.folder.turn();
        }
    }

    fn write(&mut self, now: UnixTime) -> Result<(), JournalFailed> {
        if self.shared.is_disowned.load(Ordering::Acquire) {
            self.shared.queue.failed();
            return Err(JournalFailed);
        }
        if self.pending.is_empty() {
            return if self.is_in_doubt { Err(JournalFailed) } else { Ok(()) };
        }
        if self.folder.write(&self.pending, self.first, now, self.is_in_doubt).is_err() {
            self.shared.queue.failed();
            return Err(JournalFailed);
        }
        self.pending.clear();
        self.is_in_doubt = false;
        self.first = self.end.seq + 1;
        self.unsynced += 1;
        self.shared.queue.wrote(mem::take(&mut self.owed));
        Ok(())
    }

    /// Something did not reach the disk. That the next attempt succeeds says nothing of it: the kernel may have dropped it.
    /// So what is not known to be there is told as lost, and the chain goes on in another file.
    fn doubts(&mut self) {
        let (now, safe) = (self.clock.now(), self.disk.safe());
        let count = self.end.seq.saturating_sub(safe.seq);
        tracing::error!(count, "records of the journal may not have reached the disk");
        self.shared.queue.failed();
        self.folder.turn();
        self.disk.begin_anew();
        // It is in the file that is doubtful, and the store must never know more than the journal.
        self.fresh = None;
        self.vouched = (UnixTime::from_seconds(0), safe.seq);
        self.is_in_doubt = true;
        self.append(now, &Event::Lost { count, since: now, behind: Some(safe) });
        self.disk.is_safe(self.end);
    }

    /// Has it brought to the disk, when it is time or somebody waits for it.
    fn bring(&mut self, written: Result<(), JournalFailed>, done: Vec<Done>, is_idle: bool) {
        let kept = written.and_then(|()| if self.disk.has_failed() { Err(JournalFailed) } else { Ok(()) });
        if written.is_ok() && kept.is_err() {
            self.doubts();
        }
        if kept.is_err() {
            return tell(done, kept);
        }
        let is_time =
            self.unsynced > 0 && (is_idle || self.unsynced >= GROUPS_TO_DISK) && !self.disk.is_busy();
        if is_time || !done.is_empty() || self.fresh.is_some() {
            self.disk.bring(self.folder.file(), self.end, self.fresh.take(), done);
            self.unsynced = 0;
        }
    }

    /// Waits until everything is on the disk. Where that fails, how much is lost is the last that is written.
    fn finish(
        &mut self,
        now: UnixTime,
        written: Result<(), JournalFailed>,
        done: Vec<Done>,
    ) -> Result<(), JournalFailed> {
        let kept = written.and_then(|()| self.waits_for_disk());
        if written.is_ok() && kept.is_err() {
            self.doubts();
            self.vouch(now, true);
            self.seal();
            if self.write(now).is_ok() {
                let _told = self.waits_for_disk();
            }
        }
        tell(done, kept);
        kept
    }

    fn waits_for_disk(&mut self) -> Result<(), JournalFailed> {
        let (done, brought) = channel();
        self.disk.bring(self.folder.file(), self.end, self.fresh.take(), vec![done]);
        brought.recv().unwrap_or(Err(JournalFailed))
    }

    /// Removes files whose records are all old, once the chain says so.
    fn remove_old(&mut self, now: UnixTime) {
        let Some(keep) = self.keep else {
            return;
        };
        if now.since(self.looked) < LOOK_FOR_OLD || self.shared.queue.is_failing() {
            return;
        }
        let moment = UnixTime::from_seconds(now.seconds().saturating_sub(i64::from(keep)));
        let old = self.folder.older_than(moment).unwrap_or_default();
        if old.len() <= LEAVE_AT_ONCE {
            self.looked = now;
        }
        for (path, last) in old.into_iter().take(LEAVE_AT_ONCE) {
            // Each file by itself, so that the chain holds wherever this stops; and vouched for, since whoever can write
            // the folder can write that something was removed.
            self.append(now, &Event::Removed { last: last.seq, hash: last.hash });
            self.vouch(now, true);
            let is_there = self.write(now).is_ok() && self.reaches_disk();
            // A file that stays is tried again in an hour, and those behind it with it.
            if !is_there || std::fs::remove_file(path).is_err() {
                self.looked = now;
                return;
            }
        }
    }

    fn reaches_disk(&mut self) -> bool {
        let is_there = self.folder.file().is_some_and(|file| self.disk.brings(&file));
        if !is_there {
            self.doubts();
        }
        is_there
    }

    /// A clock that was set may be wrong, and what was removed does not come back: the hour begins anew.
    fn minds_clock(&mut self, now: UnixTime) {
        if !(0..=CLOCK_WAS_SET).contains(&now.since(self.seen)) {
            self.looked = now;
        }
        self.seen = now;
    }
}

fn tell(done: Vec<Done>, kept: Result<(), JournalFailed>) {
    for done in done {
        // Who asked may have gone.
        let _gone = done.send(kept);
    }
}
