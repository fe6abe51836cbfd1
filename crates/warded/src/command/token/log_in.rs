//! `warded token login`: a login now, and not in the middle of something.

use clap::Args;
use warded_core::{ResourceUri, UnixTime};

use super::{PATIENCE, knock, shown};
use crate::{
    cli::{Answer, Format, Global},
    command::login::Login,
    report, runtime,
};

#[derive(Debug, Args)]
pub(super) struct LogIn {
    /// The URL of the server
    #[arg(value_name = "URL")]
    server: ResourceUri,
    /// For a token that `warded token get` can give away: bound to no key, also where the server takes one that is
    #[arg(long)]
    bearer: bool,
    #[command(flatten)]
    login: Login,
}

impl LogIn {
    pub(super) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let store = self.login.store().open()?;
        let session = if self.bearer {
            self.login.session_for_bearers(store.clone(), &self.server, global.quiet, PATIENCE)
        } else {
            self.login.session_in(store.clone(), &self.server, global.quiet, PATIENCE)
        }?;
        let token = runtime::block_on(async {
            knock(&session).await?;
            anyhow::Ok(store.seen(&*session.record().await?))
        })?;
        Ok(Answer::of(match global.format {
            Format::Json => shown::document(&[token], now),
            Format::Text => {
                let expires = token.expires.map(|at| format!(", until {}", report::moment(at, now)));
                let server = shown::server(&token);
                format!("{}  opens {server}{}\n", token.name, expires.unwrap_or_default())
            }
        }))
    }
}
