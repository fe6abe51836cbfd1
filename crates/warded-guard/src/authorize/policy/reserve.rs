//! What was taken for a call, until it is known how the call ended? A reservation that is settled exactly once.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use tokio::{runtime::Handle, task::JoinHandle};
use warded_core::UnixTime;
use warded_policy::{Limit, Taking, Unit};
use warded_store::{Counter, ReservationId, Reserved, Reserving, Settled, Span, Use, Window};

use super::{Policing, refused, round::Round, rule, unlooked};
use crate::{
    Ledger,
    answer::{Asked, Stop},
    call::{Call, Id, Kind, Message},
    ledger::{Before, Who},
    record::Witness,
};

/// How a call ended, for whatever was taken for it.
pub(crate) use warded_store::Settled as End;

/// What was taken for a call. Dropped, it is settled nevertheless: given back where the call was not yet sent, and kept where it
/// may have been made.
#[derive(Debug)]
pub(crate) struct Reservation {
    open: Option<Open>,
    sending: Sending,
    is_batch: bool,
    /// The requests that it is for; none where one of its messages has no answer.
    awaited: Option<Vec<Id>>,
    /// What its caller had called off by then.
    before: Before,
}

/// Whether a call was sent on: from then on it may have been made, whatever is heard of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sending(Arc<AtomicBool>);

impl Sending {
    pub(crate) fn is_sent(&self) -> bool {
        self.0.load(SeqCst)
    }

    pub(crate) fn says(&self, is_sent: bool) {
        self.0.store(is_sent, SeqCst);
    }
}

#[derive(Debug)]
struct Open {
    ledger: Ledger,
    id: Option<ReservationId>,
    uses: Vec<Use>,
    /// In which round the call is, where it may have several.
    round: Option<Box<Round>>,
}

impl Open {
    async fn settle(self, end: Settled) {
        let Self { ledger, id, uses, .. } = self;
        if let Some(id) = id
            && let Err(why) = ledger.counters.settle(id, end).await
        {
            // It stays counted, and is told as uncertain at the next start.
            tracing::warn!(reservation = %id, "how a counted call ended could not be written down: {why}");
        }
        if end == Settled::RolledBack {
            for used in uses {
                if let Err(why) = ledger.approvals.restore_approval(&used).await {
                    tracing::warn!("an approval stays used although its call came to nothing: {why}");
                }
            }
        }
    }
}

impl Reservation {
    /// For these messages of a call, of which nothing is taken yet.
    pub(super) fn of(ledger: &Ledger, who: Who, call: &Call, messages: impl Iterator<Item = usize>) -> Self {
        // What one message takes of several counters is one call.
        let messages: BTreeSet<usize> = messages.collect();
        let awaited = messages.into_iter().map(|at| {
            let message = call.messages().get(at)?;
            message.id().cloned().filter(|_| message.kind() == Kind::Request)
        });
        // Nobody can tell the answers to two requests with one id apart, and the cheap one's error would give back what the dear
        // one took.
        let ids =
            || call.messages().iter().filter(|sent| sent.kind() == Kind::Request).filter_map(Message::id);
        let are_told_apart = ids().collect::<HashSet<_>>().len() == ids().count();
        let awaited = if are_told_apart { awaited.collect() } else { None };
        let open = Open { ledger: ledger.clone(), id: None, uses: Vec::new(), round: None };
        let before = ledger.called_off.until_now(who);
        let (sending, is_batch) = (Sending::default(), call.is_batch());
        Self { open: Some(open), sending, is_batch, awaited, before }
    }

    pub(super) fn takes(&mut self, id: ReservationId) {
        if let Some(open) = &mut self.open {
            open.id = Some(id);
        }
    }

    pub(super) fn uses(&mut self, used: Use) {
        if let Some(open) = &mut self.open {
            open.uses.push(used);
        }
    }

    pub(super) fn is_round(&mut self, round: Round) {
        if let Some(open) = &mut self.open {
            open.round = Some(Box::new(round));
        }
    }

    /// The server asks for more before the call has ended, and gives this state along.
    pub(crate) fn goes_on(&self, state: Option<&str>) {
        if let Some(round) = self.open.as_ref().and_then(|open| open.round.as_ref()) {
            round.goes_on(state);
        }
    }

