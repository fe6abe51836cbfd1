//! The page "Scripts and CI": every command of it, with nobody there. Our own issuer knows the secrets and the keys; the
//! platforms, and an issuer that trusts them, are played.

use std::{fs, process::Output};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{Json, Router, extract::Request};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, process::Command};
use warded_core::jose::base64url;

use crate::{
    bench::{end, told},
    gateway::Gateway,
    newcomer::{ITS_URL, blocks, path_of_these_tests},
    scene::{SCOPE, SERVER},
    stage::{Seen, Stage, answer, json as as_json},
    upstream::Upstream,
};

const PAGE: &str = include_str!("../../../../docs/front/scripts-and-ci.md");
/// What the page calls the issuer.
const ITS_ISSUER: &str = "https://login.example.com";
/// What else the page runs.
const PROGRAMS: [&str; 3] = ["openssl version", "curl --version", "jq --version"];

/// A machine on which scripts run: nobody sits there, and a browser would be noticed.
struct Runner {
    home: TempDir,
    server: String,
    issuer: String,
    environment: Vec<(String, String)>,
}

impl Runner {
    /// None where it lacks what scripts have everywhere.
    async fn of(server: String, issuer: String) -> Option<Self> {
        let runner = Self { home: tempfile::tempdir().unwrap(), server, issuer, environment: Vec::new() };
        let programs = runner.home.path().join("bin");
        fs::create_dir(&programs).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_warded"), programs.join("warded")).unwrap();
        for program in PROGRAMS {
            if !runner.types(program).await.status.success() {
                eprintln!("SKIPPED: `{program}` does not answer, so the page is not followed");
                return None;
            }
        }
        Some(runner)
    }

    fn knows(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Runs lines of the page as they stand there, but for the URLs.
    async fn types(&self, lines: &str) -> Output {
        let home = self.home.path();
        let mut path = home.join("bin").into_os_string();
        path.push(":");
        path.push(path_of_these_tests());
        let lines = lines.replace(ITS_URL, &self.server).replace(ITS_ISSUER, &self.issuer);
        let mut shell = Command::new("sh");
        shell
            .args(["-e", "-c", &lines])
            .env_clear()
            .env("HOME", home)
            .env("PATH", path)
            .env("BROWSER", "touch browser-was-started #")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(home)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true);
        end(shell).await
    }

    /// Runs lines that end well, and gives what they answered.
    async fn does(&self, lines: &str) -> String {
        let output = self.types(lines).await;
        assert!(output.status.success(), "{lines}: {output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("visit"), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(name)).unwrap()
    }

    /// Nobody was to be asked.
    fn asked_nobody(&self) {
        assert!(!self.home.path().join("browser-was-started").exists());
    }
}

/// A gateway with its own issuer, which asks nobody to log in here.
async fn gateway() -> (Gateway, Upstream) {
    let upstream = Upstream::of_notes().await;
    let mut gateway = Gateway::prepared();
    gateway.configure(&format!(
        "servers:\n  notes: {{ upstream: {:?}, scopes: {{ required: [{SCOPE}] }} }}\n",
        upstream.url()
    ));
    gateway.start().await;
    (gateway, upstream)
}

/// The issuer that a server names.
async fn issuer_of(server: &str) -> String {
    let (origin, path) = server.split_at(server.len() - SERVER.len());
    let url = format!("{origin}/.well-known/oauth-protected-resource{path}");
    let mut curl = Command::new("curl");
    curl.args(["--silent", &url]).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    told(&end(curl).await)["authorization_servers"][0].as_str().unwrap().to_owned()
}

/// A client that the operator adds as the page says, and more.
async fn added(gateway: &Gateway, line: &str, more: &[&str]) -> Value {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("warded"));
    let words: Vec<_> = words.chain(more.iter().copied()).chain(["--format", "json"]).collect();
    told(&end(gateway.command(&words)).await)
}

