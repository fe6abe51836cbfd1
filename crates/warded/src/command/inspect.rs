//! `warded inspect`: what a token says, what is wrong with it, and which servers it would open.

mod judged;
mod shown;
pub(crate) mod source;

use std::path::PathBuf;

use clap::Args;
use warded_core::{InboundToken, Refusal, UnixTime, danger::Unverified};

use self::judged::{Answered, Signature, judge};
use crate::{
    cli::{Answer, Format, Global},
    finding::Severity,
};

/// Show what a token says, what is wrong with it, and which servers it would open
///
/// Reads the token from standard input or from a file, never from an argument: arguments stand in shell histories and
/// process lists. Nothing is sent anywhere. With --config, says for every configured server whether it would admit the
/// token, or why not. With --jwks, verifies the signature; without it, says that it did not.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded inspect < token.txt
  pbpaste | warded inspect --config warded.yaml
  warded inspect token.txt --config warded.yaml --jwks keys.json")]
pub(crate) struct Inspect {
    /// A file that holds the token; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// The issuer's keys (a JWK Set), to verify the signature with
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
}

impl Inspect {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let text = source::token(&self.file)?;
        let fleet = global.config.as_deref().map(|path| source::fleet(path, now)).transpose()?;
        let keys = self.jwks.as_deref().map(source::keys).transpose()?;
        let token = match Unverified::read(InboundToken::new(text.to_string())) {
            Ok(token) => token,
            Err(refusal) => return Ok(shown::unreadable(&refusal, global.format)),
        };
        let signature = keys.map_or(Signature::NotChecked, |keys| Signature::check(&token, keys));
        let mut faults = token.faults(now);
        if let Signature::Checked { outcome: Err(refusal), .. } = &signature
            && !faults.contains(refusal)
        {
            faults.push(refusal.clone());
        }
        let servers = fleet.as_ref().map(|fleet| judge(fleet, &text, &token, &signature, now));
        let exit = exit_code(&faults, servers.as_deref());
        let text = match global.format {
            Format::Json => shown::as_json(&token, &faults, servers.as_deref(), &signature),
            Format::Text => shown::as_text(&token, &faults, servers.as_deref(), &signature, now),
        };
        Ok(Answer { text, exit })
    }
}

/// Without servers, whatever is wrong counts; with them, whether the token opens one.
fn exit_code(faults: &[Refusal], servers: Option<&[Answered]>) -> u8 {
    let waives = |answered: &Answered| answered.outcome.as_ref().is_ok_and(|waived| !waived.is_empty());
    match servers {
        None if faults.is_empty() => 0,
        Some(servers) if servers.iter().any(|server| server.is_open() && !waives(server)) => 0,
        Some(servers) if servers.iter().any(Answered::is_open) => Severity::Medium.exit_code(),
        _ => Severity::High.exit_code(),
    }
}
