//! What is kept, and what can be had for it without asking anybody?

use std::sync::Arc;

use warded_core::Scopes;

use super::{Inner, SessionFailed, Spent, Want};
use crate::{
    discover::issuer_metadata,
    login::Notice,
    obtain::{self, Client},
    register::Given,
    tokens::{Locked, Place, Record, Swapped},
};

impl Inner {
    /// What is kept, as it is or refreshed. It is read under the lock: another process may have been faster, and a
    /// refresh token that it has used is not used again.
    #[expect(clippy::too_many_arguments, reason = "each is a different fact about one decision")]
    pub(super) async fn kept(
        &self,
        place: &Place,
        client: &Client,
        scopes: &Scopes,
        refused: Option<&Record>,
        want: &Want,
        spent: &mut Spent,
        lock: &Locked,
    ) -> Result<Option<Record>, SessionFailed> {
        let Some(record) = self.store.find(place, client.id(), scopes)? else {
            return Ok(None);
        };
        let is_refused = refused.is_some_and(|refused| refused.is_same_token(&record));
        if !is_refused && !record.is_expired(self.clock.now()) {
            return Ok(Some(record));
        }
        // More scopes do not come out of a refresh, and one refresh for a request is enough.
        if spent.refreshed || (is_refused && matches!(want, Want::Scopes(_))) {
            return Ok(None);
        }
        spent.refreshed = true;
        self.refresh(&record, client, lock).await
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
        // A disk that is full is no reason to let a login end: it costs an explanation, where there is something to
        // explain.
        let was_interrupted = self.store.begin_trade(record, lock).is_ok_and(|trade| trade.was_interrupted());
        match obtain::refresh(&self.fetch, &place.source, client, token).await {
            Ok(obtained) => Ok(Some(self.swap(record, record.refreshed(obtained, self.clock.now()), lock))),
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
                self.store.end_trade(record, lock)?;
                self.store.forget_registration(place, lock)?;
                Ok(None)
            }
            Err(error) => {
                // Where there is another answer or none, nobody knows whether the token was used up.
                if error.is_refused() {
                    self.store.end_trade(record, lock)?;
                }
                Err(error.into())
            }
        }
    }

    /// Keeps what came out of a refresh. A full disk is no reason to throw it away, and neither is a record that
    /// somebody has taken away or replaced meanwhile, who is not overwritten.
    fn swap(&self, before: &Record, fresh: Record, lock: &Locked) -> Record {
        let not_kept = |reason: String| (self.tell)(Notice::NotKept { reason });
        match self.store.replace(before, &fresh, lock) {
            Ok(Swapped::Kept) => fresh,
            Ok(Swapped::Other(other)) if !other.is_expired(self.clock.now()) => *other,
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
        let Some(kept) = self.store.find(place, record.client(), record.asked())? else {
            return Ok(None);
        };
        if !kept.is_ending(self.clock.now()) {
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
        let client = match &self.asked.given {
            Given::Registered { id, secret: Some(secret) } if id == record.client() => {
                self.has_owner()?;
                Client::confidential(id, secret.clone(), place.source.issuer().clone(), &server)?
            }
            Given::Registered { id, .. } | Given::Document { url: id } if id == record.client() => {
                Client::public(id, place.source.issuer().clone())
            }
            _ => match self.store.registration(place, self.clock.now())? {
                Some(registration) if registration.id() == record.client() => {
                    registration.client_at(&server)?
                }
                _ => return Ok(None),
            },
        };
        Ok(self.refresh(&kept, &client, &lock).await?.map(Arc::new))
    }
}
