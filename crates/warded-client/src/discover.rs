//! Who issues tokens for a server? From the server's URL to its own description (RFC 9728), and from there to its
//! authorization server's (RFC 8414, OpenID Discovery).
//!
//! The server is not trusted yet, and neither is whom it names. So it speaks for itself only, its issuer speaks for
//! itself only, and what is missing is told from what is broken: an outage never leads to a weaker protocol.

use warded_core::{
    Issuer, ResourceUri,
    metadata::{AuthorizationServer, InvalidMetadata, ProtectedResource},
};

use crate::{
    challenge::Challenge,
    fetch::{Fetch, FetchFailed, Target},
};

mod issuer;
mod legacy;
mod resource;

pub use issuer::{issuer_metadata, provider_metadata};
#[cfg(feature = "bridge")]
pub(crate) use legacy::undescribed;
pub use resource::{Introduction, introduction};

/// What a client knows before it asks for a token.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Discovered {
    /// How the server introduces itself; none where it is of 2025-03-26 and does not.
    pub resource: Option<ProtectedResource>,
    /// What to send as `resource`: byte for byte what the server calls itself.
    pub resource_text: String,
    /// What the server calls itself, to compare with.
    pub resource_uri: ResourceUri,
    /// Whether that names more than the URL that was asked about: a token for it works at other paths of this
    /// origin too, and whoever asked should know.
    pub is_wide: bool,
    /// Who issues its tokens.
    pub issuer: Issuer,
    /// How the issuer introduces itself.
    pub server: AuthorizationServer,
    /// Whether the server is of MCP 2025-03-26, which knows no resource metadata.
    pub is_legacy: bool,
}

/// Why a client cannot know whom to ask for a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoverFailed {
    /// A document could not be fetched.
    #[error("{document}: {error}")]
    Fetch {
        /// Which.
        document: Document,
        /// Why.
        error: FetchFailed,
    },
    /// A document is none.
    #[error("{document}: {error}")]
    Invalid {
        /// Which.
        document: Document,
        /// Why.
        error: InvalidMetadata,
    },
    /// The challenge sends us to another origin (RFC 9728 §3.3): whoever answers there could speak for the server.
    #[error(
        "the server's challenge says that it is described at another origin than its own, so the description could be anybody's; its operator must serve it at the server's origin"
    )]
    MetadataElsewhere,
    /// The server calls itself by another server's name (RFC 9728 §3.3). A token for that name is not for it.
    #[error(
        "the server says that it is {}, so a token for that could not be kept from the server that is really called so; nothing was asked of its issuer. Check the URL, or have the operator mend `resource`", named.as_ref().map_or("something that is no identifier".to_owned(), |named| format!("`{named}`"))
    )]
    ResourceElsewhere {
        /// What it calls itself, where that can be shown.
        named: Option<ResourceUri>,
    },
    /// The server names nobody.
    #[error("the server's metadata names no authorization server, so nobody can be asked for a token")]
    NoIssuer,
    /// The issuer introduces itself nowhere.
    #[error(
        "the authorization server `{issuer}` has no metadata at any of the places that RFC 8414 and OpenID Discovery name"
    )]
    IssuerSilent {
        /// Who.
        issuer: Issuer,
    },
    /// Nobody says that S256 works (RFC 7636), so a stolen code might be of use to the thief.
    #[error(
        "the authorization server `{issuer}` does not say that it supports PKCE with S256 (`code_challenge_methods_supported`), without which a stolen code is a stolen token"
    )]
    NoPkce {
        /// Who.
        issuer: Issuer,
    },
}

/// Which document a failure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Document {
    /// RFC 9728
    ProtectedResource,
    /// RFC 8414
    AuthorizationServer,
}

impl std::fmt::Display for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ProtectedResource => "the server's protected resource metadata",
            Self::AuthorizationServer => "the authorization server's metadata",
        })
    }
}

/// Finds out who issues tokens for a server, and under which name. Of several issuers, `preferred` is asked if it is one of
/// them.
pub async fn discover(
    fetch: &Fetch,
    server_url: &ResourceUri,
    challenge: Option<&Challenge>,
    preferred: Option<&Issuer>,
) -> Result<Discovered, DiscoverFailed> {
    let Some(introduction) = introduction(fetch, server_url, challenge).await? else {
        return legacy::discover(fetch, server_url).await;
    };
    let Introduction { document, uri, is_wide } = introduction;
    let issuer = choose(&document, preferred)?;
    let found = issuer_metadata(fetch, &issuer, Some(server_url)).await?;
    let server = found.ok_or_else(|| DiscoverFailed::IssuerSilent { issuer: issuer.clone() })?;
    issuer::require_pkce(&issuer, &server)?;
    vet_browser_url(fetch, server_url, &server)?;
    Ok(Discovered {
        resource_text: document.resource.clone(),
        resource_uri: uri,
        resource: Some(document),
        is_wide,
        issuer,
        server,
        is_legacy: false,
    })
}

/// RFC 9728 §7.6: whom to ask is the client's choice, among those that the server names, byte for byte.
fn choose(document: &ProtectedResource, preferred: Option<&Issuer>) -> Result<Issuer, DiscoverFailed> {
    let named = &document.authorization_servers;
    if let Some(preferred) = preferred.filter(|issuer| named.iter().any(|named| named == issuer.as_str())) {
        return Ok(preferred.clone());
    }
    let first = named.first().ok_or(DiscoverFailed::NoIssuer)?;
    // The document was refused if it named somebody who is no issuer.
    Issuer::parse(first).map_err(|_| DiscoverFailed::NoIssuer)
}

impl Discovered {
    /// A URL of the issuer's metadata, as a place to send something to. It was learned from others, unless it has the
    /// origin of the server that the user named.
    pub fn target(&self, url: &str) -> Result<Target, warded_core::InvalidResourceUri> {
        Target::beside(url, &self.resource_uri)
    }
}

/// The one URL of the metadata that we do not fetch ourselves: a browser opens it, with its user's cookies.
fn vet_browser_url(
    fetch: &Fetch,
    server_url: &ResourceUri,
    server: &AuthorizationServer,
) -> Result<(), DiscoverFailed> {
    let which = Document::AuthorizationServer;
    let Some(url) = &server.authorization_endpoint else {
        return Ok(());
    };
    let endpoint = InvalidMetadata::Endpoint { member: "authorization_endpoint" };
    let target = Target::beside(url, server_url)
        .map_err(|_| DiscoverFailed::Invalid { document: which, error: endpoint })?;
    fetch.vet(&target).map_err(|error| DiscoverFailed::Fetch { document: which, error })
}

/// Fetches one document; none where it is not there. A server error and a redirect are answers of something that is
/// broken or in the way, and are no licence to go on with less (a downgrade).
async fn document(
    fetch: &Fetch,
    target: &Target,
    which: Document,
) -> Result<Option<bytes::Bytes>, DiscoverFailed> {
    let failed = |error| DiscoverFailed::Fetch { document: which, error };
    let fetched = fetch.get(target).await.map_err(failed)?;
    // Only these say that there is nothing. A 403, or a 429, is somebody who keeps us from what is there.
    if matches!(fetched.status.as_u16(), 404 | 405 | 410) {
        return Ok(None);
    }
    fetched.json().map(|body| Some(body.clone())).map_err(failed)
}
