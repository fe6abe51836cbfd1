//! What does a session know so far, and what has one request cost?

use std::sync::Arc;

use warded_core::UnixTime;

use super::{SessionFailed, possession::Proofs};
use crate::{
    challenge::Challenge,
    obtain::Source,
    tokens::{Behalf, Record},
};

/// What is known so far.
#[derive(Default)]
pub(super) struct State {
    /// Counts what was tried, so that whoever waited can tell that somebody else has tried meanwhile.
    pub(super) turn: u64,
    pub(super) record: Option<Arc<Record>>,
    pub(super) failure: Option<Failure>,
    /// Where a fresh token was refused. Another login there would end the same way.
    pub(super) refused: Option<Source>,
    /// When a refresh ahead of time failed.
    pub(super) failed_ahead: Option<UnixTime>,
}

#[derive(Clone)]
pub(super) struct Failure {
    pub(super) turn: u64,
    pub(super) at: UnixTime,
    /// Whom it has happened to; none where nobody could tell.
    pub(super) behalf: Option<Behalf>,
    pub(super) error: SessionFailed,
}

/// What one request has cost so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Spent {
    /// Nobody has asked for the request, so nobody is asked for it.
    pub(super) unattended: bool,
    pub(super) refreshed: bool,
    pub(super) logins: u8,
    pub(super) fresh: bool,
}

/// What the server wants: another token, or the same one with more scopes.
#[derive(Default)]
pub(super) struct Want {
    pub(super) challenge: Option<Challenge>,
    pub(super) is_for_scopes: bool,
    pub(super) proofs: Proofs,
}
