//! Why is there no token?

use warded_core::{Issuer, Shown};

use super::InvalidClientKey;
use crate::{fetch::FetchFailed, possession::Unproven, secret::Unreadable};

/// Why a token was not obtained. No variant holds a code, a token or a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObtainFailed {
    /// The issuer's metadata lacks what is needed.
    #[error("the issuer's metadata names no `{endpoint}`")]
    EndpointMissing {
        /// The member.
        endpoint: &'static str,
    },
    /// RFC 7636 §4.2, MCP authorization: without S256 a stolen code is as good as a token.
    #[error(
        "the issuer does not say that it supports PKCE with S256; its codes could be stolen, so none is asked for"
    )]
    ChallengeMethod,
    /// The issuer wants a way of authentication that this client does not have.
    #[error("the issuer's token endpoint accepts none of the ways in which this client can show who it is")]
    Authentication,
    /// A client of another issuer: its secret is not for this one.
    #[error("the client was registered at {registered}, and is not shown to {asked}")]
    ClientOfAnotherIssuer {
        /// Where the client is known.
        registered: Issuer,
        /// Who would have got its credentials.
        asked: Issuer,
    },
    /// The client's key did not sign.
    #[error("the client's assertion could not be signed with its key")]
    Unsigned,
    /// The random number generator gave nothing.
    #[error("the system has no randomness to give")]
    Randomness,
    /// RFC 9207 §2.4: the issuer says that it always names itself, and the response does not.
    #[error("the authorization response does not say which issuer it is from, though {expected} always does")]
    IssuerMissing {
        /// Who should have answered.
        expected: Issuer,
    },
    /// RFC 9207 §2.4: a mix-up attack. The code is of no use to anybody, and stays here.
    #[error("the authorization response is from {said}, and {expected} was asked")]
    IssuerOther {
        /// Who should have answered.
        expected: Issuer,
        /// Who answered.
        said: Shown,
    },
    /// The user or the issuer said no (RFC 6749 §4.1.2.1).
    #[error("the issuer answered `{error}`{}", because(.description.as_ref()))]
    Denied {
        /// Its code.
        error: Shown,
        /// Its words.
        description: Option<Shown>,
    },
    /// The response has neither a code nor an error.
    #[error("the authorization response holds neither a code nor an error")]
    CodeMissing,
    /// The token endpoint said no (RFC 6749 §5.2).
    #[error("the issuer's token endpoint answered `{error}`{}", because(.description.as_ref()))]
    Refused {
        /// The status that it came with.
        status: u16,
        /// Its code.
        error: Shown,
        /// Its words.
        description: Option<Shown>,
    },
    /// Neither a token response nor an OAuth error.
    #[error("the issuer's token endpoint answered with status {status} and no OAuth error")]
    Status {
        /// The status.
        status: u16,
    },
    /// RFC 6749 §5.1
    #[error("the token response's `{member}` is missing or malformed")]
    Malformed {
        /// The member.
        member: &'static str,
    },
    /// A token of another type must not be sent as one of this (RFC 6749 §7.1). One that anybody can use, where a key was
    /// shown (RFC 9449 §5), is a downgrade.
    #[error("the issuer sent a token that is not of the type {wanted}, which was asked for")]
    TokenType {
        /// The type that it should be of.
        wanted: &'static str,
    },
    /// RFC 9449 §6.1
    #[error("the issuer sent a token that is bound to a key that this client has not shown")]
    OtherKey,
    /// RFC 8693 §2.2: what was sent came back, and the server must not have it.
    #[error("the issuer sent the very token that it was to exchange, or one that holds it")]
    SubjectReturned,
    /// RFC 8628 §3.5
    #[error("nobody has entered the code in time")]
    DeviceExpired,
    /// The token cannot be bound to a key.
    #[error(transparent)]
    Unproven(#[from] Unproven),
    /// A secret that is needed is not there.
    #[error(transparent)]
    Secret(#[from] Unreadable),
    /// The client's key is none.
    #[error(transparent)]
    Key(#[from] InvalidClientKey),
    /// The token is for somebody else. Sending it would hand it to the wrong server.
    #[error(
        "the issuer sent a token for {said}, and {resource} was asked for (does it support `resource`, RFC 8707? If that is its own name for the server, pass it with --audience; if it names no server, --unbound-token takes it)"
    )]
    OtherAudience {
        /// What was asked for.
        resource: Shown,
        /// What came.
        said: Shown,
    },
    /// The request went unanswered.
    #[error(transparent)]
    Fetch(#[from] FetchFailed),
}

fn because(description: Option<&Shown>) -> String {
    description.map(|text| format!(": {text}")).unwrap_or_default()
}

impl ObtainFailed {
    /// Whether the issuer has taken this grant back, so that asking again with it is pointless (RFC 6749 §5.2).
    pub fn is_invalid_grant(&self) -> bool {
        self.is_refusal("invalid_grant")
    }

    /// Whether the issuer does not know the client (any more), or not by what it has shown. One that may not use a grant
    /// (`unauthorized_client`) is known; with status 401, which is about who asks (RFC 6749 §5.2), Keycloak says the same of
    /// a secret that is not right any more.
    pub fn is_invalid_client(&self) -> bool {
        let is_unauthenticated = matches!(self, Self::Refused { status: 401, .. });
        self.is_refusal("invalid_client") || (is_unauthenticated && self.is_refusal("unauthorized_client"))
    }

    /// Whether a refresh token may have been used up, though nothing that can be used came of it. Who was told no, and
    /// whoever sent nothing, has it still.
    #[cfg(feature = "bridge")]
    pub(crate) fn may_have_used_up(&self) -> bool {
        match self {
            Self::Fetch(error) => error.may_have_arrived(),
            // The issuer does not know either what it has done.
            Self::Refused { .. } => self.is_refusal("server_error"),
            Self::Status { .. }
            | Self::Malformed { .. }
            | Self::TokenType { .. }
            | Self::OtherKey
            | Self::OtherAudience { .. } => true,
            _ => false,
        }
    }

    /// Whether the issuer has looked at what it was sent and will say the same again, or give what is of no use again, so that
    /// somebody has to be asked. What is wrong with the issuer itself, or with the clock or the nonce of a proof, is no such
    /// word.
    #[cfg(feature = "bridge")]
    pub(crate) fn is_final(&self) -> bool {
        const PASSING: [&str; 5] =
            ["server_error", "temporarily_unavailable", "slow_down", "use_dpop_nonce", "invalid_dpop_proof"];
        match self {
            Self::Refused { status, error, .. } => !is_passing(*status) && !PASSING.contains(&error.as_str()),
            // Not in the words of RFC 6749 §5.2, but it is a no all the same.
            Self::Status { status } => matches!(status, 400..=499) && !is_passing(*status),
            Self::Malformed { .. } | Self::TokenType { .. } | Self::OtherKey | Self::OtherAudience { .. } => {
                true
            }
            _ => false,
        }
    }

    /// Whether the issuer does not give tokens for the resource that was named (RFC 8707 §2).
    pub fn is_invalid_target(&self) -> bool {
        self.is_denial("invalid_target") || self.is_refusal("invalid_target")
    }

    /// Whether the issuer does not know a scope that was asked for.
    #[cfg(feature = "bridge")]
    pub(crate) fn is_invalid_scope(&self) -> bool {
        self.is_denial("invalid_scope") || self.is_refusal("invalid_scope")
    }

    fn is_denial(&self, code: &str) -> bool {
        matches!(self, Self::Denied { error, .. } if error.as_str() == code)
    }

    pub(crate) fn is_refusal(&self, code: &str) -> bool {
        matches!(self, Self::Refused { error, .. } if error.as_str() == code)
    }
}

/// Whether a status says that the same may be answered in another way soon.
#[cfg(feature = "bridge")]
fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}
