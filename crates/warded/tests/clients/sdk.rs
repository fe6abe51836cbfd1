//! SDKs with their own OAuth code: they discover from the gateway's 401, register, send a person to the login and the
//! consent page, list and call tools, and refresh. Nothing here speaks HTTP by hand.

use std::{ffi::OsString, path::PathBuf, process::Output};

use serde_json::{Value, json};

use crate::{
    bench::{Bench, end, told},
    browser::Person,
    gateway::Gateway,
    peer::installed,
    upstream::Upstream,
};

const SERVER: &str = "/notes/mcp";
const TEXT: &str = "Ada's tea";

/// One gateway with one server behind it, and one person.
struct Scene {
    bench: Bench,
    gateway: Gateway,
    upstream: Upstream,
    person: Person,
}

impl Scene {
    async fn set(person: impl FnOnce(&str) -> Person) -> Option<Self> {
        let bench = Bench::set_up()?;
        let upstream = Upstream::of_notes().await;
        let mut gateway = Gateway::prepared();
        gateway.configure(&format!(
            "servers:\n  notes:\n    title: Ada's notes\n    upstream: {}\n    scopes: {{ required: [notes:read] }}\n",
            upstream.url()
        ));
        let person = person(&gateway.url(SERVER));
        gateway.admit(&person).await;
        gateway.start().await;
        Some(Self { bench, gateway, upstream, person })
    }

    /// Runs a client at the server.
    async fn run(&self, program: PathBuf, script: Option<&str>) -> Output {
        let mut command = self.bench.command(program, &self.person);
        command.args(script.map(|name| OsString::from(self.bench.script(name))));
        command.args([&self.gateway.url(SERVER), "note", &json!({ "text": TEXT }).to_string()]);
        end(command).await
    }
}

/// Runs one client through everything, and asks it and everybody else what happened.
async fn goes_through_everything(client: &str, program: PathBuf, script: Option<&str>) {
    let person =
        |server: &str| Person::named("ada").who_expects(&[client, "Ada's notes", server, "notes:read"]);
    let Some(scene) = Scene::set(person).await else { return };

    let told = told(&scene.run(program, script).await);

    assert_eq!(told["tools"], json!(["note", "whisper"]), "{told}");
    assert_eq!(told["call"], TEXT, "{told}");
    assert_eq!(told["again"], TEXT, "{told}");
    assert_eq!(told["refreshed"], true, "{told}");
    assert_eq!(granted(&told), ["notes:read"], "{told}");
    assert_eq!(
        (scene.person.saw("login"), scene.person.saw("consent"), scene.person.saw("lost")),
        (1, 1, 0),
        "a refresh asks nobody: {:?}",
        scene.person.diary()
    );
    let reached = scene.upstream.reached();
    assert!(!reached.is_empty());
    assert!(reached.iter().all(|headers| !headers.contains_key("authorization")), "no passage");
}

fn granted(told: &Value) -> Vec<&str> {
    told["scopes"]
        .as_str()
        .unwrap_or_default()
        .split_ascii_whitespace()
        .filter(|&scope| scope != "offline_access")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_goes_through_everything() {
    let Some(python) = installed("WARDED_CLIENTS_PYTHON") else { return };
    goes_through_everything("Python SDK", python, Some("python_sdk.py")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_goes_through_everything() {
    let Some(python) = installed("WARDED_CLIENTS_PYTHON") else { return };
    goes_through_everything("FastMCP", python, Some("fastmcp_client.py")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_of_version_1_goes_through_everything() {
    goes_through_everything("TypeScript SDK v1", "node".into(), Some("typescript-v1.mjs")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_of_version_2_goes_through_everything() {
    goes_through_everything("TypeScript SDK v2", "node".into(), Some("typescript-v2.mjs")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_go_sdk_goes_through_everything() {
    let Some(client) = installed("WARDED_CLIENTS_GO") else { return };
    goes_through_everything("Go SDK", client, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_denies_at_the_consent_page_opens_nothing() {
    let Some(scene) = Scene::set(|_| Person::named("ada").who_denies()).await else { return };

    let output = scene.run("node".into(), Some("typescript-v2.mjs")).await;

    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("refused: access_denied"));
    assert!(scene.upstream.reached().is_empty(), "nobody was let in");
}
