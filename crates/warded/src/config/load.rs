//! From a file to a [`Config`], or to one finding that says what is wrong and where.

use std::{fs::File, io::Read as _, path::Path};

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_saphyr::{Error, UserMessageFormatter};

use super::{Config, Span, secret};
use crate::finding::{Finding, table};

/// Largest file that is read, in bytes.
pub const MAX_CONFIG_BYTES: u64 = 16 * 1024 * 1024;

/// Reads the text of a configuration file.
pub fn read(path: &Path) -> Result<String, Box<Finding>> {
    let unreadable = |why: &dyn std::fmt::Display| {
        let finding = Finding::new(&table::CONFIG_UNREADABLE, format!("{}: {why}", path.display()));
        Box::new(
            finding.help("Check the path, or name another file: `warded check FILE` or `--config FILE`."),
        )
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    file.take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MAX_CONFIG_BYTES {
        return Err(unreadable(&format_args!("larger than {MAX_CONFIG_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| unreadable(&"not UTF-8"))
}

/// Reads a configuration.
pub fn load(source: &str) -> Result<Config, Box<Finding>> {
    // First of all, so that no other message shows the line with the secret.
    if let Some((span, what)) = secret::find(source) {
        let finding = Finding::new(&table::SECRET_LITERAL, format!("the file contains {what}"));
        return Err(Box::new(finding.at(span, "here (not shown)")));
    }
    from_yaml(source)
}

/// Reads what stands in a configuration, whatever it means: for those who compare two of them. Only of what [`load`] took.
pub fn said(source: &str) -> Result<Value, Box<Finding>> {
    from_yaml(source)
}

/// Reads another file that people write for Warded, by the same rules. It says what keys there are.
pub(crate) fn document<T: DeserializeOwned>(source: &str) -> Result<T, Box<Finding>> {
    from_yaml(source)
}

/// One reader for all, with one set of bounds: what one of them takes and the other does not would be compared with nothing.
fn from_yaml<T: DeserializeOwned>(source: &str) -> Result<T, Box<Finding>> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        merge_keys: serde_saphyr::MergeKeyPolicy::Error,
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_nodes: 2_000_000,
            max_events: 4_000_000,
            max_aliases: 1_000,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
    };
    serde_saphyr::from_str_with_options(source, options).map_err(|error| Box::new(explain(&error, source)))
}

/// Turns the parser's error into a finding that names the fix.
fn explain(error: &Error, source: &str) -> Finding {
    let span = error.location().map(|location| Span::of_error(location, source)).unwrap_or_default();
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => {
            let finding = Finding::new(
                &table::CONFIG_UNKNOWN_KEY,
                format!("`{}` is not a key here", field.escape_debug()),
            );
            suggest(finding.at(span, "unknown key"), field, expected, "The keys here are")
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            let finding = Finding::new(
                &table::CONFIG_VALUE,
                format!("`{}` is not possible here", variant.escape_debug()),
            );
            suggest(
                finding.at(nearby(span, source, variant), "unknown value"),
                variant,
                expected,
                "Possible are",
            )
        }
        Error::SerdeMissingField { field, .. } => {
            Finding::new(&table::CONFIG_MISSING_KEY, format!("the key `{field}` is missing"))
                .at(span, "in this mapping")
                .help(format!("Add `{field}:`."))
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or_default();
            Finding::new(
                &table::CONFIG_DUPLICATE_KEY,
                format!("the key `{}` stands twice in one mapping", key.escape_debug()),
            )
            .at(span, "for the second time")
        }
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            Finding::new(&table::CONFIG_VALUE, format!("found {unexpected}, expected {expected}"))
                .at(span, "wrong type")
                .help(format!("Write {expected}."))
        }
        Error::MergeKeyNotAllowed { .. } => {
            let message = "merge keys are not read: which of two values counts would not be seen";
            Finding::new(&table::CONFIG_SYNTAX, message).at(span, "a merge key").help("Write the keys out.")
        }
        Error::Message { msg, .. } => {
            let value = msg.split('`').nth(1).unwrap_or_default();
            let (what, how) = msg.split_once("; ").unwrap_or((msg, table::CONFIG_VALUE.advice));
            Finding::new(&table::CONFIG_VALUE, what).at(nearby(span, source, value), "this value").help(how)
        }
        Error::Unexpected { expected, .. } => {
            let (expected, how) = in_words(expected);
            Finding::new(&table::CONFIG_VALUE, format!("expected {expected}"))
                .at(span, format!("not {expected}"))
                .help(how)
        }
        other => syntax(other, span, source),
    }
}

/// Where a value stands: the parser points at its key when the value itself was read without complaint.
fn nearby(span: Span, source: &str, value: &str) -> Span {
    let is_value = |text: &str| text.trim_matches(['"', '\'']) == value;
    if value.is_empty() || source.get(span.range()).is_some_and(is_value) {
        return span;
    }
    let start = span.range().end;
    let rest = source.get(start..).and_then(|rest| rest.lines().next());
    let found = rest.and_then(|rest| rest.find(value));
    found.map_or(span, |at| Span::at(start + at..start + at + value.len()))
}

/// What the parser waited for, and how it is written.
fn in_words(expected: &str) -> (&str, &'static str) {
    match expected {
        "sequence start" => ("a list", "Write `[first, second]`, or one entry a line, each behind `- `."),
        "mapping start" => ("a mapping", "Write `key: value` lines, indented below, or `{ key: value }`."),
        "string scalar" => ("a text", "Write one value, in quotes if it has a colon and a blank in it."),
        other => (other, table::CONFIG_VALUE.advice),
    }
}

fn syntax(error: &Error, span: Span, source: &str) -> Finding {
    let is_empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if source.lines().all(is_empty) {
        let finding =
            Finding::new(&table::CONFIG_MISSING_KEY, "the file is empty: the key `servers` is missing");
        return finding.help("Begin with `public_url: https://…` and `servers: { NAME: {} }`.");
    }
    let text = error.render_with_formatter(&UserMessageFormatter);
    // The place is shown anyhow.
    let text = text.split(" at line ").next().unwrap_or_default().to_owned();
    // The parser reports limits in several ways, and calls all of them so.
    if text.starts_with("YAML document too large or too complex") {
        let message = "the file expands to more than any configuration needs";
        return Finding::new(&table::CONFIG_TOO_COMPLEX, message).at(span, "here it became too much");
    }
    if let Some(tab) = first_tab(source) {
        return Finding::new(&table::CONFIG_SYNTAX, "a line is indented with a tab")
            .at(tab, "a tab")
            .help("Indent with spaces.");
    }
    let finding = Finding::new(&table::CONFIG_SYNTAX, text).at(span, "here");
    if source.get(span.range()).is_some_and(|text| text.starts_with(['*', '&', '@', '`', '%', '!'])) {
        return finding.help("Put the value in quotes: this character means something else in YAML.");
    }
    finding
}

/// The first tab that indents a line: YAML has no tabs there, and parsers point somewhere else.
fn first_tab(source: &str) -> Option<Span> {
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(at) = line.bytes().take(indent).position(|byte| byte == b'\t') {
            return Some(Span::at(start + at..start + at + 1));
        }
        start += line.len();
    }
    None
}

