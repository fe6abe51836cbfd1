//! The rules, and what they are asked about.

mod requests;
mod upstream;
mod wrd101;
mod wrd102;
mod wrd103;
mod wrd104;
mod wrd105;
mod wrd106;
mod wrd107;
mod wrd108;
mod wrd201;
mod wrd401;
mod wrd402;
mod wrd403;
mod wrd404;
mod wrd405;
mod wrd406;

use std::{ops::Range, path::Path};

use crate::{
    configs,
    finding::{Finding, Leads, Spot},
    flow::machine::{Machine, Ran},
    library::Library,
    look::shown,
    project::{FunctionRef, Place, Project},
    rule::{Confidence, Rule},
};

/// A rule and how it finds what it is about.
pub(crate) struct Check {
    /// The rule.
    pub(crate) rule: &'static Rule,
    /// What it finds.
    find: fn(&Seen<'_>) -> Vec<Found>,
}

/// All rules about code.
pub(crate) const CHECKS: &[Check] = &[
    wrd101::CHECK,
    wrd102::CHECK,
    wrd103::CHECK,
    wrd104::CHECK,
    wrd105::CHECK,
    wrd106::CHECK,
    wrd107::CHECK,
    wrd108::CHECK,
    wrd201::CHECK,
];

/// All rules about the configurations of clients.
pub(crate) const CONFIG_CHECKS: &[configs::check::Check] =
    &[wrd401::CHECK, wrd402::CHECK, wrd403::CHECK, wrd404::CHECK, wrd405::CHECK, wrd406::CHECK];

/// All that was met in the code.
pub(crate) struct Seen<'p> {
    /// The code.
    pub(crate) project: &'p Project,
    /// What was met on the ways through each function.
    pub(crate) ran: Vec<(FunctionRef, Ran<'p>)>,
    /// The requests for tokens and authorizations among it.
    requests: Vec<requests::Asked>,
}

/// What a rule found, before it is known what the files are called.
pub(crate) struct Found {
    pub(crate) at: Place,
    pub(crate) confidence: Confidence,
    pub(crate) message: String,
    pub(crate) steps: Vec<(Place, String)>,
}

impl<'p> Seen<'p> {
    /// Runs every function.
    pub(crate) fn of(project: &'p Project, library: &'p Library) -> Self {
        let ran = project.functions().map(|function| (function, Machine::run(project, library, function)));
        let mut seen = Self { project, ran: ran.collect(), requests: Vec::new() };
        seen.requests = requests::all(&seen);
        seen
    }

    /// The functions with too many ways to follow all of them.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = (&Path, Range<usize>)> {
        self.ran.iter().filter(|(_, ran)| !ran.whole).map(|(function, _)| {
            let file = self.project.file(function.file);
            (file.path.as_path(), self.project.function(*function).span.clone())
        })
    }
}

/// Everything that is wrong there.
pub(crate) fn judge(seen: &Seen<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in CHECKS {
        for found in (check.find)(seen) {
            let spot = |place: &Place| Spot {
                path: shown(&seen.project.file(place.file).path),
                span: place.start as usize..place.end as usize,
            };
            findings.push(Finding {
                rule: check.rule,
                severity: check.rule.severity,
                confidence: found.confidence,
                spot: spot(&found.at),
                message: found.message,
                steps: found
                    .steps
                    .iter()
                    .map(|(place, says)| Leads { spot: spot(place), says: says.clone() })
                    .collect(),
                fix: None,
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::CHECKS;
    use crate::look::look;

    #[test]
    fn every_rule_keeps_its_own_examples() {
        let mut wrong = Vec::new();
        for check in CHECKS {
            for example in check.rule.examples {
                let path = format!("example.{}", example.language.unwrap().extension());
                let found = look(vec![(path.into(), example.source.to_owned())]).findings;
                let found = found.iter().any(|finding| finding.rule.id == check.rule.id);
                if found != example.bad {
                    wrong.push(format!("{}: {}", check.rule.id, example.source));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
