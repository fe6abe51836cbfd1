//! What is wrong with the credentials that servers behind are shown.

use crate::finding::{Rule, Severity};

pub(crate) static UPSTREAM_PASSTHROUGH: Rule = Rule {
    code: "upstream-passthrough",
    severity: Severity::High,
    fatal: false,
    meaning: "Somebody wants the caller's token to be handed on to the server behind. Whatever gets it can use it again, as the caller, at this front door; and a server behind that accepts a token that was not issued for it accepts everybody's (MCP authorization, token passthrough; RFC 8707 §3). There is no such way, and no option for it.",
    advice: "Where the server behind must know the caller, write `kind: token_exchange`: the issuer gives another token, for the server behind alone. Where it must know Warded only, `client_credentials`, `bearer` or `header`.",
    example: "`upstream_auth: { kind: passthrough }`",
};

pub(crate) static UPSTREAM_AUDIENCE_SHARED: Rule = Rule {
    code: "upstream-audience-shared",
    severity: Severity::Critical,
    fatal: false,
    meaning: "The servers behind two servers get tokens for the same audience. Each of them can use what it gets at the other, as Warded or as the caller.",
    advice: "Give each server behind a `resource` (or `audience`) of its own at the issuer. If it is one and the same server behind, make it one server with `aliases`.",
    example: "`notes` and `files`, both with `upstream_auth: { kind: token_exchange, resource: https://api.example.com, … }`",
};

pub(crate) static UPSTREAM_AUDIENCE_OWN: Rule = Rule {
    code: "upstream-audience-own",
    severity: Severity::Critical,
    fatal: false,
    meaning: "A server behind gets tokens whose audience is a server of this configuration. It could come back with one through the front door, as the caller.",
    advice: "Give the server behind an identifier of its own, other than that of the server in front of it, and let the issuer issue tokens for that.",
    example: "`upstream_auth: { kind: token_exchange, resource: https://mcp.example.com/notes/mcp, … }` at the server `notes`",
};

pub(crate) static UPSTREAM_SUBJECT_FOREIGN: Rule = Rule {
    code: "upstream-subject-foreign",
    severity: Severity::High,
    fatal: false,
    meaning: "A server trusts an issuer whose tokens another one would have to be shown to exchange them. A token is shown to nobody but its own issuer unless the operator says so, since whoever sees it can use it.",
    advice: "List the issuer in `subject_issuers`, if the one that exchanges is to see its tokens.",
    example: "`issuers: [corp, partner]` and `upstream_auth: { kind: token_exchange, issuer: corp, … }`",
};

pub(crate) static UPSTREAM_TOKEN_UNCHECKED: Rule = Rule {
    code: "upstream-token-unchecked",
    severity: Severity::High,
    fatal: false,
    meaning: "The issuer gives tokens for the server behind that nobody here can check: for whom they are would not be known before they are handed on.",
    advice: "Use an issuer whose tokens for the server behind are signed JWTs. For `client_credentials`, `opaque: true` says that they may be handed on unseen.",
    example: "`kind: token_exchange` at an issuer with `validation: introspection`",
};

pub(crate) static UPSTREAM_TOKEN_WAIVED: Rule = Rule {
    code: "upstream-token-waived",
    severity: Severity::High,
    fatal: false,
    meaning: "A server behind is handed opaque tokens of an issuer whose tokens a permissive server admits without asking for whom they are. The server behind could come back with one through that door, as Warded.",
    advice: "Let the server behind get its tokens from another issuer, or as JWTs, until the permissive server is strict.",
    example: "`notes` with `mode: permissive` and `files` with `upstream_auth: { kind: client_credentials, opaque: true, … }`, both at an issuer with `validation: introspection`",
};

pub(crate) static UPSTREAM_TOKEN_OPAQUE: Rule = Rule {
    code: "upstream-token-opaque",
    severity: Severity::Medium,
    fatal: false,
    meaning: "Tokens for the server behind are opaque, and are handed on unseen. If the issuer ignores `resource`, they open whatever Warded's client may open there.",
    advice: "Prefer an issuer that gives JWTs. Otherwise see to it that Warded's client may do nothing else at that issuer.",
    example: "`upstream_auth: { kind: client_credentials, opaque: true, … }`",
};

pub(crate) static UPSTREAM_SECRET_SHARED: Rule = Rule {
    code: "upstream-secret-shared",
    severity: Severity::Medium,
    fatal: false,
    meaning: "Two servers show the servers behind them the same secret. Each of those can use it at the other.",
    advice: "Give each server behind a secret of its own.",
    example: "`notes` and `files`, both with `upstream_auth: { kind: bearer, value: env:API_KEY }`",
};
