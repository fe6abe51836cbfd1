//! Is everything counted that a condition compares?

use std::collections::{HashMap, HashSet};

use super::{
    findings::{Findings, shown},
    section::Kind,
    yaml::At,
};
use crate::{Document, Finding, Name, Section, finding::table, nearest};

/// The counters that conditions name.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    all: Vec<Mention>,
    /// Sections with a counter that could not be read: which one it was meant to be is not known.
    unsure: HashSet<Name>,
}

#[derive(Debug)]
struct Mention {
    of: Name,
    counter: Box<str>,
    at: At,
}

/// More names are not looked through for the one that was meant.
const MOST_COMPARED: usize = 1_000;

impl Mentions {
    pub(super) fn add(&mut self, of: Name, counter: Box<str>, at: At) {
        self.all.push(Mention { of, counter, at });
    }

    /// Something of a section was not understood, and that is said already.
    pub(super) fn is_unsure_of(&mut self, section: Name) {
        self.unsure.insert(section);
    }

    /// Says which of them nobody counts.
    pub(super) fn check(&self, document: &Document, found: &mut Findings) {
        let mut counted: HashMap<Name, HashSet<&str>> = HashMap::new();
        let all: [(Kind, &[Section]); 3] = [
            (Kind::Tools, &document.tools),
            (Kind::Resources, &document.resources),
            (Kind::Prompts, &document.prompts),
        ];
        for (kind, sections) in all {
            for section in sections {
                let states = section.rules.iter().filter_map(|rule| rule.state.as_ref());
                let counters = states.map(|state| &*state.counter);
                counted.entry(kind.scope(&section.name)).or_default().extend(counters);
            }
        }
        for mention in &self.all {
            let counters = counted.get(&mention.of);
            let is_counted = counters.is_some_and(|counters| counters.contains(&*mention.counter));
            if is_counted || self.unsure.contains(&mention.of) {
                continue;
            }
            found.say_by(&table::NOT_COUNTED, || nobody_counts(mention, counters, &counted));
        }
    }
}

fn nobody_counts(
    mention: &Mention,
    counters: Option<&HashSet<&str>>,
    all: &HashMap<Name, HashSet<&str>>,
) -> Finding {
    let of = mention.of.text();
    let (message, help) = if let Some(counters) = counters {
        let message = format!("no rule of `{}` counts `{}`", shown(of), shown(&mention.counter));
        let meant = nearest(&mention.counter, counters.iter().copied().take(MOST_COMPARED));
        (message, meant.map(|meant| format!("Did you mean the counter `{}`?", shown(meant))))
    } else {
        let message = format!("`{}` stands in no section, so nothing is counted for it", shown(of));
        let meant = || {
            let meant = nearest(of, all.keys().map(Name::text).take(MOST_COMPARED))?;
            Some(format!("Did you mean `{}`?", shown(meant)))
        };
        (message, dotted(mention, all).or_else(meant))
    };
    let finding = Finding::new(&table::NOT_COUNTED, mention.at.range(), message, "counted by nobody");
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// How it is written where the first dot ended the name of a tool that has dots in it.
fn dotted(mention: &Mention, all: &HashMap<Name, HashSet<&str>>) -> Option<String> {
    let whole = format!("{}.{}", mention.of.text(), mention.counter);
    let mut ends = whole.match_indices('.').map(|(at, _)| at).take(MOST_COMPARED);
    ends.find_map(|at| {
        let (name, counter) = (whole.get(..at)?, whole.get(at + 1..)?);
        let is_one = all.contains_key(&Name::parse(name));
        is_one.then(|| format!("Write `state[\"{}\"].{}`.", shown(name), shown(counter)))
    })
}
