//! What passes as a token? Nothing, other kinds of tokens, texts that are none, other schemes.

use super::{AS_BEARER, Ask, Attempt, Bearing, Case, Expect, Form, MALFORMED, OPEN, OWN, Piece, Token};
use crate::case::{Does, Severity};

pub(super) const NO_TOKEN: Case = Case {
    id: "P00",
    name: "no-token",
    asks: "Is a request without a token refused?",
    danger: "The server is open to everybody who can reach it.",
    advice: "Ask every request for a token, whatever its method and whatever it says.",
    does: Does::Try(&[
        OPEN,
        Attempt { ask: Ask::List, ..OPEN },
        Attempt { ask: Ask::Stream, ..OPEN },
        Attempt { bears: &[Bearing::Header("authorization", &[])], expect: MALFORMED, ..OPEN },
        Attempt { bears: &[Bearing::Header("authorization", &[AS_BEARER])], expect: MALFORMED, ..OPEN },
    ]),
    severity: Severity::Critical,
    cites: &["MCP, Access Token Usage", "RFC 6750 §3"],
};

pub(super) const ID_TOKEN: Case = Case {
    id: "P23",
    name: "id-token",
    asks: "Is an ID token refused as an access token?",
    danger: "Every application that a user logs in to holds an ID token of that user.",
    advice: "Ask for `typ: at+jwt`, and compare `aud` with this server's identifier, not with a client's.",
    does: Does::Try(&[Attempt {
        bears: &[Bearing::Header("authorization", &[AS_BEARER, Piece::Token(Token::Own(Form::IdToken))])],
        ..OPEN
    }]),
    severity: Severity::High,
    cites: &["RFC 9068 §4", "RFC 8725 §3.11"],
};

pub(super) const REFRESH_TOKEN: Case = Case {
    id: "P24a",
    name: "refresh-token",
    asks: "Is a refresh token refused as an access token?",
    danger: "A refresh token lives for months; as an access token it would never be looked at by its issuer again.",
    advice: "Ask for `typ: at+jwt`; of opaque tokens, ask the issuer what kind they are.",
    does: Does::Try(&[Attempt {
        bears: &[Bearing::Header(
            "authorization",
            &[AS_BEARER, Piece::Token(Token::Own(Form::RefreshToken))],
        )],
        expect: MALFORMED,
        ..OPEN
    }]),
    severity: Severity::High,
    cites: &["RFC 6750 §2", "RFC 6749 §1.5"],
};

pub(super) const NOT_A_TOKEN: Case = Case {
    id: "P24b",
    name: "not-a-token",
    asks: "Is a text refused that is no token at all?",
    danger: "Whatever is sent in the header passes.",
    advice: "Refuse what cannot be verified; an error while verifying is a refusal.",
    does: Does::Try(&[
        Attempt {
            bears: &[Bearing::Header(
                "authorization",
                &[AS_BEARER, Piece::Text("warded-probe-this-is-not-a-token")],
            )],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, Piece::Text("e30.e30.")])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, Piece::Text("null")])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, Piece::Text("{}")])],
            expect: MALFORMED,
            ..OPEN
        },
    ]),
    severity: Severity::Critical,
    cites: &["RFC 6750 §3.1", "MCP, Token Handling"],
};

pub(super) const SCHEME_CASE: Case = Case {
    id: "P27b",
    name: "scheme-case",
    asks: "Is the right token admitted whatever the case of `bearer`?",
    danger: "Clients that write the scheme in lower case, as they may, cannot use the server.",
    advice: "Compare the scheme without regard to case.",
    does: Does::Try(&[
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("bearer "), OWN])],
            expect: Expect::Admitted,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("BEARER "), OWN])],
            expect: Expect::Admitted,
            ..OPEN
        },
    ]),
    severity: Severity::Note,
    cites: &["RFC 9110 §11.1"],
};

pub(super) const SCHEME_OTHER: Case = Case {
    id: "P27c",
    name: "scheme-other",
    asks: "Is even the right token refused under a scheme that is not its own?",
    danger: "What reads the header loosely and what logs, limits or strips it in front read two different things.",
    advice: "Take `Bearer`, one space or more, and one token; refuse everything else.",
    does: Does::Try(&[
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("Token "), OWN])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt { bears: &[Bearing::Header("authorization", &[OWN])], expect: MALFORMED, ..OPEN },
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("Bearer"), OWN])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("Bearer Bearer "), OWN])],
            expect: MALFORMED,
            ..OPEN
        },
    ]),
    severity: Severity::Note,
    cites: &["RFC 6750 §2.1", "RFC 9110 §11.4"],
};
