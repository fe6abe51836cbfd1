//! What is wrong with what is asked for, or with the person who is asked.

use crate::Reason;

pub(super) const ALL: &[&Reason] = &[
    &RESPONSE_TYPE,
    &RESPONSE_MODE,
    &REQUEST_OBJECT,
    &REQUEST_URI,
    &CHALLENGE_MISSING,
    &TARGET_MISSING,
    &TARGET_SEVERAL,
    &TARGET_UNKNOWN,
    &TARGET_ELSEWHERE,
    &SCOPE_MALFORMED,
    &SCOPE_UNKNOWN,
    &SCOPE_WIDER,
    &LOGIN_REQUIRED,
    &CONSENT_REQUIRED,
    &DENIED,
    &FORM_FOREIGN,
    &FORM_OVERTAKEN,
    &LOGIN_WRONG,
    &TOO_MANY,
];

pub(in crate::refused) static RESPONSE_TYPE: Reason = Reason {
    code: "response-type-unknown",
    status: 400,
    error: "unsupported_response_type",
    clause: "OAuth 2.1 §4.1.1",
    public: "The only response type is `code`.",
    meaning: "The client asks for a token in the URL, or for something else that does not exist here.",
    advice: "Set the client to the authorization code grant.",
};

pub(in crate::refused) static RESPONSE_MODE: Reason = Reason {
    code: "response-mode-unknown",
    status: 400,
    error: "invalid_request",
    clause: "RFC 6749 §4.1.2",
    public: "The only response mode is `query`.",
    meaning: "The client asks for its answer in another way than in the query.",
    advice: "Leave `response_mode` out.",
};

pub(in crate::refused) static REQUEST_OBJECT: Reason = Reason {
    code: "request-object",
    status: 400,
    error: "request_not_supported",
    clause: "RFC 9101 §6.3",
    public: "Request objects are not supported.",
    meaning: "The request carries a request object, which could say something else than the parameters beside it.",
    advice: "Leave `request` out.",
};

pub(in crate::refused) static REQUEST_URI: Reason = Reason {
    code: "request-uri",
    status: 400,
    error: "request_uri_not_supported",
    clause: "RFC 9101 §6.3",
    public: "Request URIs are not supported.",
    meaning: "The request refers to a request object somewhere else.",
    advice: "Leave `request_uri` out.",
};

pub(in crate::refused) static CHALLENGE_MISSING: Reason = Reason {
    code: "challenge-missing",
    status: 400,
    error: "invalid_request",
    clause: "RFC 7636 §4.3, RFC 9700 §2.1.1",
    public: "A code_challenge of 43 characters with the method S256 is needed (RFC 7636).",
    meaning: "The client sends no proof key, or one with the method `plain`, which whoever sees the request can answer.",
    advice: "Use a client that does PKCE with S256; every MCP client must.",
};

pub(in crate::refused) static TARGET_MISSING: Reason = Reason {
    code: "target-missing",
    status: 400,
    error: "invalid_target",
    clause: "RFC 8707 §2",
    public: "The parameter `resource` must name the server that the token is for (RFC 8707).",
    meaning: "The request does not say which server the token is for, and it does not follow from anything. A token for nobody in particular is not made.",
    advice: "Use a client that sends `resource`. For one that cannot: pin it to a server with `warded client add`, or give that server an issuer of its own.",
};

pub(in crate::refused) static TARGET_SEVERAL: Reason = Reason {
    code: "target-several",
    status: 400,
    error: "invalid_target",
    clause: "RFC 8707 §2",
    public: "A token is for one server: send `resource` once.",
    meaning: "The request names several servers.",
    advice: "Let the client ask once per server.",
};

pub(in crate::refused) static TARGET_UNKNOWN: Reason = Reason {
    code: "target-unknown",
    status: 400,
    error: "invalid_target",
    clause: "RFC 8707 §2",
    public: "This issuer has no tokens for that resource.",
    meaning: "The value of `resource` is not an identifier or alias of a server of this issuer. Values are compared whole, never by prefix.",
    advice: "Compare it with `resource` and `aliases` of the server, trailing slash included; list it as an alias if it names the same server.",
};

pub(in crate::refused) static TARGET_ELSEWHERE: Reason = Reason {
    code: "target-elsewhere",
    status: 400,
    error: "invalid_target",
    clause: "RFC 8707 §2.2",
    public: "The resource is another one than was granted.",
    meaning: "A code, a refresh token or a pinned client of one server was used to ask for a token for another. Nothing was consumed.",
    advice: "If the client is yours, let it ask again for the other server. If it is not, somebody holds what was given to another server.",
};

