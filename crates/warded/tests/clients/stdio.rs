//! `warded connect` as the stdio server of other people's SDKs: it does what their OAuth code does elsewhere.

use std::path::PathBuf;

use serde_json::json;

use crate::{
    bench::{end, told},
    browser::Person,
    peer::installed,
    scene::{SCOPE, SERVER, Scene, TEXT, TITLE},
};

async fn lists_and_calls(program: PathBuf, script: &str) {
    let person = Person::named("ada").who_expects(&[TITLE, SERVER, SCOPE]);
    let Some(scene) = Scene::with_our_issuer(person).await else { return };
    let server = scene.gateway.url(SERVER);
    let browser = format!("node {}", scene.bench.script("browser.mjs").display());
    let tokens = scene.bench.folder().join("tokens");

    for run in ["first", "second"] {
        let mut client = scene.bench.command(&program, &scene.person);
        client.arg(scene.bench.script(script)).args(["note", &json!({ "text": TEXT }).to_string()]);
        client.arg(env!("CARGO_BIN_EXE_warded")).args(["connect", &server, "--browser-command", &browser]);
        client.arg("--token-store").arg(&tokens);
        let told = told(&end(client).await);

        assert_eq!(told["tools"], json!(["note", "whisper"]), "{run}: {told}");
        assert_eq!(told["call"], TEXT, "{run}: {told}");
        assert_eq!(told["again"], TEXT, "{run}: {told}");
        assert_eq!(told["revision"], "2026-07-28", "{run}: {told}");
    }

    let diary = scene.person.diary();
    assert_eq!(
        (scene.person.saw("login"), scene.person.saw("consent")),
        (1, 1),
        "the second has a token: {diary:?}"
    );
    scene.kept_everything_to_themselves();
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
