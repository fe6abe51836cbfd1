//! Who has access in somebody's name? They see it, and take it back.
//!
//! Whatever a person agreed to stands here until it is over: what is granted now, and what would be granted without
//! asking them again. Only that of this issuer: a browser that is logged in at one says nothing at another.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{body::Body, extract::State, response::Response};
use http::Request;
use warded_core::{ResourceUri, Scopes, UnixTime};
use warded_store::{Consent, Session, StandingGrant};

use super::{
    Person, Purpose, Visitor,
    errand::Errand,
    is_form_token,
    page::{apps::Browsers, done::Done},
    refuse_other_sites,
};
use crate::{
    AuthorizationServer,
    form::{Form, posted},
    refused::Refused,
};

/// What an application may do at one server.
#[derive(Debug, Default)]
pub(super) struct Access {
    pub(super) scopes: Scopes,
    /// By which names of the server.
    pub(super) resources: BTreeSet<ResourceUri>,
    /// Where its answers went.
    pub(super) origins: BTreeSet<String>,
    pub(super) used: Option<UnixTime>,
    /// None where nothing is granted, but would be without asking.
    pub(super) until: Option<UnixTime>,
}

/// By the client's id and the server's name.
pub(super) type Accesses = BTreeMap<(String, String), Access>;

impl AuthorizationServer {
    /// What this person allowed here, and what came of it.
    async fn allowed(
        &self,
        person: &Person,
    ) -> Result<(Vec<StandingGrant>, Vec<(Consent, Scopes)>), Refused> {
        let mut grants = self.store.grants_of_user(&person.user.id, self.clock.now()).await?;
        grants.retain(|standing| standing.grant.issuer == self.issuer);
        let mut consents = self.store.consents_of(&person.user.id).await?;
        consents.retain(|(consent, _)| consent.issuer == self.issuer);
        Ok((grants, consents))
    }

    async fn accesses(&self, person: &Person) -> Result<Accesses, Refused> {
        let (grants, consents) = self.allowed(person).await?;
        let mut found = Accesses::new();
        for StandingGrant { grant, used, until } in grants {
            let access = found.entry((grant.client, grant.server)).or_default();
            access.scopes = access.scopes.union(&grant.scopes);
            access.resources.insert(grant.resource);
            access.origins.extend(grant.redirect_origin);
            access.used = access.used.max(used);
            access.until = access.until.max(Some(until));
        }
        for (consent, scopes) in consents {
            let access = found.entry((consent.client, consent.server)).or_default();
            access.scopes = access.scopes.union(&scopes);
            access.resources.insert(consent.resource);
            access.origins.insert(consent.redirect_origin);
        }
        Ok(found)
    }

    /// The browsers in which the person is logged in here.
    async fn browsers(&self, person: &Person) -> Result<Vec<Session>, Refused> {
        let mut sessions = self.store.sessions_of(&person.user.id, self.clock.now()).await?;
        sessions.retain(|session| session.issuer == self.issuer);
        Ok(sessions)
    }
}

/// `GET /apps`
pub(super) async fn apps(State(server): State<Arc<AuthorizationServer>>, request: Request<Body>) -> Response {
    let (head, _) = request.into_parts();
    let shown = async {
        let visitor = server.visitor(&head.headers).await?;
        let Some((cookie, person)) = visitor.cookie.as_ref().zip(visitor.person.as_ref()) else {
            return server.ask_who(&Errand::Apps, &visitor);
        };
        let accesses = server.accesses(person).await?;
        let sessions = server.browsers(person).await?;
        let browsers = Browsers::of(&sessions, &visitor);
        server.apps_page(cookie, person, accesses, &browsers).await
    };
    shown.await.unwrap_or_else(|refused| server.refusal_page(refused))
}

/// `POST /apps/revoke`
pub(super) async fn revoke(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    let done = async {
        let Sent { visitor, person, form } = sent(&server, request).await?;
        let (client, name) = (form.need("client")?, form.need("server")?);
        is_meant(&form, &visitor, &["revoke", &person.user.id, client, name])?;
        take_away(&server, &visitor, &person, client, name).await?;
        server.done_page(Done::TakenAway, false)
    };
    done.await.unwrap_or_else(|refused| server.refusal_page(refused))
}

async fn take_away(
    server: &AuthorizationServer,
    visitor: &Visitor,
    person: &Person,
    client: &str,
    name: &str,
) -> Result<(), Refused> {
    // A cookie that was overheard must not take anything away a second time.
    server.end_where_overheard(visitor).await?;
    let taken = server.store.withdraw(&server.issuer, &person.user.id, client, name).await?;
    for grant in &taken {
        server.tell_guards(grant);
    }
    tracing::info!(issuer = %server.issuer, client, server = name, "a person took back what they had allowed");
    Ok(())
}

/// `POST /apps/others`
pub(super) async fn log_out_elsewhere(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    let done = async {
        let Sent { visitor, person, form } = sent(&server, request).await?;
        is_meant(&form, &visitor, &["others", &person.user.id])?;
        for session in server.browsers(&person).await? {
            if !visitor.is_of(&session) {
                server.store.end_session(&session.digest).await?;
            }
        }
        server.end_where_overheard(&visitor).await?;
        server.done_page(Done::OthersOut, false)
    };
    done.await.unwrap_or_else(|refused| server.refusal_page(refused))
}

/// `POST /logout`
pub(super) async fn log_out(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    let done = async {
        let Sent { visitor, person, form } = sent(&server, request).await?;
        is_meant(&form, &visitor, &["logout", &person.user.id])?;
        server.log_out(&visitor).await?;
        server.done_page(Done::LoggedOut, true)
    };
    done.await.unwrap_or_else(|refused| server.refusal_page(refused))
}

/// A form of somebody who is logged in.
struct Sent {
    visitor: Visitor,
    person: Person,
    form: Form,
}

async fn sent(server: &AuthorizationServer, request: Request<Body>) -> Result<Sent, Refused> {
    let (headers, form) = posted(request).await?;
    refuse_other_sites(&headers)?;
    let visitor = server.visitor(&headers).await?;
    let person = visitor.person.clone().ok_or(Refused::FormForeign)?;
    Ok(Sent { visitor, person, form })
}

/// Whether the form is from our page, in this browser, and for exactly that.
fn is_meant(form: &Form, visitor: &Visitor, what: &[&str]) -> Result<(), Refused> {
    let cookie = visitor.cookie.as_ref().ok_or(Refused::FormForeign)?;
    let is_ours = is_form_token(form.need("token")?, cookie, Purpose::Apps, what);
    if is_ours { Ok(()) } else { Err(Refused::FormForeign) }
}
