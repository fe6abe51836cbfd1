//! The rules, and what they are asked about.

mod wrd101;
mod wrd105;
mod wrd201;
mod wrd401;
mod wrd402;
mod wrd403;
mod wrd404;
mod wrd405;
mod wrd406;
pub(crate) mod wrd901;
pub(crate) mod wrd902;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::Path,
};

use crate::{
    configs,
    finding::{Finding, Leads, Spot},
    flow::{event::Event, machine::End, machine::Ran},
    library::Does,
    look::shown,
    project::{FunctionRef, Place, Project},
    rule::{Confidence, Rule},
};

/// A rule and how it finds what it is about.
pub(crate) struct Check {
    /// The rule.
    pub(crate) rule: &'static Rule,
    /// What it must hear of to find anything: any of these.
    pub(crate) heeds: &'static [Heeds],
    /// What it finds.
    find: fn(&Seen<'_>) -> Vec<Found>,
}

/// Calls that a rule hears of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heeds {
    /// What they do.
    pub(crate) does: Does,
    /// Words of which one is written wherever such a call is of interest; none where every such call is. What a library
    /// writes by itself needs none.
    pub(crate) beside: &'static [&'static str],
}

impl Heeds {
    /// All calls that do that.
    pub(crate) const fn all(does: Does) -> Self {
        Self { does, beside: &[] }
    }
}

/// Requests for tokens and for authorizations, by whatever means.
pub(crate) const REQUESTS: &[Heeds] = &[
    Heeds::all(Does::TokenRequest),
    Heeds::all(Does::AuthorizeRequest),
    Heeds { does: Does::Send, beside: &["grant_type"] },
    Heeds { does: Does::Encode, beside: &["grant_type", "response_type"] },
];

/// All rules about code.
pub(crate) const CHECKS: &[Check] = &[wrd101::CHECK, wrd105::CHECK, wrd201::CHECK];

/// All rules about the configurations of clients.
pub(crate) const CONFIG_CHECKS: &[configs::check::Check] =
    &[wrd401::CHECK, wrd402::CHECK, wrd403::CHECK, wrd404::CHECK, wrd405::CHECK, wrd406::CHECK];

/// What any rule about code hears of.
pub(crate) fn heeded() -> Vec<Heeds> {
    CHECKS.iter().flat_map(|check| check.heeds).copied().collect()
}

/// The rules about what is ignored. Only what was found can tell whether they hold: see [`crate::suppress`].
pub(crate) const ABOUT_IGNORES: [&Rule; 2] = [&wrd901::RULE, &wrd902::RULE];

/// All rules, in the order of their names.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let code = CHECKS.iter().map(|check| check.rule);
    code.chain(configs::rules()).chain(ABOUT_IGNORES)
}

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
    /// The functions with too many ways to follow all of them.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = (&Path, Range<usize>)> {
        self.ran.iter().filter(|(_, ran)| ran.end == End::Steps).map(|(function, _)| {
            let file = self.project.file(function.file);
            (file.path.as_path(), self.project.function(*function).span.clone())
        })
    }

    /// The files for whose functions there was not enough time.
    pub(crate) fn late(&self) -> BTreeSet<&Path> {
        let late = self.ran.iter().filter(|(_, ran)| ran.end == End::Time);
        late.map(|(function, _)| self.project.file(function.file).path.as_path()).collect()
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
    use super::{CHECKS, rules};
    use crate::look::look;

    #[test]
    fn the_names_of_rules_are_in_order_and_each_is_one() {
        let ids: Vec<_> = rules().map(|rule| rule.id).collect();
        assert!(ids.is_sorted_by(|one, other| one < other), "{ids:?}");
        let names: std::collections::BTreeSet<_> = rules().map(|rule| rule.name).collect();
        assert_eq!(names.len(), ids.len());
    }

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
