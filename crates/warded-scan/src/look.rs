//! From the texts of files to what is wrong in them.

mod again;
mod limits;
mod near;
mod share;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{Component, Path, PathBuf},
    sync::Arc,
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
    reach::{reaching, worth_reading},
    rules::{self, Seen},
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
    look_within(files, &Limits::default(), &Watch::NOBODY)
}

/// Everything that is wrong in these files. They are looked at together: code in one of them is run where another one
/// calls it, `go.mod` and `Cargo.toml` tell what folders are called, and the configurations of clients are judged as by
/// [`configs::judge`]. Other files mean nothing. Of a file that is given twice the first counts.
pub fn look_within(files: Vec<(PathBuf, String)>, limits: &Limits, watch: &Watch<'_>) -> Looked {
    let mut by_path = BTreeMap::new();
    for (path, text) in files {
        by_path.entry(path).or_insert(text);
    }
    let looking = Looking { limits: *limits, watch: *watch };
    // Where the system has no room to look at them in, none of them was seen.
    looking.all(&by_path).unwrap_or_else(|| Looked {
        unseen: by_path.keys().map(|path| unseen(path, None, Why::Unreadable)).collect(),
        ..Looked::default()
    })
}

struct Looking<'w> {
    limits: Limits,
    watch: Watch<'w>,
}

/// A file that was read, and how long that took.
type Read = (Result<Module, Why>, Duration);

impl Looking<'_> {
    fn all(&self, files: &BTreeMap<PathBuf, String>) -> Option<Looked> {
        let (mut code, mut roots, mut settings) = (Vec::new(), Roots::default(), Vec::new());
        for (path, text) in files {
            roots.read(path, text);
            if let Some(language) = Language::of(path) {
                code.push((path.as_path(), text.as_str(), language));
            } else if let Some(product) = configs::is_config(path) {
                let bytes = text.clone().into_bytes();
                settings.push(configs::File { path: shown(path), product, bytes, mode: None });
            }
        }
        let worth = worth_reading(&code, &roots, Library::known(), &rules::heeded());
        let code: Vec<_> = code
            .into_iter()
            .zip(worth)
            .filter(|(file, worth)| *worth || is_too_large(file.1))
            .map(|(file, _)| file)
            .collect();
        let mut looked = Looked::default();
        let (mut sources, mut spent) = (Vec::new(), Vec::new());
        let modules = share(self.limits.threads, &code, |(path, text, language)| {
            self.read(path, text, *language, code.len())
        })?;
        for ((path, text, language), (module, took)) in code.into_iter().zip(modules) {
            match module {
                Ok(module) => {
                    looked.unseen.extend(gaps(&module).map(|(span, why)| unseen(path, Some(span), why)));
                    sources.push(File { path: path.to_owned(), language, text: text.into(), module });
                    spent.push(took);
                }
                Err(why) => looked.unseen.push(unseen(path, None, why)),
            }
        }
        let project = Project::with_roots(sources, roots);
        let seen = Seen::of(&project, self.follow(&project, &spent)?);
        looked.findings = rules::judge(&seen);
        looked.near = near::of(&project, &looked.findings);
        looked.unseen.extend(seen.unfinished().map(|(path, span)| unseen(path, Some(span), Why::Ways)));
        looked.unseen.extend(seen.late().into_iter().map(|path| unseen(path, None, Why::Long)));
        let judged = configs::judge(&settings);
        looked.findings.extend(judged.findings);
        looked.unseen.extend(judged.unseen);
        sort(&mut looked.findings, &mut looked.unseen);
        Some(looked)
    }

    fn read(&self, path: &Path, text: &str, language: Language, of: usize) -> Read {
        let deadline = Deadline::after(&self.watch, self.limits.budget);
        let (module, took) = self.watch.timed(|| read(text, language, &deadline));
        (self.watch.progress)(Progress::Read { path, took, of });
        (module, took)
    }

    /// Runs every function that can come to anything.
    fn follow<'p>(&'p self, project: &'p Project, spent: &[Duration]) -> Option<Vec<(FunctionRef, Ran<'p>)>> {
        let functions = reaching(project, Library::known(), &rules::heeded());
        let mut spent = spent.to_vec();
        run_again(&functions, |some, kept| {
            let followed = self.follow_some(project, some, kept, &spent)?;
            for (function, (_, took)) in some.iter().zip(&followed) {
                if let Some(spent) = spent.get_mut(function.file.0 as usize) {
                    *spent = spent.saturating_add(*took);
                }
            }
            Some(followed.into_iter().map(|(ran, _)| ran).collect())
        })
    }

    /// Those of one file one after the other, since they share its budget.
    fn follow_some<'p>(
        &'p self,
        project: &'p Project,
        functions: &[FunctionRef],
        kept: &Arc<BTreeSet<Kept>>,
        spent: &[Duration],
    ) -> Option<Vec<(Ran<'p>, Duration)>> {
        let files: Vec<_> = functions.chunk_by(|one, other| one.file == other.file).collect();
        let followed = share(self.limits.threads, &files, |of_file| {
            let file = of_file.first().map_or(FileId(0), |function| function.file);
            let spent = spent.get(file.0 as usize).copied().unwrap_or_default();
            let deadline = Deadline::after(&self.watch, self.limits.budget.saturating_sub(spent));
            let each = of_file.iter().map(|function| {
                let (ran, took) = self
                    .watch
                    .timed(|| Machine::run_until(project, Library::known(), *function, kept, Some(deadline)));
                let (path, span) = (&project.file(file).path, project.function(*function).span.clone());
                (self.watch.progress)(Progress::Followed { path, span, took, of: functions.len() });
                (ran, took)
            });
            each.collect::<Vec<_>>()
        })?;
        Some(followed.into_iter().flatten().collect())
    }
}

fn is_too_large(text: &str) -> bool {
    text.len() > LARGEST
}

fn read(text: &str, language: Language, deadline: &Deadline<'_>) -> Result<Module, Why> {
    if is_too_large(text) {
        return Err(Why::Large);
    }
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
