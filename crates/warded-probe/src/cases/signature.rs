//! Does the server look at signatures? Genuine tokens, tampered with by somebody who has no key.

use super::{AS_BEARER, Attempt, Bearing, Case, Form, OPEN, Piece, Token};
use crate::{
    case::{Does, Severity},
    forge::Forgery,
};

const fn own(forgery: Forgery) -> Piece {
    Piece::Token(Token::Own(Form::Forged(forgery)))
}

pub(super) const UNSIGNED: Case = Case {
    id: "P16",
    name: "unsigned",
    asks: "Is a token refused whose header says that it is not signed?",
    danger: "Anybody writes tokens for any user, without any key.",
    advice: "Configure the algorithms that the issuer signs with; let no token choose its own.",
    does: Does::Try(&[
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, own(Forgery::Unsigned("none"))])],
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, own(Forgery::Unsigned("None"))])],
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, own(Forgery::Unsigned("NONE"))])],
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, own(Forgery::Unsigned("nOnE"))])],
            ..OPEN
        },
    ]),
    severity: Severity::Critical,
    cites: &["RFC 8725 §3.1", "RFC 9068 §4"],
};

pub(super) const SIGNATURE_BROKEN: Case = Case {
    id: "P18",
    name: "signature-broken",
    asks: "Is a token refused whose signature is not that of its text?",
    danger: "Anybody writes tokens for any user, without any key.",
    advice: "Verify the signature with the issuer's published keys before anything else is believed.",
    does: Does::Try(&[
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, own(Forgery::SignatureFlipped)])],
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, own(Forgery::SignatureCut)])],
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, own(Forgery::SignatureGone)])],
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, own(Forgery::SignatureOfOther)])],
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header(
                "authorization",
                &[AS_BEARER, own(Forgery::Claim("sub", "warded-probe"))],
            )],
            ..OPEN
        },
    ]),
    severity: Severity::Critical,
    cites: &["RFC 8725 §3.3", "RFC 9068 §4", "RFC 7515 §5.2"],
};

pub(super) const AUDIENCE_REWRITTEN: Case = Case {
    id: "P18b",
    name: "audience-rewritten",
    asks: "Is the other server's token refused with its audience rewritten to this server's?",
    danger: "A server that compares the audience of what it did not verify compares what the attacker wrote.",
    advice: "Verify the signature over the very bytes whose claims are read.",
    does: Does::Try(&[Attempt {
        bears: &[Bearing::Header(
            "authorization",
            &[AS_BEARER, Piece::Token(Token::Neighbour(Form::Forged(Forgery::AudienceOfOther)))],
        )],
        ..OPEN
    }]),
    severity: Severity::Critical,
    cites: &["RFC 8725 §3.3", "RFC 9068 §4"],
};

pub(super) const ISSUER_REWRITTEN: Case = Case {
    id: "P22",
    name: "issuer-rewritten",
    asks: "Is a token refused whose issuer was rewritten?",
    danger: "A server that finds the key by what the token says of its issuer may take the attacker's key.",
    advice: "Compare `iss` byte for byte with the configured issuers, and verify with that issuer's keys only.",
    does: Does::Try(&[
        Attempt {
            bears: &[Bearing::Header(
                "authorization",
                &[AS_BEARER, own(Forgery::Claim("iss", "https://issuer.invalid"))],
            )],
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, own(Forgery::IssuerSlash)])],
            ..OPEN
        },
        Attempt {
            bears: &[Bearing::Header("authorization", &[AS_BEARER, own(Forgery::IssuerUpperCase)])],
            ..OPEN
        },
    ]),
    severity: Severity::Critical,
    cites: &["RFC 9068 §4", "RFC 8725 §3.8"],
};
