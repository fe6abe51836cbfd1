//! What do the rules look at that it takes work to know? Found out once, so that nobody does it for rules that never ask.

use super::{Source, counter::Spec};
use crate::Per;

/// Something about a request that is only looked up where a rule asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "whoever looks them up must know each")]
pub enum Fact {
    /// The audience (`auth.token.aud`).
    Aud,
    /// The verified claims (`auth.claims`).
    Claims,
    /// What the token is called, where a counter is parted by it (`per: token`).
    Token,
    /// The scopes, with everything that they imply (`auth.scopes`).
    Scopes,
    /// Whether the caller's own token would go on (`auth.passthrough`).
    Passthrough,
    /// Where the request comes from (`client.address`).
    Address,
}

impl Fact {
    pub(super) const ALL: [Self; 6] =
        [Self::Aud, Self::Claims, Self::Token, Self::Scopes, Self::Passthrough, Self::Address];

    /// What it takes to read this, if anything.
    pub(super) fn of(source: Source) -> Option<Self> {
        Some(match source {
            Source::Aud => Self::Aud,
            Source::Claim(_) => Self::Claims,
            Source::Scopes => Self::Scopes,
            Source::Passthrough => Self::Passthrough,
            Source::Address => Self::Address,
            _ => return None,
        })
    }

    /// Whether it takes this to say whose own counter it is.
    pub(super) fn parts(self, counter: &Spec) -> bool {
        self == Self::Token && counter.per.contains(&Per::Token)
    }
}
