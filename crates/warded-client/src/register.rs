//! As whom does a client speak to an issuer it has just met? Pre-registered, by the URL of its own description, or by
//! registering itself (RFC 7591), in this order. What an issuer learns about a client is never told to another.

mod given;
mod registration;

pub use given::Given;
pub use registration::Registration;

use serde_json::{Map, Value, json};
use warded_core::{Issuer, Shown, UnixTime, json as strict};
use zeroize::Zeroizing;

use crate::{
    discover::Discovered,
    fetch::{Fetch, FetchFailed, Outgoing, Target},
    obtain::{BASIC, NONE, ObtainFailed, POST},
};

const REFRESH_TOKEN: &str = "refresh_token";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Longest client id or secret that is kept.
const MAX_CREDENTIAL: usize = 4096;

/// Why there is nobody to speak as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterFailed {
    /// The issuer wants to be told about clients beforehand.
    #[error("{issuer} registers no clients by itself: register one there and pass its id with --client-id")]
    Unsupported {
        /// The issuer.
        issuer: Issuer,
    },
    /// Nobody vouches for a client that registers itself and speaks for itself.
    #[error(
        "without a person's login, {issuer} has to know the client: pass its id with --client-id, and what it shows of itself"
    )]
    Unnamed {
        /// The issuer.
        issuer: Issuer,
    },
    /// The issuer refused (RFC 7591 §3.2.2).
    #[error("{issuer} refused to register this client: `{error}`{}", .description.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    Refused {
        /// The issuer.
        issuer: Issuer,
        /// Its code.
        error: Shown,
        /// Its words.
        description: Option<Shown>,
    },
    /// An answer that is no registration.
    #[error("the registration's `{member}` is missing or malformed")]
    Malformed {
        /// The member.
        member: &'static str,
    },
    /// An answer that is neither.
    #[error("the registration endpoint answered with status {status} and no OAuth error")]
    Status {
        /// The status.
        status: u16,
    },
    /// The issuer accepts none of the ways in which this client can authenticate.
    #[error(transparent)]
    Obtain(#[from] ObtainFailed),
    /// The request went unanswered.
    #[error(transparent)]
    Fetch(#[from] FetchFailed),
}

/// Registers a native client that is called back at `redirect_uri`, or whose users type codes where there is none
/// (RFC 7591, RFC 8252 §8.4, RFC 8628).
pub async fn register(
    fetch: &Fetch,
    discovered: &Discovered,
    redirect_uri: Option<&str>,
) -> Result<Registration, RegisterFailed> {
    let issuer = discovered.issuer.clone();
    let endpoint = discovered.server.registration_endpoint.as_deref();
    let endpoint = endpoint.ok_or_else(|| RegisterFailed::Unsupported { issuer: issuer.clone() })?;
    let endpoint = Target::learned(endpoint)
        .map_err(|_| RegisterFailed::Malformed { member: "registration_endpoint" })?;
    let mut request = json!({
        "client_name": "Warded",
        "grant_types": grant_types(redirect_uri, discovered.server.grant_types_supported.as_deref()),
        "token_endpoint_auth_method": method(discovered.server.token_endpoint_auth_methods_supported.as_deref())?,
        // OpenID Connect Registration §2: a web application may not be called back on loopback.
        "application_type": "native",
    });
    let redirect_uris: Vec<_> = redirect_uri.into_iter().collect();
    // RFC 7591 §2: an empty list is how a client says that it has none; where there is no word, that is `code`.
    request["response_types"] = if redirect_uris.is_empty() { json!([]) } else { json!(["code"]) };
    if !redirect_uris.is_empty() {
        request["redirect_uris"] = json!(redirect_uris);
    }
    let answer = fetch.post(&endpoint, Outgoing::json(&request)).await?;
    let status = answer.status.as_u16();
    let document = strict::object(&answer.body);
    if !answer.status.is_success() {
        let document = document.map_err(|_| RegisterFailed::Status { status })?;
        let text = |member: &str| document.get(member).and_then(Value::as_str).map(Shown::new);
        let error = text("error").ok_or(RegisterFailed::Status { status })?;
        return Err(RegisterFailed::Refused { issuer, error, description: text("error_description") });
    }
    let document = document.map_err(|_| RegisterFailed::Malformed { member: "JSON object" })?;
    let token_endpoint = discovered.server.token_endpoint.clone();
    let registration = read(document, issuer, redirect_uri.unwrap_or_default())?;
    Ok(Registration { token_endpoint, ..registration })
}

/// The grants that are really used. A login is meant to last, unless the issuer says that it gives nothing to refresh with.
fn grant_types(redirect_uri: Option<&str>, offered: Option<&[String]>) -> Vec<&'static str> {
    let lasts = offered.is_none_or(|offered| offered.iter().any(|grant| grant == REFRESH_TOKEN));
    let grant = if redirect_uri.is_some() { "authorization_code" } else { DEVICE_CODE };
    [grant].into_iter().chain(lasts.then_some(REFRESH_TOKEN)).collect()
}

/// The way of authentication to register with: none where the issuer allows it, since a program on somebody's machine
/// keeps no secret (RFC 8252 §8.5). RFC 8414 §2: an issuer that does not say means Basic.
pub(crate) fn method(offered: Option<&[String]>) -> Result<&'static str, ObtainFailed> {
    let Some(offered) = offered else {
        return Ok(BASIC);
    };
    let known = [NONE, BASIC, POST].into_iter().find(|known| offered.iter().any(|method| method == known));
    known.ok_or(ObtainFailed::Authentication)
}

