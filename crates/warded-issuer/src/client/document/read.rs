//! What does a description say, as far as we take it? What it says about servers and scopes counts for nothing: nobody
//! grants to himself.

use serde_json::{Map, Value};
use warded_core::json;
use warded_store::GrantType;

use super::super::{
    Client, Vouched,
    described::{DPOP_BOUND, Description, pages, texts},
    proof::{NamedBy, Proof, PublicKeys, usable},
    shown,
};
use crate::redirect::RedirectUri;

/// Most redirect URIs that are read.
const MAX_REDIRECTS: usize = 20;

/// Reads the document at the URL `id`, which is on `host`.
pub(super) fn read(text: &[u8], id: &str, host: &str, schemes: &[String]) -> Option<Client> {
    let document = json::object(text).ok()?;
    // Otherwise a document that somebody may put on a host would describe every client of that host.
    if document.get("client_id")?.as_str()? != id {
        return None;
    }
    // A secret in a public document is none.
    if document.contains_key("client_secret") || document.contains_key("client_secret_expires_at") {
        return None;
    }
    let proof = proof(&document)?;
    let redirects = redirects(&texts(&document, "redirect_uris")??, schemes)?;
    let grants = match texts(&document, "grant_types")? {
        Some(names) => names.iter().filter_map(|name| GrantType::named(name)).collect(),
        None => vec![GrantType::AuthorizationCode],
    };
    let name = match document.get("client_name") {
        Some(name) => Some(shown(name.as_str()?)),
        None => None,
    };
    let dpop_bound = match document.get(DPOP_BOUND) {
        Some(said) => said.as_bool()?,
        None => false,
    };
    let pages = pages(&document);
    let description = Description {
        name: name.as_deref(),
        redirects: redirects.iter().map(RedirectUri::as_str).collect(),
        grants: &grants,
        method: document.get("token_endpoint_auth_method").and_then(Value::as_str).unwrap_or("none"),
        jwks: document.get("jwks").map(Value::to_string),
        jwks_uri: document.get("jwks_uri").and_then(Value::as_str),
        pages: &pages,
        dpop_bound,
    };
    Some(Client {
        id: id.to_owned(),
        vouched: Vouched::Host(host.to_owned()),
        pinned: None,
        document: Some(description.digest()),
        name,
        proof,
        redirects: redirects.iter().map(|uri| uri.as_str().to_owned()).collect(),
        grants,
        pages,
        dpop_bound,
    })
}

/// Where answers may go: at least one place. A document is one for all issuers, so a private-use scheme that is not listed
/// at this one is left out; what nothing may ever be sent to makes it unfit.
fn redirects(uris: &[&str], schemes: &[String]) -> Option<Vec<RedirectUri>> {
    if uris.len() > MAX_REDIRECTS {
        return None;
    }
    let mut redirects = Vec::new();
    for uri in uris {
        match RedirectUri::parse(uri, schemes) {
            Some(redirect) => redirects.push(redirect),
            None => drop(RedirectUri::registered(uri)?),
        }
    }
    (!redirects.is_empty()).then_some(redirects)
}

