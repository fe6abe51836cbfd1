//! Whose tokens besides our own? Those of an authorization server that nobody of us wrote.

use std::process::Stdio;

use serde::Deserialize;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Child,
};

use crate::{bench::Bench, browser::Person};

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
        let setup = json!({
            "resources": resources, "scopes": scopes, "person": person.name(), "password": person.password(),
        });
        let mut process = bench
            .command("node", person)
            .arg(bench.script("issuer.mjs"))
            .arg(setup.to_string())
            // It ends when this pipe does, even where nothing is dropped.
            .stdin(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().expect("the issuer does not start");
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
