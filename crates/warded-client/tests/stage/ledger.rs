//! Who gave what to whom, and who has seen it since? What opens something is written down when it is given, and looked for
//! in all that anybody was sent: in the open, escaped, percent-encoded and in base64.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;
use warded_core::{ResourceUri, Sent, jose::base64url};
use zeroize::Zeroizing;

use super::{Issuer, Seen, Server, Stage, claim};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    ClientId,
    ClientSecret,
    Code,
    DeviceCode,
    RefreshToken,
    AccessToken,
    IdToken,
    /// What somebody brings along for this issuer: an assertion, a token of another, a secret.
    Brought,
}

#[derive(Clone, Debug)]
struct Given {
    kind: Kind,
    text: String,
    resource: String,
}

/// What one issuer gave, or may be shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<Given>>>);

impl Ledger {
    pub(crate) fn note(&self, kind: Kind, text: &str, resource: &str) {
        let given = Given { kind, text: text.to_owned(), resource: resource.to_owned() };
        self.0.lock().unwrap().push(given);
    }

    fn all(&self) -> Vec<Given> {
        self.0.lock().unwrap().clone()
    }
}

/// The parts of a request in which something may stand.
#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    query: bool,
    authorization: bool,
    body: bool,
}

impl Seen {
    /// All of the request but for these parts, and what the connection adds.
    fn without(&self, parts: Parts) -> Vec<u8> {
        let mut text = format!("{}\n", self.path).into_bytes();
        if !parts.query {
            text.extend(self.query.bytes().chain(*b"\n"));
        }
        for (name, value) in &self.headers {
            if name != "authorization" || !parts.authorization {
                text.extend(name.as_str().bytes().chain(*b": ").chain(value.as_bytes().iter().copied()));
                text.push(b'\n');
            }
        }
        if !parts.body {
            text.extend(self.body.bytes());
        }
        text
    }
}

fn is_token_endpoint(path: &str) -> bool {
    matches!(path, "/token" | "/moved")
}

/// Where at the issuer that gave it something may stand.
fn at_issuer(kind: Kind, path: &str) -> Parts {
    let in_body = |is_so| Parts { body: is_so, ..Parts::default() };
    let is_token = is_token_endpoint(path);
    match kind {
        Kind::ClientId if path == "/authorize" => Parts { query: true, ..Parts::default() },
        Kind::ClientId | Kind::ClientSecret if is_token || matches!(path, "/revoke" | "/device") => {
            Parts { authorization: true, body: true, query: false }
        }
        Kind::ClientId | Kind::ClientSecret | Kind::IdToken => Parts::default(),
        Kind::Code | Kind::DeviceCode | Kind::Brought => in_body(is_token),
        Kind::RefreshToken => in_body(is_token || path == "/revoke"),
        Kind::AccessToken => in_body(path == "/revoke"),
    }
}

/// Where at a server. A token for all of an origin opens each of its paths.
fn at_server(given: &Given, server: &Server, path: &str) -> Parts {
    let url = format!("{}{path}", server.origin());
    let is_its_own =
        given.resource == url || ResourceUri::parse(&given.resource) == ResourceUri::parse(server.origin());
    let is_call = !path.starts_with("/.well-known");
    Parts { authorization: given.kind == Kind::AccessToken && is_its_own && is_call, ..Parts::default() }
}

impl Stage {
    /// Everything that anybody was sent was theirs to see.
    #[track_caller]
    pub(crate) fn check(&self) {
        let leaks = self.leaks();
        assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    }

