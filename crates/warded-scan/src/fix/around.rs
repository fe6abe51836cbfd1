//! What is looked at anew for a finding: the files that it is about, and some of those beside them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use crate::finding::Finding;

/// How large the files are together that are beside.
const LARGEST_BESIDE: usize = 1 << 16;

pub(super) type Texts = BTreeMap<Arc<str>, Arc<str>>;

/// All files that are at hand, and which of them are near each other.
pub(super) struct Around<'s> {
    pub(super) texts: &'s Texts,
    pub(super) near: &'s BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

impl<'s> Around<'s> {
    /// The file of a finding, and those of its steps.
    pub(super) fn own(&self, finding: &Finding) -> BTreeSet<&'s Arc<str>> {
        let spots = finding.steps.iter().map(|step| &step.spot).chain([&finding.spot]);
        spots.filter_map(|spot| Some(self.texts.get_key_value(&spot.path)?.0)).collect()
    }

    /// Those that these take something from, and those that take something from them, as far as there is room.
    pub(super) fn beside(&self, own: &BTreeSet<&'s Arc<str>>) -> BTreeSet<&'s Arc<str>> {
        let mut left = LARGEST_BESIDE;
        let near = own.iter().filter_map(|path| self.near.get(*path)).flatten();
        let near = near.filter_map(|path| self.texts.get_key_value(path));
        let fitting = near.filter(|(path, text)| {
            let rest = left.checked_sub(text.len()).filter(|_| !own.contains(path));
            left = rest.unwrap_or(left);
            rest.is_some()
        });
        fitting.map(|(path, _)| path).collect()
    }

    pub(super) fn size(&self, paths: &BTreeSet<&'s Arc<str>>) -> usize {
        paths.iter().filter_map(|path| self.texts.get(*path)).map(|text| text.len()).sum()
    }

    pub(super) fn files(&self, paths: &BTreeSet<&'s Arc<str>>) -> Vec<(PathBuf, String)> {
        let texts = paths
            .iter()
            .filter_map(|path| Some((PathBuf::from(&***path), self.texts.get(*path)?.to_string())));
        texts.collect()
    }
}
