//! `warded admin`: what an operator sees and changes at the built-in issuers. Each change is on record before it is made.

pub(crate) mod approvals;
pub(crate) mod clients;
mod desk;
mod grants;
mod keys;
mod resources;
mod sessions;
pub(crate) mod users;
mod whose;

use clap::{Args, Subcommand};
use warded_core::UnixTime;

pub(crate) use self::desk::{Desk, Place};
use crate::cli::{Answer, Global};

/// See and change who may get tokens at the built-in issuers: users, clients, grants, sessions, keys, resources
///
/// It works on the store, also while `warded up` runs. What is taken back is refused there within five seconds. Each change
/// is written to the journal, as the node `admin`, before it is made; `warded audit list --event act` shows them.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded admin users list --format json
  warded admin users show alice
  warded admin clients list
  warded admin grants list --user alice
  warded admin grants revoke GRANT_ID
  warded admin sessions end alice
  warded admin keys rotate --issuer staff
  warded admin resources list")]
pub(crate) struct Admin {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The people who log in
    Users(users::Users),
    /// The applications that get tokens
    Clients(clients::Clients),
    /// What people have allowed applications
    Grants(grants::Grants),
    /// The browsers in which people are logged in
    Sessions(sessions::Sessions),
    /// The keys that tokens are signed with
    Keys(keys::Keys),
    /// The servers that tokens are issued for
    Resources(resources::Resources),
}

impl Admin {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        if let What::Resources(resources) = &self.what {
            return resources.run(global, now);
        }
        let begins = match &self.what {
            What::Users(users) => users.begins(),
            What::Clients(clients) => clients.begins(),
            What::Grants(_) | What::Sessions(_) | What::Keys(_) | What::Resources(_) => false,
        };
        self.place.at_desk(global, now, begins, async |desk| match &self.what {
            What::Users(users) => users.run(desk).await,
            What::Clients(clients) => clients.run(desk).await,
            What::Grants(grants) => grants.run(desk).await,
            What::Sessions(sessions) => sessions.run(desk).await,
            What::Keys(keys) => keys.run(desk).await,
            What::Resources(resources) => resources.run(global, now),
        })
    }
}
