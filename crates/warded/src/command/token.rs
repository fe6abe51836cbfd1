//! `warded token`: tokens, for whoever needs one in a file, and for whoever wants to know which there are.

mod chosen;
mod forget;
mod get;
mod list;
mod log_in;
mod refresh;
mod revoke;
mod show;
mod shown;

use std::time::Duration;

use bytes::Bytes;
use clap::{Args, Subcommand};
use http::{HeaderMap, HeaderValue, Method, header};
use warded_client::{channel::Message, session::Session};
use warded_core::UnixTime;

use crate::cli::{Answer, Global};
pub(super) use get::obtained;

/// How long the server may take to begin an answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Get, list, renew, take back and forget tokens, each for one server
#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Log in at a server's issuer, and keep the token
    ///
    /// Where a token is kept already that the server takes, nothing happens.
    #[command(after_long_help = "Examples:
  warded token login https://mcp.example.com/notes/mcp
  warded token login https://mcp.example.com/notes/mcp --bearer
  warded token login https://mcp.example.com/notes/mcp --account work --keychain")]
    Login(Box<log_in::LogIn>),
    /// Get an access token that opens one server, logging in where it must
    ///
    /// Whoever reads the token can use it until it expires, at this server only. With --out it goes to a file that only
    /// you can read; without, to standard output, unless that is a terminal.
    #[command(after_long_help = "Examples:
  warded token get https://mcp.example.com/notes/mcp --out notes.token
  warded token get https://mcp.example.com/notes/mcp | warded inspect")]
    Get(Box<get::Get>),
    /// List the tokens that are kept, without their text
    List(list::List),
    /// Show what is known of a token, without its text
    Show(show::Show),
    /// Renew a token at its issuer now, without a login
    #[command(after_long_help = "Examples:
  warded token refresh https://mcp.example.com/notes/mcp
  warded token refresh 6cac62")]
    Refresh(Box<refresh::Refresh>),
    /// Take a token back at its issuer (RFC 7009), and forget it
    ///
    /// The refresh token first, so that no new ones come of it, then the access token. Where the issuer does not do it, the
    /// token stays and you are told.
    #[command(after_long_help = "Examples:
  warded token revoke https://mcp.example.com/notes/mcp --account work")]
    Revoke(Box<revoke::Revoke>),
    /// Forget a token here, without asking anybody
    ///
    /// At its issuer it is good until it expires: `warded token revoke` takes it back.
    Forget(forget::Forget),
}

impl Token {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        match &self.command {
            Command::Login(login) => login.run(global, now),
            Command::Get(get) => get.run(global),
            Command::List(list) => list.run(global, now),
            Command::Show(show) => show.run(global, now),
            Command::Refresh(refresh) => refresh.run(global, now),
            Command::Revoke(revoke) => revoke.run(global),
            Command::Forget(forget) => forget.run(global),
        }
    }
}

/// Whatever the server answers to this, it asks for a token first, and says which scopes it must have.
async fn knock(session: &Session) -> anyhow::Result<()> {
    let mut headers = HeaderMap::new();
    let both = HeaderValue::from_static("application/json, text/event-stream");
    headers.insert(header::ACCEPT, both);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let ping = Bytes::from_static(br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    drop(session.send(&Message::new(Method::POST, headers, ping)).await?);
    Ok(())
}
