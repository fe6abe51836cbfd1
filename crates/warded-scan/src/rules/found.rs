//! What is found in a file, for tests: each rule with the line where.

use crate::look::look;

pub(crate) fn found(path: &str, text: &str) -> Vec<String> {
    let looked = look(vec![(path.into(), text.to_owned())]);
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count().saturating_add(1);
    let each = looked.findings.iter();
    each.map(|found| format!("{} {}", found.rule.id, line(found.spot.span.start))).collect()
}
