//! TLS that ends at Warded: who it is, who calls, and which of its names and ports a connection leads to.

use std::{net::SocketAddr, path::Path, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use http::{Request, Version, header};
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
};
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    caller::{Answer, ping, raw},
    issuer::Issuer,
    port::free_port,
    stage::Gateway,
    upstream::Upstream,
};

type Made = CertifiedKey<KeyPair>;

fn made(name: &str) -> Made {
    rcgen::generate_simple_self_signed([name.to_owned()]).unwrap()
}

fn write(folder: &Path, name: &str, made: &Made) {
    let pem = |label: &str, der: &[u8]| {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    };
    std::fs::write(folder.join(format!("{name}.key")), pem("PRIVATE KEY", &made.signing_key.serialize_der()))
        .unwrap();
    std::fs::write(folder.join(format!("{name}.crt")), pem("CERTIFICATE", made.cert.der())).unwrap();
}

fn thumbprint(made: &Made) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, made.cert.der()))
}

/// A gateway that ends TLS, for `localhost` and `other.test`, and listens for plain HTTP beside it.
struct Door {
    gateway: Gateway,
    issuer: Issuer,
    upstream: Upstream,
    secured: SocketAddr,
    plain: SocketAddr,
    /// What it showed when it was started.
    shown: [CertificateDer<'static>; 2],
}

/// How somebody calls.
#[derive(Clone, Default)]
struct Caller<'a> {
    sni: &'a str,
    host: String,
    token: String,
    alpn: Option<&'a [u8]>,
    certificate: Option<&'a Made>,
    headers: Vec<(&'a str, String)>,
}

impl Door {
    async fn open(client_roots: &[&Made]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (us, other) = (made("localhost"), made("other.test"));
        write(folder.path(), "us", &us);
        write(folder.path(), "other", &other);
        for (number, root) in client_roots.iter().enumerate() {
            write(folder.path(), &format!("client{number}"), root);
        }
        let roots: Vec<_> = (0..client_roots.len()).map(|number| format!("client{number}.crt")).collect();
        Self::of(folder, [us.cert.der().clone(), other.cert.der().clone()], &roots.join(", ")).await
    }

