//! What is asked for: each counter once, and not more than can be answered while others wait.

use std::{collections::HashMap, ops::RangeInclusive};

use warded_core::UnixTime;

use super::{Counter, Key, MOST_TAKINGS, Taking, tally::Draw};
use crate::StoreFailed;

/// Counters, each once.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Which rows of which of them.
    pub(crate) rows: Vec<(Key, RangeInclusive<i64>)>,
    /// At which of them each stands that was asked for.
    places: Vec<usize>,
}

impl Asked {
    /// Whoever sends a thousand messages in one asks a thousand times for the same few.
    pub(crate) fn for_all(counters: &[Counter<'_>], now: UnixTime) -> Result<Self, StoreFailed> {
        let (mut known, mut rows) = (HashMap::new(), Vec::new());
        let mut places = Vec::with_capacity(counters.len());
        for counter in counters {
            places.push(*known.entry(counter).or_insert_with(|| {
                rows.push((counter.key(), counter.window.rows(now)));
                rows.len() - 1
            }));
        }
        if rows.len() > MOST_TAKINGS { Err(StoreFailed::TooMuch) } else { Ok(Self { rows, places }) }
    }

    /// What each has come to that was asked for, by what each of [`Asked::rows`] has.
    pub(crate) fn answer(&self, sums: &[i64]) -> Vec<i64> {
        self.places.iter().map(|place| sums.get(*place).copied().unwrap_or(i64::MAX)).collect()
    }
}

/// What is to be taken of rows. All of it is of one time.
pub(crate) fn draws(takings: &[Taking<'_>], now: UnixTime) -> Result<Vec<Draw>, StoreFailed> {
    if takings.len() > MOST_TAKINGS {
        return Err(StoreFailed::TooMuch);
    }
    Ok(takings.iter().map(|taking| Draw::of(taking, now)).collect())
}
