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
pub(super) struct Mentions(Vec<Mention>);

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
        self.0.push(Mention { of, counter, at });
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
                let counters = states.map(|state| &*state.counter).collect();
                counted.insert(kind.scope(&section.name), counters);
            }
        }
        for mention in &self.0 {
            let counters = counted.get(&mention.of);
            if counters.is_some_and(|counters| counters.contains(&*mention.counter)) {
                continue;
            }
            found.say(nobody_counts(mention, counters, &counted));
        }
    }
}

fn nobody_counts(
    mention: &Mention,
    counters: Option<&HashSet<&str>>,
    counted: &HashMap<Name, HashSet<&str>>,
) -> Finding {
    let (of, counter) = (mention.of.text(), &mention.counter);
    let (message, help) = match counters {
        Some(counters) => {
            let meant = nearest(counter, counters.iter().copied().take(MOST_COMPARED));
            let help = meant.map(|meant| format!("Did you mean the counter `{}`?", shown(meant)));
            (format!("no rule of `{}` counts `{}`", shown(of), shown(counter)), help)
        }
        None => {
            let whole = format!("{of}.{counter}");
            // The first dot ended the name of a tool that has dots in it.
            let dotted = counted
                .keys()
                .filter_map(|name| Some((name.text(), whole.strip_prefix(name.text())?.strip_prefix('.')?)))
                .next();
            let help = match dotted {
                Some((name, counter)) => {
                    Some(format!("Write `state[\"{}\"].{}`.", shown(name), shown(counter)))
                }
                None => nearest(of, counted.keys().map(Name::text).take(MOST_COMPARED))
                    .map(|meant| format!("Did you mean `{}`?", shown(meant))),
            };
            (format!("`{}` stands in no section, so nothing is counted for it", shown(of)), help)
        }
    };
    let finding = Finding::new(&table::NOT_COUNTED, mention.at.range(), message, "counted by nobody");
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}
