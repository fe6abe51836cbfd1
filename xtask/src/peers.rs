//! Other people's programs that the tests compare with or talk to: installed once, by name and version.

mod chromium;
mod conformance;
mod go;
mod java;
mod keycloak;
mod keyring;
mod namespace;
mod node;
mod place;
mod python;
mod rust;
mod sarif;

use std::{path::PathBuf, process::Command};

use crate::shell::{complain, say};

/// What judges the same tokens as the core does.
const JUDGES: &str = "crates/warded-core/tests/peers";
/// The MCP clients of others, their browser and another issuer.
const CLIENTS: &str = "crates/warded/tests/clients/scripts";
/// The MCP servers of others, and the MCP Inspector.
const SERVERS: &str = "crates/warded/tests/clients/scripts/servers";
/// A bridge to servers behind a login, libraries that read an issuer's answers strictly, and a scanner.
const APPS: &str = "crates/warded/tests/clients/scripts/apps";
/// The server with everything that the Go SDK publishes beside itself.
const GO_SERVER: &str = "github.com/modelcontextprotocol/go-sdk/examples/server/everything";
/// What looks at the issuer's pages, and what checks that everybody can read them.
const PAGES: &str = "crates/warded-issuer/tests/pages/scripts";
/// What reads the same messages as the guard does.
const READERS: &str = "crates/warded-guard/tests/guard/readers";
/// What judges by the same policies as the engine does.
const POLICIES: &str = "crates/warded-policy/tests/differential";
/// The MCP clients of others that go to guarded servers with a token.
const CALLERS: &str = "crates/warded-guard/tests/clients/scripts";
/// What reads what a scan says: the schema of SARIF with a validator, and tools for it.
const SARIF: &str = "crates/warded/tests/scan/peers";

/// The libraries whose defaults the scanner knows, in every language in which they can be run.
const DEFAULTS: &str = "crates/warded-scan/tests/defaults";

/// What checks the types of code that fixes have written.
const FIXES: &str = "crates/warded-scan/tests/fixes/npm";

/// Where the peers are, and which of them this machine cannot have.
#[derive(Default)]
pub(crate) struct Peers {
    found: Vec<(&'static str, PathBuf)>,
    skipped: Vec<&'static str>,
}

impl Peers {
    /// Installs what is missing.
    pub(crate) fn install() -> anyhow::Result<Self> {
        let mut peers = Self::default();
        peers.found("WARDED_PEERS_PYTHON", python::environment("python", JUDGES)?);
        peers.found("WARDED_PEERS_NODE", node::packages("node", JUDGES)?);
        peers.found("WARDED_CLIENTS_PYTHON", python::environment("clients-python", CLIENTS)?);
        peers.found("WARDED_CLIENTS_NODE", node::packages("clients-node", CLIENTS)?);
        peers.found("WARDED_SERVERS_NODE", node::packages("servers-node", SERVERS)?);
        peers.found("WARDED_PAGES_NODE", node::packages("pages-node", PAGES)?);
        peers.found("WARDED_APPS_NODE", node::packages("apps-node", APPS)?);
        peers.found("WARDED_APPS_PYTHON", python::environment("apps-python", APPS)?);
        peers.found("WARDED_POLICY_PYTHON", python::environment("policy-python", POLICIES)?);
        peers.found("WARDED_SARIF_PYTHON", python::environment("sarif-python", SARIF)?);
        match sarif::validator(SARIF)? {
            Some(place) => peers.found("WARDED_SARIF_NODE", place),
            None => peers.skip("the schema of SARIF: the package that carries it is for Linux on x86-64"),
        }
        let python_v1 = python::environment("guard-python-v1", &format!("{CALLERS}/python-v1"))?;
        peers.found("WARDED_GUARD_PYTHON_V1", python_v1);
        let rmcp = rust::program("guard-rmcp", &format!("{CALLERS}/rust"), "warded-guard-rmcp-client")?;
        peers.found("WARDED_GUARD_RMCP", rmcp);
        if go::is_here() {
            peers.found("WARDED_WYCHEPROOF", go::wycheproof()?);
            peers.found("WARDED_CLIENTS_GO", go::program("clients-go", &format!("{CLIENTS}/go"))?);
            let server = go::published("servers-go", &format!("{CLIENTS}/go"), GO_SERVER)?;
            peers.found("WARDED_SERVERS_GO", server);
            peers.found("WARDED_READERS_GO", go::program("readers-go", &format!("{READERS}/go"))?);
            peers.found("WARDED_GUARD_GO", go::program("guard-go", &format!("{CALLERS}/go"))?);
        } else {
            peers.skip("the Wycheproof vectors: they come as a Go module, and there is no Go");
            peers.skip("the Go SDK: there is no Go");
            peers.skip("what Go reads in messages: there is no Go");
        }
        peers.defaults()?;
        peers.found("WARDED_EVERYTHING", conformance::everything()?);
        match conformance::suite()? {
            Some(suite) => peers.found("WARDED_CONFORMANCE", suite),
            None => {
                peers.skip("the conformance suite: it needs Node 22, which it brings along on Linux only");
            }
        }
        match keycloak::distribution()? {
            Some(home) => peers.found("WARDED_KEYCLOAK", home),
            None => {
                peers.skip("token exchange at Keycloak: there is no Java, or no Maven to get Keycloak with");
            }
        }
        match chromium::browser()? {
            Some(browser) => peers.found("WARDED_CHROMIUM", browser),
            None => {
                peers.skip("clients with a browser: there is no Chromium, and no apt-get to install it with");
            }
        }
        match keyring::daemon()? {
            Some(daemon) => peers.found("WARDED_KEYRING", daemon),
            None => peers
                .skip("tokens in a keychain: there is no GNOME Keyring, and no apt-get to install it with"),
        }
        match namespace::unshare()? {
            Some(unshare) => peers.found("WARDED_UNSHARE", unshare),
            None => peers.skip("tricks with addresses: no network namespace can be made here"),
        }
        Ok(peers)
    }

