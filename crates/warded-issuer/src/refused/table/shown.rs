//! What is wrong with what a client shows: that it is itself, or that it holds a key.

use crate::Reason;

pub(super) const ALL: &[&Reason] = &[
    &ASSERTION_MALFORMED,
    &ASSERTION_FOREIGN,
    &ASSERTION_TIME,
    &ASSERTION_SIGNATURE,
    &ASSERTION_REPLAYED,
    &PROOF_REQUIRED,
    &KEY_DIFFERS,
    &KEY_MALFORMED,
];

pub(in crate::refused) static ASSERTION_MALFORMED: Reason = Reason {
    code: "client-assertion-malformed",
    status: 401,
    error: "invalid_client",
    clause: "RFC 7523 §3",
    public: "The client assertion is not one.",
    meaning: "The client signs to be itself (`private_key_jwt`), and what it sent is not a JWT of the type `client-authentication+jwt` or `JWT` with `iss`, `sub`, `aud`, `exp` and `jti`, or is signed with an algorithm that is not its key's.",
    advice: "Fix the client. The log says which of these it was.",
};

pub(in crate::refused) static ASSERTION_FOREIGN: Reason = Reason {
    code: "client-assertion-foreign",
    status: 401,
    error: "invalid_client",
    clause: "RFC 7523 §3, 1 to 3",
    public: "The client assertion is for somebody else.",
    meaning: "`iss` and `sub` are not both the client, or `aud` is not this issuer alone. An assertion that several issuers accept lets each of them be the client at the others.",
    advice: "Let the client put the issuer's URL, exactly as its metadata says it, into `aud`. If the client is right, somebody may be passing an assertion on.",
};

pub(in crate::refused) static ASSERTION_TIME: Reason = Reason {
    code: "client-assertion-out-of-time",
    status: 401,
    error: "invalid_client",
    clause: "RFC 7523 §3, 4 to 6",
    public: "The client assertion is not good now.",
    meaning: "The assertion has expired, was made in the future, or would be good for more than an hour.",
    advice: "Compare the clocks. Let the client sign a new one, good for a minute, for each request.",
};

pub(in crate::refused) static ASSERTION_SIGNATURE: Reason = Reason {
    code: "client-assertion-unsigned",
    status: 401,
    error: "invalid_client",
    clause: "RFC 7523 §3, 9",
    public: "The client assertion is not signed with a key of the client.",
    meaning: "None of the keys that the client registered (`jwks`, or those at its `jwks_uri`) made the signature.",
    advice: "Look at the keys that the client registered. Keys that come along in the assertion count for nothing.",
};

pub(in crate::refused) static ASSERTION_REPLAYED: Reason = Reason {
    code: "client-assertion-replayed",
    status: 401,
    error: "invalid_client",
    clause: "RFC 7523 §3, 7",
    public: "The client assertion has been used before.",
    meaning: "The same `jti` was shown before. Either the client signs once for several requests, or somebody has seen the assertion and sends it again.",
    advice: "Let the client sign a new assertion with a new `jti` for each request.",
};

pub(in crate::refused) static PROOF_REQUIRED: Reason = Reason {
    code: "sender-proof-required",
    status: 400,
    error: "invalid_dpop_proof",
    clause: "RFC 9449 §5",
    public: "A DPoP proof is needed.",
    meaning: "The request has no `DPoP` header, and what it presents is bound to a key, or this issuer binds all of its tokens (`dpop: required`). A thief who has a refresh token and not its key asks like this. Nothing was changed.",
    advice: "The client must send a proof with each request for a token.",
};

pub(in crate::refused) static KEY_DIFFERS: Reason = Reason {
    code: "sender-key-differs",
    status: 400,
    error: "invalid_grant",
    clause: "RFC 9449 §5, §10",
    public: "The grant belongs to another key.",
    meaning: "The DPoP proof holds, and its key is not the one that the code, the refresh token or the exchanged token is bound to. Nothing was changed.",
    advice: "A client that lost its key asks its person again. If you do not know the client, somebody has stolen what it presents.",
};

pub(in crate::refused) static KEY_MALFORMED: Reason = Reason {
    code: "sender-key-malformed",
    status: 400,
    error: "invalid_request",
    clause: "RFC 9449 §10",
    public: "The parameter `dpop_jkt` is not the thumbprint of a key.",
    meaning: "An authorization request announces a key by something that is not an RFC 7638 thumbprint in base64url.",
    advice: "Fix the client.",
};
