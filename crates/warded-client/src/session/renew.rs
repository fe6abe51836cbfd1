//! From a refusal to a token: what is kept, else a refresh, else a person.

use std::sync::Arc;

use warded_core::Scopes;

use super::{Asked, COOLING, Failure, Grant, Inner, LOGINS, SessionFailed, Spent, Want};
use crate::{
    discover::{Discovered, discover},
    login::{Callback, LoginFailed, Notice},
    obtain::{self, Authorization, Client, Source},
    register::{Given, RegisterFailed, register},
    tokens::{Locked, Place, Record},
};

impl Inner {
    /// A token that the server has not refused yet. Whoever comes while somebody else is at it waits, and takes what
    /// comes of it: one login for all.
    pub(super) async fn renew(
        &self,
        refused: Option<Arc<Record>>,
        turn: u64,
        want: &Want,
        spent: &mut Spent,
    ) -> Result<Arc<Record>, SessionFailed> {
        let _renewing = self.renewing.lock().await;
        let is_refused =
            |record: &Record| refused.as_ref().is_some_and(|refused| refused.is_same_token(record));
        if let Some(record) = self.at_hand().0
            && !is_refused(&record)
            && is_enough(&record, want)
        {
            return Ok(record);
        }
        if let Some(error) = self.failure_since(turn) {
            return Err(error);
        }
        let turn = {
            let mut state = self.state();
            state.turn += 1;
            state.turn
        };
        let outcome = self.obtain(refused.as_deref(), want, spent).await;
        let mut state = self.state();
        state.failure = None;
        match &outcome {
            Ok(record) => state.record = Some(Arc::clone(record)),
            Err(error) if is_about_one_request(error) => {}
            Err(error) => {
                let (at, error) = (self.clock.now(), error.clone());
                state.failure = Some(Failure { turn, at, error });
            }
        }
        outcome
    }

    /// What went wrong while somebody waited; and where a person was asked, also a while later. What may be better in a
    /// moment is asked again by the next request; a person is not.
    fn failure_since(&self, turn: u64) -> Option<SessionFailed> {
        let failure = self.state().failure.clone()?;
        let age = self.clock.now().since(failure.at);
        let was_login = matches!(failure.error, SessionFailed::Login(_) | SessionFailed::Register(_));
        (failure.turn > turn || (was_login && (0..COOLING).contains(&age))).then_some(failure.error)
    }

    /// Renews a token that is about to end, unless somebody is at it.
    pub(super) async fn renew_ahead(&self, record: &Record) {
        let Ok(_renewing) = self.renewing.try_lock() else {
            return;
        };
        // A failure is no reason to stop: the token may be good for a while, and the server will say if not.
        let fresh = self.refresh_ahead(record).await.ok().flatten();
        let mut state = self.state();
        match fresh {
            Some(fresh) => (state.record, state.failed_ahead) = (Some(fresh), None),
            None => state.failed_ahead = Some(self.clock.now()),
        }
    }

    async fn obtain(
        &self,
        refused: Option<&Record>,
        want: &Want,
        spent: &mut Spent,
    ) -> Result<Arc<Record>, SessionFailed> {
        let challenge = match want {
            Want::Token(challenge) => challenge.as_ref(),
            Want::Scopes(challenge) => Some(challenge),
        };
        // Asked anew each time: a server may have changed its issuer, and what is known of the old one is not for
        // the new one.
        let discovered = discover(&self.fetch, self.server(), challenge).await?;
        let place = self.place(&discovered)?;
        let scopes = self.scopes(&discovered, refused, want)?;
        let refused = refused.filter(|refused| *refused.place() == place);
        if spent.fresh && refused.is_some() && matches!(want, Want::Token(_)) {
            self.state().refused = Some(place.source.clone());
        }
        if self.state().refused.as_ref() == Some(&place.source) {
            return Err(SessionFailed::FreshTokenRefused { issuer: discovered.issuer });
        }
        let lock = self.store.lock(&place).await?;
        if let Some(client) = self.known_client(&discovered, &place)?
            && let Some(record) = self.kept(&place, &client, &scopes, refused, want, spent, &lock).await?
        {
            return Ok(Arc::new(record));
        }
        if spent.logins == LOGINS {
            return Err(SessionFailed::TooManyLogins);
        }
        spent.logins += 1;
        spent.fresh = true;
        let record = self.ask(&discovered, &place, scopes, &lock).await?;
        Ok(Arc::new(record))
    }

