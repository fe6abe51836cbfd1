//! Where does a link lead? What it leads to is looked at where it lies, and not once more by the name of the link.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::kind::Kind;
use crate::finding::Why;

/// Why what a link leads to is not looked at, where that matters.
pub(super) fn leads(link: &Path, roots: &[PathBuf]) -> Option<Why> {
    let Ok(target) = fs::canonicalize(link) else {
        // Nowhere, or in a circle.
        return Some(Why::Link);
    };
    if roots.iter().any(|root| target.starts_with(root)) {
        return link.starts_with(&target).then_some(Why::Link);
    }
    (target.is_dir() || Kind::of(link, false).is_some()).then_some(Why::Link)
}
