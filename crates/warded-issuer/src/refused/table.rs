//! The table of reasons.

use super::Refused;

pub(super) struct Row {
    pub(super) code: &'static str,
    pub(super) status: u16,
    pub(super) error: &'static str,
    pub(super) public: &'static str,
}

const fn row(code: &'static str, status: u16, error: &'static str, public: &'static str) -> Row {
    Row { code, status, error, public }
}

impl Refused {
    #[rustfmt::skip]
    pub(super) const fn row(self) -> Row {
        match self {
            Self::TooLarge => row("request-too-large", 413, "invalid_request", "The request is too large."),
            Self::NotAForm => row("not-a-form", 400, "invalid_request", "The request must be sent as application/x-www-form-urlencoded."),
            Self::ParameterRepeated => row("parameter-repeated", 400, "invalid_request", "A parameter stands more than once."),
            Self::ParameterMissing(_) => row("parameter-missing", 400, "invalid_request", "A parameter is missing."),
            Self::ParametersInUrl => row("parameters-in-url", 400, "invalid_request", "Parameters belong in the body, not in the URL."),
            Self::ClientUnknown => row("client-unknown", 401, "invalid_client", "There is no such client at this issuer; register again."),
            Self::ClientUnproven => row("client-unproven", 401, "invalid_client", "The client could not be authenticated."),
            Self::ClientTwice => row("client-authenticates-twice", 400, "invalid_request", "A client authenticates in one way only, and with one id."),
            Self::ClientMethod => row("client-method-unknown", 401, "invalid_client", "This way of authenticating a client does not exist here."),
            Self::ClientDocument => row("client-document-unfit", 401, "invalid_client", "The URL of the client does not describe it, or not in a way that can be accepted."),
            Self::ClientUnreachable => row("client-document-unreachable", 503, "temporarily_unavailable", "The URL of the client could not be read."),
            Self::GrantForeign => row("grant-not-for-client", 400, "unauthorized_client", "This client is not registered for this grant."),
            Self::GrantUnknown => row("grant-unknown", 400, "unsupported_grant_type", "There is no such grant here."),
            Self::RedirectUnknown => row("redirect-unknown", 400, "invalid_request", "The client did not register this redirect URI."),
            Self::ResponseType => row("response-type-unknown", 400, "unsupported_response_type", "The only response type is `code`."),
            Self::ResponseMode => row("response-mode-unknown", 400, "invalid_request", "The only response mode is `query`."),
            Self::RequestObject => row("request-object", 400, "request_not_supported", "Request objects are not supported."),
            Self::RequestUri => row("request-uri", 400, "request_uri_not_supported", "Request URIs are not supported."),
            Self::ChallengeMissing => row("challenge-missing", 400, "invalid_request", "A code_challenge of 43 characters with the method S256 is needed (RFC 7636)."),
            Self::TargetMissing => row("target-missing", 400, "invalid_target", "The parameter `resource` must name the server that the token is for (RFC 8707)."),
            Self::TargetSeveral => row("target-several", 400, "invalid_target", "A token is for one server: send `resource` once."),
            Self::TargetUnknown => row("target-unknown", 400, "invalid_target", "This issuer has no tokens for that resource."),
            Self::TargetElsewhere => row("target-elsewhere", 400, "invalid_target", "The resource is another one than was granted."),
            Self::ScopeMalformed => row("scope-malformed", 400, "invalid_scope", "The scope is not a list of scopes (RFC 6749, section 3.3)."),
            Self::ScopeUnknown => row("scope-unknown", 400, "invalid_scope", "The resource has none of these scopes."),
            Self::ScopeWider => row("scope-wider", 400, "invalid_scope", "More is asked for than was granted."),
            Self::LoginRequired => row("login-required", 400, "login_required", "Somebody must log in first."),
            Self::ConsentRequired => row("consent-required", 400, "consent_required", "Somebody must agree first."),
            Self::Denied => row("denied", 403, "access_denied", "The request was declined."),
            Self::FormForeign => row("form-foreign", 403, "access_denied", "This page is out of date, or the browser did not send our cookie. Go back to the application and start again."),
            Self::LoginWrong => row("login-wrong", 403, "access_denied", "The name or the password is wrong."),
            Self::TooMany => row("too-many-attempts", 429, "temporarily_unavailable", "Too many attempts. Wait a while."),
            Self::CodeInvalid => row("code-invalid", 400, "invalid_grant", "The code is unknown, expired or not this client's."),
            Self::CodeReplayed => row("code-replayed", 400, "invalid_grant", "The code has been used. What came of it has been revoked."),
            Self::RedirectDiffers => row("redirect-differs", 400, "invalid_grant", "The code was sent to another redirect URI."),
            Self::VerifierWrong => row("verifier-wrong", 400, "invalid_grant", "The code_verifier does not belong to the code."),
            Self::RefreshInvalid => row("refresh-invalid", 400, "invalid_grant", "The refresh token is unknown, expired, revoked or not this client's."),
            Self::RefreshReused => row("refresh-reused", 400, "invalid_grant", "The refresh token has been used before. The grant has been revoked."),
            Self::PersonGone => row("person-gone", 400, "invalid_grant", "The person who agreed is no longer there."),
            Self::RedirectUnfit => row("redirect-unfit", 400, "invalid_redirect_uri", "A redirect URI must be https, http on loopback, or a scheme of the application's own, without a fragment."),
            Self::MetadataUnfit(_) => row("metadata-unfit", 400, "invalid_client_metadata", "Something about the client cannot be accepted."),
            Self::Unable => row("unable", 503, "temporarily_unavailable", "The issuer cannot do this at the moment."),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Refused;

    #[rustfmt::skip]
    const ALL: &[Refused] = &[
        Refused::TooLarge, Refused::NotAForm, Refused::ParameterRepeated, Refused::ParameterMissing("code"),
        Refused::ParametersInUrl, Refused::ClientUnknown, Refused::ClientUnproven, Refused::ClientTwice,
        Refused::ClientMethod, Refused::ClientDocument, Refused::ClientUnreachable, Refused::GrantForeign,
        Refused::GrantUnknown, Refused::RedirectUnknown, Refused::ResponseType, Refused::ResponseMode,
        Refused::RequestObject, Refused::RequestUri, Refused::ChallengeMissing, Refused::TargetMissing,
        Refused::TargetSeveral, Refused::TargetUnknown, Refused::TargetElsewhere, Refused::ScopeMalformed,
        Refused::ScopeUnknown, Refused::ScopeWider, Refused::LoginRequired, Refused::ConsentRequired, Refused::Denied,
        Refused::FormForeign, Refused::LoginWrong, Refused::TooMany, Refused::CodeInvalid, Refused::CodeReplayed,
        Refused::RedirectDiffers, Refused::VerifierWrong, Refused::RefreshInvalid, Refused::RefreshReused,
        Refused::PersonGone, Refused::RedirectUnfit, Refused::MetadataUnfit("client_name"), Refused::Unable,
    ];

    /// The errors that RFC 6749, 7591, 8707, 9101 and OpenID Connect Core name.
    const ERRORS: &[&str] = &[
        "access_denied",
        "consent_required",
        "invalid_client",
        "invalid_client_metadata",
        "invalid_grant",
        "invalid_redirect_uri",
        "invalid_request",
        "invalid_scope",
        "invalid_target",
        "login_required",
        "request_not_supported",
        "request_uri_not_supported",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_grant_type",
        "unsupported_response_type",
    ];

    #[test]
    fn each_reason_has_a_code_of_its_own_and_an_error_that_clients_know() {
        let codes: BTreeSet<_> = ALL.iter().map(|refused| refused.code()).collect();
        assert_eq!(codes.len(), ALL.len());
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
        let errors: BTreeSet<_> = ALL.iter().map(|refused| refused.error()).collect();
        assert_eq!(errors.into_iter().collect::<Vec<_>>(), ERRORS);
        for refused in ALL {
            assert!(!refused.public().is_empty() && refused.status().as_u16() == refused.row().status);
            // RFC 6749 §5.2: characters outside this set must not be in a description.
            let described = refused.public();
            assert!(
                described.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\'),
                "{described}"
            );
        }
    }
}
