//! Whose tokens besides our own? Those of an authorization server that nobody of us wrote.

use std::process::Stdio;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::Child;
use warded_core::jose::{Algorithm, SigningKey};

use crate::{
    bench::{Bench, ready},
    browser::Person,
    wire::ask,
};

/// npm's `oidc-provider` with resource indicators, which runs until it is dropped.
pub(crate) struct OidcProvider {
    _process: Child,
    ready: Ready,
}

#[derive(Deserialize)]
struct Ready {
    issuer: String,
    client_id: String,
    client_secret: String,
}

impl OidcProvider {
    /// Starts one that issues tokens for these resources.
    pub(crate) async fn start(bench: &Bench, resources: &[String], scopes: &[&str], person: &Person) -> Self {
        Self::started(bench, resources, scopes, person, &json!({})).await
    }

    /// Starts one that has these clients besides the usual one.
    pub(crate) async fn knowing(
        bench: &Bench,
        resources: &[String],
        scopes: &[&str],
        clients: &Value,
    ) -> Self {
        let changes = json!({ "clients": clients });
        Self::started(bench, resources, scopes, &Person::named("ada"), &changes).await
    }

    /// Starts one whose tokens say nothing by themselves, with these clients besides the usual one.
    pub(crate) async fn opaque(
        bench: &Bench,
        resources: &[String],
        scopes: &[&str],
        clients: &Value,
    ) -> Self {
        let changes = json!({ "format": "opaque", "clients": clients });
        Self::started(bench, resources, scopes, &Person::named("ada"), &changes).await
    }

    async fn started(
        bench: &Bench,
        resources: &[String],
        scopes: &[&str],
        person: &Person,
        changes: &Value,
    ) -> Self {
        let mut setup = json!({
            "resources": resources, "scopes": scopes, "person": person.name(), "password": person.password(),
        });
        for (member, value) in changes.as_object().unwrap() {
            setup[member] = value.clone();
        }
        let mut process = bench
            .command("node", person)
            .arg(bench.script("issuer.mjs"))
            .arg(setup.to_string())
            // It ends when this pipe does, even where nothing is dropped.
            .stdin(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let line = ready(&mut process).await.expect("the issuer does not start");
        Self { _process: process, ready: serde_json::from_str(&line).unwrap() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.ready.issuer
    }

    /// The client that may ask for tokens on its own behalf: its id and its secret.
    pub(crate) fn machine(&self) -> (&str, &str) {
        (&self.ready.client_id, &self.ready.client_secret)
    }
}

/// The key of a client that has no secret: for itself, as tools write it; and for its issuer, as its registration says.
pub(crate) fn client_key() -> (String, Value) {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random()).unwrap();
    let key = SigningKey::from_pkcs8(Algorithm::Es256, document.as_ref()).unwrap();
    let pem = BASE64_STANDARD.encode(document.as_ref());
    (
        format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n"),
        json!({ "keys": [key.public_jwk()] }),
    )
}

#[expect(clippy::disallowed_methods, reason = "a key that signs nothing outside of this test")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

/// The measure is measured: what the matrix takes for granted of these tokens.
#[tokio::test(flavor = "multi_thread")]
async fn its_tokens_name_the_one_resource_that_was_asked_for() {
    let Some(bench) = Bench::set_up() else { return };
    let resources = ["https://mcp.example.com/a", "https://mcp.example.com/b"].map(str::to_owned);
    let issuer = OidcProvider::start(&bench, &resources, &["mcp:use"], &Person::named("ada")).await;
    let endpoint = format!("{}/token", issuer.url());

    for resource in &resources {
        let answer = ask(&endpoint, issuer.machine(), resource, "mcp:use").await;
        let parts: Vec<Value> =
            answer["access_token"].as_str().unwrap().split('.').take(2).map(decoded).collect();
        assert_eq!(parts[0]["typ"], "at+jwt");
        assert_eq!((&parts[1]["aud"], &parts[1]["iss"]), (&json!(resource), &json!(issuer.url())));
    }
    let elsewhere = ask(&endpoint, issuer.machine(), "https://mcp.example.com/c", "mcp:use").await;
    assert_eq!(elsewhere["error"], "invalid_target");
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
