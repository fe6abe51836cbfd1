//! Does the caller hold the token, or has it only seen it? (RFC 9449 §7, RFC 8705 §3)
//!
//! In three steps, because the token and the call stand between them: [`prove`] looks at what the caller shows and at
//! nothing that is stored; [`claim`] asks whether the token is bound at all; [`settle`] uses the proof up, once it is known
//! that the token allows the call: strangers without a good token leave no marks, and a call that its token does not allow leaves
//! its proof as it was. The server's policy comes after it, and is not asked for whoever repeats a request that was caught.

use warded_core::{
    Possession, Refusal, UnixTime, VerifiedToken,
    dpop::{Expected, Proof, ProofFlaw, Proved},
};

use crate::{
    answer::Stop,
    guard::Rules,
    intake::{Presented, Scheme},
};

mod certificate;
mod offer;
mod rules;

pub use certificate::ClientCertificate;
pub(crate) use offer::{Offer, algorithms};
pub use rules::Dpop;
pub(crate) use rules::SenderRules;

/// What the caller showed beside the token, looked at and not yet used. Only [`prove`] makes one.
#[derive(Debug)]
pub(crate) struct Shown {
    possession: Possession,
    proof: Option<Proved>,
}

impl Shown {
    /// What the token's own judgement may count on.
    pub(crate) fn possession(&self) -> &Possession {
        &self.possession
    }
}

/// What belongs to the token and was not used yet. Only [`claim`] makes one.
#[derive(Debug)]
pub(crate) struct Claimed(Option<Proved>);

/// Proof that the caller holds the token as the server demands it, and that this very proof was not used before. Only
/// [`settle`] makes one.
#[derive(Debug)]
pub(crate) struct SenderSettled(());

/// Looks at the proof of a token that came with the scheme `DPoP`, and at the certificate of the connection.
///
/// A `DPoP` header beside a bearer token proves nothing and is not looked at: a bound token that comes as a bearer
/// token must be refused (RFC 9449 §7.2), and an unbound one needs no proof. So the key of a header counts only where
/// the caller said that it would.
pub(crate) fn prove<B>(presented: &Presented<B>, rules: &Rules, now: UnixTime) -> Result<Shown, Stop> {
    let mut possession = Possession::default();
    possession.certificate =
        presented.parts.extensions.get::<ClientCertificate>().map(ClientCertificate::thumbprint);
    let Scheme::Dpop(text) = &presented.scheme else {
        return Ok(Shown { possession, proof: None });
    };
    let proof = Proof::parse(text).map_err(Refusal::Proof)?;
    // A path that is no URL's can have no proof.
    let url = rules.proven(&presented.parts, &proof);
    let url = url.ok_or(Refusal::Proof(ProofFlaw::Claim { claim: "htu" }))?;
    let expected = Expected {
        method: presented.parts.method.as_str(),
        url: &url,
        token: Some(&presented.token),
        nonces: rules.sender.nonces(),
        now,
    };
    let proof = proof.check(&expected).map_err(Refusal::Proof)?;
    possession.key = Some(proof.key());
    Ok(Shown { possession, proof: Some(proof) })
}

/// Whether what was shown says anything about this token. That a bound token came with its key, and with the right one,
/// its judgement has seen.
pub(crate) fn claim(shown: Shown, token: &VerifiedToken) -> Result<Claimed, Stop> {
    // RFC 9449 §7.1: anybody can make a proof with a key of one's own, so beside an unbound token it proves nothing.
    if shown.proof.is_some() && token.claims().binding().is_none_or(|binding| binding.key.is_none()) {
        return Err(Refusal::SenderUnbound.into());
    }
    Ok(Claimed(shown.proof))
}

/// Uses the proof up.
pub(crate) async fn settle(claimed: Claimed, rules: &Rules, now: UnixTime) -> Result<SenderSettled, Stop> {
    let Some(proof) = claimed.0 else {
        return Ok(SenderSettled(()));
    };
    // What came in between took its time, and a mark that nobody keeps any more would be no mark.
    if now >= proof.until() {
        return Err(Refusal::Proof(ProofFlaw::Stale { at: proof.issued() }).into());
    }
    if Box::pin(rules.sender.is_first_use(&proof, now)).await? {
        Ok(SenderSettled(()))
    } else {
        Err(Refusal::Proof(ProofFlaw::Replayed).into())
    }
}
