//! The same over TLS: what is sent is not another request there, and nothing is sent to whom nobody vouches for.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

#[expect(dead_code, reason = "the tests of defects need more of it")]
mod server;

use std::{num::NonZeroU32, sync::Arc};

use rcgen::CertifiedKey;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use serde_json::json;
use server::{Defect, Server, Stream, Wrap, key, party};
use tokio_rustls::TlsAcceptor;
use warded_probe::{CASES, Pace, Probe, Reach, Report, Verdict};

/// What a server with a certificate for `localhost` does with a connection, and that certificate.
fn secured() -> (Wrap, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = cert.der().clone();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let wrap: Wrap = Arc::new(move |stream| {
        let accepted = acceptor.accept(stream);
        Box::pin(async move { accepted.await.ok().map(|stream| Box::new(stream) as Box<dyn Stream>) })
    });
    (wrap, certificate)
}

async fn probed(defect: Option<Defect>, is_believed: bool) -> Report {
    let (key, (wrap, certificate)) = (key(), secured());
    let a = Server::start_as("https", "localhost", Arc::clone(&wrap), &key, defect).await;
    let b = Server::start_as("https", "localhost", wrap, &key, None).await;
    let tls = warded_client::tls::client_config(is_believed.then_some(certificate)).unwrap();
    let pace = Pace::per_second(NonZeroU32::new(100_000).unwrap());
    let (for_a, for_b) = (json!(a.url), json!(b.url));
    let parties = (party(&key, &a, &for_a), party(&key, &b, &for_b));
    let probe = Probe::new(parties.0, parties.1, tls, Reach::Loopback, pace).unwrap();
    probe.run(&mut |_| ()).await
}

#[tokio::test]
async fn a_server_that_checks_passes_everything() {
    let report = probed(None, true).await;
    assert_eq!(report.count(Verdict::Pass), CASES.len() * 2 - 1, "{report:#?}");
}

#[tokio::test]
async fn what_a_client_library_would_mend_arrives_as_it_was_written() {
    for (defect, expected) in
        [(Defect::FirstHeader, "P26a"), (Defect::LastHeader, "P26a"), (Defect::HostDecides, "P30a")]
    {
        let report = probed(Some(defect), true).await;
        let failed = report.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Fail);
        let failed: Vec<_> = failed.map(|outcome| outcome.case.id).collect();
        assert_eq!(failed, [expected], "{defect:?}: {report:#?}");
    }
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_no_token_and_passes_nothing() {
    let report = probed(None, false).await;
    for server in &report.servers {
        let trouble = server.trouble.as_deref().unwrap();
        assert!(trouble.starts_with("no TLS connection: "), "{trouble}");
    }
    let passed = report.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Pass);
    assert_eq!(passed.map(|outcome| outcome.case.id).collect::<Vec<_>>(), ["A11"]);
}
