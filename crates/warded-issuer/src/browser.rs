//! Which browser is this, and who sits in front of it? One cookie, and forms that were made for it.

use std::{
    cmp::Reverse,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, StatusCode, header::ALLOW};
use warded_core::UnixTime;
use warded_store::{Digest, Session, User};
use zeroize::Zeroizing;

use crate::{AuthorizationServer, people::under_way::PATIENCE, random::Secret, refused::Refused};

mod apps;
pub(crate) mod consent;
mod cookie;
pub(crate) mod device;
pub(crate) mod errand;
mod error;
mod form_token;
pub(crate) mod login;
pub(crate) mod page;

pub(crate) use cookie::Cookie;
use form_token::{Purpose, is_form_token, mark};

/// How long somebody is logged in where everybody on the way can read the cookie: until they have decided, and not for
/// the rest of the day.
const OVERHEARD_SECONDS: u32 = 15 * 60;

/// In how many browsers somebody is logged in at most. Whoever knows one password could fill the store otherwise.
const MOST_SESSIONS: usize = 20;

/// Where people go, below the issuer's path.
pub(crate) fn routes(base: &str) -> Router<Arc<AuthorizationServer>> {
    Router::new()
        // A path is the operator's text, not a pattern.
        .without_v07_checks()
        .route(&format!("{base}/login"), post(login::login).get(nothing_sent))
        .route(&format!("{base}/consent"), post(consent::consent).get(nothing_sent))
        .route(&format!("{base}/apps"), get(apps::apps))
        .route(&format!("{base}/apps/revoke"), post(apps::revoke))
        .route(&format!("{base}/apps/others"), post(apps::log_out_elsewhere))
        .route(&format!("{base}/logout"), post(apps::log_out))
}

/// Somebody opened the address of a form: an old tab, or the address bar.
async fn nothing_sent(State(server): State<Arc<AuthorizationServer>>) -> Response {
    let mut response = server.refusal_page(Refused::FormForeign);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

/// A browser, and who is logged in there.
pub(crate) struct Visitor {
    cookie: Option<Zeroizing<String>>,
    /// What binds it to its way back from providers.
    away: Option<Zeroizing<String>>,
    pub(crate) person: Option<Person>,
}

impl Visitor {
    /// Whether that is who is logged in.
    fn is_person(&self, user: &User) -> bool {
        self.person.as_ref().is_some_and(|person| person.user.id == user.id)
    }

    /// Whether it is this browser's session.
    fn is_of(&self, session: &Session) -> bool {
        self.cookie.as_ref().is_some_and(|cookie| Digest::of(cookie.as_bytes()) == session.digest)
    }
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) auth_time: Option<UnixTime>,
}

/// A cookie that the next answer sets.
pub(crate) struct Fresh(Secret);

impl AuthorizationServer {
    /// Looks at the cookie of a request.
    pub(crate) async fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Refused> {
        let cookie = self.cookie.read(headers);
        let person = match &cookie {
            Some(value) => self.person(&Digest::of(value.as_bytes())).await?,
            None => None,
        };
        Ok(Visitor { cookie, away: self.away().read(headers), person })
    }

    /// The cookie that binds a browser to its way back from a provider.
    fn away(&self) -> Cookie {
        self.cookie.away(PATIENCE)
    }

    async fn person(&self, digest: &Digest) -> Result<Option<Person>, Refused> {
        let session = self.store.session(digest, self.clock.now()).await?;
        let Some(session) = session.filter(|session| session.issuer == self.issuer) else { return Ok(None) };
        let user = self.store.user(&session.user).await?;
        Ok(user.map(|user| Person { user, auth_time: session.auth_time }))
    }

    /// Remembers that `user` is logged in, who showed at `auth_time` who they are, under a new cookie: one that was there
    /// before may have been planted by somebody who would then be logged in too (session fixation).
    async fn log_in(
        &self,
        user: &User,
        auth_time: Option<UnixTime>,
        before: &Visitor,
    ) -> Result<Fresh, Refused> {
        let (fresh, now) = (Fresh(Secret::new(&*self.random)?), self.clock.now());
        let session = self.policy.session;
        let lasts = if self.home.is_plain_http() { session.min(OVERHEARD_SECONDS) } else { session };
        self.make_room(user, before, now).await?;
        self.store
            .open_session(Session {
                digest: fresh.0.digest(),
                issuer: self.issuer.clone(),
                user: user.id.clone(),
                since: now,
                auth_time,
                expires: now.plus(lasts),
            })
            .await?;
        if let Some(before) = &before.cookie {
            self.store.end_session(&Digest::of(before.as_bytes())).await?;
        }
        Ok(fresh)
    }

    /// Ends the oldest sessions of somebody who is about to get another one. Before and not after it: whoever hangs up in
    /// between would have one more each time.
    async fn make_room(&self, user: &User, before: &Visitor, now: UnixTime) -> Result<(), Refused> {
        let mut held = self.store.sessions_of(&user.id, now).await?;
        // The one of this browser ends anyway.
        held.retain(|session| session.issuer == self.issuer && !before.is_of(session));
        held.sort_by_key(|session| Reverse(session.since));
        for old in held.iter().skip(MOST_SESSIONS - 1) {
            self.store.end_session(&old.digest).await?;
        }
        Ok(())
    }

    /// Forgets who sits before a browser.
    async fn log_out(&self, visitor: &Visitor) -> Result<(), Refused> {
        match &visitor.cookie {
            Some(cookie) => Ok(self.store.end_session(&Digest::of(cookie.as_bytes())).await?),
            None => Ok(()),
        }
    }

    /// Ends the session of a browser that answered, where everybody on the way could read its cookie: on
    /// loopback it goes to every port of the host. What another program there has seen opens nothing anymore.
    async fn end_where_overheard(&self, visitor: &Visitor) -> Result<(), Refused> {
        if self.home.is_plain_http() { self.log_out(visitor).await } else { Ok(()) }
    }

    /// The cookie for a browser that has none, so that the form in the answer can be bound to it.
    fn fresh_cookie(&self) -> Result<Fresh, Refused> {
        Ok(Fresh(Secret::new(&*self.random)?))
    }
}

/// Browsers say where a form was sent from; ours are sent from our own pages (Fetch Metadata). The form token
/// would do; this is a second lock on the same door.
fn refuse_other_sites(headers: &HeaderMap) -> Result<(), Refused> {
    static OWN: LazyLock<[HeaderValue; 2]> =
        LazyLock::new(|| [HeaderValue::from_static("same-origin"), HeaderValue::from_static("none")]);
    let mut said = headers.get_all("sec-fetch-site").iter();
    if said.all(|site| OWN.contains(site)) { Ok(()) } else { Err(Refused::FormForeign) }
}

/// An application sends the whole browser here. What another site loads as a picture, a frame or by script is
/// nobody's wish to log in (Fetch Metadata).
pub(crate) fn refuse_embedding(headers: &HeaderMap) -> Result<(), Refused> {
    let says = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value == wanted);
    let goes_there = says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document");
    if goes_there { Ok(()) } else { refuse_other_sites(headers) }
}
