//! How does a client get a token that opens one server, and no other?
//!
//! OAuth 2.1: authorization code with PKCE, device code, refresh, client credentials, assertions, exchange. Every request names the `resource` (RFC 8707)
//! byte for byte as the server's own metadata does, and what comes back must be for that resource.

pub(crate) mod answer;
mod assertion;
mod audience;
mod authorize;
mod bound;
mod client;
#[cfg(feature = "bridge")]
mod device;
mod endpoint;
mod exchange;
mod failure;
mod grant;
#[cfg(feature = "bridge")]
mod introduce;
#[cfg(feature = "bridge")]
mod revoke;
mod scopes;

pub use answer::{AccessToken, Obtained, RefreshToken};
pub use assertion::{ClientKey, InvalidClientKey};
pub use authorize::{Authorization, Code, Unanswered};
pub use bound::Bound;
pub use client::Client;
pub(crate) use client::{BASIC, NONE, POST};
#[cfg(feature = "bridge")]
pub(crate) use device::Step;
pub use endpoint::TokenEndpoint;
pub use failure::ObtainFailed;
#[cfg(feature = "bridge")]
pub(crate) use introduce::{Introduction, introduce};
#[cfg(feature = "bridge")]
pub(crate) use revoke::{Hint, revoke};
pub use scopes::to_ask;

use warded_core::Issuer;

use crate::discover::Discovered;

/// Where tokens for a resource come from. A credential is sent to nobody but the source it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    issuer: Issuer,
    token_endpoint: String,
    resource: String,
}

impl Source {
    /// What discovery found.
    pub fn of(discovered: &Discovered) -> Result<Self, ObtainFailed> {
        let endpoint = discovered.server.token_endpoint.clone();
        let token_endpoint = endpoint.ok_or(ObtainFailed::EndpointMissing { endpoint: "token_endpoint" })?;
        Ok(Self {
            issuer: discovered.issuer.clone(),
            token_endpoint,
            resource: discovered.resource_text.clone(),
        })
    }

    /// What was written down earlier. It is compared with what discovery finds before anything is sent.
    #[cfg(feature = "bridge")]
    pub(crate) const fn remembered(issuer: Issuer, token_endpoint: String, resource: String) -> Self {
        Self { issuer, token_endpoint, resource }
    }

    /// Who issues.
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Where.
    pub fn token_endpoint(&self) -> &str {
        &self.token_endpoint
    }

    /// For what: the server's own spelling of its identifier.
    pub fn resource(&self) -> &str {
        &self.resource
    }
}
