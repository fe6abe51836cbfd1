//! Who is that, by the word of a provider? People are known by issuer and subject, never by a name or an address that
//! can be given to somebody else (OpenID Connect Core 1.0 §5.7).

use async_trait::async_trait;

use crate::{Added, StoreFailed, User};

/// What one provider calls a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The provider, by its issuer identifier.
    pub provider: String,
    /// Its `sub`.
    pub subject: String,
}

/// The people whom providers know.
#[async_trait]
pub trait Identities {
    /// The person whom a provider calls that.
    async fn user_of(&self, provider: &str, subject: &str) -> Result<Option<User>, StoreFailed>;
    /// Adds what a provider calls a person, together with the person where nobody has that id yet. Taken where that is what
    /// it calls anybody already, or where the person is new and has somebody else's name.
    async fn add_identity(&self, user: User, provider: &str, subject: &str) -> Result<Added, StoreFailed>;
    /// What providers call a person, by provider. They go with the person.
    async fn identities_of(&self, user: &str) -> Result<Vec<Identity>, StoreFailed>;
}
