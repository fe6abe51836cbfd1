//! Held calls in memory.

use async_trait::async_trait;
use warded_core::UnixTime;

use super::{Memory, State};
use crate::{
    Approval, ApprovalId, Approvals, HeldCall, Holding, MOST_HELD, Meant, Ruled, Ruling, StoreFailed, Use,
    approvals::id::beginning,
};

/// A held call, and how often it was used.
pub(super) struct HeldApproval {
    pub(super) approval: Approval,
    uses: i64,
}

impl State {
    fn standing(&mut self, id: &ApprovalId, now: UnixTime) -> Option<&mut HeldApproval> {
        self.approvals.get_mut(id).filter(|held| now < held.approval.expires)
    }
}

#[async_trait]
impl Approvals for Memory {
    async fn hold_call(&self, call: HeldCall, now: UnixTime) -> Result<Holding, StoreFailed> {
        let mut state = self.state();
        let standing =
            || state.approvals.values().map(|held| &held.approval).filter(|held| now < held.expires);
        let same = standing().filter(|held| held.call.fingerprint == call.fingerprint);
        // Whoever has denied it is heard before whoever has approved it.
        let said = |held: &&Approval| match held.ruling {
            Ruling::Denied => Some(0),
            Ruling::Approved => Some(1),
            Ruling::Pending => Some(2),
            Ruling::Used => None,
        };
        if let Some(held) = same.filter(|held| said(held).is_some()).min_by_key(said) {
            return Ok(Holding::Held(Box::new(held.clone())));
        }
        let caller = |call: &HeldCall| (call.issuer.clone(), call.subject.clone(), call.client.clone());
        let waits = |held: &&Approval| held.ruling == Ruling::Pending && caller(&held.call) == caller(&call);
        if standing().filter(waits).count() >= MOST_HELD {
            return Ok(Holding::Crowded);
        }
        state.approvals.retain(|_, held| now < held.approval.expires);
        let approval = Approval {
            created: now,
            expires: now.plus(call.lasts),
            ruling: Ruling::Pending,
            ruled: None,
            call,
        };
        state
            .approvals
            .insert(approval.call.id.clone(), HeldApproval { approval: approval.clone(), uses: 0 });
        Ok(Holding::Held(Box::new(approval)))
    }

    async fn approvals(&self, now: UnixTime) -> Result<Vec<Approval>, StoreFailed> {
        let state = self.state();
        let mut standing: Vec<_> =
            state.approvals.values().map(|held| &held.approval).filter(|held| now < held.expires).collect();
        standing.sort_by_key(|held| (held.created, &held.call.id));
        Ok(standing.into_iter().take(1000).cloned().collect())
    }

    async fn find_approval(&self, prefix: &str, now: UnixTime) -> Result<Meant, StoreFailed> {
        let Some((from, to)) = beginning(prefix) else { return Ok(Meant::None) };
        let state = self.state();
        let range = state.approvals.range(ApprovalId::held(from)..ApprovalId::held(to));
        let mut meant = range.map(|(_, held)| &held.approval).filter(|held| now < held.expires);
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
        let mut state = self.state();
        // Who denies it while it is under way is heard: whoever makes the call says for how long that is.
        let held =
            state.standing(id, now).filter(|held| !is_approved || held.approval.ruling != Ruling::Used);
        Ok(held.map(|HeldApproval { approval, .. }| {
            approval.ruling = if is_approved { Ruling::Approved } else { Ruling::Denied };
            approval.ruled = Some(Ruled { by: by.into(), at: now });
            approval.expires = now.plus(approval.call.lasts);
            approval.clone()
        }))
    }

    async fn use_approval(&self, id: &ApprovalId, now: UnixTime) -> Result<Option<Use>, StoreFailed> {
        let mut state = self.state();
        let held = state.standing(id, now).filter(|held| held.approval.ruling == Ruling::Approved);
        Ok(held.map(|held| {
            held.approval.ruling = Ruling::Used;
            held.uses = held.uses.saturating_add(1);
            Use { id: id.clone(), number: held.uses }
        }))
    }

    async fn restore_approval(&self, used: &Use) -> Result<(), StoreFailed> {
        let mut state = self.state();
        if let Some(held) = state.approvals.get_mut(&used.id)
            && held.approval.ruling == Ruling::Used
            && held.uses == used.number
        {
            held.approval.ruling = Ruling::Approved;
        }
        Ok(())
    }
}
