//! May this token make this call? Scopes decide; what is missing is told, so that a client can step up.

use std::{fmt, sync::Arc};

use http::request;
use warded_core::{Residue, UnixTime, VerifiedToken};

use crate::{
    answer::{Asked, Stop},
    call::{Called, Read},
    guard::Rules,
    sender::{self, Claimed, SenderSettled},
};

mod needs;
mod pattern;
mod readings;
mod rules;
mod sight;
mod template;

pub(crate) use needs::Needs;
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

impl Allowed {
    /// Uses up what is good once. Last, since whatever is refused consumes nothing.
    pub(crate) async fn settle(self, rules: &Rules, now: UnixTime) -> Result<Permitted, Stop> {
        let Self { parts, called, token, residue, claimed } = self;
        let sender = sender::settle(claimed, rules, now).await?;
        Ok(Permitted { parts, called, token, residue, _sender: sender })
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
