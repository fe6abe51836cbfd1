//! What is allowed, and still worth a second look.

use std::collections::HashMap;

use warded_core::{IssuerRules, Mode, UnixTime};

use super::{Draft, DraftIssuer, DraftServer, Origin};
use crate::{
    config::{
        Span,
        serving::{Served, Serving},
    },
    finding::{Finding, table},
};

pub(super) fn find(draft: &Draft, serving: &Serving, now: UnixTime, findings: &mut Vec<Finding>) {
    for server in &draft.servers {
        findings.extend(permissive(server, now));
        findings.extend(identifiers(server));
    }
    for (at, issuer) in draft.issuers.iter().enumerate() {
        let Some(origin) = &issuer.origin else { continue };
        let gives =
            |server: &Served| server.grant.as_ref().is_some_and(|grant| grant.issuer.value == issuer.name);
        let is_trusted = draft.servers.iter().any(|server| server.spec.issuers.contains(&at));
        if !is_trusted && !serving.servers.iter().any(gives) {
            let message = format!("no server trusts the issuer `{}`", issuer.name);
            findings.push(Finding::new(&table::ISSUER_UNUSED, message).at(origin.name_at, "unused"));
        }
        findings.extend(lifetime(issuer, origin));
        findings.extend(provider(issuer, origin));
    }
    lookalikes(draft, findings);
}

fn permissive(server: &DraftServer, now: UnixTime) -> Option<Finding> {
    let Mode::PermissiveUntil(end) = server.spec.mode else {
        return None;
    };
    let (name, until) = (&server.spec.name, server.until.as_deref().unwrap_or_default());
    if now >= end {
        let message = format!("the server `{name}` was permissive until {until} and is strict now");
        let finding = Finding::new(&table::PERMISSIVE_ENDED, message).at(server.mode_at, "ended");
        return Some(finding);
    }
    let message = format!(
        "the server `{name}` is permissive until {until}: tokens without an audience, or for an unknown one, open it"
    );
    Some(Finding::new(&table::PERMISSIVE, message).at(server.mode_at, "permissive"))
}

fn identifiers(server: &DraftServer) -> Vec<Finding> {
    let spans = std::iter::once(server.resource_at).chain(server.aliases_at.iter().copied());
    let identifiers = std::iter::once(&server.spec.resource).chain(&server.spec.aliases);
    let mut found = Vec::new();
    for (uri, span) in identifiers.zip(spans) {
        if uri.is_plain_http() {
            let message = format!("`{uri}` is plain http, which stays on this machine");
            found.push(Finding::new(&table::PLAIN_HTTP, message).at(span, "plain http"));
        }
        if uri.has_query() {
            let message = format!("`{uri}` has a query");
            let finding = Finding::new(&table::RESOURCE_QUERY, message).at(span, "with a query");
            found.push(finding);
        }
    }
    found
}

fn lifetime(issuer: &DraftIssuer, origin: &Origin) -> Option<Finding> {
    let (span, hours) = (origin.lifetime_at?, issuer.spec.rules.max_lifetime / 3600);
    (issuer.spec.rules.max_lifetime > IssuerRules::DEFAULT_MAX_LIFETIME).then(|| {
        let message = format!("tokens of `{}` may live for {hours} hours", issuer.name);
        Finding::new(&table::LIFETIME_LONG, message).at(span, "longer than a day")
    })
}

fn provider(issuer: &DraftIssuer, origin: &Origin) -> Vec<Finding> {
    let Some((preset, span)) = origin.provider else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if !preset.issuer.fits(issuer.spec.url.as_str()) {
        let message = format!("the url of an issuer at {} {}", preset.title, preset.issuer.describe());
        let finding = Finding::new(&table::ISSUER_SHAPE, message).at(origin.url_at, "does not");
        found.push(finding.at(span, "this provider"));
    }
    if let Some(caution) = preset.caution {
        let finding = Finding::new(&table::PROVIDER_CAUTION, format!("{}: {caution}", preset.title));
        found
            .push(finding.at(span, "this provider").help(format!("Read docs/providers/{}.md.", preset.name)));
    }
    found
}

/// Values of different servers that only exact comparison keeps apart.
fn lookalikes(draft: &Draft, findings: &mut Vec<Finding>) {
    let mut seen: HashMap<String, (usize, Span, String)> = HashMap::new();
    let mut enter = |server: usize, span: Span, text: &str| {
        let loose = text.to_lowercase().trim_end_matches('/').to_owned();
        match seen.get(&loose) {
            Some((other, place, first)) if *other != server && first != text => {
                let name = |at: usize| draft.servers.get(at).map_or("", |server| &server.spec.name);
                let message = format!("audiences of `{}` and `{}` look alike", name(*other), name(server));
                let finding =
                    Finding::new(&table::AUDIENCE_LOOKALIKE, message).at(span, text).at(*place, first);
                findings.push(finding);
            }
            Some(_) => {}
            None => {
                seen.insert(loose, (server, span, text.to_owned()));
            }
        }
    };
    for (at, server) in draft.servers.iter().enumerate() {
        enter(at, server.resource_at, server.spec.resource.as_str());
        for (alias, span) in server.spec.aliases.iter().zip(&server.aliases_at) {
            enter(at, *span, alias.as_str());
        }
    }
    for issuer in &draft.issuers {
        let spans = issuer.origin.iter().flat_map(|origin| &origin.audiences_at);
        for ((server, value), span) in issuer.spec.audiences.iter().zip(spans) {
            enter(*server, *span, value);
        }
    }
}
