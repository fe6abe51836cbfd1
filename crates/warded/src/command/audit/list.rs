//! `warded audit list`: records, one to a line.

use std::collections::VecDeque;

use clap::Args;
use warded_core::UnixTime;

use super::{filter::Filter, place::Place, scan::scan, shown};
use crate::{
    cli::{Answer, Format, Global},
    report,
};

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
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let mut latest = Latest { limit, rows: VecDeque::new(), beyond: 0 };
        let lines = scan(place, self.filter.range().seconds(now), &self.filter.sieve(), |record| {
            if self.filter.admits(record) {
                let row = || match global.format {
                    Format::Json => vec![shown::json(record)],
                    Format::Text => shown::row(record),
                };
                latest.keep(record.time, row);
            }
        })?;
        let Latest { rows, beyond, .. } = latest;
        let mut rows: Vec<_> = rows.into();
        // Nodes come one after the other, and a call where it ended.
        rows.sort_by_key(|(time, _)| *time);
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
        if beyond > 0 && !global.quiet {
            text += &format!("\n{beyond} earlier ones are not shown; --limit 0 shows all\n");
        }
        Ok(Answer::of(text))
    }
}

type Row = (i64, Vec<String>);

/// The last rows.
struct Latest {
    limit: usize,
    rows: VecDeque<Row>,
    beyond: u64,
}

impl Latest {
    fn keep(&mut self, time: i64, row: impl FnOnce() -> Vec<String>) {
        if self.rows.len() == self.limit {
            self.rows.pop_front();
            self.beyond += 1;
        }
        self.rows.push_back((time, row()));
    }
}
