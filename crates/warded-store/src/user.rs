//! Who may log in?

use std::fmt;

use async_trait::async_trait;
use warded_core::UnixTime;

use crate::{Added, StoreFailed};

/// A person who logs in at our own issuers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The `sub` of tokens: random, never reused, without a colon.
    pub id: String,
    /// What the person types.
    pub name: String,
    /// None: nobody can log in with a password.
    pub password: Option<PasswordHash>,
    /// Since when.
    pub created: UnixTime,
}

/// A password as an argon2id PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a PHC string.
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for the code that compares passwords.
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

/// A slow hash of a weak secret is still worth guessing at.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// The people who log in.
#[async_trait]
pub trait Users {
    /// Adds a person; neither the name nor the id may be there yet.
    async fn add_user(&self, user: User) -> Result<Added, StoreFailed>;
    /// The person of that name.
    async fn user_named(&self, name: &str) -> Result<Option<User>, StoreFailed>;
    /// The person of that id.
    async fn user(&self, id: &str) -> Result<Option<User>, StoreFailed>;
    /// Everybody, by name.
    async fn users(&self) -> Result<Vec<User>, StoreFailed>;
    /// Gives a new password, ends the person's sessions and grants, and forgets what they agreed to; false where there is no such
    /// person.
    async fn set_password(&self, id: &str, password: PasswordHash) -> Result<bool, StoreFailed>;
    /// Removes a person with all sessions, grants and consents; false where there was none. What providers call them is
    /// kept, so that they do not come back by themself.
    async fn remove_user(&self, id: &str) -> Result<bool, StoreFailed>;
}
