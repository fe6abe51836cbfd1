//! Every token at every server: four servers that trust the same two issuers, each method, with and without a
//! revision, cold and warm, and again after a restart that swaps servers. A token opens the server that it names,
//! whoever of the two issued it, and nothing else: that is the diagonal. Behind two of the servers is another one that
//! speaks HTTP, behind the other two is a process.

use std::path::{Path, PathBuf};

use http::{Method, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    bench::Bench,
    browser::Person,
    gateway::Gateway,
    issuer::OidcProvider,
    upstream::{ATTEMPT, Upstream},
    wire::{ask, request, send},
};

const MESSAGE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
/// In 2026-07-28 every request says for itself what was once agreed at the beginning.
const SELF_CONTAINED: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{
    "io.modelcontextprotocol/protocolVersion":"2026-07-28",
    "io.modelcontextprotocol/clientInfo":{"name":"matrix","version":"1"},
    "io.modelcontextprotocol/clientCapabilities":{}}}}"#;
const SCOPE: &str = "mcp:use";

/// Who issued a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Issuer {
    BuiltIn,
    Other,
}

/// The servers.
const SERVERS: [&str; 4] = ["north", "south", "east", "west"];
/// Who has whose identifier after the restart.
const SWAPPED: [(&str, &str); 4] =
    [("north", "south"), ("south", "north"), ("east", "west"), ("west", "east")];
const AS_NAMED: [(&str, &str); 4] =
    [("north", "north"), ("south", "south"), ("east", "east"), ("west", "west")];

/// A way of calling a server.
#[derive(Debug)]
struct Way {
    method: Method,
    revision: Option<&'static str>,
    body: &'static str,
}

const WAYS: [Way; 7] = [
    Way { method: Method::POST, revision: None, body: MESSAGE },
    Way { method: Method::GET, revision: None, body: "" },
    Way { method: Method::DELETE, revision: None, body: "" },
    Way { method: Method::POST, revision: Some("2025-11-25"), body: MESSAGE },
    Way { method: Method::GET, revision: Some("2025-11-25"), body: "" },
    Way { method: Method::DELETE, revision: Some("2025-11-25"), body: "" },
    Way { method: Method::POST, revision: Some("2026-07-28"), body: SELF_CONTAINED },
];

struct Token {
    issuer: Issuer,
    /// The name of the server whose identifier it names.
    opens: &'static str,
    text: String,
}

/// What lies behind a server.
enum Behind {
    Http(Upstream),
    /// A process, and the folder where it keeps what it was told.
    Process(TempDir),
}

impl Behind {
    fn process() -> Self {
        Self::Process(tempfile::tempdir().unwrap())
    }

    fn configured(&self) -> String {
        match self {
            Self::Http(upstream) => format!("upstream: {:?}", upstream.url()),
            Self::Process(folder) => {
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/up/nod.py");
                format!(
                    "stdio: [python3, {:?}, {:?}]",
                    script.to_str().unwrap(),
                    kept(folder).to_str().unwrap()
                )
            }
        }
    }

    /// What whoever is let in is answered.
    fn answers(&self, way: &Way) -> StatusCode {
        match self {
            // Before a process, Warded keeps the sessions: nothing is done in none.
            Self::Process(_) if way.body != SELF_CONTAINED => StatusCode::BAD_REQUEST,
            Self::Http(_) | Self::Process(_) => StatusCode::OK,
        }
    }

    /// How many requests got here.
    fn heard(&self) -> usize {
        match self {
            Self::Http(upstream) => upstream.reached().len(),
            Self::Process(folder) => {
                let told = std::fs::read_to_string(kept(folder)).unwrap_or_default();
                told.lines().filter(|line| line.contains("tools/list")).count()
            }
        }
    }
}

fn kept(folder: &TempDir) -> PathBuf {
    folder.path().join("kept")
}

/// Four servers, what lies behind each, and who issues tokens for them.
struct Fleet {
    gateway: Gateway,
    other: OidcProvider,
    /// What lies behind the server of each name, in the order of `SERVERS`.
    behind: Vec<Behind>,
    tokens: Vec<Token>,
    attempts: usize,
}

impl Fleet {
    async fn start() -> Option<Self> {
        let bench = Bench::set_up()?;
        let mut behind = Vec::new();
        for name in SERVERS {
            let is_process = name == "south" || name == "west";
            behind.push(if is_process {
                Behind::process()
            } else {
                Behind::Http(Upstream::that_nods().await)
            });
        }
        let gateway = Gateway::prepared();
        let identifiers = SERVERS.map(|name| gateway.url(&format!("/{name}/mcp")));
        let other = OidcProvider::start(&bench, &identifiers, &[SCOPE], &Person::named("ada")).await;
        let mut fleet = Self { gateway, other, behind, tokens: Vec::new(), attempts: 0 };
        fleet.configure(AS_NAMED);
        fleet.gateway.start().await;
        fleet.collect_tokens().await;
        Some(fleet)
    }

    /// The identifier that a server of this name has at first.
    fn identifier(&self, name: &str) -> String {
        self.gateway.url(&format!("/{name}/mcp"))
    }

