//! Does a session id stand in for a token? It names a conversation and proves nothing.

use super::{Ask, Attempt, Case, Expect, NEIGHBOUR_HEADER, OPEN, Session};
use crate::case::{Does, Severity};

/// A session of somebody else may also be denied (MCP, Session Management).
const UNKNOWN: Expect = Expect::Refused(&[401, 404]);
const IN_SESSION: Attempt = Attempt { session: Session::Own, expect: UNKNOWN, ..OPEN };

pub(super) const NEIGHBOUR_IN_SESSION: Case = Case {
    id: "P29a",
    name: "session-neighbour-token",
    asks: "Is the other server's token refused in a session that the right token opened?",
    danger: "A session id that leaks opens the server to whoever has any token at all.",
    advice: "Judge the token of every request, and bind sessions to the user and the client of the token.",
    does: Does::Try(&[
        Attempt { ask: Ask::List, bears: &[NEIGHBOUR_HEADER], ..IN_SESSION },
        Attempt { ask: Ask::Stream, bears: &[NEIGHBOUR_HEADER], ..IN_SESSION },
        Attempt { ask: Ask::End, bears: &[NEIGHBOUR_HEADER], ..IN_SESSION },
    ]),
    severity: Severity::Critical,
    cites: &["MCP Security Best Practices, Session Hijacking", "MCP, Access Token Usage"],
};

pub(super) const NOBODY_IN_SESSION: Case = Case {
    id: "P29b",
    name: "session-no-token",
    asks: "Is a request without a token refused in a session that the right token opened?",
    danger: "A session id that leaks opens the server to everybody.",
    advice: "Ask every request for a token; sessions are not authentication.",
    does: Does::Try(&[
        Attempt { ask: Ask::List, ..IN_SESSION },
        Attempt { ask: Ask::Stream, ..IN_SESSION },
        Attempt { ask: Ask::End, ..IN_SESSION },
    ]),
    severity: Severity::Critical,
    cites: &["MCP Security Best Practices, Session Hijacking", "MCP, Access Token Usage"],
};
