//! `warded explain`: what a code means, what it stands on, what to do.

mod scan;

use clap::Args;
use serde_json::{Value, json};
use warded_core::Entry;
use warded_issuer::Reason;
use warded_policy::{Code, reference};

use crate::{
    cli::{Answer, Format, Global},
    diagnosis::{Diagnosis, Whose},
    finding::Rule,
    report,
};

/// Explain a refusal, a finding or a diagnosis
///
/// Says what happened, the clause that it stands on, what the operator should do, and what it looks like. Without a
/// code, lists them all.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded explain
  warded explain audience-elsewhere
  warded explain audience-overlap --format json
  warded explain WRD101")]
pub(crate) struct Explain {
    /// The code of a refusal, a finding or a diagnosis
    code: Option<String>,
}

impl Explain {
    pub(crate) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        let Some(code) = &self.code else {
            return Ok(list(global.format));
        };
        let rule = scan::find(code);
        let explained = Entry::find(code)
            .map(refusal)
            .or_else(|| Reason::find(code).map(issuer_refusal))
            .or_else(|| Rule::find(code).map(finding))
            .or_else(|| Diagnosis::find(code).map(diagnosis))
            .or_else(|| reference().codes.iter().find(|known| known.code == code).map(|code| policy(code)))
            .or_else(|| rule.map(scan::explained));
        let Some((title, rows, value)) = explained else {
            anyhow::bail!("there is no code `{}`{}", code.escape_debug(), likely(code));
        };
        Ok(Answer::of(match global.format {
            Format::Json => report::document(&value),
            Format::Text => {
                let examples = rule.map(scan::examples).unwrap_or_default();
                format!("{}\n\n{}{examples}", report::heading(&title), paragraphs(&rows))
            }
        }))
    }
}

