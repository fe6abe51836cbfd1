//! The page on Keycloak: its configuration, and a realm in which somebody clicked what it says.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{gateway::Gateway, keycloak::Keycloak, upstream::Upstream, wire::ping};

const PAGE: &str = include_str!("../../../../docs/front/keycloak.md");

/// The status, and the code of a refusal.
async fn attempt(gateway: &Gateway, server: &str, token: &str) -> (u16, String) {
    let (status, _, code) = ping(&gateway.url(&format!("/{server}/mcp")), token).await;
    (status.as_u16(), code)
}

/// The page's configuration, with the servers of a test behind it.
fn configuration(keycloak: &Keycloak, behind: &Upstream) -> String {
    let shown = PAGE.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let lines = shown.lines().filter(|line| !line.starts_with("public_url:")).map(|line| {
        let margin = line.len() - line.trim_start().len();
        let changed = match line.trim_start().split(':').next().unwrap() {
            "upstream" | "stdio" => Some(format!("upstream: {:?}", behind.url())),
            "url" => Some(format!("url: {:?}", keycloak.issuer())),
            _ => None,
        };
        changed.map_or(line.to_owned(), |changed| format!("{}{changed}", " ".repeat(margin)))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_page_on_keycloak_says_is_what_happens() {
    let mut gateway = Gateway::prepared();
    let Some(keycloak) = Keycloak::start(&realm(&gateway)).await else { return };
    let behind = Upstream::that_nods().await;
    gateway.configure(&configuration(&keycloak, &behind));
    gateway.start().await;
    let refused = |code: &str| (401, code.to_owned());
    let good = (200, String::new());

    let notes = keycloak.token_with("agent", "alice", "notes").await;
    assert_eq!(attempt(&gateway, "notes", &notes).await, good, "{}", gateway.log());
    assert_eq!(attempt(&gateway, "files", &notes).await, refused("audience-elsewhere"));
    let files = keycloak.token_with("agent", "alice", "files").await;
    assert_eq!(attempt(&gateway, "files", &files).await, good, "{}", gateway.log());
    assert_eq!(attempt(&gateway, "notes", &files).await, refused("audience-elsewhere"));

    // The rows of its table.
    for (client, scope, code) in [
        ("agent", "", "audience-missing"),
        ("agent", "notes files", "audience-shared"),
        ("careless", "notes", "audience-shared"),
        ("agent", "misspelt", "audience-unknown"),
    ] {
        let token = keycloak.token_with(client, "alice", scope).await;
        assert_eq!(attempt(&gateway, "notes", &token).await, refused(code), "{client}, {scope}");
        assert!(PAGE.contains(&format!("| `{code}` |")), "{code} is not on the page");
    }
    // What tells a client who somebody is opens no server, whoever it names.
    for scope in ["notes", ""] {
        let token = keycloak.id_token("agent", "alice", scope).await;
        let (status, code) = attempt(&gateway, "notes", &token).await;
        assert_eq!((status, code.as_str()), (401, "not-access-token"), "{scope}");
    }
    assert!(PAGE.contains("| `not-access-token` |"));
    // Most people may look at their own account, and then most tokens name that as well: the preset's companion.
    let usual = keycloak.token_with("usual", "alice", "notes").await;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(usual.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert!(
        claims["aud"].as_array().unwrap().contains(&json!("account")),
        "the measure is measured: {claims}"
    );
    assert_eq!(attempt(&gateway, "notes", &usual).await, good, "{}", gateway.log());
    assert_eq!(attempt(&gateway, "files", &usual).await, refused("audience-elsewhere"));
    assert_eq!(behind.reached().len(), 3);
    gateway.stop().await;
}

/// A realm in which somebody did what the page says, and for one client did not.
fn realm(gateway: &Gateway) -> Value {
    let mapper = |kind: &str, config: Value| json!({ "name": kind, "protocol": "openid-connect", "protocolMapper": kind, "config": config });
    let scope = |name: &str, is_told: bool, mapper: Value| {
        json!({
            "name": name, "protocol": "openid-connect", "protocolMappers": [mapper],
            "attributes": { "include.in.token.scope": is_told.to_string() },
        })
    };
    let audience = |url: String| {
        mapper(
            "oidc-audience-mapper",
            json!({ "included.custom.audience": url, "access.token.claim": "true" }),
        )
    };
    let client = |id: &str, has_full_scope: bool| {
        json!({
            "clientId": id, "enabled": true, "secret": format!("the secret of {id}"),
            "standardFlowEnabled": false, "directAccessGrantsEnabled": true,
            "fullScopeAllowed": has_full_scope, "defaultClientScopes": ["basic", "roles"],
            "optionalClientScopes": ["notes", "files", "misspelt"],
        })
    };
    json!({
        "realm": "corp", "enabled": true, "sslRequired": "none",
        "clientScopes": [
            // These two come with every realm.
            scope("basic", false, mapper("oidc-sub-mapper", json!({ "access.token.claim": "true" }))),
            scope("roles", false, mapper("oidc-audience-resolve-mapper", json!({ "access.token.claim": "true" }))),
            scope("notes", true, audience(gateway.url("/notes/mcp"))),
            scope("files", true, audience(gateway.url("/files/mcp"))),
            scope("misspelt", true, audience(gateway.url("/notes/mcp/"))),
        ],
        "clients": [
            client("agent", false),
            client("careless", true),
            client("usual", false),
            { "clientId": "wiki", "enabled": true, "bearerOnly": true },
        ],
        "clientScopeMappings": { "account": [{ "client": "usual", "roles": ["view-profile"] }] },
        "roles": { "client": { "wiki": [{ "name": "reader" }] } },
        "users": [{
            "username": "alice", "enabled": true, "email": "alice@example.com", "emailVerified": true,
            "firstName": "Alice", "lastName": "Example", "clientRoles": { "wiki": ["reader"], "account": ["view-profile"] },
            "credentials": [{ "type": "password", "value": "the password of alice", "temporary": false }],
        }],
    })
}
