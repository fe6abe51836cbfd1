//! What does a session know so far, and what has one request cost?

use std::sync::Arc;

use warded_core::UnixTime;

use super::{COOLING, SessionFailed, possession::Proofs};
use crate::{
    challenge::Challenge,
    obtain::Source,
    tokens::{Behalf, Record},
};

/// For how many seconds at most a server that refuses what its issuer has just issued gets no other.
const LONGEST: i64 = 3_600;

/// What is known so far.
#[derive(Default)]
pub(super) struct State {
    /// Counts what was tried, so that whoever waited can tell that somebody else has tried meanwhile.
    pub(super) turn: u64,
    pub(super) record: Option<Arc<Record>>,
    pub(super) failure: Option<Failure>,
    pub(super) refused: Option<Refused>,
    /// When a refresh ahead of time failed.
    pub(super) failed_ahead: Option<UnixTime>,
}

/// Where a fresh token was refused, and when. Another one from there would end the same way; a while later, it may not.
#[derive(Clone)]
pub(super) struct Refused {
    pub(super) source: Source,
    pub(super) behalf: Behalf,
    at: UnixTime,
    /// For how many seconds nothing is asked for there.
    cooling: i64,
    means: Means,
}

#[derive(Clone)]
pub(super) struct Failure {
    pub(super) turn: u64,
    pub(super) at: UnixTime,
    /// Whom it has happened to; none where nobody could tell.
    pub(super) behalf: Option<Behalf>,
    pub(super) error: SessionFailed,
}

impl Failure {
    /// Whether it is what the server has said, or not said, and not what became of a question to somebody else.
    pub(super) fn is_of_server(&self) -> bool {
        matches!(self.error, SessionFailed::Discover(_) | SessionFailed::FreshTokenRefused { .. })
    }
}

/// What one request has cost so far.
#[derive(Clone, Default)]
pub(super) struct Spent {
    /// Nobody has asked for the request, so nobody is asked for it.
    pub(super) unattended: bool,
    /// On whose behalf it was begun; none where nobody could tell.
    pub(super) behalf: Option<Behalf>,
    /// The tokens that the server has not taken.
    pub(super) refused: Vec<Arc<Record>>,
    /// What nothing more comes of, as its issuer has said.
    pub(super) over: Vec<Arc<Record>>,
    /// What was used up, and brought what is of no use: what differs from it in its scopes only would end the same way.
    pub(super) wasted: Vec<Arc<Record>>,
    pub(super) refreshed: bool,
    pub(super) logins: u8,
    /// How the last new token came.
    pub(super) fresh: Option<Means>,
}

/// How a new token came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// For a refresh token. A login may bring what that does not.
    Refresh,
    Login,
}

/// What the server wants: another token, or the same one with more scopes.
#[derive(Default)]
pub(super) struct Want {
    pub(super) challenge: Option<Challenge>,
    pub(super) is_for_scopes: bool,
    pub(super) proofs: Proofs,
}

impl Spent {
    /// Whether the request is theirs. What was begun as one subject is not done in the name of the next: the token of Bob is
    /// not sent with what Ann has asked for.
    pub(super) fn is_of(&mut self, behalf: &Behalf) -> bool {
        self.behalf.get_or_insert_with(|| behalf.clone()) == behalf
    }
}

impl Refused {
    /// After the first time, a moment; each time that it happens again, twice as long. Whoever is logged in at their issuer
    /// clicks nothing, and would get a login for each try, for ever. A refresh and the login that comes after it are one
    /// time.
    pub(super) fn again(
        before: Option<Self>,
        (source, behalf): (Source, Behalf),
        means: Means,
        at: UnixTime,
    ) -> Self {
        let (cooling, means) = match before.filter(|before| before.is_about(&source, &behalf)) {
            None => (COOLING, means),
            Some(before) if !before.is_cooling(at) => ((before.cooling * 2).min(LONGEST), means),
            Some(before) if before.means == Means::Login => (before.cooling, Means::Login),
            Some(before) => (before.cooling, means),
        };
        Self { source, behalf, at, cooling, means }
    }

    /// Whether nothing is asked for there now.
    pub(super) fn is_cooling(&self, now: UnixTime) -> bool {
        (0..self.cooling).contains(&now.since(self.at))
    }

    /// Whether that is about logins, too.
    pub(super) fn is_about_logins(&self) -> bool {
        self.means == Means::Login
    }

    /// Whether it was a token like this one.
    pub(super) fn is_about(&self, source: &Source, behalf: &Behalf) -> bool {
        self.source == *source && self.behalf == *behalf
    }
}
