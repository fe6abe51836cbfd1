//! People, what providers call them, and the browsers in which they are logged in, in memory.

use std::collections::HashMap;

use async_trait::async_trait;
use warded_core::UnixTime;

use super::{Memory, State};
use crate::{
    Added, AddedBy, Digest, Identities, Identity, PasswordHash, Pending, Pendings, Session, Sessions,
    Standing, StoreFailed, User, Users, pending::MOST,
};

impl State {
    fn has_user(&self, user: &User) -> bool {
        self.users.values().any(|held| held.name == user.name || held.id == user.id)
    }

    /// Forgets the oldest of the network that has begun most. Where there is no place, each login that is begun walks all of them
    /// twice while everybody else waits: this is a store for trying things out, and what is served to strangers keeps its in a file.
    fn make_room_for_a_login(&mut self) {
        let mut begun: HashMap<Digest, usize> = HashMap::new();
        for pending in self.pendings.values() {
            *begun.entry(pending.network).or_default() += 1;
        }
        let busiest = begun.into_iter().max_by_key(|(_, logins)| *logins);
        let theirs =
            self.pendings.values().filter(|pending| busiest.is_some_and(|(of, _)| pending.network == of));
        let oldest = theirs.min_by_key(|pending| pending.expires).map(|pending| pending.digest);
        oldest.and_then(|oldest| self.pendings.remove(&oldest));
    }
}

#[async_trait]
impl Users for Memory {
    async fn add_user(&self, user: User) -> Result<Added, StoreFailed> {
        let mut state = self.state();
        if state.has_user(&user) {
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
        state.consents.retain(|asked, _| asked.user != id);
        state.revoke_where(|grant| grant.user == id);
        Ok(true)
    }

    async fn remove_user(&self, id: &str) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let existed = state.users.remove(id).is_some();
        let theirs = state.identities.extract_if(.., |_, (user, _)| user == id);
        let theirs: Vec<_> = theirs.map(|(identity, _)| identity).collect();
        state.removed_identities.extend(theirs);
        state.sessions.retain(|_, session| session.user != id);
        state.consents.retain(|asked, _| asked.user != id);
        state.revoke_where(|grant| grant.user == id);
        Ok(existed)
    }
}

#[async_trait]
impl Identities for Memory {
    async fn standing(&self, provider: &str, subject: &str) -> Result<Standing, StoreFailed> {
        let state = self.state();
        let identity = identity(provider, subject);
        let here = state.identities.get(&identity);
        let here = here.and_then(|(id, by)| Some(Standing::Here(state.users.get(id)?.clone(), *by)));
        let was =
            if state.removed_identities.contains(&identity) { Standing::Removed } else { Standing::New };
        Ok(here.unwrap_or(was))
    }

    async fn add_identity(
        &self,
        user: User,
        provider: &str,
        subject: &str,
        by: AddedBy,
    ) -> Result<Added, StoreFailed> {
        let mut state = self.state();
        let identity = identity(provider, subject);
        let is_new = !state.users.contains_key(&user.id);
        let is_removed = state.removed_identities.contains(&identity);
        if state.identities.contains_key(&identity)
            || is_new && state.has_user(&user)
            || is_removed && by == AddedBy::Themself
        {
            return Ok(Added::Taken);
        }
        state.removed_identities.remove(&identity);
        state.identities.insert(identity, (user.id.clone(), by));
        state.users.entry(user.id.clone()).or_insert(user);
        Ok(Added::Yes)
    }

    async fn vouch_for(&self, provider: &str, subject: &str) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let Some((_, by)) = state.identities.get_mut(&identity(provider, subject)) else { return Ok(false) };
        *by = AddedBy::Operator;
        Ok(true)
    }

    async fn removed_identities(&self) -> Result<Vec<Identity>, StoreFailed> {
        Ok(self.state().removed_identities.iter().cloned().collect())
    }

    async fn readmit(&self, provider: &str, subject: &str) -> Result<bool, StoreFailed> {
        Ok(self.state().removed_identities.remove(&identity(provider, subject)))
    }

    async fn identities_of(&self, user: &str) -> Result<Vec<Identity>, StoreFailed> {
        let state = self.state();
        Ok(state
            .identities
            .iter()
            .filter(|(_, (id, _))| id == user)
            .map(|(identity, _)| identity.clone())
            .collect())
    }
}

fn identity(provider: &str, subject: &str) -> Identity {
    Identity { provider: provider.to_owned(), subject: subject.to_owned() }
}

#[async_trait]
impl Pendings for Memory {
    async fn begin(&self, pending: Pending, now: UnixTime) -> Result<(), StoreFailed> {
        let mut state = self.state();
        if state.first_pending_ends.is_some_and(|first| first <= now) {
            state.pendings.retain(|_, pending| now < pending.expires);
            state.first_pending_ends = state.pendings.values().map(|pending| pending.expires).min();
        }
        if usize::try_from(MOST).is_ok_and(|most| state.pendings.len() >= most) {
            state.make_room_for_a_login();
        }
        let first = state.first_pending_ends.map_or(pending.expires, |first| first.min(pending.expires));
        state.first_pending_ends = Some(first);
        state.pendings.insert(pending.digest, pending);
        Ok(())
    }

    async fn pending(&self, digest: &Digest, now: UnixTime) -> Result<Option<Pending>, StoreFailed> {
        Ok(self.state().pendings.get(digest).filter(|pending| now < pending.expires).cloned())
    }

    async fn take(&self, digest: &Digest, now: UnixTime) -> Result<Option<Pending>, StoreFailed> {
        Ok(self.state().pendings.remove(digest).filter(|pending| now < pending.expires))
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

    async fn sessions_of(&self, user: &str, now: UnixTime) -> Result<Vec<Session>, StoreFailed> {
        let state = self.state();
        let theirs = state.sessions.values().filter(|session| session.user == user && now < session.expires);
        let mut theirs: Vec<_> = theirs.cloned().collect();
        theirs.sort_by_key(|session| std::cmp::Reverse(session.since));
        Ok(theirs)
    }

    async fn end_session(&self, digest: &Digest) -> Result<(), StoreFailed> {
        self.state().sessions.remove(digest);
        Ok(())
    }
}