pub(in crate::refused) static SCOPE_MALFORMED: Reason = Reason {
    code: "scope-malformed",
    status: 400,
    error: "invalid_scope",
    clause: "RFC 6749 §3.3",
    public: "The scope is not a list of scopes (RFC 6749, section 3.3).",
    meaning: "`scope` contains characters that scopes cannot have.",
    advice: "Fix the client.",
};

pub(in crate::refused) static SCOPE_UNKNOWN: Reason = Reason {
    code: "scope-unknown",
    status: 400,
    error: "invalid_scope",
    clause: "RFC 8707 §2.2",
    public: "The resource has none of these scopes.",
    meaning: "The server knows none of the scopes that are asked for. Each server has its own.",
    advice: "Compare them with `scopes` of the server, or let the client ask for none: it gets what every call needs.",
};

pub(in crate::refused) static SCOPE_WIDER: Reason = Reason {
    code: "scope-wider",
    status: 400,
    error: "invalid_scope",
    clause: "RFC 6749 §6",
    public: "More is asked for than was granted.",
    meaning: "A refresh asks for scopes that the person did not agree to. Nothing was consumed.",
    advice: "Let the client ask the person again.",
};

pub(in crate::refused) static LOGIN_REQUIRED: Reason = Reason {
    code: "login-required",
    status: 400,
    error: "login_required",
    clause: "OpenID Connect Core §3.1.2.6",
    public: "Somebody must log in first.",
    meaning: "The client wants an answer without anybody being asked, and nobody is logged in.",
    advice: "Nothing: the client asks again without `prompt=none`.",
};

pub(in crate::refused) static CONSENT_REQUIRED: Reason = Reason {
    code: "consent-required",
    status: 400,
    error: "consent_required",
    clause: "OpenID Connect Core §3.1.2.6",
    public: "Somebody must agree first.",
    meaning: "The client wants an answer without anybody being asked, and the person has not agreed to this before, or the answer would go to a program on a computer, where it is asked each time.",
    advice: "Nothing: the client asks again without `prompt=none`.",
};

pub(in crate::refused) static DENIED: Reason = Reason {
    code: "denied",
    status: 403,
    error: "access_denied",
    clause: "RFC 6749 §4.1.2.1",
    public: "The request was declined.",
    meaning: "The person said no.",
    advice: "Nothing.",
};

pub(in crate::refused) static FORM_FOREIGN: Reason = Reason {
    code: "form-foreign",
    status: 403,
    error: "access_denied",
    clause: "RFC 9700 §4.7",
    public: "This page is out of date, or the browser did not send our cookie. Go back to the application and start again.",
    meaning: "A form was sent that was not made for this browser, this person or this question, or one that was answered before: an old page, blocked cookies, or another site that acts in the person's name.",
    advice: "If it happens to everybody: check that `public_url` is the address that browsers use, since cookies are bound to it.",
};

pub(in crate::refused) static FORM_OVERTAKEN: Reason = Reason {
    code: "form-overtaken",
    status: 403,
    error: "access_denied",
    clause: "RFC 9700 §4.7",
    public: "This page was overtaken by another tab, or by time. Nothing of it was used: log in once more.",
    meaning: "A form was sent that was made for a login or a cookie which the browser has no more: somebody logged in, or decided, in another tab, several pages were opened at once in a new browser, or the session is over. Neither a name, a password nor a decision in it was looked at.",
    advice: "None: the page asks again. If it happens to everybody, over and over: check that nothing between browser and Warded changes or repeats cookies.",
};

pub(in crate::refused) static LOGIN_WRONG: Reason = Reason {
    code: "login-wrong",
    status: 403,
    error: "access_denied",
    clause: "RFC 6749 §10.10",
    public: "The name or the password is wrong.",
    meaning: "Somebody tried a name that does not exist or a password that is not its. Both look alike.",
    advice: "`warded user list` says who exists.",
};

pub(in crate::refused) static TOO_MANY: Reason = Reason {
    code: "too-many-attempts",
    status: 429,
    error: "temporarily_unavailable",
    clause: "RFC 6749 §10.10",
    public: "Too many attempts. Wait a while.",
    meaning: "Too many wrong passwords for one name (20, with a few more from each network that has tried none) or from one address (60; a browser that has logged in under the name before is counted for itself), too many logins elsewhere that were begun from one address (120), too many registrations from one address or network (60; fewer where more than 1000 come from many), too many new client documents from one address (60), too many agreements of one person (200), or too many tokens of one person or program that were given back (1000), each within 15 minutes.",
    advice: "Wait. If all callers come from one address, a proxy stands in front: let it bound them itself.",
};
