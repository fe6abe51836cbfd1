//! How does a client introduce itself (RFC 7591)? Whatever it says is only a claim, and it gets no more by it
//! than a place to ask people from.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderValue, Request, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use serde_json::{Map, Value, json};
use warded_core::json as strict;
use warded_store::{Added, Client, GrantType, Method, Origin};

use crate::{
    AuthorizationServer,
    client::shown,
    cors,
    form::{bounded, is_of},
    random::{self, Secret},
    redirect::{Kind, RedirectUri},
    refused::Refused,
    throttle::{self, Peer},
};

/// Largest description that is read.
const MAX_BYTES: usize = 16 * 1024;
/// Most redirect URIs of one client.
const MAX_REDIRECTS: usize = 10;

/// What a client says about itself, as far as we take it.
#[derive(Debug)]
struct Described {
    name: Option<String>,
    redirects: Vec<RedirectUri>,
    grants: Vec<GrantType>,
    method: &'static str,
    application_type: &'static str,
}

/// `POST /register`
pub(crate) async fn register(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    let peer = throttle::peer(request.extensions());
    cors::open(answer(&server, request, peer).await.unwrap_or_else(|refused| {
        tracing::info!(issuer = %server.issuer, code = refused.code(), "a registration was refused");
        refused.json()
    }))
}

async fn answer(
    server: &AuthorizationServer,
    request: Request<Body>,
    peer: Peer,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    if !is_of(&parts.headers, "application/json") {
        return Err(Refused::MetadataUnfit("Content-Type"));
    }
    let text = bounded(body, MAX_BYTES).await?;
    let document = strict::object(&text).map_err(|_| Refused::MetadataUnfit("(the whole document)"))?;
    let described = Described::read(&document, &server.policy.app_schemes)?;
    let now = server.clock.now();
    if !server.strangers.may_register(peer, now) {
        return Err(Refused::TooMany);
    }
    let secret = (described.method != "none").then(|| Secret::new(&*server.random)).transpose()?;
    let client = Client {
        issuer: server.issuer.clone(),
        id: random::id(&*server.random)?,
        name: described.name.clone(),
        method: if secret.is_some() { Method::Basic } else { Method::None },
        secret: secret.as_ref().map(Secret::digest),
        jwks: None,
        jwks_uri: None,
        application_type: None,
        redirect_uris: described.redirects.iter().map(|uri| uri.as_str().to_owned()).collect(),
        grants: described.grants.clone(),
        pinned: None,
        origin: Origin::Itself,
        management: None,
        created: now,
        used: None,
    };
    let answer = described.told(&client, secret.as_ref());
    match server.store.add_client(client).await? {
        Added::Yes => Ok(answer),
        Added::Taken => Err(Refused::Unable),
    }
}

impl Described {
    fn read(document: &Map<String, Value>, schemes: &[String]) -> Result<Self, Refused> {
        let redirects = texts(document, "redirect_uris")?.unwrap_or_default();
        if redirects.is_empty() || redirects.len() > MAX_REDIRECTS {
            return Err(Refused::RedirectUnfit);
        }
        let redirects: Vec<_> = redirects
            .into_iter()
            .map(|uri| RedirectUri::parse(uri, schemes).ok_or(Refused::RedirectUnfit))
            .collect::<Result<_, _>>()?;
        let method = match text(document, "token_endpoint_auth_method")? {
            None | Some("client_secret_basic") => "client_secret_basic",
            Some("client_secret_post") => "client_secret_post",
            Some("none") => "none",
            Some(_) => return Err(Refused::MetadataUnfit("token_endpoint_auth_method")),
        };
        if texts(document, "response_types")?.is_some_and(|types| !types.contains(&"code")) {
            return Err(Refused::MetadataUnfit("response_types"));
        }
        // RFC 7591 §2: what a client asks for on top is left out, and the answer says so. `client_credentials`
        // above all: whoever can register would be a caller.
        let grants: Vec<_> = match texts(document, "grant_types")? {
            None => vec![GrantType::AuthorizationCode],
            Some(names) => [GrantType::AuthorizationCode, GrantType::RefreshToken]
                .into_iter()
                .filter(|grant| names.contains(&grant.name()))
                .collect(),
        };
        if !grants.contains(&GrantType::AuthorizationCode) {
            return Err(Refused::MetadataUnfit("grant_types"));
        }
        let is_web = |uri: &RedirectUri| matches!(uri.kind(), Kind::Web { .. });
        let application_type = match text(document, "application_type")? {
            None | Some("web") if redirects.iter().all(is_web) => "web",
            None | Some("native") => "native",
            Some("web") => return Err(Refused::RedirectUnfit),
            Some(_) => return Err(Refused::MetadataUnfit("application_type")),
        };
        let name = text(document, "client_name")?.map(shown).filter(|name| !name.is_empty());
        Ok(Self { name, redirects, grants, method, application_type })
    }

