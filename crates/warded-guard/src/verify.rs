//! Is the token for this server? Brings the keys that it asks for, and lets the core judge.

use std::sync::Arc;

use http::request;
use warded_client::keys::Keys;
use warded_core::{
    Fault, InboundToken, Possession, Refusal, Residue, Server, UnixTime, Verdict, VerifiedToken,
};

use crate::{answer::Stop, intake::Presented, record::Witness};

/// A request whose token was admitted. Only [`verify`] makes one.
pub(crate) struct Verified<B> {
    pub(crate) parts: request::Parts,
    pub(crate) body: B,
    pub(crate) token: Arc<VerifiedToken>,
    pub(crate) residue: Residue,
}

/// Spends the token.
pub(crate) async fn verify<B>(
    presented: Presented<B>,
    server: &Server,
    keys: &Keys,
    now: UnixTime,
    witness: &mut Witness,
) -> Result<Verified<B>, Stop> {
    let Presented { parts, body, token } = presented;
    let (token, residue) = hear(token, server, keys, now, witness).await?;
    Ok(Verified { parts, body, token: Arc::new(token), residue })
}

async fn hear(
    token: InboundToken,
    server: &Server,
    keys: &Keys,
    now: UnixTime,
    witness: &mut Witness,
) -> Result<(VerifiedToken, Residue), Stop> {
    // What is refused whatever keys there are makes nobody fetch any.
    let (ring, certain) = match token.wants(server) {
        Some(wanted) => {
            witness.sees_issuer(&wanted.issuer);
            let ring = keys.ring_for(&wanted).await;
            (ring.keyring, ring.certain)
        }
        None => (keys.ring(), true),
    };
    match token.judge(server, &ring, &Possession::default(), now) {
        Verdict::Admit(token, residue) => Ok((*token, residue)),
        // The key may be a new one that could not be looked up just now: a 401 would send an honest client away to
        // get another token that is signed with the same key.
        Verdict::Refuse(Refusal::KeyUnknown { .. }) if !certain => Err(Fault::KeysMissing.into()),
        Verdict::Refuse(refusal) => Err(refusal.into()),
        Verdict::Unable(fault) => Err(fault.into()),
    }
}