type Explained = (String, Vec<(&'static str, String)>, Value);

fn refusal(entry: &'static Entry) -> Explained {
    let answer = match entry.error {
        Some(error) => {
            format!("HTTP {} with `error=\"{}\"`: \"{}\"", entry.status, error.name(), entry.public)
        }
        None => format!("HTTP {}: \"{}\"", entry.status, entry.public),
    };
    let rows = vec![
        ("What it means", entry.meaning.to_owned()),
        ("What to do", entry.advice.to_owned()),
        ("Stands on", entry.clause.to_owned()),
        ("The caller sees", answer),
        ("Example", entry.example.to_owned()),
    ];
    (entry.code.to_owned(), rows, as_json(entry))
}

fn issuer_refusal(reason: &'static Reason) -> Explained {
    let answer = format!("HTTP {} with `error={}`: \"{}\"", reason.status, reason.error, reason.public);
    let rows = vec![
        ("What it means", reason.meaning.to_owned()),
        ("What to do", reason.advice.to_owned()),
        ("Stands on", reason.clause.to_owned()),
        ("The client sees", answer),
    ];
    (reason.code.to_owned(), rows, reason_as_json(reason))
}

fn finding(rule: &'static Rule) -> Explained {
    let rows = vec![
        ("What it means", rule.meaning.to_owned()),
        ("What to do", rule.advice.to_owned()),
        ("Severity", rule.severity.name().to_owned()),
        ("Example", rule.example.to_owned()),
    ];
    (rule.code.to_owned(), rows, rule_as_json(rule))
}

fn diagnosis(diagnosis: &'static Diagnosis) -> Explained {
    let mut rows = vec![("What it means", diagnosis.meaning.to_owned())];
    for (whose, change) in diagnosis.advice {
        rows.push(("What to change", format!("{}: {change}", whose.operator())));
    }
    rows.push(("Stands on", diagnosis.clause.to_owned()));
    rows.push(("Severity", diagnosis.severity.name().to_owned()));
    (diagnosis.code.to_owned(), rows, diagnosis_as_json(diagnosis))
}

fn policy(code: &Code) -> Explained {
    let rows = vec![
        ("What it means", code.meaning.to_owned()),
        ("What to do", code.advice.to_owned()),
        ("Severity", report::policy::severity(code.severity).name().to_owned()),
    ];
    let (heading, mut value) = (code.code.to_owned(), policy_as_json(code));
    value["example"] = code.example.into();
    (heading, rows, value)
}

fn as_json(entry: &Entry) -> Value {
    json!({
        "code": entry.code,
        "kind": "refusal",
        "status": entry.status,
        "error": entry.error.map(warded_core::OauthError::name),
        "clause": entry.clause,
        "public": entry.public,
        "meaning": entry.meaning,
        "advice": entry.advice,
        "example": entry.example,
    })
}

fn reason_as_json(reason: &Reason) -> Value {
    json!({
        "code": reason.code,
        "kind": "issuer-refusal",
        "status": reason.status,
        "error": reason.error,
        "clause": reason.clause,
        "public": reason.public,
        "meaning": reason.meaning,
        "advice": reason.advice,
    })
}

fn rule_as_json(rule: &Rule) -> Value {
    json!({
        "code": rule.code,
        "kind": "finding",
        "severity": rule.severity,
        "meaning": rule.meaning,
        "advice": rule.advice,
        "example": rule.example,
    })
}

fn diagnosis_as_json(diagnosis: &Diagnosis) -> Value {
    let change = |(whose, change): &(Whose, &str)| json!({ "who": whose.operator(), "change": change });
    json!({
        "code": diagnosis.code,
        "kind": "diagnosis",
        "severity": diagnosis.severity,
        "clause": diagnosis.clause,
        "meaning": diagnosis.meaning,
        "advice": diagnosis.advice.iter().map(change).collect::<Vec<_>>(),
    })
}

fn policy_as_json(code: &Code) -> Value {
    json!({
        "code": code.code,
        "kind": "policy-finding",
        "severity": report::policy::severity(code.severity),
        "meaning": code.meaning,
        "advice": code.advice,
    })
}

fn list(format: Format) -> Answer {
    if format == Format::Json {
        let all: Value = Entry::all()
            .map(as_json)
            .chain(Reason::all().map(reason_as_json))
            .chain(Rule::ALL.iter().map(|rule| rule_as_json(rule)))
            .chain(Diagnosis::ALL.iter().map(|diagnosis| diagnosis_as_json(diagnosis)))
            .chain(reference().codes.iter().map(|code| policy_as_json(code)))
            .chain(warded_scan::rules().map(scan::as_json))
            .collect();
        return Answer::of(report::document(&all));
    }
    let row = |code: &str, kind: String, meaning: &str| vec![code.to_owned(), kind, first_sentence(meaning)];
    let refusals: Vec<_> =
        Entry::all().map(|entry| row(entry.code, entry.status.to_string(), entry.meaning)).collect();
    let issuer: Vec<_> =
        Reason::all().map(|reason| row(reason.code, reason.status.to_string(), reason.meaning)).collect();
    let findings: Vec<_> =
        Rule::ALL.iter().map(|rule| row(rule.code, rule.severity.name().to_owned(), rule.meaning)).collect();
    let diagnoses: Vec<_> = Diagnosis::ALL
        .iter()
        .map(|row_of| row(row_of.code, row_of.severity.name().to_owned(), row_of.meaning))
        .collect();
    let policies: Vec<_> = reference()
        .codes
        .iter()
        .map(|code| row(code.code, report::policy::severity(code.severity).name().to_owned(), code.meaning))
        .collect();
    Answer::of(format!(
        "{}\n\n{}\n{}\n\n{}\n{}\n\n{}\n{}\n\n{}\n{}\n\n{}\n{}\n\n{}\nOne of them in full: `warded explain CODE`\n",
        report::heading("Why a token is refused"),
        report::table(&refusals),
        report::heading("Why a built-in issuer gives no token"),
        report::table(&issuer),
        report::heading("What `warded check` finds"),
        report::table(&findings),
        report::heading("What `warded doctor` finds"),
        report::table(&diagnoses),
        report::heading("What `warded policy check` finds"),
        report::table(&policies),
        report::heading("What `warded scan` finds"),
        report::table(&scan::rows()),
    ))
}

fn first_sentence(text: &str) -> String {
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    text.get(..end).unwrap_or(text).to_owned()
}

fn likely(code: &str) -> String {
    let codes = Entry::all()
        .map(|entry| entry.code)
        .chain(Reason::all().map(|reason| reason.code))
        .chain(Rule::ALL.iter().map(|rule| rule.code))
        .chain(Diagnosis::ALL.iter().map(|diagnosis| diagnosis.code))
        .chain(reference().codes.iter().map(|code| code.code))
        .chain(warded_scan::rules().map(|rule| rule.id));
    match crate::config::nearest(code, codes) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None => "; `warded explain` lists them all".to_owned(),
    }
}

/// Headed paragraphs, wrapped at 100 columns.
fn paragraphs(rows: &[(&str, String)]) -> String {
    const INDENT: usize = 18;
    const WIDTH: usize = 100;
    let mut text = String::new();
    for (head, body) in rows {
        let mut line = format!("{head:INDENT$}");
        for word in body.split(' ') {
            let is_full = line.chars().count() + 1 + word.chars().count() > WIDTH;
            if is_full && !line.trim().is_empty() {
                text += &format!("{}\n", line.trim_end());
                line = " ".repeat(INDENT);
            }
            line += &format!("{word} ");
        }
        text += &format!("{}\n", line.trim_end());
    }
    text
}
