//! Why can a call not wait for approval? Nobody should approve what they cannot look at, or what would be made twice.

use super::table::{self, Entry};

/// Why a call that needs approval is denied at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unheld {
    /// The caller's own token stands in it: nobody may be shown that.
    #[error("the caller's own token stands in its message")]
    TokenInside,
    /// Nobody looks through so much.
    #[error("its parameters are too large to be approved")]
    TooLarge,
    /// One approval would be good for two.
    #[error("the very same call stands in the batch twice")]
    Twice,
}

impl Unheld {
    /// Its row in the table.
    pub const fn entry(self) -> &'static Entry {
        match self {
            Self::TokenInside => &table::APPROVAL_TOKEN_INSIDE,
            Self::TooLarge => &table::APPROVAL_TOO_LARGE,
            Self::Twice => &table::APPROVAL_TWICE,
        }
    }
}
