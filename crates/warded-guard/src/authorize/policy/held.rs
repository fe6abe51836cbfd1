//! Was it approved? A call that a rule holds waits in the store under its fingerprint; the very same call, made again once somebody
//! has approved it, goes through once.

use std::{collections::HashMap, sync::Arc};

use tokio::{runtime::Handle, sync::oneshot};
use warded_core::{Fault, Refusal, Unheld, UnixTime};
use warded_policy::{Hold, Taking};
use warded_store::{Approval, ApprovalId, Approvals, HeldCall, Holding, Meant, Ruling, Use};

use super::{
    Policing, Weighed,
    fingerprint::{self, By},
    outline::{NoOutline, Outline, Outlines},
    reached::Reached,
    reserve::{End, Reservation},
    round::Round,
    rule,
};
use crate::{
    answer::{Asked, Stop, policy::Said},
    call::Call,
    ledger::Thing,
    record::Witness,
};

/// No more is kept of what a call is for; it stands among the parameters, too.
const MOST_NAMED: usize = 1024;

/// A call that a rule holds.
#[derive(Debug)]
pub(crate) struct Waiting {
    at: usize,
    hold: Hold,
    call: HeldCall,
    /// What it is in all rounds of a call.
    thing: Thing,
}

impl Waiting {
    fn of(
        id: ApprovalId,
        one: &Reached<'_>,
        hold: Hold,
        by: &By<'_>,
        outline: &Outline,
    ) -> Result<Self, Stop> {
        let fingerprint = fingerprint::of(one, outline, &hold.hash, by).ok_or(Fault::PolicyUnavailable)?;
        let thing = fingerprint::of_thing(one, &hold.hash, by).ok_or(Fault::PolicyUnavailable)?;
        let name = one.what.name();
        let call = HeldCall {
            id,
            fingerprint,
            server: by.server.into(),
            target: name.get(..name.floor_char_boundary(MOST_NAMED)).unwrap_or_default().into(),
            parameters: outline.kept.clone(),
            rule: (*hold.denial.rule).into(),
            issuer: by.issuer.into(),
            subject: by.subject.unwrap_or_default().into(),
            client: by.client.unwrap_or_default().into(),
            lasts: u32::try_from(hold.timeout.as_secs()).unwrap_or(u32::MAX),
        };
        Ok(Self { at: one.at, hold, call, thing })
    }

    /// What is said of a call that waits, or may not be made.
    fn said(&self, approval: &Approval) -> (Refusal, Said) {
        let rule = rule(&self.hold.denial);
        if approval.ruling == Ruling::Denied {
            let message = format!("Approval was denied: {}", self.hold.denial.message);
            return (Refusal::PolicyDenied { rule }, Said::Denied(message.into()));
        }
        let id: Box<str> = approval.call.id.as_str().into();
        let message = self.hold.denial.message.clone();
        let said = Said::Held { message, approval: id.clone(), expires: approval.expires };
        (Refusal::PolicyHeld { rule, approval: id }, said)
    }

    /// Too many of one caller wait.
    fn crowded(&self) -> (Refusal, Said) {
        let message = "Too many of your calls wait for approval already".into();
        (Refusal::PolicyDenied { rule: rule(&self.hold.denial) }, Said::Denied(message))
    }
}

/// What is said of a call that needs approval and cannot wait for it.
fn unheld(why: Unheld, hold: &Hold) -> (Refusal, Said) {
    (Refusal::PolicyUnheld { rule: rule(&hold.denial), why }, Said::Denied(why.entry().public.into()))
}

/// What is said of a call of which nobody could be shown what it is.
fn unseen(why: NoOutline, hold: &Hold) -> (Refusal, Said) {
    match why {
        NoOutline::TooLarge => unheld(Unheld::TooLarge, hold),
        // What is read as a message can be spelled out; if some of it could not, it would not pass for that.
        NoOutline::Unread => {
            (Refusal::PolicyUndecidable { why: "nobody could approve it alone" }, Said::Undecidable)
        }
    }
}

