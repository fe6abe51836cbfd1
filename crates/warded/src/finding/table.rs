//! The table of findings: one rule per code. `warded explain` and the reference page are made from it.

mod built_in;
mod keys;
mod listening;
mod network;
mod onward;
mod policies;
mod stdio;
mod watching;

pub(crate) use built_in::*;
pub(crate) use keys::*;
pub(crate) use listening::*;
pub(crate) use network::*;
pub(crate) use onward::*;
pub(crate) use policies::*;
pub(crate) use stdio::*;
pub(crate) use watching::*;

use super::{Rule, Severity};

impl Rule {
    /// Every rule.
    pub const ALL: &'static [&'static Self] = &[
        &CONFIG_UNREADABLE,
        &CONFIG_SYNTAX,
        &CONFIG_TOO_COMPLEX,
        &CONFIG_DUPLICATE_KEY,
        &CONFIG_UNKNOWN_KEY,
        &CONFIG_MISSING_KEY,
        &CONFIG_VALUE,
        &SECRET_LITERAL,
        &PUBLIC_URL_MISSING,
        &PUBLIC_URL_INVALID,
        &NAME_INVALID,
        &RESOURCE_INVALID,
        &ISSUER_INVALID,
        &ISSUER_UNDEFINED,
        &ISSUERS_MISSING,
        &SERVER_UNDEFINED,
        &AUDIENCE_INVALID,
        &COMPANION_INVALID,
        &SCOPE_INVALID,
        &SCOPE_CYCLE,
        &SCOPE_RULE_SPELLING,
        &TYPE_INVALID,
        &LIST_EMPTY,
        &LIMIT_INVALID,
        &PERMISSIVE_ENDLESS,
        &UNTIL_UNUSED,
        &DPOP_NONCE_UNUSED,
        &DPOP_UNISSUED,
        &BUILT_IN_INVALID,
        &BUILT_IN_UNUSED,
        &ISSUER_IMPLIED,
        &PLACE_TAKEN,
        &LOGIN_INVALID,
        &LOGIN_UNDEFINED,
        &EXCHANGE_INVALID,
        &AUDIENCE_OVERLAP,
        &ISSUER_TWICE,
        &PERMISSIVE_TWICE,
        &TIERS_MIXED,
        &INTROSPECTION_INVALID,
        &INTROSPECTION_TWICE,
        &LISTEN_INVALID,
        &TLS_MISSING,
        &TLS_UNUSED,
        &TLS_FILE_INVALID,
        &PROXY_INVALID,
        &NETWORK_PROXY_INVALID,
        &NETWORK_HOST_INVALID,
        &NETWORK_FILE_INVALID,
        &NETWORK_UNUSED,
        &KEY_FILE_INVALID,
        &POLICY_FILE_INVALID,
        &POLICY_INVALID,
        &OPERATIONS_INVALID,
        &ALERTS_INVALID,
        &STORE_INVALID,
        &ORIGIN_INVALID,
        &TITLE_INVALID,
        &UPSTREAM_INVALID,
        &UPSTREAM_AUTH_INVALID,
        &UPSTREAM_PASSTHROUGH,
        &UPSTREAM_SUBJECT_FOREIGN,
        &UPSTREAM_TOKEN_UNCHECKED,
        &UPSTREAM_TOKEN_WAIVED,
        &UPSTREAM_AUDIENCE_SHARED,
        &UPSTREAM_AUDIENCE_OWN,
        &UPSTREAM_HOST_INVALID,
        &STDIO_INVALID,
        &STDIO_UNUSED,
        &UPSTREAM_TWICE,
        &UPSTREAM_LOOP,
        &UPSTREAM_MISSING,
        &SECRET_MISSING,
        &AUDIENCE_LOOKALIKE,
        &SCOPE_METHOD_UNKNOWN,
        &SCOPE_RULE_IDLE,
        &UPSTREAM_SHARED,
        &UPSTREAM_SECRET_SHARED,
        &UPSTREAM_TOKEN_OPAQUE,
        &UPSTREAM_PLAIN_HTTP,
        &PERMISSIVE,
        &PERMISSIVE_ENDED,
        &LIFETIME_LONG,
        &APP_SCHEME_OPEN,
        &ISSUER_SHAPE,
        &PLAIN_HTTP,
        &TLS_PLAIN_URL,
        &LISTEN_OPEN,
        &PROXIES_UNNAMED,
        &RESOURCE_QUERY,
        &ISSUER_UNUSED,
        &LOGIN_UNUSED,
        &LOGIN_BY_ADDRESS,
        &WORDS_UNUSED,
        &PROVIDER_CAUTION,
    ];
}

