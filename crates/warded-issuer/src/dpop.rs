//! Which key does whoever asks for a token hold? (RFC 9449 §5, §8, §10)
//!
//! The core judges the proof, as it does for guards. Here is what a token endpoint adds: nonces always, since a proof
//! that was made ahead by whoever had the key for a moment must end; and what a grant that is bound demands, so that
//! nobody gets a bearer token for it.

use aws_lc_rs::rand::SecureRandom;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use warded_core::{
    Issuer, ResourceUri, UnixTime,
    dpop::{Expected, Nonces, Proof, ProofFlaw, Proved},
    jose::Thumbprint,
};
use warded_store::Store;
use zeroize::Zeroizing;

use crate::{Dpop, OpenFailed, form::Form, metadata::endpoint, refused::Refused};

/// RFC 9449 §4.1
pub(crate) const PROOF: HeaderName = HeaderName::from_static("dpop");
/// RFC 9449 §8.1
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Judges the proofs that are shown at one token endpoint.
#[derive(Debug)]
pub(crate) struct Proofs {
    policy: Dpop,
    here: ResourceUri,
    nonces: Nonces,
}

/// What is demanded besides what the policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Nothing.
    No,
    /// Some key, where keys are proved at all: the client has said that it always proves one (RFC 9449 §5.2).
    ByItsWord,
    /// Some key: what came of the grant so far is bound, and its client proves in another way who it is (RFC 9449 §5).
    ToSome,
    /// This key.
    To(Thumbprint),
}

/// Whoever asks, by its key. Only [`Proofs::sender`] makes one.
#[derive(Debug)]
pub(crate) struct Sender(Option<Proved>);

impl Sender {
    /// The key that tokens are bound to; none where they are bearer tokens.
    pub(crate) fn key(&self) -> Option<Thumbprint> {
        self.0.as_ref().map(Proved::key)
    }

    /// What it proved the key with.
    pub(crate) fn proof(&self) -> Option<&Proved> {
        self.0.as_ref()
    }
}

impl Proofs {
    /// Nonces are good on every node that has the store.
    pub(crate) async fn open(
        policy: Dpop,
        issuer: &Issuer,
        store: &dyn Store,
        random: &dyn SecureRandom,
    ) -> Result<Self, OpenFailed> {
        const NAME: &str = "dpop-nonces";
        let mut fresh = Zeroizing::new([0; 32]);
        random.fill(&mut *fresh).map_err(|_| OpenFailed::Randomness)?;
        let held = store.secret(NAME, &*fresh).await.map_err(OpenFailed::Store)?;
        let key = <&[u8; 32]>::try_from(held.as_slice());
        let key = key.map_err(|_| OpenFailed::Key { name: NAME.to_owned() })?;
        let here = endpoint(issuer, "token");
        let here = ResourceUri::parse(&here).map_err(|_| OpenFailed::Identifier(here))?;
        Ok(Self { policy, nonces: Nonces::new(key, &here), here })
    }

    /// Looks at the proof, and at whether there has to be one. It is not used up.
    pub(crate) fn sender(&self, headers: &HeaderMap, bound: Bound, now: UnixTime) -> Result<Sender, Refused> {
        if self.policy == Dpop::Off && matches!(bound, Bound::No | Bound::ByItsWord) {
            return Ok(Sender(None));
        }
        let flawed = |flaw: ProofFlaw| Refused::Proof(flaw.entry());
        let mut fields = headers.get_all(PROOF).iter();
        let Some(field) = fields.next() else {
            // No way back to bearer tokens: a thief of a bound refresh token would take it.
            let is_free = bound == Bound::No && self.policy != Dpop::Required;
            return if is_free { Ok(Sender(None)) } else { Err(Refused::ProofRequired) };
        };
        if fields.next().is_some() {
            return Err(flawed(ProofFlaw::Twice));
        }
        let text = field.to_str().map_err(|_| flawed(ProofFlaw::Malformed))?;
        let nonces = Some(&self.nonces);
        let expected = Expected { method: "POST", url: &self.here, token: None, nonces, now };
        let proved = Proof::parse(text).and_then(|proof| proof.check(&expected)).map_err(flawed)?;
        match bound {
            Bound::To(key) if proved.key() != key => Err(Refused::KeyDiffers),
            _ => Ok(Sender(Some(proved))),
        }
    }

    /// RFC 9449 §8.2: whoever sends proofs learns with every answer which nonce to use next. Also where the policy is off:
    /// what was bound before is refreshed with its key.
    pub(crate) fn renew(&self, response: &mut Response, now: UnixTime) {
        if let Ok(nonce) = HeaderValue::try_from(self.nonces.current(now)) {
            response.headers_mut().insert(NONCE, nonce);
        }
    }

    /// The key that whoever redeems the code has to prove (RFC 9449 §10). Read where proofs are looked at.
    pub(crate) fn announced(&self, form: &Form) -> Result<Option<Thumbprint>, Refused> {
        let announced = form.get("dpop_jkt").filter(|_| self.policy != Dpop::Off);
        announced.map(|text| Thumbprint::parse(text).ok_or(Refused::KeyMalformed)).transpose()
    }
}

/// Whether a refusal is about the proof alone, and would be none with another nonce.
pub(crate) fn wants_nonce(refused: Refused) -> bool {
    let unfit = [ProofFlaw::NonceMissing, ProofFlaw::NonceUnknown];
    matches!(refused, Refused::Proof(entry) if unfit.iter().any(|flaw| flaw.entry() == entry))
}
