//! A company's network: the issuer is behind a proxy with a password, has a certificate of the company's own authority,
//! and talks to nobody without a certificate.

use std::{path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{CertifiedKey, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::{
    caller::{ping, post},
    issuer::Issuer,
    port::free_port,
    stage::Gateway,
    upstream::Upstream,
};

const ISSUER: &str = "https://login.corp.example";
const PASSWORD: &str = "s3cret-of-the-proxy";

/// The network, and the folder with everything that is needed to get through it.
struct Company {
    issuer: Issuer,
    upstream: Upstream,
    proxy: u16,
    ours: CertifiedKey<KeyPair>,
    theirs: CertificateDer<'static>,
}

impl Company {
    async fn start() -> Self {
        let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let (ours, theirs) = (made("warded"), made("login.corp.example"));
        let (issuer, metadata, keys) = Issuer::called(ISSUER.to_owned());
        let port = serve(&theirs, ours.cert.der().clone(), metadata, keys).await;
        let proxy = proxy(port).await;
        let theirs = theirs.cert.der().clone();
        Self { issuer, upstream: Upstream::start().await, proxy, ours, theirs }
    }

    /// The answer to a good call, where `network` says how requests leave.
    async fn answer(&self, network: &str) -> (u16, String) {
        let folder = tempfile::tempdir().unwrap();
        let key = PrivateKeyDer::try_from(self.ours.signing_key.serialize_der()).unwrap();
        write(folder.path(), "corp.pem", "CERTIFICATE", &self.theirs);
        write(folder.path(), "us.crt", "CERTIFICATE", self.ours.cert.der());
        write(folder.path(), "us.key", "PRIVATE KEY", key.secret_der());
        let proxy = format!("http://warded:{PASSWORD}@127.0.0.1:{}\n", self.proxy);
        std::fs::write(folder.path().join("proxy"), proxy).unwrap();
        let port = free_port();
        let configuration = format!(
            "public_url: http://127.0.0.1:{port}
listen: 127.0.0.1:{port}
network: {{ {} }}
servers: {{ notes: {{ upstream: {}, issuers: [corp] }} }}
issuers: {{ corp: {{ url: \"{ISSUER}\" }} }}
",
            network.replace("PROXY", &format!("http://127.0.0.1:{}", self.proxy)),
            self.upstream.url
        );
        std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
        let gateway = Gateway::start_with(folder, "true").await;
        let token = self.issuer.token(&gateway.url("notes"), json!({}));
        let answer = post("/notes/mcp", &ping()).token(&token).send(gateway.address).await;
        (answer.status.as_u16(), gateway.log())
    }
}

fn write(folder: &Path, name: &str, label: &str, der: &[u8]) {
    let text = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der));
    std::fs::write(folder.join(name), text).unwrap();
}

/// The issuer, for those who show this certificate.
async fn serve(
    with: &CertifiedKey<KeyPair>,
    asked: CertificateDer<'static>,
    metadata: Value,
    keys: Value,
) -> u16 {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(asked).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let key = PrivateKeyDer::try_from(with.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![with.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            let Ok(read) = stream.read(&mut request).await else { continue };
            let is_keys = request[..read].starts_with(b"GET /jwks ");
            let body = if is_keys { &keys } else { &metadata }.to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            drop(stream.write_all(answer.as_bytes()).await);
            drop(stream.shutdown().await);
        }
    });
    port
}

/// The proxy, for those who know its password. It knows the issuer only.
async fn proxy(issuer: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let password =
        format!("proxy-authorization: Basic {}\r\n", STANDARD.encode(format!("warded:{PASSWORD}")));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            if !head.contains(&password) {
                drop(stream.write_all(b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n").await);
                continue;
            }
            assert!(head.starts_with("CONNECT login.corp.example:443 HTTP/1.1\r\n"), "{head}");
            stream.write_all(b"HTTP/1.1 200 Go ahead\r\n\r\n").await.unwrap();
            tokio::spawn(async move {
                let mut other = TcpStream::connect(("127.0.0.1", issuer)).await.unwrap();
                drop(tokio::io::copy_bidirectional(&mut stream, &mut other).await);
            });
        }
    });
    port
}

const ROOTS: &str = "roots: [corp.pem]";
const CERTIFICATE: &str = "client_certificate: { certificate: us.crt, key: file:us.key }";

#[tokio::test]
async fn an_issuer_behind_a_proxy_with_a_certificate_of_its_own_is_asked_for_its_keys() {
    let company = Company::start().await;
    let (status, log) = company.answer(&format!("proxy: file:proxy, {ROOTS}, {CERTIFICATE}")).await;
    assert_eq!(status, 200, "{log}");
    assert!(
        !log.contains(PASSWORD) && !log.contains(&STANDARD.encode(format!("warded:{PASSWORD}"))),
        "{log}"
    );
}

#[tokio::test]
async fn whatever_is_left_out_of_the_way_out_the_issuer_is_not_reached_and_nobody_gets_in() {
    let company = Company::start().await;
    for network in [
        format!("{ROOTS}, {CERTIFICATE}"),
        format!("proxy: PROXY, {ROOTS}, {CERTIFICATE}"),
        format!("proxy: file:proxy, {CERTIFICATE}"),
        format!("proxy: file:proxy, {ROOTS}"),
        format!("proxy: file:proxy, no_proxy: [corp.example], {ROOTS}, {CERTIFICATE}"),
    ] {
        let (status, log) = company.answer(&network).await;
        assert_eq!(status, 503, "{network}\n{log}");
        assert!(!log.contains(PASSWORD), "{network}\n{log}");
    }
}
