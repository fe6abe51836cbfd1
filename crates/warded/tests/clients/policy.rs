//! What do other people's clients make of a policy? They see what it lets them see, and read a denial as the result of a tool.

use serde_json::json;

use crate::{
    bench::{end, told},
    browser::Person,
    scene::{SCOPE, SERVER, Scene, TEXT, TITLE},
    sdk::Sdk,
};

/// The policy against token mis-redemption as it is published, and a tool that nobody has.
const POLICY: &str = r#"version: "1"
description: "Enforce audience binding on MCP traffic"
default: "allow"
hide: [whisper]
tools:
  "*":
    rules:
      - name: "require audience claim"
        conditions:
          - path: "auth.token.aud"
            op: "eq"
            value: "${server.identity}"
        on_deny: "Token audience does not match this MCP server (RFC 8707 violation)"
      - name: "reject passthrough of inbound token to upstream"
        conditions:
          - path: "auth.passthrough"
            op: "eq"
            value: false
        on_deny: "Token passthrough is forbidden by MCP spec (2025-06-18 and later)"
"#;
const HIDDEN: &str = "Tool \"whisper\" is hidden by policy";

#[tokio::test(flavor = "multi_thread")]
async fn every_sdk_calls_what_it_may_and_reads_why_it_may_not() {
    for sdk in Sdk::all() {
        let person = Person::named("ada").who_expects(&[sdk.name, TITLE, SERVER, SCOPE]);
        let Some(scene) = Scene::where_a_policy_says(POLICY, person).await else { return };
        let told = told(&scene.run(&sdk, &scene.person, "note").await);
        assert_eq!(told["tools"], json!(["note"]), "{}: {told}", sdk.name);
        assert_eq!((&told["call"], &told["again"]), (&json!(TEXT), &json!(TEXT)), "{}: {told}", sdk.name);

        let output = scene.run(&sdk, &scene.person, "whisper").await;
        assert!(!output.status.success(), "{}", sdk.name);
        // Whoever shows a text in the words of its language writes quotes in another way.
        let said = String::from_utf8_lossy(&output.stderr).replace('\\', "");
        // The SDK has read it as the result of a tool, and not as an error of the protocol.
        assert!(said.contains("[INTERCEPT POLICY DENIED] ") && said.contains(HIDDEN), "{}: {said}", sdk.name);
        assert!(!said.contains("-32000") && !said.contains("McpError"), "{}: {said}", sdk.name);
        scene.kept_everything_to_themselves();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_over_stdio_before_the_python_sdk_hides_what_the_policy_hides() {
    let Some(sdk) = Sdk::python() else { return };
    let Some(scene) = Scene::where_a_policy_says(POLICY, Person::named("ada")).await else { return };
    let browser = format!("node {}", scene.bench.script("browser.mjs").display());
    let run = async |tool: &str| {
        let mut client = scene.bench.command(&sdk.program, &scene.person);
        client.arg(scene.bench.script("stdio_python.py")).args([tool, &json!({ "text": TEXT }).to_string()]);
        client.arg(env!("CARGO_BIN_EXE_warded")).args(["connect", &scene.gateway.url(SERVER)]);
        client
            .args(["--browser-command", &browser, "--token-store"])
            .arg(scene.bench.folder().join("tokens"));
        end(client).await
    };
    let told = told(&run("note").await);
    assert_eq!((&told["tools"], &told["call"]), (&json!(["note"]), &json!(TEXT)), "{told}");
    let output = run("whisper").await;
    let said = String::from_utf8_lossy(&output.stderr).replace('\\', "");
    assert!(!output.status.success() && said.contains("the tool failed") && said.contains(HIDDEN), "{said}");
}
