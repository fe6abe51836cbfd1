//! SDKs with their own OAuth code: they discover from the gateway's 401, register, send a person to the login and the
//! consent page, list and call tools, and refresh. Nothing here speaks HTTP by hand.

use std::{path::PathBuf, process::Output};

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

/// How a token begins that says of itself first what it is, or with what it is signed.
const JWT_BEGINNINGS: [&str; 2] = ["eyJ0eXAiOi", "eyJhbGciOi"];

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
        Self::where_tools_need("{}", person).await
    }

    /// Warded is the issuer itself, and some tools need more than the server does.
    async fn where_tools_need(scopes: &str, person: Person) -> Option<Self> {
        let scene = Self::set(person).await?;
        scene.configure(scopes, "");
        scene.gateway.admit(&scene.person).await;
        scene.started().await
    }

    /// The issuer is one that nobody of us wrote.
    async fn with_another_issuer(person: Person) -> Option<Self> {
        let scene = Self::set(person).await?;
        let resource = scene.gateway.url(SERVER);
        let issuer = OidcProvider::start(&scene.bench, &[resource], &[SCOPE], &scene.person).await;
        scene.configure(
            "{}",
            &format!("    issuers: [other]\nissuers:\n  other: {{ url: {:?} }}\n", issuer.url()),
        );
        Self { _issuer: Some(issuer), ..scene }.started().await
    }

    async fn set(person: Person) -> Option<Self> {
        let bench = Bench::set_up()?;
        let upstream = Upstream::of_notes().await;
        Some(Self { bench, gateway: Gateway::prepared(), upstream, person, _issuer: None })
    }

    fn configure(&self, tools: &str, rest: &str) {
        let upstream = self.upstream.url();
        self.gateway.configure(&format!(
            "servers:\n  notes:\n    title: {TITLE:?}\n    upstream: {upstream:?}\n    scopes: {{ required: [{SCOPE}], tools: {tools} }}\n{rest}"
        ));
    }

    async fn started(mut self) -> Option<Self> {
        self.gateway.start().await;
        Some(self)
    }

    /// Runs a client at the server.
    async fn run(&self, sdk: &Sdk, person: &Person, tool: &str) -> Output {
        let mut command = self.bench.command(&sdk.program, person);
        command.args(sdk.script.map(|name| self.bench.script(name)));
        command.args([&self.gateway.url(SERVER), tool, &json!({ "text": TEXT }).to_string()]);
        end(command).await
    }

    /// Runs a client through everything, and asks it and everybody else what happened.
    async fn goes_through_everything(&self, sdk: &Sdk) {
        let told = told(&self.run(sdk, &self.person, "note").await);

        assert_eq!(told["tools"], json!(["note", "whisper"]), "{told}");
        assert_eq!(told["call"], TEXT, "{told}");
        assert_eq!(told["again"], TEXT, "{told}");
        assert_eq!(told["refreshed"], true, "{told}");
        assert_eq!(granted(&told), [SCOPE], "{told}");
        assert_eq!(told.get("revision").and_then(Value::as_str), sdk.revision, "{told}");
        let saw = |page| self.person.saw(page);
        assert_eq!(
            (saw("login"), saw("consent"), saw("lost"), saw("complaint")),
            (1, 1, 0, 0),
            "a refresh asks nobody: {:?}",
            self.person.diary()
        );
        self.kept_everything_to_themselves();
    }

    /// No token went to the server behind, and nothing that opens anything stands in a file or in the log.
    fn kept_everything_to_themselves(&self) {
        let reached = self.upstream.reached();
        assert!(!reached.is_empty());
        assert!(reached.iter().all(|headers| !headers.contains_key("authorization")), "no passage");
        assert!(!self.gateway.keeps(self.person.password()), "a password");
        for beginning in JWT_BEGINNINGS {
            assert!(!self.gateway.keeps(beginning), "a token");
        }
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

    let output = scene.run(&Sdk::typescript_v2(), &scene.person, "note").await;

    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("refused: access_denied"));
    assert!(scene.upstream.reached().is_empty(), "nobody was let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_know_the_password_gets_no_further_than_the_login() {
    let Some(scene) = Scene::with_our_issuer(Person::named("ada")).await else { return };
    let stranger = Person::named("ada").who_guesses("a guess");

    let output = scene.run(&Sdk::typescript_v2(), &stranger, "note").await;

    assert!(!output.status.success());
    assert_eq!((stranger.saw("login"), stranger.saw("consent"), stranger.saw("callback")), (2, 0, 0));
    assert!(scene.upstream.reached().is_empty(), "nobody was let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_needs_more_asks_the_person_for_more() {
    // The TypeScript SDKs leave the second login to the application, so there is nothing of theirs to try.
    for sdk in [Sdk::python(), Sdk::fastmcp(), Sdk::go()] {
        let Some(sdk) = sdk else { continue };
        let person = Person::named("ada").who_expects(&[sdk.name, SCOPE]);
        let scene = Scene::where_tools_need("{ whisper: [notes:write] }", person).await;
        let Some(scene) = scene else { return };

        let told = told(&scene.run(&sdk, &scene.person, "whisper").await);

        assert_eq!(told["call"], TEXT.to_lowercase(), "{told}");
        assert_eq!(granted(&told), [SCOPE, "notes:write"], "{told}");
        assert_eq!(told["refreshed"], true, "{told}");
        let consents: Vec<_> =
            scene.person.diary().into_iter().filter(|seen| seen["page"] == "consent").collect();
        assert_eq!(consents.len(), 2, "{consents:?}");
        let asks_to_write = |seen: &Value| seen["text"].as_str().unwrap().contains("notes:write");
        assert!(!asks_to_write(&consents[0]) && asks_to_write(&consents[1]), "{consents:?}");
        scene.kept_everything_to_themselves();
    }
}
