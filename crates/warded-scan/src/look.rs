//! From the texts of files to what is wrong in them.

use std::{
    collections::BTreeMap,
    ops::Range,
    panic::resume_unwind,
    path::{Component, Path, PathBuf},
    sync::Arc,
    thread,
};

use crate::{
    configs,
    finding::{Finding, Unseen, Why},
    ir::Module,
    language::Language,
    library::Library,
    lower::lower,
    parse::{Unread, parse},
    project::{File, Project, Roots},
    rules::{self, Seen},
};

/// How large a file may be.
pub(crate) const LARGEST: usize = 4 << 20;

/// How much room calls in calls have while code is looked at, whoever asks for it.
const STACK: usize = 32 << 20;

/// What is wrong in some files.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Looked {
    /// In the order of the files' names, and of the places in them.
    pub findings: Vec<Finding>,
    /// What was not looked at, in the same order.
    pub unseen: Vec<Unseen>,
}

/// Everything that is wrong in these files. They are looked at together: code in one of them is run where another one
/// calls it, `go.mod` and `Cargo.toml` tell what folders are called, and the configurations of clients are judged as by
/// [`configs::judge`]. Other files mean nothing. Of a file that is given twice the first counts.
pub fn look(files: Vec<(PathBuf, String)>) -> Looked {
    let mut by_path = BTreeMap::new();
    for (path, text) in files {
        by_path.entry(path).or_insert(text);
    }
    let room = thread::Builder::new().name("look".to_owned()).stack_size(STACK);
    let looked = thread::scope(|scope| {
        let looking = room.spawn_scoped(scope, || all(&by_path)).ok()?;
        Some(looking.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    // Where the system has no room to look at them in, none of them was seen.
    looked.unwrap_or_else(|| Looked {
        findings: Vec::new(),
        unseen: by_path.keys().map(|path| unseen(path, None, Why::Unreadable)).collect(),
    })
}

fn all(files: &BTreeMap<PathBuf, String>) -> Looked {
    let (mut sources, mut roots, mut settings) = (Vec::new(), Roots::default(), Vec::new());
    let mut looked = Looked::default();
    for (path, text) in files {
        roots.read(path, text);
        if let Some(language) = Language::of(path) {
            match read(text, language) {
                Ok(module) => {
                    looked.unseen.extend(gaps(&module).map(|(span, why)| unseen(path, Some(span), why)));
                    sources.push(File { path: path.clone(), language, text: text.as_str().into(), module });
                }
                Err(why) => looked.unseen.push(unseen(path, None, why)),
            }
        } else if let Some(product) = configs::is_config(path) {
            let bytes = text.clone().into_bytes();
            settings.push(configs::File { path: shown(path), product, bytes, mode: None });
        }
    }
    let project = Project::with_roots(sources, roots);
    let seen = Seen::of(&project, Library::known());
    looked.findings = rules::judge(&seen);
    looked.unseen.extend(seen.unfinished().map(|(path, span)| unseen(path, Some(span), Why::Ways)));
    let judged = configs::judge(&settings);
    looked.findings.extend(judged.findings);
    looked.unseen.extend(judged.unseen);
    looked.findings.sort_by(|one, other| {
        let place = |of: &Finding| (Arc::clone(&of.spot.path), of.spot.span.start, of.rule.id);
        place(one).cmp(&place(other))
    });
    looked.unseen.sort_by(|one, other| {
        let place =
            |of: &Unseen| (of.path.clone(), of.span.as_ref().map(|span| (span.start, span.end)), of.why);
        place(one).cmp(&place(other))
    });
    looked
}

fn read(text: &str, language: Language) -> Result<Module, Why> {
    if text.len() > LARGEST {
        return Err(Why::Large);
    }
    let tree = parse(text, language, &mut || true).map_err(|unread| match unread {
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
