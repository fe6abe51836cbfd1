//! A gateway with policies, as an operator runs it: a folder with a configuration and its files, and a process.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{process::Command, time::timeout};

use crate::{
    answer::Answer,
    behind::Behind,
    caller::{Call, initialize, post, tool},
    issuer::Issuer,
    port::free_port,
    running::{Running, signal},
    wait::until,
};

/// Nothing here takes that long, unless it takes for ever.
const BOUND: Duration = Duration::from_mins(1);

/// One server over HTTP and one over stdio, with the same policy, and one over HTTP without any.
pub(crate) const USUAL: &str = "
public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: { upstream: 'BEHIND', issuers: [corp], policy: notes.yaml }
  local: { stdio: [python3, 'SCRIPT'], env: { HEARD: 'HEARD' }, issuers: [corp], policy: notes.yaml }
  open: { upstream: 'OPEN', issuers: [corp] }
issuers:
  corp: { url: 'CORP' }
";

pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) issuer: Issuer,
    pub(crate) behind: Behind,
    pub(crate) open: Behind,
    pub(crate) address: SocketAddr,
    running: Running,
}

impl Scene {
    /// The usual servers, with this policy.
    pub(crate) async fn with(policy: &str) -> Self {
        Self::configured(USUAL, &[("notes.yaml", policy)]).await
    }

    /// What a configuration says, with files beside it.
    pub(crate) async fn configured(configuration: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (issuer, behind, open) = (Issuer::start().await, Behind::start().await, Behind::start().await);
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy/behind.py");
        let configuration = configuration
            .replace("PORT", &free_port().to_string())
            .replace("BEHIND", &behind.url)
            .replace("OPEN", &open.url)
            .replace("CORP", &issuer.url)
            .replace("SCRIPT", &script.display().to_string())
            .replace("'HEARD'", &format!("'{}'", folder.path().join("heard").display()));
        fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
        let (running, address) = up(folder.path()).await;
        Self { folder, issuer, behind, open, address, running }
    }

    /// A token of alice for a server, but for the claims that `changes` replaces.
    pub(crate) fn token(&self, server: &str, changes: Value) -> String {
        self.issuer.token(&self.url(server), changes)
    }

    /// The identifier of a server.
    pub(crate) fn url(&self, server: &str) -> String {
        format!("http://{}/{server}/mcp", self.address)
    }

    /// Somebody who may call a server, within a session where it takes one.
    pub(crate) async fn agent(&self, server: &str) -> Agent {
        self.agent_with(server, self.token(server, json!({}))).await
    }

    /// The same, with a token of its own.
    pub(crate) async fn agent_with(&self, server: &str, token: String) -> Agent {
        let mut agent = Agent { to: self.address, path: format!("/{server}/mcp"), token, session: None };
        if server == "local" {
            let answer = agent.post(&initialize()).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            agent.session = Some(answer.session().to_owned());
            agent.post(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        }
        agent
    }

    /// What the server over stdio has read since its sessions began.
    pub(crate) fn heard(&self) -> Vec<String> {
        let heard = fs::read_to_string(self.folder.path().join("heard")).unwrap_or_default();
        heard.lines().filter(|line| !line.contains("initialize")).map(str::to_owned).collect()
    }

    /// Everything that stands in its journal so far.
    pub(crate) fn journal(&self) -> String {
        let files = fs::read_dir(self.folder.path().join("warded-journal")).unwrap();
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    /// Where operators look, if anywhere.
    pub(crate) fn operations(&self) -> Option<SocketAddr> {
        self.running.address("operations")
    }

    /// How many calls it said were left under way when it was ready.
    pub(crate) fn left(&self) -> usize {
        self.running.said("uncertain").as_array().map_or(0, Vec::len)
    }

    pub(crate) fn log(&self) -> String {
        self.running.log()
    }

    /// Writes a file of the folder anew, and waits until the log says `said` once more.
    pub(crate) async fn rewritten(&self, file: &str, text: &str, said: &str) {
        let before = self.log().matches(said).count();
        fs::write(self.folder.path().join(file), text).unwrap();
        until(said, async || self.log().matches(said).count() > before).await;
    }

    /// Stops it and starts it again, with everything that it has kept.
    pub(crate) async fn restart(&mut self) {
        signal(self.running.id(), "TERM");
        let (status, _) = timeout(BOUND, self.running.ended()).await.unwrap();
        assert!(status.success(), "{}", self.log());
        (self.running, self.address) = up(self.folder.path()).await;
    }

    /// Kills it, and starts it again.
    pub(crate) async fn killed(&mut self) {
        self.kill().await;
        self.starts().await;
    }

    /// Starts it again that was killed.
    pub(crate) async fn starts(&mut self) {
        (self.running, self.address) = up(self.folder.path()).await;
    }

    /// Kills it.
    pub(crate) async fn kill(&mut self) {
        signal(self.running.id(), "KILL");
        timeout(BOUND, self.running.ended()).await.unwrap();
    }
}

async fn up(folder: &Path) -> (Running, SocketAddr) {
    let running = Running::start(command(folder).args(["up", "--format", "json"])).await;
    let address = running.address("listen").unwrap();
    (running, address)
}

/// Starts another one in a folder.
pub(crate) async fn another(folder: &Path) -> (Running, SocketAddr) {
    up(folder).await
}

/// A command of `warded` in a folder.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.current_dir(folder).args(["--color", "never"]).kill_on_drop(true).env("WARDED_LOG", "debug");
    command
}

/// Somebody who calls one server.
#[derive(Clone)]
pub(crate) struct Agent {
    to: SocketAddr,
    path: String,
    pub(crate) token: String,
    session: Option<String>,
}

impl Agent {
    /// Calls a tool.
    pub(crate) async fn calls(&self, name: &str, arguments: Value) -> Answer {
        self.post(&tool(name, arguments)).await
    }

    pub(crate) async fn post(&self, message: &Value) -> Answer {
        self.says(&message.to_string()).await
    }

    /// Sends a body as it is.
    pub(crate) async fn says(&self, body: &str) -> Answer {
        self.request().saying(body).send(self.to).await
    }

    /// A request that says nothing yet.
    pub(crate) fn request(&self) -> Call {
        let call = post(&self.path, &json!({})).token(&self.token);
        match &self.session {
            Some(session) => call.with("mcp-session-id", session),
            None => call,
        }
    }

    /// The same without a session.
    pub(crate) fn alone(self) -> Self {
        Self { session: None, ..self }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.to
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// Why the policy denied a call of a tool; none where it did not.
    pub(crate) fn denied(&self) -> Option<String> {
        const DENIED: &str = "[INTERCEPT POLICY DENIED] ";
        let answer: Value = serde_json::from_str(&self.body).ok()?;
        let result = &answer["result"];
        let said = result["content"][0]["text"].as_str()?.strip_prefix(DENIED)?;
        assert_eq!((self.status.as_u16(), &result["isError"]), (200, &json!(true)), "{self:?}");
        Some(said.to_owned())
    }

    /// What the tool says, where the call was made.
    pub(crate) fn made(&self) -> bool {
        self.status == 200 && self.json()["result"]["content"][0]["text"] == "done"
    }
}
