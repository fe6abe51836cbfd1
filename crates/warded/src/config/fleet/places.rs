//! Would two things be served at one place? An issuer answers for everything below its own path, and where its metadata is
//! looked for.

use std::collections::HashMap;

use warded_core::{ResourceUri, metadata::AuthorizationServer};

use super::{Draft, DraftIssuer, DraftServer};
use crate::finding::{Finding, table};

/// Finds what stands where an issuer of ours answers. The first `ours` of the servers are served here. One that somebody else
/// serves does not collide, but what it is called by would also be what clients name when they speak to the issuer (RFC 7523 §3).
pub(super) fn find(draft: &Draft, ours: usize, findings: &mut Vec<Finding>) {
    let issuers = || draft.issuers.iter().filter(|issuer| issuer.built_in.is_some());
    let mut taken: HashMap<String, &DraftIssuer> = HashMap::new();
    for issuer in issuers() {
        for place in places(issuer) {
            taken.entry(place).or_insert(issuer);
        }
    }
    let at = |place: &str| above(place).find_map(|above| taken.get(above).copied());
    for issuer in issuers() {
        // Two of one URL are one issuer, and that is said elsewhere.
        let other = |other: &&DraftIssuer| other.spec.url != issuer.spec.url;
        if let Some(other) = places(issuer).iter().find_map(|place| at(place).filter(other)) {
            let message = format!("`{}` would answer where `{}` does", issuer.name, other.name);
            findings.push(told([(issuer, "this URL"), (other, "and this one")], &message));
        }
    }
    for (position, server) in draft.servers.iter().enumerate() {
        let document = |identifier: &ResourceUri| Some(identifier.metadata_url()).filter(|_| position < ours);
        let meets = |identifier: &ResourceUri| {
            let document = document(identifier).and_then(|url| at(&place(&ResourceUri::parse(&url).ok()?)));
            at(&place(identifier)).or(document)
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
