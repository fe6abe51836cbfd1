//! Whom do we know, and by whose word? People who log in here have a password; people who log in elsewhere are known by
//! the provider that vouches for them and by its name for them, and by nothing else.
//!
//! An address or a login name is no name: it can be given up, and be somebody else's tomorrow, and each provider says of
//! its own accord whose it is (OpenID Connect Core §5.7). So nobody who comes from one provider is ever somebody whom
//! another one knows, or who has a password here, unless the operator has said that they are the same.

use std::{collections::BTreeSet, sync::Arc};

use warded_client::fetch::Fetch;
use warded_core::{Clock, Shown};
use warded_store::{Added, AddedBy, Standing, User};

use crate::{
    Admit, AuthorizationServer, OpenFailed, Provider,
    client::shown,
    provider::{Said, Upstream},
    random,
    refused::Refused,
};

mod network;
pub(crate) mod under_way;

pub(crate) use network::Networks;

/// Longest part of a person's name that a provider may choose, in characters.
const MAX_LABEL: usize = 24;
/// How many names are tried for somebody who is new. All but the first are random: only a store that says no to
/// everything gets to the end.
const TRIES: usize = 4;

/// The ways in which people log in.
#[derive(Debug)]
pub(crate) struct People {
    doors: Vec<Door>,
    has_passwords: bool,
}

/// One provider by which people come in.
#[derive(Debug)]
pub(crate) struct Door {
    /// Its name in the configuration and in URLs.
    pub(crate) name: String,
    /// Its name for people.
    pub(crate) title: String,
    /// Where it sends them back to.
    pub(crate) redirect_uri: String,
    pub(crate) upstream: Upstream,
    authority: String,
    admit: Admit,
}

impl People {
    /// Will let people in by these ways. Nobody is asked anything yet.
    pub(crate) fn open(
        issuer: &warded_core::Issuer,
        providers: &[Provider],
        has_passwords: bool,
        fetch: &Fetch,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, OpenFailed> {
        let names: BTreeSet<&str> = providers.iter().map(Provider::name).collect();
        if names.len() != providers.len() {
            // Two doors of one name would be one URL, and an answer of one provider an answer of the other.
            let twice = providers
                .iter()
                .map(Provider::name)
                .find(|name| providers.iter().filter(|provider| provider.name() == *name).count() > 1);
            return Err(OpenFailed::Login(twice.unwrap_or_default().to_owned()));
        }
        let door = |provider: &Provider| {
            Ok(Door {
                name: provider.name().to_owned(),
                title: provider.title.clone(),
                redirect_uri: provider.redirect_uri(issuer),
                upstream: Upstream::new(provider, fetch, clock)?,
                authority: provider.authority().to_owned(),
                admit: provider.admit.clone(),
            })
        };
        let doors = providers.iter().map(door).collect::<Result<_, OpenFailed>>()?;
        Ok(Self { doors, has_passwords })
    }

    /// The providers, in the order in which they are offered.
    pub(crate) fn doors(&self) -> &[Door] {
        &self.doors
    }

    /// The provider of that name.
    pub(crate) fn door(&self, name: &str) -> Option<&Door> {
        self.doors.iter().find(|door| door.name == name)
    }

    /// Whether people may log in here, with a password.
    pub(crate) fn has_passwords(&self) -> bool {
        self.has_passwords
    }
}

impl AuthorizationServer {
    /// The person whom a provider speaks of, if that person may come in; who is new and may come in is added.
    pub(crate) async fn let_in(&self, door: &Door, said: &Said) -> Result<User, Refused> {
        // The list first, for those whom we know as well: who has left the organisation is out.
        let standing = self.store.standing(&door.authority, &said.subject).await?;
        if !door.admit.admits(&said.admitted) || !door.admit.welcomes(&standing) {
            tracing::warn!(
                issuer = %self.issuer, login = door.name, subject = %Shown::new(&said.subject),
                "somebody logged in elsewhere who may not log in here"
            );
            return Err(Refused::NotAdmitted);
        }
        match standing.user() {
            Some(user) => Ok(user),
            None => self.add_from(door, said).await,
        }
    }

    async fn add_from(&self, door: &Door, said: &Said) -> Result<User, Refused> {
        let label: String = shown(&said.label).chars().take(MAX_LABEL).collect();
        for attempt in 0..TRIES {
            let id = random::id(&*self.random)?;
            // Nobody is shown under a name that somebody with a password has: theirs may have a colon as well, and
            // then it is taken.
            let name = match (label.trim(), attempt) {
                ("", _) => format!("{}:{id}", door.name),
                (label, 0) => format!("{}:{label}", door.name),
                (label, _) => format!("{}:{label}:{}", door.name, id.get(..6).unwrap_or_default()),
            };
            let user = User { id, name, password: None, created: self.clock.now() };
            let added = self
                .store
                .add_identity(user.clone(), &door.authority, &said.subject, AddedBy::Themself)
                .await?;
            if added == Added::Yes {
                tracing::info!(issuer = %self.issuer, login = door.name, user = user.id, "somebody new came in");
                return Ok(user);
            }
            // The same person in another window was a moment faster; or the operator, who has just removed them; or the
            // name is somebody else's.
            match self.store.standing(&door.authority, &said.subject).await? {
                Standing::Here(user, _) => return Ok(user),
                Standing::Removed => return Err(Refused::NotAdmitted),
                Standing::New => {}
            }
        }
        Err(Refused::Unable)
    }
}
