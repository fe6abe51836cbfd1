//! Where the modules of Go and the crates of Rust begin, and what they are called.

use std::path::Path;

use serde::Deserialize;

use crate::ir::Text;

/// What manifests say: which folder is the beginning of what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roots {
    go: Vec<Root>,
    rust: Vec<Root>,
}

#[derive(Clone, Debug)]
struct Root {
    /// With `/` between its parts; empty for the folder that is scanned.
    folder: String,
    /// The path of a module of Go; the name of a crate as code has it.
    name: Text,
}

/// What is read of a `Cargo.toml`.
#[derive(Deserialize)]
struct Cargo {
    package: Option<Named>,
    lib: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

impl Roots {
    /// Notes what a file says, if it is a manifest. One that cannot be read says nothing.
    pub(crate) fn read(&mut self, path: &Path, text: &str) {
        let Some(folder) = path.parent().and_then(super::naming::flat) else { return };
        match path.file_name().and_then(|name| name.to_str()) {
            Some("go.mod") => {
                let line = text.lines().find_map(|line| line.trim().strip_prefix("module "));
                let name = line.map(|line| line.split("//").next().unwrap_or(line).trim().trim_matches('"'));
                if let Some(name) = name.filter(|name| !name.is_empty()) {
                    self.go.push(Root { folder, name: name.into() });
                }
            }
            Some("Cargo.toml") => {
                let Ok(cargo) = toml::from_str::<Cargo>(text) else { return };
                // A workspace without a package of its own is no crate.
                let Some(package) = cargo.package else { return };
                let name = cargo.lib.and_then(|lib| lib.name).or(package.name);
                if let Some(name) = name {
                    self.rust.push(Root { folder, name: name.replace('-', "_").into() });
                }
            }
            _ => {}
        }
    }

    /// The path under which the packages of a folder of Go are imported.
    pub(super) fn go_path(&self, folder: &str) -> Option<String> {
        if folder.split('/').any(|part| part == "vendor") {
            // A copy of a library, which is known by its own name.
            return None;
        }
        let Some((root, rest)) = nearest(&self.go, folder) else {
            // Without a manifest nobody says what they are called but the folders themselves.
            return self.go.is_empty().then(|| folder.to_owned());
        };
        Some(if rest.is_empty() { root.name.to_string() } else { format!("{}/{rest}", root.name) })
    }

    /// The crate that a file of Rust is of, and its module in there: `auth::token`.
    pub(super) fn rust_home(&self, stem: &str) -> (String, String) {
        let (folder, rest) = match nearest(&self.rust, stem) {
            Some((root, rest)) => (root.folder.as_str(), rest),
            None => match stem.rsplit_once("/src/") {
                Some((folder, _)) => (folder, stem.get(folder.len() + 1..).unwrap_or_default()),
                None => ("", stem),
            },
        };
        let module = rest.strip_prefix("src/").unwrap_or(rest);
        let is_own = module.starts_with("bin/")
            || ["tests/", "examples/", "benches/"].iter().any(|start| rest.starts_with(start))
            || rest == "build";
        if is_own {
            // A program of its own; what stands beside `main.rs` in a folder is part of it.
            let mut parts = rest.trim_start_matches("src/").splitn(3, '/');
            let (kind, name, inner) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
            let inner = inner.strip_suffix("main").unwrap_or(inner);
            let own = format!("{folder}!{}/{}", kind.unwrap_or_default(), name.unwrap_or_default());
            return (own, module_of(inner));
        }
        (folder.to_owned(), module_of(module))
    }

    /// The crates and their folders.
    pub(crate) fn crates(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rust.iter().map(|root| (&*root.name, root.folder.as_str()))
    }

    /// The crate that a file of Rust is of; each program and each test is one of its own.
    pub(crate) fn crate_of(&self, path: &Path) -> Option<String> {
        let flat = super::naming::flat(path)?;
        Some(self.rust_home(super::naming::stem(&flat)).0)
    }

    /// The folder of the crate of that name.
    pub(super) fn rust_crate(&self, name: &str) -> Option<&str> {
        self.rust.iter().find(|root| &*root.name == name).map(|root| root.folder.as_str())
    }
}

fn module_of(path: &str) -> String {
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let path = if matches!(path, "lib" | "main" | "mod") { "" } else { path };
    path.trim_matches('/').replace('/', "::")
}

/// The innermost of them in which a path lies, and what is left of the path.
fn nearest<'r, 'p>(roots: &'r [Root], path: &'p str) -> Option<(&'r Root, &'p str)> {
    let within = roots.iter().filter_map(|root| {
        let rest = path.strip_prefix(root.folder.as_str())?;
        let rest = if root.folder.is_empty() || rest.is_empty() { rest } else { rest.strip_prefix('/')? };
        Some((root, rest))
    });
    within.max_by_key(|(root, _)| root.folder.len())
}

#[cfg(test)]
mod tests {
    use super::Roots;

    #[test]
    fn manifests_say_what_folders_are_called() {
        let mut roots = Roots::default();
        roots.read("go.mod".as_ref(), "// x\nmodule example.com/app // y\n\ngo 1.24\n");
        roots.read("tools/go.mod".as_ref(), "module \"example.com/tools\"");
        roots.read("broken/go.mod".as_ref(), "module ");
        roots.read("Cargo.toml".as_ref(), "[workspace]\nmembers = []");
        roots.read("crates/a-b/Cargo.toml".as_ref(), "[package]\nname = \"a-b\"");
        roots.read("crates/c/Cargo.toml".as_ref(), "[package]\nname = \"c\"\n[lib]\nname = \"see\"");
        roots.read("crates/d/Cargo.toml".as_ref(), "[package");
        assert_eq!(roots.go_path("").as_deref(), Some("example.com/app"));
        assert_eq!(roots.go_path("internal/auth").as_deref(), Some("example.com/app/internal/auth"));
        assert_eq!(roots.go_path("tools/x").as_deref(), Some("example.com/tools/x"));
        assert_eq!(roots.go_path("toolset").as_deref(), Some("example.com/app/toolset"));
        assert_eq!(roots.go_path("vendor/golang.org/x/oauth2"), None);
        assert_eq!(roots.rust_crate("a_b"), Some("crates/a-b"));
        assert_eq!(roots.rust_crate("see"), Some("crates/c"));
        assert_eq!(roots.rust_crate("d"), None);
        let home = |stem| roots.rust_home(stem);
        let of = |folder: &str, module: &str| (folder.to_owned(), module.to_owned());
        assert_eq!(home("crates/a-b/src/lib"), of("crates/a-b", ""));
        assert_eq!(home("crates/a-b/src/auth/mod"), of("crates/a-b", "auth"));
        assert_eq!(home("crates/a-b/src/auth/token"), of("crates/a-b", "auth::token"));
        assert_eq!(home("crates/a-b/src/bin/run"), of("crates/a-b!bin/run", ""));
        assert_eq!(home("crates/a-b/tests/it/main"), of("crates/a-b!tests/it", ""));
        assert_eq!(home("crates/a-b/tests/it/helpers"), of("crates/a-b!tests/it", "helpers"));
        assert_eq!(home("other/src/x"), of("other", "x"));
        assert_eq!(home("x"), of("", "x"));
    }
}
