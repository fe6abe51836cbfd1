//! Which fixes are applied at once, and what they make of the texts.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use crate::{
    finding::{Edit, Finding, Fix},
    fix::{
        apply::{applied, overlap},
        around::Texts,
        hand::Hand,
        proof::{Name, name},
    },
    language::Language,
    look::shown,
    walk::Walked,
};

/// The fixes that do not get into each other's way. Where two do, the second one waits for the next round.
pub(super) fn chosen<'f>(open: &'f [Finding], apart: &BTreeSet<Name>, with_unsafe: bool) -> Vec<Chosen<'f>> {
    let mut chosen: Vec<Chosen<'f>> = Vec::new();
    let mut defined = BTreeSet::new();
    for finding in open.iter().filter(|finding| !apart.contains(&name(finding))) {
        let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safe || with_unsafe) else { continue };
        let is_free = |edit: &Edit| {
            chosen.iter().flat_map(|other| &other.fix.edits).all(|other| {
                other == edit
                    || other.spot.path != edit.spot.path
                    || !overlap(&other.spot.span, &edit.spot.span)
            })
        };
        // The files of a package of Go share their names: one of them defines the constant.
        let package = package(fix);
        let is_first = package.as_ref().is_none_or(|package| {
            !defined.iter().any(|(folder, path)| *folder == package.0 && *path != package.1)
        });
        if is_first && fix.edits.iter().all(is_free) {
            defined.extend(package);
            chosen.push(Chosen { finding, fix });
        }
    }
    chosen
}

/// A finding that is mended.
pub(super) struct Chosen<'f> {
    pub(super) finding: &'f Finding,
    pub(super) fix: &'f Fix,
}

fn package(fix: &Fix) -> Option<(String, Arc<str>)> {
    let definition = format!("const {} =", Hand::of(Language::Go).constant);
    let edit = fix.edits.iter().find(|edit| edit.text.contains(&definition))?;
    let path = Path::new(&*edit.spot.path);
    (Language::of(path) == Some(Language::Go))
        .then(|| (path.parent().unwrap_or(path).to_string_lossy().into_owned(), Arc::clone(&edit.spot.path)))
}

/// All edits, each once: two findings may need the same one.
pub(super) fn distinct<'f>(chosen: &[Chosen<'f>]) -> Vec<&'f Edit> {
    let mut all: Vec<&Edit> = Vec::new();
    for edit in chosen.iter().flat_map(|one| &one.fix.edits) {
        if !all.contains(&edit) {
            all.push(edit);
        }
    }
    all
}

pub(super) fn modes(chosen: &[Chosen<'_>]) -> BTreeMap<Arc<str>, u32> {
    let all = chosen.iter().filter_map(|one| Some((Arc::clone(&one.finding.spot.path), one.fix.mode?)));
    all.collect()
}

pub(super) fn edited(now: &Texts, edits: &[&Edit]) -> Option<Texts> {
    let mut by_path: BTreeMap<&Arc<str>, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_path.entry(&edit.spot.path).or_default().push(edit);
    }
    let mut texts = now.clone();
    for (path, edits) in by_path {
        let new = applied(texts.get(path)?, &edits)?;
        texts.insert(Arc::clone(path), new.into());
    }
    Some(texts)
}

/// Every text that may be edited, as it was read. Those of configurations hold secrets.
pub(super) fn texts(walked: &Walked) -> Texts {
    let sources = walked.sources.iter().map(|(path, text)| (shown(path), Arc::from(text.as_str())));
    let configs = walked.configs.iter().filter_map(|config| {
        Some((Arc::clone(&config.path), Arc::from(std::str::from_utf8(&config.bytes).ok()?)))
    });
    let (mut all, mut twice) = (Texts::new(), BTreeSet::new());
    for (path, text) in sources.chain(configs) {
        // Names that are no text may look alike: nobody knows which of the files is meant.
        if all.insert(Arc::clone(&path), text).is_some() {
            twice.insert(path);
        }
    }
    all.retain(|path, _| !twice.contains(path));
    all
}
