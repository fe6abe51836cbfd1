//! Who is that, by the word of a provider, and who has let them in? People are known by issuer and subject, never by a
//! name or an address that can be given to somebody else (OpenID Connect Core 1.0 §5.7).

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

/// By whose word somebody is here. Several doors may lead to one provider: who came in by one that is open is not thereby
/// somebody whom the operator has added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever adds somebody is one of these")]
pub enum AddedBy {
    /// The operator's.
    Operator,
    /// Their own, and the provider's.
    Themself,
}

/// How it stands with somebody of whom a provider speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks looks at each")]
pub enum Standing {
    /// Nobody is called that, and nobody ever was.
    New,
    /// Somebody who is here by that word.
    Here(User, AddedBy),
    /// Somebody who was removed, and is not to come back by themself.
    Removed,
}

impl Standing {
    /// The person, where somebody is called that.
    pub fn user(self) -> Option<User> {
        match self {
            Self::Here(user, _) => Some(user),
            Self::New | Self::Removed => None,
        }
    }
}

/// The people whom providers know.
#[async_trait]
pub trait Identities {
    /// Whom a provider calls that, and by whose word they are here.
    async fn standing(&self, provider: &str, subject: &str) -> Result<Standing, StoreFailed>;
    /// Adds what a provider calls a person, together with the person where nobody has that id yet. Taken where that is what
    /// it calls anybody already, or where the person is new and has somebody else's name; and where it is what it called
    /// somebody who was removed, unless the operator adds them.
    async fn add_identity(
        &self,
        user: User,
        provider: &str,
        subject: &str,
        by: AddedBy,
    ) -> Result<Added, StoreFailed>;
    /// Takes down that the operator has added somebody who came in by themself; false where nobody is called that.
    async fn vouch_for(&self, provider: &str, subject: &str) -> Result<bool, StoreFailed>;
    /// What providers called those who were removed, by provider.
    async fn removed_identities(&self) -> Result<Vec<Identity>, StoreFailed>;
    /// Forgets that somebody was removed, so that they may come in again as anybody else would; false where nobody of that name
    /// was. Nobody is added.
    async fn readmit(&self, provider: &str, subject: &str) -> Result<bool, StoreFailed>;
    /// What providers call a person, by provider. They go with the person, but for the note that they were removed.
    async fn identities_of(&self, user: &str) -> Result<Vec<Identity>, StoreFailed>;
}
