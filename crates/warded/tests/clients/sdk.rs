//! SDKs with their own OAuth code: they discover from the gateway's 401, register, send a person to the login and the
//! consent page, list and call tools, and refresh. Nothing here speaks HTTP by hand.

use std::{ffi::OsString, path::PathBuf, process::Output};

use serde_json::{Value, json};

use crate::{
    bench::{Bench, end, told},
    browser::Person,
    gateway::Gateway,
    issuer::OidcProvider,
    peer::installed,
    upstream::Upstream,
};

const SERVER: &str = "/notes/mcp";
const TITLE: &str = "Ada's notes";
const TEXT: &str = "Ada's tea";
const SCOPE: &str = "notes:read";

/// A client of others: the name that it registers under, how it is run, and the revision that it must speak here.
struct Sdk {
    name: &'static str,
    program: PathBuf,
    script: Option<&'static str>,
    revision: Option<&'static str>,
}

impl Sdk {
    fn python() -> Option<Self> {
        let program = installed("WARDED_CLIENTS_PYTHON")?;
        let script = Some("python_sdk.py");
        Some(Self { name: "Python SDK", program, script, revision: Some("2026-07-28") })
    }

    fn fastmcp() -> Option<Self> {
        let program = installed("WARDED_CLIENTS_PYTHON")?;
        // Its client does not say what it speaks.
        Some(Self { name: "FastMCP", program, script: Some("fastmcp_client.py"), revision: None })
    }

    fn typescript_v1() -> Self {
        let script = Some("typescript-v1.mjs");
        Self { name: "TypeScript SDK v1", program: "node".into(), script, revision: Some("2025-11-25") }
    }

    fn typescript_v2() -> Self {
        let script = Some("typescript-v2.mjs");
        Self { name: "TypeScript SDK v2", program: "node".into(), script, revision: Some("2026-07-28") }
    }

    fn go() -> Option<Self> {
        let program = installed("WARDED_CLIENTS_GO")?;
        Some(Self { name: "Go SDK", program, script: None, revision: Some("2026-07-28") })
    }
}

/// One gateway with one server behind it, and one person.
struct Scene {
    bench: Bench,
    gateway: Gateway,
    upstream: Upstream,
    person: Person,
    _issuer: Option<OidcProvider>,
}

impl Scene {
    /// Warded is the issuer itself.
    async fn with_our_issuer(person: Person) -> Option<Self> {
        let scene = Self::set(person).await?;
        scene.configure("");
        scene.gateway.admit(&scene.person).await;
        scene.started().await
    }

    /// The issuer is one that nobody of us wrote.
    async fn with_another_issuer(person: Person) -> Option<Self> {
        let scene = Self::set(person).await?;
        let resource = scene.gateway.url(SERVER);
        let issuer = OidcProvider::start(&scene.bench, &[resource], &[SCOPE], &scene.person).await;
        scene.configure(&format!("    issuers: [other]\nissuers:\n  other: {{ url: {:?} }}\n", issuer.url()));
        Self { _issuer: Some(issuer), ..scene }.started().await
    }

    async fn set(person: Person) -> Option<Self> {
        let bench = Bench::set_up()?;
        let upstream = Upstream::of_notes().await;
        Some(Self { bench, gateway: Gateway::prepared(), upstream, person, _issuer: None })
    }

    fn configure(&self, rest: &str) {
        let upstream = self.upstream.url();
        self.gateway.configure(&format!(
            "servers:\n  notes:\n    title: {TITLE:?}\n    upstream: {upstream:?}\n    scopes: {{ required: [{SCOPE}] }}\n{rest}"
        ));
    }

    async fn started(mut self) -> Option<Self> {
        self.gateway.start().await;
        Some(self)
    }

    /// Runs a client at the server.
    async fn run(&self, sdk: &Sdk) -> Output {
        let mut command = self.bench.command(&sdk.program, &self.person);
        command.args(sdk.script.map(|name| OsString::from(self.bench.script(name))));
        command.args([&self.gateway.url(SERVER), "note", &json!({ "text": TEXT }).to_string()]);
        end(command).await
    }

    /// Runs a client through everything, and asks it and everybody else what happened.
    async fn goes_through_everything(&self, sdk: &Sdk) {
        let told = told(&self.run(sdk).await);

        assert_eq!(told["tools"], json!(["note", "whisper"]), "{told}");
        assert_eq!(told["call"], TEXT, "{told}");
        assert_eq!(told["again"], TEXT, "{told}");
        assert_eq!(told["refreshed"], true, "{told}");
        assert_eq!(granted(&told), [SCOPE], "{told}");
        assert_eq!(told.get("revision").and_then(Value::as_str), sdk.revision, "{told}");
        let saw = |page| self.person.saw(page);
        assert_eq!(
            (saw("login"), saw("consent"), saw("lost")),
            (1, 1, 0),
            "a refresh asks nobody: {:?}",
            self.person.diary()
        );
        let reached = self.upstream.reached();
        assert!(!reached.is_empty());
        assert!(reached.iter().all(|headers| !headers.contains_key("authorization")), "no passage");
    }
}

/// A token for later is no scope of the server.
fn granted(told: &Value) -> Vec<&str> {
    let scopes = told["scopes"].as_str().unwrap_or_default();
    scopes.split_ascii_whitespace().filter(|&scope| scope != "offline_access").collect()
}

async fn goes_through_everything(sdk: Option<Sdk>) {
    let Some(sdk) = sdk else { return };
    // Whom somebody agrees with, about what and how far, must stand on the page.
    let person = Person::named("ada").who_expects(&[sdk.name, TITLE, SERVER, SCOPE]);
    let Some(scene) = Scene::with_our_issuer(person).await else { return };
    scene.goes_through_everything(&sdk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_goes_through_everything() {
    goes_through_everything(Sdk::python()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_goes_through_everything() {
    goes_through_everything(Sdk::fastmcp()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_of_version_1_goes_through_everything() {
    goes_through_everything(Some(Sdk::typescript_v1())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_of_version_2_goes_through_everything() {
    goes_through_everything(Some(Sdk::typescript_v2())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_go_sdk_goes_through_everything() {
    goes_through_everything(Sdk::go()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_another_issuer_the_same_gateway_serves_every_sdk() {
    for sdk in
        [Sdk::python(), Sdk::fastmcp(), Some(Sdk::typescript_v1()), Some(Sdk::typescript_v2()), Sdk::go()]
    {
        let Some(sdk) = sdk else { continue };
        let Some(scene) = Scene::with_another_issuer(Person::named("ada")).await else { return };
        scene.goes_through_everything(&sdk).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_denies_at_the_consent_page_opens_nothing() {
    let Some(scene) = Scene::with_our_issuer(Person::named("ada").who_denies()).await else { return };

    let output = scene.run(&Sdk::typescript_v2()).await;

    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("refused: access_denied"));
    assert!(scene.upstream.reached().is_empty(), "nobody was let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_know_the_password_gets_no_further_than_the_login() {
    let Some(scene) = Scene::with_our_issuer(Person::named("ada")).await else { return };
    let stranger = Person::named("ada").who_guesses("a guess");
    let sdk = Sdk::typescript_v2();

    let mut command = scene.bench.command(&sdk.program, &stranger);
    command.args(sdk.script.map(|name| scene.bench.script(name)));
    command.args([&scene.gateway.url(SERVER), "note", "{}"]);
    let output = end(command).await;

    assert!(!output.status.success());
    assert_eq!((stranger.saw("login"), stranger.saw("consent"), stranger.saw("callback")), (2, 0, 0));
    assert!(scene.upstream.reached().is_empty(), "nobody was let in");
}
