//! May all of this be taken? The one place where amounts are added up and held against limits, for every store.

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
};

use warded_core::UnixTime;

use super::{Key, Taken, Taking};

/// Rows of counters, by where they begin.
#[derive(Debug, Default)]
pub(crate) struct Tally(HashMap<Key, BTreeMap<i64, i64>>);

/// What is to be taken of one row.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    pub(crate) key: Key,
    /// The rows that count together.
    pub(crate) rows: RangeInclusive<i64>,
    pub(crate) most: i64,
    pub(crate) is_shadow: bool,
    pub(crate) taken: Taken,
}

impl Draw {
    pub(crate) fn of(taking: &Taking<'_>, now: UnixTime) -> Self {
        let Taking { counter, most, shadow, .. } = *taking;
        let (key, rows) = (counter.key(), counter.window.rows(now));
        Self { key, rows, most, is_shadow: shadow, taken: Taken::of(taking, now) }
    }

    /// Has it told as too much, whatever its limit is.
    pub(crate) fn pass_over(&mut self) {
        // More than this is there always, even if it is nothing.
        self.most = i64::MIN;
    }

    /// Whether there would be too much. The largest amount stands for all that are larger still.
    fn exceeds(&self, sum: i64) -> bool {
        let total = sum.checked_add(self.taken.amount).filter(|_| self.taken.amount < i64::MAX);
        total.is_none_or(|total| total > self.most)
    }
}

impl Tally {
    /// What some rows of a counter come to.
    pub(crate) fn sum(&self, key: &Key, rows: &RangeInclusive<i64>) -> i64 {
        let counter = self.0.get(key).into_iter();
        counter
            .flat_map(|counter| counter.range(rows.clone()))
            .fold(0, |sum, (_, row)| sum.saturating_add(*row))
    }

    /// What stands in a row; none where there is no such row.
    pub(crate) fn row(&self, key: &Key, start: i64) -> Option<i64> {
        self.0.get(key)?.get(&start).copied()
    }

    /// Enters a row as it was found elsewhere, unless it is here already.
    #[cfg(feature = "sqlite")]
    pub(crate) fn found(&mut self, key: Key, start: i64, amount: i64) {
        self.0.entry(key).or_default().entry(start).or_insert(amount);
    }

    /// Forgets a row.
    pub(crate) fn forget(&mut self, key: &Key, start: i64) {
        if let Some(counter) = self.0.get_mut(key) {
            counter.remove(&start);
            if counter.is_empty() {
                self.0.remove(key);
            }
        }
    }

    /// Takes all, and says which would have been too much of those that only count; or takes nothing, and says which is too
    /// much.
    ///
    /// All are of one time. However many there are, what they cost is a share for each.
    pub(crate) fn take(&mut self, draws: &[Draw]) -> Result<Vec<usize>, usize> {
        let (mut over, mut sums) = (Vec::new(), HashMap::new());
        for (place, draw) in draws.iter().enumerate() {
            let sum = sums.entry((draw.key, &draw.rows)).or_insert_with(|| self.sum(&draw.key, &draw.rows));
            if !draw.exceeds(*sum) {
                *sum = sum.saturating_add(draw.taken.amount);
                self.add(draw);
            } else if draw.is_shadow {
                over.push(place);
            } else {
                for (earlier, draw) in draws.iter().take(place).enumerate() {
                    if over.binary_search(&earlier).is_err() {
                        self.give_back(&draw.key, &draw.taken);
                    }
                }
                return Err(place);
            }
        }
        Ok(over)
    }

    fn add(&mut self, draw: &Draw) {
        if draw.taken.amount > 0 {
            let row = self.0.entry(draw.key).or_default().entry(draw.taken.start).or_default();
            *row = row.saturating_add(draw.taken.amount);
        }
    }

    /// Gives back to the row from which it was taken what was taken of it. A row that is gone is over; one in which nothing is
    /// left stays, as long as whoever keeps it has not heard of that.
    pub(crate) fn give_back(&mut self, key: &Key, taken: &Taken) {
        if let Some(row) = self.0.get_mut(key).and_then(|counter| counter.get_mut(&taken.start)) {
            *row = row.saturating_sub(taken.amount).max(0);
        }
    }
}

