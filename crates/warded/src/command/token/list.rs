//! `warded token list`: which tokens are kept, and for how long they are good?

use clap::Args;
use warded_core::UnixTime;

use super::shown;
use crate::{
    cli::{Answer, Global},
    command::login::Store,
};

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    store: Store,
}

impl List {
    pub(super) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let tokens = self.store.open()?.list()?;
        Ok(Answer::of(shown::listed(&tokens, global.format, now)))
    }
}
