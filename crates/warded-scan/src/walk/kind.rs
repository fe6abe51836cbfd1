//! What a file is to a scan, by its name.

use std::path::Path;

use crate::{
    configs::{self, Product},
    language::Language,
};

/// What a file is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Code,
    Config(&'static Product),
    /// It says what folders are called, and which versions of libraries are used.
    Manifest,
}

/// Names of manifests, and of what holds their versions.
const MANIFESTS: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "Directory.Packages.props",
    "Pipfile",
    "Pipfile.lock",
    "build.gradle",
    "build.gradle.kts",
    "go.mod",
    "go.sum",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "packages.lock.json",
    "pdm.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pom.xml",
    "pyproject.toml",
    "setup.cfg",
    "uv.lock",
    "yarn.lock",
];

/// Folders with code of others, or with what tools made.
const VENDORED: &[&str] = &[
    ".git",
    ".hg",
    ".nox",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "node_modules",
    "site-packages",
    "target",
    "vendor",
    "venv",
];

impl Kind {
    /// Nothing for what means nothing to a scan. Of what is hidden, only configurations of clients count.
    pub(super) fn of(path: &Path, is_hidden: bool) -> Option<Self> {
        if !is_hidden && Language::of(path).is_some() {
            return Some(Self::Code);
        }
        if let Some(product) = configs::is_config(path) {
            return Some(Self::Config(product));
        }
        (!is_hidden && is_manifest(path)).then_some(Self::Manifest)
    }
}

fn is_manifest(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let is_text = path.extension().is_some_and(|end| end == "txt");
    let folder = path.parent().and_then(Path::extension);
    let is_installed = name == "METADATA" && folder.is_some_and(|end| end == "dist-info");
    MANIFESTS.contains(&name)
        || is_installed
        || name.starts_with("requirements") && is_text
        || path.extension().is_some_and(|end| end == "csproj")
}

/// Whether a part of the path beneath the root begins with a dot.
pub(super) fn is_hidden(path: &Path, root: &Path) -> bool {
    let beneath = path.strip_prefix(root).unwrap_or(path);
    beneath.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."))
}

/// Whether the code in a folder of that name is somebody else's.
pub(super) fn is_vendored(folder: &Path) -> bool {
    folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| VENDORED.contains(&name))
}
