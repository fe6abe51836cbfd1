//! What goes through a proxy, what the proxy gets to see, and what a proxy may do to us.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::future::{BoxFuture, ready};
use http::{HeaderValue, Method, header};
use rustls::pki_types::CertificateDer;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use warded_client::fetch::{
    Fetch, FetchFailed, HostPattern, Network, Outgoing, Proxies, Proxy, Reach, Resolve, Target, Unreached,
    Untrusted,
};

use crate::{
    origin::{Origin, status},
    raw::{Raw, Then},
    secured::{NAME, Secured, config},
};

/// A proxy that knows everybody, and connects to one port of this machine whatever it is asked for.
struct Known {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    /// What went through it, in either direction.
    through: Arc<Mutex<Vec<u8>>>,
    certificate: Option<CertificateDer<'static>>,
    _running: JoinSet<()>,
}

impl Known {
    async fn start(to: u16, says: &'static str, is_secure: bool) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let through = Arc::<Mutex<Vec<u8>>>::default();
        let (acceptor, certificate) = if is_secure {
            let (config, certificate) = config("127.0.0.1", None);
            (Some(TlsAcceptor::from(Arc::new(config))), Some(certificate))
        } else {
            (None, None)
        };
        let (log, passed) = (Arc::clone(&heads), Arc::clone(&through));
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (log, passed, acceptor) = (log.clone(), passed.clone(), acceptor.clone());
                connections.spawn(async move {
                    match acceptor {
                        None => pass(stream, to, says, &log, &passed).await,
                        Some(acceptor) => {
                            let Ok(stream) = acceptor.accept(stream).await else { return };
                            pass(stream, to, says, &log, &passed).await;
                        }
                    }
                });
            }
        });
        Self { address, heads, through, certificate, _running: running }
    }

    async fn toward(server: &Secured) -> Self {
        Self::start(server.port(), "HTTP/1.1 200 Go ahead\r\n\r\n", false).await
    }

    fn url(&self, credentials: &str) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{credentials}{}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn pass(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    to: u16,
    says: &str,
    heads: &Mutex<Vec<String>>,
    through: &Mutex<Vec<u8>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    heads.lock().unwrap().push(String::from_utf8(head).unwrap());
    if stream.write_all(says.as_bytes()).await.is_err() || !says.contains(" 200 ") {
        return;
    }
    let mut other = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
    let (mut here, mut there) = ([0; 4096], [0; 4096]);
    loop {
        let (read, is_ours) = tokio::select! {
            read = stream.read(&mut here) => (read, true),
            read = other.read(&mut there) => (read, false),
        };
        let Ok(read @ 1..) = read else { return };
        let bytes = if is_ours { &here[..read] } else { &there[..read] };
        through.lock().unwrap().extend_from_slice(bytes);
        let written = if is_ours { other.write_all(bytes).await } else { stream.write_all(bytes).await };
        if written.is_err() {
            return;
        }
    }
}

/// A name server that knows nobody: where a proxy is on the way, it is not needed.
#[derive(Debug)]
struct Nobody;

impl Resolve for Nobody {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(ready(Err(io::ErrorKind::NotFound.into())))
    }
}

