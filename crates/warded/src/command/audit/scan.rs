//! Every record of a journal, oldest first, with the two records of a call as one.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, bail};
use warded_store::journal::segments::{Record, Segment, segments};

use super::place::Place;

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// Lines.
    pub(super) lines: u64,
    /// Those that are no records.
    pub(super) strange: u64,
}

const DAY: i64 = 24 * 60 * 60;

/// Shows each record of a time to somebody. A call that lasted is shown where it ended, one that has not ended at last.
pub(super) fn scan(
    place: &Place,
    (since, until): (i64, i64),
    mut each: impl FnMut(&Record<'_>),
) -> anyhow::Result<Read> {
    let name = place.journal.display();
    let nodes = segments(&place.journal).with_context(|| format!("cannot read the folder {name}"))?;
    if nodes.is_empty() {
        bail!("there is no journal in {name}; --journal names another folder");
    }
    let mut read = Read::default();
    for segments in nodes.into_values() {
        let mut calls = Calls::default();
        for segment in segments {
            one(&segment, (since, until), &mut calls, &mut each, &mut read)
                .with_context(|| format!("cannot read {}", segment.path.display()))?;
        }
        calls.left(|record| each(&record));
    }
    Ok(read)
}

fn one(
    segment: &Segment,
    (since, until): (i64, i64),
    calls: &mut Calls,
    each: &mut impl FnMut(&Record<'_>),
    read: &mut Read,
) -> std::io::Result<()> {
    let mut lines = segment.lines(0)?;
    let mut is_first = true;
    while let Some(line) = lines.next_line()? {
        read.lines += 1;
        let Some(record) = Record::read(line) else {
            read.strange += 1;
            continue;
        };
        // A file has records of one day, give or take what waited for a disk.
        if std::mem::take(&mut is_first) && record.time < since.saturating_sub(2 * DAY) {
            return Ok(());
        }
        match &*record.event {
            "call" if record.outcome.is_none() => {
                if (since..=until).contains(&record.time) {
                    calls.begin(&record, line);
                }
            }
            "end" => calls.end(&record, &mut *each),
            _ if (since..=until).contains(&record.time) => each(&record),
            _ => {}
        }
    }
    Ok(())
}

/// Calls that have begun, as their lines have them.
#[derive(Debug, Default)]
pub(super) struct Calls(HashMap<u64, Box<[u8]>>);

impl Calls {
    pub(super) fn begin(&mut self, record: &Record<'_>, line: &[u8]) {
        if let Some(call) = record.call {
            self.0.insert(call, line.into());
        }
    }

    /// Shows the call that has ended, if it is one that was asked for.
    pub(super) fn end(&mut self, end: &Record<'_>, each: impl FnOnce(&Record<'_>)) {
        let line = end.call.and_then(|call| self.0.remove(&call));
        if let Some(mut call) = line.as_deref().and_then(Record::read) {
            call.outcome.clone_from(&end.outcome);
            call.code.clone_from(&end.code);
            (call.status, call.bytes, call.duration_ms) = (end.status, end.bytes, end.duration_ms);
            each(&call);
        }
    }

    /// Those that have not ended, or whose end died with the process.
    fn left(self, mut each: impl FnMut(Record<'_>)) {
        let in_order: BTreeMap<_, _> = self.0.into_iter().collect();
        in_order.values().filter_map(|line| Record::read(line)).for_each(&mut each);
    }
}
