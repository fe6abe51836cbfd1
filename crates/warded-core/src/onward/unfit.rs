//! Why is a token that an issuer gave for a server behind sent to nobody?

use crate::refusal::{Refusal, Shown};

/// Why a token that an issuer gave is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// The issuer's keys are not at hand.
    #[error("the keys of the issuer are not at hand, so its token cannot be checked")]
    KeysMissing,
    /// It is not a good token of that issuer.
    #[error("the issuer gave a token that is no good: {0}")]
    Untrusted(Refusal),
    /// It is for somebody else.
    #[error("the issuer gave a token for `{said}`, and `{expected}` was asked for")]
    OtherAudience {
        /// Who was meant.
        expected: Shown,
        /// Who stands in it.
        said: Shown,
    },
    /// It is for somebody else, too.
    #[error(
        "the issuer gave a token for `{expected}` and for `{other}`; if no server accepts the latter, list it as a companion"
    )]
    AlsoForAnother {
        /// Who was meant.
        expected: Shown,
        /// Who stands beside.
        other: Shown,
    },
    /// It is bound to a key that is not ours.
    #[error(
        "the issuer gave a token that is bound to a key or certificate, and nobody here can prove to hold it"
    )]
    Bound,
    /// It could be checked, but for the keys of its issuer: the operator said that its tokens are opaque.
    #[error(
        "the issuer gave a JWT, and `opaque: true` says that nobody here can read its tokens; with `opaque: false` it is checked before it is used"
    )]
    Readable,
    /// It is what the caller sent.
    #[error("the issuer gave the caller's own token back, which goes to nobody")]
    CallersOwn,
}

impl From<Refusal> for Unfit {
    fn from(refusal: Refusal) -> Self {
        Self::Untrusted(refusal)
    }
}
