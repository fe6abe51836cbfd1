//! How does an issuer introduce itself? Its metadata (RFC 8414, OpenID Discovery), which must name it byte for byte.

use warded_core::{Issuer, ResourceUri, metadata::AuthorizationServer};

use super::{DiscoverFailed, Document, document};
use crate::fetch::{Fetch, Target};

const WHICH: Document = Document::AuthorizationServer;

/// Asks an issuer who it is; none where it says nothing at any of its places. `configured` is a URL that whoever
/// runs us wrote down: its origin is trusted to be where it is.
pub async fn issuer_metadata(
    fetch: &Fetch,
    issuer: &Issuer,
    configured: Option<&ResourceUri>,
) -> Result<Option<AuthorizationServer>, DiscoverFailed> {
    first_of(&AuthorizationServer::urls(issuer), fetch, issuer, configured).await
}

/// Asks an OpenID provider who it is: at OpenID's own place first, since it need not know of the others (OpenID Connect
/// Discovery §4), and what stands there may be a page for people, or a wall.
pub async fn provider_metadata(
    fetch: &Fetch,
    issuer: &Issuer,
    configured: Option<&ResourceUri>,
) -> Result<Option<AuthorizationServer>, DiscoverFailed> {
    let mut urls = AuthorizationServer::urls(issuer);
    urls.rotate_right(1);
    first_of(&urls, fetch, issuer, configured).await
}

async fn first_of(
    urls: &[String],
    fetch: &Fetch,
    issuer: &Issuer,
    configured: Option<&ResourceUri>,
) -> Result<Option<AuthorizationServer>, DiscoverFailed> {
    for url in urls {
        let target = match configured {
            Some(configured) => Target::beside(url, configured),
            None => Target::learned(url),
        };
        let silent = || DiscoverFailed::IssuerSilent { issuer: issuer.clone() };
        let target = target.map_err(|_| silent())?;
        if let Some(text) = document(fetch, &target, WHICH).await? {
            // RFC 8414 §3.3: a document that names somebody else could lend us an attacker's endpoints.
            let invalid = |error| DiscoverFailed::Invalid { document: WHICH, error };
            return AuthorizationServer::parse(&text, issuer).map(Some).map_err(invalid);
        }
    }
    Ok(None)
}

/// MCP authorization, "Authorization Code Protection": a client refuses where S256 is not promised. An issuer without an
/// authorization endpoint gives no codes that could be stolen.
pub(super) fn require_pkce(issuer: &Issuer, server: &AuthorizationServer) -> Result<(), DiscoverFailed> {
    let methods = server.code_challenge_methods_supported.iter().flatten();
    if methods.into_iter().any(|method| method == "S256") || server.authorization_endpoint.is_none() {
        return Ok(());
    }
    Err(DiscoverFailed::NoPkce { issuer: issuer.clone() })
}
