//! What was found, by whomever.

use anyhow::Context as _;
use serde_json::Value;

/// How loud it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Voice {
    Error,
    Note,
}

/// Something that was found.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// What it says; more than one rule where whoever found it does not tell them apart.
    pub(super) rules: Vec<String>,
    pub(super) voice: Voice,
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) end: usize,
    pub(super) message: String,
}

/// Something that was not looked at.
#[derive(Clone, Debug)]
pub(super) struct Unseen {
    pub(super) path: String,
    pub(super) lines: Option<(usize, usize)>,
    pub(super) why: String,
}

/// What the scanner says of a folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    pub(super) files: usize,
    pub(super) lines: usize,
    pub(super) seconds: f64,
    pub(super) findings: Vec<Finding>,
    pub(super) unseen: Vec<Unseen>,
}

impl Report {
    /// Reads what `bench/score` prints.
    pub(super) fn read(text: &str) -> anyhow::Result<Self> {
        let report: Value = serde_json::from_str(text)?;
        let list = |key: &str| report[key].as_array().map(Vec::as_slice).with_context(|| format!("no {key}"));
        Ok(Self {
            files: number(&report, "files")?,
            lines: number(&report, "lines")?,
            seconds: report["seconds"].as_f64().context("no seconds")?,
            findings: list("findings")?.iter().map(Finding::read).collect::<anyhow::Result<_>>()?,
            unseen: list("unseen")?.iter().map(Unseen::read).collect::<anyhow::Result<_>>()?,
        })
    }
}

impl Finding {
    fn read(value: &Value) -> anyhow::Result<Self> {
        Ok(Self {
            rules: vec![text(value, "rule")?],
            voice: if text(value, "severity")? == "note" { Voice::Note } else { Voice::Error },
            path: text(value, "path")?,
            line: number(value, "line")?,
            end: number(value, "end")?,
            message: text(value, "message")?,
        })
    }
}

impl Unseen {
    fn read(value: &Value) -> anyhow::Result<Self> {
        let lines = number(value, "line").and_then(|line| Ok((line, number(value, "end")?))).ok();
        Ok(Self { path: text(value, "path")?, lines, why: text(value, "why")? })
    }
}

fn number(value: &Value, key: &str) -> anyhow::Result<usize> {
    value[key].as_u64().and_then(|number| usize::try_from(number).ok()).with_context(|| format!("no {key}"))
}

fn text(value: &Value, key: &str) -> anyhow::Result<String> {
    Ok(value[key].as_str().with_context(|| format!("no {key}"))?.to_owned())
}