pub(crate) static CONFIG_UNREADABLE: Rule = Rule {
    code: "config-unreadable",
    severity: Severity::High,
    fatal: true,
    meaning: "The configuration file cannot be read, is not UTF-8 or is larger than 16 MiB.",
    advice: "Check the path; `--config FILE` names another one.",
    example: "`warded check` where there is no warded.yaml",
};

pub(crate) static CONFIG_SYNTAX: Rule = Rule {
    code: "config-syntax",
    severity: Severity::High,
    fatal: true,
    meaning: "The file is not YAML.",
    advice: "Look at the place that is shown, and above it for a bracket or quote that is never closed. YAML is indented with spaces, never with tabs.",
    example: "a line that begins with a tab",
};

pub(crate) static CONFIG_TOO_COMPLEX: Rule = Rule {
    code: "config-too-complex",
    severity: Severity::High,
    fatal: true,
    meaning: "The file expands to more than any configuration needs: too many aliases, too deep, or too many nodes. A few lines of YAML can stand for gigabytes.",
    advice: "Write the values out instead of nesting aliases.",
    example: "nine levels of `&a [*b, *b, *b]`",
};

pub(crate) static CONFIG_DUPLICATE_KEY: Rule = Rule {
    code: "config-duplicate-key",
    severity: Severity::High,
    fatal: true,
    meaning: "A key stands twice in one mapping. Which one counts would depend on the parser.",
    advice: "Remove one of them.",
    example: "two servers named `notes`",
};

pub(crate) static CONFIG_UNKNOWN_KEY: Rule = Rule {
    code: "config-unknown-key",
    severity: Severity::High,
    fatal: true,
    meaning: "A key that Warded does not know. It is an error, because a misspelt key would otherwise silently have no effect.",
    advice: "Correct the spelling; the message names the likely meant key.",
    example: "`isuers:` instead of `issuers:`",
};

pub(crate) static CONFIG_MISSING_KEY: Rule = Rule {
    code: "config-missing-key",
    severity: Severity::High,
    fatal: true,
    meaning: "A key that must be there is missing.",
    advice: "Add it.",
    example: "an issuer without `url`",
};

pub(crate) static CONFIG_VALUE: Rule = Rule {
    code: "config-value",
    severity: Severity::High,
    fatal: true,
    meaning: "A value has the wrong type or is not one of those that are possible.",
    advice: "Write a value of the kind that the message names.",
    example: "`aliases: https://a.example/mcp` instead of a list",
};

pub(crate) static SECRET_LITERAL: Rule = Rule {
    code: "secret-literal",
    severity: Severity::High,
    fatal: true,
    meaning: "Something that looks like a secret stands in the file: a token, a private key, a password. Configuration files are copied, committed and shown on screens.",
    advice: "Remove it, and replace it where it was issued. A secret is given as a reference: `env:NAME` or `file:PATH`.",
    example: "`client_secret: s3cr3t`",
};

