//! A store that forgets everything when it is dropped: for tests, and for a demonstration.

mod marks;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use warded_core::{Issuer, Scopes, UnixTime};
use zeroize::Zeroizing;

pub use marks::Marks;

use crate::{
    Added, Client, Clients, Code, Consent, Consents, Digest, Grant, GrantMark, Grants, NewCode, NewRefresh,
    Nodes, Origin, PasswordHash, REVOKED_LASTS, Refresh, Replays, RevokedGrant, RevokedGrants, Secrets,
    Session, Sessions, Spending, StoreFailed, Sweep, UNUSED_CLIENT_SECONDS, User, Users,
    journal::checkpoint::{Checkpoint, Checkpoints},
    node::latest,
};

/// Everything behind one lock (marks of use have one of their own): each operation is atomic because it holds it from
/// beginning to end.
#[derive(Default)]
pub struct Memory(Mutex<State>, Marks);

#[derive(Default)]
struct State {
    secrets: HashMap<String, Zeroizing<Vec<u8>>>,
    users: BTreeMap<String, User>,
    sessions: HashMap<Digest, Session>,
    clients: BTreeMap<(String, String), Client>,
    used: HashSet<(String, String)>,
    families: HashMap<String, Family>,
    codes: HashMap<Digest, (String, NewCode, bool)>,
    refreshes: HashMap<Digest, (String, NewRefresh, bool)>,
    consents: HashMap<Consent, Scopes>,
    revoked: Vec<RevokedGrant>,
    /// How many grants were taken back.
    revocations: i64,
    checkpoints: HashMap<Box<str>, Checkpoint>,
    /// Who holds each node, and until when.
    nodes: HashMap<String, ([u8; 16], UnixTime)>,
}

struct Family {
    grant: Grant,
    keep: UnixTime,
    /// From when on the last of its access tokens opens nothing; none is out before its code was redeemed.
    tokens_end: Option<UnixTime>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing below panics between two writes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

impl State {
    fn revoke(&mut self, family: &str) {
        self.revoke_where(|grant| grant.id == family);
    }

    /// Takes grants back, and notes it.
    fn revoke_where(&mut self, is_meant: impl Fn(&Grant) -> bool) {
        let Self { families, revoked, revocations, .. } = self;
        families.retain(|id, family| {
            let ends = is_meant(&family.grant);
            if ends {
                *revocations += 1;
                let grant = GrantMark::of(id);
                // A sweep forgets what came of no code at once.
                let tokens_end = family.tokens_end.unwrap_or(UnixTime::from_seconds(0));
                let until = tokens_end.plus(REVOKED_LASTS);
                revoked.push(RevokedGrant { number: *revocations, grant, until });
            }
            !ends
        });
        self.forget_orphans();
    }

    fn forget_orphans(&mut self) {
        let Self { families, codes, refreshes, .. } = self;
        codes.retain(|_, (family, ..)| families.contains_key(family));
        refreshes.retain(|_, (family, ..)| families.contains_key(family));
    }

    fn size(&self) -> usize {
        self.sessions.len()
            + self.clients.len()
            + self.families.len()
            + self.codes.len()
            + self.refreshes.len()
    }
}

fn key(issuer: &Issuer, id: &str) -> (String, String) {
    (issuer.as_str().to_owned(), id.to_owned())
}

#[async_trait]
impl Secrets for Memory {
    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreFailed> {
        let mut state = self.state();
        let held = state.secrets.entry(name.to_owned()).or_insert_with(|| Zeroizing::new(fresh.to_vec()));
        Ok(held.clone())
    }
}

#[async_trait]
impl Users for Memory {
    async fn add_user(&self, user: User) -> Result<Added, StoreFailed> {
        let mut state = self.state();
        if state.users.values().any(|held| held.name == user.name || held.id == user.id) {
            return Ok(Added::Taken);
        }
        state.users.insert(user.id.clone(), user);
        Ok(Added::Yes)
    }

    async fn user_named(&self, name: &str) -> Result<Option<User>, StoreFailed> {
        Ok(self.state().users.values().find(|user| user.name == name).cloned())
    }

    async fn user(&self, id: &str) -> Result<Option<User>, StoreFailed> {
        Ok(self.state().users.get(id).cloned())
    }

    async fn users(&self) -> Result<Vec<User>, StoreFailed> {
        let mut users: Vec<_> = self.state().users.values().cloned().collect();
        users.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(users)
    }

    async fn set_password(&self, id: &str, password: PasswordHash) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let Some(user) = state.users.get_mut(id) else { return Ok(false) };
        user.password = Some(password);
        state.sessions.retain(|_, session| session.user != id);
        state.revoke_where(|grant| grant.user == id);
        Ok(true)
    }

