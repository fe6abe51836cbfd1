//! What was taken back, and where that stands, in memory.

use async_trait::async_trait;
use warded_core::{Issuer, UnixTime};

use super::{Family, Memory, Noted, State};
use crate::{
    Block, Grant, GrantMark, REVOKED_LASTS, RevokedGrant, RevokedGrants, StatusIndex, Statuses, StoreFailed,
    status::set_aside,
};

impl State {
    fn note(&mut self, issuer: &Issuer, grant: GrantMark, status: Option<StatusIndex>, until: UnixTime) {
        self.revocations += 1;
        let revoked = RevokedGrant { number: self.revocations, grant, until, status };
        self.revoked.push(Noted { issuer: issuer.clone(), revoked });
    }

    /// Notes what comes of no grant that could end once only.
    pub(super) fn note_once(
        &mut self,
        issuer: &Issuer,
        mark: GrantMark,
        status: Option<StatusIndex>,
        until: UnixTime,
    ) {
        if self.revoked.iter().all(|noted| noted.revoked.grant != mark) {
            self.note(issuer, mark, status, until);
        }
    }

    /// Takes a grant back, and notes it.
    pub(super) fn revoke(&mut self, id: &str) -> Option<Grant> {
        let Family { grant, tokens_end, code, refreshes, .. } = self.families.remove(id)?;
        self.marks.remove(&GrantMark::of(id));
        self.codes.remove(&code);
        for refresh in &refreshes {
            self.refreshes.remove(refresh);
        }
        // A sweep forgets what came of no code at once.
        let until = tokens_end.unwrap_or(UnixTime::from_seconds(0)).plus(REVOKED_LASTS);
        self.note(&grant.issuer, GrantMark::of(id), Some(grant.status), until);
        Some(grant)
    }

    /// Takes back all that are meant, in the order of their ids.
    pub(super) fn revoke_where(&mut self, is_meant: impl Fn(&Grant) -> bool) -> Vec<Grant> {
        let meant = self.families.values().filter(|family| is_meant(&family.grant));
        let mut meant: Vec<_> = meant.map(|family| family.grant.id.clone()).collect();
        meant.sort();
        meant.iter().filter_map(|id| self.revoke(id)).collect()
    }
}

#[async_trait]
impl RevokedGrants for Memory {
    async fn revoked_since(&self, number: i64) -> Result<Vec<RevokedGrant>, StoreFailed> {
        let state = self.state();
        let revoked = state.revoked.iter().map(|noted| noted.revoked);
        Ok(revoked.filter(|revoked| revoked.number > number).collect())
    }
}

#[async_trait]
impl Statuses for Memory {
    async fn reserve(&self, issuer: &Issuer, count: u32) -> Result<Block, StoreFailed> {
        let mut state = self.state();
        let first = StatusIndex { list: 0, index: 0 };
        let free = state.free_statuses.entry(issuer.as_str().to_owned()).or_insert(first);
        let block;
        (block, *free) = set_aside(*free, count);
        Ok(block)
    }

    async fn newest_list(&self, issuer: &Issuer) -> Result<Option<u32>, StoreFailed> {
        Ok(self.state().free_statuses.get(issuer.as_str()).map(|free| free.list))
    }

    async fn revoked_statuses(&self, issuer: &Issuer, list: u32) -> Result<Vec<u32>, StoreFailed> {
        let state = self.state();
        let of_issuer = state.revoked.iter().filter(|noted| noted.issuer == *issuer);
        let places = of_issuer.filter_map(|noted| noted.revoked.status).filter(|status| status.list == list);
        let mut places: Vec<_> = places.map(|status| status.index).collect();
        places.sort_unstable();
        Ok(places)
    }

    async fn revoke_mark(
        &self,
        issuer: &Issuer,
        mark: GrantMark,
        status: Option<StatusIndex>,
        until: UnixTime,
    ) -> Result<(), StoreFailed> {
        self.state().note_once(issuer, mark, status, until);
        Ok(())
    }
}
