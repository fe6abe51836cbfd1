//! Which cases are there? One table, in the order in which they run.

mod bearer;
mod neighbour;
mod place;
mod session;
mod signature;
mod unsent;

use crate::case::{Ask, Attempt, Bearing, Case, Expect, Form, Piece, Revision, Session, Token};

/// Every case.
pub const CASES: &[&Case] = &[
    &unsent::TOKEN_AUDIENCE,
    &unsent::METADATA_PRESENT,
    &unsent::METADATA_RESOURCE,
    &unsent::METADATA_CHALLENGE,
    &bearer::NO_TOKEN,
    &neighbour::TOKEN,
    &signature::UNSIGNED,
    &signature::SIGNATURE_BROKEN,
    &signature::AUDIENCE_REWRITTEN,
    &signature::ISSUER_REWRITTEN,
    &bearer::ID_TOKEN,
    &bearer::REFRESH_TOKEN,
    &bearer::NOT_A_TOKEN,
    &place::QUERY,
    &place::FORM,
    &place::COOKIE,
    &place::TWO_HEADERS,
    &place::OTHER_HEADER,
    &neighbour::SCHEME,
    &bearer::SCHEME_CASE,
    &bearer::SCHEME_OTHER,
    &neighbour::REVISION,
    &session::NEIGHBOUR_IN_SESSION,
    &session::NOBODY_IN_SESSION,
    &neighbour::HOST,
    &neighbour::FORWARDED_HOST,
];

const OWN: Piece = Piece::Token(Token::Own(Form::Genuine));
const NEIGHBOUR: Piece = Piece::Token(Token::Neighbour(Form::Genuine));
const AS_BEARER: Piece = Piece::Text("Bearer ");
const NEIGHBOUR_HEADER: Bearing = Bearing::Header("authorization", &[AS_BEARER, NEIGHBOUR]);

/// The status that a token gets that is not for this server (RFC 6750 §3.1, MCP Token Handling).
const UNAUTHORIZED: Expect = Expect::Refused(&[401]);
/// What is refused may be called malformed as well, where it is.
const MALFORMED: Expect = Expect::Refused(&[400, 401]);

/// The request that most cases vary.
const OPEN: Attempt = Attempt {
    ask: Ask::Open,
    session: Session::None,
    revision: Revision::Spoken,
    bears: &[],
    expect: UNAUTHORIZED,
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::case::{Does, Severity};

    #[test]
    fn ids_and_names_are_told_apart_and_stay_as_they_are_written() {
        let ids: BTreeSet<_> = CASES.iter().map(|case| case.id).collect();
        let names: BTreeSet<_> = CASES.iter().map(|case| case.name).collect();
        assert_eq!((ids.len(), names.len()), (CASES.len(), CASES.len()));
        for case in CASES {
            let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(case.name.chars().all(is_name), "{}", case.name);
            assert!(case.asks.ends_with('?') && !case.cites.is_empty(), "{}", case.id);
            for sentence in [case.danger, case.advice] {
                assert!(sentence.ends_with('.'), "{}: {sentence}", case.id);
            }
        }
    }

    #[test]
    fn a_case_that_sends_the_neighbours_token_as_it_is_and_nothing_else_is_critical() {
        for case in CASES {
            let Does::Try(attempts) = case.does else { continue };
            assert!(!attempts.is_empty(), "{}", case.id);
            if attempts.iter().all(Attempt::is_cross) && case.name != "two-credentials" {
                assert!(case.severity >= Severity::High, "{}", case.id);
            }
        }
    }

    #[test]
    fn ending_a_session_comes_last_so_that_nothing_is_asked_in_one_that_is_over() {
        for case in CASES {
            let Does::Try(attempts) = case.does else { continue };
            let ends = attempts.iter().position(|attempt| attempt.ask == Ask::End).unwrap_or(attempts.len());
            assert!(attempts.iter().skip(ends).count() <= 1, "{}", case.id);
            for attempt in attempts.iter().filter(|attempt| attempt.ask == Ask::End) {
                assert_eq!(
                    attempt.session,
                    Session::Own,
                    "{}: only a session of the probe is ended",
                    case.id
                );
            }
        }
    }
}
