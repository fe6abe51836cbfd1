//! What is wrong with somebody who logs in elsewhere, or with what is said there.

use crate::Reason;

pub(super) const ALL: &[&Reason] =
    &[&LOGIN_STALE, &PROVIDER_DECLINED, &PROVIDER_AWAY, &PROVIDER_ANSWER, &NOT_ADMITTED];

pub(in crate::refused) static LOGIN_STALE: Reason = Reason {
    code: "login-stale",
    status: 403,
    error: "access_denied",
    clause: "RFC 9700 §4.7",
    public: "This login is over, or it was begun in another browser. Go back to the application and start again.",
    meaning: "A browser came back from a provider that was not sent there from here with this `state`: it took longer than 15 minutes, came back twice, does not keep our cookie, or brings the answer to somebody else's login, so that its person would act in that one's name.",
    advice: "If it happens to everybody: check that `public_url` is the address that browsers use, since cookies are bound to it.",
};

pub(in crate::refused) static PROVIDER_DECLINED: Reason = Reason {
    code: "provider-declined",
    status: 403,
    error: "access_denied",
    clause: "OpenID Connect Core §3.1.2.6",
    public: "The login there was not completed. Try again, or log in in another way.",
    meaning: "The provider sent the person back with an error instead of a code: the person said no, or the provider does not want to answer us. The log has the error's name.",
    advice: "If it happens to everybody: compare the client's id and redirect URI (ISSUER/login/NAME/callback) with what is registered at the provider.",
};

pub(in crate::refused) static PROVIDER_AWAY: Reason = Reason {
    code: "provider-away",
    status: 503,
    error: "temporarily_unavailable",
    clause: "RFC 9110 §15.6.4",
    public: "Who says who you are does not answer at the moment. Try again in a while, or log in in another way.",
    meaning: "The provider's metadata, keys, token endpoint or API could not be had. The log says which, and why.",
    advice: "Check that the provider runs and can be reached from here.",
};

pub(in crate::refused) static PROVIDER_ANSWER: Reason = Reason {
    code: "provider-answer",
    status: 502,
    error: "temporarily_unavailable",
    clause: "OpenID Connect Core §3.1.3.7",
    public: "Who says who you are gave an answer that cannot be believed. Nobody was logged in.",
    meaning: "The provider refused the code or our secret, or its ID token is not good: another issuer, another client, another login, another key, or over. The log says which. If `iss` is another provider's, somebody tries to mix two of them up (RFC 9207).",
    advice: "Compare the login's `url`, `client_id` and `client_secret` with what the provider shows, and the clocks.",
};

pub(in crate::refused) static NOT_ADMITTED: Reason = Reason {
    code: "not-admitted",
    status: 403,
    error: "access_denied",
    clause: "RFC 6749 §4.1.2.1",
    public: "You are not among those who may log in here. Ask whoever runs this server.",
    meaning: "The provider knows the person, and the operator has neither added them nor lets in people of whom the provider says that (`admit`). The log has the provider's name for the person.",
    advice: "Add the person by that name, or widen `admit` of the login. An address decides nothing: it can be anybody's.",
};
