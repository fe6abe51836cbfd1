//! A person looks at what has access and takes it away: the very next call is refused, and nobody else's is.

use http::Method;
use serde_json::{Value, json};

use crate::{
    caller::{Answer, Call, ping, post},
    login::{Browser, CALLBACK, VERIFIER, add_alice, form, location},
    stage::Gateway,
    upstream::Upstream,
};

/// The S256 challenge of [`VERIFIER`].
fn challenge() -> String {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
}

async fn sent(gateway: &Gateway, path: &str, kind: &str, body: &str) -> Value {
    let answer = Call::new(Method::POST, path, body).with("content-type", kind).send(gateway.address).await;
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"))
}

/// An application registers itself and gets a token for a server, as alice allows.
async fn token(gateway: &Gateway, name: &str, server: &str) -> String {
    let registration = json!({ "client_name": name, "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none" });
    let path = "/issuers/default";
    let registered =
        sent(gateway, &format!("{path}/register"), "application/json", &registration.to_string()).await;
    let client = registered["client_id"].as_str().unwrap();
    let question = form(&[
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("code_challenge", &challenge()),
        ("code_challenge_method", "S256"),
        ("resource", &gateway.url(server)),
    ]);
    let mut browser = Browser::new(gateway, None);
    let page = browser.open(&format!("{path}/authorize?{question}")).await;
    let page = logged_in(&mut browser, page).await;
    let answer = browser.submit(&format!("{path}/consent"), &page.body, &[("decision", "allow")]).await;
    let query = location(&answer).split_once('?').unwrap().1;
    let (_, code) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code").unwrap();
    let exchange = form(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]);
    let kind = "application/x-www-form-urlencoded";
    let tokens = sent(gateway, &format!("{path}/token"), kind, &exchange).await;
    tokens["access_token"].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned()
}

async fn logged_in(browser: &mut Browser<'_>, page: Answer) -> Answer {
    let login = [("username", "alice"), ("password", "correct horse battery")];
    let mut page = browser.submit("/issuers/default/login", &page.body, &login).await;
    while page.status.is_redirection() {
        page = browser.open(location(&page)).await;
    }
    page
}

#[tokio::test]
async fn what_a_person_takes_away_is_refused_at_the_next_call_and_nothing_else_is() {
    let (notes, files) = (Upstream::start().await, Upstream::start().await);
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: {{ title: My notes, upstream: \"{}\" }}
  files: {{ title: My files, upstream: \"{}\" }}
",
        notes.url, files.url
    ))
    .await;
    add_alice(&gateway).await;
    let editor = token(&gateway, "Editor", "notes").await;
    let reader = token(&gateway, "Reader", "notes").await;
    let finder = token(&gateway, "Editor", "files").await;
    let ping = async |server: &str, token: &str| {
        post(&format!("/{server}/mcp"), &ping()).token(token).send(gateway.address).await
    };
    for (server, token) in [("notes", &editor), ("notes", &reader), ("files", &finder)] {
        assert_eq!(ping(server, token).await.status, 200);
    }

    let mut browser = Browser::new(&gateway, None);
    let page = browser.open("/issuers/default/apps").await;
    let page = logged_in(&mut browser, page).await;
    for shown in ["<q>Editor</q> uses My notes", "<q>Reader</q> uses My notes", "<q>Editor</q> uses My files"]
    {
        assert!(page.body.contains(shown), "{shown}: {page:?}");
    }
    let (_, card) = page.body.split_once("<q>Editor</q> uses My notes").unwrap();
    let field = |name: &str| {
        let (_, rest) = card.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let (client, server, button) = (field("client"), field("server"), field("token"));
    let taking = form(&[("client", &client), ("server", &server), ("token", &button)]);
    let call = Call::new(Method::POST, "/issuers/default/apps/revoke", &taking)
        .with("content-type", "application/x-www-form-urlencoded")
        .with("cookie", &browser.cookies.join("; "));
    let answer = call.send(gateway.address).await;
    assert!(answer.status == 200 && answer.body.contains("Access taken away"), "{answer:?}");

    assert_eq!(ping("notes", &editor).await.code(), "token-revoked");
    assert_eq!(ping("notes", &reader).await.status, 200);
    assert_eq!(ping("files", &finder).await.status, 200);
    let gateway = gateway.restart().await;
    let answer = post("/notes/mcp", &crate::caller::ping()).token(&editor).send(gateway.address).await;
    assert_eq!(answer.code(), "token-revoked", "a restart forgets nothing of it");
}
