//! Proofs of possession, looked at as our own servers look at them (RFC 9449 §4.3).

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use warded_core::{
    InboundToken, ResourceUri, UnixTime,
    dpop::{Expected, Proof},
    jose::base64url,
};

use super::Seen;

/// The proofs that were seen, each of which may be used once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seals(Arc<Mutex<HashSet<[u8; 32]>>>);

impl Seals {
    /// The thumbprint of the key that a request proves to hold; none where it proves nothing.
    pub(crate) fn key(
        &self,
        seen: &Seen,
        url: &str,
        token: Option<&str>,
        now: UnixTime,
    ) -> Result<Option<String>, String> {
        let mut proofs = seen.headers.get_all("dpop").iter();
        let (Some(proof), None) = (proofs.next(), proofs.next()) else {
            return if seen.headers.contains_key("dpop") { Err("two proofs".to_owned()) } else { Ok(None) };
        };
        let url = ResourceUri::parse(url).unwrap();
        let token = token.map(|token| InboundToken::new(token.to_owned()));
        let expected = Expected { method: &seen.method, url: &url, token: token.as_ref(), nonces: None, now };
        let proof = Proof::parse(proof.to_str().unwrap()).map_err(|flaw| format!("{flaw:?}"))?;
        let proved = proof.check(&expected).map_err(|flaw| format!("{flaw:?}"))?;
        if self.0.lock().unwrap().insert(*proved.mark()) {
            Ok(Some(proved.key().to_string()))
        } else {
            Err("a proof that was used before".to_owned())
        }
    }
}

/// A claim of the proof that came with a request.
pub(crate) fn claim(seen: &Seen, name: &str) -> Option<String> {
    let proof = seen.header("dpop")?;
    let claims = base64url::decode(proof.split('.').nth(1)?)?;
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims.get(name)?.as_str().map(str::to_owned)
}
