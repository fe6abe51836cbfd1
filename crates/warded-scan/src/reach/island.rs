//! Files that see nothing but each other, and what can be come to in them.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{
    ReadAll,
    definition::{definitions, own_words},
    following::Following,
    goals::{Found, Goals, Open, Sight},
    sights::Near,
    words::{Word, words_of},
};
use crate::{
    language::Language,
    project::{FileId, FunctionRef, Project},
};

/// By what it is known what can be come to.
pub(super) struct By<'r> {
    pub(super) project: &'r Project<'r>,
    pub(super) goals: &'r Goals,
    pub(super) near: &'r Near,
}

/// Files that see nothing but each other.
pub(super) struct Island {
    pub(super) files: Vec<FileId>,
    pub(super) family: Language,
    /// Which of the words that matter stand in each of them.
    found: Vec<Sight>,
    /// What has to stand in each of them so that something is met there, once somebody has begun.
    wanted: HashMap<FileId, Wanted>,
    /// What was parsed of it.
    read: HashSet<FileId>,
    following: Following,
    /// In which definitions something is met, as far as anybody has asked.
    met: HashSet<usize>,
    /// Those among them of whose names nobody has asked yet in which files they stand.
    new: Vec<usize>,
    /// The words of files that are not read yet, once somebody has asked for them.
    unread: Option<Unread>,
    /// Whether nothing further can be come to.
    pub(super) is_done: bool,
}

/// What has to stand in a file so that something is met there.
#[derive(Clone)]
struct Wanted {
    all: Arc<[Found]>,
    /// What of that seldom stands somewhere by chance.
    certain: Arc<[Found]>,
}

impl Island {
    /// These files, in which these words stand.
    pub(super) fn new(files: Vec<FileId>, family: Language, found: Vec<Sight>) -> Self {
        Self {
            files,
            family,
            found,
            wanted: HashMap::new(),
            read: HashSet::new(),
            following: Following::default(),
            met: HashSet::new(),
            new: Vec::new(),
            unread: None,
            is_done: false,
        }
    }

    /// Whether anything of it was parsed.
    pub(super) fn is_read(&self) -> bool {
        !self.read.is_empty()
    }