pub(crate) static PUBLIC_URL_MISSING: Rule = Rule {
    code: "public-url-missing",
    severity: Severity::High,
    fatal: false,
    meaning: "A server has no `resource`, or trusts a built-in issuer, and both are named after `public_url`, which is missing. It is never guessed from a request, because whoever sends the request could choose it.",
    advice: "Write `public_url: https://…` at the top, or give the server a `resource` and `issuers`.",
    example: "`servers: { notes: {} }` and nothing else",
};

pub(crate) static PUBLIC_URL_INVALID: Rule = Rule {
    code: "public-url-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "`public_url` is not a URL that identifiers can be built from.",
    advice: "Write an https URL (http on loopback) without query and fragment.",
    example: "`public_url: mcp.example.com`",
};

pub(crate) static NAME_INVALID: Rule = Rule {
    code: "name-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A name is not 1 to 63 lower-case letters, digits, `-` and `_`, beginning with a letter or digit. Names become parts of URLs and of journal records.",
    advice: "Choose 1 to 63 lower-case letters, digits, `-` and `_`, beginning with a letter or digit.",
    example: "a server named `My Notes`",
};

pub(crate) static RESOURCE_INVALID: Rule = Rule {
    code: "resource-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A server's identifier is not one that every party reads alike.",
    advice: "The message says which part is wrong and what to write instead.",
    example: "`resource: https://notes.example.com/mcp#main`",
};

pub(crate) static ISSUER_INVALID: Rule = Rule {
    code: "issuer-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "An issuer's `url` is not an identifier of an issuer.",
    advice: "Copy the `issuer` of the provider's metadata document, byte for byte.",
    example: "`url: login.example.com`",
};

pub(crate) static ISSUER_UNDEFINED: Rule = Rule {
    code: "issuer-undefined",
    severity: Severity::High,
    fatal: false,
    meaning: "A server trusts an issuer that is not under `issuers`.",
    advice: "Define the issuer, or correct the name.",
    example: "`issuers: [crop]` instead of `[corp]`",
};

pub(crate) static ISSUERS_MISSING: Rule = Rule {
    code: "issuers-missing",
    severity: Severity::High,
    fatal: false,
    meaning: "A server trusts no issuer, so that no token opens it.",
    advice: "Name at least one issuer, or leave `issuers` out for the built-in issuer of the server's tier.",
    example: "`issuers: []`",
};

pub(crate) static SERVER_UNDEFINED: Rule = Rule {
    code: "server-undefined",
    severity: Severity::High,
    fatal: false,
    meaning: "An issuer has extra audiences for a server that is not under `servers`.",
    advice: "Define the server, or correct the name.",
    example: "`audiences: { note: [...] }` for a server named `notes`",
};

pub(crate) static AUDIENCE_INVALID: Rule = Rule {
    code: "audience-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "An extra audience is empty, a pattern, contains blanks, or is an http(s) URL that is not a valid identifier. Audiences are compared exactly.",
    advice: "Copy the value from a token of this issuer (`warded inspect`).",
    example: "`audiences: { notes: [\"https://*.example.com\"] }`",
};

pub(crate) static COMPANION_INVALID: Rule = Rule {
    code: "companion-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A companion is empty, a pattern, contains blanks, or is an http(s) URL that is not a valid identifier. Companions are compared exactly.",
    advice: "Copy the value from a token of this issuer (`warded inspect`), or write `own-client-id`.",
    example: "`companions: [\"*\"]`",
};

pub(crate) static SCOPE_INVALID: Rule = Rule {
    code: "scope-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A scope is not a word of printable ASCII without blanks, quotes and backslashes (RFC 6749 §3.3), or a rule has none.",
    advice: "Write each scope as an entry of its own.",
    example: "`required: [\"notes:read notes:write\"]`",
};

pub(crate) static SCOPE_CYCLE: Rule = Rule {
    code: "scope-cycle",
    severity: Severity::High,
    fatal: false,
    meaning: "A scope implies itself, through others. They would all be one scope under several names.",
    advice: "Let the wider scope imply the narrower one, and never the other way round.",
    example: "`implies: { a: [b], b: [a] }`",
};

