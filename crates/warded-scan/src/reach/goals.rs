//! What must be written somewhere so that something of interest can be met: the words of what libraries are known to do.

use std::collections::HashMap;

use super::words::{Word, words};
use crate::{language::Language, library::Library, rules::Heeds};

/// How many words are told apart. Of any more nobody asks whether they are there.
const MOST: usize = 256;

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

/// Everything that is of interest in one language.
#[derive(Debug)]
pub(super) struct Goals {
    by_word: HashMap<Word, Found>,
    /// The words of each.
    each: Vec<Found>,
}

impl Goals {
    /// Of what the rules hear of in that language.
    pub(super) fn of(library: &Library, language: Language, heeds: &[Heeds]) -> Self {
        let mut goals = Self { by_word: HashMap::new(), each: Vec::new() };
        for heeded in heeds {
            let mut beside: Vec<_> = heeded.beside.iter().map(|word| goals.all(word)).collect();
            if beside.is_empty() {
                beside.push(Found::default());
            } else {
                beside.extend(library.grants(language).map(|path| goals.all(path)));
            }
            for path in library.written(language, heeded.does) {
                let path = goals.all(path);
                goals.each.extend(beside.iter().map(|beside| path.and(*beside)));
            }
        }
        goals
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

    /// Whether any of them can be met where these are.
    pub(super) fn are_met(&self, found: Found) -> bool {
        self.each.iter().any(|goal| found.has(*goal))
    }
}
