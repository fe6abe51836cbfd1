//! The store is locked by another process: what needs it waits within a bound or is answered with 503; what does not
//! need it goes on; nothing is admitted that could not be marked as used.

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::Instant;
use warded_core::jose::Key;

use crate::{
    caller::{ping, post},
    issuer::{now, random},
    stage::Stage,
};

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token that is bound to a key, and proofs of it.
struct Bound {
    pair: Ed25519KeyPair,
    jwk: Value,
    url: String,
    token: String,
}

impl Bound {
    fn at(stage: &Stage) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key()) });
        let key = Key::parse(jwk.to_string().as_bytes()).unwrap();
        let token = stage.token("notes", json!({ "cnf": { "jkt": key.thumbprint().to_string() } }));
        Self { pair, jwk, url: stage.gateway.url("notes"), token }
    }

    fn proof(&self, id: &str) -> String {
        let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": self.jwk });
        let ath = encode(digest(&SHA256, self.token.as_bytes()));
        let claims = json!({ "jti": id, "htm": "POST", "htu": self.url, "iat": now(), "ath": ath });
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    async fn calls(&self, stage: &Stage, proof: &str) -> (u16, String) {
        let call = post("/notes/mcp", &ping()).with("authorization", &format!("DPoP {}", self.token));
        let answer = call.with("dpop", proof).send(stage.gateway.address).await;
        (answer.status.as_u16(), answer.code())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_admitted_that_a_locked_store_could_not_mark_as_used() {
    let stage = Stage::start().await;
    let (bound, plain) = (Bound::at(&stage), stage.token("files", json!({})));
    assert_eq!(bound.calls(&stage, &bound.proof("before")).await.0, 200);
    let heard = stage.notes.requests().len();

    let file = SqliteConnectOptions::new().filename(stage.gateway.folder.path().join("warded.db"));
    let mut holder = SqliteConnection::connect_with(&file).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut holder).await.unwrap();
    let began = Instant::now();
    let held = bound.proof("held");
    let calls = (0..8).map(|number| {
        let proof = if number == 0 { held.clone() } else { bound.proof(&format!("locked {number}")) };
        let (bound, stage) = (&bound, &stage);
        async move { bound.calls(stage, &proof).await }
    });
    for (status, code) in futures_util::future::join_all(calls).await {
        assert_eq!((status, code.as_str()), (503, "store-unavailable"));
    }
    let waited = began.elapsed();
    assert_eq!(stage.notes.requests().len(), heard, "nothing went behind");
    // What needs no store goes on, and nobody waits for those who do.
    let mut went_on = 0;
    for _ in 0..50 {
        let answer = post("/files/mcp", &ping()).token(&plain).send(stage.gateway.address).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        went_on += 1;
    }
    sqlx::query("ROLLBACK").execute(&mut holder).await.unwrap();
    // A proof that was refused for that was not used up, and is used once.
    assert_eq!(bound.calls(&stage, &held).await.0, 200);
    assert_eq!(bound.calls(&stage, &held).await.1, "proof-replayed");
    println!("8 calls got 503 from a locked store within {waited:?}; {went_on} that need no store went on");
}