pub(crate) static SCOPE_RULE_SPELLING: Rule = Rule {
    code: "scope-rule-spelling",
    severity: Severity::High,
    fatal: false,
    meaning: "A rule for resources is spelled as no URI is: libraries fold the case of schemes and hosts, resolve dots and encode blanks and letters that are not ASCII, and the rule would not hold for what they read.",
    advice: "Write the URI as the server lists it: scheme and host in lower case, no `.` or `..`, percent-encodings in upper case and only where they must be.",
    example: "`resources: { \"FILE:///My Docs/*\": [docs:read] }`",
};

pub(crate) static SCOPE_METHOD_UNKNOWN: Rule = Rule {
    code: "scope-method-unknown",
    severity: Severity::Medium,
    fatal: false,
    meaning: "No revision of MCP has a method of that name, so the rule may hold for nothing.",
    advice: "Correct the name, unless it is a method of the server's own.",
    example: "`methods: { tools/cal: [notes:write] }`",
};

pub(crate) static SCOPE_RULE_IDLE: Rule = Rule {
    code: "scope-rule-idle",
    severity: Severity::Note,
    fatal: false,
    meaning: "A rule about scopes changes nothing: every call needs its scopes anyway, or what it implies is needed nowhere.",
    advice: "Remove it, or look for the scope that was meant.",
    example: "`required: [notes:read]` and `tools: { list_notes: [notes:read] }`",
};

pub(crate) static TYPE_INVALID: Rule = Rule {
    code: "type-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A token type is not a media type without `application/`, or `absent`.",
    advice: "Write the `typ` of this issuer's access tokens (`warded inspect` shows it).",
    example: "`types: [\"\"]`",
};

pub(crate) static LIST_EMPTY: Rule = Rule {
    code: "list-empty",
    severity: Severity::High,
    fatal: false,
    meaning: "A list that must have an entry is empty: nobody would be let in, or, where it says who may come, everybody.",
    advice: "Add an entry, or leave the key out for its default.",
    example: "`algorithms: []`",
};

pub(crate) static LIMIT_INVALID: Rule = Rule {
    code: "limit-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A limit is zero, or larger than what can be called a limit.",
    advice: "Write a value within the bounds that the message names.",
    example: "`leeway: 1h`",
};

pub(crate) static PERMISSIVE_ENDLESS: Rule = Rule {
    code: "permissive-endless",
    severity: Severity::High,
    fatal: false,
    meaning: "`mode: permissive` without `until`. A roll-out that does not end is not a roll-out.",
    advice: "Add `until:` with the last day on which the server may be permissive.",
    example: "`mode: permissive` alone",
};

pub(crate) static UNTIL_UNUSED: Rule = Rule {
    code: "until-unused",
    severity: Severity::High,
    fatal: false,
    meaning: "`until` without `mode: permissive`. Somebody expected it to do something.",
    advice: "Remove `until`, or add `mode: permissive`.",
    example: "`until: 2027-01-31` alone",
};

pub(crate) static DPOP_NONCE_UNUSED: Rule = Rule {
    code: "dpop-nonce-unused",
    severity: Severity::High,
    fatal: false,
    meaning: "`dpop_nonce: true` beside `dpop: off`. Somebody expected it to do something.",
    advice: "Remove `dpop_nonce`, or let proofs in with `dpop: optional` or `dpop: required`.",
    example: "`dpop: off` and `dpop_nonce: true` at one server",
};

pub(crate) static DPOP_UNISSUED: Rule = Rule {
    code: "dpop-unissued",
    severity: Severity::High,
    fatal: false,
    meaning: "The server accepts only tokens that are bound to a key (`dpop: required`), and the built-in issuer that it trusts issues none (`dpop: off`); or the other way round. Nothing opens it.",
    advice: "Write `dpop: optional` at one of the two.",
    example: "`dpop: required` at a server whose issuer has `built_in: { dpop: off }`",
};

