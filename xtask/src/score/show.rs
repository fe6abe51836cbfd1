//! The score, for people.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::{
    Scored,
    arguments::Arguments,
    finding::{Finding, Voice},
    imitation,
    judge::Judged,
    label::Half,
    mark::{Group, Mark, Outcome, View, marks},
    tally::{Tally, head},
};
use crate::shell::say;

/// How many of the findings that nobody labelled are shown.
const SAMPLE: usize = 30;

/// Says everything that was asked for. Of the held half nothing but totals.
pub(super) fn all(asked: &Arguments, scored: &[Scored<'_>], left_out: usize) {
    for half in &asked.halves {
        let scored: Vec<_> = scored.iter().filter(|scored| scored.package.half() == *half).collect();
        let judged: Vec<_> =
            scored.iter().map(|scored| Judged::of(scored.package, &scored.report.findings)).collect();
        let marks: Vec<_> = judged.iter().flat_map(marks).collect();
        let by_line: Vec<_> =
            scored.iter().map(|scored| Judged::of(scored.package, &scored.by_line)).collect();
        let by_line: Vec<_> = by_line.iter().flat_map(self::marks).collect();
        say(&format!("\n# The {} half", half.name()));
        if asked.quick {
            say(
                "\nOnly what lies beside something labelled was looked at: NO SCORE, and each timing is too good.",
            );
        }
        corpus(&scored);
        totals(&marks);
        if *half == Half::Open {
            by(&marks, "rule", |mark| mark.rule.clone());
            by(&marks, "language", |mark| mark.language.to_owned());
            by(&marks, "package", |mark| mark.package.clone());
        }
        beside(&marks, &by_line);
        outside(&judged, *half == Half::Open);
        if asked.list {
            list(&marks);
        }
    }
    if left_out > 0 {
        say(&format!("\n{left_out} packages are LEFT OUT; what they are is told above."));
    }
}

fn corpus(scored: &[&Scored<'_>]) {
    let sum = |of: fn(&Scored<'_>) -> usize| scored.iter().map(|scored| of(scored)).sum::<usize>();
    let fell = scored.iter().filter(|scored| scored.fell.is_some()).count();
    say(&format!(
        "\n{} packages ({fell} of them not looked at to the end), {} files with labels, {} labels; {} files, {} lines",
        scored.len(),
        sum(|scored| scored.package.labelled_files().len()),
        sum(|scored| scored.package.sites.len()),
        sum(|scored| scored.report.files),
        sum(|scored| scored.report.lines),
    ));
    let mut unseen: BTreeMap<&str, usize> = BTreeMap::new();
    for left in scored.iter().flat_map(|scored| &scored.report.unseen) {
        *unseen.entry(&left.why).or_default() += 1;
    }
    say(&format!("not looked at, by reason: {unseen:?}"));
}

/// Errors and notes together: each label is found if it is told as what it is.
fn is_strict(mark: &Mark) -> bool {
    mark.view != View::Any
}

fn totals(marks: &[Mark]) {
    let tally = |counts: &dyn Fn(&Mark) -> bool| marks.iter().filter(|mark| counts(mark)).collect::<Tally>();
    let sure = |mark: &Mark| mark.group == Group::Sure;
    say(&head("what"));
    say(&tally(&|mark| sure(mark) && is_strict(mark)).row("**strict**: errors and notes"));
    say(&tally(&|mark| sure(mark) && mark.view == View::Errors).row("errors"));
    say(&tally(&|mark| sure(mark) && mark.view == View::Notes).row("notes"));
    say(&tally(&|mark| sure(mark) && mark.view == View::Any).row("either, for the other too"));
    let with_doubt = |mark: &Mark| sure(mark) || mark.group == Group::Doubtful;
    say(&tally(&|mark| with_doubt(mark) && is_strict(mark)).row("strict, with doubtful labels"));
    say(&tally(&|mark| mark.group == Group::Upstream && is_strict(mark)).row("apart: logins upstream"));
    say(&tally(&|mark| mark.group == Group::NoRule && is_strict(mark)).row("apart: rules of other tools"));
}

fn by(marks: &[Mark], name: &str, key: impl Fn(&Mark) -> String) {
    let strict = || marks.iter().filter(|mark| is_strict(mark) && mark.group == Group::Sure);
    say(&head(name));
    for of in strict().map(&key).collect::<BTreeSet<_>>() {
        say(&strict().filter(|mark| key(mark) == of).collect::<Tally>().row(&of));
    }
}

/// The imitation, and the scanner held to the same labels.
fn beside(ours: &[Mark], by_line: &[Mark]) {
    let its = |marks: &[Mark], view| {
        let is_its = |mark: &&Mark| {
            imitation::reads(&mark.path) && imitation::is_rule(&mark.rule) && mark.view == view
        };
        marks.iter().filter(is_its).filter(|mark| mark.group == Group::Sure).collect::<Tally>()
    };
    say(
        "\nBeside a line-local imitation of the original rule, on its own matter (Python, JavaScript, TypeScript):",
    );
    say(&head("what"));
    for (name, marks) in [("Warded", ours), ("by its line", by_line)] {
        say(&its(marks, View::Errors).row(&format!("{name}, errors")));
        say(&its(marks, View::Any).row(&format!("{name}, either")));
    }
}

/// What was found where nobody looked.
fn outside(judged: &[Judged<'_>], is_shown: bool) {
    let mut all: Vec<(String, &Finding)> = judged
        .iter()
        .flat_map(|judged| {
            let name = format!("{}@{}", judged.package.name, judged.package.version.0);
            judged.outside.iter().map(move |finding| (name.clone(), *finding))
        })
        .collect();
    let notes = all.iter().filter(|(_, finding)| finding.voice == Voice::Note).count();
    say(&format!("\nfound where nobody labelled: {} errors, {notes} notes", all.len() - notes));
    if !is_shown {
        return;
    }
    // By a hash, so that it is the same sample for everybody, and nobody's choice.
    all.sort_by_cached_key(|(package, finding)| {
        let finding = format!("{package} {} {} {:?}", finding.path, finding.line, finding.rules);
        Sha256::digest(finding).to_vec()
    });
    say(&format!("{} of them:", all.len().min(SAMPLE)));
    for (package, finding) in all.iter().take(SAMPLE) {
        let rules = finding.rules.join("/");
        say(&format!(
            "- {package} {}:{} {rules} ({:?}) {}",
            finding.path, finding.line, finding.voice, finding.message
        ));
    }
}

/// Every label that was missed, and every finding that is false.
fn list(marks: &[Mark]) {
    for (name, outcome) in [("False", Outcome::False), ("Missed", Outcome::Missed)] {
        say(&format!("\n## {name}"));
        for mark in marks.iter().filter(|mark| mark.outcome == outcome && is_strict(mark)) {
            let apart =
                if mark.group == Group::Sure { String::new() } else { format!(" [apart: {:?}]", mark.group) };
            let Mark { package, path, line, rule, view, why, .. } = mark;
            say(&format!("- {package} {path}:{line} {rule} ({view:?}){apart}: {why}"));
        }
    }
}
