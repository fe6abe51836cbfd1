//! What is tried, and how it is answered.

/// Whose token, session or event it is, and at which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Of(pub(super) Who, pub(super) Where);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Alice,
    Bob,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Notes,
    Files,
}

pub(super) use Where::{Files, Notes};
use Who::{Alice, Bob};

/// How a request says for which server it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Address {
    /// As it should.
    Plain(Where),
    /// For one server, with what a proxy would say of the other.
    Forwarded(Where, &'static str),
    /// One server's host in the target, the other's in `Host`.
    Absolute(Where, Where),
    /// One server's path, and the hosts of both.
    Twice(Where, Where),
    /// One server's path at the other's host.
    Crossed(Where, Where),
}

/// What is tried, with whose token, session and event, and what is answered.
pub(super) struct Attack {
    pub(super) address: Address,
    pub(super) token: Option<Of>,
    pub(super) session: Option<Of>,
    pub(super) event: Option<Of>,
    pub(super) answer: (u16, &'static str),
}

pub(super) const fn attack(
    address: Address,
    token: Option<Of>,
    session: Option<Of>,
    event: Option<Of>,
    answer: (u16, &'static str),
) -> Attack {
    Attack { address, token, session, event, answer }
}

pub(super) const MINE: Of = Of(Alice, Notes);
pub(super) const BOBS: Of = Of(Bob, Notes);
pub(super) const ELSEWHERE: Of = Of(Alice, Files);
pub(super) const BOBS_ELSEWHERE: Of = Of(Bob, Files);

const NO_TOKEN: (u16, &str) = (401, "token-absent");
const STRAY: (u16, &str) = (401, "audience-elsewhere");
pub(super) const NO_SESSION: (u16, &str) = (404, "session-unknown");
pub(super) const NO_EVENT: (u16, &str) = (400, "event-unknown");
const NO_HOST: (u16, &str) = (400, "host-invalid");
const NOWHERE: (u16, &str) = (404, "server-unknown");

pub(super) const ATTACKS: &[Attack] = &[
    // A token at the other server, alone and with everything that belongs there.
    attack(Address::Plain(Files), Some(MINE), None, None, STRAY),
    attack(Address::Plain(Notes), Some(ELSEWHERE), None, None, STRAY),
    attack(Address::Plain(Files), Some(MINE), Some(ELSEWHERE), Some(ELSEWHERE), STRAY),
    attack(Address::Plain(Files), Some(MINE), Some(MINE), Some(MINE), STRAY),
    // A session is no credential, and nobody else's.
    attack(Address::Plain(Notes), None, Some(MINE), None, NO_TOKEN),
    attack(Address::Plain(Notes), Some(BOBS), Some(MINE), None, NO_SESSION),
    attack(Address::Plain(Notes), Some(MINE), Some(BOBS), None, NO_SESSION),
    attack(Address::Plain(Notes), Some(MINE), Some(ELSEWHERE), None, NO_SESSION),
    attack(Address::Plain(Files), Some(ELSEWHERE), Some(MINE), None, NO_SESSION),
    attack(Address::Plain(Files), Some(BOBS_ELSEWHERE), Some(BOBS), None, NO_SESSION),
    // Neither is an event, and it is of its session only.
    attack(Address::Plain(Notes), None, Some(MINE), Some(MINE), NO_TOKEN),
    attack(Address::Plain(Notes), Some(BOBS), None, Some(MINE), NO_EVENT),
    attack(Address::Plain(Notes), Some(BOBS), Some(BOBS), Some(MINE), NO_EVENT),
    attack(Address::Plain(Notes), Some(BOBS), Some(MINE), Some(MINE), NO_SESSION),
    attack(Address::Plain(Notes), Some(MINE), None, Some(MINE), NO_EVENT),
    attack(Address::Plain(Notes), Some(MINE), Some(MINE), Some(BOBS), NO_EVENT),
    attack(Address::Plain(Notes), Some(MINE), Some(MINE), Some(ELSEWHERE), NO_EVENT),
    attack(Address::Plain(Files), Some(ELSEWHERE), Some(ELSEWHERE), Some(MINE), NO_EVENT),
    attack(Address::Plain(Files), Some(ELSEWHERE), None, Some(MINE), NO_EVENT),
    // Nobody is believed who says that the request was for another host.
    attack(Address::Forwarded(Files, "x-forwarded-host"), Some(MINE), None, None, STRAY),
    attack(Address::Forwarded(Files, "forwarded"), Some(MINE), None, None, STRAY),
    attack(Address::Forwarded(Files, "x-original-host"), Some(MINE), Some(MINE), None, STRAY),
    attack(Address::Crossed(Notes, Files), Some(MINE), None, None, NOWHERE),
    attack(Address::Crossed(Files, Notes), Some(MINE), Some(MINE), None, NOWHERE),
    attack(Address::Absolute(Notes, Files), Some(MINE), None, None, NO_HOST),
    attack(Address::Absolute(Files, Notes), Some(MINE), None, None, NO_HOST),
    attack(Address::Twice(Notes, Files), Some(MINE), None, None, NO_HOST),
    attack(Address::Twice(Files, Notes), Some(MINE), None, None, NO_HOST),
];