pub(crate) static AUDIENCE_OVERLAP: Rule = Rule {
    code: "audience-overlap",
    severity: Severity::Critical,
    fatal: false,
    meaning: "One value would be accepted as the audience of two servers, or as a companion beside one server while it names another: a token for one opens the other (token mis-redemption).",
    advice: "Give each server an audience of its own. One server under several URLs is one server with `aliases`.",
    example: "two servers with `resource: https://mcp.example.com/mcp`",
};

pub(crate) static ISSUER_TWICE: Rule = Rule {
    code: "issuer-twice",
    severity: Severity::High,
    fatal: false,
    meaning: "Two issuers have the same `url`. They are one issuer to every token, so their extra audiences would add up unseen.",
    advice: "Make it one entry.",
    example: "`corp` and `corp-legacy` with one `url`",
};

pub(crate) static PERMISSIVE_TWICE: Rule = Rule {
    code: "permissive-twice",
    severity: Severity::High,
    fatal: false,
    meaning: "Two permissive servers trust one issuer. Both would admit its tokens without an audience, so that such a token opens two servers.",
    advice: "Roll out one server at a time.",
    example: "`mode: permissive` at two servers of issuer `corp`",
};

pub(crate) static TIERS_MIXED: Rule = Rule {
    code: "tiers-mixed",
    severity: Severity::High,
    fatal: false,
    meaning: "Servers of different tiers trust one issuer. Whoever may administer clients or mappings there for the lower tier can reach the higher one.",
    advice: "Give each tier its own issuer (or realm, or tenant), or acknowledge it: `across_tiers: [...]` at the issuer.",
    example: "`payments` (tier `money`) and `search` (tier `public`) at one realm",
};

pub(crate) static AUDIENCE_LOOKALIKE: Rule = Rule {
    code: "audience-lookalike",
    severity: Severity::Medium,
    fatal: false,
    meaning: "Two servers have audiences that differ only in case or in a trailing slash. Warded keeps them apart; people and providers that compare loosely will not.",
    advice: "Choose identifiers that differ in a word.",
    example: "`https://mcp.example.com/a` and `https://mcp.example.com/a/`",
};

pub(crate) static PERMISSIVE: Rule = Rule {
    code: "permissive",
    severity: Severity::Medium,
    fatal: false,
    meaning: "A server is permissive: until the end of the given day it admits tokens without an audience, with an unknown audience, or of an unexpected type, and reports them.",
    advice: "Correct what the journal reports, then remove `mode: permissive`.",
    example: "`mode: permissive` and `until: 2027-01-31`",
};

pub(crate) static PERMISSIVE_ENDED: Rule = Rule {
    code: "permissive-ended",
    severity: Severity::Note,
    fatal: false,
    meaning: "A server's permissive mode has ended; it is strict.",
    advice: "Remove `mode` and `until`.",
    example: "`until:` with a day in the past",
};

pub(crate) static LIFETIME_LONG: Rule = Rule {
    code: "lifetime-long",
    severity: Severity::Medium,
    fatal: false,
    meaning: "An issuer's tokens may live longer than a day. A stolen token stays dangerous as long as it lives.",
    advice: "Shorten the lifetime at the issuer, and `max_lifetime` with it.",
    example: "`max_lifetime: 30d`",
};

pub(crate) static ISSUER_SHAPE: Rule = Rule {
    code: "issuer-shape",
    severity: Severity::Medium,
    fatal: false,
    meaning: "An issuer's `url` does not look like those of its provider. It is compared byte for byte, so one slash too many refuses every token.",
    advice: "Compare it with the `issuer` of the provider's metadata document, or with `iss` in a token.",
    example: "an Auth0 issuer without the trailing slash",
};

