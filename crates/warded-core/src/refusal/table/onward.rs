//! Rows about the tokens that Warded gets for servers behind: faults, never refusals. The caller's token is good, so none
//! of them has a challenge.

use super::Entry;

pub(in crate::refusal) static UPSTREAM_CREDENTIAL_UNAVAILABLE: Entry = Entry {
    code: "upstream-credential-unavailable",
    status: 503,
    error: None,
    clause: "RFC 9110 §15.6.4",
    public: "The server behind cannot be used at the moment.",
    meaning: "`upstream_auth` gets a token for the server behind from an issuer, and that issuer cannot be asked: it does not answer, its keys are not at hand, its last failure was a moment ago, or more callers wait for tokens than are asked for at once. Nothing was sent to the server behind.",
    advice: "Look at the line in the log that names the reason. Check that the token endpoint of the `issuer` in `upstream_auth` can be reached from here.",
    example: "the issuer is down",
};

pub(in crate::refusal) static UPSTREAM_CREDENTIAL_REFUSED: Entry = Entry {
    code: "upstream-credential-refused",
    status: 502,
    error: None,
    clause: "RFC 8693 §2.2.2, RFC 6749 §5.2",
    public: "The server behind cannot be used with this login.",
    meaning: "The issuer gave no token for the server behind, and said why: Warded's own client may not ask for it, the audience is unknown, the caller's token may not be exchanged, or the person must consent first. Nothing was sent to the server behind.",
    advice: "Look at the line in the log that repeats the issuer's `error`. `invalid_client`: check `client_id` and `secret`. `invalid_target`: check `resource` and `audience`. `interaction_required`, `consent_required`: the person must agree at the issuer, or an administrator for all.",
    example: "`interaction_required` from the issuer; a rotated client secret",
};

pub(in crate::refusal) static UPSTREAM_CREDENTIAL_MISDIRECTED: Entry = Entry {
    code: "upstream-credential-misdirected",
    status: 502,
    error: None,
    clause: "RFC 8693 §2.2.1, RFC 8707 §3, RFC 9068 §4",
    public: "The server behind cannot be used at the moment.",
    meaning: "The issuer gave a token that is not for the server behind alone: for another audience, for several, for none, of another issuer, bound to a key, expired, unreadable, or the caller's own. Whoever gets such a token can use it elsewhere, so it was sent to nobody.",
    advice: "Look at the line in the log that names what stood in the token. Let the issuer put exactly the `resource` (or `audience`) of `upstream_auth` into `aud`. What it always adds, and no server accepts, may be listed in `companions`.",
    example: "`aud` is `[\"https://api.example.com\", \"account\"]`",
};
