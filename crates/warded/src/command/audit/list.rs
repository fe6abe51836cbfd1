//! `warded audit list`: records, one to a line.

mod latest;

use clap::Args;
use warded_core::UnixTime;
use warded_store::journal::segments::{Record, Segment};

use self::latest::Latest;
use super::{
    filter::Filter,
    place::Place,
    scan::{begin, nodes, of_node},
    shown,
};
use crate::{
    cli::{Answer, Format, Global},
    report,
};

/// How many more files are read where those that were read have too few.
const FURTHER: usize = 8;

/// List calls, refusals and stray tokens, the latest last
///
/// A call and its end are one line. With --format json each line is a JSON object.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    filter: Filter,
    /// The latest so many; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
}

impl List {
    pub(super) fn run(&self, place: &Place, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let row = |record: &Record<'_>| match global.format {
            Format::Json => vec![shown::json(record)],
            Format::Text => shown::row(record),
        };
        let Found { rows, lines, earlier } = self.latest(&nodes(place)?, now, row)?;
        let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
        if global.format == Format::Json {
            return Ok(Answer::of(rows.concat().concat()));
        }
        let mut text = String::new();
        if !rows.is_empty() {
            let lines: Vec<_> = std::iter::once(shown::head()).chain(rows).collect();
            text = report::table(&lines);
        } else if !global.quiet {
            text = format!("no such record among {lines} lines\n");
        }
        if earlier && !global.quiet {
            text += "\nearlier ones are not shown; --limit 0 shows all\n";
        }
        Ok(Answer::of(text))
    }

    /// The latest are in the last files: of a journal of millions few are read, unless few of them are asked for.
    fn latest(
        &self,
        nodes: &[Vec<Segment>],
        now: UnixTime,
        row: impl Fn(&Record<'_>) -> Vec<String>,
    ) -> anyhow::Result<Found> {
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let (range, sieve) = (self.filter.range().seconds(now), self.filter.sieve());
        let mut depth = if self.limit == 0 { usize::MAX } else { 1 };
        loop {
            let (mut latest, mut lines) = (Latest::new(limit), 0);
            // From then on nothing is in a file that was not read.
            let mut complete = i64::MIN;
            for segments in nodes {
                let last = segments.get(segments.len().saturating_sub(depth)..).unwrap_or_default();
                if last.len() < segments.len() {
                    complete = complete.max(begin(last)?.unwrap_or(i64::MAX));
                }
                lines += of_node(last, range, &sieve, |record| {
                    if self.filter.admits(record) {
                        latest.keep(record.time, || row(record));
                    }
                })?;
            }
            let is_all = complete == i64::MIN || complete < range.0;
            let earlier = latest.has_left_some() || !is_all;
            let rows = latest.in_order();
            let before = rows.partition_point(|(time, _)| *time < complete);
            if !is_all && rows.len() - before < limit {
                depth = depth.saturating_mul(FURTHER);
                continue;
            }
            return Ok(Found { rows, lines, earlier });
        }
    }
}

type Row = (i64, Vec<String>);

/// What is listed.
struct Found {
    rows: Vec<Row>,
    /// How many lines were read.
    lines: u64,
    /// Whether there are, or may be, more before.
    earlier: bool,
}