    /// What is kept, as it is or refreshed. It is read under the lock: another process may have been faster, and a
    /// refresh token that it has used is not used again.
    #[expect(clippy::too_many_arguments, reason = "each is a different fact about one decision")]
    async fn kept(
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
        match obtain::refresh(&self.fetch, &place.source, client, token).await {
            Ok(obtained) => {
                let fresh = record.refreshed(obtained, self.clock.now());
                self.store.keep(&fresh, lock)?;
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
    async fn refresh_ahead(&self, record: &Record) -> Result<Option<Arc<Record>>, SessionFailed> {
        let place = record.place();
        let lock = self.store.lock(place).await?;
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
        let found =
            crate::discover::issuer_metadata(&self.fetch, place.source.issuer(), Some(self.server())).await?;
        let Some(server) =
            found.filter(|server| server.token_endpoint.as_deref() == Some(place.source.token_endpoint()))
        else {
            return Ok(None);
        };
        let client = match &self.asked.given {
            Given::Registered { id, secret: Some(secret) } if id == record.client() => {
                self.pinned(place, id)?;
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

    /// Where discovery leads, if the user wants to go there.
    fn place(&self, discovered: &Discovered) -> Result<Place, SessionFailed> {
        let server = self.server().clone();
        if discovered.is_wide {
            let resource = discovered.resource_text.clone();
            if self.asked.strict_resource {
                return Err(SessionFailed::WideResource { resource, server });
            }
            (self.tell)(Notice::WideResource { resource });
        }
        if let Some(expected) = self.asked.issuer.clone().filter(|issuer| *issuer != discovered.issuer) {
            return Err(SessionFailed::IssuerChanged { expected, named: discovered.issuer.clone() });
        }
        if discovered.is_legacy {
            (self.tell)(Notice::Legacy);
        }
        Ok(Place::new(server, Source::of(discovered)?, self.asked.account.clone()))
    }

    /// What to ask for. A step-up keeps what was there: a token that can write and no longer read would be refused at
    /// the next request.
    fn scopes(
        &self,
        discovered: &Discovered,
        refused: Option<&Record>,
        want: &Want,
    ) -> Result<Scopes, SessionFailed> {
        let listed = discovered.resource.as_ref().and_then(|resource| resource.scopes_supported.as_deref());
        match want {
            Want::Token(challenge) => {
                let challenged = challenge.as_ref().and_then(|challenge| challenge.scope.as_ref());
                Ok(obtain::to_ask(challenged, listed, &discovered.server).union(&self.asked.scopes))
            }
            Want::Scopes(challenge) => {
                let wanted = challenge.scope.clone().unwrap_or_default();
                let held = refused.map(|record| record.asked().clone()).unwrap_or_default();
                if refused.is_some() && wanted.missing_from(&held).is_empty() {
                    return Err(SessionFailed::ScopesRefused { scopes: wanted.to_string() });
                }
                Ok(obtain::to_ask(Some(&wanted), listed, &discovered.server)
                    .union(&held)
                    .union(&self.asked.scopes))
            }
        }
    }

    /// As whom tokens of this place were asked for; none where nobody has asked yet.
    fn known_client(&self, discovered: &Discovered, place: &Place) -> Result<Option<Client>, SessionFailed> {
        if let Some(client) = self.given(discovered, place)? {
            return Ok(Some(client));
        }
        let registration = self.store.registration(place, self.clock.now())?;
        Ok(registration.map(|registration| registration.client(discovered)).transpose()?)
    }

    fn given(&self, discovered: &Discovered, place: &Place) -> Result<Option<Client>, SessionFailed> {
        if let Given::Registered { id, secret: Some(_) } = &self.asked.given {
            self.pinned(place, id)?;
        }
        Ok(self.asked.given.client(discovered)?)
    }

    /// Refuses to show a client's secret to an issuer that is not the one it was first shown to.
    fn pinned(&self, place: &Place, id: &str) -> Result<(), SessionFailed> {
        let named = place.source.issuer();
        let expected = self.store.pin(place, id)?;
        if expected == *named {
            return Ok(());
        }
        Err(SessionFailed::IssuerChanged { expected, named: named.clone() })
    }

    /// Asks the issuer for a new token: a person agrees, or the client speaks for itself.
    async fn ask(
        &self,
        discovered: &Discovered,
        place: &Place,
        scopes: Scopes,
        lock: &Locked,
    ) -> Result<Record, SessionFailed> {
        let (client, obtained) = match self.asked.grant {
            Grant::Client => {
                let client = self.given(discovered, place)?;
                let unsupported = || RegisterFailed::Unsupported { issuer: discovered.issuer.clone() };
                let client = client.ok_or_else(unsupported)?;
                let obtained =
                    obtain::client_credentials(&self.fetch, &place.source, &client, &scopes).await?;
                (client.id().to_owned(), obtained)
            }
            Grant::User => self.log_in(discovered, place, &scopes, lock).await?,
        };
        let record = Record::new(place.clone(), &client, scopes, obtained, self.clock.now());
        self.store.keep(&record, lock)?;
        (self.tell)(Notice::LoggedIn { issuer: discovered.issuer.as_str().to_owned() });
        Ok(record)
    }

    async fn log_in(
        &self,
        discovered: &Discovered,
        place: &Place,
        scopes: &Scopes,
        lock: &Locked,
    ) -> Result<(String, obtain::Obtained), SessionFailed> {
        let (callback, client) = self.client(discovered, place, lock).await?;
        let id = client.id().to_owned();
        let redirect_uri = callback.redirect_uri();
        let authorization = Authorization::begin(discovered, client, &redirect_uri, scopes, &*self.random)?;
        let authorization = Arc::new(authorization);
        (self.tell)(Notice::Visit { url: authorization.url().to_owned() });
        if let Err(reason) = self.asked.opener.open(authorization.url()) {
            (self.tell)(Notice::NoBrowser { reason });
        }
        let code = callback.wait(Arc::clone(&authorization)).await?;
        match obtain::redeem(&self.fetch, &authorization, code).await {
            Ok(obtained) => Ok((id, obtained)),
            Err(error) => {
                if error.is_invalid_client() {
                    self.store.forget_registration(place, lock)?;
                }
                // Told as part of a login: the next request must not open a browser at once.
                Err(LoginFailed::Obtain(error).into())
            }
        }
    }

    /// A client, and the listener that its issuer sends people back to. A registration is for one redirect URI; where
    /// its port is taken, the client registers again rather than count on the issuer's leniency (RFC 8252 §7.3).
    async fn client(
        &self,
        discovered: &Discovered,
        place: &Place,
        lock: &Locked,
    ) -> Result<(Callback, Client), SessionFailed> {
        let Asked { callback_port, .. } = self.asked;
        if let Some(client) = self.given(discovered, place)? {
            return Ok((Callback::bind(callback_port.unwrap_or(0)).await?, client));
        }
        if let Some(registration) = self.store.registration(place, self.clock.now())?
            && let Some(port) = registration.port()
            && callback_port.is_none_or(|wanted| wanted == port)
            && let Ok(callback) = Callback::bind(port).await
        {
            return Ok((callback, registration.client(discovered)?));
        }
        let callback = Callback::bind(callback_port.unwrap_or(0)).await?;
        let registration = register(&self.fetch, discovered, &callback.redirect_uri()).await?;
        self.store.keep_registration(place, &registration, lock)?;
        Ok((callback, registration.client(discovered)?))
    }
}

/// Whether a failure says nothing to other requests.
fn is_about_one_request(error: &SessionFailed) -> bool {
    matches!(error, SessionFailed::ScopesRefused { .. } | SessionFailed::TooManyLogins)
}

/// Whether a token was asked for with what the server wants.
fn is_enough(record: &Record, want: &Want) -> bool {
    match want {
        Want::Token(_) => true,
        Want::Scopes(challenge) => {
            challenge.scope.as_ref().is_none_or(|scopes| scopes.missing_from(record.asked()).is_empty())
        }
    }
}
