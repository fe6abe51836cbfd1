//! Tokens that are bound to a certificate (RFC 8705 §3), over TLS that ends here.

use std::{net::SocketAddr, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use http::Response;
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn as hyper_fn;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    server::WebPkiClientVerifier,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tower::{ServiceExt as _, service_fn};
use warded_guard::{Body, ClientCertificate, Guard, Permitted, Stop};

use super::{
    holder::{Holder, encode},
    wire::{Reply, request},
};
use crate::stage::{builder, claims, signed};

type Authority = CertifiedIssuer<'static, KeyPair>;

/// A certificate, its chain and its key.
struct Identity {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Identity {
    fn of(name: &str, authority: &Authority) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, authority).unwrap().der().clone();
        Self { certificate, key }
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }

    /// What a token says that is bound to it.
    fn thumbprint(&self) -> String {
        encode(digest(&SHA256, &self.certificate))
    }
}

fn authority() -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server of its own TLS, which asks for certificates of one authority.
struct Secured {
    address: SocketAddr,
    authority: Authority,
}

impl Secured {
    async fn start(guard: Guard) -> Self {
        let authority = authority();
        let (server, provider) = (
            Identity::of("mcp.example.com", &authority),
            Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
        );
        let verifier = WebPkiClientVerifier::builder_with_provider(roots(&authority), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()
            .unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![server.certificate.clone()], server.key())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, guard) = (acceptor.clone(), guard.clone());
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let chain = stream.get_ref().1.peer_certificates();
                    let shown = chain.and_then(|chain| chain.first()).map(ClientCertificate::of);
                    let door = guard.forwarding(service_fn(reached));
                    let service = hyper_fn(move |mut request| {
                        if let Some(shown) = shown {
                            http::Request::extensions_mut(&mut request).insert(shown);
                        }
                        door.clone().oneshot(request)
                    });
                    let serving = hyper::server::conn::http1::Builder::new();
                    let _ended = serving.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, authority }
    }

    fn client(&self) -> Identity {
        Identity::of("agent.example", &self.authority)
    }

    /// Sends a request from somebody with this certificate.
    async fn ask(&self, shown: Option<&Identity>, method: &str, headers: &[(&str, &str)]) -> Reply {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots(&self.authority));
        let config = match shown {
            Some(shown) => {
                config.with_client_auth_cert(vec![shown.certificate.clone()], shown.key()).unwrap()
            }
            None => config.with_no_client_auth(),
        };
        let connector = TlsConnector::from(Arc::new(config));
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("mcp.example.com").unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        stream.write_all(request("/notes/mcp", "mcp.example.com", method, headers).as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _until_the_end = stream.read_to_end(&mut answer).await;
        Reply::read(&String::from_utf8(answer).unwrap())
    }

    async fn bearer(&self, shown: Option<&Identity>, token: &str) -> Reply {
        self.ask(shown, "POST", &[("Authorization", &format!("Bearer {token}"))]).await
    }
}

async fn reached(permitted: Permitted) -> Result<Response<Body>, Stop> {
    let text = format!("REACHED, dpop: {}", permitted.parts.headers.contains_key("DPoP"));
    Ok(Response::new(Full::from(text).map_err(|never| match never {}).boxed_unsync()))
}

fn roots(authority: &Authority) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    Arc::new(roots)
}

fn bound(cnf: Value) -> String {
    let mut claims = claims();
    claims.insert("cnf".into(), cnf);
    signed(&claims)
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_certificate_needs_that_certificate() {
    let server = Secured::start(builder().client_certificates().build()).await;
    let (mine, anothers) = (server.client(), server.client());
    let token = bound(json!({ "x5t#S256": mine.thumbprint() }));
    for method in ["POST", "GET", "DELETE"] {
        let authorization = format!("Bearer {token}");
        let headers = [("Authorization", &*authorization)];
        assert!(server.ask(Some(&mine), method, &headers).await.is_good());
        for (shown, code) in [(Some(&anothers), "sender-mismatch"), (None, "sender-unproven")] {
            let reply = server.ask(shown, method, &headers).await;
            assert_eq!((reply.status, reply.code().as_str()), (401, code));
            assert!(reply.challenges()[0].starts_with("Bearer error=\"invalid_token\""), "{reply:?}");
        }
        assert!(server.ask(Some(&mine), method, &headers).await.is_good());
    }
    let plain = crate::stage::token();
    assert!(server.bearer(Some(&anothers), &plain).await.is_good(), "an unbound token needs none");
}

#[tokio::test]
async fn no_header_is_a_certificate() {
    let server = Secured::start(builder().build()).await;
    let mine = server.client();
    let token = format!("Bearer {}", bound(json!({ "x5t#S256": mine.thumbprint() })));
    let pem = as_field(&mine.certificate);
    for name in
        ["X-Forwarded-Client-Cert", "Client-Cert", "X-Client-Cert", "X-SSL-Client-Cert", "SSL-Client-Cert"]
    {
        let reply = server.ask(None, "POST", &[("Authorization", &token), (name, &pem)]).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "sender-unproven"), "{name}");
    }
}

/// A certificate as proxies write it into a header.
fn as_field(certificate: &CertificateDer<'_>) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    format!(":{}:", STANDARD.encode(certificate))
}

#[tokio::test]
async fn a_token_that_is_bound_to_both_needs_both() {
    let server = Secured::start(builder().build()).await;
    let (mine, anothers, holder, stranger) = (server.client(), server.client(), Holder::new(), Holder::new());
    let both = bound(json!({
        "x5t#S256": mine.thumbprint(), "jkt": holder.thumbprint().to_string(),
    }));
    let ask = async |shown: Option<&Identity>, by: &Holder| {
        let proof = by.proof("POST", &both);
        let authorization = format!("DPoP {both}");
        server.ask(shown, "POST", &[("Authorization", &authorization), ("DPoP", &proof)]).await
    };
    assert!(ask(Some(&mine), &holder).await.is_good());
    assert_eq!(ask(None, &holder).await.code(), "sender-unproven");
    assert_eq!(ask(Some(&anothers), &holder).await.code(), "sender-mismatch");
    assert_eq!(ask(Some(&mine), &stranger).await.code(), "sender-mismatch");
    assert_eq!(server.bearer(Some(&mine), &both).await.code(), "sender-unproven");
    assert!(ask(Some(&mine), &holder).await.is_good());
}
