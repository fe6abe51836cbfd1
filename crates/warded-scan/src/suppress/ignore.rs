//! What a comment asks to be left out: `warded: ignore[WRD101, WRD105] the issuer knows one server only`.

use std::ops::Range;

use crate::look::Deadline;

/// A wish that something be left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ignore<'t> {
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// What it names, and where.
    pub(super) named: Vec<(&'t str, Range<usize>)>,
    /// Whether it says why.
    pub(super) has_reason: bool,
}

/// Another tool's wish.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Nosem<'t> {
    pub(super) at: usize,
    /// What it names; nothing where it means everything.
    pub(super) named: Vec<&'t str>,
}

/// All that a comment says to us, as far as there is time to read it.
pub(super) fn ignores<'t>(text: &'t str, comment: &Range<usize>, deadline: &Deadline<'_>) -> Vec<Ignore<'t>> {
    let in_time = beginnings(text, comment, "warded:").take_while(|_| !deadline.is_over());
    let found = in_time.filter_map(|at| {
        let line = rest_of_line(text, at, comment.end);
        let asked = line.strip_prefix("warded:")?.trim_start().strip_prefix("ignore")?;
        if asked.starts_with(|next: char| next.is_alphanumeric() || next == '-' || next == '_') {
            return None;
        }
        let list = asked.trim_start().strip_prefix('[').and_then(|list| list.split_once(']'));
        let Some((list, reason)) = list else {
            return Some(Ignore {
                span: at..at + line.trim_end().len(),
                named: Vec::new(),
                has_reason: false,
            });
        };
        let end = at + line.len() - reason.len();
        let named = placed(list, end - 1 - list.len());
        Some(Ignore { span: at..end, named, has_reason: is_reason(reason) })
    });
    found.collect()
}

/// What a comment says to semgrep: `nosem`, `nosemgrep: rule, other-rule`.
pub(super) fn nosems<'t>(text: &'t str, comment: &Range<usize>, deadline: &Deadline<'_>) -> Vec<Nosem<'t>> {
    let in_time = beginnings(text, comment, "nosem").take_while(|_| !deadline.is_over());
    let found = in_time.filter_map(|at| {
        let said = rest_of_line(text, at, comment.end).strip_prefix("nosem")?;
        let said = said.strip_prefix("grep").unwrap_or(said);
        let list = match said.chars().next() {
            None => "",
            Some(':') => said.get(1..)?,
            Some(next) if next.is_whitespace() => "",
            Some(_) => return None,
        };
        let named = list.split(',').filter_map(|name| name.split_whitespace().next()).collect();
        Some(Nosem { at, named })
    });
    found.collect()
}

/// The names of a list that begins there, and where each is.
fn placed(list: &str, mut at: usize) -> Vec<(&str, Range<usize>)> {
    let mut all = Vec::new();
    for part in list.split(',') {
        let (name, start) = (part.trim(), at + part.len() - part.trim_start().len());
        if !name.is_empty() {
            all.push((name, start..start + name.len()));
        }
        at += part.len() + 1;
    }
    all
}

/// Where a comment says that word to a tool: where it begins, where one of its lines does, or behind a mark that begins
/// one more comment. In the middle of a sentence it is talk.
fn beginnings<'t>(text: &'t str, comment: &Range<usize>, word: &'t str) -> impl Iterator<Item = usize> {
    let (start, said) = (comment.start, text.get(comment.clone()).unwrap_or_default());
    said.match_indices(word).filter_map(move |(at, _)| {
        let line = said.get(..at)?.rsplit('\n').next()?.trim();
        let of_block = line.trim_end_matches(['*', '!']);
        let begins = line.is_empty()
            || line.ends_with('#')
            || line.ends_with("//")
            || line.ends_with("//!")
            || of_block.is_empty()
            || (of_block.len() < line.len() && of_block.ends_with('/'));
        begins.then_some(start + at)
    })
}

fn rest_of_line(text: &str, at: usize, end: usize) -> &str {
    let rest = text.get(at..end).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    line.strip_suffix("*/").unwrap_or(line)
}

/// Whether somebody could learn something from it. What is said to another tool is no reason.
fn is_reason(text: &str) -> bool {
    let text = text.trim_start();
    !text.starts_with('#') && !text.starts_with("//") && text.contains(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::look::Watch;

    fn endless() -> Deadline<'static> {
        Deadline::after(&Watch::NOBODY, Duration::ZERO)
    }

    fn said(comment: &str) -> Vec<(Vec<&str>, bool)> {
        let all = ignores(comment, &(0..comment.len()), &endless());
        all.into_iter()
            .map(|ignore| {
                for (name, span) in &ignore.named {
                    assert_eq!(comment.get(span.clone()), Some(*name));
                }
                assert!(comment.get(ignore.span).unwrap().starts_with("warded:"));
                (ignore.named.into_iter().map(|(name, _)| name).collect(), ignore.has_reason)
            })
            .collect()
    }

    #[test]
    fn rules_and_reasons_are_read() {
        let one = |names: &[&'static str], reason| vec![(names.to_vec(), reason)];
        assert_eq!(said("# warded: ignore[WRD101] one server only"), one(&["WRD101"], true));
        assert_eq!(said("//warded:ignore [ WRD101 ,WRD105,]  \r"), one(&["WRD101", "WRD105"], false));
        assert_eq!(said("/* warded: ignore[WRD101] why */"), one(&["WRD101"], true));
        assert_eq!(said("/* warded: ignore[WRD101] */"), one(&["WRD101"], false));
        assert_eq!(said("/**\n * warded: ignore[WRD101]\n * talk\n */"), one(&["WRD101"], false));
        assert_eq!(said("/*\n  warded: ignore[WRD101] why\n*/"), one(&["WRD101"], true));
        assert_eq!(said("# type: ignore # warded: ignore[WRD101] # noqa"), one(&["WRD101"], false));
        assert_eq!(said("# warded: ignore[WRD101]: --"), one(&["WRD101"], false));
        assert_eq!(said("# warded: ignore[WRD101] 理由"), one(&["WRD101"], true));
        assert_eq!(said("# warded: ignore"), one(&[], false));
        assert_eq!(said("# warded: ignore[]"), one(&[], false));
        assert_eq!(said("# warded: ignore[WRD101"), one(&[], false));
    }

    #[test]
    fn talk_is_no_wish() {
        for comment in [
            "# write warded: ignore[WRD101] to leave it out",
            "// see `warded: ignore[WRD101]`",
            "# warded: ignored[WRD101]",
            "# warded: ignore-file[WRD101]",
            "# warded: scan",
            "# forwarded: ignore[WRD101]",
            "# warded:",
        ] {
            assert_eq!(said(comment), [], "{comment}");
        }
    }

    #[test]
    fn the_wishes_for_semgrep_are_read() {
        let said = |comment: &'static str| {
            let all = nosems(comment, &(0..comment.len()), &endless());
            all.into_iter().map(|nosem| nosem.named).collect::<Vec<_>>()
        };
        assert_eq!(said("# nosem"), [Vec::<&str>::new()]);
        assert_eq!(said("// nosemgrep because"), [Vec::<&str>::new()]);
        assert_eq!(said("# nosem: a.b.c, WRD101 why"), [vec!["a.b.c", "WRD101"]]);
        for comment in ["# nosemi", "# no nosem here", "# nosemgrepx"] {
            assert_eq!(said(comment), Vec::<Vec<&str>>::new(), "{comment}");
        }
    }
}
