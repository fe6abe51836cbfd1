//! What is kept, and what can be had for it without asking anybody?

use std::sync::Arc;

use warded_core::{Scopes, metadata::AuthorizationServer};

use super::{Inner, SessionFailed, Spent, Want, possession::Proofs};
use crate::{
    login::Notice,
    obtain::{Client, TokenEndpoint},
    tokens::{Behalf, Locked, Place, Record, Swapped, Terms},
};

/// What is looked for.
pub(super) struct Sought<'a> {
    pub(super) place: &'a Place,
    pub(super) client: &'a Client,
    pub(super) server: &'a AuthorizationServer,
    pub(super) scopes: &'a Scopes,
    pub(super) behalf: &'a Behalf,
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
            (self.tell)(Notice::Kept);
            return Ok(Some(record));
        }
        // More scopes do not come out of a refresh, and one refresh for a request is enough.
        if spent.refreshed || (is_refused && sought.want.is_for_scopes) {
            return Ok(None);
        }
        spent.refreshed = true;
        match self.refresh(&record, sought.client, sought.server, lock).await {
            // Each later request would end here as well. What is kept stays until something better is there.
            Err(SessionFailed::Obtain(error)) if error.is_final() && self.may_ask(*spent) => Ok(None),
            outcome => outcome,
        }
    }

    fn find(&self, sought: &Sought<'_>) -> Result<Option<Record>, SessionFailed> {
        let ways: &[bool] = if self.asked.bearer { &[false, true] } else { &[false] };
        for (bound, is_bearer) in
            self.asked.bounds().iter().flat_map(|bound| ways.iter().map(move |way| (bound, way)))
        {
            let terms = Terms::new(sought.client.id(), sought.scopes.clone());
            let terms = terms.bound(bound.clone()).on_behalf(sought.behalf.clone()).bearer(*is_bearer);
            // What was obtained before the server demanded proofs is of no use to it, and a refresh brings the same. What is
            // bound to a key is of no use to whoever wants to carry it elsewhere.
            let is_of_use = |record: &Record| match sought.proofs {
                Proofs::Demanded => record.sender().is_some(),
                _ => !self.asked.bearer || record.sender().is_none(),
            };
            if let Some(record) = self.store.find(sought.place, &terms)?.filter(is_of_use) {
                return Ok(Some(record));
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
    pub(super) async fn refresh(
        &self,
        record: &Record,
        client: &Client,
        server: &AuthorizationServer,
        lock: &Locked,
    ) -> Result<Option<Record>, SessionFailed> {
        let Some(token) = record.refresh_token() else {
            return Ok(None);
        };
        let place = record.place();
        let _trading = self.trade().await?;
        // A disk that is full is no reason to let a login end: it costs an explanation, where there is something to
        // explain.
        let was_interrupted = self.store.begin_trade(record, lock).is_ok_and(|trade| trade.was_interrupted());
        let endpoint = TokenEndpoint::new(&self.fetch, &place.source, client, &record.terms().bound)
            .described(server)
            .proving(record.sender().map(|key| (key, &self.prover)));
        match endpoint.refresh(token).await {
            Ok(obtained) => {
                (self.tell)(Notice::Refreshed { issuer: place.source.issuer().as_str().to_owned() });
                let fresh = record.refreshed(obtained, self.prover.clock().now());
                Ok(Some(self.swap(record, fresh, lock)))
            }
            // Only now is it of no more use. Whatever else went wrong may be right again in a moment.
            Err(error) if error.is_invalid_grant() => {
                self.store.forget(record, lock)?;
                if was_interrupted {
                    let issuer = place.source.issuer().as_str().to_owned();
                    (self.tell)(Notice::LoginLost { issuer });
                }
                Ok(None)
            }
            // It is not the refresh token's fault: with the right client it is as good as before.
            Err(error) if error.is_invalid_client() => {
                self.close(record, was_interrupted, lock)?;
                self.store.forget_registration(place, client.id(), lock)?;
                Ok(None)
            }
            Err(error) => {
                // Otherwise nobody knows what became of the token.
                if !error.may_have_used_up() {
                    self.close(record, was_interrupted, lock)?;
                }
                Err(error.into())
            }
        }
    }

    /// Notes that the refresh token is as good as it was before it was sent; where nobody knows how good that was, it stays
    /// so.
    fn close(&self, record: &Record, was_interrupted: bool, lock: &Locked) -> Result<(), SessionFailed> {
        if !was_interrupted {
            self.store.end_trade(record, lock)?;
        }
        Ok(())
    }

    /// Keeps what came out of a refresh. A full disk is no reason to throw it away, and neither is a record that
    /// somebody has taken away or replaced meanwhile, who is not overwritten.
    fn swap(&self, before: &Record, fresh: Record, lock: &Locked) -> Record {
        let not_kept = |reason: String| (self.tell)(Notice::NotKept { reason });
        match self.store.replace(before, &fresh, lock) {
            Ok(Swapped::Kept) => fresh,
            Ok(Swapped::Other(other)) if !other.is_expired(self.prover.clock().now()) => *other,
            Ok(Swapped::Other(_)) => {
                not_kept("another program has written something else in its place".to_owned());
                fresh
            }
            Ok(Swapped::Gone) => {
                not_kept("it was removed from the token store meanwhile".to_owned());
                fresh
            }
            Err(error) => {
                not_kept(error.to_string());
                fresh
            }
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
        // What is said of whoever it is about may be about somebody else by now.
        if kept.refresh_token().is_none() || !self.is_theirs(&kept) {
            return Ok(None);
        }
        let Some(server) = self.server_of(&kept).await? else {
            return Ok(None);
        };
        let client = self.client_of(&kept, &server)?;
        match client {
            Some(client) => Ok(self.refresh(&kept, &client, &server, &lock).await?.map(Arc::new)),
            None => Ok(None),
        }
    }
}
