//! Which files can a file see? Nothing that is done in it can come to any other one.

use std::collections::BTreeMap;

use super::{ClassRef, FileId, Project, are_types};
use crate::{ir::ClassId, language::Language};

impl Project {
    /// The files from which that one takes anything itself, in Java and C# but for those that it finds by names alone.
    pub(crate) fn seen_from(&self, from: FileId) -> Vec<FileId> {
        let file = self.file(from);
        let mut seen = self.siblings(from);
        for import in &file.module.imports {
            seen.extend(self.resolve(from, import).files());
        }
        // Methods that stand apart, and what they are methods of.
        for (id, _) in (0..).zip(&file.module.classes) {
            let home = self.home(ClassRef { file: from, id: ClassId(id) });
            seen.push(home.file);
            seen.extend(self.methods(home).map(|method| method.file));
        }
        seen.sort_unstable();
        seen.dedup();
        seen
    }

    /// The files in groups that see nothing of each other, in the order of their first ones. Types are found wherever they
    /// are, so that all files of such a language are in one.
    pub(crate) fn islands(&self, sights: &[Vec<FileId>]) -> Vec<Vec<FileId>> {
        let mut near = sights.to_vec();
        let mut firsts: BTreeMap<Language, FileId> = BTreeMap::new();
        for (id, file) in self.files() {
            let first = are_types(file.language).then(|| *firsts.entry(file.language).or_insert(id));
            let seen = sights.get(id.0 as usize).into_iter().flatten().copied();
            for other in seen.chain(first) {
                near[other.0 as usize].push(id);
            }
        }
        let mut is_reached = vec![false; near.len()];
        let mut islands = Vec::new();
        for (id, _) in self.files() {
            let (mut island, mut next) = (Vec::new(), vec![id]);
            while let Some(file) = next.pop() {
                if !std::mem::replace(&mut is_reached[file.0 as usize], true) {
                    island.push(file);
                    next.extend(&near[file.0 as usize]);
                    let first = firsts.get(&self.file(file).language);
                    next.extend(first.filter(|_| are_types(self.file(file).language)));
                }
            }
            if !island.is_empty() {
                island.sort_unstable();
                islands.push(island);
            }
        }
        islands
    }
}