    async fn remove_user(&self, id: &str) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let existed = state.users.remove(id).is_some();
        state.sessions.retain(|_, session| session.user != id);
        state.consents.retain(|asked, _| asked.user != id);
        state.revoke_where(|grant| grant.user == id);
        Ok(existed)
    }
}

#[async_trait]
impl Sessions for Memory {
    async fn open_session(&self, session: Session) -> Result<(), StoreFailed> {
        let mut state = self.state();
        // As a foreign key would: a person who has just been removed does not come back by a login in flight.
        if !state.users.contains_key(&session.user) {
            return Err(StoreFailed::Content("session of nobody"));
        }
        state.sessions.insert(session.digest, session);
        Ok(())
    }

    async fn session(&self, digest: &Digest, now: UnixTime) -> Result<Option<Session>, StoreFailed> {
        Ok(self.state().sessions.get(digest).filter(|session| now < session.expires).cloned())
    }

    async fn end_session(&self, digest: &Digest) -> Result<(), StoreFailed> {
        self.state().sessions.remove(digest);
        Ok(())
    }
}

#[async_trait]
impl Clients for Memory {
    async fn add_client(&self, client: Client) -> Result<Added, StoreFailed> {
        let mut state = self.state();
        let key = key(&client.issuer, &client.id);
        if state.clients.contains_key(&key) {
            return Ok(Added::Taken);
        }
        state.clients.insert(key, client);
        Ok(Added::Yes)
    }

    async fn client(&self, issuer: &Issuer, id: &str) -> Result<Option<Client>, StoreFailed> {
        Ok(self.state().clients.get(&key(issuer, id)).cloned())
    }

    async fn clients(&self, issuer: &Issuer) -> Result<Vec<Client>, StoreFailed> {
        let state = self.state();
        Ok(state.clients.values().filter(|client| client.issuer == *issuer).cloned().collect())
    }

    async fn remove_client(&self, issuer: &Issuer, id: &str) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let size = |state: &State| state.clients.len() + state.consents.len() + state.families.len();
        let before = size(&state);
        state.clients.remove(&key(issuer, id));
        state.used.remove(&key(issuer, id));
        state.consents.retain(|asked, _| asked.issuer != *issuer || asked.client != id);
        state.revoke_where(|grant| grant.issuer == *issuer && grant.client == id);
        Ok(size(&state) < before)
    }
}

#[async_trait]
impl Grants for Memory {
    async fn issue_code(&self, grant: Grant, code: NewCode) -> Result<(), StoreFailed> {
        let mut state = self.state();
        if !state.users.contains_key(&grant.user) {
            return Err(StoreFailed::Content("grant of nobody"));
        }
        state.used.insert(key(&grant.issuer, &grant.client));
        state.codes.insert(code.digest, (grant.id.clone(), code.clone(), false));
        state.families.insert(grant.id.clone(), Family { grant, keep: code.expires, tokens_end: None });
        Ok(())
    }

    async fn code(&self, digest: &Digest) -> Result<Option<Code>, StoreFailed> {
        let state = self.state();
        Ok(state.codes.get(digest).and_then(|(family, code, spent)| {
            let grant = state.families.get(family)?.grant.clone();
            Some(Code {
                grant,
                redirect_uri: code.redirect_uri.clone(),
                challenge: code.challenge.clone(),
                expires: code.expires,
                spent: *spent,
            })
        }))
    }

    async fn redeem(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        first: Option<NewRefresh>,
    ) -> Result<Spending, StoreFailed> {
        let mut state = self.state();
        let Some((family, code, spent)) = state.codes.get_mut(digest) else { return Ok(Spending::Gone) };
        let family = family.clone();
        if *spent {
            state.revoke(&family);
            return Ok(Spending::Again);
        }
        if code.expires <= now {
            return Ok(Spending::Gone);
        }
        *spent = true;
        if let Some(held) = state.families.get_mut(&family) {
            held.keep = first.map_or(token_ends, |first| first.expires.max(token_ends));
            held.tokens_end = Some(token_ends);
        }
        if let Some(first) = first {
            state.refreshes.insert(first.digest, (family, first, false));
        }
        Ok(Spending::Spent)
    }

    async fn refresh(&self, digest: &Digest) -> Result<Option<Refresh>, StoreFailed> {
        let state = self.state();
        Ok(state.refreshes.get(digest).and_then(|(family, refresh, spent)| {
            let grant = state.families.get(family)?.grant.clone();
            Some(Refresh { grant, expires: refresh.expires, spent: *spent })
        }))
    }

