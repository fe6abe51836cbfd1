//! May this token make this call? Scopes decide; what is missing is told, so that a client can step up.

use std::{fmt, sync::Arc};

use http::request;
use policy::Weighed;
use warded_core::{Residue, UnixTime, VerifiedToken};

use crate::{
    answer::{Asked, Stop},
    call::{Called, Read},
    guard::Rules,
    record::Witness,
    sender::{self, Claimed, SenderSettled},
};

mod needs;
pub(crate) mod policy;
mod readings;
mod rules;
mod sight;
mod template;

pub(crate) use needs::Needs;
pub(crate) use policy::{End, Policing, Reservation};
pub use readings::spellings;
pub use rules::ScopeRules;
pub(crate) use sight::Sight;

/// A call that may be made. Only the guard makes one.
///
/// ```
/// use warded_guard::Permitted;
///
/// fn told(call: &Permitted) -> String {
///     format!("{} {:?} by {:?}", call.parts.method, call.called, call.token.claims().subject())
/// }
/// # let _ = told;
/// ```
#[non_exhaustive]
pub struct Permitted {
    /// Method, target and headers, without any credential.
    pub parts: Box<request::Parts>,
    /// What is asked.
    pub called: Called,
    /// Who asks.
    pub token: Arc<VerifiedToken>,
    /// What is left of the caller's token: whoever sends something on asks it first.
    pub residue: Residue,
    /// What was taken for it, where its policy counts it or had it approved.
    pub(crate) reserved: Option<Reservation>,
    pub(crate) _sender: SenderSettled,
}

/// A call that its token's scopes allow. Only [`permit`] makes one.
pub(crate) struct Allowed {
    parts: Box<request::Parts>,
    called: Called,
    token: Arc<VerifiedToken>,
    residue: Residue,
    claimed: Claimed,
}

/// A call that the server's policy allows. Only [`Allowed::judge`] makes one.
pub(crate) struct Judged {
    allowed: Allowed,
    weighed: Weighed,
}

impl Allowed {
    /// Asks the server's policy. Nothing is used up.
    pub(crate) async fn judge(
        self,
        rules: &Rules,
        asked: &mut Asked,
        witness: &mut Witness,
        now: UnixTime,
    ) -> Result<Judged, Stop> {
        let weighed = policy::weigh(&self, rules, asked, witness, now).await?;
        Ok(Judged { allowed: self, weighed })
    }
}

impl Judged {
    /// Uses up what is good once, and reserves what is counted. Last, since whatever is refused consumes nothing; the proof
    /// first, so that whoever repeats another's request takes nothing from the other's counters.
    pub(crate) async fn settle(
        self,
        rules: &Rules,
        asked: &mut Asked,
        witness: &mut Witness,
        now: UnixTime,
    ) -> Result<Permitted, Stop> {
        let Self { allowed: Allowed { parts, called, token, residue, claimed }, weighed } = self;
        let sender = sender::settle(claimed, rules, now).await?;
        let reserved = weighed.take(&called, rules, asked, witness, now).await?;
        Ok(Permitted { parts, called, token, residue, reserved, _sender: sender })
    }
}

/// Neither the target nor a header is shown: callers write them, and one may write its own token there.
impl fmt::Debug for Permitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Permitted");
        shown.field("called", &self.called).field("token", &self.token).finish_non_exhaustive()
    }
}

/// Judges a call by the scopes of its token.
pub(crate) fn permit(read: Read, needs: &Needs, asked: &mut Asked) -> Result<Allowed, Stop> {
    let Read { parts, called, token, residue, claimed } = read;
    let needed = match &called {
        Called::Post { call, .. } => needs.of_call(call),
        Called::Get | Called::Delete => needs.required().clone(),
    };
    if let Err(refusal) = token.permits(&needed, needs.implies()) {
        // MCP, Scope Challenge Handling: a client that asks for what is missing only would lose what it holds.
        asked.scope = needed.union(token.claims().scopes());
        return Err(refusal.into());
    }
    Ok(Allowed { parts, called, token, residue, claimed })
}
