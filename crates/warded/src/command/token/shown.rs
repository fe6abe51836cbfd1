//! How is a token shown? With everything that is known of it, and nothing that opens anything.

use serde_json::{Value, json};
use warded_client::tokens::{Behalf, Bound, Listed};
use warded_core::UnixTime;

use crate::{
    cli::Format,
    report::{self, escaped},
};

/// All of them.
pub(super) fn listed(tokens: &[Listed], format: Format, now: UnixTime) -> String {
    if format == Format::Json {
        return document(tokens, now);
    }
    if tokens.is_empty() {
        return "no tokens are kept\n".to_owned();
    }
    let mut rows =
        vec![["NAME", "SERVER", "ACCOUNT", "SCOPES", "EXPIRES", "RENEWED"].map(str::to_owned).to_vec()];
    rows.extend(tokens.iter().map(|token| {
        vec![
            token.name.clone(),
            server(token),
            token.place.account.as_deref().map(escaped).unwrap_or_default(),
            escaped(&permitted(token)),
            expiry(token, now),
            if token.is_renewable { "yes" } else { "no" }.to_owned(),
        ]
    }));
    report::table(&rows)
}

/// Some of them, with all that is known.
pub(super) fn whole(tokens: &[Listed], format: Format, now: UnixTime) -> String {
    if format == Format::Json {
        return document(tokens, now);
    }
    let shown: Vec<_> = tokens.iter().map(|token| report::table(&rows(token, now))).collect();
    shown.join("\n")
}

/// The answer for programs.
pub(super) fn document(tokens: &[Listed], now: UnixTime) -> String {
    let tokens: Vec<_> = tokens.iter().map(|token| value(token, now)).collect();
    report::document(&json!({ "tokens": tokens }))
}

fn rows(token: &Listed, now: UnixTime) -> Vec<Vec<String>> {
    let row = |name: &str, text: String| vec![name.to_owned(), text];
    let source = &token.place.source;
    let mut rows = vec![
        row("name", token.name.clone()),
        row("server", server(token)),
        row("resource", without_query(source.resource())),
        row("issuer", escaped(source.issuer().as_str())),
        row("token endpoint", escaped(source.token_endpoint())),
    ];
    rows.extend(token.place.account.as_deref().map(|account| row("account", escaped(account))));
    rows.extend([
        row("client", escaped(&token.terms.client)),
        row("on behalf of", behalf_in_words(token).to_owned()),
        row("is for its server", bound_in_words(token)),
        row(
            "key",
            token
                .key
                .as_ref()
                .map_or("none: whoever has it can use it".to_owned(), |key| format!("{key} (DPoP)")),
        ),
        row("asked for", scopes(&token.terms.scopes.to_string())),
        row("permits", escaped(&permitted(token))),
        row("obtained", report::moment(token.obtained, now)),
        row("expires", token.expires.map_or("not said".to_owned(), |at| report::moment(at, now))),
        row("renewed", renewal(token).to_owned()),
        row("file", token.file().to_owned()),
    ]);
    rows
}

/// The server's URL, for people.
pub(super) fn server(token: &Listed) -> String {
    without_query(token.place.server.as_str())
}

/// A query may hold a key.
fn without_query(url: &str) -> String {
    match url.split_once('?') {
        Some((before, _)) => format!("{}?...", escaped(before)),
        None => escaped(url),
    }
}

/// How the token is known to be for its server, and by which name where that is not the server's own.
fn bound(token: &Listed) -> (&'static str, Option<&str>) {
    match &token.terms.bound {
        Bound::Audience => ("audience", None),
        Bound::Pinned(audience) => ("pinned", Some(audience)),
        Bound::Ignored | Bound::Unbound => ("unbound", None),
    }
}

fn behalf(token: &Listed) -> &'static str {
    match &token.terms.behalf {
        Behalf::User => "user",
        Behalf::Client => "client",
        Behalf::Subject(_) => "subject",
    }
}

fn bound_in_words(token: &Listed) -> String {
    match &token.terms.bound {
        Bound::Audience => "by `resource`".to_owned(),
        Bound::Pinned(audience) => format!("by the name `{}`, as you said", escaped(audience)),
        Bound::Ignored | Bound::Unbound => {
            "not at its issuer: others may take it, and it is sent to this server only".to_owned()
        }
    }
}

fn behalf_in_words(token: &Listed) -> &'static str {
    match &token.terms.behalf {
        Behalf::User => "a person",
        Behalf::Client => "the client itself",
        Behalf::Subject(_) => "whoever another token speaks of",
    }
}

fn renewal(token: &Listed) -> &'static str {
    match (token.is_renewable, token.was_interrupted) {
        (true, false) => "without a login",
        (true, true) => {
            "perhaps: the last renewal was cut off, and its issuer may take the refresh token once only"
        }
        (false, _) => "with a login",
    }
}

fn expiry(token: &Listed, now: UnixTime) -> String {
    match token.expires {
        None => "not said".to_owned(),
        Some(at) if at <= now => "expired".to_owned(),
        Some(at) => format!("in {}", report::span_of_time(at.since(now))),
    }
}

fn permitted(token: &Listed) -> String {
    scopes(&token.permitted.as_ref().unwrap_or(&token.terms.scopes).to_string())
}

fn scopes(list: &str) -> String {
    if list.is_empty() { "none".to_owned() } else { escaped(list) }
}

fn value(token: &Listed, now: UnixTime) -> Value {
    let source = &token.place.source;
    let (how, audience) = bound(token);
    json!({
        "name": token.name,
        "server": server(token),
        "resource": without_query(source.resource()),
        "issuer": source.issuer().as_str(),
        "token_endpoint": source.token_endpoint(),
        "account": token.place.account,
        "client": token.terms.client,
        "behalf": behalf(token),
        "bound": how,
        "audience": audience,
        "bearer": token.terms.bearer,
        "key": token.key.as_ref().map(ToString::to_string),
        "asked": token.terms.scopes.iter().collect::<Vec<_>>(),
        "permitted": token.permitted.as_ref().map(|scopes| scopes.iter().collect::<Vec<_>>()),
        "obtained": token.obtained.seconds(),
        "expires": token.expires.map(UnixTime::seconds),
        "is_expired": token.expires.is_some_and(|at| at <= now),
        "is_renewable": token.is_renewable,
        "was_interrupted": token.was_interrupted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_query_is_not_shown() {
        assert_eq!(without_query("https://a.example/mcp?key=MARKED?x"), "https://a.example/mcp?...");
        assert_eq!(without_query("https://a.example/mcp"), "https://a.example/mcp");
        assert!(!without_query("https://a.example/\u{1b}[2J").contains('\u{1b}'));
    }
}
