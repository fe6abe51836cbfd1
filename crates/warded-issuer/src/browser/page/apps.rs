//! What does somebody see who looks at what they allowed?

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warded_store::{Origin, Session};

use super::{
    Frame, Leads,
    when::{day, moment},
    wish::Permission,
};
use crate::{
    AuthorizationServer,
    browser::{
        Person, Purpose, Visitor,
        apps::{Access, Accesses},
    },
    refused::Refused,
    registry::Resource,
};

#[derive(Template)]
#[template(path = "apps.html")]
struct AppsPage<'a> {
    frame: Frame<'a>,
    person: &'a str,
    cards: Vec<Card>,
    browsers: &'a Browsers,
    revoke: String,
    others: String,
    others_token: String,
    logout: String,
    logout_token: String,
}

/// One application at one server.
struct Card {
    name: String,
    client: String,
    /// Who stands behind the name.
    vouched: &'static str,
    server: String,
    title: String,
    resources: Vec<String>,
    may: Vec<Permission>,
    goes_to: Vec<String>,
    used: Option<String>,
    until: Option<String>,
    token: String,
}

/// Where somebody is logged in: since when, and whether it is the browser that they look with.
pub(in crate::browser) struct Browsers {
    since: Vec<(String, bool)>,
    has_others: bool,
}

impl Browsers {
    pub(in crate::browser) fn of(sessions: &[Session], visitor: &Visitor) -> Self {
        let since = sessions.iter().map(|session| (moment(session.since), visitor.is_of(session)));
        Self { since: since.collect(), has_others: sessions.iter().any(|session| !visitor.is_of(session)) }
    }
}

impl AuthorizationServer {
    /// The page with the applications that have access.
    pub(in crate::browser) async fn apps_page(
        &self,
        cookie: &str,
        person: &Person,
        accesses: Accesses,
        browsers: &Browsers,
    ) -> Result<Response, Refused> {
        let token = |what: &[&str]| self.form_token(cookie, Purpose::Apps, what);
        let mut cards = Vec::new();
        for ((client, server), access) in accesses {
            let token = token(&["revoke", &person.user.id, &client, &server])?;
            cards.push(self.card(client, server, access, token).await?);
        }
        cards.sort_by(|one, other| (&one.name, &one.title).cmp(&(&other.name, &other.title)));
        let page = AppsPage {
            frame: self.frame(),
            person: &person.user.name,
            cards,
            browsers,
            revoke: self.path("apps/revoke"),
            others: self.path("apps/others"),
            others_token: token(&["others", &person.user.id])?,
            logout: self.path("logout"),
            logout_token: token(&["logout", &person.user.id])?,
        };
        self.page(StatusCode::OK, &page, &Leads::Here, None)
    }

    async fn card(
        &self,
        client: String,
        server: String,
        access: Access,
        token: String,
    ) -> Result<Card, Refused> {
        // A name that was given to another server since says nothing of this one.
        let known: Option<Resource> = access
            .resources
            .iter()
            .filter_map(|identifier| self.registry.named(identifier))
            .find(|resource| resource.name() == server);
        let words = |scope: &str| Some(known.as_ref()?.in_words(scope)?.to_owned());
        let may =
            access.scopes.iter().map(|scope| Permission { words: words(scope), scope: scope.to_owned() });
        // Descriptions elsewhere are not fetched for this: the address says who it is.
        let stored = self.store.client(&self.issuer, &client).await?;
        let vouched = match &stored {
            Some(stored) if stored.origin == Origin::Operator => "registered by the operator",
            Some(_) => "chose its name itself",
            None if client.starts_with("http") => "describes itself there",
            None => "no longer registered",
        };
        let name = stored.and_then(|stored| stored.name).filter(|name| !name.is_empty());
        let goes_to: Vec<_> = access.origins.into_iter().filter(|origin| !origin.is_empty()).collect();
        Ok(Card {
            name: name.unwrap_or_else(|| client.clone()),
            title: known.as_ref().map_or_else(|| server.clone(), |known| known.title().to_owned()),
            resources: access.resources.iter().map(ToString::to_string).collect(),
            may: may.collect(),
            goes_to: if goes_to.is_empty() { vec!["a program on this computer".into()] } else { goes_to },
            vouched,
            used: access.used.map(moment),
            until: access.until.map(day),
            client,
            server,
            token,
        })
    }
}
