//! `warded approvals`: which calls wait for somebody, and what is said of them.

use clap::Args;
use warded_core::UnixTime;

use super::admin::{Place, approvals::Action};
use crate::cli::{Answer, Global};

/// See which calls wait for approval, and approve or deny them
///
/// A rule of a policy with `action: require_approval` holds a call. The caller is told the call's id, and makes the very same
/// call again once somebody has approved it; that works once, and until it expires. What is said of a call is written to the
/// journal before it holds.
/// What cannot be shown whole, since it is long, is approved only with `--unseen`.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded approvals list
  warded approvals show k7qx
  warded approvals approve k7qx --by alice
  warded approvals deny k7qx --format json

An id may be cut short, as long as no other begins like that.")]
pub(crate) struct Approvals {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

impl Approvals {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        self.place.at_desk(global, now, false, async |desk| self.action.run(desk).await)
    }
}
