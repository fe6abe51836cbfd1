//! Is the token for this server? Steps that each leave a proof, and a [`Verified`] holds all of them: leave one out,
//! and it does not compile.

use std::sync::Arc;

use http::request;
use warded_client::keys::Ring;
use warded_core::{
    Fault, InboundToken, Possession, Recall, Refusal, Residue, Route, UnixTime, Verdict, VerifiedToken,
    WantedKey,
};

use crate::{
    answer::Stop,
    guard::Rules,
    intake::Presented,
    introspected,
    record::Witness,
    sender::{self, Claimed},
    standing::{self, StandingSettled},
};

/// A request whose token was admitted. Only [`verify`] makes one.
pub(crate) struct Verified<B> {
    pub(crate) parts: Box<request::Parts>,
    pub(crate) body: B,
    pub(crate) token: Arc<VerifiedToken>,
    pub(crate) residue: Residue,
    pub(crate) claimed: Claimed,
    _standing: StandingSettled,
}

/// Spends the token.
pub(crate) async fn verify<B>(
    presented: Presented<B>,
    rules: &Rules,
    now: UnixTime,
    witness: &mut Witness,
) -> Result<Verified<B>, Stop> {
    let shown = match sender::prove(&presented, rules, now) {
        Ok(shown) => shown,
        Err(stop) => {
            witness.sees_token(&presented.token);
            witness.remembers(rules);
            return Err(stop);
        }
    };
    let Presented { parts, body, token, scheme: _ } = presented;
    let (token, residue) = hear(token, rules, shown.possession(), now, witness).await?;
    let standing = standing::settle(&token, rules, now).await?;
    let claimed = sender::claim(shown, &token)?;
    Ok(Verified { parts, body, token, residue, claimed, _standing: standing })
}

/// Whether the token is for this server: by a verdict that is remembered, or by a new one.
async fn hear(
    token: InboundToken,
    rules: &Rules,
    possession: &Possession,
    now: UnixTime,
    witness: &mut Witness,
) -> Result<(Arc<VerifiedToken>, Residue), Stop> {
    let token = match rules.memory.recall_named(token, &rules.server, possession, now) {
        (Recall::Admit(token, residue), whose) => {
            witness.knows_token(whose);
            return Ok((token, residue));
        }
        (Recall::Judge(token), _) => token,
    };
    witness.sees_token(&token);
    // What few calls need has a place of its own, and takes none in all of them.
    let heard = Box::pin(hear_anew(token, rules, possession, now, witness)).await;
    match &heard {
        Ok(_) => witness.lets_in(rules),
        Err(_) => witness.remembers(rules),
    }
    heard
}

/// By a new verdict.
async fn hear_anew(
    token: InboundToken,
    rules: &Rules,
    possession: &Possession,
    now: UnixTime,
    witness: &mut Witness,
) -> Result<(Arc<VerifiedToken>, Residue), Stop> {
    match token.route(&rules.server) {
        Route::Introspect(_) => introspected::hear(token, rules, possession, now, witness).await,
        Route::Keys(wanted) => {
            witness.sees_issuer(&wanted.issuer);
            let ring = rules.keys.ring_for(&wanted).await;
            judge(token, &wanted, ring, rules, possession, now, witness).await
        }
        // What is refused whatever keys there are makes nobody fetch any.
        Route::Nowhere => match token.judge(&rules.server, &rules.keys.ring(), possession, now) {
            Verdict::Admit(token, residue) => Ok((Arc::from(token), residue)),
            Verdict::Refuse(refusal) => Err(refusal.into()),
            Verdict::Unable(fault) => Err(fault.into()),
        },
    }
}

/// By the issuer's keys.
async fn judge(
    token: InboundToken,
    wanted: &WantedKey,
    ring: Ring,
    rules: &Rules,
    possession: &Possession,
    now: UnixTime,
    witness: &mut Witness,
) -> Result<(Arc<VerifiedToken>, Residue), Stop> {
    let Ring { keyring, doubt, edition, .. } = ring;
    let refusal = match token.judge(&rules.server, &keyring, possession, now) {
        Verdict::Admit(token, residue) => {
            let token = Arc::from(token);
            rules.memory.remember_named(&token, edition, witness.whose(&token));
            return Ok((token, residue));
        }
        Verdict::Refuse(refusal) => refusal,
        Verdict::Unable(fault) => return Err(later(fault, doubt)),
    };
    // The key may be a new one that could not be looked up just now: a 401 would send an honest client away to get
    // another token that is signed with the same key.
    let doubt = match &refusal {
        Refusal::KeyUnknown { .. } => doubt,
        Refusal::SignatureInvalid | Refusal::KeyUnfit { .. } => {
            rules.keys.doubt(wanted, edition.as_ref()).await
        }
        _ => None,
    };
    Err(doubt.map_or(refusal.into(), |seconds| Stop::Later(Fault::KeysMissing, seconds)))
}

/// A fault, and when it may be over, where that is known.
fn later(fault: Fault, seconds: Option<u32>) -> Stop {
    seconds.map_or(fault.into(), |seconds| Stop::Later(fault, seconds))
}
