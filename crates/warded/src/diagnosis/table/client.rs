//! What can go wrong between a client and an issuer.

use super::{Diagnosis, ISSUER, SERVER, Severity, YOU};

pub(crate) static REGISTRATION_CLOSED: Diagnosis = Diagnosis {
    code: "registration-closed",
    severity: Severity::High,
    clause: "MCP authorization, RFC 7591 §3",
    meaning: "No client was given, and the issuer registers none by itself, or the client is to speak without a person, for which nobody registers itself.",
    advice: &[
        (
            YOU,
            "Have a client registered there and pass `--client-id`; where the issuer reads client metadata documents, pass `--client-metadata-url`.",
        ),
        (
            ISSUER,
            "Offer a `registration_endpoint`, or read client metadata documents, if any MCP client is to log in.",
        ),
    ],
};

pub(crate) static REGISTRATION_REFUSED: Diagnosis = Diagnosis {
    code: "registration-refused",
    severity: Severity::High,
    clause: "RFC 7591 §3.2.2",
    meaning: "The issuer refused to register this client, or answered with something that is no registration.",
    advice: &[
        (ISSUER, "Accept native clients with redirect URIs on `127.0.0.1` and any port (RFC 8252 §7.3)."),
        (YOU, "Have a client registered there and pass `--client-id`."),
    ],
};

pub(crate) static AUTHENTICATION_UNKNOWN: Diagnosis = Diagnosis {
    code: "authentication-unknown",
    severity: Severity::High,
    clause: "RFC 8414 §2",
    meaning: "The issuer's token endpoint accepts none of the ways in which this client can show who it is.",
    advice: &[
        (ISSUER, "Offer `none` for native clients, which keep no secret."),
        (YOU, "Have a client of another kind registered, and pass its id and its secret or key."),
    ],
};

pub(crate) static POSSESSION_IMPOSSIBLE: Diagnosis = Diagnosis {
    code: "possession-impossible",
    severity: Severity::High,
    clause: "RFC 9449 §7.1, RFC 9728 §2",
    meaning: "The server accepts only tokens that are bound to a key (DPoP), and no such token can be had from its issuer.",
    advice: &[
        (ISSUER, "Bind tokens to keys, and say with which algorithms: `dpop_signing_alg_values_supported`."),
        (SERVER, "Do not demand what your issuer cannot give."),
    ],
};

pub(crate) static HEADER_REFUSED: Diagnosis = Diagnosis {
    code: "header-refused",
    severity: Severity::High,
    clause: "RFC 9110 §11.6.2",
    meaning: "The server does not take what is sent as `Authorization` on the user's word (`--header`). It stands where a token would, so no issuer is asked for one.",
    advice: &[
        (YOU, "Check what is in the variable or the file, and the scheme in front of it, such as `Bearer`."),
        (YOU, "Leave `--header Authorization=...` out where the server has an issuer, and log in."),
    ],
};

pub(crate) static LOGIN_DENIED: Diagnosis = Diagnosis {
    code: "login-denied",
    severity: Severity::High,
    clause: "RFC 6749 §4.1.2.1",
    meaning: "The answer of the login was an error: the person said no, may not use the server, or the issuer did not accept what was asked for.",
    advice: &[
        (YOU, "Log in as somebody who may, and agree; ask for fewer scopes if one of them is refused."),
        (
            ISSUER,
            "See the log for why: an unknown client, a redirect URI that is not the registered one, a scope that does not exist.",
        ),
    ],
};

pub(crate) static LOGIN_UNANSWERED: Diagnosis = Diagnosis {
    code: "login-unanswered",
    severity: Severity::High,
    clause: "RFC 8252 §7.3",
    meaning: "Nobody finished the login in the browser, or its answer could not reach this machine.",
    advice: &[
        (YOU, "Finish the login in a browser on this machine; elsewhere its answer does not arrive."),
        (ISSUER, "Send people back to the `redirect_uri` of the request, whatever its port."),
    ],
};

pub(crate) static LOGIN_MIXED_UP: Diagnosis = Diagnosis {
    code: "login-mixed-up",
    severity: Severity::High,
    clause: "RFC 9207 §2.4",
    meaning: "The answer of the login names another issuer than the one that was asked, or none though this one always names itself. So look mix-up attacks: the code in it is sent to nobody.",
    advice: &[(
        ISSUER,
        "Let `iss` in authorization responses be, byte for byte, the `issuer` of the metadata.",
    )],
};

pub(crate) static LOGIN_FAILED: Diagnosis = Diagnosis {
    code: "login-failed",
    severity: Severity::High,
    clause: "RFC 6749 §4.1",
    meaning: "The login came to nothing for a reason of this machine's, or for one that has no code of its own.",
    advice: &[(YOU, "Do what the message says, and try again.")],
};

pub(crate) static TOKEN_REFUSED: Diagnosis = Diagnosis {
    code: "token-refused",
    severity: Severity::High,
    clause: "RFC 6749 §5.2",
    meaning: "The token endpoint gave no token: it refused, or answered with something that is no token response.",
    advice: &[
        (ISSUER, "See the log for why; answer with JSON and an `error` of RFC 6749."),
        (
            YOU,
            "Where it says `invalid_client`, check the id and the secret, and that they belong to this issuer.",
        ),
    ],
};

pub(crate) static STORE_UNUSABLE: Diagnosis = Diagnosis {
    code: "store-unusable",
    severity: Severity::High,
    clause: "RFC 8252 §8.5",
    meaning: "The folder in which tokens are kept cannot be used.",
    advice: &[(YOU, "Do what the message says, or name another folder with `--token-store`.")],
};
