//! What each file sees of the others, before any of them is parsed.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
};

use super::{
    definition::Definition,
    goals::{Goals, Sight},
    words::{Word, words_of},
};
use crate::{
    language::Language,
    project::{File, FileId, Project, are_types, glance},
};

/// What each file sees; behind the files stand groups of them that see each other.
pub(super) struct Sights(Vec<Vec<usize>>);

impl Sights {
    /// Of these files, and which of the words that matter stand in each.
    pub(super) fn of(project: &Project<'_>, all_goals: &BTreeMap<Language, Goals>) -> (Self, Vec<Sight>) {
        let types = types(project);
        let mut groups = Groups::of(project);
        let (mut all, mut founds) = (Vec::new(), Vec::new());
        for (id, file) in project.files() {
            let family = file.language.family();
            let mut seen = Vec::new();
            let mut found = Sight::default();
            let goals = all_goals.get(&family);
            let (by_type, by_crate) = (are_types(family), family == Language::Rust);
            for (_, word) in words_of(file) {
                if let Some(number) = goals.and_then(|goals| goals.word(word)) {
                    found.note(number);
                }
                if by_type {
                    seen.extend(types.get(&(family, word)).into_iter().flatten());
                } else if by_crate {
                    seen.extend(groups.crates.get(&word).into_iter().flatten());
                }
            }
            for import in glance::imports(&file.text, family) {
                let files = project.names().resolve(id, &import);
                seen.extend(files.files().iter().map(|of| of.0 as usize));
            }
            seen.extend(groups.of_file(project, file));
            seen.sort_unstable();
            seen.dedup();
            all.push(seen);
            founds.push(found);
        }
        all.append(&mut groups.members);
        (Self(all), founds)
    }

    /// By whom each is seen.
    pub(super) fn back(&self) -> Vec<Vec<usize>> {
        let mut seen_by = vec![Vec::new(); self.0.len()];
        for (from, seen) in self.0.iter().enumerate() {
            for other in seen {
                if let Some(seen_by) = seen_by.get_mut(*other) {
                    seen_by.push(from);
                }
            }
        }
        seen_by
    }

    /// The files in groups that see nothing of each other, in the order of their first ones. Nothing that is done in one
    /// group can come to any other one.
    pub(super) fn islands(&self, files: usize, back: &[Vec<usize>]) -> Vec<Vec<FileId>> {
        let (mut is_reached, mut islands) = (vec![false; self.0.len()], Vec::new());
        for first in 0..files {
            let (mut island, mut next) = (Vec::new(), vec![first]);
            while let Some(of) = next.pop() {
                if is_reached.get_mut(of).is_some_and(|reached| !std::mem::replace(reached, true)) {
                    island.extend(u32::try_from(of).ok().filter(|_| of < files).map(FileId));
                    next.extend(self.0.get(of).into_iter().chain(back.get(of)).flatten());
                }
            }
            if !island.is_empty() {
                island.sort_unstable();
                islands.push(island);
            }
        }
        islands
    }

    /// What each file sees at once.
    pub(super) fn near(self, project: &Project<'_>) -> Near {
        let passes: Vec<_> =
            project.files().map(|(_, file)| glance::passes(&file.text, file.language)).collect();
        let files = passes.len();
        let mut groups = vec![None; files];
        for (group, members) in (files..).zip(self.0.iter().skip(files)) {
            for member in members {
                if let Some(of) = groups.get_mut(*member) {
                    *of = Some(group);
                }
            }
        }
        let seen = (0..self.0.len()).map(|_| OnceCell::new()).collect();
        Near { sights: self, passes, groups, seen, parts: RefCell::default() }
    }

    /// What each file sees of these words, in itself and in whatever it sees.
    pub(super) fn visible(&self, found: &[Sight], back: &[Vec<usize>]) -> Vec<Sight> {
        let mut visible = found.to_vec();
        visible.resize(self.0.len(), Sight::default());
        let mut changed: Vec<usize> = (0..self.0.len()).collect();
        while let Some(of) = changed.pop() {
            let (Some(all), Some(seen_by)) = (visible.get(of).copied(), back.get(of)) else { continue };
            for from in seen_by {
                let Some(known) = visible.get_mut(*from) else { continue };
                let more = known.and(&all);
                if more != *known {
                    *known = more;
                    changed.push(*from);
                }
            }
        }
        visible.truncate(found.len());
        visible
    }
}

