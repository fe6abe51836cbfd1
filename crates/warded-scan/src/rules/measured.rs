//! With which version was it measured what a call does, and which one is used?

use super::Seen;
use crate::{library::Call, project::Place};

/// At the end of a message; nothing where nobody has measured it. The version here is said where it decides.
pub(super) fn measured(seen: &Seen<'_>, known: &Call, at: &Place) -> String {
    let Some(measured) = &known.measured else { return String::new() };
    let here = known.package.as_deref().and_then(|package| seen.project.version_of(at.file, package));
    match here {
        Some(said) => format!(" (measured with {measured}; here it is {said})"),
        None => format!(" (measured with {measured})"),
    }
}
