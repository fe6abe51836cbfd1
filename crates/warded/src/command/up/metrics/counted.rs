//! A journal before another one that counts what passes.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use warded_core::Entry;
use warded_store::journal::{
    Closing, Journal, JournalFailed, Opening, Outcome, Standing, Stray, Ticket, Unbound,
};

use super::Meter;

/// Counts for one server what the journal is told.
#[derive(Debug)]
pub(in crate::command::up) struct Counted {
    meter: Arc<Meter>,
    journal: Arc<dyn Journal>,
}

impl Counted {
    /// Counts here what goes there.
    pub(in crate::command::up) fn before(journal: Arc<dyn Journal>, meter: Arc<Meter>) -> Arc<dyn Journal> {
        Arc::new(Self { meter, journal })
    }

    fn shadowed(&self, opening: &Opening) {
        if !opening.shadowed.is_empty() {
            self.meter.shadowed.fetch_add(1, Relaxed);
        }
    }

    fn stopped(&self, code: Option<&str>, outcome: Outcome) {
        self.meter.ended(outcome);
        if let Some(code) = code {
            self.meter.refused(code);
        }
    }
}

impl Journal for Counted {
    fn open(&self, opening: Opening) -> Result<Ticket, JournalFailed> {
        self.shadowed(&opening);
        let ticket = self.journal.open(opening);
        match &ticket {
            Ok(_) => {
                self.meter.open.begun.fetch_add(1, Relaxed);
            }
            Err(_) => self.stopped(Some("journal-unavailable"), Outcome::Failed),
        }
        ticket
    }

    fn close(&self, ticket: Ticket, server: &str, closing: Closing) {
        let Closing { status, bytes, duration_ms, .. } = closing;
        let (call, outcome) = (ticket.call(), super::name_of(closing.outcome));
        tracing::debug!(server, call, outcome, status, bytes, duration_ms, "a call ended");
        self.meter.open.ended.fetch_add(1, Relaxed);
        self.meter.durations.saw(Duration::from_millis(closing.duration_ms));
        self.stopped(closing.code, closing.outcome);
        self.journal.close(ticket, server, closing);
    }

    fn refuse(&self, opening: Opening, closing: Closing) {
        self.shadowed(&opening);
        self.stopped(closing.code, closing.outcome);
        self.journal.refuse(opening, closing);
    }

    fn stray(&self, stray: Stray, closing: Closing) {
        self.stopped(closing.code, closing.outcome);
        self.journal.stray(stray, closing);
    }

    fn unbound(&self, unbound: Unbound) {
        self.journal.unbound(unbound);
    }

    fn count(&self, server: &str, code: &'static str) {
        let is_fault = Entry::find(code).is_some_and(|entry| entry.status >= 500);
        self.stopped(Some(code), if is_fault { Outcome::Failed } else { Outcome::Refused });
        self.journal.count(server, code);
    }

    fn standing(&self) -> Standing {
        self.journal.standing()
    }
}
