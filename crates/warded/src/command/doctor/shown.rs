//! How the way is shown: step by step for people, the same for programs, and one sentence at the end.

use serde_json::{Value, json};
use warded_core::ResourceUri;

use super::walk::Entrance;
use crate::{
    diagnosis::{Chart, Found, Sight, Step},
    finding::Severity,
    report::{document, escaped, heading},
};

/// How wide a paragraph is.
const WIDTH: usize = 100;

/// The sentence at the end: what is in the way, or that nothing is.
pub(super) fn verdict(chart: &Chart, entrance: Option<Entrance>) -> String {
    let worst = chart.found().filter(|found| found.diagnosis.severity >= Severity::High).last();
    let skipped = chart.steps.iter().find_map(|step| step.skipped.as_deref());
    let notes = chart.found().count();
    match (worst, skipped) {
        (Some(found), _) if found.diagnosis.code.starts_with("refused-") => {
            let at = if found.diagnosis.code == "refused-scope" { "Refused" } else { "401" };
            format!("{at} after login: {}.", found.message)
        }
        (Some(found), _) => format!("A client does not get in: {}.", found.message),
        (None, Some(why)) => format!("Nothing is in the way so far. The walk ends here: {why}."),
        (None, None) if entrance.is_some() && notes > 0 => {
            "A client gets in; what stands above is worth a look.".to_owned()
        }
        (None, None) if entrance == Some(Entrance::Token) => {
            "A client gets in: the token is accepted, and everybody did what the clauses say.".to_owned()
        }
        (None, None) if entrance == Some(Entrance::Own) => {
            "A client gets in by what you send of your own; nobody is asked for a token.".to_owned()
        }
        (None, None) => "The walk ends here; what stands above is worth a look.".to_owned(),
    }
}

pub(super) fn as_json(server: &ResourceUri, chart: &Chart) -> String {
    let findings: Vec<_> = chart.found().map(found_as_json).collect();
    let steps: Vec<_> = chart.steps.iter().map(step_as_json).collect();
    let report = json!({
        "server": server.as_str(),
        "verdict": chart.verdict,
        "findings": findings,
        "steps": steps,
    });
    without_query(&document(&report), server)
}

/// A report is shown to others, and the query of a server's URL may hold a key: it is cut out, also where somebody has
/// repeated it, or the beginning of it.
fn without_query(text: &str, server: &ResourceUri) -> String {
    let Some((_, query)) = server.as_str().split_once('?') else {
        return text.to_owned();
    };
    let mut parts = text.split('?');
    let mut cut = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let repeated: usize =
            part.chars().zip(query.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
        cut += "?";
        cut += if repeated > 0 { "…" } else { "" };
        cut += part.get(repeated..).unwrap_or_default();
    }
    cut
}

fn step_as_json(step: &Step) -> Value {
    let seen = |sight: &Sight| json!({ "who": sight.who, "did": sight.did, "clause": sight.clause, "follows": sight.follows });
    json!({
        "step": step.name,
        "title": step.title,
        "outcome": step.outcome().name(),
        "seen": step.seen.iter().map(seen).collect::<Vec<_>>(),
        "findings": step.found.iter().map(|found| found.diagnosis.code).collect::<Vec<_>>(),
        "skipped": step.skipped,
    })
}

fn found_as_json(found: &Found) -> Value {
    let change = |(who, change)| json!({ "who": who, "change": change });
    json!({
        "code": found.diagnosis.code,
        "severity": found.diagnosis.severity,
        "at": found.at,
        "message": found.message,
        "clause": found.diagnosis.clause,
        "meaning": found.diagnosis.meaning,
        "advice": found.advice().map(change).collect::<Vec<_>>(),
    })
}

pub(super) fn as_text(server: &ResourceUri, chart: &Chart, quiet: bool) -> String {
    let mut text = String::new();
    if !quiet {
        text += &format!("{}\n\n", heading(&escaped(server.as_str())));
    }
    for (number, step) in (1..).zip(&chart.steps) {
        if !quiet {
            text += &format!("{number}  {}: {}\n", step.title, step.outcome().words());
            text += &step.seen.iter().map(sight).collect::<String>();
        }
        text += &step.found.iter().map(found).collect::<String>();
        if !quiet {
            text.push('\n');
        }
    }
    let verdict = paragraph("", &escaped(&chart.verdict));
    for line in verdict.lines() {
        text += &format!("{}\n", heading(line));
    }
    without_query(&text, server)
}

/// Who, what, and the clause.
fn sight(sight: &Sight) -> String {
    let clause = match (sight.clause, sight.follows) {
        (Some(clause), true) => format!(" [{clause}]"),
        (Some(clause), false) => format!(" [against {clause}]"),
        (None, _) => String::new(),
    };
    let mark = if sight.follows { ' ' } else { '!' };
    let head = format!("   {mark} {:7} ", sight.who.name());
    paragraph(&head, &format!("{}{clause}", escaped(&sight.did)))
}

fn found(found: &Found) -> String {
    let diagnosis = found.diagnosis;
    let title = format!("{}[{}]", diagnosis.severity.name(), diagnosis.code);
    let mut text = paragraph("     ", &format!("{title} {}", escaped(&found.message)));
    text += &paragraph("       ", &format!("{} ({})", diagnosis.meaning, diagnosis.clause));
    for (who, change) in found.advice() {
        text += &paragraph("       ", &format!("> {}: {change}", who.operator()));
    }
    text
}

/// Words behind a head, in lines that begin below each other.
fn paragraph(head: &str, words: &str) -> String {
    let indent = " ".repeat(head.chars().count());
    let mut lines = vec![String::new()];
    for word in words.split(' ') {
        if let Some(line) = lines.last_mut() {
            let room = WIDTH.saturating_sub(indent.len());
            if line.is_empty() || line.chars().count() + 1 + word.chars().count() <= room {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        text += &format!("{}{line}\n", if number == 0 { head } else { &indent });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_query_holds_is_not_repeated() {
        let server = ResourceUri::parse("https://a.example/mcp?key=SECRET&x=1").unwrap();
        for (text, cut) in [
            (
                "at https://a.example/mcp?key=SECRET&x=1, twice: ?key=SECRET&x=1",
                "at https://a.example/mcp?…, twice: ?…",
            ),
            ("cut short: https://a.example/mcp?key=SECR…", "cut short: https://a.example/mcp?……"),
            ("nothing? no", "nothing? no"),
            ("", ""),
        ] {
            assert_eq!(without_query(text, &server), cut);
        }
        let plain = ResourceUri::parse("https://a.example/mcp").unwrap();
        assert_eq!(without_query("?key=1", &plain), "?key=1");
    }
}
