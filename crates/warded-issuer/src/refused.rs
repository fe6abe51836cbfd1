//! Why does somebody get no token? Every reason, with the error of the RFCs and a text that helps no attacker.

use std::fmt;

use axum::response::{IntoResponse as _, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
};
use serde_json::json;
use warded_core::{Entry, OauthError, assertion::AssertionFlaw};
use warded_store::StoreFailed;

mod table;

pub use table::Reason;

/// Why a request for something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    // The request.
    /// Larger than anybody needs.
    TooLarge,
    /// Its body did not arrive in time.
    TooSlow,
    /// Not a form.
    NotAForm,
    /// A parameter stands twice.
    ParameterRepeated,
    /// A parameter is not there.
    ParameterMissing(&'static str),
    /// Parameters in the URL of a POST.
    ParametersInUrl,
    // The client.
    /// No such client at this issuer.
    ClientUnknown,
    /// Its secret is wrong, missing or not wanted.
    ClientUnproven,
    /// It authenticates in two ways at once.
    ClientTwice,
    /// It authenticates in a way that does not exist here.
    ClientMethod,
    /// What its URL describes is not it.
    ClientDocument,
    /// Its URL is on a host that the operator does not trust.
    ClientUntrusted,
    /// Its URL does not answer.
    ClientUnreachable,
    /// Its keys cannot be read.
    ClientKeys,
    /// What it signed to be itself does not hold.
    Assertion(AssertionFlaw),
    /// What it signed to be itself was shown before.
    AssertionReplayed,
    /// It may not use this grant.
    GrantForeign,
    /// There is no such grant here.
    GrantUnknown,
    /// The answer would go somewhere that the client did not register.
    RedirectUnknown,
    // What it asks for.
    /// Another response type than `code`.
    ResponseType,
    /// Another response mode than `query`.
    ResponseMode,
    /// A request object.
    RequestObject,
    /// A reference to a request object.
    RequestUri,
    /// No S256 challenge.
    ChallengeMissing,
    /// No `resource`, and it does not follow from anything.
    TargetMissing,
    /// Several values of `resource`.
    TargetSeveral,
    /// Not a server of this issuer.
    TargetUnknown,
    /// Another server than the one that was granted, or that the client is pinned to.
    TargetElsewhere,
    /// Not a list of scopes.
    ScopeMalformed,
    /// None of these scopes exists at the server.
    ScopeUnknown,
    /// More than was granted.
    ScopeWider,
    // The person.
    /// Nobody is logged in, and nobody may be asked.
    LoginRequired,
    /// Consent is needed, and nobody may be asked.
    ConsentRequired,
    /// The person said no.
    Denied,
    /// A form that was not made for this browser, or for another question.
    FormForeign,
    /// A form was made for a cookie or a login that this browser has no more.
    FormOvertaken,
    /// Wrong name or password.
    LoginWrong,
    /// Too many attempts.
    TooMany,
    /// A browser that was not sent to a provider comes back from there.
    LoginStale,
    /// The provider sent the person back without an answer.
    ProviderDeclined,
    /// The provider does not answer.
    ProviderAway,
    /// What the provider says cannot be believed.
    ProviderAnswer,
    /// Somebody whom the provider knows and who may not come in.
    NotAdmitted,
    // What is presented for a token.
    /// Unknown, expired, or of another client.
    CodeInvalid,
    /// Presented a second time.
    CodeReplayed,
    /// Not the redirect URI that the code was sent to.
    RedirectDiffers,
    /// Not the verifier of the challenge.
    VerifierWrong,
    /// Unknown, expired, or of another client.
    RefreshInvalid,
    /// Presented a second time.
    RefreshReused,
    /// Its grant is refreshed all the time.
    RefreshedOften,
    /// The person is no longer there.
    PersonGone,
    // The key of whoever presents it.
    /// A proof that proves nothing, in the core's words.
    Proof(&'static Entry),
    /// No proof, where there must be one.
    ProofRequired,
    /// The proof of another key.
    KeyDiffers,
    /// An announced key that is none.
    KeyMalformed,
    // What is presented for another server's token.
    /// A kind of token that is not exchanged, or not given.
    ExchangeKind,
    /// A second token, for whoever acts.
    ExchangeActor,
    /// Not a good token of ours, for a server whose tokens this client may exchange.
    SubjectUnfit,
    /// Not among those who may act for its subject.
    ActorForeign,
    /// Too many act for one another.
    ActorsMany,
    /// Nothing that the operator allows.
    ExchangeForeign,
    // Registration.
    /// A redirect URI that nothing may be sent to.
    RedirectUnfit,
    /// Something else about the client.
    MetadataUnfit(&'static str),
    /// Not the token that registering, or managing this registration, needs.
    RegistrationToken,
    // Ourselves.
    /// The store, the randomness or the signature failed.
    Unable,
}

impl Refused {
    #[rustfmt::skip]
    const fn row(self) -> &'static Reason {
        match self {
            Self::TooLarge => &table::TOO_LARGE,
            Self::TooSlow => &table::TOO_SLOW,
            Self::NotAForm => &table::NOT_A_FORM,
            Self::ParameterRepeated => &table::PARAMETER_REPEATED,
            Self::ParameterMissing(_) => &table::PARAMETER_MISSING,
            Self::ParametersInUrl => &table::PARAMETERS_IN_URL,
            Self::ClientUnknown => &table::CLIENT_UNKNOWN,
            Self::ClientUnproven => &table::CLIENT_UNPROVEN,
            Self::ClientTwice => &table::CLIENT_TWICE,
            Self::ClientMethod => &table::CLIENT_METHOD,
            Self::ClientDocument => &table::CLIENT_DOCUMENT,
            Self::ClientUntrusted => &table::CLIENT_UNTRUSTED,
            Self::ClientUnreachable => &table::CLIENT_UNREACHABLE,
            Self::ClientKeys => &table::CLIENT_KEYS,
            Self::GrantForeign => &table::GRANT_FOREIGN,
            Self::GrantUnknown => &table::GRANT_UNKNOWN,
            Self::RedirectUnknown => &table::REDIRECT_UNKNOWN,
            Self::RedirectUnfit => &table::REDIRECT_UNFIT,
            Self::MetadataUnfit(_) => &table::METADATA_UNFIT,
            Self::RegistrationToken => &table::REGISTRATION_TOKEN,
            Self::ResponseType => &table::RESPONSE_TYPE,
            Self::ResponseMode => &table::RESPONSE_MODE,
            Self::RequestObject => &table::REQUEST_OBJECT,
            Self::RequestUri => &table::REQUEST_URI,
            Self::ChallengeMissing => &table::CHALLENGE_MISSING,
            Self::TargetMissing => &table::TARGET_MISSING,
            Self::TargetSeveral => &table::TARGET_SEVERAL,
            Self::TargetUnknown => &table::TARGET_UNKNOWN,
            Self::TargetElsewhere => &table::TARGET_ELSEWHERE,
            Self::ScopeMalformed => &table::SCOPE_MALFORMED,
            Self::ScopeUnknown => &table::SCOPE_UNKNOWN,
            Self::ScopeWider => &table::SCOPE_WIDER,
            Self::LoginRequired => &table::LOGIN_REQUIRED,
            Self::ConsentRequired => &table::CONSENT_REQUIRED,
            Self::Denied => &table::DENIED,
            Self::FormForeign => &table::FORM_FOREIGN,
            Self::FormOvertaken => &table::FORM_OVERTAKEN,
            Self::LoginWrong => &table::LOGIN_WRONG,
            Self::TooMany => &table::TOO_MANY,
            Self::LoginStale => &table::LOGIN_STALE,
            Self::ProviderDeclined => &table::PROVIDER_DECLINED,
            Self::ProviderAway => &table::PROVIDER_AWAY,
            Self::ProviderAnswer => &table::PROVIDER_ANSWER,
            Self::NotAdmitted => &table::NOT_ADMITTED,
            Self::CodeInvalid => &table::CODE_INVALID,
            Self::CodeReplayed => &table::CODE_REPLAYED,
            Self::RedirectDiffers => &table::REDIRECT_DIFFERS,
            Self::VerifierWrong => &table::VERIFIER_WRONG,
            Self::RefreshInvalid => &table::REFRESH_INVALID,
            Self::RefreshReused => &table::REFRESH_REUSED,
            Self::RefreshedOften => &table::REFRESHED_OFTEN,
            Self::PersonGone => &table::PERSON_GONE,
            Self::Assertion(flaw) => assertion(flaw),
            Self::AssertionReplayed => &table::ASSERTION_REPLAYED,
            // The row is the core's; what answers differently at a token endpoint is said where it is asked.
            Self::Proof(_) | Self::ProofRequired => &table::PROOF_REQUIRED,
            Self::KeyDiffers => &table::KEY_DIFFERS,
            Self::KeyMalformed => &table::KEY_MALFORMED,
            Self::ExchangeKind => &table::EXCHANGE_KIND,
            Self::ExchangeActor => &table::EXCHANGE_ACTOR,
            Self::SubjectUnfit => &table::SUBJECT_UNFIT,
            Self::ActorForeign => &table::ACTOR_FOREIGN,
            Self::ActorsMany => &table::ACTORS_MANY,
            Self::ExchangeForeign => &table::EXCHANGE_FOREIGN,
            Self::Unable => &table::UNABLE,
        }
    }

    /// The stable code, for logs and tests.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Proof(entry) => entry.code,
            _ => self.row().code,
        }
    }

    /// The `error` of RFC 6749 §4.1.2.1, §5.2, RFC 7591 §3.2.2 and RFC 8707 §2.
    pub(crate) fn error(self) -> &'static str {
        match self {
            Self::Proof(entry) => entry.error.map_or("invalid_dpop_proof", OauthError::name),
            _ => self.row().error,
        }
    }

    /// What the other side is told.
    pub(crate) fn public(self) -> String {
        match self {
            Self::ParameterMissing(name) => format!("The parameter `{name}` is missing."),
            Self::MetadataUnfit(name) => format!("The member `{name}` cannot be accepted."),
            Self::Proof(entry) => entry.public.to_owned(),
            _ => self.row().public.to_owned(),
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The answer of RFC 6749 §5.2.
    pub(crate) fn json(self) -> Response {
        let body = json!({ "error": self.error(), "error_description": self.public() }).to_string();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status() == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(RETRY_AFTER, HeaderValue::from(crate::throttle::WINDOW_SECONDS));
        }
        response
    }
}

/// Four rows for all that may be wrong with an assertion: what to do about it differs no further.
const fn assertion(flaw: AssertionFlaw) -> &'static Reason {
    match flaw {
        AssertionFlaw::Client | AssertionFlaw::Audience => &table::ASSERTION_FOREIGN,
        AssertionFlaw::Expired | AssertionFlaw::Ahead | AssertionFlaw::LongLived => &table::ASSERTION_TIME,
        AssertionFlaw::KeyUnknown | AssertionFlaw::Signature => &table::ASSERTION_SIGNATURE,
        _ => &table::ASSERTION_MALFORMED,
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The other side learns which of four it is, the operator which of all.
impl From<AssertionFlaw> for Refused {
    fn from(flaw: AssertionFlaw) -> Self {
        tracing::info!(%flaw, "what a client signed to be itself does not hold");
        Self::Assertion(flaw)
    }
}

/// Our own fault is never an answer about the request (invariant *Closed*). The reason goes to the operator.
impl From<StoreFailed> for Refused {
    fn from(failed: StoreFailed) -> Self {
        tracing::error!(error = %failed, "the store failed");
        Self::Unable
    }
}
