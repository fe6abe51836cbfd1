//! What must be written somewhere so that something of interest can be met: the words of what libraries are known to do.

use std::collections::HashMap;

use super::{
    inbound,
    words::{Word, words},
};
use crate::{language::Language, library::Library, rules::Heeds};

/// How many words are told apart. Of any more nobody asks whether they are there.
const MOST: usize = 512;

/// Which of the words are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found([u64; MOST / 64]);

impl Found {
    /// The word of that number, if it is told apart.
    fn only(index: usize) -> Self {
        let mut only = Self::default();
        if let Some(part) = only.0.get_mut(index / 64) {
            *part |= 1 << (index % 64);
        }
        only
    }

    /// Both.
    pub(super) fn and(mut self, other: Self) -> Self {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine |= others;
        }
        self
    }

    fn has(self, other: Self) -> bool {
        self.0.iter().zip(other.0).all(|(mine, others)| mine & others == others)
    }
}

/// One of the first stands there, and one of the second.
#[derive(Debug)]
struct Goal(Vec<Found>, Vec<Found>);

impl Goal {
    fn is_met(&self, found: Found) -> bool {
        [&self.0, &self.1].iter().all(|side| side.iter().any(|words| found.has(*words)))
    }
}

/// Everything that is of interest in one language.
#[derive(Debug)]
pub(super) struct Goals {
    by_word: HashMap<Word, Found>,
    each: Vec<Goal>,
    /// A credential comes in.
    comes_in: Vec<Goal>,
    /// Of interest only where a credential comes in anywhere, and may be kept.
    kept: Vec<Goal>,
}

impl Goals {
    /// Of what the rules hear of in that language.
    pub(super) fn of(library: &Library, language: Language, heeds: &[Heeds]) -> Self {
        let (each, comes_in, kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut goals = Self { by_word: HashMap::new(), each, comes_in, kept };
        for heeded in heeds {
            match heeded {
                Heeds::Written(words) => {
                    goals.add(words, &[""]);
                    goals.add(&library.constants_written(language, words), &[""]);
                }
                Heeds::Calls { does, beside: [] } => goals.add(&library.written(language, *does), &[""]),
                Heeds::Calls { does, beside } => {
                    let mut beside: Vec<_> = beside.iter().map(|word| (*word).to_owned()).collect();
                    beside.extend(library.grants(language));
                    goals.add(&library.written(language, *does), &beside);
                }
                Heeds::Queries(words) => {
                    let keys: Vec<_> = words.iter().map(|word| format!("?{word}=")).collect();
                    goals.add(&keys, &[""]);
                    goals.add(&inbound::queries(library, language), words);
                }
                Heeds::Made => goals.add(&library.made_written(language), &[""]),
                Heeds::Inbound => goals.follow_credentials(library, language),
            }
        }
        goals
    }

    fn follow_credentials(&mut self, library: &Library, language: Language) {
        let (all_headers, outgoing) =
            (inbound::headers(library, language), inbound::outgoing(library, language));
        self.add(&all_headers, &outgoing);
        let credentials = self.goal(&inbound::credentials(library, language), &[""]);
        let asked = self.goal(&inbound::asked(library, language), inbound::AUTHORIZATION);
        let jwt = self.goal(&inbound::queries(library, language), inbound::JWT);
        self.comes_in.extend([credentials, asked, jwt]);
        let kept = [outgoing, inbound::keeping(library, language)].concat();
        let kept = self.goal(&kept, &[""]);
        self.kept.push(kept);
    }

    fn add(&mut self, these: &[impl AsRef<str>], beside: &[impl AsRef<str>]) {
        let goal = self.goal(these, beside);
        self.each.push(goal);
    }

    fn goal(&mut self, these: &[impl AsRef<str>], beside: &[impl AsRef<str>]) -> Goal {
        let these = these.iter().map(|path| self.all(path.as_ref())).collect();
        Goal(these, beside.iter().map(|path| self.all(path.as_ref())).collect())
    }

    /// All words of a path.
    fn all(&mut self, path: &str) -> Found {
        let mut all = Found::default();
        for (_, word) in words(path) {
            let next = self.by_word.len();
            let word = self.by_word.entry(word).or_insert_with(|| Found::only(next));
            all = all.and(*word);
        }
        all
    }

    /// Which of their words that is.
    pub(super) fn word(&self, word: Word) -> Found {
        self.by_word.get(&word).copied().unwrap_or_default()
    }

    /// Whether a credential can come in where these are.
    pub(super) fn come_in(&self, found: Found) -> bool {
        self.comes_in.iter().any(|goal| goal.is_met(found))
    }

    /// Whether anything can be met where these are; `comes_in` is whether a credential comes in anywhere.
    pub(super) fn are_met(&self, found: Found, comes_in: bool) -> bool {
        self.each.iter().any(|goal| goal.is_met(found))
            || (comes_in && (self.come_in(found) || self.kept.iter().any(|goal| goal.is_met(found))))
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Goals};
    use crate::{library::Library, reach::FAMILIES, rules::heeded};

    #[test]
    fn where_nothing_stands_nothing_is_met() {
        for language in FAMILIES {
            let goals = Goals::of(Library::known(), language, &heeded());
            assert!(!goals.come_in(Found::default()), "{language:?}");
            assert!(!goals.are_met(Found::default(), true), "{language:?}");
            assert!(goals.by_word.len() <= super::MOST, "{language:?}: {}", goals.by_word.len());
        }
    }
}
