//! A finding for people: the lines that it is about, and how the code comes to it.

use std::{collections::BTreeMap, sync::Arc};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str};
use warded_scan::{Finding, Leads, Severity, Spot, configs::blanked_code};

use super::window::Window;
use crate::report::{escaped, tame};

/// Steps that are shown: of longer ways the first ones and the last ones.
const SHOWN_STEPS: usize = 8;

type Texts = BTreeMap<Arc<str>, Arc<str>>;

/// Something to point at in a file.
struct Mark<'f> {
    spot: &'f Spot,
    says: String,
    kind: AnnotationKind,
}

pub(super) fn shown(finding: &Finding, texts: &Texts) -> String {
    let level = match finding.severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(&finding.message).id(finding.rule.id);
    let marks = marks(finding);
    let mut group = Group::with_title(title);
    for path in paths(&marks) {
        let here: Vec<_> = marks.iter().filter(|mark| &mark.spot.path == path).collect();
        let text = texts.get(path).map_or("", |text| text);
        let window = Window::of(text, here.iter().map(|mark| mark.spot.span.clone()));
        let annotations =
            here.iter().zip(window.spans).map(|(mark, span)| mark.kind.span(span).label(mark.says.clone()));
        let snippet = Snippet::source(blanked_code(&window.text)).line_start(window.line).path(escaped(path));
        group = group.element(snippet.annotations(annotations));
    }
    // The one part that the renderer takes as it is.
    let help = match &finding.fix {
        Some(fix) if fix.safe => fix.says.clone(),
        Some(fix) => format!("{} `--fix=unsafe` would: {}", finding.rule.fix, fix.says),
        None => finding.rule.fix.to_owned(),
    };
    group = group.element(Level::HELP.message(normalize_untrusted_str(&help)));
    if finding.confidence == warded_scan::Confidence::Low {
        group = group.element(Level::NOTE.message("it looks like it, and is not sure"));
    }
    tame::replaced(&Renderer::styled().term_width(140).render(&[group]))
}

/// The place itself, and the steps that lead to it, by their numbers.
fn marks(finding: &Finding) -> Vec<Mark<'_>> {
    let number = |(at, step): (usize, &Leads)| {
        if finding.steps.len() == 1 { step.says.clone() } else { format!("{}. {}", at + 1, step.says) }
    };
    let numbered = |(at, step)| (step, number((at, step)));
    let all: Vec<_> = finding.steps.iter().enumerate().map(numbered).collect();
    let (here, ways): (Vec<_>, Vec<_>) = all.into_iter().partition(|(step, _)| step.spot == finding.spot);
    let says: Vec<_> = here.into_iter().map(|(_, says)| says).collect();
    let mut marks = vec![Mark { spot: &finding.spot, says: says.join("; "), kind: AnnotationKind::Primary }];
    let gone = ways.len().saturating_sub(SHOWN_STEPS);
    let first = if gone > 0 { SHOWN_STEPS / 2 } else { ways.len() };
    for (at, (step, mut says)) in ways.into_iter().enumerate() {
        if (first..first + gone).contains(&at) {
            continue;
        }
        if gone > 0 && at == first + gone {
            says = format!("{says} ({gone} steps before it are not shown)");
        }
        marks.push(Mark { spot: &step.spot, says, kind: AnnotationKind::Context });
    }
    marks
}

/// The files, that of the finding first, and the others as they are come by.
fn paths<'m>(marks: &'m [Mark<'_>]) -> Vec<&'m Arc<str>> {
    let mut paths: Vec<&Arc<str>> = Vec::new();
    for mark in marks {
        if !paths.contains(&&mark.spot.path) {
            paths.push(&mark.spot.path);
        }
    }
    paths
}