/// What was taken, of each row once, where these have been too much (in their order) and all others were taken.
pub(crate) fn taken(draws: &[Draw], over: &[usize]) -> Vec<(Key, Taken)> {
    let (mut places, mut all) = (HashMap::new(), Vec::<(Key, Taken)>::new());
    for (place, draw) in draws.iter().enumerate() {
        if draw.taken.amount == 0 || over.binary_search(&place).is_ok() {
            continue;
        }
        let at = *places.entry((draw.key, draw.taken.start)).or_insert(all.len());
        match all.get_mut(at) {
            // It was added up in the row already, and fitted.
            Some((_, taken)) => taken.amount = taken.amount.saturating_add(draw.taken.amount),
            None => all.push((draw.key, draw.taken.clone())),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Counter, Span, Window};

    fn draw(name: &str, amount: i64, most: i64, shadow: bool) -> Draw {
        let window = Window::calendar(Span::Minute);
        let counter = Counter { place: "", scope: "", name, per: "", window };
        Draw::of(&Taking { counter, amount, most, shadow }, UnixTime::from_seconds(0))
    }

    fn sum(tally: &Tally, name: &str) -> i64 {
        let Draw { key, rows, .. } = draw(name, 0, 0, false);
        tally.sum(&key, &rows)
    }

    #[test]
    fn what_cannot_be_added_up_exceeds() {
        let mut tally = Tally::default();
        for (amount, most, is_let) in [
            (i64::MAX, i64::MAX, false),
            (i64::MAX - 1, i64::MAX, true),
            (2, i64::MAX, false),
            (1, i64::MAX, true),
            (1, i64::MAX, false),
            (0, i64::MAX, true),
            (0, i64::MAX - 1, false),
        ] {
            assert_eq!(tally.take(&[draw("a", amount, most, false)]).is_ok(), is_let, "{amount} of {most}");
        }
        assert_eq!(sum(&tally, "a"), i64::MAX);
    }

    #[test]
    fn less_than_nothing_is_nothing() {
        let mut tally = Tally::default();
        assert_eq!(tally.take(&[draw("a", 5, 5, false), draw("a", -3, 5, false)]), Ok(vec![]));
        assert_eq!(tally.take(&[draw("a", i64::MIN, 5, false), draw("a", 1, 5, false)]), Err(1));
        assert_eq!(tally.take(&[draw("a", -1, 4, false)]), Err(0), "there is too much already");
        assert_eq!(sum(&tally, "a"), 5);
    }

    #[test]
    fn one_that_is_too_much_gives_everything_back_and_nothing_that_was_not_taken() {
        let mut tally = Tally::default();
        assert_eq!(tally.take(&[draw("a", 2, 5, false), draw("s", 4, 5, true)]), Ok(vec![]));
        let draws = [
            draw("a", 1, 5, false),
            draw("s", 2, 5, true),
            draw("s", 1, 5, true),
            draw("a", 1, 5, false),
            draw("a", 2, 5, false),
        ];
        assert_eq!(tally.take(&draws), Err(4), "of one counter all are taken together");
        assert_eq!((sum(&tally, "a"), sum(&tally, "s")), (2, 4));
        assert_eq!(tally.take(&draws[..4]), Ok(vec![1]));
        assert_eq!((sum(&tally, "a"), sum(&tally, "s")), (4, 5));
    }

    #[test]
    fn nothing_is_left_of_what_is_forgotten_and_no_row_is_made_for_nothing() {
        let mut tally = Tally::default();
        assert_eq!(tally.take(&[draw("a", 0, 5, false)]), Ok(vec![]));
        assert!(tally.0.is_empty());
        let one = draw("a", 1, 5, false);
        assert_eq!(tally.take(std::slice::from_ref(&one)), Ok(vec![]));
        tally.forget(&one.key, 0);
        tally.forget(&one.key, 0);
        tally.give_back(&one.key, &one.taken);
        assert!(tally.0.is_empty());
    }
}
