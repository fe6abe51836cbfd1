//! How is the journal kept?

use std::path::PathBuf;

use warded_store::journal::segments::{WhenFull, is_node};

use crate::{
    config::{self, JournalOrFolder, Lifetime, Located},
    finding::{Finding, table},
};

/// The folder of the journal unless the operator says otherwise.
pub const DEFAULT_JOURNAL: &str = "warded-journal";
/// The name of a process in its journal unless the operator says otherwise.
pub const DEFAULT_NODE: &str = "node";
/// The name under which `warded admin` writes what it does.
pub const ADMIN_NODE: &str = "admin";
/// Files are turned once a day, so nothing shorter can be meant.
const LEAST: u32 = 24 * 60 * 60;

/// How the journal is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalKept {
    /// Its folder.
    pub folder: PathBuf,
    /// The name of this process in it.
    pub node: String,
    /// What happens to calls while nothing can be recorded.
    pub when_full: WhenFull,
    /// For how many seconds records are kept; for ever where it is none.
    pub keep: Option<u32>,
}

impl JournalKept {
    pub(super) fn draft(written: Option<&JournalOrFolder>, findings: &mut Vec<Finding>) -> Self {
        let written = written.map(JournalOrFolder::journal);
        let folder = written.and_then(|journal| journal.folder.as_ref());
        let when_full = written.and_then(|journal| journal.when_full.as_ref());
        Self {
            folder: folder.map_or(DEFAULT_JOURNAL, |folder| &folder.value).into(),
            node: node(written.and_then(|journal| journal.node.as_ref()), findings),
            when_full: match when_full.map(|when_full| when_full.value) {
                Some(config::WhenFull::Count) => WhenFull::Count,
                Some(config::WhenFull::Refuse) | None => WhenFull::Refuse,
            },
            keep: written.and_then(|journal| keep(journal.keep.as_ref()?, findings)),
        }
    }
}

fn node(written: Option<&Located<String>>, findings: &mut Vec<Finding>) -> String {
    let Some(written) = written else { return DEFAULT_NODE.to_owned() };
    if !is_node(&written.value) {
        let message = "`node` must be 1 to 64 letters, digits, `_` and `-`";
        let finding = Finding::new(&table::LIMIT_INVALID, message).at(written.span, "not a node's name");
        findings.push(finding.help("It is part of the names of the journal's files."));
    }
    if written.value == ADMIN_NODE {
        let message = format!("`{ADMIN_NODE}` is the node under which `warded admin` writes what it does");
        let finding = Finding::new(&table::LIMIT_INVALID, message).at(written.span, "this node");
        findings.push(finding.help("Choose another name."));
    }
    written.value.clone()
}

fn keep(written: &Located<Lifetime>, findings: &mut Vec<Finding>) -> Option<u32> {
    let seconds = written.value.seconds();
    if seconds >= LEAST {
        return Some(seconds);
    }
    let message = "`keep` must not be shorter than a day";
    let finding = Finding::new(&table::LIMIT_INVALID, message).at(written.span, format!("{seconds}s"));
    findings.push(finding.help("Write at least `1d`; leave it out, and everything is kept."));
    None
}
