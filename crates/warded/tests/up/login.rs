//! A person logs in at the issuer that is built in, agrees, and the application gets a token for that one server: the
//! whole chain through the gateway, as a client and a browser walk it.

use std::process::Stdio;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::{
    caller::{Answer, Call, get, initialize, ping, post},
    stage::{Gateway, warded},
    upstream::Upstream,
};

pub(crate) const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";
pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// What a page's form holds in a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let value = page.split_once(&start).unwrap_or_else(|| panic!("no {name} in {page}")).1;
    let value = value.split('"').next().unwrap();
    [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
        .iter()
        .fold(value.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).unwrap().1.into_owned()
}

/// A browser that keeps cookies and is asked where it is sent.
pub(crate) struct Browser<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) cookies: Vec<String>,
    /// What a proxy says of where it is.
    pub(crate) from: Option<&'a str>,
}

impl<'a> Browser<'a> {
    pub(crate) const fn new(gateway: &'a Gateway, from: Option<&'a str>) -> Self {
        Self { gateway, cookies: Vec::new(), from }
    }

    async fn go(&mut self, call: Call) -> Answer {
        let call = self.from.iter().fold(call, |call, from| call.with("x-forwarded-for", from));
        let answer = call.with("cookie", &self.cookies.join("; ")).send(self.gateway.address).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let name = cookie.split_inclusive('=').next().unwrap();
            self.cookies.retain(|kept| !kept.starts_with(name));
            self.cookies.push(cookie.to_owned());
        }
        answer
    }

    pub(crate) async fn open(&mut self, url: &str) -> Answer {
        let path = url.strip_prefix(&format!("http://{}", self.gateway.address)).unwrap_or(url);
        self.go(Call::new(Method::GET, path, "")).await
    }

    pub(crate) async fn submit(&mut self, path: &str, page: &str, more: &[(&str, &str)]) -> Answer {
        let (request, token) = (hidden(page, "request"), hidden(page, "token"));
        let mut pairs = vec![("request", request.as_str()), ("token", token.as_str())];
        pairs.extend(more);
        let call = Call::new(Method::POST, path, &form(&pairs));
        let call = call.with("content-type", "application/x-www-form-urlencoded");
        self.go(call.with("origin", &format!("http://{}", self.gateway.address))).await
    }
}

pub(crate) fn location(answer: &Answer) -> &str {
    answer.headers.get("location").unwrap_or_else(|| panic!("{answer:?}")).to_str().unwrap()
}

async fn token_request(gateway: &Gateway, pairs: &[(&str, &str)]) -> Answer {
    let call = Call::new(Method::POST, "/issuers/default/token", &form(pairs));
    call.with("content-type", "application/x-www-form-urlencoded").send(gateway.address).await
}

