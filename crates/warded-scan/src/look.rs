//! From the texts of files to what is wrong in them.

mod again;
mod limits;
mod near;
mod share;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use limits::{Limits, Progress, Watch};

pub(crate) use again::run_again;
pub(crate) use limits::Deadline;

use share::share;

use crate::{
    configs,
    finding::{Finding, Unseen, Why, sort},
    flow::{
        keep::Kept,
        machine::{Machine, Ran},
    },
    ir::Module,
    language::Language,
    library::Library,
    lower::lower,
    parse::{Unread, parse},
    project::{File, FileId, FunctionRef, Project, Roots},
    reach::Reach,
    rules::{self, Chosen, Seen},
    versions::Versions,
};

/// How large a file may be.
pub(crate) const LARGEST: usize = 4 << 20;

/// What is wrong in some files.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Looked {
    /// In the order of the files' names, and of the places in them.
    pub findings: Vec<Finding>,
    /// What was not looked at, in the same order.
    pub unseen: Vec<Unseen>,
    /// For each file that a finding or one of its steps is in: some of those that it takes something from, or that take something from it.
    pub near: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

/// [`look_within`] the usual limits, where nobody has a clock: however long it takes.
pub fn look(files: Vec<(PathBuf, String)>) -> Looked {
    look_within(files, &Chosen::ALL, &Limits::default(), &Watch::NOBODY)
}

/// Everything that some rules say is wrong in these files. They are looked at together: code in one of them is run where another one
/// calls it, `go.mod` and `Cargo.toml` tell what folders are called, what lies beside code tells which versions of libraries it uses, and the configurations of clients are judged as by
/// [`configs::judge`]. Other files mean nothing. Of a file that is given twice the first counts.
pub fn look_within(
    files: Vec<(PathBuf, String)>,
    chosen: &Chosen,
    limits: &Limits,
    watch: &Watch<'_>,
) -> Looked {
    let mut by_path = BTreeMap::new();
    for (path, text) in files {
        by_path.entry(path).or_insert(text);
    }
    let looking = Looking { chosen, limits: *limits, watch: *watch };
    // Where the system has no room to look at them in, none of them was seen.
    looking.all(&by_path).unwrap_or_else(|| Looked {
        unseen: by_path.keys().map(|path| unseen(path, None, Why::Unreadable)).collect(),
        ..Looked::default()
    })
}

struct Looking<'w> {
    chosen: &'w Chosen,
    limits: Limits,
    watch: Watch<'w>,
}

/// What came of reading, and how long was spent on each file.
#[derive(Debug, Default)]
struct Told {
    /// Files that could not be read at all.
    unread: Mutex<BTreeMap<PathBuf, Why>>,
    spent: Mutex<BTreeMap<PathBuf, Duration>>,
}

impl Told {
    fn spent(&self, path: &Path) -> Duration {
        lock(&self.spent).get(path).copied().unwrap_or_default()
    }

    fn spend(&self, path: &Path, took: Duration) {
        let mut spent = lock(&self.spent);
        let spent = spent.entry(path.to_owned()).or_default();
        *spent = spent.saturating_add(took);
    }
}

