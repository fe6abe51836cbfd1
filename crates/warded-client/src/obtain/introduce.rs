//! How does an identity provider say to a server's issuer who somebody is? It exchanges an ID token for an assertion that is
//! for this one issuer, about this one resource (Identity Assertion Authorization Grant, RFC 8693).

use serde_json::Value;
use warded_core::{InboundToken, Issuer, Scopes, Shown, danger::Unverified};
use zeroize::Zeroizing;

use super::{
    AccessToken, Client, ObtainFailed, answer, endpoint,
    exchange::{EXCHANGE, is_issued},
};
use crate::fetch::{Fetch, Target};

/// RFC 8693 §3
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";

/// What is asked of an identity provider: that it speaks for somebody to one issuer, about one resource.
#[derive(Clone, Copy)]
pub(crate) struct Introduction<'a> {
    pub(crate) id_token: &'a str,
    pub(crate) issuer: &'a Issuer,
    pub(crate) resource: &'a str,
    pub(crate) scopes: &'a Scopes,
}

/// Asks an identity provider for an assertion about whoever an ID token is about.
pub(crate) async fn introduce(
    fetch: &Fetch,
    endpoint: &Target,
    client: &Client,
    asked: Introduction<'_>,
) -> Result<Zeroizing<String>, ObtainFailed> {
    let scope = asked.scopes.to_string();
    let mut form = vec![
        ("grant_type", EXCHANGE),
        ("requested_token_type", ID_JAG),
        ("audience", asked.issuer.as_str()),
        ("resource", asked.resource),
        ("subject_token", asked.id_token),
        ("subject_token_type", ID_TOKEN),
    ];
    form.extend((!scope.is_empty()).then_some(("scope", scope.as_str())));
    let (answer, unsaid) = endpoint::post(fetch, endpoint, (client, client.issuer()), &form, None).await?;
    let mut document = answer::document(&answer, &unsaid)?;
    is_issued(&document, ID_JAG)?;
    let malformed = || ObtainFailed::Malformed { member: "access_token" };
    let Some(Value::String(text)) = document.remove("access_token") else {
        return Err(malformed());
    };
    let assertion = AccessToken::new(Zeroizing::new(text)).ok_or_else(malformed)?;
    is_about(&assertion, asked)?;
    Ok(Zeroizing::new(assertion.expose().to_owned()))
}

/// An assertion for another issuer, or about another resource, would be of use to whoever is sent it by mistake.
fn is_about(assertion: &AccessToken, asked: Introduction<'_>) -> Result<(), ObtainFailed> {
    let malformed = |_| ObtainFailed::Malformed { member: "access_token" };
    let token = Unverified::read(InboundToken::new(assertion.expose().to_owned())).map_err(malformed)?;
    let one = |name| match token.claims().get(name) {
        Some(Value::Array(list)) => match list.as_slice() {
            [one] => one.as_str(),
            _ => None,
        },
        one => one.and_then(Value::as_str),
    };
    let other = |wanted: &str, said: Option<&str>| {
        let said = Shown::new(said.unwrap_or("something else"));
        Err(ObtainFailed::OtherAudience { resource: Shown::new(wanted), said })
    };
    let audience = one("aud");
    if audience != Some(asked.issuer.as_str()) {
        return other(asked.issuer.as_str(), audience);
    }
    match token.claims().get("resource") {
        Some(_) if one("resource") != Some(asked.resource) => other(asked.resource, one("resource")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use warded_core::jose::base64url;

    use super::*;

    #[test]
    fn an_assertion_is_for_one_issuer_and_about_one_resource() {
        let issuer = Issuer::parse("https://login.example.com").unwrap();
        let (scopes, resource) = (Scopes::default(), "https://a.example/mcp");
        let asked = Introduction { id_token: "t", issuer: &issuer, resource, scopes: &scopes };
        let is_about = |claims: Value| {
            let part = |value: &Value| base64url::encode(value.to_string());
            let text = format!("{}.{}.c2ln", part(&json!({ "alg": "ES256" })), part(&claims));
            super::is_about(&AccessToken::new(Zeroizing::new(text)).unwrap(), asked).is_ok()
        };
        let here = "https://login.example.com";
        assert!(is_about(json!({ "aud": here })));
        assert!(is_about(json!({ "aud": [here], "resource": [resource] })));
        assert!(is_about(json!({ "aud": here, "resource": resource })));
        for claims in [
            json!({}),
            json!({ "aud": "https://evil.example" }),
            json!({ "aud": format!("{here}/") }),
            json!({ "aud": [here, "https://evil.example"] }),
            json!({ "aud": here, "resource": "https://b.example/mcp" }),
            json!({ "aud": here, "resource": [resource, "https://b.example/mcp"] }),
            json!({ "aud": here, "resource": 7 }),
        ] {
            assert!(!is_about(claims.clone()), "{claims}");
        }
        let opaque = AccessToken::new(Zeroizing::new("opaque".to_owned())).unwrap();
        assert!(super::is_about(&opaque, asked).is_err());
    }
}
