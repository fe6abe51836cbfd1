//! What does the server's policy say of a call? Facts of the request go in, and a verdict on every message comes out.
//!
//! Whoever repeats another's request is refused before, so that nobody else's policy is asked for it. In two steps: [`weigh`]
//! reads and uses nothing up, so that what is denied leaves every counter and approval as it was; [`Weighed::take`] reserves what
//! the call counts for, last of all. A policy may refuse what the guard admitted, and never admits what it refused; what it
//! cannot decide never passes, unless all of it only looks.

use std::sync::Arc;

use warded_core::{Fault, PolicyRule, Refusal, Scopes, UnixTime, VerifiedToken};
use warded_policy::{Amount, Ask, Decision, Denial, Fact, Plan, Policy, Taking, Value, Verdict, Work};
use warded_store::MOST_TAKINGS;

use super::Proven;
use crate::{
    Ledger,
    answer::{Asked, Stop, policy::Said},
    call::{Call, Called},
    guard::Rules,
    ledger::Who,
    log::Lines,
    record::Witness,
};

mod calling_off;
mod facts;
mod fingerprint;
mod held;
mod outline;
mod reached;
mod reserve;
mod round;
mod unjudged;

pub(crate) use calling_off::calls_off;
use facts::Facts;
use held::Waiting;
use reached::Reached;
pub(crate) use reserve::{End, Reservation, Sending};
use round::Turn;
use unjudged::too_much;

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
    /// What is told of our own faults.
    lines: Lines,
}

impl Policing {
    pub(crate) fn by(policy: Arc<Policy>, ledger: Ledger, identifier: &str) -> Self {
        Self { policy, ledger, home: Value::Text(identifier.into()), lines: Lines::default() }
    }

    fn reads(&self, fact: Fact) -> bool {
        self.policy.reads(fact)
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
    /// Takes nothing of what only looks, where that would be too much to be taken at once.
    fn leaves_what_only_looks(&mut self, witness: &mut Witness) {
        if self.takings.len() > MOST_TAKINGS {
            let left: Vec<_> = self.takings.extract_if(.., |(_, taking)| taking.shadow).collect();
            witness.sees_shadowed(left.iter().map(|(_, taking)| unlooked(taking)));
        }
    }

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
    proven: &Proven,
    rules: &Rules,
    asked: &mut Asked,
    witness: &mut Witness,
    now: UnixTime,
) -> Result<Weighed, Stop> {
    let Some(policing) = &rules.policing else { return Ok(Weighed::default()) };
    let Called::Post { message, call } = &proven.called else { return Ok(Weighed::default()) };
    let (claims, issuer) = (proven.token.claims(), proven.token.issuer().as_str());
    let who = Who::of(issuer, claims.subject(), claims.client());
    let reached = reached::of(call, message);
    let Some(first) = reached.first() else { return Ok(Weighed::default()) };
    if reached.len() > MOST_REACHED
        || reached.iter().filter(|one| one.arguments.is_some()).count() > MOST_ARGUED
    {
        if policing.policy.only_looks() {
            witness.sees_shadowed(policing.policy.files().map(|file| undecided(file, 0)));
            return Ok(Weighed { who, ..Weighed::default() });
        }
        return Err(too_much(first.at, "it reaches for too much at once", call, asked));
    }
    // What only servers with a policy need has a place of its own.
    let facts = Facts::of(policing, proven, rules, witness, call);
    let decisions = Box::pin(policing.decide(&reached, &facts, call, asked, now)).await?;
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
    weighed.leaves_what_only_looks(witness);
    if weighed.takings.len() > MOST_TAKINGS {
        return Err(too_much(first.at, "it is counted more often than one call may be", call, asked));
    }
    if !unapproved.is_empty() {
        let by = facts.by();
        weighed.holds = Box::pin(policing.waiting(unapproved, &by, call, asked, now)).await?;
    }
    if !weighed.takings.is_empty() || !weighed.holds.is_empty() {
        weighed.turn = Turn::of(first, call, &facts.by()).await;
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
        call: &Call,
        asked: &mut Asked,
        now: UnixTime,
    ) -> Result<Vec<(&'r Reached<'r>, Decision)>, Stop> {
        let scopes: Vec<&str> = facts.scopes.iter().flat_map(Scopes::iter).collect();
        let spellings: Vec<Vec<&str>> = reached.iter().map(Reached::spellings).collect();
        let mut decisions = Vec::with_capacity(reached.len());
        let mut asking = Vec::new();
        let mut left = Work::default();
        for (at, (one, spellings)) in reached.iter().zip(&spellings).enumerate() {
            if at % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
            let planned = self.policy.plan_within(&facts.call(one, spellings, &scopes, now), &mut left);
            match planned.map_err(|why| self.undecided(why, one.at, call, asked, now))? {
                Plan::Decided(decision) => decisions.push((one, decision)),
                Plan::Asks(ask) => asking.push((one, ask)),
            }
        }
        let is_denied =
            |(_, decision): &(&Reached<'_>, Decision)| matches!(decision.verdict, Verdict::Deny(_));
        if asking.is_empty() || decisions.iter().any(is_denied) {
            return Ok(decisions);
        }
        let counts = self.counts(asking.iter().map(|(_, ask)| ask), now).await?;
        let mut counts = counts.map(Vec::into_iter);
        for (one, ask) in asking {
            let decided = match &mut counts {
                Some(counts) => {
                    let counts: Vec<_> = counts.by_ref().take(ask.counters().len()).collect();
                    ask.decide_within(&counts, &mut left)
                }
                None => ask.decide_unread_within(&mut left),
            };
            decisions.push((one, decided.map_err(|why| self.undecided(why, one.at, call, asked, now))?));
        }
        decisions.sort_by_key(|(one, _)| one.at);
        Ok(decisions)
    }

    /// What all of them wait for, one after the other; none where nobody can say, and all of them only look.
    async fn counts<'a>(
        &self,
        asking: impl Iterator<Item = &'a Ask<'a>> + Clone,
        now: UnixTime,
    ) -> Result<Option<Vec<Amount>>, Stop> {
        let counters: Vec<_> = asking.clone().flat_map(Ask::counters).map(reserve::counter).collect();
        let mut counts = Vec::with_capacity(counters.len());
        for counters in counters.chunks(MOST_TAKINGS) {
            match self.ledger.counters.counts(counters, now).await {
                Ok(more) => counts.extend(more.into_iter().map(Amount::from_millionths)),
                Err(why) if asking.clone().any(Ask::is_needed) => return Err(self.uncounted(&why, now)),
                Err(why) => {
                    self.unlooked(&why, now);
                    return Ok(None);
                }
            }
        }
        Ok(Some(counts))
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

/// What only looks, stands in this file and on this line, and could not tell.
fn undecided(file: &Arc<str>, line: u32) -> PolicyRule {
    PolicyRule { name: "(undecided)".into(), file: Arc::clone(file), line }
}

/// What is noted of a rule that only looks, and could not count.
fn unlooked(taking: &Taking) -> PolicyRule {
    undecided(&taking.exceeded.file, taking.exceeded.line)
}

/// Which rule it was. What it says is for the caller alone.
pub(super) fn rule(denial: &Denial) -> PolicyRule {
    PolicyRule { name: Arc::clone(&denial.rule), file: Arc::clone(&denial.file), line: denial.line }
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
