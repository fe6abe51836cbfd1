//! What each file sees of the others, before any of them is parsed.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
};

use super::{
    Definition,
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
    pub(super) fn near(&self, project: &Project<'_>) -> Near {
        let files = project.files().count();
        let passes = |index: usize| {
            let id = u32::try_from(index).ok().filter(|_| index < files).map(FileId);
            id.is_some_and(|id| glance::passes(&project.file(id).text, project.file(id).language))
        };
        let passes: Vec<_> = (0..files).map(passes).collect();
        let near = |from: usize| {
            let (mut near, mut next) = (HashSet::from([from]), vec![from]);
            while let Some(of) = next.pop() {
                for seen in self.0.get(of).into_iter().flatten() {
                    if near.insert(*seen) && passes.get(*seen) == Some(&true) {
                        next.push(*seen);
                    }
                }
            }
            near
        };
        let seen: Vec<_> = (0..files).map(near).collect();
        let (mut groups, mut by_groups) = (vec![None; files], Vec::new());
        for (group, members) in (files..).zip(self.0.iter().skip(files)) {
            for member in members {
                if let Some(of) = groups.get_mut(*member) {
                    *of = Some(group);
                }
            }
            let all = members.iter().filter_map(|member| seen.get(*member)).flatten().copied();
            by_groups.push(all.collect());
        }
        Near { seen, groups, by_groups }
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
    seen: Vec<HashSet<usize>>,
    /// The group of each file that is in one.
    groups: Vec<Option<usize>>,
    /// What the files of each group see.
    by_groups: Vec<HashSet<usize>>,
}

impl Near {
    /// Whether a file sees the other one at once.
    pub(crate) fn is_seen(&self, from: FileId, other: FileId) -> bool {
        self.seen.get(from.0 as usize).is_some_and(|seen| self.has(seen, other))
    }

    /// Whether what is done in a file can come to that: by a name that it takes, or by an object that somebody near gives.
    pub(super) fn sees(&self, from: FileId, other: &Definition) -> bool {
        let Some(seen) = self.seen.get(from.0 as usize) else { return false };
        let further = |of: &usize| {
            let of_group = || self.by_groups.get(of.checked_sub(self.seen.len())?);
            self.seen.get(*of).or_else(of_group).is_some_and(|seen| self.has(seen, other.file))
        };
        self.has(seen, other.file) || (other.is_part && seen.iter().any(further))
    }

    fn has(&self, seen: &HashSet<usize>, file: FileId) -> bool {
        let group = self.groups.get(file.0 as usize).copied().flatten();
        seen.contains(&(file.0 as usize)) || group.is_some_and(|group| seen.contains(&group))
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
