//! The issuers that are built in, as they are configured: their rules, servers that others serve, and what an operator does
//! while they run.

use std::fs;

use http::Method;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    caller::{Call, get, ping, post},
    login::{Browser, CALLBACK, form as urlencoded},
    port::free_port,
    reload::HOLDS,
    stage::{Gateway, warded},
    upstream::Upstream,
    wait::until,
};

const CONFIGURATION: &str = "
public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes:
    upstream: UPSTREAM
    tier: internal
    scopes: { required: [\"notes:read\"] }
    tokens: { lifetime: 2m }
  search: { upstream: UPSTREAM }
resources:
  billing:
    resource: https://billing.example.com/mcp
    tier: internal
    scopes: { required: [pay] }
    secret: file:billing
issuers:
  default: { built_in: { tiers: [default] } }
  staff:
    built_in: { tiers: [internal], algorithm: ES256, access_token: 20m, registration: \"off\", dpop: \"off\" }
";

async fn started() -> Gateway {
    let upstream = Upstream::start().await;
    let folder = tempfile::tempdir().unwrap();
    let source = CONFIGURATION.replace("PORT", &free_port().to_string()).replace("UPSTREAM", &upstream.url);
    fs::write(folder.path().join("warded.yaml"), source).unwrap();
    fs::write(folder.path().join("billing"), "the secret of the billing server\n").unwrap();
    Gateway::start_with(folder, "true").await
}

/// What the operator's command answers.
async fn admin(gateway: &Gateway, arguments: &[&str]) -> Value {
    let mut command = warded(gateway.folder.path());
    let output = command.args(["--format", "json", "admin"]).args(arguments).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A program that acts for itself: its id and secret.
async fn program(gateway: &Gateway) -> (String, String) {
    let add = ["clients", "add", "nightly", "--issuer", "staff", "--grant", "client-credentials"];
    let added = admin(gateway, &add).await;
    let text = |name: &str| added[name].as_str().unwrap().to_owned();
    (text("client_id"), text("client_secret"))
}

async fn form(gateway: &Gateway, path: &str, form: &str) -> Answer {
    let call = Call::new(Method::POST, path, form);
    call.with("content-type", "application/x-www-form-urlencoded").send(gateway.address).await
}

async fn token(gateway: &Gateway, (id, secret): &(String, String), resource: &str) -> String {
    let asked =
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&resource={resource}");
    let answer = form(gateway, "/issuers/staff/token", &asked).await;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["access_token"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

async fn asked(gateway: &Gateway, server: &str, token: &str) -> String {
    post(&format!("/{server}/mcp"), &ping()).token(token).send(gateway.address).await.code()
}

fn part(token: &str, at: usize) -> Value {
    let bytes = warded_core::jose::base64url::decode(token.split('.').nth(at).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn lasts(token: &str) -> i64 {
    let claims = part(token, 1);
    claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
}

#[tokio::test]
async fn an_issuer_is_as_it_is_configured_and_its_tokens_open_one_server() {
    let gateway = started().await;
    let program = program(&gateway).await;
    let notes = token(&gateway, &program, &gateway.url("notes")).await;
    let billing = token(&gateway, &program, "https://billing.example.com/mcp").await;
    assert_eq!((part(&notes, 0)["alg"].as_str(), lasts(&notes)), (Some("ES256"), 120));
    assert_eq!(
        (part(&billing, 1)["aud"].as_str(), lasts(&billing)),
        (Some("https://billing.example.com/mcp"), 1200)
    );
    assert_eq!(part(&billing, 1)["scope"], "pay");
    assert_eq!(asked(&gateway, "notes", &notes).await, "200");
    assert_eq!(asked(&gateway, "notes", &billing).await, "audience-elsewhere");
    // Another tier's issuer is another one.
    assert_eq!(asked(&gateway, "search", &notes).await, "issuer-unknown");
    let well = get("/.well-known/oauth-authorization-server/issuers/staff").send(gateway.address).await;
    let metadata: Value = serde_json::from_str(&well.body).unwrap();
    assert_eq!(metadata["issuer"], format!("http://{}/issuers/staff", gateway.address));
    assert_eq!(metadata.get("registration_endpoint"), None);
    let register = Call::new(Method::POST, "/issuers/staff/register", "{}").send(gateway.address).await;
    assert_eq!(register.status, 404);
    // The one that nobody wrote down is as it always was.
    let well = get("/.well-known/oauth-authorization-server/issuers/default").send(gateway.address).await;
    let metadata: Value = serde_json::from_str(&well.body).unwrap();
    assert!(metadata["registration_endpoint"].is_string());
}

#[tokio::test]
async fn a_server_of_others_asks_about_its_own_tokens_and_learns_nothing_of_any_other() {
    let gateway = started().await;
    let program = program(&gateway).await;
    let ask = async |token: &str, secret: &str| {
        let asked = format!("token={token}&client_id=billing&client_secret={secret}");
        form(&gateway, "/issuers/staff/introspect", &asked).await
    };
    let secret = "the+secret+of+the+billing+server";
    let own = token(&gateway, &program, "https://billing.example.com/mcp").await;
    let told: Value = serde_json::from_str(&ask(&own, secret).await.body).unwrap();
    assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!("pay")));
    let other = token(&gateway, &program, &gateway.url("notes")).await;
    assert_eq!(ask(&other, secret).await.body, "{\"active\":false}");
    assert_eq!(ask(&own, "another").await.status, 401);
}

#[tokio::test]
async fn a_key_that_is_withdrawn_opens_nothing_and_the_next_one_is_there() {
    let gateway = started().await;
    let program = program(&gateway).await;
    let before = token(&gateway, &program, &gateway.url("notes")).await;
    assert_eq!(asked(&gateway, "notes", &before).await, "200");
    let keys = admin(&gateway, &["keys", "list", "--issuer", "staff"]).await;
    let signs = keys["keys"].as_array().unwrap().iter().find(|key| key["does"] == "signs").unwrap();
    assert_eq!(signs["kid"], part(&before, 0)["kid"]);
    admin(&gateway, &["keys", "withdraw", signs["kid"].as_str().unwrap()]).await;
    let is_refused = async || asked(&gateway, "notes", &before).await == "key-unknown";
    until("a withdrawn key still opens", is_refused).await;
    let after = token(&gateway, &program, &gateway.url("notes")).await;
    assert_ne!(part(&after, 0)["kid"], part(&before, 0)["kid"]);
    assert_eq!(asked(&gateway, "notes", &after).await, "200");
    // Nobody is refused for the sake of a rotation.
    let rotated = admin(&gateway, &["keys", "rotate", "--issuer", "staff"]).await;
    assert!(!rotated["ending"].as_array().unwrap().is_empty(), "{rotated}");
    assert_eq!(asked(&gateway, "notes", &after).await, "200");
}

#[tokio::test]
async fn servers_of_others_and_rules_change_while_it_runs_and_the_stores_key_does_not() {
    let gateway = started().await;
    let program = program(&gateway).await;
    let before = token(&gateway, &program, &gateway.url("notes")).await;
    let changed = |source: &str| {
        source
            .replace("lifetime: 2m", "lifetime: 3m")
            .replace("https://billing.example.com/mcp", "https://money.example.com/mcp")
    };
    gateway.rewritten(HOLDS, changed).await;
    assert_eq!(asked(&gateway, "notes", &before).await, "200", "what was issued before still opens");
    assert_eq!(lasts(&token(&gateway, &program, &gateway.url("notes")).await), 180);
    let money = token(&gateway, &program, "https://money.example.com/mcp").await;
    assert_eq!(part(&money, 1)["aud"], "https://money.example.com/mcp");
    let gone = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&resource=https://billing.example.com/mcp",
        program.0, program.1
    );
    assert!(form(&gateway, "/issuers/staff/token", &gone).await.body.contains("invalid_target"));
    let key = |source: &str| format!("store_key: file:other.key\n{source}");
    gateway.rewritten("`store_key` has another value, and that needs a restart", key).await;
    assert_eq!(asked(&gateway, "notes", &before).await, "200");
}

#[tokio::test]
async fn nothing_starts_where_a_secret_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let source =
        CONFIGURATION.replace("PORT", &free_port().to_string()).replace("UPSTREAM", "http://127.0.0.1:9/mcp");
    fs::write(folder.path().join("warded.yaml"), source).unwrap();
    let output = warded(folder.path()).arg("up").output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(13), "{said}");
    assert!(said.contains("secret-missing") && said.contains("billing"), "{said}");
}

#[tokio::test]
async fn people_log_in_where_the_configuration_says_and_nothing_of_the_server_is_asked_there() {
    let (upstream, folder) = (Upstream::start().await, tempfile::tempdir().unwrap());
    let source = "
public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: { upstream: UPSTREAM, scopes: { required: [\"notes:read\"] } }
logins:
  forge: { provider: github, client_id: the-id, client_secret: file:forge, title: Our forge, admit: anyone }
  other: { provider: github, client_id: other, client_secret: file:absent }
issuers:
  ours: { built_in: { tiers: [default], logins: [forge] } }
";
    let source = source.replace("PORT", &free_port().to_string()).replace("UPSTREAM", &upstream.url);
    fs::write(folder.path().join("warded.yaml"), source).unwrap();
    fs::write(folder.path().join("forge"), "the secret at the forge\n").unwrap();
    let gateway = Gateway::start_with(folder, "true").await;
    let client = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" }).to_string();
    let register = Call::new(Method::POST, "/issuers/ours/register", &client);
    let registered = register.with("content-type", "application/json").send(gateway.address).await;
    let client: Value = serde_json::from_str(&registered.body).unwrap();
    let wish = urlencoded(&[
        ("response_type", "code"),
        ("client_id", client["client_id"].as_str().unwrap()),
        ("redirect_uri", CALLBACK),
        ("code_challenge", &"c".repeat(43)),
        ("code_challenge_method", "S256"),
        ("resource", &gateway.url("notes")),
    ]);
    let mut browser = Browser::new(&gateway, None);
    let page = browser.open(&format!("/issuers/ours/authorize?{wish}")).await;
    assert!(page.body.contains("Our forge"), "{}", page.body);
    assert!(!page.body.contains("type=\"password\""), "nobody logs in here");
    let sent = browser.submit("/issuers/ours/login/forge", &page.body, &[]).await;
    // By a page, since a redirect that answers a form is one that its `form-action` would have to allow.
    let to = sent.headers.get("refresh").unwrap().to_str().unwrap();
    assert!(to.starts_with("0; url=https://github.com/login/oauth/authorize?"), "{to}");
    assert!(to.contains("client_id=the-id"), "{to}");
    for word in ["resource", "notes", "secret"] {
        assert!(!to.contains(word), "{word}: {to}");
    }
}
