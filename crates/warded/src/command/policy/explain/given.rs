//! What is said of the call on the command line: by whom, at which server, when?

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use warded_core::{InboundToken, Refusal, Scopes, UnixTime, danger::Unverified};
use warded_guard::ScopeRules;

use super::super::facts::{self, At, Token};
use crate::{cli::Global, command::inspect::source, config::Located};

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
        let mut known = Known {
            server: At::default(),
            token,
            is_waived: false,
            refused: None,
            scopes: ScopeRules::default(),
            shared: Vec::new(),
            own: Vec::new(),
        };
        if let Some(name) = &self.server {
            known.at(name, unverified.as_ref(), global, now)?;
        }
        Ok(known)
    }
}

impl Known {
    /// What the configuration says of the server, and the server of the token.
    fn at(
        &mut self,
        name: &str,
        token: Option<&Unverified>,
        global: &Global,
        now: UnixTime,
    ) -> anyhow::Result<()> {
        let assessment = source::fleet(global.config(), now)?;
        let fleet = assessment.fleet.as_ref().context("the configuration is not proved")?;
        let mut servers = fleet.servers().zip(&assessment.serving.servers);
        let Some((server, behind)) = servers.find(|(server, _)| server.name() == name) else {
            bail!("{} has no server `{}`", global.config().display(), name.escape_debug());
        };
        self.server = At {
            identity: server.resource().to_string(),
            name: name.to_owned(),
            tier: server.spec().tier.to_string(),
        };
        let folder = global.config().parent().unwrap_or(Path::new(""));
        let paths = |files: &[Located<PathBuf>]| files.iter().map(|file| folder.join(&file.value)).collect();
        (self.shared, self.own) = (paths(&assessment.serving.policies), paths(&behind.policies));
        if let Ok(held) = Scopes::of(self.token.scopes.iter().map(String::as_str)) {
            self.token.scopes = behind.scopes.implies.reach(&held).iter().map(str::to_owned).collect();
        }
        self.scopes = behind.scopes.clone();
        match token.map(|token| token.would_open(&server, now)) {
            None => {}
            Some(Ok(waived)) => {
                self.is_waived = waived.iter().any(|waived| waived.code().starts_with("audience-"));
            }
            Some(Err(refusal)) => self.refused = Some(refusal),
        }
        Ok(())
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
