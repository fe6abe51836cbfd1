//! Whoever holds a key: makes proofs (RFC 9449) and assertions (RFC 7523), good ones and others.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use http::{Request, header};
use serde_json::{Value, json};
use warded_core::{
    Clock as _,
    jose::{Key, base64url},
};

use crate::stage::{Answer, NOTES, Stage, encoded, random};

pub(crate) struct Holder {
    pair: Ed25519KeyPair,
    made: AtomicUsize,
}

impl Holder {
    pub(crate) fn new() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
        Self { pair: Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap(), made: AtomicUsize::new(0) }
    }

    pub(crate) fn jwk(&self) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode(self.pair.public_key()) })
    }

    /// The thumbprint of its key.
    pub(crate) fn jkt(&self) -> String {
        Key::parse(self.jwk().to_string().as_bytes()).unwrap().thumbprint().to_string()
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = base64url::encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": self.jwk() })
    }

    /// What a good proof says at the token endpoint, with this nonce.
    pub(crate) fn claims(&self, stage: &Stage, nonce: &str) -> Value {
        let jti = format!("{}-{}", self.jkt(), self.made.fetch_add(1, Ordering::SeqCst));
        let htu = format!("{}/token", stage.server.issuer().as_str().trim_end_matches('/'));
        json!({ "jti": jti, "htm": "POST", "htu": htu, "iat": stage.clock.now().seconds(), "nonce": nonce })
    }

    pub(crate) fn proof(&self, stage: &Stage, nonce: &str) -> String {
        self.sign(&self.header(), &self.claims(stage, nonce))
    }

    /// An assertion of the client of that id, changed in some members; a `null` takes one out.
    pub(crate) fn assertion(&self, stage: &Stage, client: &str, changes: &[(&str, Value)]) -> String {
        let now = stage.clock.now().seconds();
        let jti = self.made.fetch_add(1, Ordering::SeqCst).to_string();
        let aud = stage.server.issuer().as_str();
        let claims =
            json!({ "iss": client, "sub": client, "aud": aud, "jti": jti, "iat": now, "exp": now + 60 });
        self.sign(&json!({ "alg": "EdDSA", "typ": "client-authentication+jwt" }), &changed(claims, changes))
    }
}

pub(crate) fn changed(mut object: Value, changes: &[(&str, Value)]) -> Value {
    let members = object.as_object_mut().unwrap();
    for (member, value) in changes {
        if value.is_null() {
            members.remove(*member);
        } else {
            members.insert((*member).to_owned(), value.clone());
        }
    }
    object
}

impl Stage {
    /// `POST /token` with these `DPoP` headers.
    pub(crate) async fn token_with(&self, form: &[(&str, &str)], proofs: &[&str]) -> Answer {
        let mut request = Request::post(format!("{}/token", self.base))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for proof in proofs {
            request = request.header("DPoP", *proof);
        }
        self.call(request.body(encoded(form).into()).unwrap()).await
    }

    /// What a client in its own name sends.
    pub(crate) fn in_its_name(&self) -> [(&str, &str); 4] {
        let (id, secret) = &self.robot;
        [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("resource", NOTES),
        ]
    }

    /// The nonce that the issuer demands now.
    pub(crate) async fn nonce(&self) -> String {
        let anybody = Holder::new();
        let bare =
            anybody.sign(&anybody.header(), &changed(anybody.claims(self, ""), &[("nonce", Value::Null)]));
        let answer = self.token_with(&self.in_its_name(), &[&bare]).await;
        assert_eq!(answer.error(), (400, "use_dpop_nonce".into()));
        answer.headers["dpop-nonce"].to_str().unwrap().to_owned()
    }

    /// `POST /token` with a good proof.
    pub(crate) async fn proven(&self, holder: &Holder, form: &[(&str, &str)]) -> Answer {
        let nonce = self.nonce().await;
        self.token_with(form, &[&holder.proof(self, &nonce)]).await
    }
}
