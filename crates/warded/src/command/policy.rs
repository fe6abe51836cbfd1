//! `warded policy`: reads, tests and explains policy files, and begins new ones. Nothing here judges a call that is made.

mod check;
mod explain;
mod facts;
mod file;
mod scaffold;
mod scopes;
mod server;
mod shown;
mod test;

use clap::{Args, Subcommand};
use warded_core::UnixTime;

use crate::cli::{Answer, Global};

/// Check, test, explain and begin policies: what may be done at a server, by whom
///
/// A policy is a file in Intercept's format, with the verified token, the server and the client in view. It stands at a
/// server of the configuration, as `policy: FILE`.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded policy check notes.policy.yaml
  warded policy test
  warded policy explain notes.policy.yaml --tool delete_note --arguments '{\"id\": 1}'
  warded policy scaffold https://mcp.example.com/notes/mcp --output notes.policy.yaml

The format: docs/reference/policy.md")]
pub(crate) struct Policy {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Check(check::Check),
    Test(test::Test),
    Explain(Box<explain::Explain>),
    Scaffold(Box<scaffold::Scaffold>),
}

impl Policy {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        match &self.what {
            What::Check(check) => check.run(global),
            What::Test(test) => test.run(global, now),
            What::Explain(explain) => explain.run(global, now),
            What::Scaffold(scaffold) => scaffold.run(global),
        }
    }
}
