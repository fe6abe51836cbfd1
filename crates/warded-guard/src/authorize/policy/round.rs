//! Does a call go on that a server asked something back in the middle of? Then it was counted and approved before, and is so once:
//! proved by what this guard saw the server say, and not by what the caller says of itself.

use aws_lc_rs::digest::{Context, SHA256};
use warded_core::UnixTime;
use warded_policy::Taking;
use warded_store::ApprovalId;

use super::{
    fingerprint::{self, By},
    outline::Lasting,
    reached::Reached,
};
use crate::{
    Rounds,
    call::{Call, Kind, Revision},
    ledger::{Begun, Claimed, Key, Thing, Who},
};

/// Reading so much takes some milliseconds.
const LONG: usize = 64 * 1024;

/// What makes a call the one that it is in all of its rounds, and by what it goes on.
#[derive(Debug)]
pub(crate) struct Turn {
    same: [u8; 32],
    /// Whose rounds they are: a person's, by whatever program; a program's own where nobody says whose it is.
    who: Who,
    /// None in its first round.
    goes_on: Option<Key>,
}

impl Turn {
    /// None where the revision has no rounds, or nobody could tell to which of several calls an answer belongs, or whose it is.
    pub(super) async fn of(one: &Reached<'_>, call: &Call, by: &By<'_>) -> Option<Self> {
        let [message] = call.messages() else { return None };
        if by.subject.is_none() && by.client.is_none() {
            return None;
        }
        if call.revision() < Revision::V2026_07_28 || call.is_batch() || message.kind() != Kind::Request {
            return None;
        }
        let params = one.params.unwrap_or("{}");
        if params.len() > LONG {
            tokio::task::yield_now().await;
        }
        let Lasting { sha256, state, is_later } = Lasting::of(params).ok()?;
        let same = fingerprint::of_rounds(one, &sha256, by)?;
        let who = Who::of(by.issuer, by.subject, by.client.filter(|_| by.subject.is_none()));
        Some(Self { same, who, goes_on: is_later.then(|| key(&same, state.as_deref())) })
    }
}

/// What a call goes on by to which a server gave this state.
fn key(same: &[u8; 32], state: Option<&str>) -> Key {
    let mut hash = Context::new(&SHA256);
    hash.update(same);
    hash.update(&[u8::from(state.is_some())]);
    hash.update(state.unwrap_or_default().as_bytes());
    let mut key = Key::default();
    key.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
    key
}

/// One round of a call.
#[derive(Debug)]
pub(crate) struct Round {
    same: [u8; 32],
    rounds: Rounds,
    /// Dropped, it can go on once more.
    claimed: Option<Claimed>,
    /// What is known in the next one.
    begun: Begun,
}

impl Round {
    pub(super) fn of(turn: &Turn, rounds: &Rounds, now: UnixTime) -> Self {
        let claimed = turn.goes_on.and_then(|key| rounds.claim(key, now));
        let begun = claimed.as_ref().and_then(Claimed::begun).cloned();
        let begun = begun.unwrap_or_else(|| Begun::now(turn.who, now));
        Self { same: turn.same, rounds: rounds.clone(), claimed, begun }
    }

    pub(super) fn has_counted(&self, taking: &Taking, now: UnixTime) -> bool {
        self.begun.has_counted(taking, now)
    }

    pub(super) fn approval(&self, thing: &Thing) -> Option<&ApprovalId> {
        self.begun.approval(thing)
    }

    pub(super) fn counts(&mut self, taken: &[(usize, Taking)], now: UnixTime) {
        self.begun.counts(taken, now);
    }

    pub(super) fn uses(&mut self, thing: Thing, approval: ApprovalId) {
        self.begun.uses(thing, approval);
    }

    /// The server asks for more, and gives this state along.
    pub(super) fn goes_on(&self, state: Option<&str>) {
        self.rounds.go_on(key(&self.same, state), self.begun.clone());
    }

    /// It was made, or may have been: with what it came by, no other goes on.
    pub(super) fn used_up(self) {
        if let Some(claimed) = self.claimed {
            claimed.used_up();
        }
    }
}