/// The public half of a key, as an issuer reads it.
fn public_keys(pem: &str) -> Value {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(text).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
    // 4, x, y
    let point = key.public_key().as_ref();
    let part = |range| base64url::encode(point.get::<std::ops::Range<usize>>(range).unwrap());
    let (x, y) = (part(1..33), part(33..65));
    // RFC 7638: these members, in this order.
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    let kid = base64url::encode(digest(&SHA256, members.as_bytes()));
    json!({ "keys": [{ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": x, "y": y }] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_with_a_secret_or_a_key_needs_nobody() {
    let (gateway, upstream) = gateway().await;
    let server = gateway.url(SERVER);
    let issuer = issuer_of(&server).await;
    let Some(mut runner) = Runner::of(server, issuer).await else { return };
    let [add, with_secret, with_key, get, refresh, as_json] = blocks(PAGE, "sh")[..] else {
        panic!("the page has six blocks of commands")
    };
    let client = added(&gateway, add, &[]).await;
    runner.knows("CI_CLIENT_ID", client["client_id"].as_str().unwrap());
    runner.knows("CI_CLIENT_SECRET", client["client_secret"].as_str().unwrap());
    assert_eq!(runner.does(with_secret).await, "tea\n");
    assert_eq!(runner.does(as_json).await, "tea\n");
    assert_eq!(runner.does(get).await, "");
    let token = runner.file("notes.token");
    assert_eq!(token.split('.').count(), 3, "a token is in the file");

    let (generate, with_key) = with_key.split_once('\n').unwrap();
    runner.does(generate).await;
    gateway.leave("ci.jwks", &public_keys(&runner.file("ci.pem")).to_string());
    let client = added(&gateway, add, &["--jwks", "ci.jwks"]).await;
    assert!(client["client_secret"].is_null(), "there is no secret to lose");
    runner.knows("CI_KEY_ID", client["client_id"].as_str().unwrap());
    assert_eq!(runner.does(with_key).await, "tea\n");

    // Nobody has logged in here, and nobody is asked to.
    let output = runner.types(refresh).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && !said.contains("visit"), "{output:?}");
    runner.asked_nobody();
    assert!(upstream.reached().iter().all(|headers| !headers.contains_key("authorization")), "no passage");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_fails_says_so_by_its_exit_code_and_asks_nobody() {
    let (gateway, upstream) = gateway().await;
    let server = gateway.url(SERVER);
    let issuer = issuer_of(&server).await;
    let Some(mut runner) = Runner::of(server, issuer).await else { return };
    let with_secret = blocks(PAGE, "sh")[1];
    runner.knows("CI_CLIENT_ID", "nobody");
    // The secret is not there at all: nothing is sent.
    assert_eq!(runner.types(with_secret).await.status.code(), Some(1));
    assert!(!gateway.log().contains("client-unknown"), "{}", gateway.log());
    runner.knows("CI_CLIENT_SECRET", "wrong");
    let output = runner.types(with_secret).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("invalid_client"), "{output:?}");
    assert!(!said.contains("visit"), "no login instead: {said}");
    // Half of what it takes.
    let half = with_secret.split(" --client-id").next().unwrap();
    assert_eq!(runner.types(half).await.status.code(), Some(2));
    runner.asked_nobody();
    assert!(upstream.reached().is_empty());
}

/// A server of notes that lets tokens of the played issuer in.
fn notes(seen: &Seen) -> axum::response::Response {
    let call: Value = serde_json::from_str(&seen.body).unwrap_or_default();
    let result = match call["method"].as_str() {
        Some("initialize") => json!({ "protocolVersion": "2025-11-25", "capabilities": {} }),
        Some("tools/list") => json!({ "tools": [{ "name": "note" }] }),
        Some("tools/call") => {
            json!({ "content": [{ "type": "text", "text": call["params"]["arguments"]["text"] }] })
        }
        _ => return answer(202, "text/plain", ""),
    };
    as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }))
}

/// What a platform says of a job, to one issuer.
fn assertion(issuer: &str) -> String {
    let part = |value: Value| base64url::encode(value.to_string());
    let claims = json!({ "iss": "https://platform.example", "sub": "nightly", "aud": issuer });
    format!("{}.{}.U0VDUkVU", part(json!({ "alg": "ES256" })), part(claims))
}

/// An issuer that trusts one platform, and a runner for what the platform runs.
async fn trusting() -> Option<(Stage, Runner, String)> {
    let stage = Stage::new().await;
    let assertion = assertion(&stage.one.url);
    stage.one.turn(|knobs| knobs.trusted = vec![assertion.clone()]);
    stage.server.play(notes);
    let runner = Runner::of(stage.server.url(), stage.one.url.clone()).await?;
    Some((stage, runner, assertion))
}

/// What was shown to whom.
fn showed_its_issuer_alone(stage: &Stage, assertion: &str) {
    let shown = stage.one.grants("jwt-bearer");
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].parameter("resource"), Some(stage.server.url()));
    assert!(!stage.server.log.has(assertion) && !stage.two.log.has(assertion));
    assert!(stage.one.authorizations().is_empty(), "nobody is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_github_shows_what_github_says_of_it() {
    let Some((stage, mut runner, assertion)) = trusting().await else { return };
    let (audience, value) = (format!("audience={}", stage.one.url), assertion.clone());
    let platform = Router::new().fallback(move |request: Request| async move {
        let is_asked = request.uri().query().is_some_and(|query| query.ends_with(&audience));
        let is_job = request.headers()["authorization"] == "bearer of this job";
        Json(json!({ "value": if is_asked && is_job { value } else { String::new() } }))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token?api-version=2", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, platform).await.unwrap() });
    runner.knows("ACTIONS_ID_TOKEN_REQUEST_URL", &url);
    runner.knows("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of this job");

    let workflow = blocks(PAGE, "yml")[0];
    let steps = workflow.split_once("- run: |\n").unwrap().1;
    assert_eq!(runner.does(steps).await, "tea\n");
    showed_its_issuer_alone(&stage, &assertion);
    runner.asked_nobody();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_of_kubernetes_shows_what_its_cluster_says_of_it() {
    let Some((stage, runner, assertion)) = trusting().await else { return };
    let pod = blocks(PAGE, "yml")[1];
    let after = |name: &str| pod.split_once(name).unwrap().1;
    let command = after("command: ").lines().next().unwrap();
    let words: Vec<String> = serde_json::from_str(command).unwrap();
    // What the pod mounts is what the command reads.
    let folder = after("mountPath: ").split(',').next().unwrap();
    let name = after(", path: ").split(' ').next().unwrap();
    assert!(words.contains(&format!("{folder}/{name}")), "{words:?}");
    assert!(pod.contains(&format!("audience: \"{ITS_ISSUER}\"")));

    fs::write(runner.home.path().join("token"), &assertion).unwrap();
    let home = runner.home.path().to_str().unwrap();
    let here = words.join(" ").replace(folder, home).replace("/tmp/tokens", &format!("{home}/tokens"));
    assert_eq!(runner.does(&here).await, "tea\n");
    showed_its_issuer_alone(&stage, &assertion);
    runner.asked_nobody();
}
