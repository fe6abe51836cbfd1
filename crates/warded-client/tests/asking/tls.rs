//! Whom do we believe to be whom?

use std::sync::Arc;

use rcgen::CertifiedKey;
use rustls::pki_types::CertificateDer;
use warded_client::{
    fetch::{Fetch, FetchFailed, Network, Reach, Target, Unreached, Untrusted},
    tls::Identity,
};

use crate::{
    raw::{Raw, Then},
    secured::{Here, NAME, Secured, pem},
};

fn fetch(roots: impl IntoIterator<Item = CertificateDer<'static>>) -> Fetch {
    Fetch::with_roots(Reach::public(), roots).unwrap().with_resolver(Arc::new(Here))
}

#[tokio::test]
async fn a_server_is_believed_by_its_certificate_at_whichever_address_answers() {
    let server = Secured::start().await;
    let fetched = fetch([server.certificate.clone()]).get(&server.target(NAME)).await.unwrap();
    assert_eq!(fetched.status.as_u16(), 204);
}

#[tokio::test]
async fn nothing_tells_a_server_that_it_is_we_again() {
    let server = Secured::start().await;
    let fetch = fetch([server.certificate.clone()]);
    for _ in 0..3 {
        fetch.get(&server.target(NAME)).await.unwrap();
    }
    assert!(server.seen().len() == 3 && server.seen().iter().all(|came| came.is_full));
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_not_believed() {
    let (server, other) = (Secured::start().await, Secured::start().await);
    for roots in [vec![], vec![other.certificate.clone()]] {
        let outcome = fetch(roots).get(&server.target(NAME)).await;
        assert_eq!(
            outcome.unwrap_err(),
            FetchFailed::Tls { host: NAME.into(), because: Untrusted::Authority }
        );
    }
}

#[tokio::test]
async fn a_certificate_is_for_the_names_in_it() {
    let server = Secured::start().await;
    for host in ["other.example", "a.mcp.example", "127.0.0.1", "localhost"] {
        let outcome = fetch([server.certificate.clone()]).get(&server.target(host)).await;
        assert_eq!(
            outcome.unwrap_err(),
            FetchFailed::Tls { host: host.into(), because: Untrusted::Name },
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_server_without_tls_gets_no_request() {
    let plain = Raw::start(&["HTTP/1.1 200 OK\r\n\r\n"], Then::HangUp).await;
    let outcome = fetch([]).get(&Target::configured(&plain.url("https")).unwrap()).await;
    assert_eq!(
        outcome.unwrap_err(),
        FetchFailed::Tls { host: "127.0.0.1".into(), because: Untrusted::NoTls }
    );
}

#[tokio::test]
async fn a_connection_that_ends_in_the_handshake_is_no_lie_about_who_is_there() {
    let hangs_up = Raw::start(&[], Then::HangUp).await;
    let resets = Raw::start(&[], Then::Reset).await;
    for server in [hangs_up, resets] {
        let error = fetch([]).get(&Target::configured(&server.url("https")).unwrap()).await.unwrap_err();
        let because = Unreached::CutOff;
        assert_eq!(error, FetchFailed::Unreachable { host: "127.0.0.1".into(), because });
        assert!(error.is_unsent(), "a server that starts again is waited for");
    }
}

#[tokio::test]
async fn an_objection_in_the_handshake_is_told_from_another_language() {
    // RFC 8446 §6: a fatal alert, and which.
    for (alert, expected) in [
        ("\x15\x03\x03\0\x02\x02\x50", Untrusted::Alert),
        ("\x15\x03\x03\0\x02\x02\x46", Untrusted::NoTls),
        ("\x15\x03\x03\0\x02\x02\x74", Untrusted::WhoWeAre),
    ] {
        let server = Raw::start(&[alert], Then::HangUp).await;
        let outcome = fetch([]).get(&Target::configured(&server.url("https")).unwrap()).await;
        assert_eq!(outcome.unwrap_err(), FetchFailed::Tls { host: "127.0.0.1".into(), because: expected });
    }
}

#[test]
fn a_root_that_is_no_certificate_is_not_passed_over() {
    let outcome = Fetch::with_roots(Reach::public(), [CertificateDer::from(vec![1, 2, 3])]);
    assert!(matches!(outcome, Err(FetchFailed::TlsSetup(_))), "{outcome:?}");
}

#[tokio::test]
async fn an_address_is_believed_by_its_certificate_and_names_nobody_else() {
    let server = Secured::named("127.0.0.1").await;
    fetch([server.certificate.clone()]).get(&server.target("127.0.0.1")).await.unwrap();
    let named = Secured::start().await;
    fetch([named.certificate.clone()]).get(&named.target(NAME)).await.unwrap();
    // RFC 6066 §3: an address is not sent as a server's name.
    assert_eq!((server.seen()[0].name.as_deref(), named.seen()[0].name.as_deref()), (None, Some(NAME)));
    assert!(server.seen()[0].request.contains(&format!("host: 127.0.0.1:{}\r\n", server.port())));
}

#[tokio::test]
async fn our_certificate_is_shown_to_those_whom_we_were_told_of() {
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["us".to_owned()]).unwrap();
    let (certificate, key) =
        (pem("CERTIFICATE", cert.der()), pem("PRIVATE KEY", &signing_key.serialize_der()));
    let identity = Identity::read(certificate.as_bytes(), key.as_bytes()).unwrap();
    let server = Secured::asking(cert.der().clone()).await;
    let network = Network::default().believing([server.certificate.clone()]);
    let fetch = |network: &Network| {
        let reach = Reach::public().with_loopback();
        Fetch::on(network, reach).unwrap().with_resolver(Arc::new(Here))
    };
    let showing = fetch(&network.clone().showing(identity));
    let learned = Target::learned(server.target(NAME).as_str()).unwrap();
    showing.get(&server.target(NAME)).await.unwrap();
    // Who else asks would learn who we are, and could follow us from one name to the next.
    showing.get(&learned).await.unwrap();
    fetch(&network).get(&server.target(NAME)).await.unwrap();
    let shown: Vec<_> = server.seen().iter().map(|seen| seen.is_certified).collect();
    assert_eq!(shown, [true, false, false]);
}

#[tokio::test]
async fn a_server_that_lets_in_nobody_without_a_certificate_is_told_from_one_that_is_not_believed() {
    let CertifiedKey { cert, .. } = rcgen::generate_simple_self_signed(["us".to_owned()]).unwrap();
    let server = Secured::insisting(cert.der().clone()).await;
    let outcome = fetch([server.certificate.clone()]).get(&server.target(NAME)).await;
    assert_eq!(outcome.unwrap_err(), FetchFailed::Tls { host: NAME.into(), because: Untrusted::WhoWeAre });
    assert!(server.seen().is_empty());
}
