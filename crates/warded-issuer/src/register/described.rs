//! What does a client say about itself, as far as we take it (RFC 7591 §2)? What it asks for on top is left out, and the
//! answer says so; what cannot be honoured is refused by its name.

use serde_json::{Map, Value};
use warded_store::{ApplicationType, Client, GrantType, Method};

use crate::{
    client::{DPOP_BOUND, NamedBy, PublicKeys, shown},
    redirect::{Kind, RedirectUri},
    refused::Refused,
};

/// Most redirect URIs of one client.
const MAX_REDIRECTS: usize = 10;

/// A description that was read whole.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) method: Method,
    name: Option<String>,
    redirects: Vec<RedirectUri>,
    grants: Vec<GrantType>,
    application_type: ApplicationType,
    jwks: Option<String>,
    jwks_uri: Option<String>,
    dpop_bound: bool,
}

impl Described {
    pub(super) fn read(document: &Map<String, Value>, schemes: &[String]) -> Result<Self, Refused> {
        let redirects = texts(document, "redirect_uris")?.unwrap_or_default();
        if redirects.is_empty() || redirects.len() > MAX_REDIRECTS {
            return Err(Refused::RedirectUnfit);
        }
        let redirects: Vec<_> = redirects
            .into_iter()
            .map(|uri| RedirectUri::parse(uri, schemes).ok_or(Refused::RedirectUnfit))
            .collect::<Result<_, _>>()?;
        let method = match text(document, "token_endpoint_auth_method")? {
            None => Method::Basic,
            Some(name) => Method::named(name).ok_or(Refused::MetadataUnfit("token_endpoint_auth_method"))?,
        };
        let (jwks, jwks_uri) = keys(document, method)?;
        if texts(document, "response_types")?.is_some_and(|types| !types.contains(&"code")) {
            return Err(Refused::MetadataUnfit("response_types"));
        }
        // `client_credentials` and exchange above all: whoever can register would be a caller.
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
        // OpenID Connect Registration §2: one on the web has a certificate, and is not this computer.
        let is_web = redirects.iter().all(|uri| matches!(uri.kind(), Kind::Web { .. }));
        let application_type = match text(document, "application_type")?.map(ApplicationType::named) {
            None if is_web => ApplicationType::Web,
            None => ApplicationType::Native,
            Some(Some(ApplicationType::Web)) if !is_web => return Err(Refused::RedirectUnfit),
            Some(Some(named)) => named,
            Some(None) => return Err(Refused::MetadataUnfit("application_type")),
        };
        let name = text(document, "client_name")?.map(shown).filter(|name| !name.is_empty());
        let dpop_bound = match document.get(DPOP_BOUND) {
            None => false,
            Some(said) => said.as_bool().ok_or(Refused::MetadataUnfit(DPOP_BOUND))?,
        };
        Ok(Self { method, name, redirects, grants, application_type, jwks, jwks_uri, dpop_bound })
    }

    /// Whether it proves itself by a secret.
    pub(super) fn needs_secret(&self) -> bool {
        matches!(self.method, Method::Basic | Method::Post)
    }

    /// The client as it describes itself; the rest of it, its secrets above all, is as it was.
    pub(super) fn of(self, before: Client) -> Client {
        Client {
            name: self.name,
            method: self.method,
            redirect_uris: self.redirects.iter().map(|uri| uri.as_str().to_owned()).collect(),
            grants: self.grants,
            application_type: Some(self.application_type),
            jwks: self.jwks,
            jwks_uri: self.jwks_uri,
            dpop_bound: self.dpop_bound,
            ..before
        }
    }
}

