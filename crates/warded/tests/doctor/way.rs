//! Is there a way to the server at all? Names, ports, proxies, redirects, things that are no MCP servers.

use std::sync::Arc;

use axum::response::Response;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    run::{doctor, told},
    stage::answer,
    world::World,
};

type Answer = Box<dyn Fn() -> Response + Send + Sync>;

/// A port at which nobody listens: somebody has it, and accepts no connection.
fn closed() -> (std::net::TcpListener, String) {
    let socket = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    let url = format!("http://127.0.0.1:{}/mcp", socket.local_addr().unwrap().port());
    (socket, url)
}

#[tokio::test]
async fn a_server_that_does_not_run_is_told_so() {
    let (_held, url) = closed();
    let folder = tempfile::tempdir().unwrap();
    let told = doctor(&url, folder.path(), &[]).await;
    assert_eq!((told.codes(), told.exit), (vec!["nobody-there".to_owned()], 13), "{told:?}");
    assert_eq!(told.steps(), [("way".to_owned(), "broken".to_owned())]);
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    // RFC 6761 §6.4: this name never has an address, whatever name server is asked.
    let told = doctor("https://mcp.invalid/mcp", folder.path(), &["--timeout", "5"]).await;
    assert_eq!(told.steps().len(), 1, "{told:?}");
    assert_eq!(told.codes(), ["name-unknown"], "{told:?}");
}

#[tokio::test]
async fn what_speaks_no_tls_is_not_believed() {
    let world = World::new().await;
    let url = world.url().replace("http://", "https://");
    let told = doctor(&url, world.state(), &[]).await;
    assert_eq!((told.codes(), told.exit), (vec!["certificate-untrusted".to_owned()], 13), "{told:?}");
    assert!(told.verdict().contains("it speaks no TLS"), "{told:?}");
    assert!(world.log.at("/mcp").is_empty());
}

#[tokio::test]
async fn what_hangs_up_in_the_handshake_is_not_called_a_liar() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            drop(stream.read(&mut [0; 4096]).await);
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let told = doctor(&url, folder.path(), &[]).await;
    assert_eq!((told.codes(), told.exit), (vec!["answer-unusable".to_owned()], 13), "{told:?}");
    assert!(told.verdict().contains("it may be starting"), "{told:?}");
}

/// A server with a certificate of its own making, which answers everything with 404.
async fn secured(folder: &std::path::Path) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = folder.join("ca.pem");
    let text = STANDARD.encode(made.cert.der());
    std::fs::write(&file, format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"))
        .unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/mcp", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Whom the other end does not believe does not get as far as an answer.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                drop(stream.read(&mut [0; 4096]).await);
                let nothing = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
                drop(stream.write_all(nothing).await);
                drop(stream.shutdown().await);
            }
        }
    });
    (url, file.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_server_is_believed_where_its_authority_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (url, file) = secured(folder.path()).await;
    let told = doctor(&url, folder.path(), &[]).await;
    assert_eq!(told.codes(), ["certificate-untrusted"], "{told:?}");
    assert!(told.verdict().contains("--ca-file"), "{told:?}");
    let told = doctor(&url, folder.path(), &["--ca-file", &file]).await;
    assert_eq!(told.codes(), ["not-mcp"], "{told:?}");
    assert!(told.text.contains("shows a certificate that is believed, and speaks TLS 1.3"), "{told:?}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let (_held, url) = closed();
    let proxy = url.replace("/mcp", "");
    let folder = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["--format", "json", "doctor", "https://mcp.example.com/mcp"]);
    command.env("HTTPS_PROXY", &proxy).env("XDG_STATE_HOME", folder.path()).env_remove("NO_PROXY");
    let output = command.output().await.unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"][0]["code"], "proxy-refuses", "{report:#}");
    let seen = report["steps"][0]["seen"].to_string();
    assert!(
        seen.contains(&format!("leave through the proxy {}", proxy.trim_start_matches("http://"))),
        "{seen}"
    );
}

#[tokio::test]
async fn what_is_no_mcp_server_is_told_from_one() {
    let page = |status, kind, body: &'static str| move || answer(status, kind, body);
    let redirect = || -> Response {
        let mut response = answer(301, "text/plain", "");
        response.headers_mut().insert("location", "/mcp/?key=SECRET".parse().unwrap());
        response
    };
    let cases: [(&str, Answer, &str); 7] = [
        ("no such path", Box::new(page(404, "text/plain", "")), "not-mcp"),
        ("no such method", Box::new(page(405, "text/plain", "")), "not-mcp"),
        ("a web page", Box::new(page(200, "text/html", "<!doctype html>")), "not-mcp"),
        ("JSON of another kind", Box::new(page(200, "application/json", r#"{"hello":"world"}"#)), "not-mcp"),
        ("a redirect", Box::new(redirect), "redirected"),
        ("a wall", Box::new(page(403, "text/html", "Access denied")), "forbidden"),
        ("an outage", Box::new(page(502, "text/html", "Bad Gateway")), "failing"),
    ];
    for (name, response, code) in cases {
        let world = World::new().await;
        world.page("/mcp", move |_| response());
        let told = world.doctor(&["--login"]).await;
        assert_eq!((told.codes(), told.exit), (vec![code.to_owned()], 13), "{name}: {told:?}");
        assert!(!told.text.contains("SECRET"), "{name}: {told:?}");
        assert_eq!(told.steps().len(), 2, "{name}: nothing further is asked: {told:?}");
    }
}

#[tokio::test]
async fn plain_http_to_another_machine_is_no_way_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let told = told("http://mcp.example.com/mcp", folder.path(), &[], &crate::run::Person::agreeing()).await;
    assert_eq!((told.exit, told.text.as_str()), (2, ""), "{told:?}");
}
