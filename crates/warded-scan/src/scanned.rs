//! What a scan came to, with all that is needed to show it.

use std::{collections::BTreeMap, sync::Arc};

use crate::finding::{Finding, Unseen};

/// What a scan came to.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Scanned {
    /// In the order of the files' names, and of the places in them.
    pub findings: Vec<Finding>,
    /// What was not looked at, in the same order.
    pub unseen: Vec<Unseen>,
    /// The texts of the files that findings and their steps are in, of those with parts that were not looked at, and of
    /// those that speak to a scan (`warded: ignore`), by the paths that findings give. What is secret in the configuration of a
    /// client is blanked, byte for byte.
    pub texts: BTreeMap<Arc<str>, Arc<str>>,
    /// How many files were looked at.
    pub files: usize,
    /// How many lines they have.
    pub lines: usize,
}