    /// RFC 7591 §3.2.1: everything as it is registered, which may be less than was asked for.
    fn told(&self, client: &Client, secret: Option<&Secret>) -> Response {
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
        tell("client_id", client.id.as_str().into());
        tell("client_id_issued_at", client.created.seconds().into());
        if let Some(secret) = secret {
            tell("client_secret", secret.reveal().into());
            tell("client_secret_expires_at", 0.into());
        }
        if let Some(name) = &client.name {
            tell("client_name", name.as_str().into());
        }
        tell("redirect_uris", json!(client.redirect_uris));
        tell("grant_types", client.grants.iter().map(|grant| grant.name()).collect());
        tell("response_types", json!(["code"]));
        tell("token_endpoint_auth_method", self.method.into());
        tell("application_type", self.application_type.into());
        let mut response = (StatusCode::CREATED, Value::Object(told).to_string()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

fn text<'a>(document: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, Refused> {
    document.get(name).map(|value| value.as_str().ok_or(Refused::MetadataUnfit(name))).transpose()
}

fn texts<'a>(document: &'a Map<String, Value>, name: &'static str) -> Result<Option<Vec<&'a str>>, Refused> {
    let Some(value) = document.get(name) else { return Ok(None) };
    let list = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    list.map(Some).ok_or(Refused::MetadataUnfit(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &Value) -> Result<Described, Refused> {
        Described::read(document.as_object().unwrap(), &[])
    }

    #[test]
    fn a_client_gets_no_more_than_a_place_to_ask_people_from() {
        let described = read(&json!({
            "redirect_uris": ["http://127.0.0.1/cb"],
            "grant_types": ["client_credentials", "refresh_token", "authorization_code", "implicit"],
            "token_endpoint_auth_method": "none",
            "scope": "admin",
            "pinned": "https://mcp.example.com",
        }))
        .unwrap();
        assert_eq!(described.grants, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
        assert_eq!((described.method, described.application_type), ("none", "native"));
        let least = read(&json!({ "redirect_uris": ["https://a.example/cb"] })).unwrap();
        assert_eq!(least.grants, [GrantType::AuthorizationCode]);
        assert_eq!((least.method, least.application_type), ("client_secret_basic", "web"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let with = |name: &str, value: Value| {
            let mut document = json!({ "redirect_uris": ["http://127.0.0.1/cb"] });
            document[name] = value;
            read(&document).unwrap_err()
        };
        for (name, value) in [
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("token_endpoint_auth_method", json!(["none"])),
            ("grant_types", json!(["client_credentials"])),
            ("grant_types", json!(["refresh_token"])),
            ("grant_types", json!([])),
            ("grant_types", json!("authorization_code")),
            ("response_types", json!(["token"])),
            ("application_type", json!("other")),
            ("client_name", json!({})),
        ] {
            let Refused::MetadataUnfit(named) = with(name, value.clone()) else { panic!("{name} {value}") };
            assert_eq!(named, name);
        }
        for uris in [
            json!([]),
            json!(["javascript:alert(1)"]),
            json!(["https://a.example/cb", "http://a.example/cb"]),
            json!(vec!["https://a.example/cb"; MAX_REDIRECTS + 1]),
        ] {
            assert_eq!(with("redirect_uris", uris.clone()), Refused::RedirectUnfit, "{uris}");
        }
        assert_eq!(with("application_type", json!("web")), Refused::RedirectUnfit, "loopback is native's");
        assert_eq!(read(&json!({})).unwrap_err(), Refused::RedirectUnfit);
    }
}
