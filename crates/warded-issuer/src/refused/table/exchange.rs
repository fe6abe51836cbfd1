//! What is wrong with a request for another server's token (RFC 8693).

use crate::Reason;

pub(super) const ALL: &[&Reason] =
    &[&EXCHANGE_KIND, &EXCHANGE_ACTOR, &SUBJECT_UNFIT, &ACTOR_FOREIGN, &ACTORS_MANY, &EXCHANGE_FOREIGN];

pub(in crate::refused) static EXCHANGE_KIND: Reason = Reason {
    code: "exchange-kind-unknown",
    status: 400,
    error: "invalid_request",
    clause: "RFC 8693 §2.1, §3",
    public: "Access tokens are exchanged for access tokens, and nothing else is.",
    meaning: "`subject_token_type` or `requested_token_type` is another one than `urn:ietf:params:oauth:token-type:access_token`.",
    advice: "Fix the client.",
};

pub(in crate::refused) static EXCHANGE_ACTOR: Reason = Reason {
    code: "exchange-actor-presented",
    status: 400,
    error: "invalid_request",
    clause: "RFC 8693 §2.1",
    public: "The client that authenticates is the one who acts; no actor_token is taken.",
    meaning: "The request has an `actor_token`. Who acts is who authenticates, so nobody can act in the name of a third.",
    advice: "Fix the client: leave `actor_token` out.",
};

pub(in crate::refused) static SUBJECT_UNFIT: Reason = Reason {
    code: "subject-token-unfit",
    status: 400,
    error: "invalid_request",
    clause: "RFC 8693 §2.2.2",
    public: "The subject_token is not a good token for a server whose tokens this client may exchange.",
    meaning: "The token is not one of this issuer's, has expired, was revoked, or is for another server than the table `exchange` says for this client. A server that receives tokens of its callers must not get anything for those of others.",
    advice: "Look at the token's `aud` and at the issuer's `exchange` table.",
};

pub(in crate::refused) static ACTOR_FOREIGN: Reason = Reason {
    code: "actor-not-permitted",
    status: 400,
    error: "invalid_request",
    clause: "RFC 8693 §4.4",
    public: "This client may not act for the subject of the token.",
    meaning: "The token says in `may_act` who may act for its subject, and the client is not that one.",
    advice: "Nothing, unless you expected it: then look at who put `may_act` there.",
};

pub(in crate::refused) static ACTORS_MANY: Reason = Reason {
    code: "actors-too-many",
    status: 400,
    error: "invalid_request",
    clause: "RFC 8693 §4.1",
    public: "Too many act for one another.",
    meaning: "Beyond eight, the chain of those who act (`act`) would be read by no guard.",
    advice: "Find out whether servers exchange tokens in a circle.",
};

pub(in crate::refused) static EXCHANGE_FOREIGN: Reason = Reason {
    code: "exchange-not-allowed",
    status: 400,
    error: "invalid_target",
    clause: "RFC 8693 §2.2.2, RFC 8707 §2",
    public: "No exchange for this server is allowed to this client.",
    meaning: "The issuer's table `exchange` has no row of this client for the server that it asks a token for. By default nothing is exchanged.",
    advice: "If it should be: add a row to the issuer's `exchange`, with the fewest scopes that do.",
};
