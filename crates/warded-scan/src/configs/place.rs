//! Where configurations and tokens are. Only names are looked at here; whoever asks reads the files.

use std::{
    ffi::OsString,
    path::{Component, Path, PathBuf},
};

use super::product::{Product, products};

/// The system whose habits decide where a client keeps its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks knows which one it runs on")]
pub enum Os {
    /// Linux, and whatever keeps to its habits.
    Linux,
    /// The Mac.
    MacOs,
    /// Windows.
    Windows,
}

/// A place in which a client would keep something.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Place {
    /// Where it would be. A part that is `*`, or has one in it, stands for every entry called so: see [`expand`].
    pub path: PathBuf,
    /// Whose it is.
    pub product: &'static Product,
}

/// Whose configuration a file of that name is, wherever it lies.
pub fn is_config(path: &Path) -> Option<&'static Product> {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let matched = |pattern: &String| {
        // What lies beneath a variable could be called anything.
        let is_usual = |base: &str| ["{home}", "{config}", "{xdg}"].contains(&base);
        if pattern.starts_with('{') && !pattern.split('/').next().is_some_and(is_usual) {
            return None;
        }
        let pattern: Vec<_> = relative(pattern).collect();
        let start = parts.len().checked_sub(pattern.len()).filter(|_| !pattern.is_empty())?;
        let ends = parts.get(start..)?.iter().zip(&pattern).all(|(part, pattern)| is_like(part, pattern));
        ends.then_some(pattern.len())
    };
    let mut best = None;
    for product in products() {
        let patterns = [&product.project, &product.user, &product.linux, &product.macos, &product.windows];
        let length = patterns.into_iter().flatten().filter_map(matched).max();
        // The more of the path a product is known by, the surer it is its own; the first one of equals.
        if let Some(length) = length.filter(|length| best.is_none_or(|(most, _)| *length > most)) {
            best = Some((length, product));
        }
    }
    best.map(|(_, product)| product)
}

/// Where the configurations of somebody would be, each once, in the order of the table.
pub fn user_files(home: &Path, os: Os, env: &dyn Fn(&str) -> Option<OsString>) -> Vec<Place> {
    let mut all: Vec<Place> = Vec::new();
    for product in products() {
        for pattern in product.user.iter().chain(product.of(os)) {
            let path = filled(pattern, home, os, env);
            let path = path.filter(|path| !all.iter().any(|known| known.path == *path));
            all.extend(path.map(|path| Place { path, product }));
        }
    }
    all
}

/// Where tokens of somebody would be kept. They are only ever named, and never read.
pub fn token_stores(home: &Path, os: Os, env: &dyn Fn(&str) -> Option<OsString>) -> Vec<Place> {
    let stores = products().iter().flat_map(|product| {
        let paths = product.tokens.iter().filter_map(|pattern| filled(pattern, home, os, env));
        paths.map(move |path| Place { path, product })
    });
    stores.collect()
}

/// The paths that a path with `*` stands for. `list` tells what lies in a directory.
pub fn expand(pattern: &Path, list: &dyn Fn(&Path) -> Vec<OsString>) -> Vec<PathBuf> {
    let mut all = vec![PathBuf::new()];
    for part in pattern.components() {
        let name = part.as_os_str().to_string_lossy();
        if !matches!(part, Component::Normal(_)) || !name.contains('*') {
            for path in &mut all {
                path.push(part);
            }
            continue;
        }
        let entries = all.iter().flat_map(|path| {
            let mut names = list(path);
            names.retain(|entry| is_like(&entry.to_string_lossy(), &name));
            names.sort();
            names.into_iter().map(|entry| path.join(entry))
        });
        all = entries.collect();
    }
    all
}

impl Product {
    fn of(&self, os: Os) -> &[String] {
        match os {
            Os::Linux => &self.linux,
            Os::MacOs => &self.macos,
            Os::Windows => &self.windows,
        }
    }
}

/// The parts of a place without what it begins with.
fn relative(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'))
}

/// Whether a name is like a pattern. Systems that fold case open either spelling.
fn is_like(name: &str, pattern: &str) -> bool {
    let (name, pattern) = (name.to_ascii_lowercase(), pattern.to_ascii_lowercase());
    match pattern.split_once('*') {
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
        None => name == pattern,
    }
}

fn filled(pattern: &str, home: &Path, os: Os, env: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // An empty variable is as good as none, and a relative one means a different place in each directory.
    let variable = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home_of = |parts: &[&str]| parts.iter().fold(home.to_path_buf(), |path, part| path.join(part));
    let appdata = || variable("APPDATA").unwrap_or_else(|| home_of(&["AppData", "Roaming"]));
    let xdg = || variable("XDG_CONFIG_HOME").unwrap_or_else(|| home_of(&[".config"]));
    let (base, rest) = match pattern.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        None => (PathBuf::from("/"), pattern),
        Some(("home", rest)) => (home.to_path_buf(), rest),
        Some(("config", rest)) if os == Os::MacOs => (home_of(&["Library", "Application Support"]), rest),
        Some(("config" | "xdg", rest)) => (if os == Os::Windows { appdata() } else { xdg() }, rest),
        Some((name, rest)) => (variable(name)?, rest),
    };
    Some(relative(rest).fold(base, |path, part| path.join(part)))
}