/// What each file sees of what stands at the tops of others: of itself, of what it takes anything from, and of what these only
/// pass on. Files and groups of them have numbers, groups those behind the files.
pub(crate) struct Near {
    sights: Sights,
    /// Which files pass on what they take.
    passes: Vec<bool>,
    /// The group of each file that is in one.
    groups: Vec<Option<usize>>,
    /// What each sees, where somebody has asked; a group what its files see.
    seen: Vec<OnceCell<HashSet<usize>>>,
    /// Whether objects come from one file to another one, where somebody has asked.
    parts: RefCell<HashMap<(FileId, FileId), bool>>,
}

impl Near {
    /// Whether a file sees the other one at once.
    pub(crate) fn is_seen(&self, from: FileId, other: FileId) -> bool {
        self.has(from.0 as usize, other)
    }

    /// Whether what is done in a file can come to that: by a name that it takes, or by an object that somebody near gives.
    pub(super) fn sees(&self, from: FileId, other: &Definition) -> bool {
        if self.is_seen(from, other.file) {
            return true;
        }
        let further = || self.near(from.0 as usize).into_iter().flatten().any(|of| self.has(*of, other.file));
        other.is_part && *self.parts.borrow_mut().entry((from, other.file)).or_insert_with(further)
    }

    fn has(&self, from: usize, file: FileId) -> bool {
        let group = self.groups.get(file.0 as usize).copied().flatten();
        self.near(from).is_some_and(|near| {
            near.contains(&(file.0 as usize)) || group.is_some_and(|group| near.contains(&group))
        })
    }

    fn near(&self, from: usize) -> Option<&HashSet<usize>> {
        Some(self.seen.get(from)?.get_or_init(|| self.look(from)))
    }

    /// What a file sees, and what those pass on that it sees; a group sees what its files do.
    fn look(&self, from: usize) -> HashSet<usize> {
        if from >= self.passes.len() {
            let members = self.sights.0.get(from).into_iter().flatten();
            return members.filter_map(|member| self.near(*member)).flatten().copied().collect();
        }
        let (mut near, mut next) = (HashSet::from([from]), vec![from]);
        while let Some(of) = next.pop() {
            for seen in self.sights.0.get(of).into_iter().flatten() {
                if near.insert(*seen) && self.passes.get(*seen) == Some(&true) {
                    next.push(*seen);
                }
            }
        }
        near
    }
}

/// Which files may declare a type of that name, in Java and C#.
fn types(project: &Project<'_>) -> HashMap<(Language, Word), Vec<usize>> {
    let mut types: HashMap<_, Vec<usize>> = HashMap::new();
    for (id, file) in project.files().filter(|(_, file)| are_types(file.language)) {
        for name in glance::types(&file.text) {
            let known = types.entry((file.language, Word::new(name))).or_default();
            if known.last() != Some(&(id.0 as usize)) {
                known.push(id.0 as usize);
            }
        }
    }
    types
}

/// Files that see each other without a word: those of a package of Go, of a crate of Rust.
#[derive(Default)]
struct Groups {
    /// The place of each among all that sees and is seen.
    places: HashMap<(Language, PathBuf), usize>,
    members: Vec<Vec<usize>>,
    /// The crates, by what others call them.
    crates: HashMap<Word, Vec<usize>>,
}

impl Groups {
    fn of(project: &Project<'_>) -> Self {
        let mut groups = Self::default();
        let files = project.files().count();
        for (id, file) in project.files() {
            let Some(group) = group(project, file) else { continue };
            let next = files + groups.members.len();
            let place = *groups.places.entry(group).or_insert(next);
            if place == next {
                groups.members.push(Vec::new());
            }
            if let Some(members) = groups.members.get_mut(place - files) {
                members.push(id.0 as usize);
            }
        }
        for (name, folder) in project.names().roots().crates() {
            let place = groups.places.get(&(Language::Rust, PathBuf::from(folder)));
            groups.crates.entry(Word::new(name)).or_default().extend(place);
        }
        groups
    }

    fn of_file(&self, project: &Project<'_>, file: &File<'_>) -> Option<usize> {
        self.places.get(&group(project, file)?).copied()
    }
}

fn group(project: &Project<'_>, file: &File<'_>) -> Option<(Language, PathBuf)> {
    match file.language {
        Language::Go => Some((Language::Go, file.path.parent()?.to_owned())),
        Language::Rust => Some((Language::Rust, project.names().roots().crate_of(&file.path)?.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
