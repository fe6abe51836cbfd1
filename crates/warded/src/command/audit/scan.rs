//! Every record of a journal, oldest first, with the two records of a call as one.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, bail};
use memchr::memmem::{self, Finder};
use warded_store::journal::segments::{Record, Segment, segments};

use super::place::Place;

/// What stands in every record that is asked for. Looking for it costs a fraction of reading the record, and few of
/// millions are read then.
#[derive(Debug, Default)]
pub(super) struct Sieve(Vec<Finder<'static>>);

impl Sieve {
    /// A text that a record must have as the value of some member.
    pub(super) fn needs(&mut self, value: &str) {
        // As the journal writes it.
        if let Ok(written) = serde_json::to_vec(value) {
            self.0.push(Finder::new(&written).into_owned());
        }
    }

    fn lets_through(&self, line: &[u8]) -> bool {
        self.0.iter().all(|needed| needed.find(line).is_some())
    }
}

/// By how much a clock may have been wrong in the middle of a file.
const HOUR: i64 = 60 * 60;

/// The files of each node, the oldest first.
pub(super) fn nodes(place: &Place) -> anyhow::Result<Vec<Vec<Segment>>> {
    let name = place.journal.display();
    let nodes = segments(&place.journal).with_context(|| format!("cannot read the folder {name}"))?;
    if nodes.is_empty() {
        bail!("there is no journal in {name}; --journal names another folder");
    }
    Ok(nodes.into_values().collect())
}

/// Shows each record of a time to somebody; says how many there were. A call that lasted is shown where it ended, one that
/// has not ended at last.
pub(super) fn scan(
    place: &Place,
    range: (i64, i64),
    sieve: &Sieve,
    mut each: impl FnMut(&Record<'_>),
) -> anyhow::Result<u64> {
    nodes(place)?.iter().map(|segments| of_node(segments, range, sieve, &mut each)).sum()
}

/// The same for these files of one node.
pub(super) fn of_node(
    segments: &[Segment],
    range: (i64, i64),
    sieve: &Sieve,
    mut each: impl FnMut(&Record<'_>),
) -> anyhow::Result<u64> {
    let (mut count, mut calls) = (0, Calls::default());
    for segment in segments {
        count += one(segment, range, sieve, &mut calls, &mut each)
            .with_context(|| format!("cannot read {}", segment.path.display()))?;
    }
    calls.left(|record| each(&record));
    Ok(count)
}

/// When the first record of these files was made; none where there is none.
pub(super) fn begin(segments: &[Segment]) -> anyhow::Result<Option<i64>> {
    for segment in segments {
        if let Some(line) = segment.lines(0)?.next_line()? {
            return Ok(Record::read(line).map(|record| record.time));
        }
    }
    Ok(None)
}

fn one(
    segment: &Segment,
    (since, until): (i64, i64),
    sieve: &Sieve,
    calls: &mut Calls,
    each: &mut impl FnMut(&Record<'_>),
) -> std::io::Result<u64> {
    if is_over_before(segment, since)? {
        return Ok(0);
    }
    let mut lines = segment.lines(0)?;
    let mut count = 0;
    while let Some(line) = lines.next_line()? {
        count += 1;
        // The end of a call says nothing of whose it was.
        let is_looked_at = || sieve.lets_through(line) || calls.may_end(line);
        if !is_looked_at() {
            continue;
        }
        let Some(record) = Record::read(line) else {
            continue;
        };
        match &*record.event {
            "end" => calls.end(&record, &mut *each),
            _ if !(since..=until).contains(&record.time) => {}
            "call" if record.outcome.is_none() => calls.begin(&record, line),
            _ => each(&record),
        }
    }
    Ok(count)
}

/// Whether the last record of a file is older than what is asked for: then all of them are. It is found from the end, so
/// that of a journal of years only what is asked for is read.
fn is_over_before(segment: &Segment, since: i64) -> std::io::Result<bool> {
    let since = since.saturating_sub(HOUR);
    if since == i64::MIN {
        return Ok(false);
    }
    let (_, last) = segment.last_line()?;
    Ok(last.as_deref().and_then(Record::read).is_some_and(|last| last.time < since))
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

    /// Whether a line may be the end of one of them.
    fn may_end(&self, line: &[u8]) -> bool {
        !self.0.is_empty() && memmem::find(line, br#""event":"end""#).is_some()
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
