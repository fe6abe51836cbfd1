//! `warded token forget`: what was kept is gone, whatever its issuer thinks of it.

use clap::Args;
use serde_json::json;
use warded_client::tokens::{Listed, TokenStore};

use super::{chosen::Chosen, shown};
use crate::{
    cli::{Answer, Format, Global},
    command::login::Store,
    report, runtime,
};

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["which", "all"])))]
pub(super) struct Forget {
    #[command(flatten)]
    chosen: Option<Chosen>,
    /// Everything that is kept, also the registrations of clients and what cannot be read
    #[arg(long, conflicts_with = "account")]
    all: bool,
    /// Only those of this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    #[command(flatten)]
    store: Store,
}

impl Forget {
    pub(super) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        let store = self.store.open()?;
        let Some(chosen) = &self.chosen else {
            let count = runtime::block_on(async { Ok(store.clear().await?) })?;
            return Ok(Answer::of(match global.format {
                Format::Json => report::document(&json!({ "forgotten": count })),
                Format::Text => {
                    format!("{count} {} forgotten\n", if count == 1 { "token" } else { "tokens" })
                }
            }));
        };
        let tokens = chosen.among(&store, self.account.as_deref())?;
        runtime::block_on(remove(&store, &tokens))?;
        let names: Vec<_> = tokens.iter().map(|token| token.name.as_str()).collect();
        Ok(Answer::of(match global.format {
            Format::Json => report::document(&json!({ "forgotten": names })),
            Format::Text => tokens.iter().map(line).collect(),
        }))
    }
}

async fn remove(store: &TokenStore, tokens: &[Listed]) -> anyhow::Result<()> {
    for token in tokens {
        // Whoever renews it now finishes first: what comes of it would be kept again.
        let lock = store.lock(&token.place).await?;
        store.remove(token, &lock)?;
    }
    Ok(())
}

fn line(token: &Listed) -> String {
    format!("{}  {} is forgotten here\n", token.name, shown::server(token))
}
