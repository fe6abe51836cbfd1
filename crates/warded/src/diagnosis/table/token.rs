//! What a token can say that a careful server will not accept.

use super::{Diagnosis, ISSUER, SERVER, Severity, YOU};

pub(crate) static TOKEN_OPAQUE: Diagnosis = Diagnosis {
    code: "token-opaque",
    severity: Severity::Note,
    clause: "RFC 7662 §2",
    meaning: "The token is no JWT: only its issuer can read it. The server has to ask the issuer about it, and nobody but the two can see for whom it is.",
    advice: &[
        (SERVER, "Ask the issuer (introspection); a server that reads JWTs only refuses such tokens."),
        (
            ISSUER,
            "Issue JWTs (RFC 9068) where servers verify tokens themselves; some providers do so only when an audience or a resource is asked for.",
        ),
    ],
};

pub(crate) static TOKEN_AUDIENCE: Diagnosis = Diagnosis {
    code: "token-audience",
    severity: Severity::Medium,
    clause: "RFC 8707 §2, RFC 9068 §3",
    meaning: "The token's audience is not, byte for byte and alone, the `resource` that the server's metadata names. Servers that compare bytes refuse it; where it names others beside the server, it works there, too.",
    advice: &[
        (ISSUER, "Put the requested `resource` into `aud` as it was sent, and nothing beside it."),
        (SERVER, "Accept the spelling that your own metadata has, and no other."),
    ],
};

pub(crate) static TOKEN_ISSUER: Diagnosis = Diagnosis {
    code: "token-issuer",
    severity: Severity::Medium,
    clause: "RFC 9068 §4, RFC 8414 §3.3",
    meaning: "The token's `iss` is not, byte for byte, the issuer that the server's metadata names. A server that checks refuses it.",
    advice: &[
        (ISSUER, "Let `iss` in tokens and `issuer` in the metadata be the same text."),
        (SERVER, "Name the issuer in `authorization_servers` as it names itself in its tokens."),
    ],
};

pub(crate) static TOKEN_TYPE: Diagnosis = Diagnosis {
    code: "token-type",
    severity: Severity::Note,
    clause: "RFC 9068 §2.1, RFC 8725 §3.11",
    meaning: "The token does not say that it is an access token (`typ: at+jwt`), or carries what other kinds of token carry. A server that is strict about it cannot tell it from an ID token.",
    advice: &[
        (ISSUER, "Issue access tokens as RFC 9068 says."),
        (SERVER, "Where the issuer cannot, accept its `typ` by name, and what else marks its access tokens."),
    ],
};

pub(crate) static TOKEN_LIFETIME: Diagnosis = Diagnosis {
    code: "token-lifetime",
    severity: Severity::Medium,
    clause: "RFC 7519 §4.1.4, RFC 9068 §2.2",
    meaning: "By its own claims the token is not valid now, does not say when it ends, or is valid for longer than a day.",
    advice: &[
        (ISSUER, "Issue tokens with `iat` and `exp` by a clock that is right, for an hour or less."),
        (YOU, "Check this machine's clock."),
    ],
};

pub(crate) static TOKEN_KEY: Diagnosis = Diagnosis {
    code: "token-key",
    severity: Severity::Medium,
    clause: "RFC 9068 §4, RFC 7517 §4",
    meaning: "No key that the issuer publishes verifies the token's signature, or it is signed in a way that servers do not accept. A server that checks refuses it.",
    advice: &[
        (
            ISSUER,
            "Publish the key that signs at the `jwks_uri` of the metadata before it signs; sign with an asymmetric key.",
        ),
        (
            SERVER,
            "Fetch keys from the `jwks_uri` of the issuer's metadata, and again when a token names a key that you do not have.",
        ),
    ],
};

pub(crate) static TOKEN_REVOKED: Diagnosis = Diagnosis {
    code: "status-revoked",
    severity: Severity::Medium,
    clause: "Token Status List §8, RFC 7009 §2",
    meaning: "The issuer's status list says that the token does not hold any more.",
    advice: &[(YOU, "Log in again: `warded doctor --login`.")],
};

pub(crate) static TOKEN_MALFORMED: Diagnosis = Diagnosis {
    code: "token-malformed",
    severity: Severity::Medium,
    clause: "RFC 9068 §2.2, RFC 7519 §7.2",
    meaning: "A part of the token is not what a JWT access token has: a claim of the wrong type, a member twice.",
    advice: &[(ISSUER, "Issue access tokens as RFC 9068 says.")],
};

pub(crate) static SCOPES_WITHHELD: Diagnosis = Diagnosis {
    code: "scopes-withheld",
    severity: Severity::Note,
    clause: "RFC 6749 §3.3",
    meaning: "The token permits less than was asked for.",
    advice: &[
        (YOU, "Agree to what the server needs, or log in as somebody who may have it."),
        (ISSUER, "Grant the scopes that the server's metadata lists, to this client and this person."),
    ],
};

pub(crate) static TOKEN_RENEWED: Diagnosis = Diagnosis {
    code: "token-renewed",
    severity: Severity::Note,
    clause: "RFC 6749 §6",
    meaning: "The token that was kept was refused, and the one that its issuer gave for it is accepted: the old one had been revoked or had ended.",
    advice: &[(YOU, "Nothing: clients of Warded do the same by themselves.")],
};
