//! What a scan came to, with all that is needed to show it.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    finding::{Finding, Unseen},
    rules::Chosen,
};

/// What a scan came to.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Scanned {
    /// In the order of the files' names, and of the places in them.
    pub findings: Vec<Finding>,
    /// What was not looked at, in the same order.
    pub unseen: Vec<Unseen>,
    /// The texts of the files that findings and their steps are in, of those with parts that were not looked at, and of
    /// those that [may ignore](crate::may_ignore) something, by the paths that findings give. What is secret in the configuration of a
    /// client is blanked, byte for byte.
    pub texts: BTreeMap<Arc<str>, Arc<str>>,
    /// For the files of findings and steps: some of those that they take something from, or that take something from them. Their texts
    /// are at hand, too.
    pub near: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    /// How many files were looked at.
    pub files: usize,
    /// How many lines they have.
    pub lines: usize,
    /// Which rules were asked.
    pub rules: Chosen,
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::{Path, PathBuf};

    use super::{Chosen, Scanned};
    use crate::{configs, look::look};

    /// What a scan of these files comes to.
    pub(crate) fn scanned(files: &[(&str, &str)]) -> Scanned {
        let given = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
        let looked = look(given.collect());
        let settings: Vec<_> = files
            .iter()
            .filter_map(|(path, text)| {
                let product = configs::is_config(Path::new(path))?;
                Some(configs::File { path: (*path).into(), product, bytes: (*text).into(), mode: None })
            })
            .collect();
        let secrets = configs::judge(&settings).secrets;
        let texts =
            files.iter().map(|(path, text)| ((*path).into(), configs::blanked(path, text, &secrets).into()));
        Scanned {
            findings: looked.findings,
            unseen: looked.unseen,
            near: looked.near,
            texts: texts.collect(),
            files: files.len(),
            lines: files.iter().map(|(_, text)| text.lines().count()).sum(),
            rules: Chosen::ALL,
        }
    }
}
