//! `warded doctor`: walks the way of a client to one server, and says what each party did and what to change.

mod call;
mod client;
mod clock;
mod entry;
mod issuer;
mod knock;
mod own;
mod protocol;
mod server;
mod shown;
mod token;
mod trouble;
mod walk;
mod way;
mod wire;

use std::time::Duration;

use clap::Args;
use warded_core::ResourceUri;

use crate::{
    cli::{Answer, Format, Global},
    command::login::Login,
    runtime,
};

/// Find out why a client cannot get in at a server
///
/// Walks the way that `warded connect` takes: reaches the server, calls it without a token, reads what it and its issuer
/// say of themselves, and says as whom a client would speak. With --login, or with a token that is kept, also looks at
/// the token as the server will see it, and calls the server with it. For each step it says what each party did, which
/// clause that follows or breaks, and what to change on which side. It goes nowhere where a client would not go, and
/// shows no token.
#[derive(Debug, Args)]
#[command(
    next_display_order = 10,
    after_long_help = "Examples:
  warded doctor https://mcp.example.com/notes/mcp
  warded doctor https://mcp.example.com/notes/mcp --login
  warded doctor https://mcp.example.com/notes/mcp --format json | jq '.findings[].code'

The page: docs/front/why-was-i-refused.md"
)]
pub(crate) struct Doctor {
    /// The URL of the server
    #[arg(value_name = "URL")]
    server: ResourceUri,
    /// Register and log in where no token is kept [default: say what would be done]
    #[arg(long = "login")]
    logs_in: bool,
    /// How long each answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,
    #[command(flatten)]
    login: Login,
}

impl Doctor {
    pub(crate) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        let chart = runtime::block_on(walk::walk(self))?;
        let text = match global.format {
            Format::Json => shown::as_json(&self.server, &chart),
            Format::Text => shown::as_text(&self.server, &chart, global.quiet),
        };
        Ok(Answer { text, exit: chart.exit_code() })
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }
}
