//! `warded connect` as the stdio server of other people's SDKs: it does what their OAuth code does elsewhere.

use std::path::PathBuf;

use serde_json::json;

use crate::{
    bench::{Bench, end, told},
    browser::Person,
    gateway::Gateway,
    peer::installed,
    upstream::Upstream,
};

const TEXT: &str = "Ada's tea";

async fn lists_and_calls(program: PathBuf, script: &str) {
    let Some(bench) = Bench::set_up() else { return };
    let upstream = Upstream::of_notes().await;
    let mut gateway = Gateway::prepared();
    gateway.configure(&format!(
        "servers:\n  notes:\n    upstream: {}\n    scopes: {{ required: [notes:read] }}\n",
        upstream.url()
    ));
    let server = gateway.url("/notes/mcp");
    let person = Person::named("ada").who_expects(&["notes", &server, "notes:read"]);
    gateway.admit(&person).await;
    gateway.start().await;
    let browser = format!("node {}", bench.script("browser.mjs").display());
    let tokens = bench.folder().join("tokens");

    for run in ["first", "second"] {
        let mut client = bench.command(&program, &person);
        client.arg(bench.script(script)).args(["note", &json!({ "text": TEXT }).to_string()]);
        client.arg(env!("CARGO_BIN_EXE_warded")).args(["connect", &server, "--browser-command", &browser]);
        client.arg("--token-store").arg(&tokens);
        let told = told(&end(client).await);

        assert_eq!(told["tools"], json!(["note", "whisper"]), "{run}: {told}");
        assert_eq!(told["call"], TEXT, "{run}: {told}");
        assert_eq!(told["again"], TEXT, "{run}: {told}");
    }

    assert_eq!(
        (person.saw("login"), person.saw("consent")),
        (1, 1),
        "the second run has a token: {:?}",
        person.diary()
    );
    assert!(upstream.reached().iter().all(|headers| !headers.contains_key("authorization")), "no passage");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_starts_it() {
    let Some(python) = installed("WARDED_CLIENTS_PYTHON") else { return };
    lists_and_calls(python, "stdio_python.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_starts_it() {
    lists_and_calls("node".into(), "stdio-typescript.mjs").await;
}
