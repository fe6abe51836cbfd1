//! What does the server's policy say of a call? Facts of the request go in, and a verdict on every message comes out.
//!
//! In two steps, because the caller's proof stands between them: [`weigh`] reads and uses nothing up, so that what is denied
//! leaves every counter and approval as it was; [`Weighed::take`] reserves what the call counts for, last of all. A policy may
//! refuse what the guard admitted, and never admits what it refused; what it cannot decide is a fault and never a pass.

use std::sync::Arc;

use warded_core::{Fault, PolicyRule, Refusal, UnixTime, VerifiedToken};
use warded_policy::{Decision, Denial, Plan, Policy, Taking, Value, Verdict, Work};
use warded_store::StoreFailed;

use super::Allowed;
use crate::{
    Ledger,
    answer::{Asked, Stop, policy::Said},
    call::{Call, Called},
    guard::Rules,
    ledger::Who,
    record::Witness,
};

mod facts;
mod fingerprint;
mod held;
mod outline;
mod reached;
mod reserve;
mod round;

use facts::Facts;
use held::Waiting;
use reached::Reached;
pub(crate) use reserve::{End, Reservation, Sending};
use round::Turn;

/// Most that one request may reach for: each of it is judged on its own, and whoever asks for a thousand things at once must not
/// take a thousand times the work of a call.
const MOST_REACHED: usize = 1024;
/// How many of them may come with arguments, which are read for each: a request must not take a thousand times the work of a call.
const MOST_ARGUED: usize = 64;
/// After so many, others have their turn.
const TURN: usize = 16;

/// What a guard asks about calls.
#[derive(Debug)]
pub(crate) struct Policing {
    policy: Arc<Policy>,
    ledger: Ledger,
    /// The server's canonical identifier: what a token's audience comes to that was admitted for it.
    home: Value,
    reads_claims: bool,
}

impl Policing {
    pub(crate) fn by(policy: Arc<Policy>, ledger: Ledger, identifier: &str) -> Self {
        let reads_claims = policy.reads_claims();
        Self { policy, ledger, home: Value::Text(identifier.into()), reads_claims }
    }

    /// The policy, where it keeps anything out of lists.
    pub(crate) fn hiding(&self) -> Option<&Arc<Policy>> {
        Some(&self.policy).filter(|policy| policy.hides_some())
    }
}

/// What is to be done before a call is made that its policy allows. Only [`weigh`] makes one.
#[derive(Debug, Default)]
pub(crate) struct Weighed {
    /// What each message counts for, by the place of the message.
    takings: Vec<(usize, Taking)>,
    /// What waits for somebody to approve it.
    holds: Vec<Waiting>,
    who: Who,
    /// In which round of it that is, where it may have several.
    turn: Option<Turn>,
}

impl Weighed {
    /// Does what is to be done, where there is anything: what the call counts for is reserved from here on.
    pub(crate) async fn take(
        self,
        called: &Called,
        rules: &Rules,
        asked: &mut Asked,
        witness: &mut Witness,
        now: UnixTime,
    ) -> Result<Option<Reservation>, Stop> {
        if self.takings.is_empty() && self.holds.is_empty() {
            return Ok(None);
        }
        let (Some(policing), Called::Post { call, .. }) = (&rules.policing, called) else { return Ok(None) };
        Box::pin(policing.take(self, call, asked, witness, now)).await.map(Some)
    }
}

/// Judges a call by the server's policy, where it has one.
pub(crate) async fn weigh(
    allowed: &Allowed,
    rules: &Rules,
    asked: &mut Asked,
    witness: &mut Witness,
    now: UnixTime,
) -> Result<Weighed, Stop> {
    let Some(policing) = &rules.policing else { return Ok(Weighed::default()) };
    let Called::Post { message, call } = &allowed.called else { return Ok(Weighed::default()) };
    let (claims, issuer) = (allowed.token.claims(), allowed.token.issuer().as_str());
    let who = Who::of(issuer, claims.subject(), claims.client());
    if call.messages().iter().any(|sent| sent.method() == Some("notifications/cancelled")) {
        policing.ledger.called_off.again(who);
    }
    let reached = reached::of(call, message);
    if reached.is_empty() {
        return Ok(Weighed::default());
    }
    if reached.len() > MOST_REACHED
        || reached.iter().filter(|one| one.arguments.is_some()).count() > MOST_ARGUED
    {
        tracing::warn!(request = %asked.request, "a request reaches for more than {MOST_REACHED} things that a policy has rules about, or for more than {MOST_ARGUED} with arguments");
        return Err(Fault::PolicyUnavailable.into());
    }
    // What only servers with a policy need has a place of its own.
    let facts = Facts::of(policing, allowed, rules, witness, call);
    let decisions = Box::pin(policing.decide(&reached, &facts, now)).await?;
    let mut weighed = Weighed { who, ..Weighed::default() };
    let mut denied: Vec<(usize, Denial)> = Vec::new();
    let mut unapproved = Vec::new();
    for (one, Decision { verdict, shadowed }) in decisions {
        witness.sees_shadowed(shadowed.iter().map(rule));
        let at = one.at;
        let takings = match verdict {
            Verdict::Allow(takings) => takings,
            Verdict::Hold(hold, takings) => {
                unapproved.push((one, hold));
                takings
            }
            Verdict::Deny(denial) => {
                if denied.last().is_none_or(|(before, _)| *before != at) {
                    denied.push((at, denial));
                }
                continue;
            }
        };
        weighed.takings.extend(takings.into_iter().map(|taking| (at, taking)));
    }
    if !denied.is_empty() {
        return Err(refused(denied, call, asked));
    }
    if !unapproved.is_empty() {
        weighed.holds = Box::pin(policing.waiting(unapproved, &facts.by(), call, asked)).await?;
    }
    if let Some(one) = reached.first()
        && (!weighed.takings.is_empty() || !weighed.holds.is_empty())
    {
        weighed.turn = Turn::of(one, call, &facts.by());
    }
    Ok(weighed)
}

