//! Forgetting in memory.

use std::collections::HashSet;

use async_trait::async_trait;
use warded_core::UnixTime;

use super::{Memory, State, key};
use crate::{IDLE_CLIENT_SECONDS, Origin, StoreFailed, Sweep, UNUSED_CLIENT_SECONDS};

impl State {
    fn size(&self) -> usize {
        let keys: usize = self.signing_keys.values().map(Vec::len).sum();
        self.sessions.len()
            + self.pendings.len()
            + self.clients.len()
            + self.families.len()
            + self.codes.len()
            + self.refreshes.len()
            + self.approvals.len()
            + keys
    }

    fn forget_clients(&mut self, now: UnixTime) {
        let Self { clients, granted, families, consents, .. } = self;
        let in_use: HashSet<_> =
            families.values().map(|held| key(&held.grant.issuer, &held.grant.client)).collect();
        let mut gone = HashSet::new();
        clients.retain(|key, client| {
            let (since, lasts) = if granted.contains(key) {
                (client.used.unwrap_or(client.created), IDLE_CLIENT_SECONDS)
            } else {
                (client.created, UNUSED_CLIENT_SECONDS)
            };
            let stays = client.origin == Origin::Operator || in_use.contains(key) || now < since.plus(lasts);
            if !stays {
                gone.insert(key.clone());
            }
            stays
        });
        granted.retain(|key| !gone.contains(key));
        consents.retain(|asked, _| !gone.contains(&key(&asked.issuer, &asked.client)));
    }

    /// What has come to its end was not taken back: nobody needs to be told.
    fn forget_grants(&mut self, now: UnixTime) {
        let Self { families, marks, codes, refreshes, .. } = self;
        families.retain(|_, family| now < family.keep);
        marks.retain(|_, id| families.contains_key(id));
        codes.retain(|_, code| families.contains_key(&code.family));
        refreshes.retain(|_, refresh| now < refresh.expires && families.contains_key(&refresh.family));
        for refresh in refreshes.values_mut() {
            // An answer that nobody may have again is a token at rest.
            let over =
                |rotated: &super::Rotated| rotated.answer.as_ref().is_some_and(|kept| kept.until <= now);
            if let Some(rotated) = refresh.spent.as_mut().filter(|rotated| over(rotated)) {
                rotated.answer = None;
            }
        }
        for family in families.values_mut() {
            family.refreshes.retain(|digest| refreshes.contains_key(digest));
        }
    }
}

#[async_trait]
impl Sweep for Memory {
    async fn sweep(&self, now: UnixTime) -> Result<u64, StoreFailed> {
        let elsewhere = self.1.forget(now) + self.2.forget(now);
        let mut state = self.state();
        let before = state.size();
        state.sessions.retain(|_, session| now < session.expires);
        state.pendings.retain(|_, pending| now < pending.expires);
        state.approvals.forget(now);
        state.revoked.retain(|noted| now < noted.revoked.until);
        for keys in state.signing_keys.values_mut() {
            keys.retain(|key| now < key.published_until);
        }
        state.forget_grants(now);
        state.forget_clients(now);
        Ok(u64::try_from(before.saturating_sub(state.size()) + elsewhere).unwrap_or(u64::MAX))
    }
}
