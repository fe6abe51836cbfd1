//! How many threads serve?

use crate::{
    config::Located,
    finding::{Finding, table},
};

/// More would only wait for each other.
const MOST: u16 = 1024;

/// Reads how many are wanted.
pub(super) fn wanted(written: Option<&Located<u16>>, findings: &mut Vec<Finding>) -> Option<usize> {
    let written = written?;
    if (1..=MOST).contains(&written.value) {
        return Some(written.value.into());
    }
    let message = format!("`workers` must lie between 1 and {MOST}");
    let finding = Finding::new(&table::LIMIT_INVALID, message).at(written.span, "this many");
    findings.push(finding.help("Leave it out, and there is one for each processor."));
    None
}
