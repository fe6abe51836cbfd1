//! How does a server introduce itself?

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Method, Request};
use jsonwebtoken::{DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use warded_core::{Issuer, metadata::ProtectedResource};
use warded_guard::{Attestation, Guard};

use crate::stage::{
    ALIAS, Answer, Door, HERE, ISSUER, NEIGHBOUR, NOW, builder, fresh_key, full, random, uri,
};

fn ask(method: Method, host: &str, path: &str) -> Request<http_body_util::Full<bytes::Bytes>> {
    Request::builder().method(method).uri(path).header("Host", host).body(full("")).unwrap()
}

#[tokio::test]
async fn every_identifier_has_a_document_that_names_itself() {
    let guard = builder().title("Notes").build();
    for identifier in [HERE, ALIAS] {
        let answer = Answer::of(guard.metadata(&uri(identifier))).await;
        assert_eq!((answer.status.as_u16(), answer.header("Access-Control-Allow-Origin")), (200, "*"));
        let document = ProtectedResource::parse(&answer.body, &uri(identifier)).unwrap();
        assert_eq!(document.authorization_servers, [ISSUER]);
        assert_eq!(document.bearer_methods_supported, Some(vec!["header".to_owned()]));
        let scopes = ["notes:read", "notes:write"].map(str::to_owned);
        assert_eq!(document.scopes_supported, Some(scopes.to_vec()));
        assert_eq!(document.resource_name.as_deref(), Some("Notes"));
    }
    assert_eq!(Answer::of(guard.metadata(&uri(NEIGHBOUR))).await.code(), "server-unknown");
    let paths: Vec<_> =
        guard.metadata_paths().map(|(identifier, path)| (identifier.as_str(), path)).collect();
    let well_known = "/.well-known/oauth-protected-resource";
    assert_eq!(paths, [(HERE, &*format!("{well_known}/notes/mcp")), (ALIAS, &*format!("{well_known}/mcp"))]);
}

#[tokio::test]
async fn it_needs_no_token_and_a_page_may_read_it() {
    let path = "/.well-known/oauth-protected-resource/notes/mcp";
    let door = Door::usual();
    let answer = door.ask(ask(Method::GET, "mcp.example.com", path)).await;
    assert_eq!(answer.json()["resource"], HERE);
    let preflight = door.ask(ask(Method::OPTIONS, "mcp.example.com", path)).await;
    assert_eq!((preflight.status.as_u16(), preflight.header("Access-Control-Allow-Headers")), (204, "*"));
    let head = door.ask(ask(Method::HEAD, "mcp.example.com", path)).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(door.ask(ask(Method::POST, "mcp.example.com", path)).await.code(), "token-absent");
    assert!(door.reached.lock().unwrap().is_empty());
}

#[tokio::test]
async fn who_has_the_document_already_is_not_sent_it_again() {
    let path = "/.well-known/oauth-protected-resource/notes/mcp";
    let door = Door::usual();
    let first = door.ask(ask(Method::GET, "mcp.example.com", path)).await;
    let of_alias = Answer::of(builder().build().metadata(&uri(ALIAS))).await.header("ETag").to_owned();
    let tag = first.header("ETag").to_owned();
    assert!(
        tag.len() > 20 && tag.starts_with('"') && tag.ends_with('"') && tag != of_alias,
        "{tag} {of_alias}"
    );
    let again = async |method: Method, tags: &str| {
        let mut request = ask(method, "mcp.example.com", path);
        request.headers_mut().insert("If-None-Match", tags.parse().unwrap());
        let answer = door.ask(request).await;
        assert_eq!((answer.header("ETag"), answer.header("Cache-Control")), (&*tag, "public, max-age=300"));
        assert_eq!(answer.header("Access-Control-Allow-Origin"), "*");
        (answer.status.as_u16(), answer.body.len())
    };
    for tags in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        assert_eq!(again(Method::GET, &tags).await, (304, 0), "{tags}");
        assert_eq!(again(Method::HEAD, &tags).await, (304, 0), "{tags}");
    }
    for tags in [of_alias, "\"\"".to_owned(), tag.trim_matches('"').to_owned()] {
        assert_eq!(again(Method::GET, &tags).await, (200, first.body.len()), "{tags}");
    }
}