    /// Whether somebody has begun.
    pub(super) fn is_begun(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Parses what to begin with, where each file sees that.
    pub(super) fn begin(&mut self, by: &By<'_>, visible: &[Sight], read: ReadAll<'_>) {
        let open = by.goals.open(&self.program());
        let mut known: HashMap<&Sight, Wanted> = HashMap::new();
        let plain = Sight::default();
        for id in &self.files {
            let visible = visible.get(id.0 as usize).unwrap_or(&plain);
            let wanted = known.entry(visible).or_insert_with(|| Wanted::of(&open, visible));
            self.wanted.insert(*id, wanted.clone());
        }
        let first = self.first(by);
        self.read_more(&first, by, read);
    }

    /// All functions that come to something else, of which these words stand in each file.
    pub(super) fn ask(&mut self, by: &By<'_>, found: Vec<Sight>, read: ReadAll<'_>) -> Vec<FunctionRef> {
        self.found = found;
        let program = self.program();
        let wanted =
            Wanted { all: by.goals.open(&program).within(&program).into(), certain: Vec::new().into() };
        self.wanted = self.files.iter().map(|id| (*id, wanted.clone())).collect();
        self.met.clear();
        self.new.clear();
        let first = self.first(by);
        if first.is_empty() {
            return Vec::new();
        }
        self.following = std::mem::take(&mut self.following).again(by.goals, by.near);
        self.read_more(&first, by, read);
        let mut functions = Vec::new();
        loop {
            let new = self.reaching(by, read);
            if new.is_empty() {
                return functions;
            }
            functions.extend(new);
        }
    }

    /// How often what is found in something was told to whoever uses it.
    #[cfg(test)]
    pub(super) fn told(&self) -> usize {
        self.following.told
    }

    fn program(&self) -> Sight {
        self.found.iter().fold(Sight::default(), Sight::and)
    }

    /// The next functions that come to what is of interest: nothing where there are no more.
    pub(super) fn reaching(&mut self, by: &By<'_>, read: ReadAll<'_>) -> Vec<FunctionRef> {
        loop {
            let functions = self.note_met();
            if !functions.is_empty() {
                return functions;
            }
            let next = self.naming(by);
            if next.is_empty() {
                self.unread = None;
                return Vec::new();
            }
            self.read_more(&next, by, read);
        }
    }

    /// These came to nothing. What fills something that it is handed, or hands something on, never does by itself.
    pub(super) fn kill(&mut self, functions: &[FunctionRef], goals: &Goals) {
        let is_dead = |index: &usize| {
            let Some(one) = self.following.definition(*index) else { return false };
            let own = own_words(one, goals);
            let wanted = self.wanted.get(&one.file);
            !wanted.is_some_and(|wanted| wanted.certain.iter().any(|words| own.has(words)))
        };
        let places = functions.iter().filter_map(|function| self.following.place(*function));
        let dead: Vec<_> = places.filter(is_dead).collect();
        self.following.kill(&dead, goals);
    }

    fn read_more(&mut self, files: &[FileId], by: &By<'_>, read: ReadAll<'_>) {
        let new: Vec<_> = files.iter().filter(|id| !self.read.contains(id)).copied().collect();
        read(&new);
        let all = new.iter().flat_map(|id| definitions(by.project, *id, by.project.file(*id)));
        self.following.add(all.collect(), by.goals, by.near);
        self.read.extend(new);
    }

    /// Whether something is met in that definition.
    fn is_met(&self, index: usize) -> bool {
        let one = self.following.definition(index);
        let wanted = one.and_then(|one| self.wanted.get(&one.file));
        let found = self.following.found(index);
        wanted.zip(found).is_some_and(|(wanted, found)| wanted.all.iter().any(|words| found.has(words)))
    }

    /// The functions in which something is met since somebody asked last.
    fn note_met(&mut self) -> Vec<FunctionRef> {
        let mut functions = Vec::new();
        for index in self.following.take_changed() {
            if !self.met.contains(&index) && self.is_met(index) {
                self.met.insert(index);
                self.new.push(index);
                functions.extend(self.following.definition(index).and_then(|one| one.function));
            }
        }
        functions
    }

    /// The files that are not read yet and in which the name stands of something in which something is met.
    fn naming(&mut self, by: &By<'_>) -> Vec<FileId> {
        let mut next = BTreeSet::new();
        for index in std::mem::take(&mut self.new) {
            if !self.is_met(index) {
                // What it used came to nothing meanwhile.
                self.met.remove(&index);
                continue;
            }
            let Some(one) = self.following.definition(index) else { continue };
            for name in &one.names {
                let unread =
                    self.unread.get_or_insert_with(|| Unread::of(by.project, &self.files, &self.read));
                let sees = |id: &FileId| !self.read.contains(id) && by.near.sees(*id, one);
                next.extend(unread.with(*name).filter(sees));
            }
        }
        next.into_iter().collect()
    }

    /// The files in which all of that stands; or a part of it, and the rest in another one that is seen from there.
    fn first(&self, by: &By<'_>) -> Vec<FileId> {
        let own: Vec<_> = self.found.iter().map(|found| by.goals.here_of(found)).collect();
        let is_known = |id: &FileId| self.read.contains(id) || !by.project.file(*id).is_declared();
        let all = || self.files.iter().zip(&own).filter(|(id, _)| is_known(id));
        // Where each of these stands.
        let mut places: HashMap<Found, Vec<FileId>> = HashMap::new();
        let mut begin = BTreeSet::new();
        for (id, found) in all() {
            let Some(wanted) = self.wanted.get(id) else { continue };
            if wanted.all.iter().any(|words| found.has(words)) {
                begin.insert(*id);
            }
            for words in wanted.certain.iter() {
                let rest = words.without(found);
                if rest == *words || rest.is_empty() {
                    continue;
                }
                let others = places.entry(rest).or_insert_with(|| {
                    all().filter(|(_, found)| found.has(&rest)).map(|(id, _)| *id).collect()
                });
                let seen: Vec<_> = others.iter().filter(|other| by.near.is_seen(*id, **other)).collect();
                begin.extend((!seen.is_empty()).then_some(*id));
                begin.extend(seen);
            }
        }
        begin.into_iter().collect()
    }
}

impl Wanted {
    fn of(open: &Open, visible: &Sight) -> Self {
        Self { all: open.within(visible).into(), certain: open.certain_within(visible).into() }
    }
}

/// Which words stand in which files.
struct Unread(Vec<(Word, FileId)>);

impl Unread {
    fn of(project: &Project<'_>, files: &[FileId], read: &HashSet<FileId>) -> Self {
        let mut all = Vec::new();
        for id in files.iter().filter(|id| !read.contains(id)) {
            let mut words: Vec<_> = words_of(project.file(*id)).map(|(_, word)| (word, *id)).collect();
            words.sort_unstable();
            words.dedup();
            all.append(&mut words);
        }
        all.sort_unstable();
        Self(all)
    }

    fn with(&self, word: Word) -> impl Iterator<Item = FileId> {
        let first = self.0.partition_point(|(known, _)| *known < word);
        let those = self.0.get(first..).unwrap_or_default().iter();
        those.take_while(move |(known, _)| *known == word).map(|(_, id)| *id)
    }
}