    /// What somebody has seen that was neither given by them nor for them.
    pub(crate) fn leaks(&self) -> Vec<String> {
        let (issuers, servers) = ([&self.one, &self.two], [&self.server, &self.other]);
        let mut leaks = Vec::new();
        for giver in issuers {
            for given in giver.ledger.all() {
                let sent = Sent::new(Zeroizing::new(given.text.clone()));
                let mut look = |whom: &str, seen: &Seen, parts: Parts| {
                    if sent.occurs_in(&seen.without(parts)) {
                        let Given { kind, text, resource } = &given;
                        leaks.push(format!(
                            "{kind:?} {text} of {} for `{resource}` was seen by {whom} in {} {}?{}",
                            giver.name, seen.method, seen.path, seen.query
                        ));
                    }
                };
                for issuer in issuers {
                    for seen in issuer.log.all() {
                        let is_giver = issuer.url == giver.url;
                        let parts =
                            if is_giver { at_issuer(given.kind, &seen.path) } else { Parts::default() };
                        look(&format!("issuer {}", issuer.name), &seen, parts);
                    }
                }
                for server in servers {
                    for seen in server.log.all() {
                        look(
                            &format!("server {}", server.origin()),
                            &seen,
                            at_server(&given, server, &seen.path),
                        );
                    }
                }
            }
        }
        for issuer in issuers {
            leaks.extend(issuer.log.all().iter().filter_map(|seen| strays_at_issuer(issuer, seen)));
        }
        for server in servers {
            leaks.extend(server.log.all().iter().filter_map(|seen| strays_at_server(server, seen)));
        }
        leaks.extend(self.twice());
        leaks
    }

    /// A token that was sent to two paths is one of two servers.
    fn twice(&self) -> Vec<String> {
        let (mut places, mut leaks) = (HashMap::<String, String>::new(), Vec::new());
        for server in [&self.server, &self.other] {
            for seen in server.log.all() {
                let Some((_, token)) = seen.header("authorization").and_then(|value| value.split_once(' '))
                else {
                    continue;
                };
                let place = format!("{}{}", server.origin(), seen.path);
                let first = places.entry(token.to_owned()).or_insert_with(|| place.clone());
                if *first != place {
                    leaks.push(format!("{token} was sent to {first} and to {place}"));
                }
            }
        }
        leaks
    }
}

/// What a request carries that was made for somebody else.
fn strays_at_issuer(issuer: &Issuer, seen: &Seen) -> Option<String> {
    let is_token = is_token_endpoint(&seen.path);
    let may_show = is_token || matches!(seen.path.as_str(), "/revoke" | "/device");
    let shows = seen.header("authorization");
    if shows.is_some_and(|value| !may_show || !value.starts_with("Basic ")) {
        return Some(format!("issuer {} was shown a credential at {}", issuer.name, seen.path));
    }
    if let Some(verifier) = seen.parameter("code_verifier") {
        let challenge = base64url::encode(digest(&SHA256, verifier.as_bytes()));
        let asked = issuer.authorizations();
        let is_its_own =
            asked.iter().any(|asked| asked.parameter("code_challenge").as_deref() == Some(&challenge));
        if !is_its_own || !is_token || seen.body.is_empty() {
            return Some(format!(
                "issuer {} was sent a verifier of another login at {}",
                issuer.name, seen.path
            ));
        }
    }
    if let Some(assertion) = seen.parameter("client_assertion") {
        let claims = base64url::decode(assertion.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        if claims["aud"] != issuer.url.as_str() {
            return Some(format!("issuer {} was sent an assertion for {}", issuer.name, claims["aud"]));
        }
    }
    strays(&issuer.url, seen)
}

fn strays_at_server(server: &Server, seen: &Seen) -> Option<String> {
    strays(server.origin(), seen)
}

fn strays(origin: &str, seen: &Seen) -> Option<String> {
    if seen.headers.contains_key("cookie") || seen.headers.contains_key("proxy-authorization") {
        return Some(format!("{origin} was sent what nobody gave"));
    }
    let target = format!("{origin}{}", seen.path);
    let is_for_another = seen.headers.contains_key("dpop") && claim(seen, "htu").as_ref() != Some(&target);
    is_for_another.then(|| format!("{target} was sent a proof for {:?}", claim(seen, "htu")))
}
