//! Which rules are asked: all of them, or some.

use std::collections::BTreeSet;

use thiserror::Error;

use super::rules;
use crate::rule::Rule;

/// The rules that are asked. What none of them hears of is not followed, so few of them are soon done.
#[derive(Clone, Debug, Default)]
pub struct Chosen(Option<BTreeSet<&'static str>>);

/// A rule that there is not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no rule `{}`{}", .id.escape_debug(), .likely.map_or_else(String::new, |likely| format!("; did you mean `{likely}`?")))]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct NoRule {
    /// What was written.
    pub id: String,
    /// What was probably meant.
    pub likely: Option<&'static str>,
}

impl Chosen {
    /// All of them.
    pub const ALL: Self = Self(None);

    /// Only these.
    pub fn only(these: impl IntoIterator<Item = &'static Rule>) -> Self {
        Self(Some(these.into_iter().map(|rule| rule.id).collect()))
    }

    /// Their ids, where not all are asked.
    pub fn some(&self) -> Option<impl Iterator<Item = &'static str>> {
        self.0.as_ref().map(|these| these.iter().copied())
    }

    /// Whether a rule is asked.
    pub(crate) fn has(&self, rule: &Rule) -> bool {
        self.0.as_ref().is_none_or(|these| these.contains(rule.id))
    }
}

impl Rule {
    /// The rule that is called so, by its id in large letters or small ones, or by its name.
    pub fn named(name: &str) -> Result<&'static Self, NoRule> {
        let is = |rule: &&Self| rule.id.eq_ignore_ascii_case(name) || rule.name == name;
        rules().find(is).ok_or_else(|| NoRule { id: name.to_owned(), likely: nearest(name) })
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    crate::settings::nearest(name, rules().flat_map(|rule| [rule.id, rule.name]))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{
        look::{Limits, Watch, look, look_within},
        rules::CHECKS,
    };

    /// What is found there: rule, place and how bad it is.
    fn told(findings: &[crate::Finding], of: &Chosen) -> Vec<String> {
        let of_it = findings.iter().filter(|finding| of.has(finding.rule));
        of_it.map(|one| format!("{} {:?} {:?}", one.rule.id, one.spot, one.severity)).collect()
    }

    #[test]
    fn a_rule_alone_finds_what_it_finds_among_all() {
        let examples = CHECKS.iter().flat_map(|check| check.rule.examples).enumerate();
        let files: Vec<_> = examples
            .map(|(number, example)| {
                let path = format!("{number}/example.{}", example.language.unwrap().extension());
                (PathBuf::from(path), example.source.to_owned())
            })
            .collect();
        let all = look(files.clone()).findings;
        for check in CHECKS {
            let only = Chosen::only([check.rule]);
            let looked = look_within(files.clone(), &only, &Limits::default(), &Watch::NOBODY);
            let found = told(&looked.findings, &Chosen::ALL);
            assert_eq!(found, told(&all, &only), "{}", check.rule.id);
            assert!(!found.is_empty(), "{}", check.rule.id);
        }
    }

    #[test]
    fn a_rule_is_found_by_its_id_and_by_its_name() {
        assert_eq!(Rule::named("WRD101").unwrap().id, "WRD101");
        assert_eq!(Rule::named("wrd101").unwrap().id, "WRD101");
        assert_eq!(Rule::named("token-passthrough").unwrap().id, "WRD207");
    }

    #[test]
    fn what_is_no_rule_is_told_with_what_was_probably_meant() {
        let no = |name| Rule::named(name).unwrap_err().to_string();
        assert_eq!(no("WRD110"), "there is no rule `WRD110`; did you mean `WRD101`?");
        assert_eq!(
            no("token-passtrough"),
            "there is no rule `token-passtrough`; did you mean `token-passthrough`?"
        );
        assert_eq!(no("nothing like it"), "there is no rule `nothing like it`");
        assert_eq!(no(""), "there is no rule ``");
        assert_eq!(no("\u{1b}[31m"), "there is no rule `\\u{1b}[31m`");
    }
}
