//! `warded token revoke`: what was obtained is taken back where it came from.

use clap::Args;
use serde_json::json;
use warded_client::{
    session::{KeptFailed, Revoked},
    tokens::{Listed, TokenStore},
};

use super::{PATIENCE, chosen::Chosen, shown};
use crate::{
    cli::{Answer, Format, Global},
    command::login::{Login, say},
    report, runtime,
};

#[derive(Debug, Args)]
pub(super) struct Revoke {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    login: Login,
}

impl Revoke {
    pub(super) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        let store = self.login.store().open()?;
        let tokens = self.chosen.among(&store, self.login.account())?;
        let revoked = runtime::block_on(self.taken_back(&store, &tokens, global.quiet))?;
        let names: Vec<_> = revoked.iter().map(|(token, _)| token.name.as_str()).collect();
        let text = match global.format {
            Format::Json => report::document(&json!({ "revoked": names })),
            Format::Text => revoked.iter().map(|(token, how)| line(token, *how)).collect(),
        };
        Ok(Answer { text, exit: u8::from(revoked.len() < tokens.len()) })
    }

    /// Those that were taken back. One that was not is no reason to leave the others.
    async fn taken_back<'t>(
        &self,
        store: &TokenStore,
        tokens: &'t [Listed],
        quiet: bool,
    ) -> anyhow::Result<Vec<(&'t Listed, Revoked)>> {
        let mut revoked = Vec::new();
        for token in tokens {
            let session = self.login.session_in(store.clone(), &token.place.server, quiet, PATIENCE)?;
            match session.revoke_listed(token).await {
                Ok(how) => revoked.push((token, how)),
                Err(error) => {
                    let how = match error {
                        KeptFailed::HalfRevoked { .. } => "taken back by half, and the rest is",
                        _ => "not taken back, and is",
                    };
                    let error = report::escaped(&error.to_string());
                    say(&format!("{} is {how} still kept: {error}", token.name));
                }
            }
        }
        Ok(revoked)
    }
}

fn line(token: &Listed, how: Revoked) -> String {
    let left = match how {
        Revoked::RefreshTokenOnly => {
            "; its issuer takes back refresh tokens only: the access token is good until it expires"
        }
        _ => "",
    };
    let server = shown::server(token);
    format!("{}  {server} is taken back and forgotten{left}\n", token.name)
}
