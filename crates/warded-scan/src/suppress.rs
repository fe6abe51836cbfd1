//! What somebody looked at and accepted is left out: `warded: ignore[WRD101] reason` in a comment.
//!
//! Such a comment means its own line; where nothing else stands in its lines, it means the one below. A finding is in the
//! line in which it begins. What ignores nothing, or does not say why, is told.

mod comments;
mod ignore;

#[cfg(test)]
mod tests;

use std::{ops::Range, path::PathBuf, sync::Arc, time::Duration};

use ignore::{Ignore, Nosem};

use crate::{
    finding::{Finding, Spot, Unseen, Why, sort},
    lines::Lines,
    look::{Deadline, Watch, shown},
    rule::{Confidence, Rule},
    rules::{ABOUT_IGNORES, Chosen, rules, wrd901, wrd902},
    scanned::Scanned,
};

/// Whether something in a text may be for [`suppress`]. Whoever scans keeps these texts, also where nothing was found.
pub fn may_ignore(text: &str) -> bool {
    text.contains("warded:")
}

/// Takes away what comments ignore, and tells how much that was. What is wrong with these comments is found instead. With
/// `nosem`, the comments for semgrep count too.
///
/// This comes before anything else takes findings away: what a baseline knows would look as if it were not there. A file in
/// which it takes longer than `budget` to find the comments keeps its findings, and is told as one that took too long.
pub fn suppress(scanned: &mut Scanned, nosem: bool, budget: Duration, watch: &Watch<'_>) -> usize {
    let before = scanned.findings.len();
    let (mut told, mut late) = (Vec::new(), Vec::new());
    for (path, text) in &scanned.texts {
        let may = may_ignore(text) || (nosem && text.contains("nosem"));
        if !may {
            continue;
        }
        let unseen: Vec<_> = scanned.unseen.iter().filter(|one| *shown(&one.path) == **path).collect();
        // Where nothing was looked at, nothing can be said.
        if unseen.iter().any(|one| one.span.is_none()) {
            continue;
        }
        let Some(mut file) = File::of(path, text, &Deadline::after(watch, budget)) else {
            late.push(Unseen { path: PathBuf::from(&**path), span: None, why: Why::Long });
            continue;
        };
        scanned.findings.retain(|finding| finding.spot.path != *path || !file.ignores(finding, nosem));
        let unseen: Vec<_> = unseen.into_iter().filter_map(|one| one.span.clone()).collect();
        told.extend(file.told(&unseen, &scanned.rules));
    }
    let ignored = before - scanned.findings.len();
    scanned.unseen.extend(late);
    scanned.findings.extend(told);
    sort(&mut scanned.findings, &mut scanned.unseen);
    ignored
}

/// What the comments of a file ask for.
struct File<'t> {
    path: &'t Arc<str>,
    lines: Lines<'t>,
    wishes: Vec<Wish<'t>>,
    nosems: Vec<(usize, Nosem<'t>)>,
}

/// An ignore, and what became of it.
struct Wish<'t> {
    ignore: Ignore<'t>,
    /// Which line it means.
    line: usize,
    /// Which of what it names was there.
    met: Vec<bool>,
}

impl<'t> File<'t> {
    /// Nothing where it takes too long to find out.
    fn of(path: &'t Arc<str>, text: &'t str, deadline: &Deadline<'_>) -> Option<Self> {
        let lines = Lines::of(text);
        let (mut wishes, mut nosems) = (Vec::new(), Vec::new());
        let comments = comments::comments(path, text, deadline)?;
        let alone =
            comments.iter().map(|comment| (!deadline.is_over()).then(|| alone(&lines, text, comment)));
        let alone: Vec<_> = alone.collect::<Option<_>>()?;
        for (index, comment) in comments.iter().enumerate() {
            let below = alone.get(index..).and_then(below);
            let line = |at| below.unwrap_or_else(|| lines.line(at));
            wishes.extend(ignore::ignores(text, comment, deadline).into_iter().map(|ignore| {
                let met = vec![false; ignore.named.len()];
                Wish { line: line(ignore.span.start), ignore, met }
            }));
            let others = ignore::nosems(text, comment, deadline).into_iter();
            nosems.extend(others.map(|nosem| (line(nosem.at), nosem)));
            if deadline.is_over() {
                return None;
            }
        }
        Some(Self { path, lines, wishes, nosems })
    }

