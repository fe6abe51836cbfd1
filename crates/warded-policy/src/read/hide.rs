//! Which tools does nobody see?

use std::collections::HashSet;

use super::{
    findings::{Findings, shown},
    yaml::Node,
};
use crate::{Finding, Hidden, Name, finding::table};

/// Reads the list.
pub(super) fn hidden(node: &Node<'_>, found: &mut Findings) -> Hidden {
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    let mut is_all = false;
    for item in found.list(node, "hide").unwrap_or_default() {
        let at = item.at.range();
        let Some(text) = found.text(item, "a name in `hide`") else { continue };
        if text.trim().is_empty() {
            found.say(Finding::new(&table::HIDE, at, "a name in `hide` is blank", "no name"));
        } else if !seen.insert(text) {
            let message = format!("`{}` stands twice in `hide`", shown(text));
            found.say(Finding::new(&table::HIDE, at, message, "for the second time").help("Remove one."));
        } else {
            match Name::parse(text) {
                Name::Every => is_all = true,
                Name::Like(pattern) => {
                    found.say(super::names::pattern(&pattern, item.at));
                    names.push(Name::Like(pattern));
                }
                exact @ Name::Exactly(_) => names.push(exact),
            }
        }
    }
    if is_all { Hidden::All } else { Hidden::Named(names) }
}
