//! What must be written somewhere so that something of interest can be met: the words of what libraries are known to do.

use std::collections::HashMap;

use super::{
    inbound,
    words::{PARTS, Word, is_first, plain_words, words, words_of},
};
use crate::{
    language::Language,
    library::{Does, Library, Written},
    project::File,
    rules::Heeds,
};

/// Which of so many times 64 words are there. Of any more nobody asks whether they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Bits<const MOST: usize>([u64; MOST]);

/// Which of the words that have to stand where something is met.
pub(super) type Found = Bits<16>;

/// Which of all the words that matter.
pub(super) type Sight = Bits<64>;

impl<const MOST: usize> Default for Bits<MOST> {
    fn default() -> Self {
        Self([0; MOST])
    }
}

impl<const MOST: usize> Bits<MOST> {
    /// Both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine |= others;
        }
        self
    }

    /// Notes the word of that number as well.
    pub(super) fn note(&mut self, index: usize) {
        if let Some(part) = self.0.get_mut(index / 64) {
            *part |= 1 << (index % 64);
        }
    }

    fn is_there(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|part| part & (1 << (index % 64)) != 0)
    }

    /// The numbers of all that are there.
    fn each(&self) -> impl Iterator<Item = usize> {
        let parts = (0..).zip(self.0).filter(|(_, part)| *part != 0);
        parts.flat_map(|(index, part)| {
            let bits = (0..64).filter(move |bit| part & (1 << bit) != 0);
            bits.map(move |bit| 64 * index + bit)
        })
    }

    pub(super) fn has(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(mine, others)| mine & others == others)
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is there and not in the other one.
    pub(super) fn without(mut self, other: &Self) -> Self {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine &= !others;
        }
        self
    }
}

/// The numbers of a word: among all that matter, and among those that have to stand where something is met.
#[derive(Clone, Copy, Debug)]
struct Number {
    all: usize,
    here: Option<usize>,
}

/// One way to come to something of interest.
#[derive(Clone, Debug)]
struct Way {
    /// What stands where it is met, or in what is called there.
    here: Found,
    /// What stands there, or in files that are seen from there: the numbers of a few words.
    seen: Vec<usize>,
    /// Of each of these, one stands somewhere in the program: numbers of sets of words.
    far: Vec<usize>,
    /// Whether it seldom stands somewhere by chance.
    is_certain: bool,
}

impl Way {
    fn is_seen(&self, words: &Sight) -> bool {
        self.seen.iter().all(|number| words.is_there(*number))
    }
}

/// Words that stand in much that has nothing to do with tokens.
const COMMON: &[&str] = &["active", "Active"];

/// Everything that is of interest in one language.
#[derive(Debug, Default)]
pub(super) struct Goals {
    by_word: HashMap<Word, Number>,
    /// How many of them have to stand where something is met.
    here: usize,
    /// Which these are, by their numbers among all.
    heres: Vec<Option<usize>>,
    /// Which words cannot be among them, by what their numbers end in: most words of most files.
    perhaps: Perhaps,
    ways: Vec<Way>,
    /// Sets of words of which one is enough.
    any: Vec<Vec<Sight>>,
    known: HashMap<Vec<String>, usize>,
}

impl Goals {
    /// Of what the rules hear of in that language.
    pub(super) fn of(library: &Library, language: Language, heeds: &[Heeds]) -> Self {
        let mut goals = Self::default();
        for heeded in heeds {
            match heeded {
                Heeds::Written(words) => {
                    goals.add(true, &plain(words), &[]);
                    goals.add(true, &plain(&library.constants_written(language, words)), &[]);
                }
                Heeds::Calls { does, beside: [] } => {
                    goals.add(true, &library.written(language, *does), &[]);
                    goals.add(true, &plain(&library.copies_written(language, *does)), &[]);
                }
                Heeds::Calls { does, beside } => {
                    // The words beside are those that are rare.
                    let is_certain = !beside.iter().any(|word| COMMON.contains(word));
                    let mut beside = plain(beside);
                    beside.extend(library.grants(language));
                    goals.add(is_certain, &beside, &library.written(language, *does));
                }
                Heeds::Queries(words) => {
                    let written: Vec<_> = words.iter().map(|word| format!("?{word}=")).collect();
                    goals.add(false, &plain(&written), &[]);
                    let keys: Vec<_> = words.iter().map(|word| format!("{word}:")).collect();
                    goals.add(false, &each_with(&keys, &inbound::queries(library, language)), &[]);
                    goals.add(false, &each_with(&keys, &inbound::parameters(library, language)), &[]);
                }
                Heeds::Answers => {
                    let parts: Vec<_> = PARTS.iter().map(|part| format!("~{part}")).collect();
                    goals.add(false, &plain(&parts), &[]);
                    goals.add(false, &plain(&["active:"]), &library.written(language, Does::Send));
                }
                Heeds::Made => goals.add(true, &library.made_written(language), &[]),
                Heeds::Inbound => goals.follow_credentials(library, language),
            }
        }
        goals.noted()
    }