#[tokio::test]
async fn the_root_introduces_a_server_that_is_alone_at_its_origin() {
    let root = "/.well-known/oauth-protected-resource";
    let alone = Door::at(builder().alone_at_origin().build());
    for (host, identifier) in [("mcp.example.com", HERE), ("notes.example.com", ALIAS)] {
        let answer = alone.ask(ask(Method::GET, host, root)).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["resource"]), (200, &identifier.into()));
    }
    assert_eq!(Door::usual().ask(ask(Method::GET, "mcp.example.com", root)).await.code(), "token-absent");
    // At an origin that is none of its own, somebody else may be alone.
    for host in ["files.example.com", "mcp.example.com:8443"] {
        assert_eq!(alone.ask(ask(Method::GET, host, root)).await.code(), "token-absent", "{host}");
    }
    let inserted = "/.well-known/oauth-protected-resource/notes/mcp";
    assert_eq!(alone.ask(ask(Method::GET, "10.0.0.7:8080", inserted)).await.status, 200);
}

#[tokio::test]
async fn a_server_without_a_path_is_introduced_at_the_root_once() {
    for alone in [true, false] {
        let guard = Guard::before("https://notes.example.com").issuer(ISSUER).in_long().unwrap();
        let guard = if alone { guard.alone_at_origin() } else { guard }.build();
        let paths: Vec<_> = guard.metadata_paths().map(|(_, path)| path).collect();
        assert_eq!(paths, ["/.well-known/oauth-protected-resource"]);
        // It is the place of its own document, whatever a proxy calls the host.
        let request = ask(Method::GET, "10.0.0.7:8080", "/.well-known/oauth-protected-resource");
        assert_eq!(Door::at(guard).ask(request).await.status, 200);
    }
}

#[tokio::test]
async fn a_signed_document_says_the_same_in_the_name_of_whoever_vouches() {
    let (key, vouching) = (fresh_key(), Issuer::parse("https://trust.example.com").unwrap());
    let keys = json!({ "keys": [key.public_jwk()] }).to_string();
    let attestation = Attestation::by(&vouching, Arc::new(key), Arc::new(random()));
    let guard = builder().signed_metadata(attestation).build();
    let answer = Answer::of(guard.metadata(&uri(HERE))).await;
    let mut document = answer.json();
    assert!(ProtectedResource::parse(&answer.body, &uri(HERE)).is_ok());
    let signed = document.as_object_mut().unwrap().remove("signed_metadata").unwrap();
    let signed = signed.as_str().unwrap();

    let parts: Vec<Value> = signed
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(parts[0]["typ"], "oauth-protected-resource-metadata+jwt");
    let mut said = parts[1].clone();
    let claims = said.as_object_mut().unwrap();
    assert_eq!(claims.remove("iss"), Some("https://trust.example.com".into()));
    assert_eq!(claims.remove("iat"), Some(NOW.into()));
    assert_eq!(said, document, "and nothing else");
    assert_eq!(verified(signed, &keys).as_ref(), Some(&parts[1]));
    let (head, _) = signed.rsplit_once('.').unwrap();
    assert_eq!(verified(&format!("{head}.{}", URL_SAFE_NO_PAD.encode([1; 64])), &keys), None);
}

/// What another library reads in it.
fn verified(signed: &str, keys: &str) -> Option<Value> {
    let keys: JwkSet = serde_json::from_str(keys).unwrap();
    let mut validation = Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
    jsonwebtoken::decode::<Value>(signed, &key, &validation).ok().map(|data| data.claims)
}

#[tokio::test]
async fn no_other_path_is_open() {
    for path in [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/",
        "/.well-known/oauth-protected-resource/notes/mcp/",
        "/.well-known/oauth-protected-resource/notes/mcp?x=1",
        "/.well-known/oauth-protected-resource/files/mcp",
        "/.well-known/oauth-protected-resource/notes%2fmcp",
        "/notes/mcp/.well-known/oauth-protected-resource",
    ] {
        let answer = Door::usual().ask(ask(Method::GET, "mcp.example.com", path)).await;
        assert_eq!(answer.code(), "token-absent", "{path}");
    }
}