pub(crate) async fn add_alice(gateway: &Gateway) {
    let mut command = warded(gateway.folder.path());
    let mut child = command.args(["user", "add", "alice"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"correct horse battery\n").await.unwrap();
    assert!(child.wait().await.unwrap().success());
}

/// Somebody has a copy of the refresh token: whoever it is, what came of that grant ends with the very next call, although
/// both tokens were admitted a moment ago. A restart forgets nothing of it.
async fn a_copy_ends_everything(gateway: Gateway, renewal: &[(&str, &str)], tokens: [&str; 2]) {
    let stolen = token_request(&gateway, renewal).await;
    assert!(stolen.status == 400 && stolen.body.contains("invalid_grant"), "{stolen:?}");
    let refused = async |gateway: &Gateway| {
        for token in tokens {
            let answer = post("/notes/mcp", &ping()).token(token).send(gateway.address).await;
            assert_eq!(answer.code(), "token-revoked");
        }
    };
    refused(&gateway).await;
    refused(&gateway.restart().await).await;
}

#[tokio::test]
async fn a_person_logs_in_agrees_and_opens_one_server() {
    let (notes, files) = (Upstream::start().await, Upstream::start().await);
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: {{ title: My notes, upstream: \"{}\", scopes: {{ required: [\"notes:read\"] }} }}
  files: {{ upstream: \"{}\" }}
",
        notes.url, files.url
    ))
    .await;
    let to = gateway.address;
    add_alice(&gateway).await;

    // From the challenge to the issuer, as RFC 9728 and RFC 8414 lead.
    let refused = post("/notes/mcp", &initialize()).send(to).await;
    let challenge = refused.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("scope=\"notes:read\""), "{challenge}");
    let document = challenge.split("resource_metadata=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut browser = Browser::new(&gateway, None);
    let document: Value = serde_json::from_str(&browser.open(document).await.body).unwrap();
    let issuer = document["authorization_servers"][0].as_str().unwrap();
    let path = issuer.strip_prefix(&format!("http://{to}")).unwrap();
    let metadata = browser.open(&format!("/.well-known/oauth-authorization-server{path}")).await;
    let metadata: Value = serde_json::from_str(&metadata.body).unwrap();
    assert_eq!(metadata["issuer"], issuer);

    let registration = json!({ "client_name": "Editor", "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none" });
    let call = Call::new(Method::POST, &format!("{path}/register"), &registration.to_string());
    let registered = call.with("content-type", "application/json").send(to).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let registered: Value = serde_json::from_str(&registered.body).unwrap();
    let client = registered["client_id"].as_str().unwrap();

    let resource = gateway.url("notes");
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    let authorize = format!(
        "{path}/authorize?{}",
        form(&[
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", CALLBACK),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("resource", &resource),
            ("scope", "notes:read"),
            ("state", "a-state"),
        ])
    );
    let mut page = browser.open(&authorize).await;
    while page.status.is_redirection() {
        page = browser.open(location(&page)).await;
    }
    assert!(page.body.contains("My notes") && page.body.contains("Editor"), "{page:?}");
    let login = [("username", "alice"), ("password", "correct horse battery")];
    let mut page = browser.submit(&format!("{path}/login"), &page.body, &login).await;
    while page.status.is_redirection() {
        page = browser.open(location(&page)).await;
    }
    for word in ["Editor", "My notes", &resource, "notes:read", "127.0.0.1:9"] {
        assert!(page.body.contains(word), "{word}: {page:?}");
    }
    let sent = browser.submit(&format!("{path}/consent"), &page.body, &[("decision", "allow")]).await;
    let back = location(&sent);
    assert!(back.starts_with(CALLBACK), "{back}");
    assert_eq!((parameter(back, "state").as_str(), parameter(back, "iss").as_str()), ("a-state", issuer));

    let code = parameter(back, "code");
    let exchange = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let answer =
        token_request(&gateway, &[&exchange[..], &[("resource", &gateway.url("files"))]].concat()).await;
    assert!(answer.body.contains("invalid_target"), "{answer:?}");
    let answer = token_request(&gateway, &[&exchange[..], &[("resource", &resource)]].concat()).await;
    assert_eq!(answer.status, 200, "a refused request has burnt nothing: {answer:?}");
    let tokens: Value = serde_json::from_str(&answer.body).unwrap();
    let access = tokens["access_token"].as_str().unwrap();

    let opened = post("/notes/mcp", &initialize()).token(access).send(to).await;
    assert_eq!(opened.status, 200);
    let call = get("/notes/mcp").token(access).with("mcp-session-id", opened.session());
    assert_eq!(call.open(to).await.status(), 200);
    assert_eq!(post("/files/mcp", &ping()).token(access).send(to).await.code(), "audience-elsewhere");
    // The browser's session is the issuer's, and no server behind gets to see it.
    let call = post("/notes/mcp", &ping()).token(access).with("cookie", &browser.cookies.join("; "));
    assert_eq!(call.send(to).await.status, 200);
    assert!(!notes.last().headers.contains_key("cookie"));

    let refresh = tokens["refresh_token"].as_str().unwrap();
    let renewal = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", client)];
    let renewed = token_request(&gateway, &renewal).await;
    assert_eq!(renewed.status, 200, "{renewed:?}");
    let renewed: Value = serde_json::from_str(&renewed.body).unwrap();
    let newer = renewed["access_token"].as_str().unwrap();
    let call = post("/notes/mcp", &ping()).token(newer).with("mcp-session-id", opened.session());
    assert_eq!(call.send(to).await.status, 200, "the session goes on with the new token");

    let log = gateway.log();
    for secret in [access, newer, refresh, &code, VERIFIER, "correct horse battery"] {
        assert!(!log.contains(secret), "{secret} is logged");
    }
    assert!(files.requests().is_empty());
    a_copy_ends_everything(gateway, &renewal, [access, newer]).await;
}
