//! What is said of the call on the command line: by whom, at which server, when?

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use warded_core::{InboundToken, Refusal, UnixTime, danger::Unverified};
use warded_guard::ScopeRules;

use super::super::{
    facts::{self, At, Token},
    server::Configured,
};
use crate::{cli::Global, command::inspect::source};

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// By whom, and where.
#[derive(Debug, Args)]
pub(super) struct Given {
    /// What the token says, as JSON, or @ and the name of a file with it
    #[arg(long, value_name = "JSON|@FILE", conflicts_with = "token_file")]
    token_claims: Option<String>,
    /// A file with a token, `-` for standard input. It is read, not verified, and stands in no answer
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The server of the configuration at which the call is made [default: one called `example`, of no configuration]
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
}

/// What is known by that.
pub(super) struct Known {
    pub(super) server: At,
    pub(super) token: Token,
    /// Whether the server admits the token without its audience.
    pub(super) is_waived: bool,
    /// Why the server refuses the token, so that no policy is asked.
    pub(super) refused: Option<Refusal>,
    /// Which scopes calls of the server need, by its configuration.
    pub(super) scopes: ScopeRules,
    /// The policies of all servers, and those of this one.
    pub(super) shared: Vec<PathBuf>,
    pub(super) own: Vec<PathBuf>,
}

impl Given {
    pub(super) fn reads_standard_input(&self) -> bool {
        self.token_file.as_deref() == Some(Path::new("-"))
    }

    pub(super) fn known(&self, global: &Global, now: UnixTime) -> anyhow::Result<Known> {
        let unverified = match &self.token_file {
            Some(file) => {
                let text = source::token(file)?;
                // What is no token is named by its fault, never by its text.
                let read = Unverified::read(InboundToken::new(text.to_string()));
                Some(read.map_err(|refusal| anyhow::anyhow!("{}: {refusal}", refusal.code()))?)
            }
            None => None,
        };
        let token = match (&self.token_claims, &unverified) {
            (Some(claims), _) => Token::read(&text(claims)?)?,
            (None, Some(token)) => Token::of(token.claims()),
            (None, None) => Token::default(),
        };
        let Some(name) = &self.server else {
            return Ok(Known {
                server: At::default(),
                token,
                is_waived: false,
                refused: None,
                scopes: ScopeRules::default(),
                shared: Vec::new(),
                own: Vec::new(),
            });
        };
        let Configured { at, server, scopes, shared, own } = Configured::named(name, global.config(), now)?;
        let (is_waived, refused) = match unverified.map(|token| token.would_open(&server, now)) {
            None => (false, None),
            Some(Ok(waived)) => (waived.iter().any(|waived| waived.code().starts_with("audience-")), None),
            Some(Err(refusal)) => (false, Some(refusal)),
        };
        let token = token.reaching(&scopes.implies);
        Ok(Known { server: at, token, is_waived, refused, scopes, shared, own })
    }
}

/// Arguments, or where they are.
pub(super) fn arguments(said: &str) -> anyhow::Result<String> {
    facts::arguments(&text(said)?)
}

/// What was said, or what stands in the file that was named.
fn text(said: &str) -> anyhow::Result<String> {
    let Some(path) = said.strip_prefix('@') else {
        return Ok(said.to_owned());
    };
    let mut bytes = Vec::new();
    let file = File::open(Path::new(path)).with_context(|| format!("cannot open {path}"))?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {path}"))?;
    anyhow::ensure!(bytes.len() as u64 <= MAX_BYTES, "{path} is larger than {MAX_BYTES} bytes");
    String::from_utf8(bytes).with_context(|| format!("{path} is not UTF-8"))
}

/// Reads a moment, such as `2026-01-05T18:30:00Z`.
pub(super) fn moment(text: &str) -> Result<UnixTime, String> {
    let moment = text.parse::<jiff::Timestamp>();
    moment
        .map(|at| UnixTime::from_seconds(at.as_second()))
        .map_err(|_| "write 2026-01-05T18:30:00Z".to_owned())
}
