//! How does a server introduce itself? Its protected resource metadata (RFC 9728), found and held against its URL.

use warded_core::{
    ResourceUri, json,
    metadata::{InvalidMetadata, ProtectedResource},
};

use super::{DiscoverFailed, Document, document};
use crate::{
    challenge::Challenge,
    fetch::{Fetch, Target},
};

const WHICH: Document = Document::ProtectedResource;

/// A server's own description, which is about the URL that was asked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Introduction {
    /// The description.
    pub document: ProtectedResource,
    /// What the server calls itself.
    pub uri: ResourceUri,
    /// Whether that names more than the URL that was asked for.
    pub is_wide: bool,
}

/// Asks a server who it is: where its challenge says, else at the well-known URL of its path, else of its origin.
/// None where it says nothing at all, as servers of MCP 2025-03-26 do.
pub async fn introduction(
    fetch: &Fetch,
    server_url: &ResourceUri,
    challenge: Option<&Challenge>,
) -> Result<Option<Introduction>, DiscoverFailed> {
    if let Some(url) = challenge.and_then(|challenge| challenge.resource_metadata.as_deref()) {
        let target = Target::beside(url, server_url).map_err(|_| DiscoverFailed::MetadataElsewhere)?;
        // RFC 9728 §7.3: who makes us read another origin's document chooses our issuer.
        if target.url().origin() != server_url.origin() {
            return Err(DiscoverFailed::MetadataElsewhere);
        }
        // The server said that it is there. Looking elsewhere would be guessing.
        let failed = |error| DiscoverFailed::Fetch { document: WHICH, error };
        let fetched = fetch.get(&target).await.map_err(failed)?;
        return read(fetched.json().map_err(failed)?, server_url).map(Some);
    }
    for url in well_known(server_url) {
        let target = Target::beside(&url, server_url).map_err(|_| DiscoverFailed::MetadataElsewhere)?;
        if let Some(text) = document(fetch, &target, WHICH).await? {
            return read(&text, server_url).map(Some);
        }
    }
    Ok(None)
}

/// RFC 9728 §3.1, and the root that the MCP specification adds to it.
fn well_known(server_url: &ResourceUri) -> Vec<String> {
    let mut urls = vec![server_url.metadata_url()];
    let root = format!("{}/.well-known/oauth-protected-resource", server_url.origin());
    if !urls.contains(&root) {
        urls.push(root);
    }
    urls
}

fn read(text: &[u8], server_url: &ResourceUri) -> Result<Introduction, DiscoverFailed> {
    let invalid = |error| DiscoverFailed::Invalid { document: WHICH, error };
    let members = json::object(text).map_err(|error| invalid(InvalidMetadata::Json(error)))?;
    let named = members.get("resource").and_then(|value| value.as_str());
    let named = named.ok_or_else(|| invalid(InvalidMetadata::Member { member: "resource" }))?;
    let uri = ResourceUri::parse(named).map_err(|_| DiscoverFailed::ResourceElsewhere { named: None })?;
    if !covers(&uri, server_url) {
        return Err(DiscoverFailed::ResourceElsewhere { named: Some(uri) });
    }
    let document = ProtectedResource::parse(text, &uri).map_err(invalid)?;
    let is_wide = uri != *server_url;
    Ok(Introduction { document, uri, is_wide })
}

/// Whether a name is the server's URL, or that of a folder of its origin that the URL is in. Folders end at `/`:
/// `/notes` is not one of `/notes-of-others`, and `/notes/` is not in itself another server's `/notes`.
fn covers(named: &ResourceUri, server_url: &ResourceUri) -> bool {
    if named == server_url {
        return true;
    }
    let path_of = |url: &str| url.split('?').next().unwrap_or_default().to_owned();
    let (folder, path) = (path_of(named.path_and_query()), path_of(server_url.path_and_query()));
    // What is below `/notes` is below `/notes/`, too; `/notes` itself is not.
    let is_below = match folder.strip_suffix('/') {
        Some(_) => path.starts_with(&folder),
        None => path.strip_prefix(&folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    };
    named.origin() == server_url.origin()
        // A query tells one tenant from another, which a path cannot vouch for.
        && !named.has_query()
        && is_below
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> ResourceUri {
        ResourceUri::parse(text).unwrap()
    }

    #[test]
    fn a_server_is_looked_for_at_its_path_and_then_at_its_root() {
        assert_eq!(
            well_known(&uri("https://a.example/notes/mcp")),
            [
                "https://a.example/.well-known/oauth-protected-resource/notes/mcp",
                "https://a.example/.well-known/oauth-protected-resource"
            ]
        );
        assert_eq!(well_known(&uri("https://a.example/")).len(), 1);
    }

    #[test]
    fn a_folder_covers_what_is_in_it() {
        for named in
            ["https://a.example", "https://a.example/", "https://a.example/notes", "https://a.example/notes/"]
        {
            assert!(covers(&uri(named), &uri("https://a.example/notes/mcp")), "{named}");
            assert!(covers(&uri(named), &uri("https://a.example/notes/mcp?tenant=1")), "{named}");
        }
        assert!(covers(&uri("https://a.example/mcp"), &uri("https://a.example/mcp/")));
        assert!(covers(&uri("https://a.example/mcp"), &uri("https://a.example/mcp?t=1")));
    }

    #[test]
    fn nothing_else_covers_a_server() {
        for named in [
            "https://evil.example/notes/mcp",
            "https://a.example:8443/notes/mcp",
            "https://a.example.evil.example",
            "https://x.a.example",
            "http://localhost/notes/mcp",
            "https://a.example/notes/mcp/deeper",
            "https://a.example/notes/mc",
            "https://a.example/note",
            "https://a.example/other",
            "https://a.example/Notes",
            "https://a.example/notes?tenant=1",
            "https://a.example/notes/mcp?tenant=1",
        ] {
            assert!(!covers(&uri(named), &uri("https://a.example/notes/mcp")), "{named}");
        }
        assert!(!covers(&uri("https://a.example/notes/"), &uri("https://a.example/notes")));
        assert!(!covers(&uri("https://a.example/notes/"), &uri("https://a.example/notes?t=1")));
        assert!(!covers(&uri("https://a.example/mcp?t=1"), &uri("https://a.example/mcp?t=2")));
    }
}
