//! `warded audit summary`: who, where, how many.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_store::journal::segments::Record;

use super::{
    filter::Range,
    place::Place,
    scan::{Sieve, scan},
    shown,
};
use crate::{
    cli::{Answer, Format, Global},
    report,
};

/// Count calls by server, caller and client, and refusals by reason
#[derive(Debug, Args)]
pub(super) struct Summary {
    #[command(flatten)]
    range: Range,
    /// How many of each to name
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    top: usize,
}

/// What somebody did, or what was done somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Count {
    calls: u64,
    refused: u64,
    failed: u64,
}

impl Count {
    const fn all(self) -> u64 {
        self.calls + self.refused + self.failed
    }
}

#[derive(Debug, Default)]
struct Counts {
    servers: BTreeMap<String, Count>,
    subjects: BTreeMap<String, Count>,
    clients: BTreeMap<String, Count>,
    reasons: BTreeMap<String, u64>,
    strays: u64,
    unbound: u64,
    lost: u64,
    time: Option<(i64, i64)>,
}

impl Counts {
    fn take(&mut self, record: &Record<'_>) {
        let (first, last) = self.time.unwrap_or((record.time, record.time));
        self.time = Some((first.min(record.time), last.max(record.time)));
        let count = record.count.unwrap_or(1);
        let of = match (&*record.event, record.outcome.as_deref()) {
            ("lost", _) => {
                self.lost += count;
                return;
            }
            ("unbound", _) => {
                self.unbound += 1;
                return;
            }
            ("stray", _) => {
                self.strays += 1;
                Count { refused: 1, ..Count::default() }
            }
            ("counted", _) | ("call" | "refused" | "unproven", Some("refused")) => {
                Count { refused: count, ..Count::default() }
            }
            ("call" | "refused", Some("failed")) => Count { failed: 1, ..Count::default() },
            ("call" | "refused", _) => Count { calls: 1, ..Count::default() },
            _ => return,
        };
        if let Some(code) = record.code.as_deref() {
            add(&mut self.reasons, code, |reason| *reason += count);
        }
        for (map, key) in [
            (&mut self.servers, &record.server),
            (&mut self.subjects, &record.subject),
            (&mut self.clients, &record.client),
        ] {
            if let Some(key) = key.as_deref() {
                add(map, key, |held| {
                    held.calls += of.calls;
                    held.refused += of.refused;
                    held.failed += of.failed;
                });
            }
        }
    }
}

/// Without a copy of the key where it is there already.
fn add<T: Default>(map: &mut BTreeMap<String, T>, key: &str, add: impl FnOnce(&mut T)) {
    match map.get_mut(key) {
        Some(held) => add(held),
        None => add(map.entry(key.to_owned()).or_default()),
    }
}

/// The most first.
fn most<T: Copy + Ord>(map: &BTreeMap<String, T>, top: usize) -> Vec<(&String, T)> {
    let mut all: Vec<_> = map.iter().map(|(key, value)| (key, *value)).collect();
    all.sort_by(|one, other| (other.1, one.0).cmp(&(one.1, other.0)));
    all.truncate(top);
    all
}

impl Summary {
    pub(super) fn run(&self, place: &Place, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let mut counts = Counts::default();
        let lines = scan(place, self.range.seconds(now), &Sieve::default(), |record| counts.take(record))?;
        Ok(Answer::of(match global.format {
            Format::Json => report::document(&self.as_json(&counts)),
            Format::Text => self.as_text(&counts, lines),
        }))
    }

    fn as_json(&self, counts: &Counts) -> Value {
        let of = |map| {
            let rows = most(map, self.top).into_iter().map(|(name, count): (_, Count)| {
                json!({ "name": name, "calls": count.calls, "refused": count.refused, "failed": count.failed })
            });
            rows.collect::<Vec<_>>()
        };
        let reasons = most(&counts.reasons, self.top).into_iter();
        json!({
            "from": counts.time.map(|(first, _)| first),
            "to": counts.time.map(|(_, last)| last),
            "servers": of(&counts.servers),
            "subjects": of(&counts.subjects),
            "clients": of(&counts.clients),
            "reasons": reasons.map(|(code, count)| json!({ "code": code, "count": count })).collect::<Vec<_>>(),
            "strays": counts.strays,
            "unbound": counts.unbound,
            "lost": counts.lost,
        })
    }

    fn as_text(&self, counts: &Counts, lines: u64) -> String {
        let Some((first, last)) = counts.time else {
            return format!("nothing was recorded then, among {lines} lines\n");
        };
        let mut text = format!("{} to {} UTC\n", shown::time(first), shown::time(last));
        for (title, map) in
            [("SERVER", &counts.servers), ("CALLER", &counts.subjects), ("CLIENT", &counts.clients)]
        {
            let mut ranked: Vec<_> = map.iter().map(|(name, count)| (name, *count)).collect();
            ranked.sort_by(|one, other| (other.1.all(), one.0).cmp(&(one.1.all(), other.0)));
            let head = [title, "CALLS", "REFUSED", "FAILED"].map(str::to_owned).to_vec();
            let rows = ranked.iter().take(self.top).map(|(name, count)| {
                let Count { calls, refused, failed } = count;
                vec![report::escaped(name), calls.to_string(), refused.to_string(), failed.to_string()]
            });
            let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
            if rows.len() > 1 {
                text += &format!("\n{}", report::table(&rows));
            }
        }
        let reasons = most(&counts.reasons, self.top);
        let head = ["REASON", "TIMES"].map(str::to_owned).to_vec();
        let rows = reasons.iter().map(|(code, count)| vec![report::escaped(code), count.to_string()]);
        let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
        if rows.len() > 1 {
            text += &format!("\n{}", report::table(&rows));
        }
        if counts.strays + counts.unbound > 0 {
            text += "\nTokens were presented where they do not belong, or asked for by clients that name no server: \
                     `warded audit detect`.\n";
        }
        if counts.lost > 0 {
            text += &format!("\n{} records were lost, for want of room.\n", counts.lost);
        }
        text
    }
}
