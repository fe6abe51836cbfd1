//! Off, optional, required.

use warded_guard::Dpop;

use super::{holder::Holder, wire::Place};
use crate::stage::{Answer, HERE, builder, token, uri};

/// How a setting answers a bearer token, a bound token as a bearer token, a bound token with its proof, an unbound one
/// with a proof, and none.
async fn says(dpop: Dpop) -> [(u16, String, Vec<String>); 5] {
    let place = Place::of(builder().dpop(dpop).build()).await;
    let (holder, plain) = (Holder::new(), token());
    let bound = holder.token();
    let ask = async |scheme: &str, token: &str, proof: Option<String>| {
        let authorization = format!("{scheme} {token}");
        let mut headers = vec![("Authorization", &*authorization)];
        headers.extend(proof.as_deref().map(|proof| ("DPoP", proof)));
        told(&place.ask("POST", &headers).await)
    };
    [
        ask("Bearer", &plain, None).await,
        ask("Bearer", &bound, None).await,
        ask("DPoP", &bound, Some(holder.proof("POST", &bound))).await,
        ask("DPoP", &plain, Some(holder.proof("POST", &plain))).await,
        told(&place.ask("POST", &[]).await),
    ]
}

fn told(reply: &super::wire::Reply) -> (u16, String, Vec<String>) {
    let word = |challenge: &&str| challenge.split(' ').next().unwrap_or_default().to_owned();
    let code = if reply.is_good() { String::new() } else { reply.code() };
    (reply.status, code, reply.challenges().iter().map(word).collect())
}

fn row(status: u16, code: &str, schemes: &[&str]) -> (u16, String, Vec<String>) {
    (status, code.to_owned(), schemes.iter().copied().map(str::to_owned).collect())
}

#[tokio::test]
async fn a_server_says_which_schemes_it_takes_and_takes_no_other() {
    assert_eq!(
        says(Dpop::Optional).await,
        [
            row(200, "", &[]),
            row(401, "sender-unproven", &["Bearer", "DPoP"]),
            row(200, "", &[]),
            row(401, "sender-unbound", &["DPoP", "Bearer"]),
            row(401, "token-absent", &["Bearer", "DPoP"]),
        ]
    );
    assert_eq!(
        says(Dpop::Required).await,
        [
            row(401, "sender-required", &["DPoP"]),
            row(401, "sender-required", &["DPoP"]),
            row(200, "", &[]),
            row(401, "sender-unbound", &["DPoP"]),
            row(401, "token-absent", &["DPoP"]),
        ]
    );
    assert_eq!(
        says(Dpop::Off).await,
        [
            row(200, "", &[]),
            row(401, "sender-unproven", &["Bearer"]),
            row(401, "scheme-unsupported", &["Bearer"]),
            row(401, "scheme-unsupported", &["Bearer"]),
            row(401, "token-absent", &["Bearer"]),
        ]
    );
}

#[tokio::test]
async fn a_malformed_credential_is_that_under_every_scheme() {
    let place = Place::of(builder().build()).await;
    let (holder, plain) = (Holder::new(), token());
    let (bound, proof) = (holder.token(), holder.proof("POST", &holder.token()));
    for (credential, status, code) in [
        ("DPoP".to_owned(), 400, "credential-malformed"),
        ("DPoP  ".to_owned(), 400, "credential-malformed"),
        (format!("DPoP \"{bound}\""), 400, "credential-malformed"),
        (format!("DPoP {bound} {bound}"), 400, "credential-malformed"),
        (format!("DPoP\t{bound}"), 400, "credential-malformed"),
        (format!("DPoP {bound},"), 400, "credential-twice"),
        (format!("DPoP {bound}, Bearer {plain}"), 400, "credential-twice"),
        (format!("Bearer {plain}, DPoP {bound}"), 400, "credential-twice"),
        (format!("DPoP{bound}"), 401, "scheme-unsupported"),
    ] {
        let reply = place.ask("POST", &[("Authorization", &credential), ("DPoP", &proof)]).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{credential}");
    }
    let headers = [
        ("Authorization", &*format!("DPoP {bound}")),
        ("Authorization", &*format!("Bearer {plain}")),
        ("DPoP", &*proof),
    ];
    assert_eq!(place.ask("POST", &headers).await.code(), "credential-twice");
}

#[tokio::test]
async fn the_metadata_says_what_is_true() {
    for (dpop, required, is_used) in
        [(Dpop::Off, None, false), (Dpop::Optional, None, true), (Dpop::Required, Some(true), true)]
    {
        for certificates in [false, true] {
            let guard = builder().dpop(dpop);
            let guard = if certificates { guard.client_certificates() } else { guard };
            let document = Answer::of(guard.build().metadata(&uri(HERE))).await.json();
            assert_eq!(document["dpop_bound_access_tokens_required"].as_bool(), required, "{dpop:?}");
            let algorithms = document["dpop_signing_alg_values_supported"].as_array();
            assert_eq!(algorithms.is_some_and(|all| all.contains(&"ES256".into())), is_used, "{dpop:?}");
            let says = document["tls_client_certificate_bound_access_tokens"].as_bool();
            assert_eq!(says, certificates.then_some(true));
        }
    }
}
