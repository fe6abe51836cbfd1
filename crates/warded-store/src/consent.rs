//! What has a person agreed to before, so that the same question need not be asked again?

use async_trait::async_trait;
use warded_core::{Issuer, ResourceUri, Scopes};

use crate::{Digest, Grant, StoreFailed};

/// What was asked: who, for whom, where the answer goes, for which server. Another redirect origin or another
/// server is another question (MCP security best practices, *confused deputy*).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Consent {
    /// Where it was asked.
    pub issuer: Issuer,
    /// Who was asked, by id.
    pub user: String,
    /// For whom, by `client_id`.
    pub client: String,
    /// Scheme, host and port that the answer goes to.
    pub redirect_origin: String,
    /// For which server, by its name, whoever has the identifier later.
    pub server: String,
    /// By which of its identifiers.
    pub resource: ResourceUri,
    /// Of what the client said about itself; none for one that the operator registered. One that says something else is
    /// another question.
    pub document: Option<Digest>,
}

/// What people have agreed to.
#[async_trait]
pub trait Consents {
    /// The scopes that were agreed to, if any.
    async fn consented(&self, asked: &Consent) -> Result<Option<Scopes>, StoreFailed>;
    /// Remembers that these scopes were agreed to, besides those that were before. What was agreed to by another
    /// description of the client is forgotten.
    async fn remember_consent(&self, asked: &Consent, scopes: &Scopes) -> Result<(), StoreFailed>;
    /// What a person has agreed to, by client and server.
    async fn consents_of(&self, user: &str) -> Result<Vec<(Consent, Scopes)>, StoreFailed>;
    /// Takes back what a person agreed to for a client at a server: forgets every such consent, wherever its answer went, and
    /// revokes every such grant, in one step. The grants that were revoked, so that guards hear of them at once.
    async fn withdraw(
        &self,
        issuer: &Issuer,
        user: &str,
        client: &str,
        server: &str,
    ) -> Result<Vec<Grant>, StoreFailed>;
}
