//! A request to the token endpoint, changed before it is sent.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Holder, changed, claims, scene::Scene};
use crate::stage::encoded;

/// Parameters, in order.
#[derive(Clone, Default)]
pub(super) struct Form(pub(super) Vec<(String, String)>);

impl Form {
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn without(&mut self, name: &str) {
        self.0.retain(|(held, _)| held != name);
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.without(name);
        self.add(name, value);
    }

    pub(super) fn value(&self, name: &str) -> String {
        let found = self.0.iter().find(|(held, _)| held == name);
        found.unwrap_or_else(|| panic!("no {name}")).1.clone()
    }

    pub(super) fn twice(&mut self, name: &str) {
        let value = self.value(name);
        self.add(name, &value);
    }

    pub(super) fn encoded(&self) -> String {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        encoded(&pairs)
    }
}

/// A request to the token endpoint, before it is sent.
pub(super) struct Ask<'s> {
    pub(super) scene: &'s Scene,
    pub(super) form: Form,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) query: String,
    pub(super) kind: &'static str,
}

impl Ask<'_> {
    pub(super) fn header(&mut self, name: &'static str, value: &str) {
        self.fields.push((name, value.to_owned()));
    }

    /// Shows the client's secret, or another, in the header (RFC 6749 §2.3.1).
    pub(super) fn basic(&mut self, id: &str, secret: &str) {
        self.form.without("client_id");
        self.form.without("client_secret");
        let encoded = secret.replace(' ', "+").replace('\'', "%27");
        self.header("authorization", &format!("Basic {}", STANDARD.encode(format!("{id}:{encoded}"))));
    }

    /// Comes from another client, which is itself.
    pub(super) fn is_from_another(&mut self) {
        let (id, secret) = &self.scene.stage.portal;
        self.form.set("client_id", id);
        self.form.set("client_secret", secret);
    }

    /// What a good proof says and its header, changed.
    pub(super) fn proof_by(
        &self,
        holder: &Holder,
        header: &[(&str, Value)],
        said: &[(&str, Value)],
    ) -> String {
        let claims = holder.claims(&self.scene.stage, &self.scene.nonce);
        holder.sign(&changed(holder.header(), header), &changed(claims, said))
    }

    /// Comes with this proof and no other.
    pub(super) fn shows(&mut self, proof: &str) {
        self.fields.retain(|(name, _)| *name != "dpop");
        self.header("dpop", proof);
    }

    pub(super) fn proves(&mut self, header: &[(&str, Value)], said: &[(&str, Value)]) {
        let proof = self.proof_by(&self.scene.holder, header, said);
        self.shows(&proof);
    }

    /// What a good assertion says and its header, changed, and signed by that key.
    pub(super) fn assertion_by(
        &self,
        holder: &Holder,
        header: &[(&str, Value)],
        said: &[(&str, Value)],
    ) -> String {
        let good = self.scene.holder.assertion(&self.scene.stage, "signer", &[]);
        let typ = json!({ "alg": "EdDSA", "typ": "client-authentication+jwt" });
        holder.sign(&changed(typ, header), &changed(claims(&good), said))
    }

    pub(super) fn asserts(&mut self, header: &[(&str, Value)], said: &[(&str, Value)]) {
        let assertion = self.assertion_by(&self.scene.holder, header, said);
        self.form.set("client_assertion", &assertion);
    }
}
