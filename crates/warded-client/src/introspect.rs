//! What does an issuer say about a token? It is asked with the operator's own client (RFC 7662).
//!
//! The token goes into that one form and nowhere else. Anybody can send texts that are no tokens: of one text there is
//! never more than one question at a time, a no is remembered for a few seconds, and so many questions are asked at once
//! and no more. Whatever is no clear answer is our fault, never a yes and never a 401.

use std::{collections::HashMap, fmt, sync::Arc};

use warded_core::{Clock, IntrospectionAnswer, InvalidAnswer, Issuer, ResourceUri, SubjectToken};

use crate::{
    discover::DiscoverFailed,
    endpoint::EndpointFailed,
    fetch::{Fetch, FetchFailed},
    obtain::{Client, ObtainFailed},
};

mod book;
mod desk;

use desk::Desk;

/// How one issuer is asked.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: every field is the operator's to give")]
pub struct IntrospectionSetup {
    /// Who is asked.
    pub issuer: Issuer,
    /// Where, if not where its metadata says.
    pub endpoint: Option<ResourceUri>,
    /// As whom.
    pub client: Client,
}

/// One issuer that is asked about its tokens.
pub struct Introspection(Arc<Desk>);

/// The issuers that are asked about their tokens.
#[derive(Debug, Default)]
pub struct Introspections(HashMap<Box<str>, Introspection>);

/// Why there is no answer. No variant holds a token or a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntrospectFailed {
    /// Nobody said how this issuer is asked.
    #[error("nobody has set up how the issuer is asked about tokens")]
    NotSetUp,
    /// Its metadata could not be had.
    #[error(transparent)]
    Metadata(#[from] DiscoverFailed),
    /// Its metadata names no endpoint.
    #[error(
        "the metadata of the issuer names no usable `introspection_endpoint`; name it yourself, as `introspection: {{ endpoint: … }}`"
    )]
    NoEndpoint,
    /// We cannot show who we are.
    #[error(transparent)]
    Client(#[from] ObtainFailed),
    /// It does not accept who we are.
    #[error(
        "the issuer's introspection endpoint does not accept Warded's own client (status {status}); check its id, its secret or key, and `auth`"
    )]
    ClientRefused {
        /// The status.
        status: u16,
    },
    /// The request went unanswered.
    #[error(transparent)]
    Fetch(#[from] FetchFailed),
    /// What came is no answer.
    #[error("the issuer's answer {0}")]
    Invalid(#[from] InvalidAnswer),
    /// Too many tokens are being asked about.
    #[error("more tokens wait to be asked about than the issuer is asked about at once")]
    Busy,
    /// Whoever asked went away in the middle.
    #[error("the question was not asked to its end")]
    Interrupted,
}

impl From<EndpointFailed> for IntrospectFailed {
    fn from(failed: EndpointFailed) -> Self {
        match failed {
            EndpointFailed::Metadata(failed) => Self::Metadata(failed),
            EndpointFailed::NotNamed => Self::NoEndpoint,
        }
    }
}

impl Introspection {
    /// Will ask this issuer. Nothing is asked yet.
    pub fn new(fetch: Fetch, clock: Arc<dyn Clock>, setup: IntrospectionSetup) -> Self {
        Self(Arc::new(Desk::new(fetch, clock, setup)))
    }

    /// Who is asked.
    pub fn issuer(&self) -> &Issuer {
        self.0.issuer()
    }

    /// Asks about a token.
    pub async fn ask(&self, subject: SubjectToken) -> Result<Arc<IntrospectionAnswer>, IntrospectFailed> {
        desk::ask(&self.0, subject).await
    }
}

impl Introspections {
    /// These issuers, each asked in its own way.
    pub fn of(issuers: impl IntoIterator<Item = Introspection>) -> Arc<Self> {
        let named = |one: Introspection| (one.issuer().as_str().into(), one);
        Arc::new(Self(issuers.into_iter().map(named).collect()))
    }

    /// Asks an issuer about a token.
    pub async fn ask(
        &self,
        issuer: &Issuer,
        subject: SubjectToken,
    ) -> Result<Arc<IntrospectionAnswer>, IntrospectFailed> {
        let asked = self.0.get(issuer.as_str()).ok_or(IntrospectFailed::NotSetUp)?;
        asked.ask(subject).await
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection").field("issuer", self.issuer()).finish_non_exhaustive()
    }
}
