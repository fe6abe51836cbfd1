//! Who is it? Names and passwords, slowly.

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, Request, header::SET_COOKIE};
use warded_store::User;

use super::{
    Purpose, Visitor,
    errand::Errand,
    is_form_token,
    page::login::{Elsewhere, Ways},
    refuse_other_sites,
};
use crate::{
    AuthorizationServer,
    authorize::Halt,
    form::{Form, posted},
    password::{MAX_BYTES, queue::Turn},
    random::Secret,
    refused::Refused,
    throttle::{self, Peer},
};

pub(crate) mod elsewhere;

/// Longest name that somebody can have: 64 characters.
const MAX_NAME_BYTES: usize = 256;

impl AuthorizationServer {
    /// Asks who it is.
    pub(crate) fn ask_who(&self, errand: &Errand, visitor: &Visitor) -> Result<Response, Refused> {
        self.ask_again(errand, visitor, None)
    }

    fn ask_again(
        &self,
        errand: &Errand,
        visitor: &Visitor,
        wrong: Option<Refused>,
    ) -> Result<Response, Refused> {
        let token = |cookie: &str| self.form_token(cookie, Purpose::Login, &[errand.text()]);
        let doors = self.people.doors().iter();
        let elsewhere =
            doors.map(|door| Elsewhere { name: door.name.clone(), title: door.title.clone() }).collect();
        let ways = Ways { with_password: self.people.has_passwords(), elsewhere };
        let mut response = if let Some(cookie) = &visitor.cookie {
            self.login_page(errand, &token(cookie)?, &ways, wrong, None)?
        } else {
            let fresh = self.fresh_cookie()?;
            self.login_page(errand, &token(fresh.0.reveal())?, &ways, wrong, Some(fresh))?
        };
        // Before anybody leaves: two tabs that leave at once would be given two, and the first come back in vain.
        if visitor.away.is_none() && !ways.elsewhere.is_empty() {
            let away = self.away().set(Secret::new(&*self.random)?.reveal())?;
            response.headers_mut().append(SET_COOKIE, away);
        }
        Ok(response)
    }

    /// The answer to a form that was made for another cookie than this browser's. It may be somebody else's (login
    /// CSRF: the victim would act in the attacker's name, and the attacker would read it afterwards), so nothing of it is
    /// looked at but what every link may say: what is asked for.
    ///
    /// Mostly it is an older tab of the same browser: somebody has logged in since, or has logged in, decided and is
    /// nobody any more, or two tabs were opened before there was a cookie.
    pub(super) async fn form_of_another_tab(
        &self,
        query: &str,
        visitor: &Visitor,
        peer: Peer,
    ) -> Result<Response, Halt> {
        let errand = self.errand(query, peer).await?;
        Ok(match visitor.person {
            Some(_) => self.send_on(&errand.address(self), None)?,
            None => self.ask_again(&errand, visitor, Some(Refused::FormOvertaken))?,
        })
    }
}

/// `POST /login`
pub(crate) async fn login(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    let peer = throttle::peer(request.extensions());
    let headers = request.headers().clone();
    let answer = answer(&server, request, peer).await.unwrap_or_else(|halt| halt.respond(&server));
    server.out_of_form(&headers, answer)
}

async fn answer(server: &AuthorizationServer, request: Request<Body>, peer: Peer) -> Result<Response, Halt> {
    let (headers, form) = posted(request).await?;
    refuse_other_sites(&headers)?;
    let visitor = server.visitor(&headers).await?;
    let query = form.need("request")?;
    let cookie = visitor.cookie.as_ref().ok_or(Refused::FormForeign)?;
    if !is_form_token(form.need("token")?, cookie, Purpose::Login, &[query]) {
        return server.form_of_another_tab(query, &visitor, peer).await;
    }
    let errand = server.errand(query, peer).await?;
    match who(server, &headers, &form, peer).await {
        Ok(user) => {
            let fresh = server.log_in(&user, Some(server.clock.now()), &visitor).await?;
            let known = server.devices.remember(&user.name, &*server.random)?;
            let mut response = server.send_on(&errand.after_login(server), Some(fresh))?;
            response.headers_mut().append(SET_COOKIE, known);
            Ok(response)
        }
        Err(wrong @ (Refused::LoginWrong | Refused::TooMany)) => {
            tracing::info!(issuer = %server.issuer, code = wrong.code(), "somebody could not log in");
            Ok(server.ask_again(&errand, &visitor, Some(wrong))?)
        }
        Err(refused) => Err(refused.into()),
    }
}

async fn who(
    server: &AuthorizationServer,
    headers: &HeaderMap,
    form: &Form,
    peer: Peer,
) -> Result<User, Refused> {
    if let Some(name) = &server.one_click {
        form.need("continue")?;
        return server.store.user_named(name).await?.ok_or(Refused::LoginWrong);
    }
    if !server.people.has_passwords() {
        // There is no such form here, although there may be such people: those of another issuer of this store.
        return Err(Refused::FormForeign);
    }
    let (name, password) = (form.need("username")?, form.need("password")?);
    // Nobody is called that, and ten thousand counters with such names would be our memory.
    if name.len() > MAX_NAME_BYTES {
        return Err(Refused::LoginWrong);
    }
    // Nor does anybody have such a password. It costs us nothing, so it must not cost anybody a try either.
    if password.len() > MAX_BYTES {
        return Err(Refused::LoginWrong);
    }
    let device = server.devices.known(headers, name);
    // Counted before anything is compared, and taken back where it was right: a thousand guesses at once are a
    // thousand guesses.
    let attempt = server.logins.admit(peer, name, device, server.clock.now()).ok_or(Refused::TooMany)?;
    let (turn, attempt) = server.logins.turn(attempt).await?;
    match compared(server, turn, name, password).await {
        Ok(Some(user)) => {
            server.logins.forgive(attempt, name, server.clock.now());
            Ok(user)
        }
        Ok(None) => Err(Refused::LoginWrong),
        Err(refused) => {
            server.logins.take_back(attempt);
            Err(refused)
        }
    }
}

/// Whose name and password it is.
async fn compared(
    server: &AuthorizationServer,
    turn: Turn,
    name: &str,
    password: &str,
) -> Result<Option<User>, Refused> {
    let user = server.store.user_named(name).await?;
    let held = user.as_ref().and_then(|user| user.password.as_ref());
    let is_right = server.passwords.are_equal(password, held, turn).await?;
    Ok(user.filter(|_| is_right))
}