/// A document is public, so whoever proves anything proves it with a key of its own.
fn proof(document: &Map<String, Value>) -> Option<Proof> {
    let (jwks, jwks_uri) = (document.get("jwks"), document.get("jwks_uri"));
    match document.get("token_endpoint_auth_method").map(Value::as_str) {
        // Keys that nobody checks are no proof, and a private one among them is a mistake that is told at once.
        None | Some(Some("none")) => {
            let is_fit = jwks.is_none_or(|jwks| usable(jwks.to_string().as_bytes()).is_some());
            is_fit.then_some(Proof::None)
        }
        Some(Some("private_key_jwt")) => PublicKeys::read(jwks, jwks_uri, NamedBy::Itself).map(Proof::Keys),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::refused::Refused;

    const ID: &str = "https://app.example.com/client.json";

    fn key() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

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
        assert!(change("policy_uri", json!("javascript:alert(1)")).unwrap().pages().is_empty());
        assert!(change("logo_uri", json!("https://app.example.com/logo.png")).unwrap().pages().is_empty());
        let bound = change("dpop_bound_access_tokens", json!(true)).unwrap();
        assert_ne!(bound.document(), client.document(), "or nobody would see that it is one no more");
        for (name, value) in [
            ("dpop_bound_access_tokens", json!("true")),
            ("client_id", json!("https://app.example.com/client.json#")),
            ("client_id", json!("https://app.example.com/client.json/")),
            ("client_id", json!("https://APP.example.com/client.json")),
            ("client_id", json!(null)),
            ("client_secret", json!("s3cret")),
            ("client_secret_expires_at", json!(0)),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("token_endpoint_auth_method", json!("client_secret_post")),
            ("token_endpoint_auth_method", json!("client_secret_jwt")),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("token_endpoint_auth_method", json!("tls_client_auth")),
            ("token_endpoint_auth_method", json!(["none"])),
            ("jwks", json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0" }] })),
            ("redirect_uris", json!([])),
            ("redirect_uris", json!("https://app.example.com/cb")),
            ("redirect_uris", json!(["https://app.example.com/cb", "javascript:alert(1)"])),
            ("redirect_uris", json!(["http://app.example.com/cb"])),
            ("redirect_uris", json!(["com.example.app:/cb"])),
            ("redirect_uris", json!(vec!["https://app.example.com/cb"; MAX_REDIRECTS + 1])),
            ("client_name", json!(1)),
            ("grant_types", json!("authorization_code")),
        ] {
            assert!(change(name, value.clone()).is_none(), "{name} {value}");
        }
        let both = change("redirect_uris", json!(["com.example.app:/cb", "http://127.0.0.1/cb"])).unwrap();
        assert!(both.redirect("http://127.0.0.1/cb", &[]).is_ok(), "what is not listed here is left out");
        let listed = ["com.example.app".to_owned()];
        assert_eq!(both.redirect("com.example.app:/cb", &listed).unwrap_err(), Refused::RedirectUnknown);
        let twice =
            format!(r#"{{"client_id":"{ID}","client_id":"{ID}","redirect_uris":["https://a.example/"]}}"#);
        assert!(read(twice.as_bytes(), ID, "app.example.com", &[]).is_none());
    }

    #[test]
    fn a_document_that_promises_a_key_is_held_to_it() {
        let signing = |more: fn(&mut Value)| {
            document(|document| {
                document["token_endpoint_auth_method"] = json!("private_key_jwt");
                more(document);
            })
        };
        let here = signing(|document| document["jwks"] = json!({ "keys": [key()] })).unwrap();
        assert!(matches!(here.proof(), Proof::Keys(PublicKeys::Here(_))));
        let there = signing(|document| document["jwks_uri"] = json!("https://app.example.com/jwks")).unwrap();
        assert!(matches!(there.proof(), Proof::Keys(PublicKeys::At(_))));
        let nowhere = signing(|document| document["jwks_uri"] = json!("http://app.example.com/jwks"));
        assert!(nowhere.is_none());
        let leaked = signing(|document| {
            document["jwks"] = json!({ "keys": [key(), key()] });
            document["jwks"]["keys"][1]["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        });
        assert!(leaked.is_none());
        assert!(matches!(document(|_| ()).unwrap().proof(), Proof::None));
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
        let signs = document(|document| {
            document["grant_types"] = json!(["client_credentials"]);
            document["token_endpoint_auth_method"] = json!("private_key_jwt");
            document["jwks"] = json!({ "keys": [key()] });
        });
        assert_eq!(signs.unwrap().may(GrantType::ClientCredentials), Err(Refused::GrantForeign));
    }

    #[test]
    fn what_people_were_told_has_another_digest_when_it_changes() {
        let said = document(|_| ()).unwrap().document;
        assert!(said.is_some());
        assert_eq!(document(|document| document["unknown"] = json!(1)).unwrap().document, said);
        assert_eq!(
            document(|document| document["client_name"] = json!("Editor\u{200b}")).unwrap().document,
            said
        );
        for (name, value) in [
            ("client_name", json!("Your bank")),
            ("redirect_uris", json!(["https://app.example.com/cb"])),
            ("grant_types", json!(["authorization_code"])),
            ("jwks", json!({ "keys": [key()] })),
            ("jwks_uri", json!("https://app.example.com/jwks")),
            ("policy_uri", json!("https://app.example.com/policy")),
        ] {
            let changed = document(|document| document[name] = value.clone()).unwrap().document;
            assert_ne!(changed, said, "{name}");
        }
    }
}
