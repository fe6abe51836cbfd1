//! Which functions can come to anything of interest? The others need not be followed, and files in which there are none
//! need not even be parsed.
//!
//! Nothing is told of a function unless it calls something that a library is known to do. What that is called stands
//! somewhere in the source, word by word: in the function itself, in what it calls, or in what gives a name to something
//! that either of them uses. So it is asked by words alone. First come the files in which what is rare of that stands;
//! then those that use what gives it a name there, and so on, over as many calls as are followed. That is too much, and
//! hardly ever too little.

pub(crate) mod alive;
mod definition;
mod following;
mod goals;
mod inbound;
mod island;
mod kept;
mod python;
mod sights;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use goals::{Goals, Sight};
use island::{By, Island};
pub(crate) use sights::Near;
use sights::Sights;

use crate::{
    flow::keep::Kept,
    language::Language,
    library::Library,
    project::{FileId, FunctionRef, Project},
    rules::Heeds,
};

/// Parses these files, perhaps several at a time.
pub(crate) type ReadAll<'r> = &'r dyn Fn(&[FileId]);

/// What can be reached in a project.
pub(crate) struct Reach<'p> {
    project: &'p Project<'p>,
    islands: Vec<Island>,
    /// What each file sees of the words that matter.
    visible: Vec<Sight>,
    all_goals: BTreeMap<Language, Goals>,
    near: Near,
    reached: HashSet<FunctionRef>,
}

/// Languages whose files see each other.
#[cfg(test)]
const FAMILIES: [Language; 6] =
    [Language::Python, Language::JavaScript, Language::Go, Language::Rust, Language::Java, Language::CSharp];

impl<'p> Reach<'p> {
    /// Where nothing was looked for yet.
    pub(crate) fn new(project: &'p Project<'p>, library: &Library, heeds: &[Heeds]) -> Self {
        let families: BTreeSet<_> = project.files().map(|(_, file)| file.language.family()).collect();
        let all_goals: BTreeMap<Language, Goals> =
            families.into_iter().map(|family| (family, Goals::of(library, family, heeds))).collect();
        let (sights, found) = Sights::of(project, &all_goals);
        let back = sights.back();
        let visible = sights.visible(&found, &back);
        let islands = sights.islands(found.len(), &back).into_iter().filter_map(|files| {
            let family = project.file(*files.first()?).language.family();
            let found = files.iter().filter_map(|id| found.get(id.0 as usize).copied()).collect();
            Some(Island::new(files, family, found))
        });
        let (islands, near) = (islands.collect(), sights.near(project));
        Self { project, islands, visible, all_goals, near, reached: HashSet::new() }
    }

    /// The next functions that can come to anything of interest, in the order of the project: first those in which what is
    /// rare stands, then those that call what came to anything, and so on. `dead` are those that came to nothing by themselves.
    pub(crate) fn functions(
        &mut self,
        dead: impl IntoIterator<Item = FunctionRef>,
        read: ReadAll<'_>,
    ) -> Vec<FunctionRef> {
        let mut dead_in: HashMap<FileId, Vec<FunctionRef>> = HashMap::new();
        for function in dead {
            dead_in.entry(function.file).or_default().push(function);
        }
        let mut new = BTreeSet::new();
        for island in self.islands.iter_mut().filter(|island| !island.is_done) {
            let Some(goals) = self.all_goals.get(&island.family) else { continue };
            let by = By { project: self.project, goals, near: &self.near };
            if island.is_begun() {
                let dead: Vec<_> = if dead_in.len() < island.files.len() {
                    let is_here = |(file, _): &(&FileId, _)| island.files.binary_search(file).is_ok();
                    dead_in.iter().filter(is_here).flat_map(|(_, dead)| dead).copied().collect()
                } else {
                    island.files.iter().filter_map(|file| dead_in.get(file)).flatten().copied().collect()
                };
                island.kill(&dead, goals);
            } else {
                island.begin(&by, &self.visible, read);
            }
            let functions = island.reaching(&by, read);
            island.is_done = functions.is_empty();
            new.extend(functions);
        }
        self.note(&new)
    }

    /// Those that can come to what is kept there, and were not told before.
    pub(crate) fn functions_asking(&mut self, keeps: &BTreeSet<Kept>, read: ReadAll<'_>) -> Vec<FunctionRef> {
        let mut new = BTreeSet::new();
        for island in self.islands.iter_mut().filter(|island| island.is_read()) {
            let words = kept::words(self.project, keeps, &island.files);
            if words.is_empty() {
                continue;
            }
            let goals = Goals::of_words(words.iter().map(String::as_str));
            let found = island.files.iter().map(|id| goals.found_in(self.project.file(*id))).collect();
            // All of them at once: what is kept is rare.
            new.extend(island.ask(
                &By { project: self.project, goals: &goals, near: &self.near },
                found,
                read,
            ));
        }
        self.note(&new)
    }

    /// How often what is found in something was told to whoever uses it.
    #[cfg(test)]
    fn told(&self) -> usize {
        self.islands.iter().map(Island::told).sum()
    }

    /// What each file sees at once.
    pub(crate) fn near(&self) -> &Near {
        &self.near
    }

    fn note(&mut self, new: &BTreeSet<FunctionRef>) -> Vec<FunctionRef> {
        let new: Vec<_> = new.iter().filter(|function| !self.reached.contains(function)).copied().collect();
        self.reached.extend(&new);
        new
    }
}

#[cfg(test)]
mod tests;
