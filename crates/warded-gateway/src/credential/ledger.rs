//! Is an issuer asked for a token now? Once at a time for each caller, and not again at once where it failed. Decisions
//! only: nobody is asked here, and there is no clock.

use std::collections::{HashMap, VecDeque};

use tokio::sync::watch;
use warded_core::{Fault, UnixTime};

use super::coin::Whose;

/// Most callers for whom the issuer is asked, or who wait for their turn.
const MAX_RUNNING: usize = 512;
/// For how many seconds at most nobody is asked after a failure that concerns everybody; at first it is one.
const LONGEST_PAUSE: i64 = 30;
/// For how many seconds nobody asks for a caller again for whom there was nothing, and how many of those are remembered.
const CALLER_PAUSE: i64 = 10;
const MAX_REFUSED: usize = 4096;

/// Why there is no token, and for whom it is in vain to ask again at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) fault: Fault,
    pub(super) in_vain: InVain,
}

/// For whom it is in vain to ask again at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InVain {
    Everybody,
    Caller,
    /// Nobody was asked: there was no turn.
    Nobody,
}

/// What comes of asking.
pub(super) type Outcome<T> = Result<T, Failure>;
type Hearing<T> = watch::Receiver<Option<Outcome<T>>>;

/// What is done about a caller without a token.
pub(super) enum Entry<T> {
    /// It failed a moment ago; it may be better in so many seconds.
    Wait(Fault, u32),
    /// Somebody is asking.
    Running(Hearing<T>),
    /// Ask, and tell everybody.
    Begun(watch::Sender<Option<Outcome<T>>>, Hearing<T>),
}

pub(super) struct Ledger<T> {
    running: HashMap<Whose, Hearing<T>>,
    /// How often in a row it failed for everybody, why, and until when nobody is asked.
    failed: Option<(u32, Fault, UnixTime)>,
    refused: HashMap<Whose, (Fault, UnixTime)>,
    /// The refused ones, the oldest first.
    order: VecDeque<Whose>,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self { running: HashMap::new(), failed: None, refused: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T: Clone> Ledger<T> {
    /// Looks a caller up, and enters it where the issuer is to be asked.
    pub(super) fn enter(&mut self, whose: Whose, now: UnixTime) -> Entry<T> {
        if let Some(running) = self.running.get(&whose) {
            // Whoever asked may have gone without an end: its runtime was shut down.
            if running.has_changed().is_ok() || running.borrow().is_some() {
                return Entry::Running(running.clone());
            }
            self.running.remove(&whose);
        }
        if let Some((_, fault, until)) = self.failed {
            if let Some(seconds) = left(until, now, LONGEST_PAUSE) {
                return Entry::Wait(fault, seconds);
            }
            // One goes first and sees whether it is better.
            if !self.running.is_empty() {
                return Entry::Wait(fault, 1);
            }
        }
        if let Some((fault, until)) = self.refused.get(&whose)
            && let Some(seconds) = left(*until, now, CALLER_PAUSE)
        {
            return Entry::Wait(*fault, seconds);
        }
        if self.running.len() >= MAX_RUNNING {
            return Entry::Wait(Fault::UpstreamCredentialUnavailable, 1);
        }
        let (tell, hear) = watch::channel(None);
        self.running.insert(whose, hear.clone());
        Entry::Begun(tell, hear)
    }

    /// The issuer was asked, with this outcome.
    pub(super) fn end(&mut self, whose: Whose, outcome: Result<(), Failure>, now: UnixTime) {
        self.running.remove(&whose);
        match outcome {
            Ok(()) => self.failed = None,
            Err(Failure { in_vain: InVain::Nobody, .. }) => {}
            Err(Failure { fault, in_vain: InVain::Everybody }) => {
                let times = self.failed.map_or(0, |(times, ..)| times);
                let pause = 1_i64.checked_shl(times).map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE));
                let until = UnixTime::from_seconds(now.seconds() + pause);
                self.failed = Some((times.saturating_add(1).min(16), fault, until));
            }
            // The issuer answers, so it is asked for others.
            Err(Failure { fault, in_vain: InVain::Caller }) => {
                self.failed = None;
                self.refuse(whose, fault, now);
            }
        }
    }

    fn refuse(&mut self, whose: Whose, fault: Fault, now: UnixTime) {
        let until = UnixTime::from_seconds(now.seconds() + CALLER_PAUSE);
        if self.refused.insert(whose, (fault, until)).is_none() {
            self.order.push_back(whose);
        }
        if self.order.len() > MAX_REFUSED
            && let Some(oldest) = self.order.pop_front()
        {
            self.refused.remove(&oldest);
        }
    }
}

