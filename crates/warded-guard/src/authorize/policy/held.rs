//! Was it approved? A call that a rule holds waits in the store under its fingerprint; the very same call, made again once somebody
//! has approved it, goes through once.

use std::sync::Arc;

use tokio::sync::oneshot;
use warded_core::{Fault, Refusal, UnixTime};
use warded_policy::Hold;
use warded_store::{Approval, ApprovalId, HeldCall, Holding, Ruling, Use};

use super::{
    Policing, Weighed, fingerprint,
    reached::Reached,
    reserve::{End, Reservation},
    rule,
};
use crate::{
    answer::{Asked, Stop, policy::Said},
    authorize::Proven,
    call::Call,
    guard::Rules,
    record::Witness,
};

/// Arguments longer than this are not kept: nobody reads them, and many of them would fill the store.
const MOST_SHOWN: usize = 16 * 1024;

/// A call that a rule holds.
#[derive(Debug)]
pub(crate) struct Waiting {
    at: usize,
    hold: Hold,
    call: HeldCall,
}

impl Policing {
    /// A call that a rule holds; none where it could not be told from another one.
    pub(super) fn held(
        &self,
        proven: &Proven,
        one: &Reached<'_>,
        hold: Hold,
        mentions_token: bool,
        rules: &Rules,
        now: UnixTime,
    ) -> Result<Option<Waiting>, Stop> {
        let (claims, issuer) = (proven.token.claims(), proven.token.issuer().as_str());
        let server = rules.server.name();
        let by = fingerprint::By { server, issuer, subject: claims.subject(), client: claims.client() };
        let Some(fingerprint) = fingerprint::of(one, &hold.hash, &by) else { return Ok(None) };
        // A token that an agent was talked into pasting there must not lie in the store.
        let arguments = one.arguments.filter(|text| !mentions_token && text.len() <= MOST_SHOWN);
        let call = HeldCall {
            id: self.name(now)?,
            fingerprint,
            server: server.into(),
            target: one.what.name().into(),
            arguments: arguments.map(Into::into),
            rule: (*hold.denial.rule).into(),
            issuer: issuer.into(),
            subject: claims.subject().unwrap_or_default().into(),
            client: claims.client().unwrap_or_default().into(),
            lasts: u32::try_from(hold.timeout.as_secs()).unwrap_or(u32::MAX),
        };
        Ok(Some(Waiting { at: one.at, hold, call }))
    }
}

impl Waiting {
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

impl Policing {
    fn name(&self, now: UnixTime) -> Result<ApprovalId, Stop> {
        ApprovalId::new(&*self.ledger.random).map_err(|why| self.uncounted(&why, now))
    }

    /// Does what is to be done before a call is made: looks whether it was approved, reserves what it counts for, and uses the
    /// approval up, in this order, so that what is refused uses up nothing.
    pub(super) async fn take(
        &self,
        weighed: Weighed,
        call: &Call,
        asked: &mut Asked,
        witness: &mut Witness,
        now: UnixTime,
    ) -> Result<Reservation, Stop> {
        let Weighed { takings, holds, who } = weighed;
        let mut approved = Vec::new();
        let mut waiting = Vec::new();
        for held in &holds {
            match self.hold(held.call.clone(), now).await? {
                Holding::Crowded => waiting.push((held.at, held.crowded())),
                Holding::Held(approval) if approval.ruling == Ruling::Approved => {
                    approved.push((held, approval.call.id.clone()));
                }
                Holding::Held(approval) => waiting.push((held.at, held.said(&approval))),
            }
        }
        waits(waiting, call, asked)?;
        let messages = takings.iter().map(|(at, _)| *at).chain(holds.iter().map(|held| held.at));
        let mut reservation = Reservation::of(&self.ledger, who, call, messages);
        self.reserve(&takings, &mut reservation, call, asked, witness, now).await?;
        for (held, id) in approved {
            if let Some(used) = self.used(id, now).await? {
                reservation.uses(used);
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
        Ok(reservation)
    }

    async fn hold(&self, call: HeldCall, now: UnixTime) -> Result<Holding, Stop> {
        self.ledger.approvals.hold_call(call, now).await.map_err(|why| self.uncounted(&why, now))
    }

    /// Uses an approval up. Whoever hangs up meanwhile has made no call, and it is restored.
    async fn used(&self, id: ApprovalId, now: UnixTime) -> Result<Option<Use>, Stop> {
        let (done, told) = oneshot::channel();
        let approvals = Arc::clone(&self.ledger.approvals);
        tokio::spawn(async move {
            let used = approvals.use_approval(&id, now).await;
            if let Err(Ok(Some(unheard))) = done.send(used)
                && let Err(why) = approvals.restore_approval(&unheard).await
            {
                tracing::warn!("an approval stays used although its call was not made: {why}");
            }
        });
        let used = told.await.map_err(|_| Stop::from(Fault::StoreUnavailable))?;
        used.map_err(|why| self.uncounted(&why, now))
    }
}

/// Ends it where some of a call waits.
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
