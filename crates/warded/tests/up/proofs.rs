//! Proofs of possession at a running gateway: what is used once stays used, also when it is started again.

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use warded_core::jose::Key;

use crate::{
    caller::{Answer, Call, delete, get, initialize, post},
    issuer::{now, random},
    stage::{Gateway, Stage},
};

/// A client that holds a key.
struct Holder {
    pair: Ed25519KeyPair,
    jwk: Value,
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Holder {
    fn new() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key()) });
        Self { pair, jwk }
    }

    fn bound(&self) -> Value {
        let key = Key::parse(self.jwk.to_string().as_bytes()).unwrap();
        json!({ "cnf": { "jkt": key.thumbprint().to_string() } })
    }

    fn proof(&self, id: &str, method: &str, url: &str, token: &str, nonce: Option<&str>) -> String {
        let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": self.jwk });
        let ath = encode(digest(&SHA256, token.as_bytes()));
        let mut claims = json!({ "jti": id, "htm": method, "htu": url, "iat": now(), "ath": ath });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

async fn ask(gateway: &Gateway, call: Call, token: &str, proof: &str) -> Answer {
    let call = call.with("authorization", &format!("DPoP {token}")).with("dpop", proof);
    call.send(gateway.address).await
}

fn nonce_of(answer: &Answer) -> String {
    answer.headers["dpop-nonce"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_is_used_once_whatever_happens_between() {
    let Stage { gateway, issuer, notes, .. } = Stage::with("    dpop: required\n    dpop_nonce: true").await;
    let (holder, url) = (Holder::new(), gateway.url("notes"));
    let token = issuer.token(&url, holder.bound());
    let path = "/notes/mcp";

    let plain = post(path, &initialize()).token(&issuer.token(&url, json!({}))).send(gateway.address).await;
    assert_eq!(plain.code(), "sender-required");
    let without = holder.proof("1", "POST", &url, &token, None);
    let first = ask(&gateway, post(path, &initialize()), &token, &without).await;
    assert_eq!((first.status.as_u16(), first.code().as_str()), (401, "proof-nonce-missing"));
    let challenge = first.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("DPoP error=\"use_dpop_nonce\""), "{challenge}");
    assert!(notes.requests().is_empty());

    let nonce = nonce_of(&first);
    let proof = |id: &str, method: &str| holder.proof(id, method, &url, &token, Some(&nonce));
    let used = proof("2", "POST");
    let answer = ask(&gateway, post(path, &initialize()), &token, &used).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let seen = notes.last();
    assert!(!seen.headers.contains_key("dpop") && !seen.headers.contains_key("authorization"), "{seen:?}");
    assert_eq!(ask(&gateway, post(path, &initialize()), &token, &used).await.code(), "proof-replayed");
    for (call, method) in [(get(path), "GET"), (delete(path), "DELETE")] {
        let answer = ask(&gateway, call, &token, &proof("3", "POST")).await;
        assert_eq!(answer.code(), "proof-method", "{method}");
    }
    let session = answer.session().to_owned();
    let ended = delete(path).with("mcp-session-id", &session);
    let ended = ask(&gateway, ended, &token, &proof("4", "DELETE")).await;
    assert!(ended.status.is_success(), "{ended:?}");

    let reached = notes.requests().len();
    let gateway = gateway.restart().await;
    let answer = ask(&gateway, post(path, &initialize()), &token, &used).await;
    assert_eq!(answer.code(), "proof-replayed", "the store remembers what the process cannot");
    assert_eq!(notes.requests().len(), reached);
    let answer = ask(&gateway, post(path, &initialize()), &token, &proof("5", "POST")).await;
    assert_eq!(answer.status, 200, "a nonce from before is still a nonce: {answer:?}");
    let log = gateway.log();
    assert!(!log.contains(&token) && used.split('.').all(|part| !log.contains(part)), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_a_word_about_proofs_takes_both_and_one_that_is_off_takes_none() {
    let Stage { gateway, issuer, .. } = Stage::with("    dpop: off").await;
    let holder = Holder::new();
    for (server, scheme, code) in [
        ("files", "DPoP", "200"),
        ("files", "Bearer", "sender-unproven"),
        ("notes", "DPoP", "scheme-unsupported"),
    ] {
        let url = gateway.url(server);
        let token = issuer.token(&url, holder.bound());
        let call = post(&format!("/{server}/mcp"), &initialize())
            .with("authorization", &format!("{scheme} {token}"))
            .with("dpop", &holder.proof(scheme, "POST", &url, &token, None));
        assert_eq!(call.send(gateway.address).await.code(), code, "{server}, {scheme}");
    }
    let plain = issuer.token(&gateway.url("notes"), json!({}));
    let answer = post("/notes/mcp", &initialize()).token(&plain).send(gateway.address).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}
