//! `warded connect`: a way to one server for a client that cannot log in by itself, with a token that works there and
//! nowhere else.

mod bearer;
mod way;

use std::{net::SocketAddr, time::Duration};

use clap::Args;
use warded_core::ResourceUri;

use self::bearer::Bearers;
use crate::{
    cli::{Answer, Global},
    command::login::Login,
    runtime,
};

/// Connect a client to an MCP server, with a token for that server only
///
/// Carries messages between standard input and output and a server that speaks Streamable HTTP. When the server asks for
/// a token, finds out who issues tokens for it, lets you log in in a browser and keeps the token in files that only you
/// can read, bound to this server. With --listen, does the same for clients that speak HTTP.
#[derive(Debug, Args)]
#[command(
    next_display_order = 10,
    after_long_help = "Examples:
  warded connect https://mcp.example.com/notes/mcp
  warded connect https://mcp.example.com/notes/mcp --listen 127.0.0.1:8701 --bearer-file bearer
  warded connect https://mcp.example.com/old/mcp --header X-Api-Key=env:OLD_KEY
  warded connect https://mcp.example.com/notes/mcp --account work --scope notes:write
  warded connect https://mcp.example.com/ci/mcp --issuer https://login.example.com \
    --client-id ci --client-secret-file s --client-credentials

In the configuration of a client that starts servers itself:
  { \"command\": \"warded\", \"args\": [\"connect\", \"https://mcp.example.com/notes/mcp\"] }"
)]
pub(crate) struct Connect {
    /// The server
    #[arg(value_name = "URL")]
    server: ResourceUri,
    /// Listen for HTTP on this address of loopback instead; clients send the bearer that is shown at the start
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    bearers: Bearers,
    #[command(flatten)]
    login: Login,
    /// How long the server may take to begin an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,
}

impl Connect {
    pub(crate) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        runtime::block_on_workers(None, way::open(self, global.quiet))?;
        Ok(Answer::default())
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }
}
