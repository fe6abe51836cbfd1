//! A token that a person agrees to: in a browser here, in one elsewhere, or by a code that they type.

use std::sync::Arc;

use tokio::{sync::SemaphorePermit, time::sleep};

use super::{Answer, Question};
use crate::{
    login::{Callback, LoginFailed, Notice},
    obtain::{Authorization, Client, Code, ObtainFailed, Obtained, Step},
    register::{Registration, register},
    session::{Inner, SessionFailed, Way},
};

impl Inner {
    pub(super) async fn ask_user(
        &self,
        question: &Question<'_>,
        way: Way,
    ) -> Result<Answer<'_>, SessionFailed> {
        if way == Way::Device {
            return self.ask_device(question).await;
        }
        let (callback, client) = self.client(question).await?;
        let id = client.id().to_owned();
        let (authorization, code) = self.log_in(question, callback, client, way).await?;
        let trading = self.trade().await?;
        let endpoint = self.endpoint(question, authorization.client());
        let obtained = endpoint.redeem(&authorization, code).await;
        let obtained = self.agreed(question, &id, obtained)?;
        Ok(Answer { client: id, obtained, trading: Some(trading) })
    }

    async fn log_in(
        &self,
        question: &Question<'_>,
        callback: Callback,
        client: Client,
        way: Way,
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
        let answer = callback.wait(Arc::clone(&authorization));
        let code = match &self.asked.pasted {
            Some(pasted) if way == Way::Paste => tokio::select! {
                code = answer => code?,
                code = pasted.wait(&authorization, &self.tell) => code?,
            },
            _ => {
                if let Err(reason) = self.asked.opener.open(authorization.url()) {
                    (self.tell)(Notice::NoBrowser { reason });
                }
                answer.await?
            }
        };
        Ok((authorization, code))
    }

    /// RFC 8628: the person goes to a page on whatever machine they have, and types a code there.
    async fn ask_device(&self, question: &Question<'_>) -> Result<Answer<'_>, SessionFailed> {
        let discovered = question.discovered;
        let page = discovered.server.device_authorization_endpoint.as_deref().ok_or(LoginFailed::Device)?;
        let page = discovered.target(page).map_err(|_| LoginFailed::Device)?;
        let client = self.device_client(question).await?;
        let endpoint = self.endpoint(question, &client);
        let now = || self.prover.clock().now();
        let begun = endpoint.begin_device(&page, question.scopes, now()).await;
        let mut device = self.agreed(question, client.id(), begun)?;
        // A browser goes there with a person's cookies, as to an authorization endpoint.
        self.fetch.vet(device.url()).map_err(|_| LoginFailed::Device)?;
        let url = device.url().as_str().to_owned();
        (self.tell)(Notice::Enter { url, code: device.user_code().to_owned() });
        let mut wait = device.interval();
        let (obtained, trading): (Obtained, SemaphorePermit<'_>) = loop {
            sleep(wait).await;
            let trading = self.trade().await?;
            match self.agreed(question, client.id(), endpoint.device(&mut device, now()).await)? {
                Step::Obtained(obtained) => break (*obtained, trading),
                Step::Wait(longer) => wait = longer,
            }
        };
        Ok(Answer { client: client.id().to_owned(), obtained, trading: Some(trading) })
    }

    /// A failure is told as part of a login: the next request must not open a browser at once.
    fn agreed<T>(
        &self,
        question: &Question<'_>,
        client: &str,
        outcome: Result<T, ObtainFailed>,
    ) -> Result<T, SessionFailed> {
        match outcome {
            Ok(value) => Ok(value),
            Err(error) => {
                if error.is_invalid_client() {
                    self.store.forget_registration(question.place, client, question.lock)?;
                }
                Err(LoginFailed::Obtain(error).into())
            }
        }
    }

    /// A client, and the listener that its issuer sends people back to. A registration is for one redirect URI; where
    /// its port is taken, the client registers again rather than count on the issuer's leniency (RFC 8252 §7.3).
    async fn client(&self, question: &Question<'_>) -> Result<(Callback, Client), SessionFailed> {
        let Question { discovered, place, lock, .. } = *question;
        let callback_port = self.asked.callback_port;
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
        let registration = register(&self.fetch, discovered, Some(&callback.redirect_uri())).await?;
        self.store.keep_registration(place, &registration, lock)?;
        Ok((callback, registration.client(discovered)?))
    }

    /// A client whose users type codes.
    async fn device_client(&self, question: &Question<'_>) -> Result<Client, SessionFailed> {
        let Question { discovered, place, lock, .. } = *question;
        if let Some(client) = self.given(discovered)? {
            return Ok(client);
        }
        let known = self.store.registration(place, self.prover.clock().now())?;
        if let Some(registration) = known.filter(Registration::is_for_devices) {
            return Ok(registration.client(discovered)?);
        }
        let registration = register(&self.fetch, discovered, None).await?;
        self.store.keep_registration(place, &registration, lock)?;
        Ok(registration.client(discovered)?)
    }
}