/// How many seconds are left. A clock that was set back makes nobody wait for hours.
fn left(until: UnixTime, now: UnixTime, most: i64) -> Option<u32> {
    let seconds = until.since(now);
    (1..=most).contains(&seconds).then(|| u32::try_from(seconds).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use warded_core::InboundToken;

    use super::*;

    const DOWN: Failure = Failure { fault: Fault::UpstreamCredentialUnavailable, in_vain: InVain::Everybody };
    const NO: Failure = Failure { fault: Fault::UpstreamCredentialRefused, in_vain: InVain::Caller };

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is what the ledger is asked about")]
    fn whose(number: u32) -> Whose {
        Some(InboundToken::new(number.to_string()).digest())
    }

    fn waits(ledger: &mut Ledger<u8>, whose: Whose, second: i64) -> Option<u32> {
        match ledger.enter(whose, at(second)) {
            Entry::Wait(_, seconds) => Some(seconds),
            Entry::Running(_) => panic!("nobody is asking"),
            Entry::Begun(..) => None,
        }
    }

    #[test]
    fn one_asks_and_the_others_wait_for_it() {
        let mut ledger = Ledger::<u8>::default();
        let Entry::Begun(tell, _) = ledger.enter(whose(1), at(0)) else { panic!("it is new") };
        assert!(matches!(ledger.enter(whose(1), at(0)), Entry::Running(_)));
        assert!(matches!(ledger.enter(whose(2), at(0)), Entry::Begun(..)), "another caller");
        // Nobody will end it: its runtime is gone.
        drop(tell);
        assert!(matches!(ledger.enter(whose(1), at(0)), Entry::Begun(..)));
    }

    #[test]
    fn an_issuer_that_is_down_is_asked_less_and_less() {
        let mut ledger = Ledger::<u8>::default();
        let mut second = 0;
        for pause in [1, 2, 4, 8, 16, 30, 30, 30] {
            assert_eq!(waits(&mut ledger, whose(1), second), None);
            ledger.end(whose(1), Err(DOWN), at(second));
            assert_eq!(waits(&mut ledger, whose(2), second), Some(pause), "for everybody");
            second += i64::from(pause);
        }
        assert_eq!(waits(&mut ledger, whose(1), second), None);
        assert_eq!(waits(&mut ledger, whose(2), second), Some(1), "one goes first");
        ledger.end(whose(1), Ok(()), at(second));
        assert_eq!(
            (waits(&mut ledger, whose(2), second), waits(&mut ledger, whose(3), second)),
            (None, None)
        );
    }

    #[test]
    fn a_caller_for_whom_there_is_nothing_keeps_nobody_else_from_asking() {
        let mut ledger = Ledger::<u8>::default();
        ledger.end(whose(1), Err(NO), at(0));
        assert_eq!(waits(&mut ledger, whose(1), 0), Some(10));
        assert_eq!(waits(&mut ledger, whose(2), 0), None);
        assert_eq!(waits(&mut ledger, whose(1), -50), None, "the clock was set back");
        ledger.end(whose(1), Err(NO), at(0));
        assert_eq!(waits(&mut ledger, whose(1), 10), None);
    }

    #[test]
    fn who_got_no_turn_learned_nothing_about_the_issuer() {
        let mut ledger = Ledger::<u8>::default();
        let fault = Fault::UpstreamCredentialUnavailable;
        ledger.end(whose(1), Err(Failure { fault, in_vain: InVain::Nobody }), at(0));
        assert_eq!((waits(&mut ledger, whose(1), 0), waits(&mut ledger, whose(2), 0)), (None, None));
    }

    #[test]
    fn a_flood_fills_no_memory() {
        let mut ledger = Ledger::<u8>::default();
        for number in 0..2 * u32::try_from(MAX_REFUSED).unwrap() {
            ledger.end(whose(number), Err(NO), at(0));
        }
        assert_eq!((ledger.refused.len(), ledger.order.len()), (MAX_REFUSED, MAX_REFUSED));
        let mut told = Vec::new();
        for number in 0..u32::try_from(MAX_RUNNING).unwrap() {
            let Entry::Begun(tell, _) = ledger.enter(whose(number), at(0)) else { panic!("it is new") };
            told.push(tell);
        }
        assert_eq!(waits(&mut ledger, whose(u32::MAX), 0), Some(1));
    }
}
