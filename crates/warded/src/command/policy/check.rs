//! `warded policy check`: everything that is wrong with policy files, at once, with the lines that it is about.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde_json::json;
use warded_policy::{Document, Reading, Severity, reference};

use super::file::PolicyFile;
use crate::{
    cli::{Answer, Format, Global},
    report,
};

/// Findings of one file that are shown in full.
const SHOWN_FINDINGS: usize = 50;

/// Say everything that is wrong with policy files, and where
///
/// What is not understood is an error, since whoever wrote it expects it to do something: an unknown key is named with the one
/// that was probably meant. What works and was perhaps not meant so is a warning, and what differs from Intercept is a note.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded policy check notes.policy.yaml
  warded policy check policies/*.yaml --accept policy-provisional
  cat notes.policy.yaml | warded policy check - --format json

Exit codes:
  0   nothing was found
  1   a file could not be read
  11  the worst is a note
  12  the worst is a warning
  13  a file is no policy")]
pub(crate) struct Check {
    /// Policy files; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Pass over keys that are not known, as Intercept does; `warded up` never does
    #[arg(long)]
    lenient: bool,
    /// Warnings and notes that are known and accepted, by code
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = acceptable)]
    accept: Vec<&'static str>,
}

fn acceptable(code: &str) -> Result<&'static str, String> {
    match reference().codes.iter().find(|known| known.code == code) {
        None => Err("there is no such finding; `warded explain` lists them".to_owned()),
        Some(known) if known.severity == Severity::Error => {
            Err("it is an error: correct it instead".to_owned())
        }
        Some(known) => Ok(known.code),
    }
}

impl Check {
    pub(super) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        if self.files.iter().filter(|file| file.as_os_str() == "-").count() > 1 {
            bail!("standard input holds one policy only: put the others into files");
        }
        let reading = if self.lenient { Reading::Lenient } else { Reading::Strict };
        let (mut files, mut unread) = (Vec::new(), Vec::new());
        for path in &self.files {
            match PolicyFile::open(path, reading) {
                Ok(file) => files.push(file),
                Err(error) => unread.push((path.display().to_string(), error)),
            }
        }
        // What was found in the others is said all the same.
        if files.is_empty()
            && let Some((_, error)) = unread.pop()
        {
            return Err(error);
        }
        for file in &mut files {
            let is_accepted = |code| self.accept.contains(&code);
            file.findings.retain(|finding| finding.severity == Severity::Error || !is_accepted(finding.code));
        }
        let worst = files.iter().flat_map(|file| &file.findings).map(|finding| finding.severity).max();
        let exit = match worst {
            _ if !unread.is_empty() => 1,
            Some(worst) => report::policy::severity(worst).exit_code(),
            None => 0,
        };
        let text = match global.format {
            Format::Json => as_json(&files, &unread),
            Format::Text => {
                let read = files.iter().map(|file| as_text(file, global.quiet));
                read.chain(unread.iter().map(unread_as_text)).collect()
            }
        };
        Ok(Answer { text, exit })
    }
}

/// A file that could not be read, and why.
type Unread = (String, anyhow::Error);

fn unread_as_text((_, error): &Unread) -> String {
    format!("{}\n", report::heading(&report::escaped(&format!("{error:#}"))))
}

fn as_json(files: &[PolicyFile], unread: &[Unread]) -> String {
    let file = |file: &PolicyFile| {
        json!({
            "file": file.name,
            "policy": file.document.is_some(),
            "findings": report::policy::json(&file.findings, &file.source),
        })
    };
    let unread_file = |(name, error): &Unread| json!({ "file": name, "policy": false, "findings": [], "error": format!("{error:#}") });
    let files: Vec<_> = files.iter().map(file).chain(unread.iter().map(unread_file)).collect();
    report::document(&json!({ "files": files }))
}

fn as_text(file: &PolicyFile, quiet: bool) -> String {
    let findings = file.findings.iter().take(SHOWN_FINDINGS);
    let mut text: String =
        findings.map(|finding| report::policy::plain(finding, &file.name, &file.source) + "\n\n").collect();
    if let Some(more @ 1..) = file.findings.len().checked_sub(SHOWN_FINDINGS) {
        text += &format!("... and {more} more findings; `--format json` has them all\n\n");
    }
    if quiet {
        return text;
    }
    let found = match found(file) {
        found if found.is_empty() => String::new(),
        found => format!("; {found}"),
    };
    let verdict = match &file.document {
        Some(document) => format!("a policy with {}{found}", contents(document)),
        None => format!("no policy{found}"),
    };
    text + &format!("{}\n", report::heading(&format!("{}: {verdict}", report::escaped(&file.name))))
}

fn found(file: &PolicyFile) -> String {
    let of = |severity, word| {
        let count = file.findings.iter().filter(|finding| finding.severity == severity).count();
        (count > 0).then(|| counted(count, word))
    };
    let counts = [of(Severity::Error, "error"), of(Severity::Warning, "warning"), of(Severity::Note, "note")];
    counts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What stands in it.
fn contents(document: &Document) -> String {
    let Document { tools, resources, prompts, .. } = document;
    let rules = [tools, resources, prompts].into_iter().flatten().map(|section| section.rules.len()).sum();
    let sections = [(tools, "tool"), (resources, "resource"), (prompts, "prompt")];
    let sections = sections.into_iter().filter(|(sections, _)| !sections.is_empty());
    let mut counts: Vec<_> = sections.map(|(sections, word)| counted(sections.len(), word)).collect();
    counts.push(counted(rules, "rule"));
    counts.join(", ")
}

fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
