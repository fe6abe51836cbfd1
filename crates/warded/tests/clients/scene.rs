//! One gateway, two servers behind it, and a person who may use them.

use std::process::Output;

use serde_json::json;

use crate::{
    bench::{Bench, end},
    browser::Person,
    gateway::Gateway,
    issuer::OidcProvider,
    sdk::Sdk,
    upstream::Upstream,
};

/// Where the server is that clients are sent to, and what people call it.
pub(crate) const SERVER: &str = "/notes/mcp";
pub(crate) const TITLE: &str = "Ada's notes";
/// Another one, which is not meant.
pub(crate) const ANOTHER: &str = "/ledger/mcp";
/// What every call at either needs.
pub(crate) const SCOPE: &str = "notes:read";
/// What clients write, and read back.
pub(crate) const TEXT: &str = "Ada's tea";
/// How a token begins that says of itself first what it is, or with what it is signed.
const JWT_BEGINNINGS: [&str; 2] = ["eyJ0eXAiOi", "eyJhbGciOi"];

/// Everything that a client meets.
pub(crate) struct Scene {
    pub(crate) bench: Bench,
    pub(crate) gateway: Gateway,
    pub(crate) upstream: Upstream,
    pub(crate) another: Upstream,
    pub(crate) person: Person,
    _issuer: Option<OidcProvider>,
}

impl Scene {
    /// Warded is the issuer itself. None where the browser or the packages of the clients are not installed.
    pub(crate) async fn with_our_issuer(person: Person) -> Option<Self> {
        Self::where_tools_need("{}", person).await
    }

    /// Warded is the issuer itself, and some tools need more than the server does.
    pub(crate) async fn where_tools_need(scopes: &str, person: Person) -> Option<Self> {
        let scene = Self::set(person).await?;
        scene.configure(scopes, "");
        scene.gateway.admit(&scene.person).await;
        scene.started().await
    }

    /// Warded is the issuer itself, and the server that is meant has a policy.
    pub(crate) async fn where_a_policy_says(policy: &str, person: Person) -> Option<Self> {
        let scene = Self::set(person).await?;
        scene.gateway.leave("notes.policy.yaml", policy);
        scene.configure("{}", "    policy: notes.policy.yaml\n");
        scene.gateway.admit(&scene.person).await;
        scene.started().await
    }

    /// The issuer is one that nobody of us wrote.
    pub(crate) async fn with_another_issuer(person: Person) -> Option<Self> {
        let scene = Self::set(person).await?;
        let resources = [scene.gateway.url(SERVER), scene.gateway.url(ANOTHER)];
        let issuer = OidcProvider::start(&scene.bench, &resources, &[SCOPE], &scene.person).await;
        let trusted = format!("    issuers: [other]\nissuers:\n  other: {{ url: {:?} }}\n", issuer.url());
        scene.configure("{}", &trusted);
        Self { _issuer: Some(issuer), ..scene }.started().await
    }

    /// Warded is the issuer, and people log in elsewhere only: at one that nobody of us wrote, and that refuses every
    /// `resource` which it does not know.
    pub(crate) async fn with_people_of_another(person: Person) -> Option<Self> {
        let scene = Self::set(person).await?;
        let secret = "the secret of our issuer there";
        let client = json!({
            "client_id": "warded", "client_secret": secret, "client_name": "Warded",
            "redirect_uris": [scene.gateway.url("/issuers/ours/login/corp/callback")],
            "grant_types": ["authorization_code"], "response_types": ["code"],
        });
        let issuer = OidcProvider::knowing(&scene.bench, &[], &["email", "profile"], &json!([client])).await;
        scene.gateway.leave("corp.secret", secret);
        let login = "{ client_id: warded, client_secret: \"file:corp.secret\", title: Corp, admit: anyone";
        let rest = format!(
            "logins:\n  corp: {login}, url: {:?} }}\nissuers:\n  ours: {{ built_in: {{ tiers: [default], logins: [corp] }} }}\n",
            issuer.url()
        );
        scene.configure("{}", &rest);
        Self { _issuer: Some(issuer), ..scene }.started().await
    }

    async fn set(person: Person) -> Option<Self> {
        let bench = Bench::set_up()?;
        let (upstream, another) = (Upstream::of_notes().await, Upstream::of_notes().await);
        Some(Self { bench, gateway: Gateway::prepared(), upstream, another, person, _issuer: None })
    }

    fn configure(&self, tools: &str, trusted: &str) {
        let (upstream, another) = (self.upstream.url(), self.another.url());
        self.gateway.configure(&format!(
            "servers:
  ledger:
    upstream: {another:?}
    scopes: {{ required: [{SCOPE}] }}
  notes:
    title: {TITLE:?}
    upstream: {upstream:?}
    scopes: {{ required: [{SCOPE}], tools: {tools} }}
{trusted}"
        ));
    }

    async fn started(mut self) -> Option<Self> {
        self.gateway.start().await;
        Some(self)
    }

    /// Runs a client at the server.
    pub(crate) async fn run(&self, sdk: &Sdk, person: &Person, tool: &str) -> Output {
        let mut command = self.bench.command(&sdk.program, person);
        command.args(sdk.script.map(|name| self.bench.script(name)));
        command.args([&self.gateway.url(SERVER), tool, &json!({ "text": TEXT }).to_string()]);
        end(command).await
    }

    /// No token went to a server behind, and nothing that opens anything stands in a file or in the log.
    pub(crate) fn kept_everything_to_themselves(&self) {
        let reached = [self.upstream.reached(), self.another.reached()].concat();
        assert!(!reached.is_empty());
        assert!(reached.iter().all(|headers| !headers.contains_key("authorization")), "no passage");
        assert!(!self.gateway.keeps(self.person.password()), "a password");
        for beginning in JWT_BEGINNINGS {
            assert!(!self.gateway.keeps(beginning), "a token");
        }
    }
}
