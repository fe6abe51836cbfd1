//! Where may a token stand? In one `Authorization` header, and nowhere else.

use super::{
    AS_BEARER, Ask, Attempt, Bearing, Case, Expect, MALFORMED, NEIGHBOUR, NEIGHBOUR_HEADER, OPEN, OWN, Piece,
};
use crate::case::{Does, Severity};

pub(super) const QUERY: Case = Case {
    id: "P25a",
    name: "token-in-query",
    asks: "Is a token in the URL refused, even the right one?",
    danger: "URLs stand in the logs of every proxy, in histories and in `Referer`; so do tokens in them.",
    advice: "Take tokens from the `Authorization` header only.",
    does: Does::Try(&[
        Attempt { bears: &[Bearing::Query("access_token", &[OWN])], expect: MALFORMED, ..OPEN },
        Attempt { bears: &[Bearing::Query("token", &[OWN])], expect: MALFORMED, ..OPEN },
        Attempt {
            ask: Ask::Stream,
            bears: &[Bearing::Query("access_token", &[OWN])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[NEIGHBOUR_HEADER, Bearing::Query("access_token", &[OWN])],
            expect: MALFORMED,
            ..OPEN
        },
    ]),
    severity: Severity::High,
    cites: &["MCP, Token Requirements", "RFC 6750 §2.3"],
};

pub(super) const FORM: Case = Case {
    id: "P25b",
    name: "token-in-form",
    asks: "Is a token in a form refused, even the right one?",
    danger: "Any web page can make a browser send a form.",
    advice: "Take tokens from the `Authorization` header only, and JSON bodies only.",
    does: Does::Try(&[Attempt {
        bears: &[Bearing::Form("access_token", &[OWN])],
        expect: Expect::Refused(&[400, 401, 406, 415]),
        ..OPEN
    }]),
    severity: Severity::High,
    cites: &["MCP, Token Requirements", "RFC 6750 §2.2"],
};

pub(super) const COOKIE: Case = Case {
    id: "P25c",
    name: "token-in-cookie",
    asks: "Is a token in a cookie refused, even the right one?",
    danger: "Browsers send cookies with requests that other sites make them send.",
    advice: "Take tokens from the `Authorization` header only.",
    does: Does::Try(&[
        Attempt {
            bears: &[Bearing::Header("cookie", &[Piece::Text("access_token="), OWN])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("cookie", &[Piece::Text("token="), OWN])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("cookie", &[Piece::Text("Authorization="), OWN])],
            expect: MALFORMED,
            ..OPEN
        },
    ]),
    severity: Severity::High,
    cites: &["MCP, Token Requirements", "RFC 6750 §2"],
};

const OWN_HEADER: Bearing = Bearing::Header("authorization", &[AS_BEARER, OWN]);

pub(super) const TWO_HEADERS: Case = Case {
    id: "P26a",
    name: "two-credentials",
    asks: "Is a request with two tokens refused?",
    danger: "What is in front judges one token, and the server acts for the other.",
    advice: "Refuse requests with more than one `Authorization` header, and headers with more than one credential.",
    does: Does::Try(&[
        Attempt { bears: &[NEIGHBOUR_HEADER, OWN_HEADER], expect: MALFORMED, ..OPEN },
        Attempt { bears: &[OWN_HEADER, NEIGHBOUR_HEADER], expect: MALFORMED, ..OPEN },
        Attempt {
            bears: &[Bearing::Header(
                "authorization",
                &[AS_BEARER, NEIGHBOUR, Piece::Text(", Bearer "), OWN],
            )],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header(
                "authorization",
                &[AS_BEARER, OWN, Piece::Text(", Bearer "), NEIGHBOUR],
            )],
            expect: MALFORMED,
            ..OPEN
        },
    ]),
    severity: Severity::Medium,
    cites: &["RFC 9110 §5.3", "RFC 6750 §3.1"],
};

pub(super) const OTHER_HEADER: Case = Case {
    id: "P26b",
    name: "token-in-other-header",
    asks: "Is a token refused that stands in another header, even the right one?",
    danger: "A header that some proxy sets is believed of everybody, past whatever judges `Authorization`.",
    advice: "Take tokens from the `Authorization` header only; strip such headers at the edge.",
    does: Does::Try(&[
        Attempt {
            bears: &[NEIGHBOUR_HEADER, Bearing::Header("x-forwarded-authorization", &[AS_BEARER, OWN])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[NEIGHBOUR_HEADER, Bearing::Header("x-upstream-authorization", &[AS_BEARER, OWN])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("x-forwarded-authorization", &[AS_BEARER, OWN])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("x-upstream-authorization", &[AS_BEARER, OWN])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("x-original-authorization", &[AS_BEARER, OWN])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt { bears: &[Bearing::Header("x-forwarded-access-token", &[OWN])], expect: MALFORMED, ..OPEN },
        Attempt {
            bears: &[Bearing::Header("proxy-authorization", &[AS_BEARER, OWN])],
            expect: MALFORMED,
            ..OPEN
        },
    ]),
    severity: Severity::High,
    cites: &["MCP, Token Requirements", "RFC 6750 §2"],
};