    async fn of(folder: TempDir, shown: [CertificateDer<'static>; 2], roots: &str) -> Self {
        let (issuer, upstream) = (Issuer::start().await, Upstream::start().await);
        let (port, plain) = (free_port(), free_port());
        let configuration = format!(
            "public_url: https://localhost:{port}
listen: [\"127.0.0.1:{port}\", {{ address: \"127.0.0.1:{plain}\", tls: false }}]
tls:
  certificate: us.crt
  key: file:us.key
  others: [{{ certificate: other.crt, key: file:other.key }}]
  client_roots: [{roots}]
servers:
  notes:
    upstream: {}
    issuers: [corp]
    aliases: [\"https://other.test:{port}/mcp\", \"http://127.0.0.1:{plain}/mcp\"]
issuers: {{ corp: {{ url: \"{}\" }} }}
",
            upstream.url, issuer.url
        );
        std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
        let gateway = Gateway::start_with(folder, "true").await;
        let [secured, plain] = [port, plain].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        Self { gateway, issuer, upstream, secured, plain, shown }
    }

    fn token(&self, changes: serde_json::Value) -> String {
        self.issuer.token(&format!("https://localhost:{}/notes/mcp", self.secured.port()), changes)
    }

    fn caller(&self, changes: serde_json::Value) -> Caller<'static> {
        Caller {
            sni: "localhost",
            host: format!("localhost:{}", self.secured.port()),
            token: self.token(changes),
            ..Caller::default()
        }
    }

    async fn connect(&self, caller: &Caller<'_>) -> std::io::Result<TlsStream<TcpStream>> {
        connect(self.secured, &self.shown, caller).await
    }

    async fn call(&self, caller: Caller<'_>) -> (Version, Answer) {
        let stream = self.connect(&caller).await.unwrap();
        send(stream, &caller, "/notes/mcp").await
    }
}

async fn connect(
    to: SocketAddr,
    believed: &[CertificateDer<'static>],
    caller: &Caller<'_>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(believed.iter().cloned());
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match caller.certificate {
        Some(made) => {
            let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
            config.with_client_auth_cert(vec![made.cert.der().clone()], key).unwrap()
        }
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = caller.alpn.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from(caller.sni.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, TcpStream::connect(to).await?).await
}

async fn send(stream: TlsStream<TcpStream>, caller: &Caller<'_>, path: &str) -> (Version, Answer) {
    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let mut request =
        Request::post(if is_h2 { format!("https://{}{path}", caller.host) } else { path.to_owned() })
            .header(header::AUTHORIZATION, format!("Bearer {}", caller.token))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream");
    for (name, value) in &caller.headers {
        request = request.header(*name, value);
    }
    let body = Full::new(Bytes::from(ping().to_string()));
    let answer = if is_h2 {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request.body(body).unwrap()).await.unwrap()
    } else {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = request.header(header::HOST, &caller.host);
        sender.send_request(request.body(body).unwrap()).await.unwrap()
    };
    (answer.version(), Answer::read(answer).await)
}

#[tokio::test]
async fn who_is_refused_while_it_is_still_writing_reads_why_afterwards() {
    const MUCH: usize = 10 * 1024 * 1024;
    let door = Door::open(&[]).await;
    let caller = door.caller(json!({}));
    let mut stream = door.connect(&caller).await.unwrap();
    let head = format!(
        "POST /notes/mcp HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {MUCH}\r\n\r\n",
        caller.host, caller.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; MUCH]).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("body-too-large"), "{answer}");
}

#[tokio::test]
async fn the_protocol_is_agreed_on_in_tls() {
    let door = Door::open(&[]).await;
    for (alpn, version) in
        [(None, Version::HTTP_11), (Some(&b"http/1.1"[..]), Version::HTTP_11), (Some(b"h2"), Version::HTTP_2)]
    {
        let (spoken, answer) = door.call(Caller { alpn, ..door.caller(json!({})) }).await;
        assert_eq!((spoken, answer.status.as_u16()), (version, 200), "{answer:?}");
    }
    let unknown = Caller { alpn: Some(b"spdy/3"), ..door.caller(json!({})) };
    assert!(door.connect(&unknown).await.is_err());
    // Who speaks in the clear to a place of TLS is told nothing.
    let said = tokio::time::timeout(
        std::time::Duration::from_secs(30),
        raw(door.secured, "GET /livez HTTP/1.1\r\n\r\n"),
    );
    assert!(!said.await.unwrap().contains("HTTP/1.1 200"));
    assert_eq!(door.upstream.requests().len(), 3);
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_certificate_opens_with_that_certificate_only() {
    let (mine, theirs, strangers) = (made("agent"), made("another agent"), made("stranger"));
    let door = Door::open(&[&mine, &theirs]).await;
    let bound = json!({ "cnf": { "x5t#S256": thumbprint(&mine) } });
    for alpn in [&b"http/1.1"[..], b"h2"] {
        let call = |certificate, changes| {
            door.call(Caller { alpn: Some(alpn), certificate, ..door.caller(changes) })
        };
        let (_, answer) = call(Some(&mine), bound.clone()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let (_, answer) = call(Some(&theirs), bound.clone()).await;
        assert_eq!(
            answer.code(),
            "sender-mismatch",
            "stolen, and shown with another certificate: {answer:?}"
        );
        let (_, answer) = call(None, bound.clone()).await;
        assert_eq!(answer.code(), "sender-unproven", "stolen, and shown without: {answer:?}");
        // Most tokens are bound to nothing, and most callers have no certificate.
        assert_eq!(call(None, json!({})).await.1.status, 200);
    }
    // The attack: a header that a proxy would have written.
    let pem = STANDARD.encode(mine.cert.der());
    let headers = ["x-forwarded-client-cert", "client-cert", "x-ssl-client-cert", "ssl-client-cert"];
    let headers = headers.map(|name| (name, pem.clone())).to_vec();
    let (_, answer) = door.call(Caller { headers, ..door.caller(bound.clone()) }).await;
    assert_eq!(answer.code(), "sender-unproven");
    // Over the plain port beside it nobody has a certificate.
    let token = door.issuer.token(&format!("http://{}/mcp", door.plain), bound);
    let answer = crate::caller::post("/mcp", &ping()).token(&token).send(door.plain).await;
    assert_eq!(answer.code(), "sender-unproven");
    // A certificate that nobody vouches for is no certificate: TLS 1.3 says so with the first read.
    let unknown = Caller { certificate: Some(&strangers), ..door.caller(json!({})) };
    if let Ok(stream) = door.connect(&unknown).await {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request =
            Request::get("/livez").header("host", "localhost").body(Full::new(Bytes::new())).unwrap();
        assert!(sender.send_request(request).await.is_err());
    }
}

#[tokio::test]
async fn each_name_has_its_certificate_and_a_connection_for_one_does_not_lead_to_the_other() {
    let door = Door::open(&[]).await;
    let host = format!("other.test:{}", door.secured.port());
    let token = door.issuer.token(&format!("https://{host}/mcp"), json!({}));
    let other = Caller { sni: "other.test", host, token, ..Caller::default() };
    let stream = door.connect(&other).await.unwrap();
    assert_eq!(stream.get_ref().1.peer_certificates().unwrap()[0], door.shown[1]);
    assert_eq!(send(stream, &other, "/mcp").await.1.status, 200);
    // The attack: the name in TLS, by which a filter in between let it pass, is not the one in the request.
    for alpn in [&b"http/1.1"[..], b"h2"] {
        let fronted = Caller { sni: "localhost", alpn: Some(alpn), ..other.clone() };
        let stream = door.connect(&fronted).await.unwrap();
        let (_, answer) = send(stream, &fronted, "/mcp").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (421, "misdirected"));
    }
    assert_eq!(door.upstream.requests().len(), 1);
}

#[tokio::test]
async fn a_request_that_names_another_of_our_ports_is_not_answered() {
    let door = Door::open(&[]).await;
    let plain = format!("127.0.0.1:{}", door.plain.port());
    let token = door.issuer.token(&format!("http://{plain}/mcp"), json!({}));
    // The attack: whoever reaches the one port reaches what is served at the other.
    let inside = Caller { host: plain, token, ..door.caller(json!({})) };
    let stream = door.connect(&inside).await.unwrap();
    let (_, answer) = send(stream, &inside, "/mcp").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (421, "misdirected"));
    let request = format!(
        "GET /notes/mcp HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n",
        door.secured.port()
    );
    assert!(raw(door.plain, &request).await.starts_with("HTTP/1.1 421"));
    assert!(door.upstream.requests().is_empty());
    // Whether we live is not a matter of names.
    let live = raw(door.plain, "GET /livez HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n").await;
    assert!(live.starts_with("HTTP/1.1 200"), "{live}");
}

#[tokio::test]
async fn a_certificate_that_is_renewed_is_shown_and_a_broken_one_is_not() {
    let door = Door::open(&[]).await;
    let open = door.connect(&door.caller(json!({}))).await.unwrap();
    let folder = door.gateway.folder.path();
    std::fs::write(folder.join("us.crt"), "half a certificate").unwrap();
    while !door.gateway.log().contains("the certificate of before stays in use") {
        tokio::task::yield_now().await;
    }
    assert_eq!(door.call(door.caller(json!({}))).await.1.status, 200);
    let renewed = made("localhost");
    write(folder, "us", &renewed);
    let believed = [renewed.cert.der().clone()];
    let caller = door.caller(json!({}));
    let stream = loop {
        if let Ok(stream) = connect(door.secured, &believed, &caller).await {
            break stream;
        }
    };
    assert_eq!(send(stream, &caller, "/notes/mcp").await.1.status, 200);
    let caller = door.caller(json!({}));
    assert_eq!(send(open, &caller, "/notes/mcp").await.1.status, 200, "what was open goes on");
    assert!(door.gateway.log().contains("was read again and is shown"));
}
