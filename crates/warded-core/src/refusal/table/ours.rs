//! Rows about ourselves: faults, never refusals.

use super::{
    Entry,
    onward::{UPSTREAM_CREDENTIAL_MISDIRECTED, UPSTREAM_CREDENTIAL_REFUSED, UPSTREAM_CREDENTIAL_UNAVAILABLE},
    policy::POLICY_UNAVAILABLE,
    stdio,
};

pub(super) const ALL: &[&Entry] = &[
    &KEYS_MISSING,
    &INTROSPECTION_UNAVAILABLE,
    &STATUS_UNAVAILABLE,
    &STORE_UNAVAILABLE,
    &JOURNAL_UNAVAILABLE,
    &POLICY_UNAVAILABLE,
    &stdio::UPSTREAM_FULL,
    &UPSTREAM_CREDENTIAL_UNAVAILABLE,
    &UPSTREAM_CREDENTIAL_REFUSED,
    &UPSTREAM_CREDENTIAL_MISDIRECTED,
    &SHUTTING_DOWN,
];

pub(in crate::refusal) static STORE_UNAVAILABLE: Entry = Entry {
    code: "store-unavailable",
    status: 503,
    error: None,
    clause: "RFC 9110 §15.6.4",
    public: "The server cannot do this at the moment.",
    meaning: "The store cannot be read or written.",
    advice: "Look at the file or database that `store` names: space, permissions, connection.",
    example: "a full disk",
};

pub(in crate::refusal) static JOURNAL_UNAVAILABLE: Entry = Entry {
    code: "journal-unavailable",
    status: 503,
    error: None,
    clause: "RFC 9110 §15.6.4",
    public: "The server cannot do this at the moment.",
    meaning: "The journal cannot be written. A call that leaves no record is not let through.",
    advice: "Look at the folder of the journal: space and permissions.",
    example: "a full disk",
};

pub(in crate::refusal) static SHUTTING_DOWN: Entry = Entry {
    code: "shutting-down",
    status: 503,
    error: None,
    clause: "RFC 9110 §15.6.4",
    public: "The server is about to stop.",
    meaning: "Warded is shutting down and takes no new requests.",
    advice: "Nothing: another node answers, or this one after its restart.",
    example: "a deployment",
};

pub(in crate::refusal) static KEYS_MISSING: Entry = Entry {
    code: "keys-missing",
    status: 503,
    error: None,
    clause: "RFC 9110 §15.6.4",
    public: "The server cannot check access tokens at the moment.",
    meaning: "The issuer's keys are not at hand, so nothing can be said about the token. It is our fault, not the caller's: a good token is never answered with 401 for it.",
    advice: "Check that the issuer's key set can be reached from here.",
    example: "the issuer is down while the gateway starts",
};

pub(in crate::refusal) static INTROSPECTION_UNAVAILABLE: Entry = Entry {
    code: "introspection-unavailable",
    status: 503,
    error: None,
    clause: "RFC 7662 §2.3",
    public: "The server cannot check access tokens at the moment.",
    meaning: "The issuer is to be asked about each token, and gave no answer that can be used: it cannot be reached, does not accept Warded's own client, said something that is no introspection response, or more tokens wait to be asked about than are asked about at once.",
    advice: "Look at the line in the log that names the reason. Check that the issuer's introspection endpoint can be reached from here, and `introspection` at the issuer: client, secret and way.",
    example: "the issuer is down; the secret of Warded's client has expired",
};

pub(in crate::refusal) static STATUS_UNAVAILABLE: Entry = Entry {
    code: "status-unavailable",
    status: 503,
    error: None,
    clause: "draft-ietf-oauth-status-list, Validation Rules",
    public: "The server cannot check access tokens at the moment.",
    meaning: "The token names a status list of its issuer that cannot be fetched, is not signed by that issuer, has expired, or is about something else. Whether the token has been revoked cannot be said.",
    advice: "Look at the line in the log that names the reason. Check that the issuer's status lists can be reached from here.",
    example: "the list's `exp` has passed and the issuer has published no newer one",
};
