//! Where is a held call found? By its name and by its fingerprint; whoever asks goes through no others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use warded_core::UnixTime;

use crate::{Approval, ApprovalId, HeldCall, Ruling, approvals::room::Caller};

/// A held call, and how often it was used.
#[derive(Debug)]
pub(super) struct HeldApproval {
    pub(super) approval: Approval,
    pub(super) uses: i64,
}

/// The calls that are held.
#[derive(Debug, Default)]
pub(in crate::memory) struct Held {
    calls: BTreeMap<ApprovalId, HeldApproval>,
    same: HashMap<[u8; 32], BTreeSet<ApprovalId>>,
    ends: BTreeSet<(UnixTime, ApprovalId)>,
    /// How many wait of whom.
    waiting: HashMap<Caller, usize>,
    waiting_in_all: usize,
}

impl Held {
    /// How many are held.
    pub(in crate::memory) fn len(&self) -> usize {
        self.calls.len()
    }

    /// Forgets those whose time is over.
    pub(in crate::memory) fn forget(&mut self, now: UnixTime) {
        while let Some((until, id)) = self.ends.first()
            && *until <= now
        {
            let id = id.clone();
            self.remove(&id);
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Approval> {
        self.calls.values().map(|held| &held.approval)
    }

    /// Those whose names are between these, the last of them left out.
    pub(super) fn between(&self, from: ApprovalId, to: ApprovalId) -> impl Iterator<Item = &Approval> {
        self.calls.range(from..to).map(|(_, held)| &held.approval)
    }

    /// Those of one call.
    pub(super) fn same(&self, fingerprint: &[u8; 32]) -> impl Iterator<Item = &Approval> {
        let ids = self.same.get(fingerprint).into_iter().flatten();
        ids.filter_map(|id| self.calls.get(id)).map(|held| &held.approval)
    }

    /// How many wait of whoever has made this one, and in all.
    pub(super) fn waiting(&self, call: &HeldCall) -> (usize, usize) {
        (self.waiting.get(&Caller::of(call)).copied().unwrap_or(0), self.waiting_in_all)
    }

    pub(super) fn enter(&mut self, held: HeldApproval) {
        let Approval { call, expires, ruling, .. } = &held.approval;
        // No two have one name; if they had, nothing may be left of the first.
        self.remove(&call.id);
        self.same.entry(call.fingerprint).or_default().insert(call.id.clone());
        self.ends.insert((*expires, call.id.clone()));
        if *ruling == Ruling::Pending {
            let own = self.waiting.entry(Caller::of(call)).or_default();
            *own = own.saturating_add(1);
            self.waiting_in_all = self.waiting_in_all.saturating_add(1);
        }
        self.calls.insert(call.id.clone(), held);
    }

    /// Changes one, where it is there and is the one that is meant.
    pub(super) fn change<T>(
        &mut self,
        id: &ApprovalId,
        is_meant: impl FnOnce(&HeldApproval) -> bool,
        change: impl FnOnce(&mut HeldApproval) -> T,
    ) -> Option<T> {
        self.calls.get(id).filter(|held| is_meant(held))?;
        let mut held = self.remove(id)?;
        let changed = change(&mut held);
        self.enter(held);
        Some(changed)
    }

    fn remove(&mut self, id: &ApprovalId) -> Option<HeldApproval> {
        let held = self.calls.remove(id)?;
        let Approval { call, expires, ruling, .. } = &held.approval;
        self.ends.remove(&(*expires, id.clone()));
        if let Some(same) = self.same.get_mut(&call.fingerprint) {
            same.remove(id);
            if same.is_empty() {
                self.same.remove(&call.fingerprint);
            }
        }
        if *ruling == Ruling::Pending {
            self.waiting_in_all = self.waiting_in_all.saturating_sub(1);
            let caller = Caller::of(call);
            if let Some(own) = self.waiting.get_mut(&caller) {
                *own = own.saturating_sub(1);
                if *own == 0 {
                    self.waiting.remove(&caller);
                }
            }
        }
        Some(held)
    }
}