impl Policing {
    /// What is to wait of a call; or why some of it cannot.
    pub(super) async fn waiting(
        &self,
        held: Vec<(&Reached<'_>, Hold)>,
        by: &By<'_>,
        call: &Call,
        asked: &mut Asked,
        now: UnixTime,
    ) -> Result<Vec<Waiting>, Stop> {
        let (mut waiting, mut denied) = (Vec::with_capacity(held.len()), Vec::new());
        let (mut outlines, mut known) = (Outlines::default(), HashMap::new());
        for (one, hold) in held {
            // A token must not lie in the store; and without it nobody sees what would be approved.
            if call.mentions_token() {
                denied.push((one.at, unheld(Unheld::TokenInside, &hold)));
                continue;
            }
            if outlines.is_next(one) {
                // One takes some milliseconds, and there may be many.
                tokio::task::yield_now().await;
            }
            let outline = match outlines.of(one) {
                Ok(outline) => outline,
                Err(why) => {
                    denied.push((one.at, unseen(why, &hold)));
                    continue;
                }
            };
            let held = Waiting::of(self.name(now)?, one, hold, by, outline)?;
            match known.insert(held.call.fingerprint, one.at) {
                None => waiting.push(held),
                // The same thing twice in one message is one call.
                Some(before) if before == one.at => {}
                Some(_) => denied.push((one.at, unheld(Unheld::Twice, &held.hold))),
            }
        }
        waits(denied, call, asked)?;
        Ok(waiting)
    }

    fn name(&self, now: UnixTime) -> Result<ApprovalId, Stop> {
        ApprovalId::new(&*self.ledger.random).map_err(|why| self.uncounted(&why, now))
    }

    /// Does what is to be done before a call is made: looks whether it was approved, reserves what it counts for, and uses the
    /// approval up, in this order, so that what is refused uses up nothing. What was done in an earlier round of it is not done again.
    pub(super) async fn take(
        &self,
        weighed: Weighed,
        call: &Call,
        asked: &mut Asked,
        witness: &mut Witness,
        now: UnixTime,
    ) -> Result<Reservation, Stop> {
        let Weighed { takings, holds, who, turn } = weighed;
        let mut round = turn.map(|turn| Round::of(&turn, &self.ledger.rounds, now));
        let mut approved = Vec::new();
        let mut waiting = Vec::new();
        for held in &holds {
            if let Some(id) = round.as_ref().and_then(|round| round.approval(&held.thing)) {
                match self.used_before(id, now).await? {
                    Some(approval) if approval.ruling == Ruling::Used => continue,
                    Some(denied) if denied.ruling == Ruling::Denied => {
                        waiting.push((held.at, held.said(&denied)));
                        continue;
                    }
                    // Where it has lapsed nobody can deny it any more, nor tell whether somebody had: the call waits anew.
                    _ => {}
                }
            }
            match self.hold(held.call.clone(), now).await? {
                Holding::Crowded => {
                    // The others would find no room either, and each of them would ask the store.
                    waiting.push((held.at, held.crowded()));
                    break;
                }
                Holding::Held(approval) if approval.ruling == Ruling::Approved => {
                    approved.push((held, approval.call.id.clone()));
                }
                Holding::Held(approval) => waiting.push((held.at, held.said(&approval))),
            }
        }
        waits(waiting, call, asked)?;
        let messages = takings.iter().map(|(at, _)| *at).chain(holds.iter().map(|held| held.at));
        let mut reservation = Reservation::of(&self.ledger, who, call, messages);
        let is_new = |(_, taking): &(usize, Taking)| {
            round.as_ref().is_none_or(|round| !round.has_counted(taking, now))
        };
        let takings: Vec<_> = takings.into_iter().filter(is_new).collect();
        self.reserve(&takings, &mut reservation, call, asked, witness, now).await?;
        for (held, id) in approved {
            if let Some(used) = self.used(&id, now).await? {
                reservation.uses(used);
                if let Some(round) = &mut round {
                    round.uses(held.thing, id);
                }
                continue;
            }
            // Somebody else was faster, or it has lapsed: the call waits anew.
            reservation.settled(End::RolledBack).await;
            let again = HeldCall { id: self.name(now)?, ..held.call.clone() };
            let said = match self.hold(again, now).await? {
                Holding::Crowded => held.crowded(),
                Holding::Held(approval) => held.said(&approval),
            };
            waits(vec![(held.at, said)], call, asked)?;
            return Err(Fault::PolicyUnavailable.into());
        }
        if let Some(mut round) = round {
            round.counts(&takings, now);
            reservation.is_round(round);
        }
        Ok(reservation)
    }

    /// The approval that an earlier round of a call has used, and what has been said of it since; none where it has lapsed.
    async fn used_before(&self, id: &ApprovalId, now: UnixTime) -> Result<Option<Box<Approval>>, Stop> {
        let found = self.ledger.approvals.find_approval(id.as_str(), now).await;
        Ok(match found.map_err(|why| self.uncounted(&why, now))? {
            Meant::One(approval) => Some(approval),
            Meant::None | Meant::Several => None,
        })
    }

    async fn hold(&self, call: HeldCall, now: UnixTime) -> Result<Holding, Stop> {
        self.ledger.approvals.hold_call(call, now).await.map_err(|why| self.uncounted(&why, now))
    }

    /// Uses an approval up. Whoever hangs up meanwhile has made no call, and it is restored.
    async fn used(&self, id: &ApprovalId, now: UnixTime) -> Result<Option<Use>, Stop> {
        let (done, told) = oneshot::channel();
        let (approvals, id) = (Arc::clone(&self.ledger.approvals), id.clone());
        tokio::spawn(async move {
            let used = approvals.use_approval(&id, now).await;
            let _unheard = done.send(used.map(|used| Unheard { approvals, used }));
        });
        let heard = told.await.map_err(|_| Stop::from(Fault::StoreUnavailable))?;
        let mut unheard = heard.map_err(|why| self.uncounted(&why, now))?;
        Ok(unheard.used.take())
    }
}

/// Ends it where some of a call waits, or cannot.
fn waits(waiting: Vec<(usize, (Refusal, Said))>, call: &Call, asked: &mut Asked) -> Result<(), Stop> {
    let (mut first, mut said) = (None, Vec::new());
    for (at, (refusal, one)) in waiting {
        first = first.or(Some(refusal));
        said.push((at, one));
    }
    let Some(refusal) = first else { return Ok(()) };
    asked.says(call, &said);
    Err(refusal.into())
}

/// An approval that was used up, and nobody has heard of it yet.
struct Unheard {
    approvals: Arc<dyn Approvals>,
    used: Option<Use>,
}

impl Drop for Unheard {
    /// Whoever hung up has made no call; also in the very moment in which it was told.
    fn drop(&mut self) {
        let (Some(used), Ok(runtime)) = (self.used.take(), Handle::try_current()) else { return };
        let approvals = Arc::clone(&self.approvals);
        runtime.spawn(async move {
            if let Err(why) = approvals.restore_approval(&used).await {
                tracing::warn!("an approval stays used although its call was not made: {why}");
            }
        });
    }
}
