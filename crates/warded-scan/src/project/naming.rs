//! What an import is of: a file of the project, or a library.

use std::{
    collections::HashMap,
    path::{Component, Path, PathBuf},
};

use super::{FileId, Resolved, roots::Roots};
use crate::{
    ir::{Import, Text},
    language::Language,
};

/// Where files lie, and what imports can call each of them. Their text is of no matter.
#[derive(Debug, Default)]
pub(crate) struct Names {
    files: Vec<(PathBuf, Language)>,
    /// From the last part of a name on: `tokens`, `auth.tokens`.
    modules: HashMap<(Language, Text), Vec<FileId>>,
    /// What manifests say of them.
    roots: Roots,
}

impl Names {
    /// Of these files, in this order.
    pub(crate) fn of(files: Vec<(PathBuf, Language)>, roots: Roots) -> Self {
        let mut modules: HashMap<_, Vec<FileId>> = HashMap::new();
        for (id, (path, language)) in (0..).zip(&files) {
            for name in names_of(path, language.family(), &roots) {
                modules.entry((language.family(), Text::from(name))).or_default().push(FileId(id));
            }
        }
        Self { files, modules, roots }
    }

    /// What manifests say of the files.
    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    fn file(&self, id: FileId) -> (&Path, Language) {
        let (path, language) = &self.files[id.0 as usize];
        (path, language.family())
    }

    /// What a name is that the file takes from elsewhere.
    pub(crate) fn resolve(&self, from: FileId, import: &Import) -> Resolved {
        let (_, language) = self.file(from);
        let whole = match &import.item {
            Some(item) => joined(language, &import.module, item),
            None => import.module.clone(),
        };
        if let Some(file) = self.module(from, &whole) {
            // `from package import module`; the name of a module can also be that of a function in its package.
            if import.item.is_none() || self.module(from, &import.module).is_none() {
                return file;
            }
        }
        match (self.module(from, &import.module), &import.item) {
            (Some(Resolved::File(file)), Some(item)) => Resolved::Top(file, item.clone()),
            (Some(package), _) => package,
            (None, _) => Resolved::Foreign(whole),
        }
    }

    /// What a path of Rust is called among all modules.
    fn rust_module(&self, from: FileId, path: &str) -> Option<String> {
        let flat = flat(self.file(from).0)?;
        let (mut home, module) = self.roots.rust_home(stem(&flat));
        let mut base: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
        let mut parts = path.split("::").filter(|part| !part.is_empty()).peekable();
        let first = parts.next()?;
        match first {
            "crate" => base.clear(),
            "self" => {}
            "super" => {
                base.pop()?;
                while parts.next_if_eq(&"super").is_some() {
                    base.pop()?;
                }
            }
            _ => {
                base.push(first);
                // A module that is declared here; or else another crate of the project.
                if !self.modules.contains_key(&(Language::Rust, named(&home, &base.join("::")).into())) {
                    base.clear();
                    self.roots.rust_crate(first)?.clone_into(&mut home);
                }
            }
        }
        base.extend(parts);
        Some(named(&home, &base.join("::")))
    }

    /// The file or files that a module's name stands for, seen from that file.
    fn module(&self, from: FileId, name: &str) -> Option<Resolved> {
        let (path, language) = self.file(from);
        let (key, near) = match language {
            Language::JavaScript => {
                if !name.starts_with('.') {
                    return None;
                }
                let path = path.parent().unwrap_or(Path::new("")).join(name);
                (stem(&flat(&path)?).to_owned(), true)
            }
            Language::Python => match name.strip_prefix('.') {
                Some(rest) => {
                    let up = rest.chars().take_while(|char| *char == '.').count();
                    let mut at = path.parent().unwrap_or(Path::new("")).to_owned();
                    for _ in 0..up {
                        at.pop();
                    }
                    let rest = rest.trim_start_matches('.').replace('.', "/");
                    (flat(&at.join(rest))?.trim_end_matches('/').replace('/', "."), true)
                }
                None => (name.to_owned(), false),
            },
            Language::Rust => (self.rust_module(from, name)?, true),
            _ => (name.to_owned(), false),
        };
        let found = self.modules.get(&(language, Text::from(key.as_str())))?;
        let found: Vec<_> = found.iter().copied().filter(|id| *id != from || near).collect();
        match found.as_slice() {
            [] => None,
            [one] if language != Language::Go => Some(Resolved::File(*one)),
            _ if language == Language::Go => Some(Resolved::Package(found.into())),
            // The nearest one: the one with which it shares most of its path.
            several => {
                several.iter().max_by_key(|id| shared(self.file(**id).0, path)).map(|id| Resolved::File(*id))
            }
        }
    }
}

/// Everything that the file can be called.
fn names_of(path: &Path, family: Language, roots: &Roots) -> Vec<String> {
    let Some(flat) = flat(path) else { return Vec::new() };
    let stem = stem(&flat);
    match family {
        Language::JavaScript => {
            let index = stem.strip_suffix("/index").or((stem == "index").then_some(""));
            [Some(stem), index].into_iter().flatten().map(str::to_owned).collect()
        }
        Language::Python => {
            let module = stem.strip_suffix("/__init__").unwrap_or(stem).replace('/', ".");
            ends(&module, '.')
        }
        Language::Rust => {
            let (home, module) = roots.rust_home(stem);
            vec![named(&home, &module)]
        }
        Language::Go => {
            let folder = stem.rsplit_once('/').map_or("", |(folder, _)| folder);
            // Nobody imports tests.
            let is_test = stem.ends_with("_test");
            roots.go_path(folder).filter(|_| !is_test).into_iter().collect()
        }
        // Found by their types.
        _ => Vec::new(),
    }
}

/// `a.b.c`, `b.c`, `c`.
fn ends(name: &str, between: char) -> Vec<String> {
    let mut ends = vec![name.to_owned()];
    let mut rest = name;
    while let Some((_, end)) = rest.split_once(between) {
        ends.push(end.to_owned());
        rest = end;
    }
    ends
}

/// A module of a crate of Rust.
fn named(home: &str, module: &str) -> String {
    format!("{home}\u{0}{module}")
}

fn joined(language: Language, module: &str, item: &str) -> Text {
    let between = match language {
        Language::Rust => "::",
        _ if module.ends_with('.') => "",
        _ => ".",
    };
    format!("{module}{between}{item}").into()
}

/// The path with `/`, without `.` and `..`.
pub(super) fn flat(path: &Path) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => {
                parts.pop();
            }
            _ => {}
        }
    }
    Some(parts.join("/"))
}

/// The path without the end of its name, where that is one of a language.
pub(super) fn stem(path: &str) -> &str {
    const ENDS: &[&str] = &[
        ".d.ts", ".py", ".pyi", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".go", ".rs",
        ".java", ".cs",
    ];
    ENDS.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path)
}

/// How much of their paths two files share.
pub(super) fn shared(one: &Path, other: &Path) -> usize {
    one.components().zip(other.components()).take_while(|(one, other)| one == other).count()
}
