//! Where may people log in, besides here?

use std::fmt;

use warded_core::Issuer;
use zeroize::Zeroizing;

/// Somebody who says who a person is. Nothing else is asked there, and nothing of what is said goes on.
#[derive(Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name in the configuration, which stands in URLs of ours.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// How it is asked.
    pub kind: ProviderKind,
    /// Who we are there.
    pub client_id: String,
    /// How we prove it.
    pub secret: Zeroizing<String>,
}

/// How a provider is asked who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks looks at each")]
pub enum ProviderKind {
    /// By OpenID Connect, at this issuer.
    OpenId {
        /// Its identifier.
        issuer: Issuer,
    },
    /// By what GitHub has instead.
    GitHub {
        /// Where people log in: `https://github.com`, or a server of one's own.
        site: Issuer,
        /// Where it says who it was: `https://api.github.com`, or `/api/v3` of that server.
        api: Issuer,
    },
}

/// Without the secret.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, kind, id) = (&self.name, &self.kind, &self.client_id);
        f.debug_struct("Provider")
            .field("name", name)
            .field("kind", kind)
            .field("client_id", id)
            .finish_non_exhaustive()
    }
}
