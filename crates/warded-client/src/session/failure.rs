//! Why was a request not let through?

use warded_core::Issuer;

use super::{LOGINS, TRIES};
use crate::{
    challenge::InvalidChallenge, channel::ChannelFailed, discover::DiscoverFailed, fetch::FetchFailed,
    login::LoginFailed, obtain::ObtainFailed, register::RegisterFailed, tokens::StoreFailed,
};

/// Why a request was not let through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionFailed {
    /// The server does not answer.
    #[error(transparent)]
    Channel(#[from] ChannelFailed),
    /// The server's challenge cannot be read.
    #[error(transparent)]
    Challenge(#[from] InvalidChallenge),
    /// The user's own credential is not what the server takes.
    #[error(
        "the server refuses what `Authorization` says (--header); it is sent as it is, and nobody is asked for a token beside it"
    )]
    FixedRefused,
    /// There is no token.
    #[error("`Authorization` is given (--header), so nobody is asked for a token")]
    FixedInstead,
    /// What was asked for is of no use to whoever carries it elsewhere.
    #[error(
        "the server takes only tokens that are bound to a key (DPoP, RFC 9449), and keys are not given away: use `warded connect`"
    )]
    BearerRefused,
    /// Nobody knows who issues.
    #[error(transparent)]
    Discover(#[from] DiscoverFailed),
    /// No client to speak as.
    #[error(transparent)]
    Register(#[from] RegisterFailed),
    /// No login.
    #[error(transparent)]
    Login(#[from] LoginFailed),
    /// No token.
    #[error(transparent)]
    Obtain(#[from] ObtainFailed),
    /// No place to keep it.
    #[error(transparent)]
    Store(#[from] StoreFailed),
    /// `--strict-resource`
    #[error(
        "the server calls itself {resource}, which is more than its URL; a token for that works at its neighbours, too (--strict-resource)"
    )]
    WideResource {
        /// What it calls itself.
        resource: String,
        /// What the user called it.
        server: warded_core::ResourceUri,
    },
    /// RFC 9728 §2: a bearer token would be refused, and asking for one would hand out a token that anybody can use.
    #[error(
        "the server accepts only tokens that are bound to a key (DPoP, RFC 9449), and {}", .issuer.as_ref().map_or_else(
            || "takes no proofs with ES256, which this client makes".to_owned(),
            |issuer| format!("{issuer} does not say that it issues such tokens for proofs with ES256 (`dpop_signing_alg_values_supported`)"),
        )
    )]
    PossessionWanted {
        /// The issuer, where it is the one that cannot.
        issuer: Option<Issuer>,
    },
    /// The issuer gives nothing to a client that speaks for itself, or for somebody without a login.
    #[error(transparent)]
    Ungranted(ObtainFailed),
    /// A secret, and no word of the user's about whom it may be shown to.
    #[error(
        "what the client shows of itself is for one issuer only: say which with --issuer, whatever the server names"
    )]
    SecretOfNobody,
    /// The user's word is for another issuer.
    #[error(
        "the server names the issuer {named}; what is at hand is for {expected} and is not sent there. If {named} is right, pass it with --issuer"
    )]
    IssuerChanged {
        /// Whom the user has named.
        expected: Issuer,
        /// Whom the server names.
        named: Issuer,
    },
    /// A token fresh from its issuer is refused.
    #[error(
        "the server refuses a token that {issuer} has just issued for it: the two do not agree about each other"
    )]
    FreshTokenRefused {
        /// Who issued it.
        issuer: Issuer,
    },
    /// More scopes do not help.
    #[error("the server wants scopes that were asked for already ({scopes}) and not granted")]
    ScopesRefused {
        /// Which.
        scopes: String,
    },
    /// A login is a person's, and no person has asked for this.
    #[error("the server wants a token that takes a login, and nobody is asked to log in for this request")]
    Unattended,
    /// Nobody speaks as somebody else because it took a while to get a token.
    #[error(
        "whose token is asked for has changed since the request was begun, so it was not sent again; it would have been sent as somebody else's"
    )]
    SubjectChanged,
    /// Enough is enough.
    #[error("the server asked for a login {LOGINS} times for one request")]
    TooManyLogins,
    /// A token is refused as soon as it is there.
    #[error("the server refused {TRIES} tokens for one request")]
    TooManyTries,
    /// The process ends.
    #[error("the login was interrupted")]
    Interrupted,
}

impl SessionFailed {
    /// Why the server itself has not answered, if that is it.
    pub(crate) const fn of_server(&self) -> Option<&FetchFailed> {
        match self {
            Self::Channel(ChannelFailed::Fetch(error)) => Some(error),
            _ => None,
        }
    }

    /// Whether the issuer does not know a scope that was asked for (RFC 6749 §4.1.2.1, §5.2).
    pub(super) fn is_invalid_scope(&self) -> bool {
        match self {
            Self::Login(LoginFailed::Obtain(error)) | Self::Ungranted(error) => error.is_invalid_scope(),
            _ => false,
        }
    }

    /// Whether the issuer gives no tokens for the resource that was named (RFC 8707 §2).
    pub(super) fn is_invalid_target(&self) -> bool {
        match self {
            Self::Login(LoginFailed::Obtain(error)) | Self::Ungranted(error) => error.is_invalid_target(),
            _ => false,
        }
    }
}