    /// Of the words of what is kept somewhere.
    pub(super) fn of_words<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut goals = Self::default();
        goals.add(true, &plain(&words.into_iter().collect::<Vec<_>>()), &[]);
        goals.noted()
    }

    fn noted(mut self) -> Self {
        // Those that want the same stand beside each other.
        self.ways.sort_by_key(|way| way.here);
        self.heres = vec![None; self.by_word.len()];
        for number in self.by_word.values() {
            if let Some(here) = self.heres.get_mut(number.all) {
                *here = number.here;
            }
        }
        for word in self.by_word.keys() {
            self.perhaps.note(*word);
        }
        self
    }

    fn follow_credentials(&mut self, library: &Library, language: Language) {
        self.add(false, &inbound::headers(library, language), &inbound::outgoing(library, language));
        self.add(true, &inbound::credentials(library, language), &[]);
        self.add(true, &each_with(&owned(inbound::AUTHORIZATION), &inbound::asked(library, language)), &[]);
        self.add(false, &each_with(&owned(inbound::JWT), &inbound::parameters(library, language)), &[]);
    }

    /// Any of these, where anything of those stands somewhere, if there is any.
    fn add(&mut self, is_certain: bool, these: &[Written], beside: &[Written]) {
        let beside: Vec<_> = beside.iter().map(Written::near).collect();
        for written in these {
            let here = self.here(&written.here);
            let seen = self.all(&written.seen).and(&self.all(&written.here));
            let far = [&written.far, &beside].into_iter().filter(|far| !far.is_empty());
            let far = far.map(|far| self.any_of(far)).collect();
            if !here.is_empty() {
                self.ways.push(Way { here, seen: seen.each().collect(), far, is_certain });
            }
        }
    }

    /// The number of that set.
    fn any_of(&mut self, paths: &[String]) -> usize {
        if let Some(known) = self.known.get(paths) {
            return *known;
        }
        let any = paths.iter().map(|path| self.all(path)).collect();
        self.any.push(any);
        let number = self.any.len() - 1;
        self.known.insert(paths.to_vec(), number);
        number
    }

    /// All words of a path, which have to stand where something is met.
    fn here(&mut self, path: &str) -> Found {
        let mut all = Found::default();
        for word in of_path(path) {
            let number = self.number(word);
            let here = number.here.unwrap_or(self.here);
            self.here = self.here.max(here + 1);
            self.by_word.insert(word, Number { here: Some(here), ..number });
            all.note(here);
        }
        all
    }

    /// All words of a path.
    fn all(&mut self, path: &str) -> Sight {
        let mut all = Sight::default();
        for word in of_path(path) {
            all.note(self.number(word).all);
        }
        all
    }

    fn number(&mut self, word: Word) -> Number {
        let all = self.by_word.len();
        *self.by_word.entry(word).or_insert(Number { all, here: None })
    }

    fn numbers(&self, word: Word) -> Option<Number> {
        if self.perhaps.has(word) { self.by_word.get(&word).copied() } else { None }
    }

    /// Which of the words that matter that is.
    pub(super) fn word(&self, word: Word) -> Option<usize> {
        self.numbers(word).map(|number| number.all)
    }

    /// Which it is of those that have to stand where something is met.
    pub(super) fn word_here(&self, word: Word) -> Option<usize> {
        self.numbers(word)?.here
    }

    /// Which of their words stand in that file.
    pub(super) fn found_in(&self, file: &File<'_>) -> Sight {
        let mut found = Sight::default();
        words_of(file).filter_map(|(_, word)| self.word(word)).for_each(|number| found.note(number));
        found
    }

    /// Those among them that have to stand where something is met.
    pub(super) fn here_of(&self, all: &Sight) -> Found {
        let mut here = Found::default();
        let both = all.each().filter_map(|number| self.heres.get(number).copied().flatten());
        both.for_each(|number| here.note(number));
        here
    }

    /// What is open in a program in which these words stand.
    pub(super) fn open(&self, program: &Sight) -> Open {
        let is_there: Vec<bool> =
            self.any.iter().map(|any| any.iter().any(|words| program.has(words))).collect();
        let open = self.ways.iter().filter(|way| way.far.iter().all(|set| is_there.get(*set) == Some(&true)));
        Open(open.filter(|way| way.is_seen(program)).cloned().collect())
    }
}

