//! Is a token that was issued for the other server admitted here? The question that Warded is about.

use super::{
    Ask, Attempt, Bearing, Case, Expect, MALFORMED, NEIGHBOUR, NEIGHBOUR_HEADER, OPEN, Piece, Revision,
};
use crate::case::{Does, Severity};

pub(super) const TOKEN: Case = Case {
    id: "P01",
    name: "neighbour-token",
    asks: "Is a token that was issued for another server refused?",
    danger: "Whoever runs or robs the other server opens this one with every token that it was ever shown.",
    advice: "Compare `aud` with this server's own identifier, exactly, and refuse every token that names another.",
    does: Does::Try(&[
        Attempt { bears: &[NEIGHBOUR_HEADER], ..OPEN },
        Attempt { ask: Ask::List, bears: &[NEIGHBOUR_HEADER], ..OPEN },
        Attempt { ask: Ask::Stream, bears: &[NEIGHBOUR_HEADER], ..OPEN },
    ]),
    severity: Severity::Critical,
    cites: &["MCP, Access Token Privilege Restriction", "RFC 8707 §2", "RFC 9068 §4"],
};

pub(super) const SCHEME: Case = Case {
    id: "P27a",
    name: "neighbour-token-scheme",
    asks: "Is the other server's token refused however the scheme is written?",
    danger: "A check that only looks at `Bearer ` lets another spelling of the header carry any token past it.",
    advice: "Read the header once, in one place, and judge whatever token is taken out of it.",
    does: Does::Try(&[
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("bearer "), NEIGHBOUR])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("BEARER "), NEIGHBOUR])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("Bearer  "), NEIGHBOUR])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("Bearer\t"), NEIGHBOUR])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("Bearer"), NEIGHBOUR])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[Piece::Text("Token "), NEIGHBOUR])],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt { bears: &[Bearing::Header("authorization", &[NEIGHBOUR])], expect: MALFORMED, ..OPEN },
    ]),
    severity: Severity::Critical,
    cites: &["RFC 9110 §11.1", "MCP, Access Token Privilege Restriction"],
};

pub(super) const REVISION: Case = Case {
    id: "P28",
    name: "neighbour-token-revision",
    asks: "Is the other server's token refused whatever `MCP-Protocol-Version` says?",
    danger: "An attacker leaves out a header, or writes an old revision into it, and the audience is not compared.",
    advice: "Compare the audience for every request; the revision decides about messages and never about tokens.",
    does: Does::Try(&[
        Attempt { revision: Revision::Absent, bears: &[NEIGHBOUR_HEADER], expect: MALFORMED, ..OPEN },
        Attempt {
            ask: Ask::List,
            revision: Revision::Absent,
            bears: &[NEIGHBOUR_HEADER],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            revision: Revision::Text("2025-03-26"),
            bears: &[NEIGHBOUR_HEADER],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            revision: Revision::Text("2024-11-05"),
            bears: &[NEIGHBOUR_HEADER],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt {
            revision: Revision::Text("1999-01-01"),
            bears: &[NEIGHBOUR_HEADER],
            expect: MALFORMED,
            ..OPEN
        },
        Attempt { revision: Revision::Text("none"), bears: &[NEIGHBOUR_HEADER], expect: MALFORMED, ..OPEN },
    ]),
    severity: Severity::Critical,
    cites: &["MCP, Access Token Privilege Restriction", "MCP, Protocol Version Header"],
};

/// A proxy may also know no such host: the request is refused before anybody looks at its token.
const NO_SUCH_HOST: Expect = Expect::Refused(&[400, 401, 403, 404, 421]);

pub(super) const HOST: Case = Case {
    id: "P30a",
    name: "neighbour-token-host",
    asks: "Is the other server's token refused where `Host` names the other server?",
    danger: "A server that computes its own identifier from the request is whichever server the attacker says.",
    advice: "Configure the server's identifier; never take it from the request.",
    does: Does::Try(&[
        Attempt {
            bears: &[NEIGHBOUR_HEADER, Bearing::Header("host", &[Piece::NeighbourAuthority])],
            expect: NO_SUCH_HOST,
            ..OPEN
        },
        Attempt {
            bears: &[
                NEIGHBOUR_HEADER,
                Bearing::Target(&[
                    Piece::NeighbourScheme,
                    Piece::Text("://"),
                    Piece::NeighbourAuthority,
                    Piece::NeighbourPath,
                ]),
            ],
            expect: NO_SUCH_HOST,
            ..OPEN
        },
    ]),
    severity: Severity::Critical,
    cites: &["MCP, Access Token Privilege Restriction", "RFC 9110 §7.2", "RFC 9112 §3.2.2"],
};

pub(super) const FORWARDED_HOST: Case = Case {
    id: "P30b",
    name: "neighbour-token-forwarded",
    asks: "Is the other server's token refused where forwarding headers name the other server?",
    danger: "A server that believes `X-Forwarded-Host` of anybody is whichever server the attacker says.",
    advice: "Configure the server's identifier; believe forwarding headers of your own proxy only.",
    does: Does::Try(&[
        Attempt {
            bears: &[
                NEIGHBOUR_HEADER,
                Bearing::Header("x-forwarded-host", &[Piece::NeighbourAuthority]),
                Bearing::Header("x-forwarded-proto", &[Piece::NeighbourScheme]),
            ],
            ..OPEN_BEHIND_PROXY
        },
        Attempt {
            bears: &[
                NEIGHBOUR_HEADER,
                Bearing::Header(
                    "forwarded",
                    &[
                        Piece::Text("host=\""),
                        Piece::NeighbourAuthority,
                        Piece::Text("\";proto="),
                        Piece::NeighbourScheme,
                    ],
                ),
            ],
            ..OPEN_BEHIND_PROXY
        },
        Attempt {
            bears: &[
                NEIGHBOUR_HEADER,
                Bearing::Header("x-forwarded-host", &[Piece::NeighbourAuthority]),
                Bearing::Header("x-forwarded-proto", &[Piece::NeighbourScheme]),
                Bearing::Header("x-forwarded-prefix", &[Piece::NeighbourPath]),
                Bearing::Header("x-forwarded-uri", &[Piece::NeighbourPath]),
            ],
            ..OPEN_BEHIND_PROXY
        },
        Attempt {
            bears: &[NEIGHBOUR_HEADER, Bearing::Header("x-original-host", &[Piece::NeighbourAuthority])],
            ..OPEN_BEHIND_PROXY
        },
    ]),
    severity: Severity::Critical,
    cites: &["MCP, Access Token Privilege Restriction", "RFC 7239 §8.1"],
};

const OPEN_BEHIND_PROXY: Attempt = Attempt { expect: Expect::Refused(&[400, 401, 403]), ..OPEN };
