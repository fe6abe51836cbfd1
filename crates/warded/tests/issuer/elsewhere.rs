//! A server that another machine serves: its gateway knows the issuer by its URL alone, and refuses what was given back.

use std::{net::SocketAddr, path::Path, process::Stdio};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::{port::free_port, running::Running, wire::send};

const SECRET: &str = "the secret of the billing server";

/// One machine with the issuer, and one with the server.
struct Two {
    _folders: [TempDir; 2],
    issuer: Running,
    gateway: Running,
    robot: (String, String),
    resources: [String; 2],
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["--format", "json"]).current_dir(folder).env("BILLING_SECRET", SECRET).stdin(Stdio::null());
    command
}

impl Two {
    /// `validation`: what the gateway says of the issuer besides its URL.
    async fn set_up(validation: &str) -> Self {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [here, there] = [free_port(), free_port()];
        let billing = format!("http://127.0.0.1:{there}/billing/mcp");
        let issuing = format!(
            "public_url: http://127.0.0.1:{here}
listen: 127.0.0.1:{here}
servers:
  notes: {{ upstream: http://127.0.0.1:9/mcp }}
resources:
  billing: {{ resource: {billing}, secret: env:BILLING_SECRET }}
"
        );
        let serving = format!(
            "public_url: http://127.0.0.1:{there}
listen: 127.0.0.1:{there}
issuers:
  staff:
    url: http://127.0.0.1:{here}/issuers/default
{validation}
servers:
  billing: {{ upstream: http://127.0.0.1:9/mcp, issuers: [staff] }}
"
        );
        std::fs::write(folders[0].path().join("warded.yaml"), issuing).unwrap();
        std::fs::write(folders[1].path().join("warded.yaml"), serving).unwrap();
        let add = ["client", "add", "robot", "--issuer", "default", "--grant", "client-credentials"];
        let output = command(folders[0].path()).args(add).output().await.unwrap();
        let added: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let text = |name: &str| added[name].as_str().unwrap().to_owned();
        let robot = (text("client_id"), text("client_secret"));
        let issuer = Running::start(command(folders[0].path()).arg("up")).await;
        let gateway = Running::start(command(folders[1].path()).arg("up")).await;
        let resources = [billing, format!("http://127.0.0.1:{here}/notes/mcp")];
        Self { _folders: folders, issuer, gateway, robot, resources }
    }

    async fn at_issuer(&self, name: &str, form: &[(&str, &str)]) -> (StatusCode, Option<String>) {
        let (to, (id, secret)) = (self.issuer.address("listen").unwrap(), &self.robot);
        let form = [form, &[("client_id", id.as_str()), ("client_secret", secret.as_str())]].concat();
        let path = format!("/issuers/default/{name}");
        let answer = send(to, &to.to_string(), Method::POST, &path, "", &form).await.unwrap();
        (answer.status, answer.member("access_token"))
    }

    async fn token_for(&self, resource: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("resource", resource)];
        self.at_issuer("token", &form).await.1.unwrap()
    }

    /// What the gateway says to a call with this token: a 502 where it let it through, since nobody is behind it.
    async fn calls(&self, token: &str) -> (StatusCode, String) {
        ping(self.gateway.address("listen").unwrap(), "billing", token).await
    }

    async fn admits_and_refuses(&self) {
        let [billing, notes] = &self.resources;
        let (kept, given) = (self.token_for(billing).await, self.token_for(billing).await);
        let (gone, _) = self.at_issuer("revoke", &[("token", &given)]).await;
        assert_eq!(gone, StatusCode::OK);
        let (status, code) = self.calls(&kept).await;
        assert_eq!(status, StatusCode::BAD_GATEWAY, "{code} {}", self.gateway.log());
        let (status, code) = self.calls(&given).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{code}");
        assert!(["token-revoked", "token-inactive"].contains(&code.as_str()), "{code}");
        let notes = self.token_for(notes).await;
        let (status, code) = self.calls(&notes).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{code}");
        assert!(
            ["audience-elsewhere", "audience-unknown", "token-inactive"].contains(&code.as_str()),
            "{code}"
        );
        // The gateway in the issuer's own process knows at once.
        let beside = self.issuer.address("listen").unwrap();
        assert_eq!(ping(beside, "notes", &notes).await.0, StatusCode::BAD_GATEWAY);
        self.at_issuer("revoke", &[("token", &notes)]).await;
        assert_eq!(ping(beside, "notes", &notes).await.1, "token-revoked");
    }
}

async fn ping(to: SocketAddr, server: &str, token: &str) -> (StatusCode, String) {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let request = Request::post(format!("/{server}/mcp"))
        .header(header::HOST, to.to_string())
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let stream = tokio::net::TcpStream::connect(to).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    let code = said.get("code").or_else(|| said.pointer("/error/data/code"));
    (head.status, code.and_then(Value::as_str).unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_gateway_elsewhere_that_verifies_tokens_reads_in_the_list_which_were_given_back() {
    Two::set_up("").await.admits_and_refuses().await;
}

#[tokio::test]
async fn a_gateway_elsewhere_that_asks_learns_of_its_own_tokens_only() {
    let asks = "    validation: introspection
    introspection: { client_id: billing, secret: env:BILLING_SECRET }";
    Two::set_up(asks).await.admits_and_refuses().await;
}
