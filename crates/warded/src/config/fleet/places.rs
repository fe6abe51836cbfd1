//! Would two things be served at one place? An issuer answers for everything below its own path, and where its metadata is
//! looked for.

use std::collections::HashMap;

use warded_core::{ResourceUri, metadata::AuthorizationServer};
use warded_issuer::ENDPOINTS;

use super::{Draft, DraftIssuer, DraftServer};
use crate::finding::{Finding, table};

/// Finds what stands where an issuer of ours answers. The first `ours` of the servers are served here. One that somebody else
/// serves does not collide, but what it is called by must not be what clients name when they speak to the issuer (RFC 7523 §3).
pub(super) fn find(draft: &Draft, ours: usize, findings: &mut Vec<Finding>) {
    let issuers = || draft.issuers.iter().filter(|issuer| issuer.built_in.is_some());
    let mut taken: HashMap<String, &DraftIssuer> = HashMap::new();
    for issuer in issuers() {
        for place in places(issuer).into_iter().chain(endpoints(issuer)) {
            taken.entry(place).or_insert(issuer);
        }
    }
    let at = |place: &str| above(place).find_map(|above| taken.get(above).copied());
    // Somebody else may serve the rest of the host of an issuer without a path.
    let named = |place: &str| {
        let above = above(place).filter(|above| above.contains('/') || *above == place);
        above.into_iter().find_map(|above| taken.get(above).copied())
    };
    for issuer in issuers() {
        // Two of one URL are one issuer, and that is said elsewhere.
        let other = |other: &&DraftIssuer| other.spec.url != issuer.spec.url;
        if let Some(other) = places(issuer).iter().find_map(|place| at(place).filter(other)) {
            let message = format!("`{}` would answer where `{}` does", issuer.name, other.name);
            findings.push(told([(issuer, "this URL"), (other, "and this one")], &message));
        }
    }
    for (position, server) in draft.servers.iter().enumerate() {
        let document = |identifier: &ResourceUri| {
            let url = ResourceUri::parse(&identifier.metadata_url()).ok()?;
            at(&place(&url))
        };
        let meets = |identifier: &ResourceUri| {
            let place = place(identifier);
            if position < ours { at(&place).or_else(|| document(identifier)) } else { named(&place) }
        };
        for (identifier, span) in identifiers(server) {
            if let Some(issuer) = meets(identifier) {
                let message = format!(
                    "`{}` is called by what `{}` answers for: {identifier}",
                    server.spec.name, issuer.name
                );
                let finding = told([(issuer, "all below this URL")], &message);
                findings.push(finding.at(span, "this identifier"));
            }
        }
    }
}

fn told<const N: usize>(issuers: [(&DraftIssuer, &str); N], message: &str) -> Finding {
    let finding = Finding::new(&table::PLACE_TAKEN, message);
    issuers.into_iter().fold(finding, |finding, (issuer, label)| match &issuer.origin {
        Some(origin) => finding.at(origin.url_at, label),
        None => finding,
    })
}

fn identifiers(server: &DraftServer) -> impl Iterator<Item = (&ResourceUri, crate::config::Span)> {
    let spans = std::iter::once(server.resource_at).chain(server.aliases_at.iter().copied());
    std::iter::once(&server.spec.resource).chain(&server.spec.aliases).zip(spans)
}

/// Where an issuer answers: below its own path, and at the well-known places that are not below it. One without a path has the
/// host to itself.
fn places(issuer: &DraftIssuer) -> Vec<String> {
    let wells = AuthorizationServer::urls(&issuer.spec.url);
    let urls = std::iter::once(issuer.spec.url.as_str()).chain(wells.iter().map(AsRef::as_ref));
    urls.filter_map(|url| ResourceUri::parse(url).ok()).map(|url| place(&url)).collect()
}

/// What clients speak to.
fn endpoints(issuer: &DraftIssuer) -> impl Iterator<Item = String> {
    let issuer = ResourceUri::parse(issuer.spec.url.as_str()).ok().map(|url| place(&url));
    issuer.into_iter().flat_map(|issuer| ENDPOINTS.map(|endpoint| format!("{issuer}/{endpoint}")))
}

/// Host and path, without what a request does not say.
fn place(url: &ResourceUri) -> String {
    let host = url.origin().split_once("://").map_or(url.origin(), |(_, host)| host);
    let path = url.path_and_query().split('?').next().unwrap_or_default();
    format!("{host}{}", path.trim_end_matches('/'))
}

/// A place, and all that it is below.
fn above(place: &str) -> impl Iterator<Item = &str> {
    let ends = place.match_indices('/').map(|(at, _)| at).chain([place.len()]);
    ends.filter_map(|end| place.get(..end))
}

#[cfg(test)]
mod tests {
    use warded_core::UnixTime;

    use crate::config::{fleet::assess, load};

    /// What is said where a server of somebody else has that identifier, beside an issuer at that URL.
    fn said(issuer: &str, resource: &str) -> Vec<&'static str> {
        let source = format!(
            "public_url: https://mcp.example.com
servers: {{ notes: {{}} }}
issuers:
  ours: {{ built_in: {{ url: {issuer}, tiers: [default] }} }}
resources:
  pay: {{ resource: \"{resource}\" }}
"
        );
        let assessment = assess(&load(&source).unwrap(), UnixTime::from_seconds(0));
        assessment
            .findings
            .iter()
            .map(|finding| finding.rule.code)
            .filter(|code| *code == "place-taken")
            .collect()
    }

    #[test]
    fn a_server_of_others_is_not_called_by_what_clients_name_when_they_speak_to_the_issuer() {
        let (host, path) = ("https://auth.example.com", "https://mcp.example.com/issuers/ours");
        for (issuer, resource) in [
            (host, "https://auth.example.com"),
            (host, "https://auth.example.com/token"),
            (host, "https://auth.example.com/token/mcp"),
            (host, "https://auth.example.com/.well-known/oauth-authorization-server"),
            (path, "https://mcp.example.com/issuers/ours"),
            (path, "https://mcp.example.com/issuers/ours/mcp"),
        ] {
            assert_eq!(said(issuer, resource), ["place-taken"], "{issuer} {resource}");
        }
    }

    #[test]
    fn a_server_of_others_may_have_the_rest_of_a_host() {
        for (issuer, resource) in [
            ("https://auth.example.com", "https://auth.example.com/pay/mcp"),
            ("https://auth.example.com", "https://auth.example.com/tokens"),
            ("https://auth.example.com", "https://auth.example.com:8443"),
            ("https://mcp.example.com/issuers/ours", "https://mcp.example.com/issuers/others/mcp"),
        ] {
            assert_eq!(said(issuer, resource), [""; 0], "{issuer} {resource}");
        }
    }
}