/// What somebody was telling when they fell is told as far as they came.
pub(crate) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Looking<'_> {
    fn all(&self, files: &BTreeMap<PathBuf, String>) -> Option<Looked> {
        let (mut roots, mut versions, mut settings) =
            (Roots::default(), Versions::beneath(files.keys().map(PathBuf::as_path)), Vec::new());
        let told = Told::default();
        let read = |path: &Path, text: &str, language| self.read(path, text, language, &told);
        let (mut looked, mut sources) = (Looked::default(), Vec::new());
        for (path, text) in files {
            roots.read(path, text);
            if let Some(language) = Language::of(path) {
                if text.len() > LARGEST {
                    looked.unseen.push(unseen(path, None, Why::Large));
                } else {
                    sources.push(File::new(path, language, text, &read));
                }
            } else if let Some(product) = configs::is_config(path) {
                let bytes = text.clone().into_bytes();
                settings.push(configs::File { path: shown(path), product, bytes, mode: None });
            } else {
                versions.note(path, text);
            }
        }
        let project = Project::with_roots(sources, roots).with_versions(versions);
        let mut reach = Reach::new(&project, Library::known(), &rules::heeded(self.chosen));
        let seen = Seen::of(&project, self.follow(&project, &mut reach, &told)?);
        looked.findings = rules::judge(&seen, self.chosen);
        looked.near = near::of(&project, reach.near(), &looked.findings);
        looked.unseen.extend(seen.unfinished().map(|(path, span)| unseen(path, Some(span), Why::Ways)));
        looked.unseen.extend(seen.late().into_iter().map(|path| unseen(path, None, Why::Long)));
        for (_, file) in project.files() {
            let gaps = file.module_if_read().into_iter().flat_map(gaps);
            looked.unseen.extend(gaps.map(|(span, why)| unseen(&file.path, Some(span), why)));
        }
        looked.unseen.extend(lock(&told.unread).iter().map(|(path, why)| unseen(path, None, *why)));
        let judged = configs::judge(&settings);
        looked.findings.extend(judged.findings.into_iter().filter(|finding| self.chosen.has(finding.rule)));
        looked.unseen.extend(judged.unseen);
        sort(&mut looked.findings, &mut looked.unseen);
        Some(looked)
    }

    /// Reads a file; what cannot be read does nothing.
    fn read(&self, path: &Path, text: &str, language: Language, told: &Told) -> Module {
        let deadline = Deadline::after(&self.watch, self.limits.budget);
        let (module, took) = self.watch.timed(|| read(text, language, &deadline));
        told.spend(path, took);
        (self.watch.progress)(Progress::Read { path, took });
        module.unwrap_or_else(|why| {
            lock(&told.unread).insert(path.to_owned(), why);
            Module::default()
        })
    }

    /// Runs every function that can come to anything.
    fn follow<'p>(
        &'p self,
        project: &'p Project<'p>,
        reach: &mut Reach<'p>,
        told: &Told,
    ) -> Option<Vec<(FunctionRef, Ran<'p>)>> {
        let read = |files: &[FileId]| {
            share(self.limits.threads, files, |id| {
                project.file(*id).module();
            });
        };
        let reach = RefCell::new(reach);
        run_again(
            |dead| reach.borrow_mut().functions(dead, &read),
            |keeps| reach.borrow_mut().functions_asking(keeps, &read),
            |some, kept| self.follow_some(project, some, kept, told),
        )
    }

    /// Those of one file one after the other, since they share its budget.
    fn follow_some<'p>(
        &'p self,
        project: &'p Project<'p>,
        functions: &[FunctionRef],
        kept: &Arc<BTreeSet<Kept>>,
        told: &Told,
    ) -> Option<Vec<Ran<'p>>> {
        let files: Vec<_> = functions.chunk_by(|one, other| one.file == other.file).collect();
        let followed = share(self.limits.threads, &files, |of_file| {
            let Some(first) = of_file.first() else { return Vec::new() };
            let path = &project.file(first.file).path;
            let left = self.limits.budget.saturating_sub(told.spent(path));
            let deadline = Deadline::after(&self.watch, left);
            let each = of_file.iter().map(|function| {
                let (ran, took) = self
                    .watch
                    .timed(|| Machine::run_until(project, Library::known(), *function, kept, Some(deadline)));
                told.spend(path, took);
                let span = project.function(*function).span.clone();
                (self.watch.progress)(Progress::Followed { path, span, took, of: functions.len() });
                ran
            });
            each.collect::<Vec<_>>()
        })?;
        Some(followed.into_iter().flatten().collect())
    }
}

fn read(text: &str, language: Language, deadline: &Deadline<'_>) -> Result<Module, Why> {
    let tree = parse(text, language, &mut || !deadline.is_over()).map_err(|unread| match unread {
        Unread::TooLong => Why::Long,
        Unread::Grammar => Why::Syntax,
    })?;
    Ok(lower(text, &tree, language))
}

/// What of a file could not be read: the outermost ones.
fn gaps(module: &Module) -> impl Iterator<Item = (Range<usize>, Why)> {
    let mut end = 0;
    let outermost = module.gaps.iter().filter(move |gap| {
        let is_new = gap.end > end || gap.start >= end;
        end = end.max(gap.end);
        is_new
    });
    outermost.map(|gap| {
        let why = if module.deep.contains(gap) { Why::Deep } else { Why::Syntax };
        (gap.clone(), why)
    })
}

fn unseen(path: &Path, span: Option<Range<usize>>, why: Why) -> Unseen {
    Unseen { path: path.to_owned(), span, why }
}

/// A path as reports have it, with `/` between its parts on every system.
pub(crate) fn shown(path: &Path) -> Arc<str> {
    let mut all = String::new();
    for part in path.components() {
        if !all.is_empty() && !all.ends_with('/') {
            all.push('/');
        }
        match part {
            Component::RootDir => all.push('/'),
            part => all.push_str(&part.as_os_str().to_string_lossy()),
        }
    }
    all.into()
}

#[cfg(test)]
mod tests;