/// A first look at a word: where it says no, the word is none of these.
#[derive(Debug)]
struct Perhaps(Vec<bool>);

impl Default for Perhaps {
    fn default() -> Self {
        Self(vec![false; 1 << 16])
    }
}

impl Perhaps {
    fn note(&mut self, word: Word) {
        if let Some(place) = self.0.get_mut(word.end()) {
            *place = true;
        }
    }

    fn has(&self, word: Word) -> bool {
        self.0.get(word.end()).copied().unwrap_or_default()
    }
}

/// What can be met in one program: what stands there, and what is seen from there.
#[derive(Debug, Default)]
pub(super) struct Open(Vec<Way>);

impl Open {
    /// What can be met in a file that sees these words: what has to stand where it is met.
    pub(super) fn within(&self, visible: &Sight) -> Vec<Found> {
        Self::each(self.0.iter().filter(|way| way.is_seen(visible)))
    }

    /// The same, of what seldom stands somewhere by chance.
    pub(super) fn certain_within(&self, visible: &Sight) -> Vec<Found> {
        Self::each(self.0.iter().filter(|way| way.is_certain && way.is_seen(visible)))
    }

    fn each<'w>(ways: impl Iterator<Item = &'w Way>) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        for way in ways {
            if all.last() != Some(&way.here) {
                all.push(way.here);
            }
        }
        all
    }
}

/// The words of a path. One that stands as a key is what texts say is one, and two that are one name stand together.
fn of_path(path: &str) -> Vec<Word> {
    let mut all = Vec::new();
    for path in path.split(' ') {
        let pair = path
            .split_once('.')
            .filter(|(first, second)| is_first(first.as_bytes()) && !second.contains('.'));
        match (path.strip_suffix(':').filter(|key| !key.contains(['.', ':'])), pair) {
            (Some(key), _) => all.push(Word::key(key)),
            (_, Some((first, second))) => all.push(Word::pair(first, second)),
            _ if let Some(part) = path.strip_prefix('~') => all.push(Word::with_part(part)),
            _ if path.starts_with("--") => all.push(Word::new(path)),
            // What stands in an address: `?token=`.
            _ if path.ends_with('=') => all.extend(words(path).map(|(_, word)| word)),
            _ => path.split(['.', '/']).for_each(|part| match Word::joined(part) {
                // A name that stands as it is wherever it stands: `jwt-decode`.
                Some(word) => all.push(word),
                None => all.extend(plain_words(part)),
            }),
        }
    }
    all
}

/// Each of these with each of those beside it.
fn each_with(keys: &[String], beside: &[Written]) -> Vec<Written> {
    let each = |this: &String| {
        let this = this.clone();
        beside.iter().map(move |with| Written { here: format!("{this} {}", with.here), ..with.clone() })
    };
    keys.iter().flat_map(each).collect()
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Words, with nothing that has to stand elsewhere.
fn plain(words: &[impl AsRef<str>]) -> Vec<Written> {
    let plain = |word: &str| Written { here: word.to_owned(), ..Written::default() };
    words.iter().map(|word| plain(word.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use super::{Goals, Sight};
    use crate::{
        library::Library,
        reach::FAMILIES,
        rules::{Chosen, heeded},
    };

    #[test]
    fn where_nothing_stands_nothing_is_met() {
        for language in FAMILIES {
            let goals = Goals::of(Library::known(), language, &heeded(&Chosen::ALL));
            assert!(goals.open(&Sight::default()).within(&Sight::default()).is_empty(), "{language:?}");
            assert!(goals.by_word.len() <= 64 * 64, "{language:?}: {}", goals.by_word.len());
            assert!(goals.here <= 16 * 64, "{language:?}: {}", goals.here);
        }
    }
}
