//! Held calls in memory.

use async_trait::async_trait;
use warded_core::UnixTime;

use self::held::HeldApproval;
use super::Memory;
use crate::{
    Approval, ApprovalId, Approvals, HeldCall, Holding, MOST_HELD_BY_ALL, Meant, Ruled, Ruling, StoreFailed,
    Use,
    approvals::{id::beginning, room::is_crowded},
};

mod held;

pub(super) use held::Held;

#[async_trait]
impl Approvals for Memory {
    async fn hold_call(&self, call: HeldCall, now: UnixTime) -> Result<Holding, StoreFailed> {
        let held = &mut self.state().approvals;
        held.forget(now);
        // Whoever has denied it is heard before whoever has approved it.
        let said = |held: &&Approval| match held.ruling {
            Ruling::Denied => Some(0),
            Ruling::Approved => Some(1),
            Ruling::Pending => Some(2),
            Ruling::Used => None,
        };
        let same = held.same(&call.fingerprint).filter(|held| said(held).is_some()).min_by_key(said);
        if let Some(same) = same {
            return Ok(Holding::Held(Box::new(same.clone())));
        }
        let (own, all) = held.waiting(&call);
        if is_crowded(own, all) {
            return Ok(Holding::Crowded);
        }
        let expires = now.plus(call.lasts);
        let approval = Approval { created: now, expires, ruling: Ruling::Pending, ruled: None, call };
        held.enter(HeldApproval { approval: approval.clone(), uses: 0 });
        Ok(Holding::Held(Box::new(approval)))
    }

    async fn approvals(&self, now: UnixTime) -> Result<Vec<Approval>, StoreFailed> {
        let state = self.state();
        let mut standing: Vec<_> = state.approvals.all().filter(|held| now < held.expires).collect();
        standing.sort_by_key(|held| (held.ruling != Ruling::Pending, held.created, &held.call.id));
        Ok(standing.into_iter().take(MOST_HELD_BY_ALL).cloned().collect())
    }

    async fn find_approval(&self, prefix: &str, now: UnixTime) -> Result<Meant, StoreFailed> {
        let Some((from, to)) = beginning(prefix) else { return Ok(Meant::None) };
        let state = self.state();
        let range = state.approvals.between(ApprovalId::held(from), ApprovalId::held(to));
        let mut meant = range.filter(|held| now < held.expires);
        Ok(match (meant.next(), meant.next()) {
            (None, _) => Meant::None,
            (Some(one), None) => Meant::One(Box::new(one.clone())),
            (Some(_), Some(_)) => Meant::Several,
        })
    }

    async fn rule(
        &self,
        id: &ApprovalId,
        is_approved: bool,
        by: &str,
        now: UnixTime,
    ) -> Result<Option<Approval>, StoreFailed> {
        let held = &mut self.state().approvals;
        // Who denies it while it is under way is heard: whoever makes the call says for how long that is.
        let is_meant = |held: &HeldApproval| {
            now < held.approval.expires && (!is_approved || held.approval.ruling != Ruling::Used)
        };
        Ok(held.change(id, is_meant, |HeldApproval { approval, .. }| {
            approval.ruling = if is_approved { Ruling::Approved } else { Ruling::Denied };
            approval.ruled = Some(Ruled { by: by.into(), at: now });
            approval.expires = now.plus(approval.call.lasts);
            approval.clone()
        }))
    }

    async fn use_approval(&self, id: &ApprovalId, now: UnixTime) -> Result<Option<Use>, StoreFailed> {
        let held = &mut self.state().approvals;
        let is_meant =
            |held: &HeldApproval| now < held.approval.expires && held.approval.ruling == Ruling::Approved;
        Ok(held.change(id, is_meant, |held| {
            held.approval.ruling = Ruling::Used;
            held.uses = held.uses.saturating_add(1);
            Use { id: id.clone(), number: held.uses }
        }))
    }

    async fn restore_approval(&self, used: &Use) -> Result<(), StoreFailed> {
        let held = &mut self.state().approvals;
        let is_meant = |held: &HeldApproval| held.approval.ruling == Ruling::Used && held.uses == used.number;
        let _none = held.change(&used.id, is_meant, |held| held.approval.ruling = Ruling::Approved);
        Ok(())
    }
}
