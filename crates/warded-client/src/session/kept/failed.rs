//! Why was nothing done with a token that is kept?

use warded_core::{Issuer, ResourceUri};

use crate::{obtain::ObtainFailed, session::SessionFailed, tokens::StoreFailed};

/// Why nothing was done with a token that is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeptFailed {
    /// Something else went wrong on the way.
    #[error(transparent)]
    Session(#[from] SessionFailed),
    /// It is not there any more.
    #[error("it is no longer kept")]
    Gone,
    /// It is for another server than the one that is spoken to.
    #[error("it is for {server}, and nothing else is done with it")]
    AnotherServer {
        /// Whom it is for.
        server: ResourceUri,
    },
    /// There is no refresh token.
    #[error("there is no refresh token beside it: log in again (`warded token login`)")]
    NotRenewable,
    /// The issuer has ended the login.
    #[error("{issuer} has ended this login: log in again (`warded token login`)")]
    Over {
        /// Which issuer.
        issuer: Issuer,
    },
    /// The issuer does not know the client, or not what it shows of itself.
    #[error(
        "{issuer} refuses the client `{client}` that it was given to; it is still kept. Check what the client shows of itself (--client-secret-file, --client-key-file), or log in again (`warded token login`)"
    )]
    ClientRefused {
        /// Which issuer.
        issuer: Issuer,
        /// The client's id.
        client: String,
    },
    /// The issuer introduces itself in another way than when it gave the token.
    #[error(
        "{issuer} names another token endpoint than the one that the token is from, so the token is shown to neither"
    )]
    Moved {
        /// Which issuer.
        issuer: Issuer,
    },
    /// The issuer introduces itself no more.
    #[error("{issuer} does not describe itself (any more), so nobody knows where the token may be shown")]
    Undescribed {
        /// Which issuer.
        issuer: Issuer,
    },
    /// The issuer takes back one of the two only, for now.
    #[error(
        "the refresh token is taken back, so nothing new comes of this login; the access token is not, and is good until it expires: {error}"
    )]
    HalfRevoked {
        /// Why.
        error: ObtainFailed,
    },
    /// The user has named another issuer.
    #[error("it is of {issuer}, and --issuer names {named}: nothing is done with it")]
    AnotherIssuer {
        /// Whom it is of.
        issuer: Issuer,
        /// Whom the user has named.
        named: Issuer,
    },
    /// Nobody knows how to speak as the client that the token was given to.
    #[error(
        "it was given to the client `{client}`, and nothing says how to speak as that one: pass what you logged in with (--client-id ...)"
    )]
    AnotherClient {
        /// The client's id.
        client: String,
    },
    /// RFC 7009 is optional.
    #[error(
        "{issuer} takes no tokens back (it names no `revocation_endpoint`, RFC 7009): end the login at its own pages, and `warded token forget` removes what is kept here"
    )]
    NoRevocation {
        /// Which issuer.
        issuer: Issuer,
    },
}

impl From<StoreFailed> for KeptFailed {
    fn from(error: StoreFailed) -> Self {
        Self::Session(error.into())
    }
}

impl From<ObtainFailed> for KeptFailed {
    fn from(error: ObtainFailed) -> Self {
        Self::Session(error.into())
    }
}
