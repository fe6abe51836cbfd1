//! `warded audit follow`: records as they are written.

use std::{collections::HashMap, io::Write as _, path::Path, time::Duration};

use anyhow::Context as _;
use clap::Args;
use warded_core::UnixTime;
use warded_store::journal::segments::{Lines, Record, Segment, segments};

use super::{filter::Filter, place::Place, scan::Calls, shown};
use crate::cli::{Answer, Format, Global};

/// How often is looked for more.
const PACE: Duration = Duration::from_millis(250);

/// Show records as they are written, until it is interrupted
///
/// It begins with what is written from now on, or with --since. It goes on when the journal goes on in another file.
#[derive(Debug, Args)]
pub(super) struct Follow {
    #[command(flatten)]
    filter: Filter,
}

/// Where one node is read.
struct Node {
    segment: Segment,
    lines: Lines,
    calls: Calls,
}

impl Follow {
    pub(super) fn run(&self, place: &Place, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let (since, until) = self.filter.range().seconds(now);
        let from_the_end = self.filter.range().since.is_none();
        let mut nodes = HashMap::new();
        let mut is_first = true;
        loop {
            let goes_on = look(&place.journal, &mut nodes, is_first && from_the_end)?;
            is_first = false;
            let mut shown = String::new();
            for node in nodes.values_mut() {
                while let Some(line) = node.lines.next_line().context("cannot read the journal")? {
                    let Some(record) = Record::read(line) else { continue };
                    let mut show = |record: &Record<'_>| {
                        if (since..=until).contains(&record.time) && self.filter.admits(record) {
                            shown += &one(record, global.format);
                        }
                    };
                    match &*record.event {
                        "end" => node.calls.end(&record, show),
                        "call" if record.outcome.is_none() => {
                            show(&record);
                            node.calls.begin(&record, line);
                        }
                        _ => show(&record),
                    }
                }
            }
            let mut stdout = anstream::stdout().lock();
            if stdout.write_all(shown.as_bytes()).and_then(|()| stdout.flush()).is_err() {
                // Whoever reads has read enough.
                return Ok(Answer::default());
            }
            drop(stdout);
            if !goes_on {
                std::thread::sleep(PACE);
            }
        }
    }
}

/// Looks for nodes that are new, and goes on to the next file where one has ended; says whether there is one.
fn look(folder: &Path, nodes: &mut HashMap<String, Node>, from_the_end: bool) -> anyhow::Result<bool> {
    let mut goes_on = false;
    for (name, segments) in segments(folder).context("cannot read the folder of the journal")? {
        match nodes.get_mut(&name) {
            None => {
                let segment = if from_the_end { segments.last() } else { segments.first() };
                let Some(segment) = segment else { continue };
                let start = if from_the_end { segment.last_line()?.0 } else { 0 };
                let lines = segment.lines(start)?;
                nodes.insert(name, Node { segment: segment.clone(), lines, calls: Calls::default() });
            }
            Some(node) => goes_on |= node.go_on(&segments)?,
        }
    }
    Ok(goes_on)
}

impl Node {
    /// The next file exists only once this one is done; what is left of this one is read first.
    fn go_on(&mut self, segments: &[Segment]) -> anyhow::Result<bool> {
        let is_read = self.lines.offset() >= self.segment.last_line().map_or(0, |(whole, _)| whole);
        let next = segments.iter().find(|next| next.first > self.segment.first).filter(|_| is_read);
        if let Some(next) = next {
            self.lines = next.lines(0)?;
            self.segment = next.clone();
        }
        Ok(next.is_some())
    }
}

fn one(record: &Record<'_>, format: Format) -> String {
    match format {
        Format::Json => shown::json(record),
        Format::Text => shown::row(record).join("   ") + "\n",
    }
}
