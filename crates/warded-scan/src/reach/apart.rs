//! Which files need not even be read? Those from which nothing is seen that is of interest, and of which nothing is seen
//! that is.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use super::{
    glance,
    goals::{Found, Goals},
    words::{Word, words},
};
use crate::{
    language::Language,
    library::Library,
    project::{FileId, Names, Roots, are_types},
    rules::Heeds,
};

/// A file before it is read.
pub(super) type Unread<'f> = (&'f Path, &'f str, Language);

/// Whether each of these is to be read.
pub(crate) fn worth_reading(
    files: &[Unread<'_>],
    roots: &Roots,
    library: &Library,
    heeds: &[Heeds],
) -> Vec<bool> {
    let all_goals: BTreeMap<_, _> =
        super::FAMILIES.iter().map(|family| (*family, Goals::of(library, *family, heeds))).collect();
    let (sights, mut found) = Sights::of(files, roots, &all_goals);
    sights.bring_back(&mut found);
    // What one of them keeps, another one has that is of the same program: one file sees both.
    let islands = sights.islands();
    let comes_in: BTreeSet<usize> = files
        .iter()
        .zip(&found)
        .zip(&islands)
        .filter_map(|(((_, _, language), found), island)| {
            all_goals.get(&language.family())?.come_in(*found).then_some(*island)
        })
        .collect();
    let starts = files.iter().zip(&found).zip(&islands).enumerate().filter_map(
        |(index, (((_, _, language), found), island))| {
            let goals = all_goals.get(&language.family())?;
            goals.are_met(*found, comes_in.contains(island)).then_some(index)
        },
    );
    let mut worth = sights.all_from(starts.collect());
    worth.truncate(files.len());
    worth
}

/// What each file sees; behind the files stand groups of them that see each other.
struct Sights(Vec<Vec<usize>>);

impl Sights {
    /// Of these files, and which of the words that matter stand in each.
    fn of(files: &[Unread<'_>], roots: &Roots, all_goals: &BTreeMap<Language, Goals>) -> (Self, Vec<Found>) {
        let paths = files.iter().map(|(path, _, language)| (path.to_path_buf(), *language));
        let names = Names::of(paths.collect(), roots.clone());
        let types = types(files);
        let mut groups = Groups::of(files, roots);
        let mut all = Vec::new();
        let mut founds = Vec::new();
        for (id, (path, text, language)) in (0..).zip(files) {
            let family = language.family();
            let goals = all_goals.get(&family);
            let mut seen = Vec::new();
            let mut found = Found::default();
            for (_, word) in words(text) {
                found = goals.map_or(found, |goals| found.and(goals.word(word)));
                if are_types(family) {
                    seen.extend(types.get(&(family, word)).into_iter().flatten());
                } else if family == Language::Rust {
                    seen.extend(groups.crates.get(&word).into_iter().flatten());
                }
            }
            for import in glance::imports(text, family) {
                seen.extend(names.resolve(FileId(id), &import).files().iter().map(|of| of.0 as usize));
            }
            seen.extend(groups.of_file(path, family));
            seen.sort_unstable();
            seen.dedup();
            all.push(seen);
            founds.push(found);
        }
        all.append(&mut groups.members);
        founds.resize(all.len(), Found::default());
        (Self(all), founds)
    }

    /// By whom each is seen.
    fn back(&self) -> Vec<Vec<usize>> {
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

    /// The number of the island on which each lies: what is on another one sees nothing of it.
    fn islands(&self) -> Vec<usize> {
        let (back, mut islands) = (self.back(), vec![usize::MAX; self.0.len()]);
        for first in 0..self.0.len() {
            let mut next = vec![first];
            while let Some(of) = next.pop() {
                if let Some(island) = islands.get_mut(of).filter(|island| **island == usize::MAX) {
                    *island = first;
                    next.extend(self.0.get(of).into_iter().chain(back.get(of)).flatten());
                }
            }
        }
        islands
    }

    /// Brings what is found in each to whatever sees it.
    fn bring_back(&self, found: &mut [Found]) {
        let seen_by = self.back();
        let mut changed: Vec<usize> = (0..self.0.len()).collect();
        while let Some(of) = changed.pop() {
            let (Some(all), Some(seen_by)) = (found.get(of).copied(), seen_by.get(of)) else { continue };
            for from in seen_by {
                let Some(known) = found.get_mut(*from) else { continue };
                let more = known.and(all);
                if more != *known {
                    *known = more;
                    changed.push(*from);
                }
            }
        }
    }

    /// These, and whatever is seen from them.
    fn all_from(&self, mut next: Vec<usize>) -> Vec<bool> {
        let mut all = vec![false; self.0.len()];
        while let Some(of) = next.pop() {
            if let Some(known) = all.get_mut(of).filter(|known| !**known) {
                *known = true;
                next.extend(self.0.get(of).into_iter().flatten());
            }
        }
        all
    }
}

/// Which files may declare a type of that name, in Java and C#.
fn types(files: &[Unread<'_>]) -> HashMap<(Language, Word), Vec<usize>> {
    let mut types: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, (_, text, language)) in files.iter().enumerate().filter(|(_, file)| are_types(file.2)) {
        for name in glance::types(text) {
            let known = types.entry((*language, Word::new(name))).or_default();
            if known.last() != Some(&index) {
                known.push(index);
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
    roots: Roots,
}

impl Groups {
    fn of(files: &[Unread<'_>], roots: &Roots) -> Self {
        let mut groups = Self { roots: roots.clone(), ..Self::default() };
        for (index, (path, _, language)) in files.iter().enumerate() {
            let Some(group) = groups.group(path, language.family()) else { continue };
            let next = files.len() + groups.members.len();
            let place = *groups.places.entry(group).or_insert(next);
            if place == next {
                groups.members.push(Vec::new());
            }
            if let Some(members) = groups.members.get_mut(place - files.len()) {
                members.push(index);
            }
        }
        for (name, folder) in roots.crates() {
            let place = groups.places.get(&(Language::Rust, PathBuf::from(folder)));
            groups.crates.entry(Word::new(name)).or_default().extend(place);
        }
        groups
    }

    fn group(&self, path: &Path, family: Language) -> Option<(Language, PathBuf)> {
        match family {
            Language::Go => Some((family, path.parent()?.to_owned())),
            Language::Rust => Some((family, self.roots.crate_of(path)?.into())),
            _ => None,
        }
    }

    fn of_file(&self, path: &Path, family: Language) -> Option<usize> {
        self.places.get(&self.group(path, family)?).copied()
    }
}

#[cfg(test)]
mod tests;