    async fn rotate(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        next: NewRefresh,
    ) -> Result<Spending, StoreFailed> {
        let mut state = self.state();
        let Some((family, refresh, spent)) = state.refreshes.get_mut(digest) else {
            return Ok(Spending::Gone);
        };
        let family = family.clone();
        if *spent {
            state.revoke(&family);
            return Ok(Spending::Again);
        }
        if refresh.expires <= now {
            return Ok(Spending::Gone);
        }
        *spent = true;
        if let Some(held) = state.families.get_mut(&family) {
            held.keep = held.keep.max(next.expires).max(token_ends);
            held.tokens_end = held.tokens_end.max(Some(token_ends));
        }
        state.refreshes.insert(next.digest, (family, next, false));
        Ok(Spending::Spent)
    }

    async fn revoke(&self, grant: &str) -> Result<(), StoreFailed> {
        self.state().revoke(grant);
        Ok(())
    }

    async fn count_grants(&self) -> Result<u64, StoreFailed> {
        Ok(u64::try_from(self.state().families.len()).unwrap_or(u64::MAX))
    }
}

#[async_trait]
impl RevokedGrants for Memory {
    async fn revoked_since(&self, number: i64) -> Result<Vec<RevokedGrant>, StoreFailed> {
        Ok(self.state().revoked.iter().filter(|revoked| revoked.number > number).copied().collect())
    }
}

#[async_trait]
impl Consents for Memory {
    async fn consented(&self, asked: &Consent) -> Result<Option<Scopes>, StoreFailed> {
        Ok(self.state().consents.get(asked).cloned())
    }

    async fn remember_consent(&self, asked: &Consent, scopes: &Scopes) -> Result<(), StoreFailed> {
        let mut state = self.state();
        let held = state.consents.entry(asked.clone()).or_default();
        *held = held.union(scopes);
        Ok(())
    }
}

#[async_trait]
impl Checkpoints for Memory {
    async fn checkpoint(&self, node: &str) -> Result<Option<Checkpoint>, StoreFailed> {
        Ok(self.state().checkpoints.get(node).cloned())
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreFailed> {
        Ok(self.state().checkpoints.values().cloned().collect())
    }

    async fn keep_checkpoint(&self, checkpoint: &Checkpoint, holder: &[u8; 16]) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        if state.nodes.get(&*checkpoint.node).is_none_or(|(by, _)| by != holder) {
            return Ok(false);
        }
        let is_later = |held: &Checkpoint| {
            held.seq < checkpoint.seq || (held.seq, held.hash) == (checkpoint.seq, checkpoint.hash)
        };
        if state.checkpoints.get(&checkpoint.node).is_none_or(is_later) {
            state.checkpoints.insert(checkpoint.node.clone(), checkpoint.clone());
        }
        Ok(true)
    }
}

#[async_trait]
impl Nodes for Memory {
    async fn hold_node(
        &self,
        node: &str,
        holder: &[u8; 16],
        until: UnixTime,
        now: UnixTime,
    ) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let still = |end: UnixTime| end > now && end <= latest(until, now);
        if state.nodes.get(node).is_some_and(|(held_by, end)| held_by != holder && still(*end)) {
            return Ok(false);
        }
        state.nodes.insert(node.to_owned(), (*holder, until));
        Ok(true)
    }

    async fn keep_node(&self, node: &str, holder: &[u8; 16], until: UnixTime) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let held = state.nodes.get_mut(node).filter(|(by, _)| by == holder);
        Ok(held.map(|(_, end)| *end = until).is_some())
    }

    async fn leave_node(&self, node: &str, holder: &[u8; 16]) -> Result<(), StoreFailed> {
        self.state().nodes.retain(|held, (by, _)| held != node || by != holder);
        Ok(())
    }

    async fn takes_writes(&self) -> Result<(), StoreFailed> {
        Ok(())
    }
}

#[async_trait]
impl Replays for Memory {
    async fn first_use(&self, mark: &[u8; 32], until: UnixTime, now: UnixTime) -> Result<bool, StoreFailed> {
        self.1.first_use(mark, until, now).await
    }
}

#[async_trait]
impl Sweep for Memory {
    async fn sweep(&self, now: UnixTime) -> Result<u64, StoreFailed> {
        let marks = self.1.forget(now);
        let mut state = self.state();
        let before = state.size();
        state.sessions.retain(|_, session| now < session.expires);
        state.families.retain(|_, family| now < family.keep);
        state.refreshes.retain(|_, (_, refresh, _)| now < refresh.expires);
        state.revoked.retain(|revoked| now < revoked.until);
        state.forget_orphans();
        let State { clients, used, .. } = &mut *state;
        clients.retain(|key, client| {
            client.origin == Origin::Operator
                || used.contains(key)
                || now < client.created.plus(UNUSED_CLIENT_SECONDS)
        });
        Ok(u64::try_from(before.saturating_sub(state.size()) + marks).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Memory;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn memory_keeps_the_contract() {
        crate::contract::keep(Arc::new(Memory::new())).await;
    }
}
