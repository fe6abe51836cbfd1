//! The rules, and what they are asked about.

mod wrd101;
mod wrd105;
mod wrd201;
mod wrd207;
mod wrd208;
mod wrd401;
mod wrd402;
mod wrd403;
mod wrd404;
mod wrd405;
mod wrd406;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::Path,
    sync::Arc,
};

use crate::{
    configs,
    finding::{Finding, Leads, Spot},
    flow::{event::Event, keep::meets, machine::Machine, machine::Ran},
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
pub(crate) const CHECKS: &[Check] =
    &[wrd101::CHECK, wrd105::CHECK, wrd201::CHECK, wrd207::CHECK, wrd208::CHECK];

/// All rules about the configurations of clients.
pub(crate) const CONFIG_CHECKS: &[configs::check::Check] =
    &[wrd401::CHECK, wrd402::CHECK, wrd403::CHECK, wrd404::CHECK, wrd405::CHECK, wrd406::CHECK];

/// How often what is kept by one function is brought to those that ask for it.
const KEPT_ROUNDS: usize = 2;

/// All that was met in the code.
pub(crate) struct Seen<'p> {
    /// The code.
    pub(crate) project: &'p Project,
    /// What was met on the ways through each function.
    pub(crate) ran: Vec<(FunctionRef, Ran<'p>)>,
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
        let mut ran: Vec<_> = ran.collect();
        // What one function keeps another one has.
        let mut before = BTreeSet::new();
        for _ in 0..KEPT_ROUNDS {
            let keeps: BTreeSet<_> = ran.iter().flat_map(|(_, ran)| ran.keeps.iter().cloned()).collect();
            let new: BTreeSet<_> = keeps.difference(&before).cloned().collect();
            let keeps = Arc::new(keeps);
            for (function, ran) in ran.iter_mut().filter(|(_, ran)| meets(&ran.asks, &new)) {
                *ran = Machine::run_with(project, library, *function, Arc::clone(&keeps));
            }
            before.extend(new);
        }
        Self { project, ran }
    }

    /// The functions with too many ways to follow all of them.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = (&Path, Range<usize>)> {
        self.ran.iter().filter(|(_, ran)| !ran.whole).map(|(function, _)| {
            let file = self.project.file(function.file);
            (file.path.as_path(), self.project.function(*function).span.clone())
        })
    }

    /// Whether the code has to do with MCP: then a token that goes elsewhere is one that must not.
    pub(crate) fn is_mcp(&self) -> bool {
        self.project.files().any(|(_, file)| {
            file.module.imports.iter().any(|import| {
                let parts = import.module.split(['/', '.', ':', '-', '_', '@']);
                parts
                    .into_iter()
                    .any(|part| matches!(part, "mcp" | "fastmcp" | "rmcp" | "modelcontextprotocol"))
            })
        })
    }

    /// Everything that was met, by where; at each place once for each way there.
    pub(crate) fn by_place(&self) -> BTreeMap<&Place, Vec<&Event<'p>>> {
        let mut all: BTreeMap<&Place, Vec<&Event<'p>>> = BTreeMap::new();
        for event in self.ran.iter().flat_map(|(_, ran)| &ran.events) {
            if let Event::Called { at, .. } = event {
                all.entry(at).or_default().push(event);
            }
        }
        all
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
        for check in CHECKS {
            for example in check.rule.examples {
                let path = format!("example.{}", example.language.unwrap().extension());
                let found = look(vec![(path.into(), example.source.to_owned())]).findings;
                let found = found.iter().any(|finding| finding.rule.id == check.rule.id);
                assert_eq!(found, example.bad, "{}: {}", check.rule.id, example.source);
            }
        }
    }
}
