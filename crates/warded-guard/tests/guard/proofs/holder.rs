//! Somebody who holds a key, and the proofs that it makes, good ones and others.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use warded_core::jose::{Key, Thumbprint};

use crate::stage::{HERE, NOW, claims, signed};

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The hash of a token, as a proof spells it.
pub(crate) fn hash_of(token: &str) -> String {
    encode(digest(&SHA256, token.as_bytes()))
}

/// A key that nobody has seen before, and its holder.
pub(crate) struct Holder {
    pair: Ed25519KeyPair,
    pub(crate) jwk: Value,
}

/// A proof before it is signed.
pub(crate) struct Draft {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
}

impl Draft {
    pub(crate) fn header(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.header.insert(member.to_owned(), value.into());
        self
    }

    pub(crate) fn claim(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(claim.to_owned(), value.into());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        assert!(self.claims.remove(name).or_else(|| self.header.remove(name)).is_some(), "{name}");
        self
    }
}

impl Holder {
    #[expect(clippy::disallowed_methods, reason = "nothing here depends on what is drawn")]
    pub(crate) fn new() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key()) });
        Self { pair, jwk }
    }

    pub(crate) fn thumbprint(&self) -> Thumbprint {
        Key::parse(self.jwk.to_string().as_bytes()).unwrap().thumbprint()
    }

    /// A good token that is bound to the key.
    pub(crate) fn token(&self) -> String {
        let mut claims = claims();
        claims.insert("cnf".into(), json!({ "jkt": self.thumbprint().to_string() }));
        signed(&claims)
    }

    /// A good proof that nobody has seen before.
    pub(crate) fn draft(&self, method: &str, token: &str) -> Draft {
        static MADE: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let id = MADE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": self.jwk });
        let claims = json!({
            "jti": format!("proof-{id}"), "htm": method, "htu": HERE, "iat": NOW, "ath": hash_of(token),
        });
        Draft { header: header.as_object().unwrap().clone(), claims: claims.as_object().unwrap().clone() }
    }

    pub(crate) fn seal(&self, draft: Draft) -> String {
        self.sign(&Value::Object(draft.header).to_string(), &Value::Object(draft.claims).to_string())
    }

    /// Signs texts that need not be what they should be.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// A good proof.
    pub(crate) fn proof(&self, method: &str, token: &str) -> String {
        self.seal(self.draft(method, token))
    }
}
