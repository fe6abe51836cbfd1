//! What stands in the file, and where? A tree with places, from the events of a parser, within bounds.

use granit_parser::{Event, Parser, ScanError};

use super::findings::Findings;
use crate::{Finding, finding::table};

mod build;
mod merge;
mod node;
mod number;
mod scalar;

pub(super) use node::{At, Node, Pair, What};
pub(super) use scalar::{Doubt, Scalar, Sort};

/// How deep lists and mappings stand in each other.
pub(super) const MOST_DEPTH: usize = 32;
/// How many nodes a file has.
pub(super) const MOST_NODES: usize = 2_000_000;
/// How many nodes aliases and merge keys stand for.
pub(super) const MOST_REPEATED: usize = 100_000;

/// Reads the tree; none where the text is no YAML, or more than any policy needs.
pub(super) fn parse<'s>(source: &'s str, found: &mut Findings) -> Option<Node<'s>> {
    let mut options =
        granit_parser::options! { flow_nesting_limit: MOST_DEPTH, block_nesting_limit: MOST_DEPTH };
    options.set_emit_comments(false);
    let mut build = build::Build::new();
    for event in Parser::new_from_str_with_options(source, options) {
        match event {
            Ok((Event::DocumentStart(..), span)) if build.is_done() => {
                found.say(second(At::of(span), "the file has a second document"));
                break;
            }
            Ok((event, span)) => {
                if let Err(finding) = build.take(event, At::of(span), found) {
                    found.say(*finding);
                    return None;
                }
            }
            Err(error) if build.is_done() => {
                let at = At::of_marker(error.marker(), source);
                found.say(second(at, "behind the document stands something else"));
                break;
            }
            Err(error) => {
                found.say(syntax(&error, source));
                return None;
            }
        }
    }
    build.finish(found)
}

/// Intercept reads the first document, and says nothing of others.
fn second(at: At, message: &str) -> Finding {
    Finding::new(&table::DOCUMENTS, at.range(), message, "not read")
}

/// Why a text is no YAML.
fn syntax(error: &ScanError, source: &str) -> Finding {
    let at = At::of_marker(error.marker(), source);
    if matches!(error.kind(), granit_parser::ErrorKind::RecursionLimitExceeded) {
        return Finding::new(&table::TOO_COMPLEX, at.range(), "the file is nested too deeply", "here");
    }
    if let Some(tab) = first_tab(source) {
        return Finding::new(&table::YAML, tab, "a line is indented with a tab", "a tab")
            .help("Indent with spaces.");
    }
    let finding = Finding::new(&table::YAML, at.range(), format!("no YAML: {}", error.info()), "here");
    match source.get(at.range()).and_then(|text| text.chars().next()) {
        Some('*' | '&' | '@' | '`' | '%' | '!') => {
            finding.help("Put the value in quotes: this character means something else in YAML.")
        }
        _ => finding,
    }
}

/// The first tab that indents a line: YAML has none there, and parsers point somewhere else.
fn first_tab(source: &str) -> Option<std::ops::Range<usize>> {
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(at) = line.bytes().take(indent).position(|byte| byte == b'\t') {
            return Some(start + at..start + at + 1);
        }
        start += line.len();
    }
    None
}