fn read(
    mut document: Map<String, Value>,
    issuer: Issuer,
    redirect_uri: &str,
) -> Result<Registration, RegisterFailed> {
    let mut text = |member: &'static str| match document.remove(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() && text.len() <= MAX_CREDENTIAL => Ok(Some(text)),
        Some(_) => Err(RegisterFailed::Malformed { member }),
    };
    let id = text("client_id")?.ok_or(RegisterFailed::Malformed { member: "client_id" })?;
    let secret = text("client_secret")?.map(Zeroizing::new);
    let method = text("token_endpoint_auth_method")?;
    let secret_expires = match document.get("client_secret_expires_at") {
        None | Some(Value::Null) => None,
        Some(value) => match value.as_i64() {
            Some(0) => None,
            Some(at) => Some(UnixTime::from_seconds(at)),
            None => return Err(RegisterFailed::Malformed { member: "client_secret_expires_at" }),
        },
    };
    let (redirect_uri, token_endpoint) = (redirect_uri.to_owned(), None);
    Ok(Registration { issuer, token_endpoint, id, secret, method, redirect_uri, secret_expires })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::obtain::Source;

    fn registered(document: &Value) -> Result<Registration, RegisterFailed> {
        let Value::Object(document) = document.clone() else { panic!("not an object") };
        read(document, Issuer::parse("https://login.example.com").unwrap(), "http://127.0.0.1:1/callback")
    }

    #[test]
    fn no_secret_is_asked_for_where_none_is_needed() {
        let offered = |methods: &[&str]| -> Vec<String> { methods.iter().map(|m| (*m).to_owned()).collect() };
        assert_eq!(method(Some(&offered(&[POST, NONE]))), Ok(NONE));
        assert_eq!(method(Some(&offered(&[POST, BASIC]))), Ok(BASIC));
        assert_eq!(method(Some(&offered(&[POST]))), Ok(POST));
        assert_eq!(method(None), Ok(BASIC));
        assert_eq!(method(Some(&offered(&["private_key_jwt"]))), Err(ObtainFailed::Authentication));
    }

    #[test]
    fn a_client_registers_for_the_grants_that_it_uses() {
        let (here, none) = (Some("http://127.0.0.1:1/callback"), None);
        let offered = |grants: &[&str]| -> Vec<String> { grants.iter().map(|g| (*g).to_owned()).collect() };
        assert_eq!(grant_types(here, None), ["authorization_code", REFRESH_TOKEN]);
        assert_eq!(grant_types(none, Some(&offered(&[REFRESH_TOKEN]))), [DEVICE_CODE, REFRESH_TOKEN]);
        assert_eq!(grant_types(here, Some(&offered(&["authorization_code"]))), ["authorization_code"]);
    }

    #[test]
    fn a_registration_keeps_its_secret_and_says_nothing_of_it() {
        let registration = registered(&json!({ "client_id": "me", "client_secret": "MARKED" })).unwrap();
        assert_eq!(registration.secret.as_deref().map(String::as_str), Some("MARKED"));
        assert!(!format!("{registration:?}").contains("MARKED"));
    }

    #[test]
    fn a_registration_is_good_at_its_issuer_until_its_secret_expires() {
        let source = |issuer: &str, endpoint: &str| {
            let resource = "https://a.example/mcp".to_owned();
            Source::remembered(Issuer::parse(issuer).unwrap(), endpoint.to_owned(), resource)
        };
        let here = source("https://login.example.com", "https://login.example.com/token");
        let other = source("https://login.example.com/", "https://login.example.com/token");
        let moved = source("https://login.example.com", "https://evil.example/token");
        let at = UnixTime::from_seconds;
        let expiring = json!({ "client_id": "me", "client_secret": "s", "client_secret_expires_at": 100 });
        let registration = registered(&expiring).unwrap();
        assert!(!registration.is_good(&here, at(99)), "nobody knows beside which endpoint");
        let token_endpoint = Some(here.token_endpoint().to_owned());
        let registration = Registration { token_endpoint, ..registration };
        assert!(registration.is_good(&here, at(99)));
        assert!(!registration.is_good(&here, at(100)));
        assert!(!registration.is_good(&other, at(99)) && !registration.is_good(&moved, at(99)));
        let lasting = json!({ "client_id": "me", "client_secret_expires_at": 0 });
        assert!(registered(&lasting).unwrap().is_good(&moved, at(1_000_000)));
    }

    #[test]
    fn a_registration_is_no_client_of_another_issuer() {
        let uri = warded_core::ResourceUri::parse("https://a.example/mcp").unwrap();
        let mut discovered = Discovered {
            resource: None,
            resource_text: uri.as_str().to_owned(),
            resource_uri: uri,
            is_wide: false,
            issuer: Issuer::parse("https://login.example.com").unwrap(),
            server: warded_core::metadata::AuthorizationServer::default(),
            is_legacy: false,
        };
        let registration = registered(&json!({ "client_id": "me", "client_secret": "s" })).unwrap();
        assert!(registration.client(&discovered).is_ok());
        discovered.issuer = Issuer::parse("https://evil.example").unwrap();
        let error = registration.client(&discovered).unwrap_err();
        assert!(matches!(error, ObtainFailed::ClientOfAnotherIssuer { .. }), "{error}");
    }

    #[test]
    fn an_answer_without_a_client_is_no_registration() {
        for document in [json!({}), json!({ "client_id": "" }), json!({ "client_id": 7 })] {
            let missing = RegisterFailed::Malformed { member: "client_id" };
            assert_eq!(registered(&document).unwrap_err(), missing);
        }
    }
}
