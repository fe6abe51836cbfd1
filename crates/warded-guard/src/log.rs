//! What does the operator read? One line for each request that was stopped, with its code and what was found, and
//! never a token. Strangers may write so many lines a minute; what is beyond is told at the level of debugging. What
//! is our own fault has lines of its own: a flood of bad tokens must not hide that the journal's disk is full.

use std::sync::{Mutex, PoisonError};

use warded_core::{Fault, Refusal, UnixTime, dpop::ProofFlaw};

use crate::{answer::Stop, request::RequestId};

/// Lines a minute, for each server.
const LINES: u32 = 30;

/// The lines about one server.
#[derive(Debug, Default)]
pub(crate) struct Log {
    refused: Lines,
    failed: Lines,
}

/// The minute, and how many lines it had.
#[derive(Debug, Default)]
pub(crate) struct Lines(Mutex<(i64, u32)>);

impl Log {
    /// Says why a request was stopped.
    pub(crate) fn tell(&self, server: &str, request: RequestId, stop: &Stop, now: UnixTime) {
        let code = stop.entry().code;
        match stop {
            // Every conversation begins with one of these.
            Stop::Refused(Refusal::TokenAbsent | Refusal::Proof(ProofFlaw::NonceMissing)) => {
                tracing::debug!(server, code, %request, "refused");
            }
            Stop::Refused(refusal) if self.refused.have_room(now) => {
                tracing::info!(server, code, %request, "refused: {refusal}");
            }
            // Any forged token with a new key name is one of these, and any text where the issuer cannot be asked.
            Stop::Failed(fault @ (Fault::KeysMissing | Fault::IntrospectionUnavailable))
            | Stop::Later(fault @ Fault::KeysMissing, _)
                if self.refused.have_room(now) =>
            {
                tracing::warn!(server, code, %request, "failed: {fault}");
            }
            Stop::Failed(Fault::KeysMissing | Fault::IntrospectionUnavailable)
            | Stop::Later(Fault::KeysMissing, _) => {
                tracing::debug!(server, code, %request, "failed");
            }
            Stop::Failed(fault) | Stop::Later(fault, _) if self.failed.have_room(now) => {
                tracing::warn!(server, code, %request, "failed: {fault}");
            }
            Stop::Refused(refusal) => tracing::debug!(server, code, %request, "refused: {refusal}"),
            Stop::Failed(fault) | Stop::Later(fault, _) => {
                tracing::debug!(server, code, %request, "failed: {fault}");
            }
        }
    }
}

impl Lines {
    /// Whether one more may be written, which it then is.
    pub(crate) fn have_room(&self, now: UnixTime) -> bool {
        let minute = now.seconds() / 60;
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.0 != minute {
            *said = (minute, 0);
        }
        said.1 = said.1.saturating_add(1);
        said.1 <= LINES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_says_so_many_lines_a_minute() {
        let lines = Lines::default();
        let said = |second| (0..1000).filter(|_| lines.have_room(UnixTime::from_seconds(second))).count();
        assert_eq!((said(60), said(119), said(120)), (30, 0, 30));
    }

    #[test]
    fn a_flood_of_refusals_does_not_hide_a_fault() {
        let (log, now) = (Log::default(), UnixTime::from_seconds(60));
        for stop in [Refusal::TokenParts.into(), Fault::KeysMissing.into()] {
            (0..1000).for_each(|_| log.tell("notes", RequestId::new(1), &stop, now));
        }
        assert!(!log.refused.have_room(now) && log.failed.have_room(now));
    }
}
