//! `warded probe`: attacks two running servers with each other's tokens, and says which mis-redemptions work.

mod origin;
mod shown;

use std::{
    io::{IsTerminal as _, Write as _},
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use anyhow::bail;
use clap::Args;
use warded_client::tls;
use warded_core::ResourceUri;
use warded_probe::{Pace, Probe as Attack, Progress, Reach, Report, Side, Unprobed};

use crate::{
    cli::{Answer, Format, Global},
    command::login::Login,
    finding::Severity,
    runtime,
};

/// Attack two running servers with each other's tokens, and see which mis-redemptions work
///
/// Sends the genuine token of each server to the other, in every way that has fooled a server: plainly, without its
/// revision header, beside the right one, in the right one's session, under another host. Each case stands between two
/// controls in which the right token must be admitted; where they fail, the case is inconclusive and never passed.
///
/// It changes nothing: it opens sessions, lists tools, looks at streams, and ends only sessions that it opened. Tokens
/// come from files, standard input or a login in a browser, never from arguments, and stand in no report. Some cases put
/// a token into a URL, where the server's logs may keep it: use tokens that soon expire, and servers that are yours.
#[derive(Debug, Args)]
#[command(
    next_display_order = 10,
    after_long_help = "Examples:
  warded probe --a http://127.0.0.1:8700/notes/mcp --b http://127.0.0.1:8700/files/mcp
  warded probe --a http://127.0.0.1:8700/notes/mcp --token-a notes.token \\
               --b http://127.0.0.1:8700/files/mcp --token-b files.token
  warded probe --a https://a.example.com/mcp --token-a a.token \\
               --b https://b.example.com/mcp --token-b b.token --i-own-this --format json

The cases: docs/reference/probe.md"
)]
pub(crate) struct Probe {
    /// The first server, by the URL that clients use
    #[arg(long, value_name = "URL")]
    a: ResourceUri,
    /// The second server
    #[arg(long, value_name = "URL")]
    b: ResourceUri,
    /// A file with an access token that was issued for A, `-` for standard input [default: a login in the browser]
    #[arg(long, value_name = "FILE")]
    token_a: Option<PathBuf>,
    /// A file with an access token that was issued for B, `-` for standard input [default: a login in the browser]
    #[arg(long, value_name = "FILE")]
    token_b: Option<PathBuf>,
    /// A file with the ID token that came with the token for A: it must not pass as one
    #[arg(long, value_name = "FILE")]
    id_token_a: Option<PathBuf>,
    /// A file with the ID token that came with the token for B
    #[arg(long, value_name = "FILE")]
    id_token_b: Option<PathBuf>,
    /// A file with the refresh token that came with the token for A: it must not pass as one
    #[arg(long, value_name = "FILE")]
    refresh_token_a: Option<PathBuf>,
    /// A file with the refresh token that came with the token for B
    #[arg(long, value_name = "FILE")]
    refresh_token_b: Option<PathBuf>,
    /// Both servers are mine to attack; without it, only servers on this machine are
    #[arg(long)]
    i_own_this: bool,
    /// Requests per second at most
    #[arg(long, value_name = "NUMBER", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    #[command(flatten)]
    login: Login,
}

impl Probe {
    pub(crate) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        let files = [
            self.token_a.as_ref(),
            self.token_b.as_ref(),
            self.id_token_a.as_ref(),
            self.id_token_b.as_ref(),
            self.refresh_token_a.as_ref(),
            self.refresh_token_b.as_ref(),
        ];
        if files.into_iter().flatten().filter(|file| **file == Path::new("-")).count() > 1 {
            bail!("standard input holds one token only: put the others into files");
        }
        let reach = if self.i_own_this { Reach::Owned } else { Reach::Loopback };
        // Before anybody logs in for nothing.
        for (side, server) in [(Side::A, &self.a), (Side::B, &self.b)] {
            if !reach.covers(server) {
                bail!(Unprobed::NotLoopback(side));
            }
        }
        let report = runtime::block_on(self.attack(reach, global.quiet))?;
        let text = match global.format {
            Format::Json => shown::as_json(&report),
            Format::Text => shown::as_text(&report, global.quiet),
        };
        Ok(Answer { text, exit: exit_code(&report) })
    }

    async fn attack(&self, reach: Reach, quiet: bool) -> anyhow::Result<Report> {
        let [a, b] = origin::parties(self, quiet).await?;
        let pace = Pace::per_second(NonZeroU32::new(self.rate).unwrap_or(NonZeroU32::MIN));
        let probe = Attack::new(a, b, tls::client_config([])?, reach, pace)?;
        let is_watched = !quiet && std::io::stderr().is_terminal();
        let report = probe
            .run(&mut |progress| {
                if is_watched {
                    tell(&line(progress));
                }
            })
            .await;
        if is_watched {
            tell("");
        }
        Ok(report)
    }
}

fn line(progress: Progress) -> String {
    let Progress { done, of, at, case, .. } = progress;
    format!("{done}/{of}  {} {} at {at}", case.id, case.name)
}

/// One line that replaces the one before. Whoever does not read it misses nothing.
fn tell(line: &str) {
    let mut stderr = anstream::stderr();
    write!(stderr, "\r\u{1b}[2K{line}").and_then(|()| stderr.flush()).ok();
}

/// A server that could not be probed comes first: what else was found is not the whole answer.
fn exit_code(report: &Report) -> u8 {
    let is_unprobed = report.servers.iter().any(|server| server.trouble.is_some());
    match report.worst() {
        _ if is_unprobed => 1,
        Some(worst) => severity(worst).exit_code(),
        None if report.is_conclusive() => 0,
        None => 1,
    }
}

fn severity(severity: warded_probe::Severity) -> Severity {
    match severity {
        warded_probe::Severity::Note => Severity::Note,
        warded_probe::Severity::Medium => Severity::Medium,
        warded_probe::Severity::High => Severity::High,
        // What is added some day is not less than the worst of today.
        _ => Severity::Critical,
    }
}
