//! `warded token refresh`: new tokens in the place of old ones, before anybody needs them.

use clap::Args;
use warded_client::tokens::{Listed, TokenStore};
use warded_core::UnixTime;

use super::{PATIENCE, chosen::Chosen, shown};
use crate::{
    cli::{Answer, Format, Global},
    command::login::{Login, say},
    report, runtime,
};

#[derive(Debug, Args)]
pub(super) struct Refresh {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    login: Login,
}

impl Refresh {
    pub(super) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let store = self.login.store().open()?;
        let tokens = self.chosen.among(&store, self.login.account())?;
        let fresh = runtime::block_on(self.renewed(&store, &tokens, global.quiet))?;
        let text = match global.format {
            Format::Json => shown::document(&fresh, now),
            Format::Text if fresh.is_empty() => String::new(),
            Format::Text => shown::listed(&fresh, global.format, now),
        };
        Ok(Answer { text, exit: u8::from(fresh.len() < tokens.len()) })
    }

    /// Those that could be renewed. One that could not is no reason to leave the others.
    async fn renewed(
        &self,
        store: &TokenStore,
        tokens: &[Listed],
        quiet: bool,
    ) -> anyhow::Result<Vec<Listed>> {
        let mut fresh = Vec::new();
        for token in tokens {
            let session = self.login.session_in(store.clone(), &token.place.server, quiet, PATIENCE)?;
            match session.renew_listed(token).await {
                Ok(token) => fresh.push(token),
                Err(error) => {
                    let error = report::escaped(&error.to_string());
                    say(&format!("{} is not renewed: {error}", token.name));
                }
            }
        }
        Ok(fresh)
    }
}
