//! Which policy files are there for a server? What stands in them is read with them, and not here.

use std::path::PathBuf;

use crate::config::{Located, PolicyFiles};

/// The files that are named, in the order in which they are asked, and where each is named.
pub(super) fn named(written: Option<&PolicyFiles>) -> Vec<Located<PathBuf>> {
    let files = written.into_iter().flat_map(PolicyFiles::iter);
    files.map(|file| Located { value: file.value.clone().into(), span: file.span }).collect()
}
