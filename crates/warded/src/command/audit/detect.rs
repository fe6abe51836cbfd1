//! `warded audit detect`: the five ways in which a token goes where it should not, as far as the journal has seen them.

mod group;
mod tokens;

use clap::Args;
use serde_json::json;
use warded_core::UnixTime;
use warded_store::journal::segments::Record;

use self::{
    group::{Detections, Kind, Sighting},
    tokens::Tokens,
};
use super::{
    filter::Range,
    place::Place,
    scan::{Sieve, scan},
    shown,
};
use crate::{
    cli::{Answer, Format, Global},
    report,
};

/// Find tokens without or with a wildcard audience, tokens for other servers, attempts to pass tokens through, requests
/// without `resource`, and tokens that were presented at several servers
///
/// Each with who, from where and when. It exits with 11 to 14 where something was found, by severity.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded audit detect
  warded audit detect --since 24h --format json
  warded audit detect --only several-servers")]
pub(super) struct Detect {
    #[command(flatten)]
    range: Range,
    /// Look for this only. Can be given several times
    #[arg(long, value_enum, value_name = "KIND")]
    only: Vec<Kind>,
}

impl Detect {
    pub(super) fn run(&self, place: &Place, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let mut detections = Detections::default();
        let mut tokens = Tokens::default();
        let lines = scan(place, self.range.seconds(now), &Sieve::default(), |record| {
            tokens.see(record);
            for kind in kinds(record) {
                detections.see(kind, record);
            }
        })?;
        for (token, seen) in tokens.at_several_servers() {
            detections.add(Sighting::of_token(&token, &seen));
        }
        let mut found = detections.sorted(&tokens);
        found.retain(|sighting| self.only.is_empty() || self.only.contains(&sighting.kind));
        let exit = found.iter().map(|one| one.severity().exit_code()).max().unwrap_or(0);
        let text = match global.format {
            Format::Json => {
                let rows: Vec<_> = found.iter().map(Sighting::as_json).collect();
                report::document(&json!({ "records": lines, "detections": rows }))
            }
            Format::Text => {
                let blocks = found.iter().map(|sighting| sighting.as_text() + "\n");
                let end = match found.len() {
                    _ if global.quiet => String::new(),
                    0 => format!("nothing was found among {lines} records\n"),
                    1 => format!("1 finding among {lines} records\n"),
                    count => format!("{count} findings among {lines} records\n"),
                };
                blocks.collect::<String>() + &end
            }
        };
        Ok(Answer { text, exit })
    }
}

/// What a record alone shows.
fn kinds(record: &Record<'_>) -> Vec<Kind> {
    let code = record.code.as_deref().unwrap_or_default();
    let waives = |code| record.waived.iter().any(|waived| waived == code);
    // A pattern is no audience, wherever it stands and whatever it would match.
    let is_pattern = record.meant.as_deref().is_some_and(|meant| meant.contains('*'));
    match &*record.event {
        "unbound" => vec![Kind::NoResource],
        "stray" | "counted" if code == "audience-missing" || is_pattern => vec![Kind::NoAudience],
        "stray" => vec![Kind::WrongAudience],
        "counted" if matches!(code, "audience-elsewhere" | "audience-shared" | "audience-unknown") => {
            vec![Kind::WrongAudience]
        }
        "counted" if code == warded_store::journal::segments::UNBOUND => vec![Kind::NoResource],
        "call" | "refused" => {
            let found = [
                (code == "token-in-message", Kind::Passthrough),
                (waives("audience-missing"), Kind::NoAudience),
                (waives("audience-unknown"), Kind::WrongAudience),
            ];
            found.into_iter().filter(|(is, _)| *is).map(|(_, kind)| kind).collect()
        }
        _ => Vec::new(),
    }
}
