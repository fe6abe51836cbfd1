//! What is wrong with a request as such, or with what it says about its client.

use crate::Reason;

pub(super) const ALL: &[&Reason] = &[
    &TOO_LARGE,
    &TOO_SLOW,
    &NOT_A_FORM,
    &PARAMETER_REPEATED,
    &PARAMETER_MISSING,
    &PARAMETERS_IN_URL,
    &CLIENT_UNKNOWN,
    &CLIENT_UNPROVEN,
    &CLIENT_TWICE,
    &CLIENT_METHOD,
    &CLIENT_DOCUMENT,
    &CLIENT_UNTRUSTED,
    &CLIENT_UNREACHABLE,
    &CLIENT_KEYS,
    &GRANT_FOREIGN,
    &GRANT_UNKNOWN,
    &REDIRECT_UNKNOWN,
    &REDIRECT_UNFIT,
    &METADATA_UNFIT,
    &REGISTRATION_TOKEN,
];

pub(in crate::refused) static TOO_LARGE: Reason = Reason {
    code: "request-too-large",
    status: 413,
    error: "invalid_request",
    clause: "a limit of Warded",
    public: "The request is too large.",
    meaning: "The request, or its `state`, is larger than anybody needs. Where people log in elsewhere, an authorization request may have 8 kB: it is kept while they are away.",
    advice: "Look at what the client sends.",
};

pub(in crate::refused) static TOO_SLOW: Reason = Reason {
    code: "request-too-slow",
    status: 408,
    error: "invalid_request",
    clause: "a limit of Warded",
    public: "The request did not arrive in time.",
    meaning: "The body of a POST took longer than 10 seconds to arrive. A sender that never finishes would hold a connection for ever.",
    advice: "Look at the network between the client and the issuer.",
};

pub(in crate::refused) static NOT_A_FORM: Reason = Reason {
    code: "not-a-form",
    status: 400,
    error: "invalid_request",
    clause: "RFC 6749 §3.2",
    public: "The request must be sent as application/x-www-form-urlencoded.",
    meaning: "The body of a POST is not called a form by its `Content-Type`.",
    advice: "Fix the client: the token endpoint takes forms, not JSON.",
};

pub(in crate::refused) static PARAMETER_REPEATED: Reason = Reason {
    code: "parameter-repeated",
    status: 400,
    error: "invalid_request",
    clause: "RFC 6749 §3.1, §3.2",
    public: "A parameter stands more than once.",
    meaning: "A parameter stands twice. Of two readers one takes the first and the other the last, and an attacker shows each what it wants to see.",
    advice: "Fix the client, or what stands between it and the issuer.",
};

pub(in crate::refused) static PARAMETER_MISSING: Reason = Reason {
    code: "parameter-missing",
    status: 400,
    error: "invalid_request",
    clause: "RFC 6749 §4.1.1, §4.1.3",
    public: "A parameter is missing.",
    meaning: "A parameter that the request needs is not there, or is empty. `redirect_uri` is needed at both endpoints, even where the client has only one.",
    advice: "Fix the client.",
};

pub(in crate::refused) static PARAMETERS_IN_URL: Reason = Reason {
    code: "parameters-in-url",
    status: 400,
    error: "invalid_request",
    clause: "RFC 6749 §2.3.1",
    public: "Parameters belong in the body, not in the URL.",
    meaning: "A POST carries parameters in its URL. URLs end up in logs, and codes, tokens and secrets must not.",
    advice: "Fix the client.",
};

pub(in crate::refused) static CLIENT_UNKNOWN: Reason = Reason {
    code: "client-unknown",
    status: 401,
    error: "invalid_client",
    clause: "RFC 6749 §5.2",
    public: "There is no such client at this issuer; register again.",
    meaning: "No client of that id is registered at this issuer. Ids of other issuers mean nothing here, and clients that registered themselves and were not used for a day are forgotten.",
    advice: "Let the client register again, or register it by hand: `warded client add`.",
};

pub(in crate::refused) static CLIENT_UNPROVEN: Reason = Reason {
    code: "client-unproven",
    status: 401,
    error: "invalid_client",
    clause: "RFC 6749 §3.2.1",
    public: "The client could not be authenticated.",
    meaning: "The secret of a confidential client is wrong or missing, or a public client sent one.",
    advice: "Compare the id and the secret with what `warded client add` or the registration said.",
};

pub(in crate::refused) static CLIENT_TWICE: Reason = Reason {
    code: "client-authenticates-twice",
    status: 400,
    error: "invalid_request",
    clause: "RFC 6749 §2.3",
    public: "A client authenticates in one way only, and with one id.",
    meaning: "The request names or proves its client in two ways: header and body at once, two headers, or two different ids.",
    advice: "Fix the client: either `Authorization: Basic` or the body.",
};

pub(in crate::refused) static CLIENT_METHOD: Reason = Reason {
    code: "client-method-unknown",
    status: 401,
    error: "invalid_client",
    clause: "RFC 6749 §2.3",
    public: "This way of authenticating a client does not exist here.",
    meaning: "The client authenticates by something else than `none`, `client_secret_basic` or `client_secret_post`, or its `Basic` header cannot be read.",
    advice: "Set the client to one of these methods.",
};