    /// Writes the configuration, with who has whose identifier.
    fn configure(&self, identifiers: [(&str, &str); 4]) {
        let mut text = format!("issuers:\n  other: {{ url: {:?} }}\nservers:\n", self.other.url());
        for ((name, behind), (_, identifier)) in SERVERS.iter().zip(&self.behind).zip(identifiers) {
            let behind = behind.configured();
            let resource = self.identifier(identifier);
            text += &format!("  {name}:\n    {behind}\n    resource: {resource:?}\n");
            text += &format!("    scopes: {{ required: [{SCOPE}] }}\n    issuers: [built-in, other]\n");
        }
        self.gateway.configure(&text);
    }

    /// Every token that there can be: of either issuer, for each server.
    async fn collect_tokens(&mut self) {
        let built_in = self.gateway.url("/issuers/default/token");
        for name in SERVERS {
            let token_endpoint = format!("{}/token", self.other.url());
            let answer = ask(&token_endpoint, self.other.machine(), &self.identifier(name), SCOPE).await;
            self.keep(Issuer::Other, name, &answer);
            let client = self.gateway.add_machine(&format!("machine of {name}"), name).await;
            let client = (client.0.as_str(), client.1.as_str());
            let answer = ask(&built_in, client, &self.identifier(name), SCOPE).await;
            self.keep(Issuer::BuiltIn, name, &answer);
            // A client of one server is no way to another.
            for elsewhere in SERVERS.iter().filter(|other| **other != name) {
                let answer = ask(&built_in, client, &self.identifier(elsewhere), SCOPE).await;
                assert_eq!(answer["error"], "invalid_target", "{name} to {elsewhere}: {answer}");
            }
        }
    }

    fn keep(&mut self, issuer: Issuer, opens: &'static str, answer: &Value) {
        let text =
            answer["access_token"].as_str().unwrap_or_else(|| panic!("no token for {opens}: {answer}"));
        self.tokens.push(Token { issuer, opens, text: text.to_owned() });
    }

    /// Tries every token at every server in every way, twice, and compares who was let in with who should be.
    async fn tries_everything(&mut self, identifiers: [(&str, &str); 4]) {
        let mut due: Vec<Vec<usize>> = vec![Vec::new(); SERVERS.len()];
        let before: Vec<usize> = self.behind.iter().map(Behind::heard).collect();
        for _cold_then_warm in 0..2 {
            for token in &self.tokens {
                for (place, (name, identifier)) in identifiers.iter().enumerate() {
                    let is_open = token.opens == *identifier;
                    for way in &WAYS {
                        self.attempts += 1;
                        let status = self.attempt(token, identifier, way).await;
                        let answers = self.behind[place].answers(way);
                        let expected = if is_open { answers } else { StatusCode::UNAUTHORIZED };
                        let (issuer, opens) = (token.issuer, token.opens);
                        assert_eq!(status, expected, "{issuer:?}'s token for {opens} at {name}, {way:?}");
                        if is_open && answers == StatusCode::OK {
                            due[place].push(self.attempts);
                        }
                    }
                }
            }
        }
        for (place, behind) in self.behind.iter().enumerate() {
            assert_eq!(behind.heard() - before[place], due[place].len(), "{}", SERVERS[place]);
            let Behind::Http(upstream) = behind else { continue };
            assert_eq!(upstream.attempts().split_off(before[place]), due[place], "{}", SERVERS[place]);
            assert!(upstream.reached().iter().all(|headers| !headers.contains_key(header::AUTHORIZATION)));
        }
    }

    /// Tries one token at the server that has an identifier now.
    async fn attempt(&self, token: &Token, identifier: &str, way: &Way) -> StatusCode {
        let mut builder = request(way.method.clone(), &self.identifier(identifier))
            .header(header::AUTHORIZATION, format!("Bearer {}", token.text))
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header(ATTEMPT, self.attempts);
        if let Some(revision) = way.revision {
            builder = builder.header("mcp-protocol-version", revision);
        }
        if way.method == Method::POST {
            builder =
                builder.header(header::CONTENT_TYPE, "application/json").header("mcp-method", "tools/list");
        }
        let (status, headers, _) = send(builder.body(Full::from(way.body)).unwrap()).await;
        if status == StatusCode::UNAUTHORIZED {
            let challenge = headers[header::WWW_AUTHENTICATE].to_str().unwrap();
            let metadata =
                self.gateway.url(&format!("/.well-known/oauth-protected-resource/{identifier}/mcp"));
            assert!(challenge.contains(&format!("resource_metadata=\"{metadata}\"")), "{challenge}");
        }
        status
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_token_opens_exactly_the_server_that_it_names() {
    let Some(mut fleet) = Fleet::start().await else { return };
    assert_eq!(fleet.tokens.len(), 8);

    fleet.tries_everything(AS_NAMED).await;

    // What was remembered of a server must not be taken for its neighbour, who has its identifier now.
    fleet.gateway.stop().await;
    fleet.configure(SWAPPED);
    fleet.gateway.start().await;
    fleet.tries_everything(SWAPPED).await;

    fleet.gateway.stop().await;
    for token in &fleet.tokens {
        assert!(!fleet.gateway.keeps(&token.text), "a token stands in a file");
    }
}