fn through(url: &str, listed: &[&str], roots: &[&CertificateDer<'static>]) -> Fetch {
    let listed = listed.iter().map(|pattern| HostPattern::parse(pattern).unwrap());
    let proxies = Proxies::through(Proxy::parse(url).unwrap()).listing(listed);
    let network = Network::default().believing(roots.iter().copied().cloned()).through(proxies);
    Fetch::on(&network, Reach::public()).unwrap().with_resolver(Arc::new(Nobody))
}

#[tokio::test]
async fn a_proxy_learns_the_host_and_the_server_learns_nothing_of_the_proxy() {
    let server = Secured::start().await;
    let proxy = Known::toward(&server).await;
    let fetch = through(&proxy.url("user:s3cret-of-the-proxy@"), &[], &[&server.certificate]);
    let bearer = HeaderValue::from_static("Bearer s3cret-of-ours");
    let target = Target::configured(&format!("https://{NAME}/s3cret-path?x=1")).unwrap();
    let outgoing = Outgoing::nothing().header(header::AUTHORIZATION, bearer);
    assert_eq!(fetch.send(Method::GET, &target, outgoing).await.unwrap().status.as_u16(), 204);
    let head = format!(
        "CONNECT {NAME}:443 HTTP/1.1\r\nhost: {NAME}:443\r\nuser-agent: warded/{}\r\nproxy-authorization: Basic {}\r\n\r\n",
        env!("CARGO_PKG_VERSION"),
        STANDARD.encode("user:s3cret-of-the-proxy")
    );
    assert_eq!(proxy.heads(), [head]);
    let through = String::from_utf8_lossy(&proxy.through.lock().unwrap()).into_owned();
    assert!(!through.is_empty() && !through.contains("s3cret"));
    let request = server.seen()[0].request.to_ascii_lowercase();
    assert!(request.starts_with("get /s3cret-path?x=1 http/1.1\r\n"), "{request}");
    assert!(request.contains("bearer s3cret-of-ours") && !request.contains("proxy"), "{request}");
}

#[tokio::test]
async fn a_learned_url_goes_through_a_proxy_only_to_hosts_on_the_list() {
    let server = Secured::start().await;
    let proxy = Known::toward(&server).await;
    let learned = Target::learned(&format!("https://{NAME}/")).unwrap();
    for listed in [&[][..], &["other.example"], &["*.mcp.example"]] {
        let outcome = through(&proxy.url(""), listed, &[&server.certificate]).get(&learned).await;
        assert_eq!(outcome.unwrap_err(), FetchFailed::NotProxied { host: NAME.into() }, "{listed:?}");
    }
    assert!(proxy.heads().is_empty());
    through(&proxy.url(""), &[NAME], &[&server.certificate]).get(&learned).await.unwrap();
    assert_eq!(proxy.heads().len(), 1);
}

#[tokio::test]
async fn an_address_inside_is_refused_however_long_the_list_is() {
    let server = Secured::start().await;
    let proxy = Known::toward(&server).await;
    for host in ["10.0.0.1", "169.254.169.254", "100.100.100.200"] {
        let fetch = through(&proxy.url(""), &[host], &[&server.certificate]);
        let outcome = fetch.get(&Target::learned(&format!("https://{host}/")).unwrap()).await;
        assert_eq!(outcome.unwrap_err(), FetchFailed::NotProxied { host: host.into() });
    }
    assert!(proxy.heads().is_empty());
}

#[tokio::test]
async fn this_machine_is_reached_without_the_proxy() {
    let origin = Origin::start(|_, _| ready(status(200))).await;
    let gone = Origin::start(|_, _| ready(status(200))).await.url("");
    let fetch = through(&gone, &[], &[]);
    for host in ["127.0.0.1", "localhost", "a.localhost"] {
        let target = Target::configured(&format!("http://{host}:{}/", origin.port())).unwrap();
        fetch.get(&target).await.unwrap();
    }
    assert_eq!(origin.seen().len(), 3);
}

#[tokio::test]
async fn a_proxy_that_speaks_tls_proves_who_it_is_before_it_hears_the_password() {
    let server = Secured::start().await;
    let proxy = Known::start(server.port(), "HTTP/1.1 200 Go ahead\r\n\r\n", true).await;
    let target = Target::configured(&format!("https://{NAME}/")).unwrap();
    let roots = [proxy.certificate.as_ref().unwrap(), &server.certificate];
    let url = proxy.url("user:password@");
    let outcome = through(&url, &[], &roots[1..]).get(&target).await;
    let silent = FetchFailed::ProxyUnreachable { proxy: proxy.address.to_string().into() };
    assert_eq!(outcome.unwrap_err(), silent);
    assert!(proxy.heads().is_empty());
    through(&url, &[], &roots).get(&target).await.unwrap();
    assert_eq!((proxy.heads().len(), server.seen().len()), (1, 1));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_from_a_server_that_does() {
    let target = Target::configured(&format!("https://{NAME}/s3cret-path")).unwrap();
    for (says, code, advice) in [
        ("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n", 407, "user and password"),
        ("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", 403, "does not allow"),
        ("HTTP/1.1 502 Gone\r\nContent-Length: 0\r\n\r\n", 502, "could not reach"),
        (
            "HTTP/1.1 302 There\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n",
            302,
            "knows `CONNECT`",
        ),
    ] {
        let proxy = Known::start(0, says, false).await;
        let failed = through(&proxy.url("user:s3cret@"), &[], &[]).get(&target).await.unwrap_err();
        let shown = proxy.address.to_string().into();
        assert_eq!(failed, FetchFailed::ProxyRefused { proxy: shown, status: code });
        let said = format!("{failed} {failed:?}");
        assert!(said.contains(advice) && !said.contains("s3cret"), "{said}");
    }
}

#[tokio::test]
async fn what_is_no_proxy_is_not_believed_to_be_the_server() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(200));
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024));
    let target = Target::configured(&format!("https://{NAME}/")).unwrap();
    let limit = Duration::from_millis(300);
    for says in ["", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 O", many.as_str(), long.as_str()] {
        let raw = Raw::start(&[says], Then::HangUp).await;
        let outcome = through(&raw.url("http"), &[], &[]).get(&target).await;
        assert!(matches!(outcome, Err(FetchFailed::ProxyUnreachable { .. })), "{says:.40}: {outcome:?}");
    }
    // A proxy that answers in the server's place has no certificate of the server's.
    let says = "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    let raw = Raw::start(&[says], Then::HangUp).await;
    let outcome = through(&raw.url("http"), &[], &[]).get(&target).await;
    assert_eq!(outcome.unwrap_err(), FetchFailed::Tls { host: NAME.into(), because: Untrusted::NoTls });
    // Behind a tunnel that ends at once, or that nothing comes out of, nobody knows who is there.
    let unreachable = |because| FetchFailed::Unreachable { host: NAME.into(), because };
    let opened = "HTTP/1.1 200 OK\r\n\r\n";
    for (then, because) in [(Then::HangUp, Unreached::CutOff), (Then::Wait, Unreached::Stuck)] {
        let raw = Raw::start(&[opened], then).await;
        let fetch = through(&raw.url("http"), &[], &[]).with_time_limits(limit, limit);
        assert_eq!(fetch.get(&target).await.unwrap_err(), unreachable(because));
    }
    for says in ["", "HTTP/1.1 200 OK\r\n"] {
        let raw = Raw::start(&[says], Then::Wait).await;
        let outcome = through(&raw.url("http"), &[], &[]).with_time_limits(limit, limit).get(&target).await;
        assert!(matches!(outcome, Err(FetchFailed::ProxyUnreachable { .. })), "{says}: {outcome:?}");
    }
    let gone = Origin::start(|_, _| ready(status(200))).await.url("");
    let outcome = through(&gone, &[], &[]).get(&target).await;
    assert!(matches!(outcome, Err(FetchFailed::ProxyUnreachable { .. })), "{outcome:?}");
}
