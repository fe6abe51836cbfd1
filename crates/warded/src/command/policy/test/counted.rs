//! What have counters come to while a test runs? They are in memory, and count as those of a gateway do.

use warded_core::UnixTime;
use warded_policy::{Amount, Counter, CounterKey, Denial, Limit, Taking, Unit, Window};
use warded_store::{
    Counters as _, ReservationId, Reserved, Reserving, Settled, Span, StoreFailed, memory::Counts,
};

/// The counters of one test.
#[derive(Debug, Default)]
pub(super) struct Counted(Counts);

/// What came of taking.
pub(super) enum Taken {
    /// All of it was taken.
    All(ReservationId),
    /// Nothing was, since there would have been too much of one.
    Exceeded(Denial),
}

impl Counted {
    /// What they have come to.
    pub(super) async fn read(&self, counters: &[Counter], now: UnixTime) -> Result<Vec<Amount>, StoreFailed> {
        let counters: Vec<_> = counters.iter().map(|counter| kept(&counter.key, counter.window)).collect();
        let counts = self.0.counts(&counters, now).await?;
        Ok(counts.into_iter().map(Amount::from_millionths).collect())
    }

    /// Takes all or nothing; what is only counted and would exceed its limit is told in `shadowed`.
    pub(super) async fn take(
        &self,
        takings: &[Taking],
        shadowed: &mut Vec<Denial>,
        now: UnixTime,
    ) -> Result<Taken, StoreFailed> {
        let wanted = takings.iter().map(|taking| warded_store::Taking {
            counter: kept(&taking.key, taking.window),
            amount: taking.amount.millionths(),
            most: match taking.limit {
                Limit::AtMost(most) => most.millionths(),
                Limit::Below(end) => end.millionths().saturating_sub(1),
            },
            shadow: taking.shadow,
        });
        let wanted: Vec<_> = wanted.collect();
        let by = Reserving { node: "test", run: &[0; 16], request: "test" };
        let exceeded = |at: usize| takings.get(at).map(|taking| taking.exceeded.clone());
        Ok(match self.0.reserve_all(&wanted, &by, now).await? {
            Reserved::All { id, over } => {
                shadowed.extend(over.into_iter().filter_map(exceeded));
                Taken::All(id)
            }
            Reserved::Exceeded(at) => match exceeded(at) {
                Some(denial) => Taken::Exceeded(denial),
                None => return Err(StoreFailed::Full),
            },
        })
    }

    /// Settles what was taken for a call that has ended.
    pub(super) async fn settle(&self, id: ReservationId, end: Settled) -> Result<(), StoreFailed> {
        self.0.settle(id, end).await
    }
}

fn kept(key: &CounterKey, window: Window) -> warded_store::Counter<'_> {
    let span = match window.unit {
        Unit::Minute => Span::Minute,
        Unit::Hour => Span::Hour,
        Unit::Day => Span::Day,
    };
    let window = warded_store::Window { span, sliding: window.sliding };
    warded_store::Counter { place: &key.place, scope: &key.scope, name: &key.counter, per: &key.per, window }
}