    /// Whether a finding is ignored. The first that ignores it has done so; another one is unused.
    fn ignores(&mut self, finding: &Finding, nosem: bool) -> bool {
        let line = self.lines.line(finding.spot.span.start);
        let named = |name: &str| name.eq_ignore_ascii_case(finding.rule.id);
        for wish in self.wishes.iter_mut().filter(|wish| wish.line == line) {
            let mut all = wish.ignore.named.iter().zip(&mut wish.met);
            if let Some((_, met)) = all.find(|((name, _), _)| named(name)) {
                *met = true;
                return true;
            }
        }
        let mut nosems = self.nosems.iter().filter(|(of, _)| nosem && *of == line);
        nosems.any(|(_, nosem)| nosem.named.is_empty() || nosem.named.iter().any(|name| named(name)))
    }

    /// What is wrong with the ignores. Where something was not looked at, or not for a rule, nobody knows whether one is unused.
    fn told(&self, unseen: &[Range<usize>], asked: &Chosen) -> Vec<Finding> {
        let mut all = Vec::new();
        for Wish { ignore, line, met } in &self.wishes {
            if ignore.named.is_empty() {
                let says = "this names no rule; it is written `warded: ignore[WRD101] reason`".to_owned();
                all.push(self.finding(&wrd901::RULE, ignore.span.clone(), says));
            }
            let is_unseen = unseen
                .iter()
                .any(|span| (self.lines.line(span.start)..=self.lines.line(span.end)).contains(line));
            for ((name, span), met) in ignore.named.iter().zip(met) {
                if let Some(says) = unused(name, *met || is_unseen, asked) {
                    all.push(self.finding(&wrd901::RULE, span.clone(), says));
                }
            }
            let used = ignore.named.iter().zip(met).find(|(_, met)| **met);
            if let Some(((name, _), _)) = used.filter(|_| !ignore.has_reason) {
                let says = format!("`{name}` is ignored here, and nobody says why");
                all.push(self.finding(&wrd902::RULE, ignore.span.clone(), says));
            }
        }
        all.retain(|finding| asked.has(finding.rule));
        all
    }

    fn finding(&self, rule: &'static Rule, span: Range<usize>, message: String) -> Finding {
        Finding {
            rule,
            severity: rule.severity,
            confidence: Confidence::High,
            spot: Spot { path: Arc::clone(self.path), span },
            message,
            steps: Vec::new(),
            fix: None,
        }
    }
}

/// What is wrong with a name in an ignore, unless it was met.
fn unused(name: &str, met: bool, asked: &Chosen) -> Option<String> {
    let is = |rule: &&Rule| rule.id.eq_ignore_ascii_case(name);
    if ABOUT_IGNORES.iter().any(is) {
        return Some(format!("`{name}` is about ignores themselves, and cannot be ignored"));
    }
    let Some(rule) = rules().find(is) else {
        // Anything may stand there: what is no name of a rule is not said again.
        let is_like_one = name.len() <= 16 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        return Some(if is_like_one {
            format!("`{name}` is no rule: this ignores nothing")
        } else {
            "this is no rule: it ignores nothing".to_owned()
        });
    };
    (!met && asked.has(rule)).then(|| format!("`{}` finds nothing here: this ignores nothing", rule.id))
}

/// The lines of a comment, where nothing but comments stands in them. In JSX a comment has braces of its own.
fn alone(lines: &Lines<'_>, text: &str, comment: &Range<usize>) -> Option<Range<usize>> {
    let (first, last) = (lines.line(comment.start), lines.line(comment.end.saturating_sub(1)));
    let before = text.get(..comment.start)?.rsplit('\n').next()?;
    let behind = text.get(comment.end..)?.split('\n').next()?;
    let is_blank = |part: &str| part.chars().all(|c| c.is_whitespace() || "{}\u{feff}".contains(c));
    // Some grammars count the end of the line to the comment.
    let ends_line = text.get(comment.clone()).is_some_and(|comment| comment.ends_with('\n'));
    (is_blank(before) && (ends_line || is_blank(behind))).then_some(first..last + 1)
}

/// The line below a comment that stands alone, and below those that follow it.
fn below(following: &[Option<Range<usize>>]) -> Option<usize> {
    let mut end = following.first()?.as_ref()?.end;
    for lines in following.iter().skip(1) {
        match lines {
            Some(lines) if lines.start == end => end = lines.end,
            _ => break,
        }
    }
    Some(end)
}
