//! `warded token show`: what is a token bound to?

use clap::Args;
use warded_core::UnixTime;

use super::{chosen::Chosen, shown};
use crate::{
    cli::{Answer, Global},
    command::login::Store,
};

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    chosen: Chosen,
    /// Only those of this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    #[command(flatten)]
    store: Store,
}

impl Show {
    pub(super) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let tokens = self.chosen.among(&self.store.open()?, self.account.as_deref())?;
        Ok(Answer::of(shown::whole(&tokens, global.format, now)))
    }
}
