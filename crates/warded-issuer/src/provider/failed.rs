//! Why does nobody know who it is? For the operator's eyes; people are told no more than whether to try again.

use warded_client::{discover::DiscoverFailed, fetch::FetchFailed};
use warded_core::{IdTokenFlaw, Issuer, Shown};

use crate::refused::Refused;

/// Why a provider did not say who somebody is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProviderFailed {
    /// Its metadata could not be had.
    #[error(transparent)]
    Metadata(#[from] DiscoverFailed),
    /// It could not be asked.
    #[error(transparent)]
    Fetch(#[from] FetchFailed),
    /// It introduces itself nowhere.
    #[error("`{0}` has no metadata at any of the places that RFC 8414 and OpenID Discovery name")]
    Silent(Issuer),
    /// Its metadata lacks something.
    #[error("the provider's metadata names no usable `{0}`")]
    Endpoint(&'static str),
    /// None of its keys is at hand.
    #[error("the keys of the provider could not be had")]
    Keys,
    /// It sent the person back without having said who it is.
    #[error("the provider sent the person back with the error {0}")]
    Declined(Shown),
    /// It said no to us.
    #[error("the provider refused: {0}")]
    Refused(Shown),
    /// What it said makes no sense.
    #[error("the provider's answer has no usable `{0}`")]
    Malformed(&'static str),
    /// The answer that came by the browser is of somebody else (RFC 9207): a mix-up, or an attempt at one.
    #[error("the answer is not of the provider that was asked (`iss`)")]
    SomebodyElse,
    /// The ID token is not good.
    #[error(transparent)]
    IdToken(#[from] IdTokenFlaw),
    /// The person was to be asked anew, and nothing says so.
    #[error(
        "the provider was asked to have the person log in anew, and does not say that it did (`auth_time`)"
    )]
    NotAnew,
    /// The ID token is of another tenant than the one that was asked.
    #[error("the account is of another tenant (`tid`)")]
    Tenant,
}

impl ProviderFailed {
    /// What the person is told.
    pub(crate) fn refused(&self) -> Refused {
        match self {
            Self::Fetch(failed) if failed.is_passing() => Refused::ProviderAway,
            Self::Metadata(DiscoverFailed::Fetch { error, .. }) if error.is_passing() => {
                Refused::ProviderAway
            }
            Self::Keys => Refused::ProviderAway,
            Self::Declined(_) => Refused::ProviderDeclined,
            _ => Refused::ProviderAnswer,
        }
    }
}
