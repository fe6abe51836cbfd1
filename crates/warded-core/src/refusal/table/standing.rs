//! Rows about standing: everything in the token is right, and its issuer does not stand by it.

use super::{Entry, OauthError};

pub(super) const ALL: &[&Entry] = &[
    &TOKEN_INACTIVE,
    &ISSUER_DIFFERS,
    &TOKEN_REVOKED,
    &TOKEN_SUSPENDED,
    &STATUS_UNSUPPORTED,
    &STATUS_OUT_OF_RANGE,
    &STATUS_UNKNOWN,
];

pub(in crate::refusal) static TOKEN_INACTIVE: Entry = Entry {
    code: "token-inactive",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7662 §2.2",
    public: "The access token is not valid.",
    meaning: "The issuer was asked about the token and does not call it active: it never existed, has expired, was revoked, or is not for Warded's client to know about.",
    advice: "If the token is good, check that the client that Warded asks as may introspect tokens for this server: many issuers call a token inactive to clients that it is not for.",
    example: "`{\"active\": false}`",
};

pub(in crate::refusal) static ISSUER_DIFFERS: Entry = Entry {
    code: "issuer-differs",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7662 §2.2",
    public: "The access token is not valid here.",
    meaning: "The issuer that was asked about the token answers for another one: `iss` in its answer is not its own URL. It may serve several realms, of which this server trusts one.",
    advice: "Compare `url` of the issuer with what its answers say, byte for byte.",
    example: "`https://login.example.com/realms/staff` is asked and answers `\"iss\": \"https://login.example.com/realms/guests\"`",
};

pub(in crate::refusal) static TOKEN_REVOKED: Entry = Entry {
    code: "token-revoked",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "draft-ietf-oauth-status-list, Status Types; RFC 7009 §2.1",
    public: "The access token has been revoked.",
    meaning: "The issuer's status list says that the token is invalid, or our own issuer has revoked the grant that it comes from: its refresh token was used twice, its code was replayed, or its person is gone.",
    advice: "Nothing, if that was meant. Where a refresh token was used twice, somebody else may hold it: look at who called in the journal.",
    example: "a stolen refresh token was used after its owner had used it",
};

pub(in crate::refusal) static TOKEN_SUSPENDED: Entry = Entry {
    code: "token-suspended",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "draft-ietf-oauth-status-list, Status Types",
    public: "The access token is suspended.",
    meaning: "The issuer's status list says that the token is suspended. It may become valid again.",
    advice: "Ask the issuer's operator.",
    example: "an account that is under review",
};

pub(in crate::refusal) static STATUS_UNSUPPORTED: Entry = Entry {
    code: "status-unsupported",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "draft-ietf-oauth-status-list, Status Claim",
    public: "The access token's status cannot be checked here.",
    meaning: "The token has a `status` claim that names no status list: a way of revocation that Warded does not know. A token that may have been revoked is not taken for one that has not.",
    advice: "Let the issuer use token status lists, or none.",
    example: "`\"status\": {\"identifier_list\": {…}}` alone",
};

pub(in crate::refusal) static STATUS_OUT_OF_RANGE: Entry = Entry {
    code: "status-out-of-range",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "draft-ietf-oauth-status-list, Validation Rules",
    public: "The access token's status cannot be found.",
    meaning: "The token's place in its issuer's status list is behind the end of the list.",
    advice: "Ask the issuer's operator: its tokens and its lists do not go together.",
    example: "place 70,000 of a list with 65,536 places",
};

pub(in crate::refusal) static STATUS_UNKNOWN: Entry = Entry {
    code: "status-unknown",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "draft-ietf-oauth-status-list, Status Types",
    public: "The access token's status is not known here.",
    meaning: "The issuer's status list says something of the token that is neither valid, revoked nor suspended. Only what is valid is admitted.",
    advice: "Ask the issuer's operator what the value means.",
    example: "the value 3, which every application defines for itself",
};
