//! The way out of this machine: whom a bridge believes, as whom it shows itself, and what it says where nobody answers.

use std::{path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{CertifiedKey, KeyPair};
use rustls::{RootCertStore, ServerConfig, pki_types::PrivateKeyDer, server::WebPkiClientVerifier};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    port::free_port,
    process::{INITIALIZE, Person, Process, command},
};

type Made = CertifiedKey<KeyPair>;

fn made(name: &str) -> Made {
    rcgen::generate_simple_self_signed([name.to_owned()]).unwrap()
}

fn write(folder: &Path, name: &str, made: &Made) {
    let pem = |label: &str, der: &[u8]| {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    };
    let key = pem("PRIVATE KEY", &made.signing_key.serialize_der());
    let certificate = pem("CERTIFICATE", made.cert.der());
    std::fs::write(folder.join(format!("{name}.both")), format!("{certificate}{key}")).unwrap();
    std::fs::write(folder.join(format!("{name}.key")), key).unwrap();
    std::fs::write(folder.join(format!("{name}.crt")), certificate).unwrap();
}

/// Answers one request, whatever it asks, with the headers that it came with.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut text = Vec::new();
    let (head, message) = loop {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).await.unwrap_or(0);
        text.extend_from_slice(&piece[..length]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        let (head, body) = whole.split_once("\r\n\r\n").unwrap_or((&whole, ""));
        match serde_json::from_str::<Value>(body) {
            Ok(message) => break (head.to_owned(), message),
            Err(_) if length == 0 => return,
            Err(_) => {}
        }
    };
    let result = json!({ "protocolVersion": "2025-11-25", "head": head });
    let body = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).await.ok();
    stream.shutdown().await.ok();
}

/// A server with a certificate for `localhost`; where it asks for one of its clients, it lets in nobody else. Its URL.
async fn secured(certificate: &Made, asks: Option<&Made>) -> String {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = match asks {
        None => config.with_no_client_auth(),
        Some(asked) => {
            let mut roots = RootCertStore::empty();
            roots.add(asked.cert.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let config = config.with_single_cert(vec![certificate.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/mcp", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(answer(stream));
            }
        }
    });
    url
}

/// What a bridge with these flags, and these variables, answers to the handshake.
async fn asked(url: &str, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Value {
    let mut command = command(url, folder);
    command.args(arguments).envs(variables.iter().copied()).current_dir(folder);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        if !variables.iter().any(|(set, _)| *set == name) {
            command.env_remove(name);
        }
    }
    let mut process = Process::start(command, &Person::agreeing());
    let answer = process.ask(INITIALIZE).await;
    process.end().await;
    answer
}

fn said(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn an_authority_of_ones_own_is_believed_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (us, other) = (made("localhost"), made("localhost"));
    write(folder.path(), "us", &us);
    write(folder.path(), "other", &other);
    let url = secured(&us, None).await;
    for arguments in [&[][..], &["--ca-file", "other.crt"]] {
        let answer = asked(&url, folder.path(), arguments, &[]).await;
        assert!(
            said(&answer).contains("not trusted here") && said(&answer).contains("--ca-file"),
            "{answer}"
        );
    }
    let answer = asked(&url, folder.path(), &["--ca-file", "other.crt", "--ca-file", "us.crt"], &[]).await;
    assert_eq!(answer["id"], 1, "{answer}");
    assert!(answer["result"].is_object(), "{answer}");
    let roots = folder.path().join("us.crt");
    let answer = asked(&url, folder.path(), &[], &[("SSL_CERT_FILE", roots.to_str().unwrap())]).await;
    assert!(answer["result"].is_object(), "{answer}");
}

#[tokio::test]
async fn a_certificate_is_shown_to_the_server_that_asks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (server, us) = (made("localhost"), made("us"));
    write(folder.path(), "server", &server);
    write(folder.path(), "us", &us);
    let url = secured(&server, Some(&us)).await;
    let trusting = ["--ca-file", "server.crt"];
    let answer = asked(&url, folder.path(), &trusting, &[]).await;
    assert!(said(&answer).contains("--client-cert"), "{answer}");
    let pair = ["--client-cert", "us.crt", "--client-key-pem", "us.key"];
    for showing in [&pair[..], &["--client-cert", "us.both"]] {
        let answer = asked(&url, folder.path(), &[&trusting[..], showing].concat(), &[]).await;
        assert!(answer["result"].is_object(), "{answer}");
    }
}

#[tokio::test]
async fn a_header_of_the_users_own_reaches_a_server_without_oauth() {
    let folder = tempfile::tempdir().unwrap();
    let us = made("localhost");
    write(folder.path(), "us", &us);
    std::fs::write(folder.path().join("key"), "FROM-FILE\n").unwrap();
    let url = secured(&us, None).await;
    let arguments = ["--ca-file", "us.crt", "--header", "X-Api-Key=file:key"];
    let arguments = [&arguments[..], &["--header", "Authorization=env:MINE"]].concat();
    let answer = asked(&url, folder.path(), &arguments, &[("MINE", "Basic FROM-VARIABLE")]).await;
    let head = answer["result"]["head"].as_str().unwrap_or_else(|| panic!("{answer}"));
    assert!(
        head.contains("x-api-key: FROM-FILE") && head.contains("authorization: Basic FROM-VARIABLE"),
        "{head}"
    );
}

#[tokio::test]
async fn whoever_is_offline_hears_what_was_tried() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let nobody = format!("https://127.0.0.1:{port}/mcp");
    let proxy = format!("http://127.0.0.1:{port}");
    let away = "https://warded-test.invalid/mcp";
    for (url, arguments, variables, words) in [
        (nobody.as_str(), &[][..], &[][..], "no connection to `127.0.0.1`: nobody accepts one there"),
        (&nobody, &["--ipv6"], &[], "no address of the family"),
        (away, &[], &[], "`warded-test.invalid` has no address"),
        (away, &[], &[("HTTPS_PROXY", proxy.as_str())], "the proxy `127.0.0.1"),
    ] {
        let answer = asked(url, folder.path(), arguments, variables).await;
        assert!(said(&answer).contains(words), "{words}: {answer}");
    }
}

#[tokio::test]
async fn an_address_of_ipv6_is_a_server_like_any_other() {
    // Some machines have no IPv6, not even on loopback; the parsers are tested beside their code.
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        return;
    };
    let url = format!("http://[::1]:{}/mcp", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            tokio::spawn(answer(listener.accept().await.unwrap().0));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let answer = asked(&url, folder.path(), &["--ipv6"], &[]).await;
    let head = answer["result"]["head"].as_str().unwrap_or_else(|| panic!("{answer}")).to_ascii_lowercase();
    assert!(head.contains(&format!("host: {}", url.trim_start_matches("http://").trim_end_matches("/mcp"))));
    let answer = asked(&url, folder.path(), &["--ipv4"], &[]).await;
    assert!(said(&answer).contains("no address of the family"), "{answer}");
}
