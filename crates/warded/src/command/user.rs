//! `warded user`: `warded admin users`, for the first thing that anybody does.

use clap::Args;
use warded_core::UnixTime;

use super::admin::{Place, users::Users};
use crate::cli::{Answer, Global};

/// Add, list and remove the people who log in at the built-in issuers
///
/// The same as `warded admin users`. Whoever is added can log in at once, also while `warded up` runs. Whoever is removed
/// loses all sessions and grants; guards refuse access tokens that are out within five seconds, and those elsewhere by the
/// status list within 35, what was exchanged for them included. Who looks at neither admits them until they expire.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded user add alice
  warded user add alice --password-file alice.txt
  warded user list
  warded user remove alice")]
pub(crate) struct User {
    #[command(flatten)]
    users: Users,
    #[command(flatten)]
    place: Place,
}

impl User {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        self.place.at_desk(global, now, self.users.begins(), async |desk| self.users.run(desk).await)
    }
}
