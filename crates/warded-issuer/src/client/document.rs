//! What does the URL say whose text is the client's id (client id metadata documents)?
//!
//! The URL comes from whoever opens our authorization page, so it is fetched like any stranger's: public
//! addresses only, no redirects, five kilobytes, nothing remembered of an error, and so many per peer.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use warded_client::fetch::{Fetch, FetchFailed, Reach, Target};
use warded_core::{ResourceUri, UnixTime, json};
use warded_store::GrantType;

use super::{Client, Vouched, shown};
use crate::{
    redirect::RedirectUri,
    refused::Refused,
    throttle::{Peer, Strangers},
};

/// How long a description is believed without looking again.
const FRESH_SECONDS: u32 = 10 * 60;
/// Most descriptions that are remembered.
const MAX_HELD: usize = 1000;
/// Most fetches at once.
const AT_ONCE: usize = 8;
/// Most redirect URIs that are read.
const MAX_REDIRECTS: usize = 20;

/// Fetches and remembers descriptions.
#[derive(Debug)]
pub(crate) struct Documents {
    fetch: Fetch,
    loopback: bool,
    schemes: Vec<String>,
    held: Mutex<HashMap<String, (UnixTime, Client)>>,
    strangers: Strangers,
    room: Semaphore,
}

impl Documents {
    /// `loopback`: the issuer itself is on loopback, so clients there are its neighbours.
    pub(crate) fn new(fetch: Fetch, loopback: bool, schemes: Vec<String>, strangers: Strangers) -> Self {
        let reach = if loopback { Reach::public().with_loopback() } else { Reach::public() };
        Self {
            fetch: fetch.with_reach(reach).with_body_limit(Fetch::CLIENT_METADATA_LIMIT),
            loopback,
            schemes,
            held: Mutex::default(),
            strangers,
            room: Semaphore::new(AT_ONCE),
        }
    }

    /// The client that the document at `id` describes.
    pub(crate) async fn client(&self, id: &str, peer: Peer, now: UnixTime) -> Result<Client, Refused> {
        let target = self.target(id)?;
        if let Some(client) = self.held(id, now) {
            return Ok(client);
        }
        if !self.strangers.may_have_fetched(peer, now) {
            return Err(Refused::TooMany);
        }
        let _room = self.room.acquire().await.map_err(|_| Refused::Unable)?;
        let fetched = self.fetch.get(&target).await.and_then(|fetched| match fetched.status.as_u16() {
            200 => fetched.json().cloned(),
            status => Err(FetchFailed::Status { host: target.host().into(), status }),
        });
        let document = fetched.map_err(|failed| {
            tracing::info!(host = target.host(), error = %failed, "a client's document could not be read");
            match failed {
                FetchFailed::Unresolvable { .. }
                | FetchFailed::Unreachable { .. }
                | FetchFailed::ProxyUnreachable { .. }
                | FetchFailed::ProxyRefused { .. }
                | FetchFailed::Broken { .. }
                | FetchFailed::Timeout { .. }
                | FetchFailed::Status { status: 429 | 500.., .. }
                | FetchFailed::TlsSetup(_) => Refused::ClientUnreachable,
                _ => Refused::ClientDocument,
            }
        })?;
        let client = read(&document, id, target.host(), &self.schemes).ok_or(Refused::ClientDocument)?;
        self.hold(id, &client, now);
        Ok(client)
    }

    /// An id that can be fetched: https with a path, in the one spelling that all parsers agree on. Two
    /// spellings would be two clients with one document.
    fn target(&self, id: &str) -> Result<Target, Refused> {
        let url = ResourceUri::parse(id).map_err(|_| Refused::ClientUnknown)?;
        let is_fit = url.as_str() == id && !matches!(url.path_and_query(), "" | "/");
        if !is_fit || (url.is_plain_http() && !self.loopback) {
            return Err(Refused::ClientUnknown);
        }
        Target::learned(id).map_err(|_| Refused::ClientUnknown)
    }

    fn held(&self, id: &str, now: UnixTime) -> Option<Client> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(id).filter(|(until, _)| now < *until).map(|(_, client)| client.clone())
    }

    fn hold(&self, id: &str, client: &Client, now: UnixTime) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, (until, _)| now < *until);
        if held.len() < MAX_HELD {
            held.insert(id.to_owned(), (now.plus(FRESH_SECONDS), client.clone()));
        }
    }
}