    /// Whether the call was sent on yet.
    pub(crate) fn sending(&self) -> &Sending {
        &self.sending
    }

    /// Whether it is for a list of messages.
    pub(crate) fn is_batch(&self) -> bool {
        self.is_batch
    }

    /// The requests whose answers say how the call ended; none where no answer could.
    pub(crate) fn awaited(&self) -> Option<&[Id]> {
        self.awaited.as_deref().filter(|ids| !ids.is_empty())
    }

    /// Settles it, whether or not somebody waits for that. What is settled already stays as it is.
    pub(crate) fn ends(&mut self, end: End) -> Option<JoinHandle<()>> {
        let mut open = self.open.take()?;
        // Whoever calls off a call that was made must not get back what it took.
        let is_called_off = self.sending.is_sent() && open.ledger.called_off.any_since(self.before);
        let end = if is_called_off { End::Committed } else { end };
        if let Some(round) = open.round.take()
            && end == End::Committed
        {
            round.used_up();
        }
        // Without a runtime nobody can reach the store: what was taken stays taken.
        let runtime = Handle::try_current().ok()?;
        Some(runtime.spawn(open.settle(end)))
    }

    /// Settles it, and comes back when that is done.
    pub(crate) async fn settled(mut self, end: End) {
        if let Some(settling) = self.ends(end) {
            // Nothing in it panics; and if it did, it would stay counted.
            let _settled = settling.await;
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // Whoever hangs up must not get back what may have been spent.
        drop(self.ends(if self.sending.is_sent() { End::Committed } else { End::RolledBack }));
    }
}

impl Policing {
    /// Reserves what a call counts for, all or nothing.
    pub(super) async fn reserve(
        &self,
        takings: &[(usize, Taking)],
        reservation: &mut Reservation,
        call: &Call,
        asked: &mut Asked,
        witness: &mut Witness,
        now: UnixTime,
    ) -> Result<(), Stop> {
        if takings.is_empty() {
            return Ok(());
        }
        let wanted: Vec<_> = takings.iter().map(|(_, taking)| wanted(taking)).collect();
        let request = asked.request.to_string();
        let by = Reserving { node: &self.ledger.node, run: &self.ledger.run, request: &request };
        let reserved = match self.ledger.counters.reserve_all(&wanted, &by, now).await {
            Ok(reserved) => reserved,
            Err(why) if takings.iter().all(|(_, taking)| taking.shadow) => {
                self.unlooked(&why, now);
                witness.sees_shadowed(takings.iter().map(|(_, taking)| unlooked(taking)));
                return Ok(());
            }
            Err(why) => return Err(self.uncounted(&why, now)),
        };
        match reserved {
            Reserved::All { id, over } => {
                reservation.takes(id);
                let over = over.iter().filter_map(|place| takings.get(*place));
                witness.sees_shadowed(over.map(|(_, taking)| rule(&taking.exceeded)));
                Ok(())
            }
            Reserved::Exceeded(place) => {
                let exceeded = takings.get(place).or(takings.first());
                let exceeded = exceeded.map(|(at, taking)| (*at, taking.exceeded.clone()));
                Err(refused(exceeded.into_iter().collect(), call, asked))
            }
        }
    }
}

fn wanted(taking: &Taking) -> warded_store::Taking<'_> {
    let most = match taking.limit {
        Limit::AtMost(most) => most.millionths(),
        // Millionths are all that is counted.
        Limit::Below(end) => end.millionths().saturating_sub(1),
    };
    warded_store::Taking {
        counter: named(&taking.key, taking.window),
        amount: taking.amount.millionths(),
        most,
        shadow: taking.shadow,
    }
}

/// A counter as the store knows it.
pub(super) fn counter(counter: &warded_policy::Counter) -> Counter<'_> {
    named(&counter.key, counter.window)
}

fn named(key: &warded_policy::CounterKey, window: warded_policy::Window) -> Counter<'_> {
    let span = match window.unit {
        Unit::Minute => Span::Minute,
        Unit::Hour => Span::Hour,
        Unit::Day => Span::Day,
    };
    let window = Window { span, sliding: window.sliding };
    Counter { place: &key.place, scope: &key.scope, name: &key.counter, per: &key.per, window }
}
