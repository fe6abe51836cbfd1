//! `warded audit`: who tried what token where, from the journal.

mod detect;
mod filter;
mod follow;
mod list;
mod place;
mod scan;
mod shown;
mod summary;
mod verify;
mod when;

use clap::{Args, Subcommand};
use warded_core::UnixTime;

use crate::cli::{Answer, Global};

/// Answer from the journal who called what, which tokens were tried where, and whether the journal is whole
///
/// It reads the files of the journal, and for `verify` the store, while `warded up` writes them, and changes nothing.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded audit detect --since 7d
  warded audit list --subject alice --server files --outcome refused
  warded audit list --token 74bd075a69359e26b8e1eae8 --format json | jq .
  warded audit summary --since 2027-01-31
  warded audit follow --server payments
  warded audit verify
  warded audit verify --journal /mnt/backup/journal --public-key qpr9xO3Ks0UYnGvNuaFAvLlLBIHsYWYgLTKPkGGWvUw")]
pub(crate) struct Audit {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: place::Flags,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::List),
    Follow(follow::Follow),
    Summary(summary::Summary),
    Detect(detect::Detect),
    Verify(verify::Verify),
}

impl Audit {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let place = self.place.find(global, now)?;
        match &self.action {
            Action::List(list) => list.run(&place, global, now),
            Action::Follow(follow) => follow.run(&place, global, now),
            Action::Summary(summary) => summary.run(&place, global, now),
            Action::Detect(detect) => detect.run(&place, global, now),
            Action::Verify(verify) => verify.run(&place, global),
        }
    }
}
