//! Clients, and what people agreed to for them, in memory.

use async_trait::async_trait;
use warded_core::{Issuer, Scopes, UnixTime};

use super::{Memory, State, key};
use crate::{Added, Client, Clients, Consent, Consents, Grant, GrantMark, Origin, StoreFailed};

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

    async fn update_client(&self, client: Client, expected: &Client) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let Some(held) = state.clients.get_mut(&key(&client.issuer, &client.id)) else { return Ok(false) };
        let used = held.used;
        if (Client { used, ..expected.clone() }) != *held {
            return Ok(false);
        }
        *held = Client { used, ..client };
        Ok(true)
    }

    async fn remove_client(&self, issuer: &Issuer, id: &str, until: UnixTime) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let size = |state: &State| state.clients.len() + state.consents.len() + state.families.len();
        let before = size(&state);
        let removed = state.clients.remove(&key(issuer, id));
        if removed.is_some_and(|client| client.origin == Origin::Operator) {
            state.note_once(issuer, GrantMark::of_client(issuer, id), None, until);
        }
        state.granted.remove(&key(issuer, id));
        state.consents.retain(|asked, _| asked.issuer != *issuer || asked.client != id);
        state.revoke_where(|grant| grant.issuer == *issuer && grant.client == id);
        Ok(size(&state) < before)
    }
}

/// The question without what the client's description said.
fn undescribed(asked: &Consent) -> Consent {
    Consent { document: None, ..asked.clone() }
}

#[async_trait]
impl Consents for Memory {
    async fn consented(&self, asked: &Consent) -> Result<Option<Scopes>, StoreFailed> {
        let state = self.state();
        let held = state.consents.get(&undescribed(asked));
        Ok(held.filter(|(document, _)| *document == asked.document).map(|(_, scopes)| scopes.clone()))
    }

    async fn remember_consent(&self, asked: &Consent, scopes: &Scopes) -> Result<(), StoreFailed> {
        let mut state = self.state();
        let (document, held) = state.consents.entry(undescribed(asked)).or_default();
        *held = if *document == asked.document { held.union(scopes) } else { scopes.clone() };
        *document = asked.document;
        Ok(())
    }

    async fn consents_of(&self, user: &str) -> Result<Vec<(Consent, Scopes)>, StoreFailed> {
        let state = self.state();
        let theirs = state.consents.iter().filter(|(asked, _)| asked.user == user);
        let mut theirs: Vec<_> = theirs
            .map(|(asked, (document, scopes))| {
                (Consent { document: *document, ..asked.clone() }, scopes.clone())
            })
            .collect();
        theirs.sort_by(|(one, _), (other, _)| order(one).cmp(&order(other)));
        Ok(theirs)
    }

    async fn withdraw(
        &self,
        issuer: &Issuer,
        user: &str,
        client: &str,
        server: &str,
    ) -> Result<Vec<Grant>, StoreFailed> {
        let mut state = self.state();
        let is_meant = |held: (&Issuer, &str, &str, &str)| held == (issuer, user, client, server);
        state
            .consents
            .retain(|asked, _| !is_meant((&asked.issuer, &asked.user, &asked.client, &asked.server)));
        Ok(state.revoke_where(|grant| is_meant((&grant.issuer, &grant.user, &grant.client, &grant.server))))
    }
}

fn order(consent: &Consent) -> [&str; 5] {
    let Consent { issuer, client, server, redirect_origin, resource, .. } = consent;
    [client, server, issuer.as_str(), redirect_origin, resource.as_str()]
}
