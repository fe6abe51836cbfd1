//! What a server can get wrong about itself.

use super::{Diagnosis, SERVER, Severity, YOU};

pub(crate) static NOT_MCP: Diagnosis = Diagnosis {
    code: "not-mcp",
    severity: Severity::High,
    clause: "MCP, Streamable HTTP",
    meaning: "What answers at the URL does not speak MCP there: no such path, no such method, or an answer that is no JSON-RPC.",
    advice: &[
        (YOU, "Check the path of the URL; most servers have their endpoint at `/mcp`."),
        (SERVER, "Accept POST at the URL that you publish, and let it through the proxy in front."),
    ],
};

pub(crate) static OPEN_TO_ALL: Diagnosis = Diagnosis {
    code: "open-to-all",
    severity: Severity::Note,
    clause: "MCP authorization",
    meaning: "The server lets calls in without a token, and describes no issuer: it is open to everybody who reaches it.",
    advice: &[(
        SERVER,
        "If that is not meant, put a guard in front of it: authorization is optional in MCP, and a server without it trusts its network.",
    )],
};

pub(crate) static OPEN_AT_FIRST: Diagnosis = Diagnosis {
    code: "open-at-first",
    severity: Severity::Medium,
    clause: "MCP authorization",
    meaning: "The server describes an issuer, and lets the first call in without a token. Clients log in when they meet a 401, so they would come without a token until some later call needs one.",
    advice: &[(SERVER, "Answer 401 with a challenge to every call without a token, the first included.")],
};

pub(crate) static CHALLENGE_ABSENT: Diagnosis = Diagnosis {
    code: "challenge-absent",
    severity: Severity::Medium,
    clause: "RFC 9110 §11.6.1, RFC 9728 §5.1",
    meaning: "A 401 without `WWW-Authenticate`. Clients can only guess where the server describes itself, and some do not.",
    advice: &[(
        SERVER,
        "Send `WWW-Authenticate: Bearer resource_metadata=\"…\"` with each 401; a browser client also needs it in `Access-Control-Expose-Headers`.",
    )],
};

pub(crate) static CHALLENGE_MALFORMED: Diagnosis = Diagnosis {
    code: "challenge-malformed",
    severity: Severity::High,
    clause: "RFC 9110 §11.6.1",
    meaning: "The challenge is not what the grammar allows, so two readers could take two things from it. Where a client goes next depends on it, so it is not guessed at.",
    advice: &[(
        SERVER,
        "Put every value in double quotes, separate parameters by commas, and name each once.",
    )],
};

pub(crate) static CHALLENGE_FOREIGN: Diagnosis = Diagnosis {
    code: "challenge-foreign",
    severity: Severity::Medium,
    clause: "RFC 6750 §3",
    meaning: "The server asks for credentials of another kind (Basic, Negotiate), and neither for Bearer nor for DPoP tokens.",
    advice: &[
        (SERVER, "Offer Bearer, or let whatever sits in front of the server pass MCP clients."),
        (YOU, "Check that the URL is the MCP endpoint and not a page behind a login of its own."),
    ],
};

pub(crate) static CHALLENGE_WITHOUT_METADATA: Diagnosis = Diagnosis {
    code: "challenge-without-metadata",
    severity: Severity::Note,
    clause: "RFC 9728 §5.1",
    meaning: "The challenge does not say where the server describes itself. Clients look at the well-known URLs then, but clients of 2025-06-18 may not.",
    advice: &[(SERVER, "Add `resource_metadata=\"…\"` to the challenge.")],
};

pub(crate) static METADATA_ABSENT: Diagnosis = Diagnosis {
    code: "metadata-absent",
    severity: Severity::Medium,
    clause: "RFC 9728 §3, MCP authorization",
    meaning: "The server does not describe itself anywhere, as servers of 2025-03-26 do. Its own origin is taken for its issuer, and nobody has said by which name tokens are to be asked for, so tokens may work at other servers, too.",
    advice: &[(
        SERVER,
        "Serve protected resource metadata at `/.well-known/oauth-protected-resource` followed by the path of the endpoint.",
    )],
};

pub(crate) static METADATA_ELSEWHERE: Diagnosis = Diagnosis {
    code: "metadata-elsewhere",
    severity: Severity::High,
    clause: "RFC 9728 §3.3",
    meaning: "The challenge names metadata at another origin than the server's. Whoever answers there could choose the issuer, so it is not fetched.",
    advice: &[(
        SERVER,
        "Serve the metadata at the origin of the server; behind a proxy, build the URL from the public name and not from the name behind it.",
    )],
};

pub(crate) static METADATA_UNSTEADY: Diagnosis = Diagnosis {
    code: "metadata-unsteady",
    severity: Severity::High,
    clause: "RFC 9728 §7.1",
    meaning: "The server described itself in two ways within a moment: several nodes that are configured differently, or a server that shows each client what suits it.",
    advice: &[(SERVER, "Let all nodes serve the same document.")],
};

pub(crate) static RESOURCE_ELSEWHERE: Diagnosis = Diagnosis {
    code: "resource-elsewhere",
    severity: Severity::High,
    clause: "RFC 9728 §3.3",
    meaning: "The server calls itself by a name that is not its URL. A token for that name is for whoever is really called so, and this server could replay it there, so no client may ask for one.",
    advice: &[
        (
            SERVER,
            "Let `resource` be the URL that clients use, byte for byte; behind a proxy that is the public one.",
        ),
        (YOU, "If the server is known by several URLs, use the one that it names."),
    ],
};

pub(crate) static RESOURCE_WIDE: Diagnosis = Diagnosis {
    code: "resource-wide",
    severity: Severity::Note,
    clause: "RFC 8707 §2",
    meaning: "The server calls itself by the name of a folder that it is in. A token for that works at everything in the folder, so the servers there can use each other's tokens.",
    advice: &[
        (SERVER, "Name the endpoint itself as `resource`, so that each server has a name of its own."),
        (YOU, "`--strict-resource` refuses such servers."),
    ],
};

pub(crate) static ISSUER_UNNAMED: Diagnosis = Diagnosis {
    code: "issuer-unnamed",
    severity: Severity::High,
    clause: "RFC 9728 §2, MCP authorization",
    meaning: "The server's metadata names no authorization server, so nobody can be asked for a token.",
    advice: &[(SERVER, "List at least one issuer in `authorization_servers`.")],
};

pub(crate) static REVISION_UNSHARED: Diagnosis = Diagnosis {
    code: "revision-unshared",
    severity: Severity::High,
    clause: "MCP, Versioning",
    meaning: "The server speaks no revision of MCP that is known here.",
    advice: &[
        (SERVER, "Speak a published revision, from 2025-03-26 to 2026-07-28."),
        (YOU, "Update Warded where the server's revision is newer."),
    ],
};