pub(crate) static PLAIN_HTTP: Rule = Rule {
    code: "plain-http",
    severity: Severity::Note,
    fatal: false,
    meaning: "An identifier is plain http on loopback. That is fine for development; nothing else may use it.",
    advice: "Use https where other machines take part.",
    example: "`resource: http://localhost:3001/mcp`",
};

pub(crate) static PROXIES_UNNAMED: Rule = Rule {
    code: "proxies-unnamed",
    severity: Severity::Note,
    fatal: false,
    meaning: "Warded seems to stand behind a proxy, and no `trusted_proxies` are named. All callers then have the proxy's address: sixty wrong passwords of one of them keep all others from logging in for a quarter of an hour. `warded up` says it when it starts.",
    advice: "Name the proxy's address in `trusted_proxies`, and let it write `X-Forwarded-For`.",
    example: "`public_url: https://mcp.example.com` and no `trusted_proxies`",
};

pub(crate) static RESOURCE_QUERY: Rule = Rule {
    code: "resource-query",
    severity: Severity::Note,
    fatal: false,
    meaning: "An identifier has a query. RFC 8707 §2 advises against it, and clients drop or reorder queries.",
    advice: "Put what tells servers apart into the path.",
    example: "`resource: https://mcp.example.com/mcp?tenant=a`",
};

pub(crate) static ISSUER_UNUSED: Rule = Rule {
    code: "issuer-unused",
    severity: Severity::Note,
    fatal: false,
    meaning: "No server trusts this issuer.",
    advice: "Remove it, or name it at a server.",
    example: "an issuer that nobody lists",
};

pub(crate) static PROVIDER_CAUTION: Rule = Rule {
    code: "provider-caution",
    severity: Severity::Note,
    fatal: false,
    meaning: "The provider has a habit that no preset can make safe.",
    advice: "Read the provider's page and decide; `warded check --accept provider-caution` says that you have.",
    example: "Keycloak and full scope",
};

pub(crate) static LISTEN_INVALID: Rule = Rule {
    code: "listen-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "`listen` is not an address and a port. Names are not looked up: what a name leads to can change.",
    advice: "Write an address and a port, such as `127.0.0.1:8700`.",
    example: "`listen: localhost:8700`",
};

pub(crate) static PROXY_INVALID: Rule = Rule {
    code: "proxy-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "An entry of `trusted_proxies` is not an address or a block of addresses, or everybody is in it. Whom a trusted proxy names in `X-Forwarded-For` is believed.",
    advice: "Write an address such as `10.0.0.5`, or a block such as `10.0.0.0/8`.",
    example: "`trusted_proxies: [0.0.0.0/0]`",
};

pub(crate) static STORE_INVALID: Rule = Rule {
    code: "store-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "`store` is not a kind of store that there is.",
    advice: "Write `sqlite:PATH`; the file is made when it is not there.",
    example: "`store: warded.db`",
};

pub(crate) static ORIGIN_INVALID: Rule = Rule {
    code: "origin-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "An entry of `origins` is not the origin of web pages.",
    advice: "Write a scheme, a host and maybe a port, as browsers send it: `https://inspector.example.com`.",
    example: "`origins: [\"*\"]`",
};

pub(crate) static TITLE_INVALID: Rule = Rule {
    code: "title-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A title is empty, longer than 80 characters, or has characters in it that cannot be seen; or the words for a scope are, beyond 200. They stand on the page on which people decide whom to trust.",
    advice: "Write 1 to 80 characters that can be seen.",
    example: "`title: \"\"`",
};

pub(crate) static UPSTREAM_INVALID: Rule = Rule {
    code: "upstream-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "`upstream` is not the URL of a server that speaks MCP over HTTP.",
    advice: "Write the URL at which the server behind answers, such as `http://127.0.0.1:3001/mcp`.",
    example: "`upstream: localhost:3001/mcp`",
};

