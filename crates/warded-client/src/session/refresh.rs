//! What is kept, and what can be had for it without asking anybody?

use std::sync::Arc;

use warded_core::{Scopes, metadata::AuthorizationServer};

use super::{Inner, SessionFailed, Spent, Want, known::Means, possession::Proofs};
use crate::{
    login::Notice,
    obtain::{Client, TokenEndpoint},
    tokens::{Behalf, Locked, Place, Record, Swapped, Terms},
};

/// How many tokens of a server that has refused one are tried before one is renewed. What was kept with other scopes may all
/// be good or all be over.
const OTHERS: usize = 3;

/// What is looked for.
pub(super) struct Sought<'a> {
    pub(super) place: &'a Place,
    pub(super) client: &'a Client,
    pub(super) server: &'a AuthorizationServer,
    pub(super) scopes: &'a Scopes,
    pub(super) behalf: &'a Behalf,
    pub(super) proofs: Proofs,
    pub(super) want: &'a Want,
}

/// What there is of it.
enum Found {
    /// A token that is good as far as anybody knows.
    Good(Record),
    /// One that is not, and can be renewed.
    Renewable(Record),
    Nothing,
}

impl Sought<'_> {
    /// What was obtained before the server demanded proofs is of no use to it, and a refresh brings the same. What is bound
    /// to a key is of no use to whoever wants to carry it elsewhere.
    fn is_of_use(&self, record: &Record, carries_it: bool) -> bool {
        match self.proofs {
            Proofs::Demanded => record.sender().is_some(),
            _ => !carries_it || record.sender().is_none(),
        }
    }
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
        let mut failure = None;
        loop {
            let record = match self.find(sought, spent)? {
                Found::Good(record) => {
                    (self.tell)(Notice::Kept);
                    return Ok(Some(record));
                }
                Found::Renewable(record) => record,
                Found::Nothing => break,
            };
            match self.refresh(&record, sought.client, sought.server, lock).await {
                Ok(Some(fresh)) => {
                    (spent.refreshed, spent.fresh) = (true, Some(Means::Refresh));
                    return Ok(Some(fresh));
                }
                Ok(None) => {}
                // Each later request would end here as well. What is kept stays until something better is there.
                Err(SessionFailed::Obtain(error)) if error.is_final() => {
                    if error.may_have_used_up() {
                        spent.wasted.push(Arc::new(record.clone()));
                    }
                    failure = Some(error);
                }
                Err(error) => return Err(error),
            }
            spent.over.push(Arc::new(record));
        }
        match failure {
            Some(error) if !self.may_ask(spent) => Err(error.into()),
            _ => Ok(None),
        }
    }

    /// What is kept and of use. What has ended and cannot be renewed hides nothing that stands behind it: a person would be
    /// asked at each start while there is a good token.
    fn find(&self, sought: &Sought<'_>, spent: &Spent) -> Result<Found, SessionFailed> {
        let (now, mut renewable) = (self.prover.clock().now(), None);
        let is_among = |records: &[Arc<Record>], record: &Record| {
            records.iter().any(|other| other.is_same_token(record))
        };
        for (terms, is_wider) in self.terms(sought) {
            let found = if is_wider {
                self.store.wider(sought.place, &terms)?
            } else {
                self.store.exactly(sought.place, &terms)?.into_iter().collect()
            };
            for record in found {
                if !sought.is_of_use(&record, self.asked.bearer) || is_among(&spent.over, &record) {
                    continue;
                }
                let is_refused = is_among(&spent.refused, &record);
                if !is_refused && !record.is_expired(now) && spent.refused.len() <= OTHERS {
                    return Ok(Found::Good(record));
                }
                let is_wasted = spent.wasted.iter().any(|one| one.terms().is_like(record.terms()));
                // More scopes do not come out of a refresh, and one that brings something is enough for a request.
                let is_vain = spent.refreshed || is_wasted || (is_refused && sought.want.is_for_scopes);
                match record.refresh_token() {
                    Some(_) if !is_vain && is_refused => return Ok(Found::Renewable(record)),
                    Some(_) if !is_vain => renewable = renewable.or(Some(record)),
                    _ => {}
                }
            }
        }
        Ok(renewable.map_or(Found::Nothing, Found::Renewable))
    }

    /// What a token may have been asked for with to be of use, the best first, and whether it may have more scopes.
    fn terms(&self, sought: &Sought<'_>) -> Vec<(Terms, bool)> {
        let ways: &[bool] = if self.asked.bearer { &[false, true] } else { &[false] };
        let widths: &[bool] = if self.is_lasting() { &[false, true] } else { &[false] };
        let asked = Terms::new(sought.client.id(), sought.scopes.clone()).on_behalf(sought.behalf.clone());
        let mut terms = Vec::new();
        for bound in self.asked.bounds() {
            for way in ways {
                let one = asked.clone().bound(bound.clone()).bearer(*way);
                terms.extend(widths.iter().map(|width| (one.clone(), *width)));
            }
        }
        terms
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
        let Some(meant) = self.meant(&kept) else {
            return Ok(None);
        };
        let Some(server) = self.server_of(&kept).await? else {
            return Ok(None);
        };
        match self.client_of(&meant, &server)? {
            Some(client) => Ok(self.refresh(&kept, &client, &server, &lock).await?.map(Arc::new)),
            None => Ok(None),
        }
    }
}
