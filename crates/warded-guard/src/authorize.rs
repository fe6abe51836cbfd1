//! May this token make this call? Scopes decide; what is missing is told, so that a client can step up.

use std::{fmt, sync::Arc};

use http::request;
use policy::Weighed;
use warded_core::{Residue, UnixTime, VerifiedToken};

use crate::{
    answer::{Asked, Stop},
    call::{Called, Read},
    guard::Rules,
    ledger::CallingOff,
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
pub(crate) use policy::{End, Policing, Reservation, Sending};
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
    /// Who hears that it is sent on, where something was taken for it.
    pub(crate) sending: Option<Sending>,
    /// What it calls off, until it was answered.
    pub(crate) calling_off: Option<CallingOff>,
    pub(crate) _sender: SenderSettled,
}

impl Permitted {
    /// Takes over to say when it is sent on, for whoever has to wait for something before: a connection, a credential. Whoever does
    /// not ask has sent it as soon as it has it.
    ///
    /// ```
    /// use http::Response;
    /// use warded_guard::{Body, Permitted, Stop};
    ///
    /// async fn carry(mut call: Permitted) -> Result<Response<Body>, Stop> {
    ///     let unsent = call.unsent();
    ///     // Whoever hangs up here has made no call: what was counted for it is given back.
    ///     tokio::task::yield_now().await;
    ///     unsent.is_sent();
    ///     Ok(Response::new(Body::default()))
    /// }
    /// # let _ = carry;
    /// ```
    pub fn unsent(&mut self) -> Unsent {
        let unsent = Unsent(self.sending.take().unwrap_or_default());
        unsent.is_unsent();
        unsent
    }
}

/// A call that was permitted and is not sent on yet. What was taken for it is given back where it never is; for the default one
/// nothing was.
///
/// ```
/// fn sends(unsent: &warded_guard::Unsent) {
///     unsent.is_sent();
/// }
/// # let _ = sends;
/// ```
#[derive(Debug, Default)]
#[must_use = "a call that is not said to be sent is not counted"]
pub struct Unsent(Sending);

impl Unsent {
    /// From here on it may have been made.
    ///
    /// ```
    /// fn sends(unsent: &warded_guard::Unsent) {
    ///     unsent.is_sent();
    /// }
    /// # let _ = sends;
    /// ```
    pub fn is_sent(&self) {
        self.0.says(true);
    }

    /// Not one byte of it has left, whatever was said before: it may be sent once more.
    ///
    /// ```
    /// fn tries_again(unsent: &warded_guard::Unsent) {
    ///     unsent.is_sent();
    ///     // The connection had ended while nobody looked.
    ///     unsent.is_unsent();
    /// }
    /// # let _ = tries_again;
    /// ```
    pub fn is_unsent(&self) {
        self.0.says(false);
    }

    /// What was said of it last.
    ///
    /// ```
    /// let unsent = warded_guard::Unsent::default();
    /// assert!(!unsent.was_sent());
    /// unsent.is_sent();
    /// assert!(unsent.was_sent());
    /// ```
    pub fn was_sent(&self) -> bool {
        self.0.is_sent()
    }
}

/// A call that its token's scopes allow. Only [`permit`] makes one.
pub(crate) struct Allowed {
    parts: Box<request::Parts>,
    called: Called,
    token: Arc<VerifiedToken>,
    residue: Residue,
    claimed: Claimed,
}

/// A call whose caller has shown that it holds the token. Only [`Allowed::prove`] makes one.
pub(crate) struct Proven {
    parts: Box<request::Parts>,
    called: Called,
    token: Arc<VerifiedToken>,
    residue: Residue,
    sender: SenderSettled,
}

/// A call that the server's policy allows. Only [`Proven::judge`] makes one.
pub(crate) struct Judged {
    proven: Proven,
    weighed: Weighed,
    calling_off: Option<CallingOff>,
}

impl Allowed {
    /// Uses up the caller's proof. Before the policy, so that whoever repeats another's request makes nobody judge it, and takes
    /// nothing from the other's counters and approvals.
    pub(crate) async fn prove(self, rules: &Rules, now: UnixTime) -> Result<Proven, Stop> {
        let Self { parts, called, token, residue, claimed } = self;
        let sender = sender::settle(claimed, rules, now).await?;
        Ok(Proven { parts, called, token, residue, sender })
    }
}

impl Proven {
    /// Asks the server's policy. Nothing of what it counts or holds is used up.
    pub(crate) async fn judge(
        self,
        rules: &Rules,
        asked: &mut Asked,
        witness: &mut Witness,
        now: UnixTime,
    ) -> Result<Judged, Stop> {
        let calling_off = policy::calls_off(&self, rules);
        let weighed = policy::weigh(&self, rules, asked, witness, now).await?;
        Ok(Judged { proven: self, weighed, calling_off })
    }
}

impl Judged {
    /// Uses up what is approved, and reserves what is counted. Last, since whatever is refused consumes nothing.
    pub(crate) async fn take(
        self,
        rules: &Rules,
        asked: &mut Asked,
        witness: &mut Witness,
        now: UnixTime,
    ) -> Result<Permitted, Stop> {
        let Self { proven: Proven { parts, called, token, residue, sender }, weighed, calling_off } = self;
        let reserved = weighed.take(&called, rules, asked, witness, now).await?;
        Ok(Permitted { parts, called, token, residue, reserved, sending: None, calling_off, _sender: sender })
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
