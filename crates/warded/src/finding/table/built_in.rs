//! What is wrong with the issuers that Warded is itself, and with where people log in there.

use crate::finding::{Rule, Severity};

pub(crate) static BUILT_IN_INVALID: Rule = Rule {
    code: "built-in-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "It is not clear what a built-in issuer is to do: something of `built_in` cannot be, contradicts something else, or would make two issuers one.",
    advice: "Write `issuers: { NAME: { built_in: { tiers: [TIER] } } }`; everything else has a default.",
    example: "`built_in: { registration: token }` without `registration_token`",
};

pub(crate) static ISSUER_IMPLIED: Rule = Rule {
    code: "issuer-implied",
    severity: Severity::High,
    fatal: false,
    meaning: "A server gets the issuer that a tier has where nothing is said, and rules are said for other built-in issuers in this file. That one would have none of them: applications register themselves, and people log in wherever the file says. Often a tier is misspelt, or `built_in` lacks its `tiers`.",
    advice: "Correct the tier, name it in `tiers` of the issuer that is meant, or write its issuer down: `issuers: { NAME: { built_in: { tiers: [TIER] } } }`.",
    example: "`tier: intrenal` beside `built_in: { tiers: [internal], registration: off }`",
};

pub(crate) static PLACE_TAKEN: Rule = Rule {
    code: "place-taken",
    severity: Severity::High,
    fatal: false,
    meaning: "A built-in issuer answers for everything below its URL, and where its metadata is looked for, and something else is to be served there; or a server of somebody else is called by the issuer's URL or one of its endpoints, which clients name when they speak to the issuer.",
    advice: "Give one of them another URL. An issuer without a path has all of its host, but for servers of somebody else.",
    example: "`built_in: { url: https://mcp.example.com/notes }` beside `https://mcp.example.com/notes/mcp`",
};

pub(crate) static BUILT_IN_UNUSED: Rule = Rule {
    code: "built-in-unused",
    severity: Severity::High,
    fatal: false,
    meaning: "Something is said for built-in issuers at a server that trusts none of them. It has no effect, and somebody may rely on it.",
    advice: "Remove it, or let the server trust a built-in issuer.",
    example: "`tokens: { lifetime: 1m }` at a server with `issuers: [corp]`",
};

pub(crate) static LOGIN_INVALID: Rule = Rule {
    code: "login-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "It is not clear who is asked who a person is, or as which client.",
    advice: "Write `logins: { corp: { url: https://login.example.com, client_id: ID, client_secret: env:NAME } }`, or `provider: github` instead of `url`.",
    example: "`logins: { corp: { client_id: warded, client_secret: env:SECRET } }`",
};

pub(crate) static LOGIN_UNDEFINED: Rule = Rule {
    code: "login-undefined",
    severity: Severity::High,
    fatal: false,
    meaning: "A built-in issuer offers a login that is not defined.",
    advice: "Define it under `logins`; `local` stands for users of Warded's own, with a password.",
    example: "`logins: [crop]`",
};

pub(crate) static EXCHANGE_INVALID: Rule = Rule {
    code: "exchange-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A row of `exchange` allows nothing, or nobody can say what: the two servers must be there, differ, and trust this issuer, and the scopes must be known to the second one. Two rows for the same would contradict each other.",
    advice: "Write `{ client: CLIENT_ID, from: SERVER, to: SERVER, scopes: [SCOPE] }`.",
    example: "`exchange: [{ client: agent, from: notes, to: notes, scopes: [notes:read] }]`",
};

pub(crate) static APP_SCHEME_OPEN: Rule = Rule {
    code: "app-scheme-open",
    severity: Severity::Medium,
    fatal: false,
    meaning: "Answers may be sent to a URL scheme of an application. Nobody owns a scheme: whatever claims it on a person's device gets the answer. PKCE keeps it from using the code, and nothing keeps it from asking in the application's name (RFC 8252 §8.6).",
    advice: "Let the application use a loopback redirect or an https one; keep the scheme only for those that cannot.",
    example: "`app_schemes: [com.example.notes]`",
};

pub(crate) static LOGIN_UNUSED: Rule = Rule {
    code: "login-unused",
    severity: Severity::Note,
    fatal: false,
    meaning: "No built-in issuer offers this login.",
    advice: "Remove it, or name it in `logins` of an issuer.",
    example: "a login that nobody lists, beside `logins: [local]`",
};

pub(crate) static LOGIN_BY_ADDRESS: Rule = Rule {
    code: "login-by-address",
    severity: Severity::Note,
    fatal: false,
    meaning: "People come in here for an address at a domain that the provider has verified, once. Where people make their own accounts, whoever leaves the domain's owner keeps the account, and the provider goes on saying that the address is verified.",
    advice: "Keep it where the owner of the domain makes the accounts and ends them. Elsewhere name `subjects`, or leave `admit` at `known`.",
    example: "`admit: { domains: [example.com] }` at a public forge",
};

pub(crate) static WORDS_UNUSED: Rule = Rule {
    code: "words-unused",
    severity: Severity::Note,
    fatal: false,
    meaning: "There are words for a scope that no rule of the server names: it is never asked for, so nobody reads them.",
    advice: "Write the scope as the rules do.",
    example: "`words: { \"note:read\": … }` where the rules say `notes:read`",
};