    /// The libraries that tokens are shown to.
    fn defaults(&mut self) -> anyhow::Result<()> {
        let folder = |language: &str| format!("{DEFAULTS}/{language}");
        let python = python::environment("defaults-python", &folder("python"))?;
        self.found("WARDED_DEFAULTS_PYTHON", python);
        self.found("WARDED_DEFAULTS_NODE", node::packages("defaults-node", &folder("npm"))?);
        // What fixes write is checked by the compiler of TypeScript.
        self.found("WARDED_FIXES_NODE", node::packages("fixes-node", FIXES)?);
        let rust = rust::program("defaults-rust", &folder("rust"), "warded-scan-defaults")?;
        self.found("WARDED_DEFAULTS_RUST", rust);
        if go::is_here() {
            self.found("WARDED_DEFAULTS_GO", go::program("defaults-go", &folder("go"))?);
        } else {
            self.skip("what Go libraries do with `aud`: there is no Go");
        }
        match java::program("defaults-java", &folder("java"))? {
            Some(place) => self.found("WARDED_DEFAULTS_JAVA", place),
            None => {
                self.skip(
                    "what Java libraries do with `aud`: there is no `javac`, or no Maven to get them with",
                );
            }
        }
        Ok(())
    }

    fn found(&mut self, variable: &'static str, path: PathBuf) {
        self.found.push((variable, path));
    }

    fn skip(&mut self, what: &'static str) {
        complain(&format!("SKIPPED: {what}"));
        self.skipped.push(what);
    }

    /// Tells a test run where they are.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.envs(self.found.iter().map(|(variable, path)| (variable, path)));
    }

    /// Tells a person: `env $(cargo xtask peers | grep ^WARDED_) cargo test ...` runs one test with them.
    pub(crate) fn say(&self) {
        for (variable, path) in &self.found {
            say(&format!("{variable}={}", path.display()));
        }
    }

    /// What was left out, and why.
    pub(crate) fn skipped(&self) -> Vec<&'static str> {
        self.skipped.clone()
    }
}