/// Keys that people look for in one place and that stand in another.
const ELSEWHERE: [(&[&str], &str); 3] = [
    (
        &["aud", "audience", "audiences"],
        "Tokens name a server by its `resource`. Whatever else means it in `aud` stands at the issuer: `audiences: { NAME: [...] }`.",
    ),
    (
        &["resource"],
        "A server's `resource` stands at the server: `servers: { NAME: { resource: … } }`. `resources` are servers that others serve.",
    ),
    (
        &["mcpServers"],
        "That is a client's file. Here servers stand under `servers`, each with its `resource`.",
    ),
];

/// Names the likely meant word, or all that are possible.
fn suggest(finding: Finding, word: &str, possible: &[&str], otherwise: &str) -> Finding {
    let elsewhere = ELSEWHERE.iter().find(|(keys, _)| keys.contains(&word));
    if let Some((_, where_instead)) =
        elsewhere.filter(|(keys, _)| !possible.iter().any(|key| keys.contains(key)))
    {
        return finding.help(*where_instead);
    }
    match nearest(word, possible.iter().copied()) {
        Some(meant) => finding.help(format!("Did you mean `{meant}`?")),
        None => finding.help(format!("{otherwise} {}.", possible.join(", "))),
    }
}

/// The candidate that a word was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| {
            (strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()), candidate)
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn whatever_is_read_can_be_compared() {
        let mut source = "listen: 127.0.0.1:1
servers:
  notes:
    upstream: http://127.0.0.1:2/mcp
    scopes:
      tools:
"
        .to_owned();
        for tool in 0..90_000 {
            writeln!(source, "        t{tool}: [a]").unwrap();
        }
        assert!(load(&source).is_ok());
        let listen = said(&source).ok().and_then(|said| said.get("listen").cloned());
        assert_eq!(listen, Some("127.0.0.1:1".into()));
    }
}
