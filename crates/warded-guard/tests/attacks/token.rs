//! Tokens, good ones and all the others.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::{Map, Value, json};

use crate::{
    core_stage::{Signer, b64, object},
    issuer::algorithm,
    stage::{HERE, Scene, THERE},
};

type KeyName = (&'static str, &'static str);

static SIGNERS: LazyLock<BTreeMap<KeyName, Signer>> = LazyLock::new(|| {
    let all =
        ["issuer", "attacker"].into_iter().flat_map(|owner| ["ed", "ec", "rsa"].map(|name| (owner, name)));
    all.map(|(owner, name)| ((owner, name), Signer::of(owner, name))).collect()
});

/// A signature by a key of the issuer or of the attacker.
pub(crate) fn signature(key: KeyName, message: &str) -> Vec<u8> {
    SIGNERS[&key].sign(message.as_bytes())
}

/// A token of these very bytes.
pub(crate) fn sealed(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>, key: KeyName) -> String {
    let message = format!("{}.{}", b64(header), b64(claims));
    format!("{message}.{}", b64(signature(key, &message)))
}

/// A token that is being made.
#[derive(Clone)]
pub(crate) struct Forge {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    key: KeyName,
}

impl Scene {
    /// A token that opens the server for five minutes.
    pub(crate) fn good(&self) -> Forge {
        self.good_at(self.now())
    }

    /// The same, issued at another time.
    pub(crate) fn good_at(&self, now: i64) -> Forge {
        let header = object(json!({ "alg": "EdDSA", "kid": "ed", "typ": "at+jwt" }));
        let claims = object(json!({
            "iss": self.issuer.url, "sub": "alice", "aud": HERE, "client_id": "agent", "jti": "1",
            "iat": now - 10, "exp": now + 300, "scope": "notes:read",
        }));
        Forge { header, claims, key: ("issuer", "ed") }
    }

    /// A token of the same issuer that opens the neighbour.
    pub(crate) fn theirs(&self) -> Forge {
        self.good().claim("aud", THERE).claim("sub", "bob")
    }
}

impl Forge {
    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn no_claim(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn no_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Signed by another kind of the issuer's keys, and saying so.
    pub(crate) fn with(self, name: &'static str) -> Self {
        Self { key: ("issuer", name), ..self.header("alg", algorithm(name)).header("kid", name) }
    }

    /// Signed by somebody else's key of the same kind, which is not said.
    pub(crate) fn by_attacker(self) -> Self {
        Self { key: ("attacker", self.key.1), ..self }
    }

    pub(crate) fn text(&self) -> String {
        sealed(self.header_text(), self.claims_text(), self.key)
    }

    pub(crate) fn header_text(&self) -> String {
        Value::Object(self.header.clone()).to_string()
    }

    pub(crate) fn claims_text(&self) -> String {
        Value::Object(self.claims.clone()).to_string()
    }

    /// What would be signed.
    pub(crate) fn message(&self) -> String {
        format!("{}.{}", b64(self.header_text()), b64(self.claims_text()))
    }
}
