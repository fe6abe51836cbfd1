//! `warded token`: tokens, for whoever needs one in a file.

use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use bytes::Bytes;
use clap::{Args, Subcommand};
use http::{HeaderMap, HeaderValue, Method, header};
use warded_client::channel::Message;
use warded_core::ResourceUri;
use zeroize::Zeroizing;

use crate::{
    cli::{Answer, Global},
    command::login::{Login, say},
    runtime,
};

/// How long the server may take to begin an answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Get a token for one server
#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Get an access token that opens one server, logging in where it must
    ///
    /// Whoever reads the token can use it until it expires, at this server only. With --out it goes to a file that only
    /// you can read; without, to standard output, unless that is a terminal.
    #[command(after_long_help = "Examples:
  warded token get https://mcp.example.com/notes/mcp --out notes.token
  warded token get https://mcp.example.com/notes/mcp | warded inspect")]
    Get(Get),
}

#[derive(Debug, Args)]
struct Get {
    /// The URL of the server
    #[arg(value_name = "URL")]
    server: ResourceUri,
    /// The file to write it to; what is there is replaced
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    login: Login,
}

impl Token {
    pub(crate) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        let Command::Get(get) = &self.command;
        if get.out.is_none() && std::io::stdout().is_terminal() {
            anyhow::bail!(
                "a token is not shown on a terminal: name a file with --out, or pass it on with `|`"
            );
        }
        let token = runtime::block_on(obtained(&get.login, &get.server, global.quiet))?;
        match &get.out {
            None => Ok(Answer::of(format!("{}\n", *token))),
            Some(path) => {
                write(path, &token).with_context(|| format!("cannot write {}", path.display()))?;
                if !global.quiet {
                    say(&format!("{} holds a token for {}", path.display(), get.server));
                }
                Ok(Answer::default())
            }
        }
    }
}

/// A token for the server, from the store or from its issuer.
pub(super) async fn obtained(
    login: &Login,
    server: &ResourceUri,
    quiet: bool,
) -> anyhow::Result<Zeroizing<String>> {
    let session = login.session(server, quiet, PATIENCE)?;
    // Whatever the server answers to this, it asks for a token first, and says which scopes it must have.
    let mut headers = HeaderMap::new();
    let both = HeaderValue::from_static("application/json, text/event-stream");
    headers.insert(header::ACCEPT, both);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let ping = Bytes::from_static(br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    drop(session.send(&Message::new(Method::POST, headers, ping)).await?);
    let record = session.record().await?;
    let token = record.token_for(server).context("the token at hand is not for this server")?;
    anyhow::ensure!(
        token.key().is_none(),
        "the token is bound to a key (DPoP, RFC 9449), and is of no use without it: use `warded connect`"
    );
    Ok(token.hand_over())
}

/// Writes beside the file and moves into its place, so that nobody reads half a token, or another file's mode.
fn write(path: &Path, token: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let written = options
        .open(&beside)
        .and_then(|mut file| file.write_all(token.as_bytes()).and_then(|()| file.write_all(b"\n")))
        .and_then(|()| std::fs::rename(&beside, path));
    written.inspect_err(|_| drop(std::fs::remove_file(&beside)))
}
