//! Keeps secrets out of what is said and shown.

use std::{collections::BTreeSet, ops::Range};

use aho_corasick::AhoCorasick;

use super::{check::Looked, kind::known, secret};
use crate::finding::{Finding, Fix, Spot};

/// How many characters of a secret tell it apart.
const TELLING: usize = 16;

/// Takes secrets out of what is said. Whoever writes a configuration also chooses its keys, and messages name those.
pub(crate) fn hide(findings: &mut [Finding], looked: &[Looked<'_>]) {
    let held = looked.iter().flat_map(Looked::held).map(|(_, held)| held.text.value);
    let telling = held.filter(|value| value.len() >= 4);
    let telling: BTreeSet<String> = telling.map(|value| plain(value.chars().take(TELLING))).collect();
    let Ok(secrets) = AhoCorasick::new(&telling) else { return };
    let hidden = |message: &str| {
        let quoted = message.split('`').enumerate();
        let parts: Vec<_> = quoted
            .map(|(at, part)| if at % 2 == 1 && secrets.is_match(&plain(part.chars())) { "…" } else { part })
            .collect();
        parts.join("`")
    };
    for finding in findings {
        finding.message = hidden(&finding.message);
        finding.steps.iter_mut().for_each(|step| step.says = hidden(&step.says));
        let tells = |fix: &Fix| {
            secrets.is_match(&plain(fix.says.chars()))
                || fix.edits.iter().any(|edit| secrets.is_match(&plain(edit.text.chars())))
        };
        if finding.fix.as_ref().is_some_and(tells) {
            finding.fix = None;
        }
    }
}

/// As it reads in the name of a variable, too, which is made of the names in a file.
fn plain(text: impl Iterator<Item = char>) -> String {
    text.map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '_' }).collect()
}

/// Where secrets stand, as far as anybody can tell: what is known to be one, what may be one, and what could not be read.
pub(super) fn places(looked: &[Looked<'_>]) -> Vec<Spot> {
    let held = looked.iter().flat_map(Looked::held).map(|(_, held)| held.text.value);
    let long = held.filter(|value| value.len() >= TELLING / 2);
    let telling: BTreeSet<String> = long.map(|value| value.chars().take(TELLING).collect()).collect();
    let telling = AhoCorasick::new(&telling).ok();
    let mut all = Vec::new();
    for looked in looked {
        let mut spans: Vec<Range<usize>> = known(looked.source).into_iter().map(|(span, _)| span).collect();
        let pieces = looked.servers.iter().flat_map(|server| &server.pieces);
        spans.extend(pieces.flat_map(secret::guarded).map(|text| text.span));
        // The same secret once more, wherever it is: in a comment, or in a name.
        let mut end = 0;
        for found in telling.iter().flat_map(|telling| telling.find_iter(looked.source)) {
            if found.start() < end {
                continue;
            }
            let rest = looked.source.get(found.end()..).unwrap_or_default();
            let more =
                rest.find(|letter: char| letter.is_whitespace() || letter == '"').unwrap_or(rest.len());
            end = found.end() + more;
            spans.push(found.start()..end);
        }
        spans.push(looked.end..looked.source.len());
        all.extend(joined(spans).into_iter().map(|span| looked.spot(span)));
    }
    all
}

/// In order, and none over another.
pub(super) fn joined(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.retain(|span| !span.is_empty());
    spans.sort_by_key(|span| span.start);
    let mut all: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match all.last_mut().filter(|last| last.end >= span.start) {
            Some(last) => last.end = last.end.max(span.end),
            None => all.push(span),
        }
    }
    all
}

/// The text of a file with every secret in it blanked. Each byte keeps its place, so that spans still hold.
pub fn blanked(path: &str, text: &str, secrets: &[Spot]) -> String {
    blank(text, secrets.iter().filter(|spot| &*spot.path == path).map(|spot| spot.span.clone()))
}

/// A text with these parts of it blanked, which are in order.
pub(super) fn blank(text: &str, secrets: impl Iterator<Item = Range<usize>>) -> String {
    let (mut shown, mut at) = (String::with_capacity(text.len()), 0);
    for span in secrets {
        shown.push_str(text.get(at..span.start).unwrap_or_default());
        let hidden = text.get(at.max(span.start)..span.end).unwrap_or_default();
        // Lines stay lines.
        shown.extend(hidden.bytes().map(|byte| if byte == b'\n' { '\n' } else { '*' }));
        at = span.end;
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    shown
}
