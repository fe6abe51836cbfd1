//! Why a server refuses a token that its own issuer gave for it: what the two disagree about.

use super::{Diagnosis, ISSUER, SERVER, Severity, YOU};

pub(crate) static REFUSED_AUDIENCE: Diagnosis = Diagnosis {
    code: "refused-audience",
    severity: Severity::High,
    clause: "RFC 9068 §4, RFC 8707 §2",
    meaning: "The server and its issuer disagree about the audience: the token names somebody else than the server expects, or spells it differently.",
    advice: &[
        (
            SERVER,
            "Let the audience that you check be the `resource` of your metadata, byte for byte: same scheme, same port, same slash at the end.",
        ),
        (ISSUER, "Put the requested `resource` into `aud` as it was sent."),
    ],
};

pub(crate) static REFUSED_ISSUER: Diagnosis = Diagnosis {
    code: "refused-issuer",
    severity: Severity::High,
    clause: "RFC 9068 §4, RFC 8414 §3.3",
    meaning: "The server and its issuer disagree about who issues: the `iss` of the token is not the text that the server expects.",
    advice: &[
        (
            SERVER,
            "Expect exactly the `iss` of the issuer's tokens, and name the same in `authorization_servers`.",
        ),
        (ISSUER, "Let `iss` in tokens and `issuer` in the metadata be the same text."),
    ],
};

pub(crate) static REFUSED_SCOPE: Diagnosis = Diagnosis {
    code: "refused-scope",
    severity: Severity::High,
    clause: "RFC 6750 §3.1",
    meaning: "The server wants scopes that the token does not have.",
    advice: &[
        (
            SERVER,
            "Name every scope that is needed in the challenge and in `scopes_supported`, so that clients ask for it.",
        ),
        (YOU, "Ask for it with `--scope`, as somebody who may have it."),
        (ISSUER, "Define the scope, and grant it to this client and this person."),
    ],
};

pub(crate) static REFUSED_CLOCK: Diagnosis = Diagnosis {
    code: "refused-clock",
    severity: Severity::High,
    clause: "RFC 7519 §4.1.4 to §4.1.6",
    meaning: "The server and its issuer disagree about the time: by the server's clock the token has expired, or is not valid yet.",
    advice: &[
        (SERVER, "Keep the clock by NTP, and allow for a minute of difference."),
        (ISSUER, "Keep the clock by NTP, and do not let tokens end within seconds."),
    ],
};

pub(crate) static REFUSED_TYPE: Diagnosis = Diagnosis {
    code: "refused-type",
    severity: Severity::High,
    clause: "RFC 9068 §2.1, RFC 8725 §3.11",
    meaning: "The server and its issuer disagree about what an access token looks like: its `typ`, or what it carries, is that of another kind of token.",
    advice: &[
        (ISSUER, "Issue access tokens as RFC 9068 says, with `typ: at+jwt`."),
        (
            SERVER,
            "Where the issuer cannot, accept its `typ` by name (in Warded: `provider` or `types` of the issuer).",
        ),
    ],
};

pub(crate) static REFUSED_KEY: Diagnosis = Diagnosis {
    code: "refused-key",
    severity: Severity::High,
    clause: "RFC 9068 §4, RFC 7517 §4",
    meaning: "The server and its issuer disagree about the key: the server does not have the key that signs, or does not accept the algorithm.",
    advice: &[
        (
            SERVER,
            "Fetch keys from the `jwks_uri` of the issuer's metadata, and again when a token names a key that you do not have.",
        ),
        (
            ISSUER,
            "Publish the key that signs, under the `kid` that tokens name; sign with an asymmetric key.",
        ),
    ],
};

pub(crate) static REFUSED_OPAQUE: Diagnosis = Diagnosis {
    code: "refused-opaque",
    severity: Severity::High,
    clause: "RFC 7662 §2, RFC 9068 §1",
    meaning: "The token is opaque, and the server refuses it: it probably expects JWTs, or may not ask the issuer about tokens.",
    advice: &[
        (
            SERVER,
            "Ask the issuer about tokens (introspection), with credentials that it accepts from you; in Warded: `introspection` of the issuer.",
        ),
        (
            ISSUER,
            "Issue JWTs (RFC 9068) for this server; some providers do so only when an audience or a resource is asked for.",
        ),
    ],
};

pub(crate) static REFUSED_REVOKED: Diagnosis = Diagnosis {
    code: "refused-revoked",
    severity: Severity::High,
    clause: "RFC 7009 §2, RFC 6749 §5.2",
    meaning: "The token does not hold any more: it was revoked, or the login that it came from has ended.",
    advice: &[(YOU, "Log in again: `warded doctor --login`, or just use the server with `warded connect`.")],
};

pub(crate) static REFUSED_POSSESSION: Diagnosis = Diagnosis {
    code: "refused-possession",
    severity: Severity::High,
    clause: "RFC 9449 §7.1",
    meaning: "The server wants proof that whoever sends the token has the key that it is bound to, and does not accept what it was shown.",
    advice: &[
        (
            SERVER,
            "Compare `htu` with the public URL of the request and not with the one behind the proxy; keep the clock by NTP.",
        ),
        (ISSUER, "Bind tokens to the key of the proof (`cnf.jkt`)."),
    ],
};

pub(crate) static REFUSED_UNEXPLAINED: Diagnosis = Diagnosis {
    code: "refused-unexplained",
    severity: Severity::High,
    clause: "RFC 6750 §3.1",
    meaning: "The server refuses a token that agrees with everything that it and its issuer publish, and does not say why. So it checks against something that it does not publish: most often another audience than its `resource`, or another issuer.",
    advice: &[
        (
            SERVER,
            "Compare your settings with the audience, issuer, type and key above; see the log; say in the challenge what is wrong (`error_description`).",
        ),
        (YOU, "Send the operator what stands above: it holds no secret."),
    ],
};

pub(crate) static FORBIDDEN: Diagnosis = Diagnosis {
    code: "forbidden",
    severity: Severity::High,
    clause: "RFC 9110 §15.5.4",
    meaning: "The server understood who asks, and does not let them in (403 without a challenge): a rule of its own, or a wall in front of it.",
    advice: &[
        (YOU, "Ask whoever decides who may use the server."),
        (SERVER, "Where a scope would help, say which: `error=\"insufficient_scope\"` with `scope`."),
    ],
};