/// Reads a description. What it says about servers and scopes counts for nothing: nobody grants to himself.
fn read(text: &[u8], id: &str, host: &str, schemes: &[String]) -> Option<Client> {
    let document = json::object(text).ok()?;
    // Otherwise a document that somebody may put on a host would describe every client of that host.
    if document.get("client_id")?.as_str()? != id {
        return None;
    }
    // A secret in a public document is none, and a key that we do not check must not look as if we did.
    if document.contains_key("client_secret") || document.contains_key("client_secret_expires_at") {
        return None;
    }
    if document.get("token_endpoint_auth_method").is_some_and(|method| method != "none") {
        return None;
    }
    let redirects = texts(&document, "redirect_uris")??;
    if redirects.is_empty() || redirects.len() > MAX_REDIRECTS {
        return None;
    }
    let redirects = redirects.iter().map(|uri| RedirectUri::parse(uri, schemes)).collect::<Option<_>>()?;
    let grants = match texts(&document, "grant_types")? {
        Some(names) => names.iter().filter_map(|name| GrantType::named(name)).collect(),
        None => vec![GrantType::AuthorizationCode],
    };
    let name = document.get("client_name").map(|name| name.as_str().map(shown));
    Some(Client {
        id: id.to_owned(),
        vouched: Vouched::Host(host.to_owned()),
        pinned: None,
        name: match name {
            Some(name) => Some(name?),
            None => None,
        },
        secret: None,
        redirects,
        grants,
    })
}

/// A member that is a list of texts, or is not there; none where it is something else.
#[expect(clippy::option_option, reason = "absent and malformed are two things")]
fn texts<'a>(document: &'a Map<String, Value>, name: &str) -> Option<Option<Vec<&'a str>>> {
    let Some(value) = document.get(name) else { return Some(None) };
    value.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "https://app.example.com/client.json";

    fn document(change: impl Fn(&mut Value)) -> Option<Client> {
        let mut document = json!({
            "client_id": ID,
            "client_name": "Editor",
            "redirect_uris": ["http://127.0.0.1/cb", "https://app.example.com/cb"],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        });
        change(&mut document);
        read(document.to_string().as_bytes(), ID, "app.example.com", &[])
    }

    #[test]
    fn a_document_describes_its_own_url_and_nothing_more() {
        let client = document(|_| ()).unwrap();
        assert_eq!((client.name(), &client.vouched), ("Editor", &Vouched::Host("app.example.com".into())));
        assert!(client.may(GrantType::RefreshToken).is_ok());
        assert!(client.redirect("http://127.0.0.1:4711/cb", &[]).is_ok());
        let change = |name: &'static str, value: Value| document(|document| document[name] = value.clone());
        for (name, value) in [
            ("client_id", json!("https://app.example.com/client.json#")),
            ("client_id", json!("https://app.example.com/client.json/")),
            ("client_id", json!("https://APP.example.com/client.json")),
            ("client_id", json!(null)),
            ("client_secret", json!("s3cret")),
            ("client_secret_expires_at", json!(0)),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("token_endpoint_auth_method", json!("client_secret_post")),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("redirect_uris", json!([])),
            ("redirect_uris", json!("https://app.example.com/cb")),
            ("redirect_uris", json!(["https://app.example.com/cb", "javascript:alert(1)"])),
            ("redirect_uris", json!(["http://app.example.com/cb"])),
            ("redirect_uris", json!(vec!["https://app.example.com/cb"; MAX_REDIRECTS + 1])),
            ("client_name", json!(1)),
            ("grant_types", json!("authorization_code")),
        ] {
            assert!(change(name, value.clone()).is_none(), "{name} {value}");
        }
        let twice =
            format!(r#"{{"client_id":"{ID}","client_id":"{ID}","redirect_uris":["https://a.example/"]}}"#);
        assert!(read(twice.as_bytes(), ID, "app.example.com", &[]).is_none());
    }

    #[test]
    fn a_document_grants_itself_nothing() {
        let client = document(|document| {
            document["grant_types"] = json!(["client_credentials", "authorization_code"]);
            document["allowed_resources"] = json!(["https://mcp.example.com/notes/mcp"]);
            document["resource"] = json!("https://mcp.example.com/notes/mcp");
        })
        .unwrap();
        assert_eq!(client.may(GrantType::ClientCredentials), Err(Refused::GrantForeign));
        assert_eq!(client.pinned, None);
    }

    #[test]
    fn an_id_has_one_spelling() {
        let fetch = Fetch::new(Reach::public()).unwrap();
        let public = Documents::new(fetch.clone(), false, vec![], Strangers::default());
        let local = Documents::new(fetch, true, vec![], Strangers::default());
        assert!(public.target(ID).is_ok());
        assert!(public.target("http://127.0.0.1:1/client.json").is_err());
        assert!(local.target("http://127.0.0.1:1/client.json").is_ok());
        for id in [
            "https://app.example.com",
            "https://app.example.com/",
            "https://APP.example.com/client.json",
            "https://app.example.com:443/client.json",
            "https://app.example.com/a/../client.json",
            "https://u@app.example.com/client.json",
            "https://app.example.com/client.json#x",
            "http://app.example.com/client.json",
        ] {
            assert!(local.target(id).is_err(), "{id}");
        }
    }
}
