//! Who takes part? Two servers, and for each the tokens that were issued for it.

use std::fmt;

use warded_core::ResourceUri;

use crate::credential::Credential;

/// Which of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::B => "B",
        })
    }
}

/// What was issued for one server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tokens {
    /// The access token.
    pub access: Credential,
    /// The ID token that came with it.
    pub id: Option<Credential>,
    /// The refresh token that came with it.
    pub refresh: Option<Credential>,
}

impl Tokens {
    /// An access token alone.
    pub const fn access(access: Credential) -> Self {
        Self { access, id: None, refresh: None }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Credential> + Clone {
        [Some(&self.access), self.id.as_ref(), self.refresh.as_ref()].into_iter().flatten()
    }
}

/// A server and its tokens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Party {
    /// Where the server is, which is also what it is called (RFC 9728 §3.3).
    pub url: ResourceUri,
    /// What was issued for it.
    pub tokens: Tokens,
}

impl Party {
    /// A server and its tokens.
    pub const fn new(url: ResourceUri, tokens: Tokens) -> Self {
        Self { url, tokens }
    }
}
