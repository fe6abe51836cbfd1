//! Behind a proxy: callers are told apart by what it says, and by what nobody else says.

use std::process::Stdio;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{
    caller::{Answer, Call, ping, post},
    login::{Browser, CALLBACK, VERIFIER, add_alice, form, location},
    port::free_port,
    stage::{Gateway, Stage, warded},
    upstream::Upstream,
};

const PASSWORD: &str = "correct horse battery";
/// What a flood of wrong passwords is answered with in the end.
const TOO_MANY: u16 = 429;

async fn gateway(notes: &Upstream, proxies: &str) -> Gateway {
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
{proxies}
servers:
  notes: {{ upstream: \"{}\" }}
",
        notes.url
    ))
    .await;
    add_alice(&gateway).await;
    gateway
}

async fn register(gateway: &Gateway, issuer: &str, from: &str) -> Answer {
    let client = json!({ "client_name": "Editor", "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code"], "token_endpoint_auth_method": "none" });
    let call = Call::new(Method::POST, &format!("{issuer}/register"), &client.to_string());
    let call = call.with("content-type", "application/json").with("x-forwarded-for", from);
    call.send(gateway.address).await
}

/// A page that asks who it is.
async fn login_page(browser: &mut Browser<'_>, client: &Client) -> Answer {
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    let authorize = format!(
        "{}/authorize?{}",
        client.issuer,
        form(&[
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", CALLBACK),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("resource", &browser.gateway.url(client.server)),
            ("state", "a-state"),
        ])
    );
    let mut page = browser.open(&authorize).await;
    while page.status.is_redirection() {
        page = browser.open(location(&page)).await;
    }
    page
}

/// A client that has registered itself at one of the issuers.
struct Client {
    issuer: &'static str,
    server: &'static str,
    id: String,
}

async fn client(gateway: &Gateway) -> Client {
    client_at(gateway, "/issuers/default", "notes").await
}

async fn client_at(gateway: &Gateway, issuer: &'static str, server: &'static str) -> Client {
    let registered = register(gateway, issuer, "203.0.113.99").await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let registered: Value = serde_json::from_str(&registered.body).unwrap();
    Client { issuer, server, id: registered["client_id"].as_str().unwrap().to_owned() }
}

async fn log_in(
    browser: &mut Browser<'_>,
    client: &Client,
    page: &Answer,
    name: &str,
    password: &str,
) -> Answer {
    let who = [("username", name), ("password", password)];
    browser.submit(&format!("{}/login", client.issuer), &page.body, &who).await
}

/// Wrong passwords, a name each, until there were too many.
async fn flood(gateway: &Gateway, client: &Client, from: impl Fn(usize) -> String) -> bool {
    let first = from(0);
    let mut opened = Browser::new(gateway, Some(&first));
    let page = login_page(&mut opened, client).await;
    for count in 0..70 {
        let from = from(count);
        let mut browser = Browser { gateway, cookies: opened.cookies.clone(), from: Some(&from) };
        let answer = log_in(&mut browser, client, &page, &format!("nobody-{count}"), "wrong").await;
        if answer.status.as_u16() == TOO_MANY {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn who_floods_through_a_proxy_keeps_nobody_else_out() {
    let notes = Upstream::start().await;
    let gateway = gateway(&notes, "trusted_proxies: [127.0.0.0/8]").await;
    let client = client(&gateway).await;
    // Whatever the flood itself writes stands left of what the proxy adds.
    assert!(flood(&gateway, &client, |count| format!("198.51.100.{count}, 203.0.113.1")).await);

    let mut alice = Browser::new(&gateway, Some("203.0.113.2"));
    let page = login_page(&mut alice, &client).await;
    let answer = log_in(&mut alice, &client, &page, "alice", PASSWORD).await;
    assert!(answer.status.is_redirection(), "{answer:?}");
    let mut flooding = Browser::new(&gateway, Some("203.0.113.1"));
    let page = login_page(&mut flooding, &client).await;
    assert_eq!(log_in(&mut flooding, &client, &page, "alice", PASSWORD).await.status.as_u16(), TOO_MANY);
}

#[tokio::test]
async fn nobody_but_a_named_proxy_says_who_called() {
    let notes = Upstream::start().await;
    let gateway = gateway(&notes, "trusted_proxies: [10.0.0.0/8, \"::1\"]").await;
    let client = client(&gateway).await;
    assert!(flood(&gateway, &client, |count| format!("203.0.113.{count}")).await, "one address all the time");
}

#[tokio::test]
async fn a_server_behind_is_told_whom_the_proxy_names() {
    let stage = Stage::with_head("trusted_proxies: [127.0.0.1]").await;
    let token = stage.token("notes", json!({}));
    let call = post("/notes/mcp", &ping()).token(&token).with("x-forwarded-for", "10.9.9.9");
    let answer = call.with("x-forwarded-for", "203.0.113.7, 127.0.0.1").send(stage.gateway.address).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(stage.notes.last().headers["x-forwarded-for"], "203.0.113.7");
}

#[tokio::test]
async fn each_tier_is_not_another_set_of_guesses() {
    let notes = Upstream::start().await;
    let upstream = &notes.url;
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: {{ upstream: \"{upstream}\" }}
  files: {{ upstream: \"{upstream}?files\", tier: high }}
"
    ))
    .await;
    add_alice(&gateway).await;
    let default = client(&gateway).await;
    let high = client_at(&gateway, "/issuers/high", "files").await;
    let mut browser = Browser::new(&gateway, None);
    let page = login_page(&mut browser, &default).await;
    for _ in 0..20 {
        assert_eq!(log_in(&mut browser, &default, &page, "alice", "wrong").await.status, 403);
    }
    let mut browser = Browser::new(&gateway, None);
    let page = login_page(&mut browser, &high).await;
    let answer = log_in(&mut browser, &high, &page, "alice", PASSWORD).await;
    assert_eq!(answer.status.as_u16(), TOO_MANY, "{answer:?}");
}

/// What is said until it is ready.
async fn announced(configuration: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let configuration = configuration.replace("PORT", &free_port().to_string());
    std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
    let mut command = warded(folder.path());
    let mut child = command.args(["--color", "never", "up"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        said += &line;
        if line.contains("Ready at") {
            return said;
        }
    }
    panic!("{said}")
}

#[tokio::test]
async fn whoever_forgets_to_name_the_proxy_in_front_is_told() {
    let servers = "servers: { notes: { upstream: \"http://127.0.0.1:1/mcp\" } }";
    let world = "public_url: https://mcp.example.com\nlisten: 127.0.0.1:PORT";
    let said = announced(&format!("{world}\n{servers}\n")).await;
    assert!(said.contains("note[proxies-unnamed]") && said.contains("trusted_proxies"), "{said}");
    let said = announced(&format!("{world}\ntrusted_proxies: [127.0.0.1]\n{servers}\n")).await;
    assert!(!said.contains("proxies-unnamed"), "{said}");
    let here = "public_url: http://127.0.0.1:PORT\nlisten: 127.0.0.1:PORT";
    let said = announced(&format!("{here}\n{servers}\n")).await;
    assert!(!said.contains("proxies-unnamed"), "{said}");
}
