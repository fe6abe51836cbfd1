//! Is the token for this server? Steps that each leave a proof, and a [`Verified`] holds all of them: leave one out,
//! and it does not compile.

use std::sync::Arc;

use http::request;
use warded_core::{
    Fault, InboundToken, Possession, Refusal, Residue, Route, UnixTime, Verdict, VerifiedToken,
};

use crate::{
    answer::Stop,
    guard::Rules,
    intake::Presented,
    introspected,
    record::Witness,
    sender::{self, SenderSettled},
    standing::{self, StandingSettled},
};

/// A request whose token was admitted. Only [`verify`] makes one.
pub(crate) struct Verified<B> {
    pub(crate) parts: request::Parts,
    pub(crate) body: B,
    pub(crate) token: Arc<VerifiedToken>,
    pub(crate) residue: Residue,
    _sender: SenderSettled,
    _standing: StandingSettled,
}

/// Spends the token.
pub(crate) async fn verify<B>(
    presented: Presented<B>,
    rules: &Rules,
    now: UnixTime,
    witness: &mut Witness,
) -> Result<Verified<B>, Stop> {
    let shown = sender::prove(&presented, rules, now)?;
    let Presented { parts, body, token } = presented;
    let (token, residue) = hear(token, rules, shown.possession(), now, witness).await?;
    let standing = standing::settle(&token, rules, now).await?;
    // Last, since it marks the proof as used: what is refused consumes nothing, and strangers without a good token
    // fill no store.
    let sender = sender::settle(shown, &token, rules, now).await?;
    Ok(Verified { parts, body, token, residue, _sender: sender, _standing: standing })
}

async fn hear(
    token: InboundToken,
    rules: &Rules,
    possession: &Possession,
    now: UnixTime,
    witness: &mut Witness,
) -> Result<(Arc<VerifiedToken>, Residue), Stop> {
    let Rules { server, keys, .. } = rules;
    let (ring, certain) = match token.route(server) {
        Route::Introspect(_) => return introspected::hear(token, rules, possession, now, witness).await,
        Route::Keys(wanted) => {
            witness.sees_issuer(&wanted.issuer);
            let ring = keys.ring_for(&wanted).await;
            (ring.keyring, ring.certain)
        }
        // What is refused whatever keys there are makes nobody fetch any.
        Route::Nowhere => (keys.ring(), true),
    };
    match token.judge(server, &ring, possession, now) {
        Verdict::Admit(token, residue) => Ok((Arc::new(*token), residue)),
        // The key may be a new one that could not be looked up just now: a 401 would send an honest client away to
        // get another token that is signed with the same key.
        Verdict::Refuse(Refusal::KeyUnknown { .. }) if !certain => Err(Fault::KeysMissing.into()),
        Verdict::Refuse(refusal) => Err(refusal.into()),
        Verdict::Unable(fault) => Err(fault.into()),
    }
}
