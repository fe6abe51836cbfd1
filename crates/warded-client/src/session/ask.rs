//! A new token from the issuer: a person agrees, or the client speaks for itself or for somebody else.

use std::sync::Arc;

use warded_core::Scopes;

use super::{Asked, Grant, Inner, SessionFailed, behalf, possession::Proofs};
use crate::{
    discover::Discovered,
    login::{Callback, LoginFailed, Notice},
    obtain::{Authorization, Bound, Client, Code, ObtainFailed, Obtained, TokenEndpoint},
    possession::SenderKey,
    register::{RegisterFailed, register},
    tokens::{Locked, Place, Record, Terms},
};

/// What is asked for.
pub(super) struct Question<'a> {
    pub(super) discovered: &'a Discovered,
    pub(super) place: &'a Place,
    pub(super) scopes: &'a Scopes,
    pub(super) lock: &'a Locked,
    pub(super) key: Option<SenderKey>,
    pub(super) bound: Bound,
}

impl Inner {
    /// Asks the issuer; where it gives no tokens for a resource that is named, and the user has said that this will do, once
    /// more without a name (Entra ID and others, RFC 8707 §2).
    pub(super) async fn ask(
        &self,
        discovered: &Discovered,
        place: &Place,
        scopes: &Scopes,
        proofs: Proofs,
        lock: &Locked,
    ) -> Result<Record, SessionFailed> {
        let key = match proofs {
            Proofs::Unmentioned => None,
            Proofs::Taken | Proofs::Demanded => {
                Some(SenderKey::generate(&**self.prover.random()).map_err(ObtainFailed::from)?)
            }
        };
        let mut bounds = self.asked.bounds().into_iter();
        let bound = bounds.next().unwrap_or_default();
        let mut question = Question { discovered, place, scopes, lock, key, bound };
        let (client, obtained) = match self.put(&question).await {
            Err(error) if error.is_invalid_target() => {
                question.bound = bounds.next().ok_or(error)?;
                (self.tell)(Notice::Unbound { issuer: discovered.issuer.as_str().to_owned() });
                self.put(&question).await?
            }
            outcome => outcome?,
        };
        let terms = Terms::new(client, scopes.clone()).bound(question.bound).on_behalf(self.behalf()?);
        let record = Record::new(place.clone(), terms, obtained, question.key, self.prover.clock().now());
        self.keep(&record, lock);
        (self.tell)(Notice::LoggedIn { issuer: discovered.issuer.as_str().to_owned() });
        Ok(record)
    }

    async fn put(&self, question: &Question<'_>) -> Result<(String, Obtained), SessionFailed> {
        match &self.asked.grant {
            Grant::User(_) => self.ask_user(question).await,
            grant => {
                let client = self.own_client(question.discovered)?;
                let endpoint = self.endpoint(question, &client);
                let outcome = match grant {
                    Grant::Assertion(assertion) => {
                        let assertion = assertion.read().map_err(ObtainFailed::from);
                        let assertion = assertion.map_err(SessionFailed::Ungranted)?;
                        let issuer = &question.discovered.issuer;
                        if self.asked.issuer.is_none() && !behalf::is_for(&assertion, issuer) {
                            return Err(SessionFailed::SecretOfNobody);
                        }
                        endpoint.assertion(&assertion, question.scopes).await
                    }
                    _ => endpoint.client_credentials(question.scopes).await,
                };
                // It is what it is: nobody is asked, and nothing else is tried in its place.
                let obtained = outcome.map_err(SessionFailed::Ungranted)?;
                Ok((client.id().to_owned(), obtained))
            }
        }
    }

    async fn ask_user(&self, question: &Question<'_>) -> Result<(String, Obtained), SessionFailed> {
        let Question { discovered, place, lock, .. } = *question;
        let (callback, client) = self.client(discovered, place, lock).await?;
        let id = client.id().to_owned();
        let (authorization, code) = self.log_in(question, callback, client).await?;
        let _trading = self.trade().await?;
        Ok((id, self.redeem(question, &authorization, code).await?))
    }

    /// The issuer's token endpoint, for one client and one question.
    fn endpoint<'a>(&'a self, question: &'a Question<'a>, client: &'a Client) -> TokenEndpoint<'a> {
        TokenEndpoint::new(&self.fetch, &question.place.source, client, &question.bound)
            .proving(question.key.as_ref().map(|key| (key, &self.prover)))
    }

    /// The client, where no person can vouch for it: its issuer knows it.
    fn own_client(&self, discovered: &Discovered) -> Result<Client, SessionFailed> {
        let unsupported = || RegisterFailed::Unsupported { issuer: discovered.issuer.clone() };
        Ok(self.given(discovered)?.ok_or_else(unsupported)?)
    }

    async fn log_in(
        &self,
        question: &Question<'_>,
        callback: Callback,
        client: Client,
    ) -> Result<(Arc<Authorization>, Code), SessionFailed> {
        let authorization = Authorization::begin(
            question.discovered,
            client,
            &callback.redirect_uri(),
            question.scopes,
            &question.bound,
            question.key.as_ref(),
            &**self.prover.random(),
        )?;
        let authorization = Arc::new(authorization);
        (self.tell)(Notice::Visit { url: authorization.url().to_owned() });
        if let Err(reason) = self.asked.opener.open(authorization.url()) {
            (self.tell)(Notice::NoBrowser { reason });
        }
        let code = callback.wait(Arc::clone(&authorization)).await?;
        Ok((authorization, code))
    }

    async fn redeem(
        &self,
        question: &Question<'_>,
        authorization: &Authorization,
        code: Code,
    ) -> Result<Obtained, SessionFailed> {
        match self.endpoint(question, authorization.client()).redeem(authorization, code).await {
            Ok(obtained) => Ok(obtained),
            Err(error) => {
                if error.is_invalid_client() {
                    self.store.forget_registration(question.place, question.lock)?;
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
        if let Some(client) = self.given(discovered)? {
            return Ok((Callback::bind(callback_port.unwrap_or(0)).await?, client));
        }
        if let Some(registration) = self.store.registration(place, self.prover.clock().now())?
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
