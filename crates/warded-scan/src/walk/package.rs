//! What of a package is looked at: its archive, as a registry gave it, is read like a folder and written nowhere.
//!
//! Nothing of it is believed. What says that it lies outside of the package is no package, and what unpacks to much more than it
//! is has an end. A `.gitignore` in it hides nothing: all that is in there was published.

mod bounded;
mod directory;
mod entry;
mod tarball;
mod zipped;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{Walked, kind, kind::Kind, read};
use crate::{
    configs,
    finding::{Unseen, Why},
    look::shown,
};
use entry::{Entry, What};

/// Most files, folders and others in an archive.
const MOST_ENTRIES: usize = 200_000;

/// How a package is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packing {
    /// A wheel of Python, or another zip: what is in it lies where it is installed.
    Zip,
    /// A package of npm, or a source distribution of Python: all that is in it lies in one folder, which has no name of its own.
    TarGz,
}

/// Why an archive is no package. What it says of itself is not escaped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PackageError {
    /// It cannot be read.
    #[error("the archive is damaged, or is something else")]
    Damaged,
    /// It has a file for somebody else's folder.
    #[error("the archive has a file that would lie outside of the package: `{0}`; do not install it")]
    Outside(String),
    /// Who installs it may see another file there than who looks at it.
    #[error("the archive has a file whose name is read in several ways: `{0}`; do not install it")]
    Ambiguous(String),
    /// It is a bomb.
    #[error("the archive unpacks to more than {0} MiB, which is more than is read of one of its size")]
    Large(u64),
    /// It is another one.
    #[error("there are more than {MOST_ENTRIES} files in the archive")]
    Many,
}

impl Walked {
    /// Adds what is in the archive of a package, by the name that reports give it: `pypi:fastmcp@2.14.5`. Of two files of one name
    /// the last one counts, as it does when the package is installed.
    pub fn add_package(&mut self, name: &str, packing: Packing, archive: &[u8]) -> Result<(), PackageError> {
        let mut files = Files { name: PathBuf::from(name), ..Files::default() };
        match packing {
            Packing::Zip => zipped::read(archive, &mut files),
            Packing::TarGz => tarball::read(archive, &mut files),
        }?;
        for (path, found) in files.found {
            let path = files.name.join(path);
            match found {
                Found::Text(text, Kind::Config(product)) => {
                    let bytes = text.into_bytes();
                    self.configs.push(configs::File { path: shown(&path), product, bytes, mode: None });
                }
                Found::Text(text, Kind::Code | Kind::Manifest) => self.sources.push((path, text)),
                Found::Unseen(why) => self.unseen.push(Unseen { path, span: None, why }),
                Found::LeftOut => self.left_out.push(path),
            }
        }
        self.put_in_order();
        Ok(())
    }
}

/// What was found in an archive so far, by its path in the package.
#[derive(Debug, Default)]
struct Files {
    name: PathBuf,
    found: BTreeMap<PathBuf, Found>,
    entries: usize,
}

#[derive(Debug)]
enum Found {
    Text(String, Kind),
    Unseen(Why),
    LeftOut,
}

impl Files {
    /// Takes one entry. `read` gives its first bytes, and is asked for them where they mean something only; nothing
    /// where it is packed in a way that is not read.
    fn take(
        &mut self,
        entry: &Entry,
        read: impl FnOnce() -> Result<Option<Vec<u8>>, PackageError>,
    ) -> Result<(), PackageError> {
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            return Err(PackageError::Many);
        }
        if let Some(folder) = vendored(&entry.path) {
            self.found.insert(folder, Found::LeftOut);
            return Ok(());
        }
        let Some(kind) = Kind::of(&entry.path, kind::is_hidden(&entry.path, Path::new(""))) else {
            return Ok(());
        };
        let found = match entry.what {
            What::Folder => return Ok(()),
            What::Link => Found::Unseen(Why::Link),
            What::Other => Found::Unseen(Why::Unreadable),
            What::File => match read()?.ok_or(Why::Packed).and_then(read::text) {
                Ok(text) => Found::Text(text, kind),
                Err(why) => Found::Unseen(why),
            },
        };
        if entry.what == What::File {
            self.found.insert(entry.path.clone(), found);
        } else {
            // Who installs it leaves these out, and so the file that may be there.
            self.found.entry(entry.path.clone()).or_insert(found);
        }
        Ok(())
    }
}

/// The folder with the code of others that a path lies in, if any.
fn vendored(path: &Path) -> Option<PathBuf> {
    let mut folders: Vec<_> = path.ancestors().skip(1).filter(|folder| kind::is_vendored(folder)).collect();
    folders.pop().map(Path::to_owned)
}
