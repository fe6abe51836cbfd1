//! Every way in which Warded shows itself to a server behind, at authorization servers that nobody of us wrote: npm's
//! `oidc-provider` and Keycloak. What the server behind gets is never what the caller sent.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use serde_json::{Value, json};

use crate::{
    bench::Bench,
    browser::Person,
    gateway::Gateway,
    issuer::{OidcProvider, client_key},
    keycloak::Keycloak,
    upstream::Upstream,
    wire::{ask, ping},
};

const SCOPE: &str = "mcp:use";
const SECRET: &str = "a secret of the operator's own";
const FILES: &str = "https://files.behind.example/mcp";
const LOOSE: &str = "https://loose.behind.example/mcp";

/// A status, and the code of a refusal.
async fn attempt(gateway: &Gateway, server: &str, token: &str) -> (u16, String) {
    let (status, headers, code) = ping(&gateway.url(&format!("/{server}/mcp")), token).await;
    assert!(status.as_u16() == 401 || !headers.contains_key(header::WWW_AUTHENTICATE));
    (status.as_u16(), code)
}

fn good() -> (u16, String) {
    (200, String::new())
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The tokens that a server behind was shown.
fn shown(behind: &Upstream) -> Vec<String> {
    let bearer = |headers: &HeaderMap| {
        let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap();
        Some(value.strip_prefix("Bearer ").unwrap().to_owned())
    };
    behind.reached().iter().filter_map(bearer).collect()
}

fn never_saw(behind: &Upstream, token: &str) {
    for headers in behind.reached() {
        for value in headers.values() {
            assert!(memchr::memmem::find(value.as_bytes(), token.as_bytes()).is_none(), "no passage");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_provider_gives_tokens_for_the_resource_of_the_server_behind() {
    let Some(bench) = Bench::set_up() else { return };
    let mut gateway = Gateway::prepared();
    let behind = Upstream::that_nods().await;
    let resources = [gateway.url("/files/mcp"), FILES.to_owned()];
    let issuer = OidcProvider::start(&bench, &resources, &[SCOPE], &Person::named("ada")).await;
    let (client, secret) = issuer.machine();
    gateway.leave("secret.txt", secret);
    gateway.configure(&format!(
        "issuers:
  other: {{ url: {:?} }}
servers:
  files:
    upstream: {:?}
    issuers: [other]
    upstream_auth: {{ kind: client_credentials, issuer: other, client_id: {client}, secret: file:secret.txt, resource: {FILES:?}, scopes: [{SCOPE}] }}
",
        issuer.url(),
        behind.url()
    ));
    gateway.start().await;
    let endpoint = format!("{}/token", issuer.url());
    let answer = ask(&endpoint, issuer.machine(), &resources[0], SCOPE).await;
    let token = answer["access_token"].as_str().unwrap();
    for _ in 0..3 {
        assert_eq!(attempt(&gateway, "files", token).await, good(), "{}", gateway.log());
    }
    let shown = shown(&behind);
    assert!(shown.len() == 3 && shown.iter().all(|one| *one == shown[0]), "one token for all");
    let said = claims(&shown[0]);
    assert_eq!(
        (&said["aud"], &said["client_id"], &said["scope"]),
        (&json!(FILES), &json!(client), &json!(SCOPE))
    );
    never_saw(&behind, token);
    assert!(!gateway.keeps(token) && !gateway.keeps(&shown[0]));
    gateway.stop().await;
}

/// RFC 7523 §2.2: there is no secret that anybody could repeat, and a key that is not the client's gets nothing.
#[tokio::test(flavor = "multi_thread")]
async fn oidc_provider_gives_tokens_to_a_client_that_signs_for_itself() {
    let Some(bench) = Bench::set_up() else { return };
    let mut gateway = Gateway::prepared();
    let (behind, other) = (Upstream::that_nods().await, Upstream::that_nods().await);
    let (key, jwks) = client_key();
    gateway.leave("key.pem", &key);
    gateway.leave("other.pem", &client_key().0);
    let resources = ["/files/mcp", "/notes/mcp"].map(|path| gateway.url(path));
    let clients = json!([{
        "client_id": "keyed", "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256", "jwks": jwks,
    }]);
    let known = [&resources[..], &[FILES.to_owned(), LOOSE.to_owned()]].concat();
    let issuer = OidcProvider::knowing(&bench, &known, &[SCOPE], &clients).await;
    let auth = |key: &str, resource: &str| {
        format!(
            "kind: client_credentials, issuer: other, client_id: keyed, auth: private_key_jwt, key: file:{key}, resource: {resource:?}, scopes: [{SCOPE}]"
        )
    };
    gateway.configure(&format!(
        "issuers:
  other: {{ url: {:?} }}
servers:
  files: {{ upstream: {:?}, issuers: [other], upstream_auth: {{ {} }} }}
  notes: {{ upstream: {:?}, issuers: [other], upstream_auth: {{ {} }} }}
",
        issuer.url(),
        behind.url(),
        auth("key.pem", FILES),
        other.url(),
        auth("other.pem", LOOSE),
    ));
    gateway.start().await;
    let endpoint = format!("{}/token", issuer.url());
    let token = async |resource: &str| {
        let answer = ask(&endpoint, issuer.machine(), resource, SCOPE).await;
        answer["access_token"].as_str().unwrap().to_owned()
    };
    let files = token(&resources[0]).await;
    for _ in 0..3 {
        assert_eq!(attempt(&gateway, "files", &files).await, good(), "{}", gateway.log());
    }
    let shown = shown(&behind);
    assert!(shown.len() == 3 && shown.iter().all(|one| *one == shown[0]), "one token for all");
    let said = claims(&shown[0]);
    assert_eq!((&said["aud"], &said["client_id"]), (&json!(FILES), &json!("keyed")));
    never_saw(&behind, &files);
    let refused = (502, "upstream-credential-refused".to_owned());
    assert_eq!(attempt(&gateway, "notes", &token(&resources[1]).await).await, refused);
    assert!(gateway.log().contains("invalid_client"), "{}", gateway.log());
    assert!(other.reached().is_empty() && !gateway.keeps(&shown[0]));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_provider_gives_nothing_for_a_resource_that_it_does_not_know() {
    let Some(bench) = Bench::set_up() else { return };
    let mut gateway = Gateway::prepared();
    let behind = Upstream::that_nods().await;
    let resources = [gateway.url("/files/mcp")];
    let issuer = OidcProvider::start(&bench, &resources, &[SCOPE], &Person::named("ada")).await;
    let (client, secret) = issuer.machine();
    gateway.leave("secret.txt", secret);
    gateway.configure(&format!(
        "issuers:
  other: {{ url: {:?} }}
servers:
  files:
    upstream: {:?}
    issuers: [other]
    upstream_auth: {{ kind: client_credentials, issuer: other, client_id: {client}, secret: file:secret.txt, resource: {FILES:?} }}
",
        issuer.url(),
        behind.url()
    ));
    gateway.start().await;
    let endpoint = format!("{}/token", issuer.url());
    let answer = ask(&endpoint, issuer.machine(), &resources[0], SCOPE).await;
    let token = answer["access_token"].as_str().unwrap();
    let refused = (502, "upstream-credential-refused".to_owned());
    assert_eq!(attempt(&gateway, "files", token).await, refused);
    assert!(gateway.log().contains("invalid_target"), "{}", gateway.log());
    assert!(behind.reached().is_empty());
    gateway.stop().await;
}

/// One start of Keycloak for everything, since it takes its time.
#[tokio::test(flavor = "multi_thread")]
async fn keycloak_exchanges_the_callers_token_for_one_of_the_server_behind() {
    let mut gateway = Gateway::prepared();
    let servers = ["plain", "keyed", "notes", "files", "loose"];
    let Some(keycloak) = Keycloak::start(&realm(&gateway, &servers)).await else { return };
    let mut behind = Vec::new();
    for _ in servers {
        behind.push(Upstream::that_nods().await);
    }
    gateway.leave("key.txt", SECRET);
    gateway.leave("notes.txt", "the secret of notes-gateway");
    gateway.leave("files.txt", "the secret of files-gateway");
    gateway.leave("loose.txt", "the secret of loose-gateway");
    let auth = [
        "kind: none",
        "kind: header, name: X-Api-Key, value: file:key.txt",
        "kind: token_exchange, issuer: keycloak, client_id: notes-gateway, secret: file:notes.txt, audience: notes-api",
        &format!(
            "kind: client_credentials, issuer: keycloak, client_id: files-gateway, secret: file:files.txt, auth: post, resource: {FILES:?}"
        ),
        &format!(
            "kind: token_exchange, issuer: keycloak, client_id: loose-gateway, secret: file:loose.txt, resource: {LOOSE:?}"
        ),
    ];
    let entries = servers.iter().zip(&behind).zip(auth).map(|((name, behind), auth)| {
        format!(
            "  {name}: {{ upstream: {:?}, issuers: [keycloak], upstream_auth: {{ {auth} }} }}\n",
            behind.url()
        )
    });
    gateway.configure(&format!(
        "issuers:
  keycloak:
    url: {:?}
    provider: keycloak
    audiences: {{ notes: [notes-gateway], loose: [loose-gateway] }}
servers:
{}",
        keycloak.issuer(),
        entries.collect::<String>()
    ));
    gateway.start().await;

    let mut tokens = Vec::new();
    for name in servers {
        tokens.push(keycloak.token(&format!("agent-of-{name}"), "alice").await);
    }
    let misdirected = (502, "upstream-credential-misdirected".to_owned());
    for ((name, token), behind) in servers.iter().zip(&tokens).zip(&behind) {
        let expected = if *name == "loose" { misdirected.clone() } else { good() };
        for _ in 0..2 {
            assert_eq!(attempt(&gateway, name, token).await, expected, "{name}: {}", gateway.log());
        }
        never_saw(behind, token);
        assert!(!gateway.keeps(token), "{name}");
        // Each token opens its own server alone.
        for other in servers.iter().filter(|other| *other != name) {
            let refused = (401, "audience-elsewhere".to_owned());
            assert_eq!(attempt(&gateway, other, token).await, refused, "{name} at {other}");
        }
    }
    assert!(shown(&behind[0]).is_empty());
    assert!(behind[1].reached().iter().all(|headers| headers["x-api-key"] == SECRET));
    let exchanged = shown(&behind[2]);
    assert!(exchanged.len() == 2 && exchanged[0] == exchanged[1], "asked for once");
    let (alices, said) = (claims(&tokens[2]), claims(&exchanged[0]));
    assert_eq!((&said["aud"], &said["azp"]), (&json!("notes-api"), &json!("notes-gateway")));
    assert_eq!(said["sub"], alices["sub"], "on behalf of the same person");
    let own = shown(&behind[3]);
    assert_eq!(claims(&own[0])["aud"], FILES);
    // Keycloak put two audiences into that one, and so it went nowhere.
    assert!(behind[4].reached().is_empty());
    assert!(gateway.log().contains("loose-api") || gateway.log().contains(LOOSE), "{}", gateway.log());
    for token in exchanged.iter().chain(&own) {
        assert!(!gateway.keeps(token));
    }
    // What came for the server behind is no key to our door.
    assert_eq!(attempt(&gateway, "notes", &exchanged[0]).await.0, 401);
    gateway.stop().await;
}

/// One client for each server that callers go to, and one for each gateway that asks.
fn realm(gateway: &Gateway, servers: &[&str]) -> Value {
    let audience = |kind: &str, value: &str| {
        json!({
            "name": value, "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
            "config": { kind: value, "access.token.claim": "true" },
        })
    };
    let custom = |value: &str| audience("included.custom.audience", value);
    let client = |value: &str| audience("included.client.audience", value);
    let confidential = |id: &str, mappers: Vec<Value>| {
        json!({
            "clientId": id, "enabled": true, "secret": format!("the secret of {id}"),
            "standardFlowEnabled": false, "directAccessGrantsEnabled": true, "serviceAccountsEnabled": true,
            "fullScopeAllowed": false, "defaultClientScopes": ["basic"], "optionalClientScopes": [],
            "attributes": { "standard.token.exchange.enabled": "true", "access.token.header.type.rfc9068": "true" },
            "protocolMappers": mappers,
        })
    };
    let mut clients = vec![
        json!({ "clientId": "notes-api", "enabled": true, "bearerOnly": true }),
        json!({ "clientId": "loose-api", "enabled": true, "bearerOnly": true }),
        confidential("notes-gateway", vec![client("notes-api")]),
        confidential("files-gateway", vec![custom(FILES)]),
        confidential("loose-gateway", vec![custom(LOOSE), client("loose-api")]),
    ];
    for server in servers {
        let mut mappers = vec![custom(&gateway.url(&format!("/{server}/mcp")))];
        // Keycloak exchanges a token for none but whom it was issued to or for.
        if ["notes", "loose"].contains(server) {
            mappers.push(client(&format!("{server}-gateway")));
        }
        clients.push(confidential(&format!("agent-of-{server}"), mappers));
    }
    json!({
        "realm": "warded", "enabled": true, "sslRequired": "none", "clients": clients,
        "users": [{
            "username": "alice", "enabled": true, "email": "alice@example.com", "emailVerified": true,
            "firstName": "Alice", "lastName": "Example",
            "credentials": [{ "type": "password", "value": "the password of alice", "temporary": false }],
        }],
    })
}
