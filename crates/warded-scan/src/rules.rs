//! The rules, and what they are asked about.

mod chosen;
#[cfg(test)]
pub(crate) mod found;
mod made;
mod measured;
mod purpose;
mod questions;
mod requests;
mod upstream;
mod verified;
mod wrd101;
mod wrd102;
mod wrd103;
mod wrd104;
mod wrd105;
mod wrd106;
mod wrd107;
mod wrd108;
mod wrd201;
mod wrd202;
mod wrd203;
mod wrd204;
mod wrd205;
mod wrd206;
mod wrd207;
mod wrd208;
mod wrd401;
mod wrd402;
mod wrd403;
mod wrd404;
mod wrd405;
mod wrd406;
pub(crate) mod wrd901;
pub(crate) mod wrd902;

pub use chosen::{Chosen, NoRule};
pub(crate) use wrd205::is_shared_audience;

use std::{cell::OnceCell, collections::BTreeSet, ops::Range, path::Path, sync::Arc};

use self::verified::Verified;
use crate::{
    configs,
    finding::{Finding, Leads, Spot},
    flow::{
        heap::Heap,
        machine::{End, Ran},
    },
    library::Does,
    look::shown,
    project::{FunctionRef, Place, Project},
    rule::{Confidence, Rule, Severity},
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

/// What a rule hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heeds {
    /// Calls that do that, where one of these words is written, or several with a `.` between them; all of them where there
    /// are no words. What a library writes by itself needs none.
    Calls { does: Does, beside: &'static [&'static str] },
    /// Everything with one of these words in it, whatever is called.
    Written(&'static [&'static str]),
    /// What an issuer says of a token, by what it is asked and by what is read of that.
    Answers,
    /// What libraries make for somebody else to use.
    Made,
    /// Credentials that come in, or are kept by whoever they came to, and what they go out with.
    Inbound,
    /// What goes out in an address under one of these words.
    Queries(&'static [&'static str]),
}

impl Heeds {
    /// All calls that do that.
    pub(crate) const fn all(does: Does) -> Self {
        Self::Calls { does, beside: &[] }
    }
}

/// Requests for tokens and for authorizations, by whatever means.
pub(crate) const REQUESTS: &[Heeds] = &[
    Heeds::all(Does::TokenRequest),
    Heeds::all(Does::AuthorizeRequest),
    Heeds::Written(&["grant_type", "response_type"]),
    Heeds::Made,
    // A token request that does not say its grant, and one for a device.
    Heeds::Calls { does: Does::Send, beside: &["client_id"] },
    // An authorization request that does not say its answer.
    Heeds::Calls { does: Does::Encode, beside: &["redirect_uri"] },
];

/// Tokens that are looked at, by whatever means, and those that the program itself signs.
pub(crate) const TOKENS: &[Heeds] = &[
    Heeds::all(Does::Verify),
    Heeds::all(Does::Peek),
    Heeds::all(Does::Sign),
    Heeds::all(Does::Guard),
    Heeds::all(Does::Introspect),
    Heeds::Answers,
    Heeds::Made,
    Heeds::Written(&["aud", "audience", "Audience", "audiences", "Audiences", "getAudience", "getAudiences"]),
    // Whoever asks an issuer, and what is read of its answer.
    Heeds::Calls {
        does: Does::Send,
        beside: &["active", "Active", "userinfo", "userInfo", "user_info", "tokeninfo"],
    },
    // What tells a verifier with what to compare.
    Heeds::Written(&["set_audience", "setAudience", "setExpectedAudience", "withAudience", "WithAudience"]),
];

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
    wrd202::CHECK,
    wrd203::CHECK,
    wrd204::CHECK,
    wrd205::CHECK,
    wrd206::CHECK,
    wrd207::CHECK,
    wrd208::CHECK,
];

/// The same rules where what they are about is so only under a condition: what these find are notes.
const NOTES: &[Check] = &[wrd108::NOTE, wrd201::NOTE, wrd202::NOTE, wrd206::NOTE, wrd207::NOTE, wrd208::NOTE];

