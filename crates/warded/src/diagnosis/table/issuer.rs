//! What an issuer can get wrong about itself.

use super::{Diagnosis, ISSUER, SERVER, Severity, YOU};

pub(crate) static ISSUER_SILENT: Diagnosis = Diagnosis {
    code: "issuer-silent",
    severity: Severity::High,
    clause: "RFC 8414 §3.1",
    meaning: "The issuer that the server names has metadata at none of the places that RFC 8414 and OpenID Discovery give.",
    advice: &[
        (
            SERVER,
            "Name the issuer exactly as its own metadata does, with its path, and not one of its endpoints.",
        ),
        (
            ISSUER,
            "Serve metadata at `/.well-known/oauth-authorization-server` with the path of the issuer behind it.",
        ),
    ],
};

pub(crate) static ISSUER_DIFFERENT: Diagnosis = Diagnosis {
    code: "issuer-different",
    severity: Severity::High,
    clause: "RFC 8414 §3.3",
    meaning: "The metadata at the issuer's place names another issuer. One byte is enough, a slash at the end for example: such a document could lend us an attacker's endpoints, so none of them is used.",
    advice: &[
        (SERVER, "Write the issuer into `authorization_servers` byte for byte as its metadata spells it."),
        (ISSUER, "Let `issuer` be the URL that servers name; behind a proxy that is the public one."),
    ],
};

pub(crate) static ISSUER_UNEXPECTED: Diagnosis = Diagnosis {
    code: "issuer-unexpected",
    severity: Severity::High,
    clause: "RFC 9700 §4.4",
    meaning: "The server names another issuer than the one that you named. What you have is for yours, and is not shown to the other.",
    advice: &[
        (YOU, "If the server's issuer has really changed, pass the new one with `--issuer`."),
        (SERVER, "Tell your users before you change the issuer."),
    ],
};

pub(crate) static PKCE_UNPROMISED: Diagnosis = Diagnosis {
    code: "pkce-unpromised",
    severity: Severity::High,
    clause: "MCP authorization, RFC 7636 §4.2",
    meaning: "The issuer does not promise PKCE with S256. Without it a stolen code is a stolen token, so clients refuse to ask.",
    advice: &[(
        ISSUER,
        "Support S256 and say so: `\"code_challenge_methods_supported\": [\"S256\"]`. Many support it and forget to say it; OpenID Discovery needs the member, too.",
    )],
};

pub(crate) static ISS_UNPROMISED: Diagnosis = Diagnosis {
    code: "iss-unpromised",
    severity: Severity::Note,
    clause: "RFC 9207 §3",
    meaning: "The issuer does not promise to name itself in authorization responses. A client that deals with several issuers cannot tell from the response whose it is.",
    advice: &[(
        ISSUER,
        "Send `iss` in authorization responses, and say so: `\"authorization_response_iss_parameter_supported\": true`.",
    )],
};

pub(crate) static ENDPOINT_MISSING: Diagnosis = Diagnosis {
    code: "endpoint-missing",
    severity: Severity::High,
    clause: "RFC 8414 §2",
    meaning: "The issuer's metadata names no token endpoint, or none at which people log in, so nobody gets a token there.",
    advice: &[
        (ISSUER, "Name every endpoint in the metadata."),
        (SERVER, "Check that what you name is an authorization server: a resource server's own URL is not."),
    ],
};

pub(crate) static RESOURCE_REFUSED: Diagnosis = Diagnosis {
    code: "resource-refused",
    severity: Severity::High,
    clause: "RFC 8707 §2",
    meaning: "The issuer does not issue tokens for what the server calls itself (`invalid_target`), or does not know `resource` at all and refuses it.",
    advice: &[
        (ISSUER, "Register the server under exactly the `resource` of its metadata."),
        (
            SERVER,
            "Let `resource` be what the issuer knows you by; or put an issuer that binds tokens between (docs/front/provider-without-resource.md).",
        ),
    ],
};

pub(crate) static RESOURCE_IGNORED: Diagnosis = Diagnosis {
    code: "resource-ignored",
    severity: Severity::High,
    clause: "RFC 8707 §2",
    meaning: "The issuer sent a token whose audience is not the server that was asked for. Sent anyway, it would be refused, or could be replayed at whoever it is really for; so it is kept from the server.",
    advice: &[
        (
            ISSUER,
            "Put the requested `resource` into `aud`: most providers have an audience, an API or a mapper for that.",
        ),
        (
            SERVER,
            "Where the issuer cannot, let an issuer that binds tokens stand between (docs/front/provider-without-resource.md).",
        ),
        (
            YOU,
            "If the audience is the issuer's own name for this server, pass it with --audience; if it is nobody, and others may take the token, --unbound-token.",
        ),
    ],
};
