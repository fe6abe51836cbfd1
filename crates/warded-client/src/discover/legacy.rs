//! Who issues tokens for a server that does not introduce itself? MCP 2025-03-26: the server's own origin does.
//!
//! Only reached where the server has said, by 404 at every place, that it has no description.

use warded_core::{Issuer, ResourceUri, metadata::AuthorizationServer};

use super::{DiscoverFailed, Discovered, Document, document, issuer, vet_browser_url};
use crate::fetch::{Fetch, Target};

const WHICH: Document = Document::AuthorizationServer;

pub(super) async fn discover(fetch: &Fetch, server_url: &ResourceUri) -> Result<Discovered, DiscoverFailed> {
    let origin = server_url.origin();
    let issuer = Issuer::parse(origin).map_err(|_| DiscoverFailed::NoIssuer)?;
    let (issuer, server) = match metadata(fetch, server_url, &issuer).await? {
        Some((issuer, server)) => {
            issuer::require_pkce(&issuer, &server)?;
            vet_browser_url(fetch, server_url, &server)?;
            (issuer, server)
        }
        // "Fallbacks for Servers without Metadata Discovery".
        None => (issuer, default_endpoints(origin)),
    };
    Ok(Discovered {
        resource: None,
        // The server is named to whoever listens: an issuer that binds tokens can, one that does not passes it over.
        resource_text: server_url.as_str().to_owned(),
        resource_uri: server_url.clone(),
        is_wide: false,
        issuer,
        server,
        is_legacy: true,
    })
}

/// Nobody has told us how the issuer spells its name, so both spellings of an origin will do; any other is refused.
async fn metadata(
    fetch: &Fetch,
    server_url: &ResourceUri,
    issuer: &Issuer,
) -> Result<Option<(Issuer, AuthorizationServer)>, DiscoverFailed> {
    for url in AuthorizationServer::urls(issuer) {
        let silent = |_| DiscoverFailed::IssuerSilent { issuer: issuer.clone() };
        let target = Target::beside(&url, server_url).map_err(silent)?;
        if let Some(text) = document(fetch, &target, WHICH).await? {
            let with_slash = Issuer::parse(&format!("{issuer}/")).map_err(silent)?;
            let read =
                |named: Issuer| AuthorizationServer::parse(&text, &named).map(|server| (named, server));
            let found = read(issuer.clone()).or_else(|error| read(with_slash).map_err(|_| error));
            return found.map(Some).map_err(|error| DiscoverFailed::Invalid { document: WHICH, error });
        }
    }
    Ok(None)
}

/// What an issuer would say of itself that describes itself nowhere, which only the origin of a server itself may do.
#[cfg(feature = "bridge")]
pub(crate) fn undescribed(issuer: &Issuer, server_url: &ResourceUri) -> Option<AuthorizationServer> {
    let origin = server_url.origin();
    let is_its_own = issuer.as_str().strip_suffix('/').unwrap_or(issuer.as_str()) == origin;
    is_its_own.then(|| default_endpoints(origin))
}

fn default_endpoints(origin: &str) -> AuthorizationServer {
    let mut server = AuthorizationServer::default();
    origin.clone_into(&mut server.issuer);
    server.authorization_endpoint = Some(format!("{origin}/authorize"));
    server.token_endpoint = Some(format!("{origin}/token"));
    server.registration_endpoint = Some(format!("{origin}/register"));
    // There is no document that could promise it, but that revision demands PKCE of everybody.
    server.code_challenge_methods_supported = Some(vec!["S256".to_owned()]);
    server
}