/// All rules about the configurations of clients.
pub(crate) const CONFIG_CHECKS: &[configs::check::Check] =
    &[wrd401::CHECK, wrd402::CHECK, wrd403::CHECK, wrd404::CHECK, wrd405::CHECK, wrd406::CHECK];

/// What any of these rules about code hears of, each once: many rules hear of the same.
pub(crate) fn heeded(chosen: &Chosen) -> Vec<Heeds> {
    let mut all: Vec<Heeds> = Vec::new();
    let asked = CHECKS.iter().chain(NOTES).filter(|check| chosen.has(check.rule));
    for heeds in asked.flat_map(|check| check.heeds) {
        if !all.contains(heeds) {
            all.push(*heeds);
        }
    }
    all
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
    pub(crate) project: &'p Project<'p>,
    /// What was met on the ways through each function.
    pub(crate) ran: Vec<(FunctionRef, Ran<'p>)>,
    /// The requests for tokens and authorizations among it.
    requests: Vec<requests::Asked>,
    /// What was known where functions ended that made something for somebody else to use.
    makers: Vec<(FunctionRef, Arc<Heap>)>,
    /// What becomes of tokens, where somebody has asked for it.
    verified: OnceCell<Vec<Verified<'p>>>,
}

/// What a rule found, before it is known what the files are called.
pub(crate) struct Found {
    pub(crate) at: Place,
    pub(crate) confidence: Confidence,
    pub(crate) message: String,
    pub(crate) steps: Vec<(Place, String)>,
}

impl<'p> Seen<'p> {
    /// All that was met, and which requests are among it.
    pub(crate) fn of(project: &'p Project<'p>, ran: Vec<(FunctionRef, Ran<'p>)>) -> Self {
        // What was done on objects that are made in several ways counts for each of them.
        let each = |(function, mut ran): (FunctionRef, Ran<'p>)| {
            let others = std::mem::take(&mut ran.others);
            std::iter::once(ran).chain(others).map(move |ran| (function, ran))
        };
        let ran: Vec<_> = ran.into_iter().flat_map(each).collect();
        let makers = made::makers(project, &ran);
        let mut seen = Self { project, ran, requests: Vec::new(), makers, verified: OnceCell::new() };
        seen.requests = requests::all(&seen);
        seen
    }

    /// Where tokens are verified, and what becomes of them there.
    fn verified(&self) -> &[Verified<'p>] {
        self.verified.get_or_init(|| verified::places(self))
    }

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

    /// Whether the code has to do with MCP: then a token that goes elsewhere is one that must not.
    pub(crate) fn is_mcp(&self) -> bool {
        self.project.is_mcp()
    }
}

/// Everything that these rules say is wrong there.
pub(crate) fn judge(seen: &Seen<'_>, chosen: &Chosen) -> Vec<Finding> {
    let mut findings = Vec::new();
    let notes = NOTES.iter().map(|check| (check, Severity::Note));
    let all = CHECKS.iter().map(|check| (check, check.rule.severity)).chain(notes);
    for (check, severity) in all.filter(|(check, _)| chosen.has(check.rule)) {
        for found in (check.find)(seen) {
            let spot = |place: &Place| Spot {
                path: shown(&seen.project.file(place.file).path),
                span: place.start as usize..place.end as usize,
            };
            findings.push(Finding {
                rule: check.rule,
                severity,
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
        let mut wrong = Vec::new();
        for check in CHECKS {
            for example in check.rule.examples {
                let path = format!("example.{}", example.language.unwrap().extension());
                let found = look(vec![(path.into(), example.source.to_owned())]).findings;
                let found = found.iter().any(|finding| {
                    finding.rule.id == check.rule.id && finding.severity == check.rule.severity
                });
                if found != example.bad {
                    wrong.push(format!("{} (found: {found}):\n{}", check.rule.id, example.source));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
