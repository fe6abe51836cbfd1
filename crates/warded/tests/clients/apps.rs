//! Applications of others that are no SDK: a bridge that many people have, and libraries that refuse every response which
//! is not as its RFC says. A person logs in with a real browser.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{
    bench::{end, told},
    browser::Person,
    peer::installed,
    scene::{ANOTHER, SCOPE, SERVER, Scene, TEXT},
    visitor::newer_node,
};

/// The packages, and the scene.
struct Apps {
    scene: Scene,
    node: PathBuf,
    packages: PathBuf,
}

impl Apps {
    async fn set_up(person: Person) -> Option<Self> {
        let (node, packages) = (newer_node()?, installed("WARDED_APPS_NODE")?);
        Some(Self { scene: Scene::with_our_issuer(person).await?, node, packages })
    }

    /// Runs a script, and reads what it tells.
    async fn tells(&self, script: &str, arguments: &[&str]) -> Value {
        let script = self.scene.bench.app(script, &self.packages);
        let mut command = self.scene.bench.command(&self.node, &self.scene.person);
        command.arg(script).args(arguments);
        let outcome = told(&end(command).await);
        eprintln!("{outcome:#}");
        outcome
    }

    /// A program in its own name.
    async fn machine(&self) -> (String, String) {
        self.scene.gateway.add_machine("a program", "notes").await
    }
}

/// What it accepted, in its words.
fn accepted(told: &Value) -> Vec<&str> {
    told["accepted"].as_array().unwrap().iter().map(|what| what.as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn oauth4webapi_accepts_every_response() {
    let Some(apps) = Apps::set_up(Person::named("ada")).await else { return };
    let (id, secret) = apps.machine().await;
    let (server, another) = (apps.scene.gateway.url(SERVER), apps.scene.gateway.url(ANOTHER));
    let told = apps.tells("oauth4webapi.mjs", &[&server, &another, &id, &secret]).await;
    let accepted = accepted(&told);
    for what in [
        "the metadata of the issuer (RFC 8414)",
        "the metadata of the issuer (OpenID Connect Discovery)",
        "a registration (RFC 7591)",
        "an authorization response with `iss` (RFC 9207)",
        "a code for another server: invalid_target",
        "a code with another verifier: invalid_grant",
        "an answer to a code",
        "an access token (RFC 9068)",
        "an answer to the next refresh",
        "an answer to client credentials, client_secret_basic",
    ] {
        assert!(accepted.contains(&what), "{what}: {told:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_accepts_every_response() {
    let Some(apps) = Apps::set_up(Person::named("ada")).await else { return };
    let (id, secret) = apps.machine().await;
    let (server, issuer) = (apps.scene.gateway.url(SERVER), apps.scene.gateway.url("/issuers/default"));
    let told = apps.tells("openid-client.mjs", &[&server, &issuer, &id, &secret]).await;
    for what in ["an answer to a refresh", "the server lets its token in", "an answer to client credentials"]
    {
        assert!(accepted(&told).contains(&what), "{what}: {told:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_remote_goes_through_everything() {
    let person = Person::named("ada").who_expects(&[SCOPE, SERVER]);
    let Some(apps) = Apps::set_up(person).await else { return };
    let sdk = installed("WARDED_CLIENTS_NODE").unwrap();
    let bridge = apps.packages.join("node_modules/mcp-remote");
    let given = json!({ "text": TEXT }).to_string();
    let paths = [bridge.to_str().unwrap(), sdk.to_str().unwrap()];
    let url = apps.scene.gateway.url(SERVER);
    let told = apps.tells("remote.mjs", &[&url, "note", &given, paths[0], paths[1]]).await;
    assert_eq!(told["tools"], json!(["note", "whisper"]), "{told}");
    assert_eq!((&told["call"], &told["again"]), (&json!(TEXT), &json!(TEXT)), "{told}");
    assert_eq!(told["refreshed"], true, "{told}");
    let saw = |page| apps.scene.person.saw(page);
    assert_eq!((saw("login"), saw("consent"), saw("lost"), saw("complaint")), (1, 1, 0, 0));
    apps.scene.kept_everything_to_themselves();
}
