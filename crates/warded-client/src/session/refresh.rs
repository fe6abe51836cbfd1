//! What is kept, and what can be had for it without asking anybody?

use std::sync::Arc;

use warded_core::Scopes;

use super::{Inner, SessionFailed, Spent, Want, possession::Proofs};
use crate::{
    discover::issuer_metadata,
    login::Notice,
    obtain::{Client, TokenEndpoint},
    tokens::{Locked, Place, Record, Terms},
};

/// What is looked for.
pub(super) struct Sought<'a> {
    pub(super) place: &'a Place,
    pub(super) client: &'a Client,
    pub(super) scopes: &'a Scopes,
    pub(super) proofs: Proofs,
    pub(super) refused: Option<&'a Record>,
    pub(super) want: &'a Want,
}

impl Inner {
    /// What is kept, as it is or refreshed. It is read under the lock: another process may have been faster, and a
    /// refresh token that it has used is not used again.
    pub(super) async fn kept(
        &self,
        sought: &Sought<'_>,
        spent: &mut Spent,
        lock: &Locked,
    ) -> Result<Option<Record>, SessionFailed> {
        let Some(record) = self.find(sought)? else {
            return Ok(None);
        };
        let is_refused = sought.refused.is_some_and(|refused| refused.is_same_token(&record));
        if !is_refused && !record.is_expired(self.prover.clock().now()) {
            return Ok(Some(record));
        }
        // More scopes do not come out of a refresh, and one refresh for a request is enough.
        if spent.refreshed || (is_refused && sought.want.is_for_scopes) {
            return Ok(None);
        }
        spent.refreshed = true;
        self.refresh(&record, sought.client, lock).await
    }

    fn find(&self, sought: &Sought<'_>) -> Result<Option<Record>, SessionFailed> {
        let behalf = self.behalf()?;
        for bound in self.asked.bounds() {
            let terms = Terms::new(sought.client.id(), sought.scopes.clone());
            let terms = terms.bound(bound).on_behalf(behalf.clone());
            if let Some(record) = self.store.find(sought.place, &terms)? {
                // What was obtained before the server demanded proofs is of no use to it, and a refresh brings the same.
                let is_use = sought.proofs != Proofs::Demanded || record.sender().is_some();
                return Ok(is_use.then_some(record));
            }
        }
        Ok(None)
    }

    /// Keeps a token. A full disk is no reason to throw away what the issuer has just given.
    pub(super) fn keep(&self, record: &Record, lock: &Locked) {
        if let Err(error) = self.store.keep(record, lock) {
            (self.tell)(Notice::NotKept { reason: error.to_string() });
        }
    }

    /// Trades the refresh token; none where its issuer has taken it back.
    async fn refresh(
        &self,
        record: &Record,
        client: &Client,
        lock: &Locked,
    ) -> Result<Option<Record>, SessionFailed> {
        let Some(token) = record.refresh_token() else {
            return Ok(None);
        };
        let place = record.place();
        let _trading = self.trade().await?;
        let endpoint = TokenEndpoint::new(&self.fetch, &place.source, client, &record.terms().bound)
            .proving(record.sender().map(|key| (key, &self.prover)));
        match endpoint.refresh(token).await {
            Ok(obtained) => {
                let fresh = record.refreshed(obtained, self.prover.clock().now());
                self.keep(&fresh, lock);
                Ok(Some(fresh))
            }
            // Only now is it of no more use. Whatever else went wrong may be right again in a moment.
            Err(error) if error.is_invalid_grant() => {
                self.store.forget(record, lock)?;
                Ok(None)
            }
            Err(error) if error.is_invalid_client() => {
                self.store.forget(record, lock)?;
                self.store.forget_registration(place, lock)?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Renews a token that is about to end, before the server notices. It goes to the issuer that it came from, with
    /// nothing discovered in between.
    pub(super) async fn refresh_ahead(&self, record: &Record) -> Result<Option<Arc<Record>>, SessionFailed> {
        let place = record.place();
        // The request would wait for whoever logs in in another process, though its token is still good.
        let Some(lock) = self.store.try_lock(place)? else {
            return Ok(None);
        };
        let Some(kept) = self.store.find(place, record.terms())? else {
            return Ok(None);
        };
        if !kept.is_ending(self.prover.clock().now()) {
            return Ok(Some(Arc::new(kept)));
        }
        if kept.refresh_token().is_none() {
            return Ok(None);
        }
        // Whether the client has a secret, and how it shows it, stands in the issuer's own metadata.
        let found = issuer_metadata(&self.fetch, place.source.issuer(), Some(self.server())).await?;
        let Some(server) =
            found.filter(|server| server.token_endpoint.as_deref() == Some(place.source.token_endpoint()))
        else {
            return Ok(None);
        };
        let (issuer, client) = (place.source.issuer(), &record.terms().client);
        let client = if self.asked.given.id() == Some(client) {
            self.has_owner()?;
            self.asked.given.client_at(issuer, &server, &self.prover)?
        } else {
            match self.store.registration(place, self.prover.clock().now())? {
                Some(registration) if registration.id() == client => Some(registration.client_at(&server)?),
                _ => None,
            }
        };
        match client {
            Some(client) => Ok(self.refresh(&kept, &client, &lock).await?.map(Arc::new)),
            None => Ok(None),
        }
    }
}
