//! Which rules hold for a name? Looked up by hash; rules of other names cost nothing.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{Bound, reads::Fact, rule::Rule};
use crate::{Name, Target, Undecided, arguments::Paths, glob::Glob, steps::Steps};

/// What a section is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Tool,
    Resource,
    Prompt,
}

/// The rules of one name or pattern.
#[derive(Debug)]
pub(crate) struct Section {
    /// As it was written.
    pub(crate) name: Arc<str>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) scopes: Vec<Box<str>>,
    /// What its rules read.
    pub(crate) judged: Sees,
    /// What those of its rules read that only look. It makes no call one that cannot be judged.
    pub(crate) looked: Sees,
}

/// What some rules read.
#[derive(Debug, Default)]
pub(crate) struct Sees {
    /// Of the arguments.
    pub(crate) arguments: Paths,
    /// Of the token's claims.
    pub(crate) claims: Paths,
    /// Of what is only looked up for whoever asks.
    pub(crate) facts: BTreeSet<Fact>,
}

impl Section {
    pub(crate) fn reads_arguments(&self) -> bool {
        self.judged.arguments.slots > 0 || self.looked.arguments.slots > 0
    }

    pub(crate) fn reads(&self, fact: Fact) -> bool {
        self.judged.facts.contains(&fact) || self.looked.facts.contains(&fact)
    }

    pub(crate) fn bound(&self) -> Bound {
        let paths =
            [&self.judged.arguments, &self.judged.claims, &self.looked.arguments, &self.looked.claims];
        let depth = paths.iter().map(|paths| paths.depth).max().unwrap_or(0) + 1;
        let slots: usize = paths.iter().map(|paths| paths.slots).sum();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        // Every level that a path goes through is looked through once more, from both ends.
        let mut bound = Bound::new(8 + 4 * count(slots) * count(depth), 8 * count(depth));
        for rule in &self.rules {
            bound += rule.bound;
        }
        bound
    }
}

/// The sections of one kind.
#[derive(Debug, Default)]
pub(crate) struct Table {
    exactly: HashMap<Arc<str>, Section>,
    like: Vec<(Glob, Section)>,
    every: Option<Section>,
}

impl Table {
    pub(crate) fn insert(&mut self, name: &Name, section: Section) {
        // A name that stands twice is for the reader to refuse; rules are not lost over it.
        let place = match name {
            Name::Every => &mut self.every,
            Name::Exactly(_) => {
                match self.exactly.entry(section.name.clone()) {
                    std::collections::hash_map::Entry::Vacant(place) => {
                        place.insert(section);
                    }
                    std::collections::hash_map::Entry::Occupied(_) => {
                        self.like.push((Glob::of(&section.name), section));
                    }
                }
                return;
            }
            Name::Like(pattern) => {
                self.like.push((Glob::of(pattern), section));
                return;
            }
        };
        match place {
            None => *place = Some(section),
            Some(_) => self.like.push((Glob::of("*"), section)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.exactly.is_empty() && self.like.is_empty() && self.every.is_none()
    }

    /// All of them; first those of single names, then patterns as they stand, then the one for all.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Section> {
        let like = self.like.iter().map(|(_, section)| section);
        self.named().into_iter().chain(like).chain(&self.every)
    }

    /// In an order that does not depend on the hash.
    fn named(&self) -> Vec<&Section> {
        let mut named: Vec<_> = self.exactly.values().collect();
        named.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        named
    }

    /// Those that hold for something that may be spelled in any of these ways.
    pub(crate) fn of<'t>(&'t self, spellings: &[&str]) -> Vec<&'t Section> {
        let mut sections: Vec<&Section> = Vec::new();
        for spelling in spellings {
            if let Some(section) = self.exactly.get(*spelling)
                && !sections.iter().any(|other| std::ptr::eq(*other, section))
            {
                sections.push(section);
            }
        }
        let like =
            self.like.iter().filter(|(glob, _)| spellings.iter().any(|spelling| glob.matches(spelling)));
        sections.extend(like.map(|(_, section)| section));
        sections.extend(&self.every);
        sections
    }

    /// Takes the steps for looking these up.
    pub(crate) fn look(&self, spellings: &[&str], steps: &mut Steps) -> Result<(), Undecided> {
        for spelling in spellings {
            steps.read(spelling.len())?;
            for (glob, _) in &self.like {
                steps.take(glob.parts())?;
                steps.read(spelling.len())?;
            }
        }
        Ok(())
    }

    /// Whether this name is listed. That there are rules for every name lists none.
    pub(crate) fn lists(&self, name: &str) -> bool {
        self.exactly.contains_key(name)
            || self.like.iter().any(|(glob, _)| glob.matches(name))
            || (name == "*" && self.every.is_some())
    }

    /// Whether this URI is listed. A server may drop what stands behind its `?`, so that a star says nothing of what is read
    /// where it stands for a query: `file:///docs/key?.md` is no `file:///docs/*.md`.
    pub(crate) fn lists_resource(&self, uri: &str) -> bool {
        match uri.split_once('?') {
            Some((name, _)) => self.exactly.contains_key(uri) || (self.lists(uri) && self.lists(name)),
            None => self.lists(uri),
        }
    }

    pub(crate) fn bound(&self) -> Bound {
        let parts: usize = self.like.iter().map(|(glob, _)| glob.parts() + 1).sum();
        let looks = 4 * (2 + u64::try_from(parts).unwrap_or(u64::MAX));
        let mut bound = Bound::new(looks, looks);
        // Of single names one holds for a tool or prompt; of a resource, as many as it has spellings.
        let mut named = Bound::default();
        for section in self.exactly.values() {
            named = named.or(section.bound());
        }
        bound += named;
        for section in self.like.iter().map(|(_, section)| section).chain(&self.every) {
            bound += section.bound();
        }
        bound
    }

    /// Where every section holds.
    pub(crate) fn bound_of_all(&self) -> Bound {
        let mut bound = self.bound();
        for section in self.exactly.values() {
            bound += section.bound();
        }
        bound
    }
}

impl Kind {
    /// What a call is about, and how it may be spelled; none where every rule holds.
    pub(crate) fn of<'a>(target: &'a Target<'a>) -> (Self, Option<&'a [&'a str]>) {
        match target {
            Target::Tool(name) => (Self::Tool, Some(std::slice::from_ref(name))),
            Target::Prompt(name) => (Self::Prompt, Some(std::slice::from_ref(name))),
            Target::Resource(spellings) if !spellings.is_empty() => (Self::Resource, Some(spellings)),
            // Without a spelling nobody can tell what is read.
            Target::Resource(_) | Target::AnyResource => (Self::Resource, None),
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Tool => "Tool",
            Self::Resource => "Resource",
            Self::Prompt => "Prompt",
        }
    }
}