impl Policing {
    /// The decision on everything that is reached for. Counters are read at once for all, and
    /// only where nothing else has denied the call.
    async fn decide<'r>(
        &self,
        reached: &'r [Reached<'r>],
        facts: &Facts<'_>,
        now: UnixTime,
    ) -> Result<Vec<(&'r Reached<'r>, Decision)>, Stop> {
        let scopes: Vec<&str> = facts.scopes.iter().collect();
        let spellings: Vec<Vec<&str>> = reached.iter().map(Reached::spellings).collect();
        let mut decisions = Vec::with_capacity(reached.len());
        let mut asking = Vec::new();
        let mut left = Work::default();
        for (at, (one, spellings)) in reached.iter().zip(&spellings).enumerate() {
            if at % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
            let call = facts.call(one, spellings, &scopes, now);
            match self.policy.plan_within(&call, &mut left).map_err(undecided)? {
                Plan::Decided(decision) => decisions.push((one, decision)),
                Plan::Asks(ask) => asking.push((one, ask)),
            }
        }
        let is_denied =
            |(_, decision): &(&Reached<'_>, Decision)| matches!(decision.verdict, Verdict::Deny(_));
        if asking.is_empty() || decisions.iter().any(is_denied) {
            return Ok(decisions);
        }
        let counters: Vec<_> =
            asking.iter().flat_map(|(_, ask)| ask.counters()).map(reserve::counter).collect();
        let counts = self.ledger.counters.counts(&counters, now).await.map_err(|why| uncounted(&why))?;
        let mut counts = counts.into_iter().map(warded_policy::Amount::from_millionths);
        for (one, ask) in asking {
            let values: Vec<_> = counts.by_ref().take(ask.counters().len()).collect();
            decisions.push((one, ask.decide_within(&values, &mut left).map_err(undecided)?));
        }
        decisions.sort_by_key(|(one, _)| one.at);
        Ok(decisions)
    }
}

/// The refusal of a call of which these messages were denied, and its answer.
fn refused(denied: Vec<(usize, Denial)>, call: &Call, asked: &mut Asked) -> Stop {
    let first = denied.first().map(|(_, denial)| rule(denial));
    let said = denied.into_iter().map(|(at, denial)| (at, Said::Denied(denial.message))).collect::<Vec<_>>();
    asked.says(call, &said);
    let Some(rule) = first else { return Fault::PolicyUnavailable.into() };
    let is_hidden = &*rule.name == "(hidden)";
    if is_hidden { Refusal::PolicyHidden { rule } } else { Refusal::PolicyDenied { rule } }.into()
}

/// Which rule it was. What it says is for the caller alone.
pub(super) fn rule(denial: &Denial) -> PolicyRule {
    PolicyRule { name: Arc::clone(&denial.rule), file: Arc::clone(&denial.file), line: denial.line }
}

fn undecided(why: warded_policy::Undecided) -> Stop {
    tracing::warn!(request = %crate::request::current(), "the policy did not decide: {why}");
    Fault::PolicyUnavailable.into()
}

fn uncounted(why: &StoreFailed) -> Stop {
    tracing::warn!(request = %crate::request::current(), "a call that is counted was not made: {why}");
    Fault::StoreUnavailable.into()
}

/// The audience of a token, as rules compare it: the canonical identifier of the server that it was admitted for, however it
/// was written there; and what the token says where that is all that is known, since a permissive server waived the rest.
fn audience(token: &VerifiedToken) -> Option<Value> {
    token.claims().all().get("aud").and_then(|said| Value::from_json(&said.to_string()))
}

/// Whether a permissive server let a token pass that is not known to be for it.
fn is_waived(token: &VerifiedToken) -> bool {
    let is_about_audience = |refusal: &Refusal| {
        matches!(
            refusal,
            Refusal::AudienceMissing
                | Refusal::AudienceMalformed
                | Refusal::AudienceUnknown { .. }
                | Refusal::AudienceElsewhere { .. }
                | Refusal::AudienceShared { .. }
        )
    };
    token.waived().iter().any(is_about_audience)
}