pub(crate) static UPSTREAM_AUTH_INVALID: Rule = Rule {
    code: "upstream-auth-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "`upstream_auth` does not say how Warded shows itself to the server behind, or says it in two ways.",
    advice: "Write `{ kind: bearer, value: env:NAME }` or `{ kind: header, name: X-Api-Key, value: file:PATH }`; for tokens from an issuer, `{ kind: token_exchange, issuer: NAME, client_id: ID, secret: env:NAME, resource: URL }`.",
    example: "`upstream_auth: { kind: header, value: env:NOTES_KEY }`",
};

pub(crate) static UPSTREAM_LOOP: Rule = Rule {
    code: "upstream-loop",
    severity: Severity::High,
    fatal: false,
    meaning: "What should lie behind a server is Warded itself: requests would go round in a circle.",
    advice: "Let `upstream` name where the MCP server itself listens, and the server's identifier where Warded is reached.",
    example: "`upstream: http://127.0.0.1:8700/notes/mcp` where Warded listens on port 8700",
};

pub(crate) static UPSTREAM_MISSING: Rule = Rule {
    code: "upstream-missing",
    severity: Severity::High,
    fatal: false,
    meaning: "Nothing lies behind a server, so there is nothing to forward to. `warded check` can do without, `warded up` cannot.",
    advice: "Add `upstream:` with the URL of the MCP server.",
    example: "`notes: {}`",
};

pub(crate) static SECRET_MISSING: Rule = Rule {
    code: "secret-missing",
    severity: Severity::High,
    fatal: false,
    meaning: "A secret is not where the configuration says: the variable is not set, or the file cannot be read, is empty, or holds what no header can.",
    advice: "Set the variable or write the file before Warded starts.",
    example: "`value: env:NOTES_KEY` and no such variable",
};

pub(crate) static UPSTREAM_SHARED: Rule = Rule {
    code: "upstream-shared",
    severity: Severity::Medium,
    fatal: false,
    meaning: "Two servers lead to the same server behind. Each token opens one of them, and both open the same: whatever keeps them apart has to stand in front.",
    advice: "Make it one server with `aliases`, unless their scopes are meant to differ.",
    example: "`notes` and `notes-admin` with one `upstream`",
};

pub(crate) static UPSTREAM_PLAIN_HTTP: Rule = Rule {
    code: "upstream-plain-http",
    severity: Severity::Medium,
    fatal: false,
    meaning: "Calls, answers and Warded's own credential cross a network in plain HTTP to the server behind: whoever listens there reads and changes them.",
    advice: "Use https, or let the server behind run on this machine or in a network that nobody else is on.",
    example: "`upstream: http://10.0.0.7:3001/mcp`",
};

pub(crate) static LISTEN_OPEN: Rule = Rule {
    code: "listen-open",
    severity: Severity::Note,
    fatal: false,
    meaning: "Warded listens on an address that other machines reach, and it speaks plain HTTP there.",
    advice: "Add `tls`, or let a proxy that speaks TLS stand in front, and nothing else reach the port.",
    example: "`listen: 0.0.0.0:8700` in a container",
};

pub(crate) static INTROSPECTION_INVALID: Rule = Rule {
    code: "introspection-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "It is not clear how an issuer is asked about its tokens: `validation: introspection` needs a client of the issuer and what that client shows, and nothing else needs `introspection`.",
    advice: "Write `validation: introspection` and `introspection: { client_id: …, secret: env:NAME }`.",
    example: "`validation: introspection` and no `introspection`",
};

pub(crate) static INTROSPECTION_TWICE: Rule = Rule {
    code: "introspection-twice",
    severity: Severity::High,
    fatal: false,
    meaning: "A server trusts two issuers that are asked about their tokens. An opaque token does not say whose it is, so it would be shown to one that did not issue it, who could then use it.",
    advice: "Let the server trust one of them, or make it two servers. An issuer whose tokens are JWTs can be `validation: jwt`.",
    example: "`issuers: [corp, partner]`, both with `validation: introspection`",
};