pub(in crate::refused) static CLIENT_DOCUMENT: Reason = Reason {
    code: "client-document-unfit",
    status: 401,
    error: "invalid_client",
    clause: "Client ID Metadata Document §4",
    public: "The URL of the client does not describe it, or not in a way that can be accepted.",
    meaning: "What is at the URL that is the client id is not a description of that very id, is larger than 5 KB, is answered with a redirect, holds a secret or a private key, asks for a method that needs a key and names none, or lies at an address that strangers must not send us to.",
    advice: "Read the document at the URL. The log names the host and the reason.",
};

pub(in crate::refused) static CLIENT_UNTRUSTED: Reason = Reason {
    code: "client-host-untrusted",
    status: 401,
    error: "invalid_client",
    clause: "Client ID Metadata Document, Client ID Domain Trust",
    public: "This issuer does not accept applications of that host.",
    meaning: "The client id is a URL on a host that is not among those of `client_documents.allow`, or is among those of `client_documents.deny`. Nothing was fetched.",
    advice: "List the host under `allow` if the application is one that your people should use.",
};

pub(in crate::refused) static CLIENT_UNREACHABLE: Reason = Reason {
    code: "client-document-unreachable",
    status: 503,
    error: "temporarily_unavailable",
    clause: "Client ID Metadata Document §4",
    public: "The URL of the client could not be read.",
    meaning: "The host of the client id, or of the client's keys, does not answer at the moment. Nothing was consumed; the request can be sent again.",
    advice: "Check that the host can be reached from here.",
};

pub(in crate::refused) static CLIENT_KEYS: Reason = Reason {
    code: "client-keys-unfit",
    status: 401,
    error: "invalid_client",
    clause: "RFC 7523 §3, RFC 7517 §5",
    public: "The keys of the client cannot be read.",
    meaning: "What is at the `jwks_uri` of the client is not a set of public keys, is larger than 64 KB, is answered with a redirect, holds a private or a symmetric key, or lies at an address that strangers must not send us to.",
    advice: "Read the document at the client's `jwks_uri`. The log names the host and the reason.",
};

pub(in crate::refused) static GRANT_FOREIGN: Reason = Reason {
    code: "grant-not-for-client",
    status: 400,
    error: "unauthorized_client",
    clause: "RFC 6749 §5.2",
    public: "This client is not registered for this grant.",
    meaning: "The client presents something that it is not registered for. `client_credentials` is for confidential clients that the operator added, and for no others.",
    advice: "Register the client with the grant: `warded client add --grant`.",
};

pub(in crate::refused) static GRANT_UNKNOWN: Reason = Reason {
    code: "grant-unknown",
    status: 400,
    error: "unsupported_grant_type",
    clause: "RFC 6749 §5.2",
    public: "There is no such grant here.",
    meaning: "The grant type is none of `authorization_code`, `refresh_token` and `client_credentials`.",
    advice: "Set the client to one of these.",
};

pub(in crate::refused) static REDIRECT_UNKNOWN: Reason = Reason {
    code: "redirect-unknown",
    status: 400,
    error: "invalid_request",
    clause: "RFC 6749 §3.1.2.4, RFC 9700 §2.1",
    public: "The client did not register this redirect URI.",
    meaning: "The answer would go to a place that the client did not register, byte for byte; only the port of a loopback address may differ. A private-use scheme counts only where the operator lists it. Nobody was sent there.",
    advice: "If it is an application's own scheme, list that under `app_schemes`. Otherwise compare the redirect URI with the registered ones. If you do not know the client, somebody may be trying to steal a code.",
};

pub(in crate::refused) static REDIRECT_UNFIT: Reason = Reason {
    code: "redirect-unfit",
    status: 400,
    error: "invalid_redirect_uri",
    clause: "RFC 7591 §3.2.2, RFC 8252 §7",
    public: "A redirect URI must be https, http on loopback, or a scheme that this issuer lists, without a fragment.",
    meaning: "A client registers with a redirect URI that nothing can be sent to safely, with a private-use scheme that the operator does not list, or as `web` with one that is not https or is this computer.",
    advice: "If it is an application's own scheme that your people need, list it under `app_schemes`; any program of a computer can claim any scheme. Otherwise fix the client.",
};

pub(in crate::refused) static METADATA_UNFIT: Reason = Reason {
    code: "metadata-unfit",
    status: 400,
    error: "invalid_client_metadata",
    clause: "RFC 7591 §3.2.2",
    public: "Something about the client cannot be accepted.",
    meaning: "A client registers with a member that is malformed or that this issuer cannot honour. The answer names it.",
    advice: "Fix the client.",
};

pub(in crate::refused) static REGISTRATION_TOKEN: Reason = Reason {
    code: "registration-token-wrong",
    status: 401,
    error: "invalid_token",
    clause: "RFC 7591 §3, RFC 7592 §2, RFC 6750 §3.1",
    public: "A valid token is needed to register a client here, or to manage this one.",
    meaning: "A client registers without the initial access token that this issuer wants (`registration: token`), or looks at, changes or ends a registration with another token than its own. Each change makes another token; the one before is good for nothing.",
    advice: "Give the client the token, or let it use the `registration_access_token` of the last answer about its registration.",
};
