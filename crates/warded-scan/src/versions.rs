//! Which version of a library does a file use? What lies beside it says so: lock files, manifests, and what is installed. Nothing of
//! it is read before somebody asks, and what cannot be read says nothing.

mod go;
mod java;
mod listed;
mod npm;
mod python;
mod range;
mod rust;
mod said;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::Mutex,
};

pub(crate) use range::{Range, Version};
pub(crate) use said::Said;

use crate::look::{LARGEST, lock};

/// All that was given beside the code.
#[derive(Debug, Default)]
pub(crate) struct Versions<'r> {
    /// By folder, with `/` between its parts.
    beside: BTreeMap<String, Vec<Manifest<'r>>>,
    /// The folder around all that is scanned.
    top: PathBuf,
    /// What came of it, by folder and package.
    known: Mutex<HashMap<(String, String), Option<Said>>>,
}

#[derive(Clone, Copy, Debug)]
struct Manifest<'r> {
    name: &'r str,
    text: &'r str,
    lies: Lies,
}

/// Where something lies that tells a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lies {
    /// Beside the code that it is about.
    Beside,
    /// Where it was installed: it is about itself.
    Installed,
    /// As if it was installed, but inside a package: whoever made that may write there what they like.
    Within,
}

/// Folders that installers of Python put everything into.
const INSTALLED: [&str; 2] = ["site-packages", "dist-packages"];

impl<'r> Versions<'r> {
    /// For all these files.
    pub(crate) fn beneath<'p>(files: impl Iterator<Item = &'p Path>) -> Self {
        let around = |one: &'p Path, other: &'p Path| one.ancestors().find(|above| other.starts_with(above));
        let top =
            files.filter_map(Path::parent).reduce(|one, other| around(one, other).unwrap_or(Path::new("")));
        Self { top: top.unwrap_or(Path::new("")).to_owned(), ..Self::default() }
    }

    /// Notes a file that is no code.
    pub(crate) fn note(&mut self, path: &'r Path, text: &'r str) {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
        else {
            return;
        };
        if text.len() > LARGEST {
            return;
        }
        // What some editors begin a file with is no part of its first line.
        let text = text.trim_start_matches('\u{feff}');
        let mut add = |folder: &Path, lies| {
            let beside = self.beside.entry(flat(folder)).or_default();
            beside.push(Manifest { name, text, lies });
        };
        // Where a library is installed, its own file counts for all that lies beside it.
        let ends_with = |folder: &Path, end: &str| {
            folder.file_name().is_some_and(|name| name.to_string_lossy().ends_with(end))
        };
        if name == "METADATA" && ends_with(folder, ".dist-info") {
            let home = folder.parent().unwrap_or(folder);
            let is_installed = home == self.top || INSTALLED.iter().any(|name| home.ends_with(name));
            add(home, if is_installed { Lies::Installed } else { Lies::Within });
            return;
        }
        add(folder, Lies::Beside);
        let home = folder.ancestors().skip(1).take(2).find(|above| ends_with(above, "node_modules"));
        if let Some(above) = home.and_then(Path::parent).filter(|_| name == "package.json") {
            add(above, Lies::Installed);
        }
    }

    /// What is said of a package, called as `pypi:PyJWT`, where that file lies, in its folder and in all above it.
    pub(crate) fn of(&self, file: &Path, package: &str) -> Option<Said> {
        if self.beside.is_empty() {
            return None;
        }
        let (ecosystem, name) = package.split_once(':')?;
        let folders = file.ancestors().skip(1);
        let all = folders.filter_map(|folder| self.in_folder(flat(folder), ecosystem, name)).reduce(Said::or);
        all.map(Said::settled)
    }

    fn in_folder(&self, folder: String, ecosystem: &str, name: &str) -> Option<Said> {
        let beside = self.beside.get(&folder)?;
        let key = (folder, format!("{ecosystem}:{name}"));
        if let Some(said) = lock(&self.known).get(&key) {
            return said.clone();
        }
        let said = beside.iter().filter_map(|manifest| read(manifest, ecosystem, name)).reduce(Said::or);
        lock(&self.known).insert(key, said.clone());
        said
    }
}

fn read(manifest: &Manifest<'_>, ecosystem: &str, package: &str) -> Option<Said> {
    let Manifest { name, text, lies } = *manifest;
    match (ecosystem, lies) {
        // It may be that one, or any other: it is told of both.
        ("pypi", Lies::Within) => {
            python::read(name, text, package).map(|said| said.wanted().or(Said::allowed(Range::ANY)))
        }
        ("pypi", _) => python::read(name, text, package),
        ("npm", Lies::Installed) => npm::installed(text, package),
        ("npm", Lies::Beside) => npm::read(name, text, package),
        ("go", Lies::Beside) => go::read(name, text, package),
        ("crates", Lies::Beside) => rust::read(name, text, package),
        ("maven", Lies::Beside) => java::read(name, text, package),
        _ => None,
    }
}

/// With `/` between its parts on every system.
fn flat(folder: &Path) -> String {
    let parts: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).filter(|part| part != ".").collect();
    parts.join("/")
}
