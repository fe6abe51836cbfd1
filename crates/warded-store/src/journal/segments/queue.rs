//! What waits to be written? One short queue, handed to the writer a group at a time.
//!
//! Handing over is a lock that is held for a push, and nobody is woken but by the first of a group. A call that ends
//! before its group was taken finds its own record still there, and adds how it ended.

use std::{
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc::Sender},
    time::Duration,
};

use warded_core::UnixTime;

use super::{WINDOW, WhenFull, line::Event};
use crate::journal::{Closing, JournalFailed, Opening, Standing, Ticket};

/// A group of as many records is not waited for any longer.
const GROUP: usize = 8192;
/// How often the writer looks for minutes that are over, and tries a disk again.
const TICK: Duration = Duration::from_secs(1);

/// Whoever asked is told there.
pub(super) type Done = Sender<Result<(), JournalFailed>>;

/// What somebody waits for.
#[derive(Debug)]
pub(super) enum Asked {
    /// That everything is on the disk.
    Flush(Done),
    /// That everything is vouched for and on the disk.
    Seal(Done),
}

impl Asked {
    /// Where they are told.
    pub(super) fn done(self) -> Done {
        match self {
            Self::Flush(done) | Self::Seal(done) => done,
        }
    }
}

/// A record, and when it was made.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) time: UnixTime,
    pub(super) event: Event,
}

/// Records that found no room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost {
    pub(super) count: u64,
    pub(super) since: UnixTime,
}

/// What the writer takes at once.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) items: Vec<Item>,
    pub(super) asked: Vec<Asked>,
    pub(super) lost: Option<Lost>,
    pub(super) ends: bool,
}

pub(super) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    group: u64,
    items: Vec<Item>,
    asked: Vec<Asked>,
    ends: bool,
    calls: u64,
    /// Records that wait to be written. The end of a call is taken whatever waits, so there may be more than there is room
    /// for: as many as calls were open when the disk began to take nothing.
    waiting: usize,
    /// Whether the disk takes nothing.
    failing: bool,
    /// Whether there is nobody who writes.
    is_over: bool,
    lost: Option<Lost>,
    lost_ever: u64,
    room: usize,
}

impl State {
    fn is_full(&self) -> bool {
        self.waiting >= self.room
    }

    fn is_urgent(&self) -> bool {
        self.ends || !self.asked.is_empty() || (self.items.len() >= GROUP && !self.failing)
    }

    fn loses(&mut self, now: UnixTime) {
        self.lost_ever += 1;
        self.lost.get_or_insert(Lost { count: 0, since: now }).count += 1;
    }
}

impl Queue {
    pub(super) fn new(room: usize, calls: u64) -> Self {
        let state = State {
            group: 0,
            items: Vec::new(),
            asked: Vec::new(),
            ends: false,
            calls,
            waiting: 0,
            failing: false,
            is_over: false,
            lost: None,
            lost_ever: 0,
            room,
        };
        Self { state: Mutex::new(state), wake: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(
        &self,
        opening: Opening,
        now: UnixTime,
        when_full: WhenFull,
    ) -> Result<Ticket, JournalFailed> {
        let mut state = self.state();
        // While the disk takes nothing, a call that is let through may never get its record.
        let is_full = state.is_full() || (state.failing && when_full == WhenFull::Refuse);
        if is_full || state.ends {
            return match when_full {
                WhenFull::Refuse => Err(JournalFailed),
                WhenFull::Count => {
                    state.loses(now);
                    Ok(Ticket::new(0))
                }
            };
        }
        state.calls += 1;
        let ticket = Ticket::waiting(state.calls, state.group, state.items.len());
        let call = state.calls;
        self.push(state, Item { time: now, event: Event::Call(call, opening, None) });
        Ok(ticket)
    }

    pub(super) fn close(&self, ticket: &Ticket, closing: Closing, now: UnixTime) {
        // Without a place it was lost when it was opened, and counted.
        let Some((group, place)) = ticket.place() else {
            return;
        };
        let mut state = self.state();
        if state.group == group
            && let Some(Item { event: Event::Call(_, _, end), .. }) = state.items.get_mut(place)
        {
            *end = Some(closing);
            return;
        }
        self.push(state, Item { time: now, event: Event::End(ticket.call(), closing) });
    }

    pub(super) fn record(&self, event: Event, now: UnixTime) {
        let mut state = self.state();
        if state.is_full() || state.ends {
            state.loses(now);
            return;
        }
        self.push(state, Item { time: now, event });
    }

    fn push(&self, mut state: MutexGuard<'_, State>, item: Item) {
        state.items.push(item);
        state.waiting += 1;
        let count = state.items.len();
        drop(state);
        // Everybody else comes while the writer is awake, or waits for the end of the window.
        if count == 1 || count == GROUP {
            self.wake.notify_one();
        }
    }

    pub(super) fn ask(&self, asked: Asked) {
        let mut state = self.state();
        // Dropped, it tells whoever waits.
        if !state.is_over {
            state.asked.push(asked);
        }
        drop(state);
        self.wake.notify_one();
    }

    /// Nobody writes any more.
    pub(super) fn ended(&self, has_failed: bool) {
        let mut state = self.state();
        (state.ends, state.is_over) = (true, true);
        state.failing |= has_failed;
        state.asked.clear();
    }

    pub(super) fn end(&self) {
        self.state().ends = true;
        self.wake.notify_one();
    }

    /// Waits for a group: for the first record, and then for the window. After a second of nothing the group is empty.
    pub(super) fn take(&self, spare: Vec<Item>) -> Group {
        let nothing = |state: &mut State| state.items.is_empty() && !state.is_urgent();
        let waited = self.wake.wait_timeout_while(self.state(), TICK, nothing);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !state.items.is_empty() && !state.is_urgent() {
            let window = if state.failing { TICK } else { WINDOW };
            let waited = self.wake.wait_timeout_while(state, window, |state| !state.is_urgent());
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        state.group += 1;
        Group {
            items: mem::replace(&mut state.items, spare),
            asked: mem::take(&mut state.asked),
            // It is told where the disk takes it.
            lost: if state.failing { None } else { state.lost.take() },
            ends: state.ends,
        }
    }

    /// The disk took these records, and what was lost may be told.
    pub(super) fn wrote(&self, records: usize) {
        let mut state = self.state();
        state.waiting = state.waiting.saturating_sub(records);
        state.failing = false;
    }

    pub(super) fn failed(&self) {
        self.state().failing = true;
    }

    pub(super) fn is_failing(&self) -> bool {
        self.state().failing
    }

    /// What could not be told yet; for the end of a process.
    pub(super) fn take_lost(&self) -> Option<Lost> {
        self.state().lost.take()
    }

    pub(super) fn standing(&self) -> Standing {
        let state = self.state();
        let waiting = u64::try_from(state.waiting).unwrap_or(u64::MAX);
        // Where all places are taken, calls are refused as on a full disk.
        let failing = state.failing || state.is_full();
        Standing { failing, waiting, lost: state.lost_ever }
    }
}
