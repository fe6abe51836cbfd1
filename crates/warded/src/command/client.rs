//! `warded client`: `warded admin clients`, for what every operator does.

use clap::Args;
use warded_core::UnixTime;

use super::admin::{Place, clients::Clients};
use crate::cli::{Answer, Global};

/// Add, list and remove applications at the built-in issuers
///
/// The same as `warded admin clients`. Most clients register themselves. Those that cannot, and programs that act for nobody
/// but themselves, are added by hand. An application that is added for a server gets tokens for that server only.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded client add editor --server notes --redirect-uri http://127.0.0.1/callback
  warded client add nightly --server notes --grant client-credentials
  warded client list --server notes
  warded client remove CLIENT_ID --server notes")]
pub(crate) struct Client {
    #[command(flatten)]
    clients: Clients,
    #[command(flatten)]
    place: Place,
}

impl Client {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        self.place.at_desk(global, now, self.clients.begins(), async |desk| self.clients.run(desk).await)
    }
}
