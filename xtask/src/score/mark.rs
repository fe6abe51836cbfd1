//! What each label and each finding counts for.

use std::path::Path;

use super::{
    finding::{Finding, Voice},
    judge::Judged,
    label::{Half, RULES, Site, Verdict},
};

/// How it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    Found,
    Missed,
    False,
}

/// By what it is asked whether something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum View {
    /// Findings that are no notes, and code that is wrong.
    Errors,
    /// Notes, and code that is right under a condition.
    Notes,
    /// Findings of any kind, and code that is wrong or right under a condition.
    Any,
}

/// Which labels count together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Sure,
    /// Others may judge otherwise.
    Doubtful,
    /// Logins at providers that know no resources.
    Upstream,
    /// Of rules that this scanner does not have.
    NoRule,
}

/// One thing that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) half: Half,
    pub(super) view: View,
    pub(super) group: Group,
    pub(super) outcome: Outcome,
    /// That should have spoken, or that spoke.
    pub(super) rule: String,
    pub(super) language: &'static str,
    pub(super) package: String,
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) why: String,
}

/// Everything in a package that counts.
pub(super) fn marks(judged: &Judged<'_>) -> Vec<Mark> {
    let mut marks = Vec::new();
    let package = judged.package;
    let plain = |path: &str, line, rule: &str| Mark {
        half: package.half(),
        view: View::Any,
        group: Group::Sure,
        outcome: Outcome::False,
        rule: rule.to_owned(),
        language: language(path),
        package: format!("{}@{}", package.name, package.version.0),
        path: path.to_owned(),
        line,
        why: String::new(),
    };
    for (site, told) in package.sites.iter().zip(&judged.told) {
        for view in [View::Errors, View::Notes, View::Any] {
            let Some((outcome, rule)) = outcome(view, site, told) else { continue };
            let why =
                format!("{} {:?} {}: {}; {}", site.rule, site.verdict, said(told), site.why, reach(site));
            marks.push(Mark { view, group: group(site), outcome, why, ..plain(&site.path, site.line, rule) });
        }
    }
    for finding in &judged.unfounded {
        for view in [view(finding.voice), View::Any] {
            let why = format!("no label here{}: {}", nearest(&package.sites, finding), finding.message);
            marks.push(Mark { view, why, ..plain(&finding.path, finding.line, rule_of(finding)) });
        }
    }
    marks
}

/// What a label comes to, and by which rule; nothing where there was nothing to say, and nothing said.
fn outcome<'a>(view: View, site: &'a Site, told: &[&'a Finding]) -> Option<(Outcome, &'a str)> {
    let heard = told.iter().find(|finding| match view {
        View::Errors => finding.voice == Voice::Error,
        View::Notes => finding.voice == Voice::Note,
        View::Any => true,
    });
    let expected = match view {
        View::Errors => site.verdict == Verdict::Wrong,
        View::Notes => site.verdict == Verdict::Conditional,
        View::Any => site.should_be_told(),
    };
    // A note where something is wrong is too quiet: that it is no error has been counted, so it is not counted as false too.
    let is_too_quiet = view == View::Notes && site.verdict == Verdict::Wrong;
    match heard {
        Some(_) if expected => Some((Outcome::Found, &site.rule)),
        Some(finding) if !is_too_quiet => Some((Outcome::False, rule_of(finding))),
        None if expected => Some((Outcome::Missed, &site.rule)),
        _ => None,
    }
}

fn view(voice: Voice) -> View {
    match voice {
        Voice::Error => View::Errors,
        Voice::Note => View::Notes,
    }
}

fn group(site: &Site) -> Group {
    if !RULES.contains(&site.rule.as_str()) {
        Group::NoRule
    } else if site.upstream {
        Group::Upstream
    } else if site.doubt {
        Group::Doubtful
    } else {
        Group::Sure
    }
}

fn rule_of(finding: &Finding) -> &str {
    finding.rules.first().map_or("", String::as_str)
}

fn said(told: &[&Finding]) -> String {
    let said = told
        .iter()
        .map(|finding| format!("{} ({:?}) at {}", finding.rules.join("/"), finding.voice, finding.line));
    let said = said.collect::<Vec<_>>().join(", ");
    if said.is_empty() { "silent".to_owned() } else { format!("told {said}") }
}

/// The label that may have been meant.
fn nearest(sites: &[Site], finding: &Finding) -> String {
    let nearest = sites
        .iter()
        .filter(|site| site.path == finding.path)
        .min_by_key(|site| site.line.abs_diff(finding.line));
    nearest.map_or(String::new(), |site| {
        format!(", the nearest is {} {:?} at {}", site.rule, site.verdict, site.line)
    })
}

fn reach(site: &Site) -> String {
    format!("lines {}-{}, {:?}", site.line, site.end, site.flow)
}

/// The language of a file, as people call it.
pub(super) fn language(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|end| end.to_str()).unwrap_or_default() {
        "py" | "pyi" | "pyw" => "Python",
        "js" | "mjs" | "cjs" | "jsx" => "JavaScript",
        "ts" | "mts" | "cts" | "tsx" => "TypeScript",
        "go" => "Go",
        "rs" => "Rust",
        "java" => "Java",
        _ => "other",
    }
}
