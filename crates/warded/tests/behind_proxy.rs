//! A person's own machine in a company's network: whatever leaves goes through the proxy of the environment, and what a
//! server names goes through it only where the person said so.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{
    process::Output,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    process::Command,
};
use tokio_rustls::TlsAcceptor;

const SERVER: &str = "https://mcp.corp.example/notes/mcp";

/// The proxy, with a server and an issuer behind it.
struct Network {
    folder: TempDir,
    proxy: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Network {
    async fn start() -> Self {
        let names = ["mcp.corp.example".to_owned(), "login.corp.example".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let certificate = STANDARD.encode(made.cert.der());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n");
        std::fs::write(folder.path().join("corp.pem"), pem).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                log.lock().unwrap().push(head.lines().next().unwrap().to_owned());
                stream.write_all(b"HTTP/1.1 200 Go ahead\r\n\r\n").await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = [0; 8192];
                let Ok(read) = stream.read(&mut request).await else { continue };
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                drop(stream.write_all(answer(&request).as_bytes()).await);
                drop(stream.shutdown().await);
            }
        });
        Self { folder, proxy, asked }
    }

    /// Asks for a token for the server.
    async fn token(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
        command.args(["--color", "never", "token", "get", SERVER, "--no-browser", "--out", "token"]);
        command.args(["--token-store", "tokens"]).args(arguments).current_dir(self.folder.path());
        for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"] {
            command.env_remove(name);
        }
        command.env("SSL_CERT_FILE", self.folder.path().join("corp.pem")).env_remove("SSL_CERT_DIR");
        command.envs(variables.iter().copied()).kill_on_drop(true).output().await.unwrap()
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// The server asks for a token and names its issuer; the issuer is out of order.
fn answer(request: &str) -> String {
    let json = |status: &str, body: serde_json::Value| {
        let body = body.to_string();
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    if request.starts_with("POST /notes/mcp ") {
        return "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n"
            .to_owned();
    }
    if request.starts_with("GET /.well-known/oauth-protected-resource/notes/mcp ") {
        let issuers = ["https://login.corp.example"];
        return json("200 OK", json!({ "resource": SERVER, "authorization_servers": issuers }));
    }
    json("500 Out of order", json!({}))
}

#[tokio::test]
async fn the_environments_proxy_is_used_and_what_a_server_names_waits_for_a_word() {
    let network = Network::start().await;
    let proxy = format!("http://user:s3cret@127.0.0.1:{}", network.proxy);
    let to_the_server = "CONNECT mcp.corp.example:443 HTTP/1.1";
    let to_its_issuer = "CONNECT login.corp.example:443 HTTP/1.1";

    let output = network.token(&[], &[("HTTPS_PROXY", &proxy)]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("`login.corp.example`") && said.contains("--proxied-host"), "{said}");
    let asked = network.asked();
    assert!(!asked.is_empty() && asked.iter().all(|line| line == to_the_server), "{asked:?}");

    for host in ["login.corp.example", "*.corp.example"] {
        let output = network.token(&["--proxied-host", host], &[("https_proxy", &proxy)]).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("`login.corp.example` answered with status 500"), "{said}");
        assert!(network.asked().contains(&to_its_issuer.to_owned()));
    }
}

#[tokio::test]
async fn what_the_environment_excepts_goes_past_the_proxy_and_a_wrong_proxy_is_named() {
    let network = Network::start().await;
    let proxy = format!("http://user:s3cret@127.0.0.1:{}", network.proxy);
    let output = network.token(&[], &[("HTTPS_PROXY", &proxy), ("NO_PROXY", ".corp.example")]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`mcp.corp.example` has no address"), "{said}");
    let output = network.token(&[], &[("ALL_PROXY", "socks5://user:s3cret@127.0.0.1:1")]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`ALL_PROXY`") && said.contains("SOCKS") && !said.contains("s3cret"), "{said}");
    let output = network.token(&["--proxied-host", "*"], &[]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(network.asked().is_empty());
}
