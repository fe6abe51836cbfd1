//! What is asked without an attack: what the tokens say, and how the server introduces itself.

use crate::case::{Case, Does, Introduction, Severity};

pub(super) const TOKEN_AUDIENCE: Case = Case {
    id: "A11",
    name: "token-audience",
    asks: "Did the issuer name exactly one server in each token?",
    danger: "One token opens both servers, and neither server can tell whom it was meant for.",
    advice: "Let clients send `resource`, and let the issuer put exactly that into `aud` (`docs/providers` says how).",
    does: Does::ReadAudiences,
    severity: Severity::Critical,
    cites: &["RFC 8707 §2", "MCP, Resource Parameter Implementation"],
};

pub(super) const METADATA_PRESENT: Case = Case {
    id: "D01a",
    name: "metadata-present",
    asks: "Does the server publish its protected resource metadata?",
    danger: "Clients cannot know what to ask the issuer for, so they ask for tokens that name nobody.",
    advice: "Publish the document at `/.well-known/oauth-protected-resource` followed by the server's path.",
    does: Does::ReadIntroduction(Introduction::Document),
    severity: Severity::Medium,
    cites: &["RFC 9728 §3", "MCP, Authorization Server Discovery"],
};

pub(super) const METADATA_RESOURCE: Case = Case {
    id: "D01b",
    name: "metadata-resource",
    asks: "Does the document name the server at whose URL it was found?",
    danger: "Clients ask the issuer for tokens for somebody else, and send them here.",
    advice: "Let `resource` be the URL that clients use, and list the issuers by their https identifiers.",
    does: Does::ReadIntroduction(Introduction::Resource),
    severity: Severity::High,
    cites: &["RFC 9728 §3.3", "RFC 9728 §7.3"],
};

pub(super) const METADATA_CHALLENGE: Case = Case {
    id: "D01c",
    name: "metadata-challenge",
    asks: "Does the refusal of a request without a token lead to the document?",
    danger: "Clients that follow the challenge, as they should, do not find out whom to ask.",
    advice: "Answer 401 with `WWW-Authenticate: Bearer resource_metadata=\"…\"`.",
    does: Does::ReadIntroduction(Introduction::Challenge),
    severity: Severity::Medium,
    cites: &["RFC 9728 §5.1", "MCP, Protected Resource Metadata Discovery Requirements"],
};
