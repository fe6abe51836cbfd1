//! A new token from the issuer: a person agrees, or the client speaks for itself.

use std::sync::Arc;

use warded_core::Scopes;

use super::{Asked, Grant, Inner, SessionFailed};
use crate::{
    discover::Discovered,
    login::{Callback, LoginFailed, Notice},
    obtain::{self, Authorization, Client, Code, Obtained},
    register::{RegisterFailed, register},
    tokens::{Locked, Place, Record},
};

impl Inner {
    /// Asks the issuer.
    pub(super) async fn ask(
        &self,
        discovered: &Discovered,
        place: &Place,
        scopes: Scopes,
        lock: &Locked,
    ) -> Result<Record, SessionFailed> {
        let (client, obtained, _trading) = match self.asked.grant {
            Grant::Client => {
                let client = self.given(discovered)?;
                let unsupported = || RegisterFailed::Unsupported { issuer: discovered.issuer.clone() };
                let client = client.ok_or_else(unsupported)?;
                let obtained =
                    obtain::client_credentials(&self.fetch, &place.source, &client, &scopes).await?;
                (client.id().to_owned(), obtained, None)
            }
            Grant::User => {
                let (callback, client) = self.client(discovered, place, lock).await?;
                let id = client.id().to_owned();
                let (authorization, code) = self.log_in(discovered, callback, client, &scopes).await?;
                let trading = self.trade().await?;
                (id, self.redeem(&authorization, code, place, lock).await?, Some(trading))
            }
        };
        let record = Record::new(place.clone(), &client, scopes, obtained, self.clock.now());
        self.keep(&record, lock);
        (self.tell)(Notice::LoggedIn { issuer: discovered.issuer.as_str().to_owned() });
        Ok(record)
    }

    async fn log_in(
        &self,
        discovered: &Discovered,
        callback: Callback,
        client: Client,
        scopes: &Scopes,
    ) -> Result<(Arc<Authorization>, Code), SessionFailed> {
        let redirect_uri = callback.redirect_uri();
        let authorization = Authorization::begin(discovered, client, &redirect_uri, scopes, &*self.random)?;
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
        authorization: &Authorization,
        code: Code,
        place: &Place,
        lock: &Locked,
    ) -> Result<Obtained, SessionFailed> {
        match obtain::redeem(&self.fetch, authorization, code).await {
            Ok(obtained) => Ok(obtained),
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
        if let Some(client) = self.given(discovered)? {
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
