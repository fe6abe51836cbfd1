//! `warded connect`: a way to one server for a client that cannot log in by itself, with a token that works there and
//! nowhere else.

mod told;
mod way;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;
use warded_core::{Issuer, ResourceUri, Scopes};

use crate::{
    cli::{Answer, Global},
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
  warded connect https://mcp.example.com/notes/mcp --listen 127.0.0.1:8701
  warded connect https://mcp.example.com/notes/mcp --account work --scope notes:write
  warded connect https://mcp.example.com/ci/mcp --client-id ci --client-secret-file s --client-credentials

In the configuration of a client that starts servers itself:
  { \"command\": \"warded\", \"args\": [\"connect\", \"https://mcp.example.com/notes/mcp\"] }"
)]
pub(crate) struct Connect {
    /// The server
    #[arg(value_name = "URL")]
    server: ResourceUri,
    /// Listen for HTTP on this address of loopback instead; whoever reaches it speaks as you
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The client's id, where it was registered at the issuer beforehand
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// A file that holds the client's secret
    #[arg(long, value_name = "FILE", requires = "client_id")]
    client_secret_file: Option<PathBuf>,
    /// The URL of a document that describes the client, for issuers that read such documents
    #[arg(long, value_name = "URL", conflicts_with = "client_id")]
    client_metadata_url: Option<ResourceUri>,
    /// Ask for a token on behalf of the client itself; nobody logs in
    #[arg(long, requires = "client_secret_file")]
    client_credentials: bool,
    /// The only issuer to deal with [default: the one that the server names]
    #[arg(long, value_name = "URL", value_parser = issuer)]
    issuer: Option<Issuer>,
    /// A scope to ask for besides those that the server names
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// A name of your own for one of several accounts at the same server
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// The folder that holds tokens [default: `warded/tokens` below `$XDG_STATE_HOME` or `~/.local/state`]
    #[arg(long, value_name = "DIRECTORY")]
    token_store: Option<PathBuf>,
    /// The program that shows the login page; it is split at blanks and gets the URL as its last argument
    #[arg(long, value_name = "COMMAND")]
    browser_command: Option<String>,
    /// Start no browser: the URL of the login is on standard error
    #[arg(long, conflicts_with = "browser_command")]
    no_browser: bool,
    /// The port of 127.0.0.1 at which the issuer's answer arrives [default: any that is free]
    #[arg(long, value_name = "PORT")]
    callback_port: Option<u16>,
    /// Refuse a server whose identifier covers more than its URL
    #[arg(long)]
    strict_resource: bool,
    /// How long the server may take to begin an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,
}

fn issuer(text: &str) -> Result<Issuer, warded_core::InvalidResourceUri> {
    Issuer::parse(text)
}

impl Connect {
    pub(crate) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        runtime::block_on(way::open(self, global.quiet))?;
        Ok(Answer::default())
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }

    fn scopes(&self) -> anyhow::Result<Scopes> {
        Ok(Scopes::of(self.scope.iter().flat_map(|list| list.split_whitespace()))?)
    }
}
