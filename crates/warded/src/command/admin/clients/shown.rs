//! How are applications shown? Their secret once, and everything else as often as is asked.

use serde_json::{Value, json};
use warded_core::{ResourceUri, UnixTime};
use warded_issuer::operator;
use warded_store::{ApplicationType, Client, Origin};

use crate::{cli::Format, report};

/// The one time that the secret is told.
pub(super) fn told(added: operator::NewlyAdded, format: Format) -> String {
    let (id, issuer) = (added.client.id.clone(), added.client.issuer.clone());
    let resource = added.client.pinned.clone();
    let secret = added.into_secret();
    match format {
        Format::Json => report::document(&json!({
            "client_id": id,
            "client_secret": secret.as_ref().map(|secret| secret.as_str()),
            "issuer": issuer.as_str(),
            "resource": resource.as_ref().map(ResourceUri::as_str),
        })),
        Format::Text => {
            let mut rows = vec![vec!["client id".to_owned(), id]];
            rows.extend(secret.map(|secret| vec!["client secret".to_owned(), secret.to_string()]));
            rows.push(vec!["issuer".to_owned(), issuer.to_string()]);
            rows.extend(resource.map(|resource| vec!["server".to_owned(), resource.to_string()]));
            report::table(&rows)
        }
    }
}

/// All of them.
pub(super) fn listed(clients: &[Client], format: Format) -> String {
    match format {
        Format::Json => {
            report::document(&json!({ "clients": clients.iter().map(value).collect::<Vec<_>>() }))
        }
        Format::Text => {
            let mut rows = vec![["CLIENT ID", "NAME", "SERVER", "GRANTS"].map(str::to_owned).to_vec()];
            rows.extend(clients.iter().map(|client| {
                let name = client.name.as_deref().map(report::escaped).unwrap_or_default();
                let server = client.pinned.as_ref().map_or("any".to_owned(), ToString::to_string);
                vec![client.id.clone(), name, server, grants(client).join(", ")]
            }));
            report::table(&rows)
        }
    }
}

/// One of them.
pub(super) fn one(client: &Client, format: Format) -> String {
    if format == Format::Json {
        return report::document(&value(client));
    }
    let row = |name: &str, text: String| vec![name.to_owned(), text];
    let mut rows = vec![
        row("client id", client.id.clone()),
        row("name", client.name.as_deref().map(report::escaped).unwrap_or_default()),
        row("issuer", client.issuer.to_string()),
        row("server", client.pinned.as_ref().map_or("any".to_owned(), ToString::to_string)),
        row("grants", grants(client).join(", ")),
        row("shows", client.method.name().to_owned()),
        row("registered by", origin(client).to_owned()),
        row("since", report::date(client.created)),
        row("last used", client.used.map_or("never".to_owned(), report::date)),
    ];
    rows.extend(client.redirect_uris.iter().map(|uri| row("answers go to", report::escaped(uri))));
    report::table(&rows)
}

fn grants(client: &Client) -> Vec<&'static str> {
    client.grants.iter().map(|grant| grant.name()).collect()
}

const fn origin(client: &Client) -> &'static str {
    match client.origin {
        Origin::Operator => "operator",
        Origin::Itself => "itself",
    }
}

fn value(client: &Client) -> Value {
    json!({
        "client_id": client.id,
        "issuer": client.issuer.as_str(),
        "name": client.name,
        "confidential": client.secret.is_some(),
        "token_endpoint_auth_method": client.method.name(),
        "dpop_bound_access_tokens": client.dpop_bound,
        "application_type": client.application_type.map(ApplicationType::name),
        "grants": grants(client),
        "redirect_uris": client.redirect_uris,
        "resource": client.pinned.as_ref().map(ResourceUri::as_str),
        "registered_by": origin(client),
        "created": client.created.seconds(),
        "used": client.used.map(UnixTime::seconds),
    })
}