/// The keys of a client that proves itself by one: in the description or at a place, and not both.
fn keys(document: &Map<String, Value>, method: Method) -> Result<(Option<String>, Option<String>), Refused> {
    let (jwks, jwks_uri) = (document.get("jwks"), document.get("jwks_uri"));
    if method != Method::PrivateKeyJwt {
        // Nobody would look at them, and a private one among them is a mistake that is told at once.
        let is_fit = jwks.is_none() || PublicKeys::read(jwks, None, NamedBy::Itself).is_some();
        return if is_fit { Ok((None, None)) } else { Err(Refused::MetadataUnfit("jwks")) };
    }
    let named = if jwks_uri.is_some() && jwks.is_none() { "jwks_uri" } else { "jwks" };
    PublicKeys::read(jwks, jwks_uri, NamedBy::Itself).ok_or(Refused::MetadataUnfit(named))?;
    Ok((jwks.map(Value::to_string), jwks_uri.and_then(Value::as_str).map(str::to_owned)))
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
    use serde_json::json;

    use super::*;

    fn read(document: &Value) -> Result<Described, Refused> {
        Described::read(document.as_object().unwrap(), &[])
    }

    fn key() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    #[test]
    fn a_client_gets_no_more_than_a_place_to_ask_people_from() {
        let described = read(&json!({
            "redirect_uris": ["http://127.0.0.1/cb"],
            "grant_types": [
                "client_credentials", "refresh_token", "authorization_code", "implicit",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ],
            "token_endpoint_auth_method": "none",
            "scope": "admin",
            "pinned": "https://mcp.example.com",
        }))
        .unwrap();
        assert_eq!(described.grants, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
        assert_eq!((described.method, described.application_type), (Method::None, ApplicationType::Native));
        let least = read(&json!({ "redirect_uris": ["https://a.example/cb"] })).unwrap();
        assert_eq!(least.grants, [GrantType::AuthorizationCode]);
        assert_eq!((least.method, least.application_type), (Method::Basic, ApplicationType::Web));
        assert!(!least.dpop_bound);
        let bound = json!({ "redirect_uris": ["https://a.example/cb"], "dpop_bound_access_tokens": true });
        assert!(read(&bound).unwrap().dpop_bound);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let with = |name: &str, value: Value| {
            let mut document = json!({ "redirect_uris": ["http://127.0.0.1/cb"] });
            document[name] = value;
            read(&document).unwrap_err()
        };
        for (name, value) in [
            ("token_endpoint_auth_method", json!("client_secret_jwt")),
            ("token_endpoint_auth_method", json!("tls_client_auth")),
            ("token_endpoint_auth_method", json!(["none"])),
            ("jwks", json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0" }] })),
            ("grant_types", json!(["client_credentials"])),
            ("grant_types", json!(["refresh_token"])),
            ("grant_types", json!([])),
            ("grant_types", json!("authorization_code")),
            ("response_types", json!(["token"])),
            ("application_type", json!("other")),
            ("client_name", json!({})),
            ("dpop_bound_access_tokens", json!("true")),
        ] {
            let Refused::MetadataUnfit(named) = with(name, value.clone()) else { panic!("{name} {value}") };
            assert_eq!(named, name);
        }
        for uris in [
            json!([]),
            json!(["javascript:alert(1)"]),
            json!(["com.example.app:/cb"]),
            json!(["https://a.example/cb", "http://a.example/cb"]),
            json!(vec!["https://a.example/cb"; MAX_REDIRECTS + 1]),
        ] {
            assert_eq!(with("redirect_uris", uris.clone()), Refused::RedirectUnfit, "{uris}");
        }
        assert_eq!(with("application_type", json!("web")), Refused::RedirectUnfit, "loopback is native's");
        assert_eq!(read(&json!({})).unwrap_err(), Refused::RedirectUnfit);
    }

    #[test]
    fn one_on_the_web_is_not_this_computer() {
        let web = |uri: &str| read(&json!({ "redirect_uris": [uri], "application_type": "web" })).map(drop);
        assert_eq!(web("https://a.example/cb"), Ok(()));
        assert_eq!(web("https://localhost/cb"), Err(Refused::RedirectUnfit));
        let native = json!({ "redirect_uris": ["https://a.example/cb"], "application_type": "native" });
        assert_eq!(
            read(&native).unwrap().application_type,
            ApplicationType::Native,
            "claimed https, RFC 8252 §7.2"
        );
    }

    #[test]
    fn a_client_that_signs_says_where_its_keys_are() {
        let signing = |more: Value| {
            let mut document = json!({ "redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "private_key_jwt" });
            document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            read(&document).map(|described| (described.jwks.is_some(), described.jwks_uri))
        };
        let (set, place) = (json!({ "keys": [key()] }), "https://a.example/jwks");
        assert_eq!(signing(json!({ "jwks": set })), Ok((true, None)));
        assert_eq!(signing(json!({ "jwks_uri": place })), Ok((false, Some(place.into()))));
        let mut leaked = key();
        leaked["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        for (unfit, name) in [
            (json!({}), "jwks"),
            (json!({ "jwks": set, "jwks_uri": place }), "jwks"),
            (json!({ "jwks": { "keys": [leaked] } }), "jwks"),
            (json!({ "jwks": set.to_string() }), "jwks"),
            (json!({ "jwks_uri": "http://a.example/jwks" }), "jwks_uri"),
            (json!({ "jwks_uri": "file:///etc/passwd" }), "jwks_uri"),
        ] {
            assert_eq!(signing(unfit.clone()), Err(Refused::MetadataUnfit(name)), "{unfit}");
        }
        let unused = json!({ "redirect_uris": ["https://a.example/cb"], "jwks": set });
        assert_eq!(read(&unused).unwrap().jwks, None, "nobody would look at them");
    }
}
