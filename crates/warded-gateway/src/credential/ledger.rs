//! Is an issuer asked for a token now? Once at a time for each caller, and not again at once where it failed. Decisions
//! only: nobody is asked here, and there is no clock.
//!
//! A question that goes wrong may be the caller's doing: a token that the issuer chokes on is sent as often as its owner
//! likes. So it costs that caller first, and everybody only when several callers in a row had no luck.

use std::collections::HashMap;

use tokio::sync::watch;
use warded_core::{Fault, UnixTime};

use super::{
    coin::Whose,
    pauses::{Pauses, left},
};

/// Most callers for whom the issuer is asked, or who wait for their turn, and most of them with one caller's tokens.
const MAX_RUNNING: usize = 512;
const MAX_OF_ONE: usize = 16;
/// For how many seconds at most nobody is asked after a failure that concerns everybody; at first it is one.
const LONGEST_PAUSE: i64 = 30;
/// For how many seconds nobody asks again with a token for which there was nothing.
const TOKEN_PAUSE: i64 = 10;
/// So many callers in a row without luck are an issuer that is down; for how many seconds they count.
const SEVERAL: usize = 3;
const IN_A_ROW: i64 = 60;
/// After a pause so many callers see whether it is better.
const PROBES: usize = 4;

/// Who calls, whatever the token: an owner in few bytes. Nobody, where Warded asks for itself.
pub(super) type Who = Option<[u8; 32]>;

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
    /// For this caller; if the next ones have no luck either, for everybody.
    Perhaps,
    /// With this token.
    Token,
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

struct Running<T> {
    hearing: Hearing<T>,
    who: Who,
    /// It was begun to see whether it is better.
    is_probe: bool,
    /// How often there had been a pause before it: for everybody, and for this caller.
    after: (u64, u32),
}

pub(super) struct Ledger<T> {
    running: HashMap<Whose, Running<T>>,
    /// How often in a row it failed for everybody, why, and until when nobody is asked.
    failed: Option<(u32, Fault, UnixTime)>,
    /// How often there was a pause for everybody. What was asked before the last one says nothing about the time after it:
    /// whatever ends in one moment's trouble is one failure.
    pauses: u64,
    /// Who had no luck since somebody had, and when.
    unlucky: Vec<(Who, UnixTime)>,
    tokens: Pauses<Whose>,
    callers: Pauses<Who>,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self {
            running: HashMap::new(),
            failed: None,
            pauses: 0,
            unlucky: Vec::new(),
            tokens: Pauses::default(),
            callers: Pauses::default(),
        }
    }
}

impl<T: Clone> Ledger<T> {
    /// Looks a caller up, and enters it where the issuer is to be asked.
    pub(super) fn enter(&mut self, whose: Whose, who: Who, now: UnixTime) -> Entry<T> {
        if let Some(running) = self.running.get(&whose) {
            // Whoever asked may have gone without an end: its runtime was shut down.
            if running.hearing.has_changed().is_ok() || running.hearing.borrow().is_some() {
                return Entry::Running(running.hearing.clone());
            }
            self.running.remove(&whose);
        }
        if let Some((_, fault, until)) = self.failed
            && let Some(seconds) = left(until, now, LONGEST_PAUSE)
        {
            return Entry::Wait(fault, seconds);
        }
        let paused = self.tokens.left(&whose, now).or_else(|| self.callers.left(&who, now));
        if let Some((fault, seconds)) = paused {
            return Entry::Wait(fault, seconds);
        }
        // A few different callers go first and see whether it is better: one alone might be who broke it, and one that
        // the issuer lets hang must not keep the others from finding out.
        if let Some((_, fault, _)) = self.failed {
            let mut probes = self.running.values().filter(|running| running.is_probe);
            if probes.clone().count() >= PROBES || probes.any(|running| running.who == who) {
                return Entry::Wait(fault, 1);
            }
        }
        let of_one = self.running.values().filter(|running| running.who == who).count();
        if of_one >= MAX_OF_ONE || self.running.len() >= MAX_RUNNING {
            return Entry::Wait(Fault::UpstreamCredentialUnavailable, 1);
        }
        let (tell, hearing) = watch::channel(None);
        let after = (self.pauses, self.callers.times(&who));
        let running = Running { hearing: hearing.clone(), who, is_probe: self.failed.is_some(), after };
        self.running.insert(whose, running);
        Entry::Begun(tell, hearing)
    }

    /// Whether it has become vain to ask while somebody waited for a turn, and why.
    pub(super) fn in_vain_meanwhile(&self, whose: &Whose) -> Option<Fault> {
        let is_of_before = self.running.get(whose).is_some_and(|running| running.after.0 != self.pauses);
        self.failed.filter(|_| is_of_before).map(|(_, fault, _)| fault)
    }

    /// The issuer was asked, with this outcome.
    pub(super) fn end(&mut self, whose: Whose, who: Who, outcome: Result<(), Failure>, now: UnixTime) {
        let after = self.running.remove(&whose).map(|running| running.after);
        let is_news = after.is_none_or(|(pauses, _)| pauses == self.pauses);
        let is_news_of_caller = after.is_none_or(|(_, times)| times == self.callers.times(&who));
        match outcome {
            Ok(()) => {
                self.answers();
                self.callers.forget(&who);
            }
            Err(Failure { in_vain: InVain::Nobody, .. }) => {}
            Err(Failure { fault, in_vain: InVain::Everybody }) => {
                if is_news {
                    self.pause(fault, now);
                }
            }
            Err(Failure { fault, in_vain: InVain::Perhaps }) => {
                if is_news {
                    self.had_no_luck(who, fault, now);
                }
                if is_news_of_caller {
                    self.wait_for_others(who, fault, now);
                }
            }
            // The issuer answers, so it is asked for others.
            Err(Failure { fault, in_vain: InVain::Token }) => {
                self.answers();
                self.tokens.enter(whose, fault, now, later(now, TOKEN_PAUSE));
            }
        }
    }

    fn answers(&mut self) {
        self.failed = None;
        self.unlucky.clear();
    }

    /// Nobody is asked for a while; longer each time.
    fn pause(&mut self, fault: Fault, now: UnixTime) {
        let times = self.failed.map_or(0, |(times, ..)| times);
        self.pauses += 1;
        self.failed = Some((times.saturating_add(1).min(16), fault, later(now, pause(times))));
    }

    fn had_no_luck(&mut self, who: Who, fault: Fault, now: UnixTime) {
        self.unlucky.retain(|(_, at)| (0..IN_A_ROW).contains(&now.since(*at)));
        self.unlucky.retain(|(unlucky, _)| *unlucky != who);
        self.unlucky.push((who, now));
        if self.unlucky.len() >= SEVERAL {
            self.pause(fault, now);
            // Each pause needs several of them: one who fails again and again makes none longer.
            self.unlucky.clear();
        }
    }

    /// Whoever failed last does not go first: the others find out before.
    fn wait_for_others(&mut self, who: Who, fault: Fault, now: UnixTime) {
        let own = pause(self.callers.times(&who));
        let from = self.failed.map_or(now, |(.., until)| until).max(now);
        self.callers.enter(who, fault, now, later(from, own));
    }
}

/// How long after so many failures in a row.
fn pause(times: u32) -> i64 {
    1_i64.checked_shl(times).map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

fn later(now: UnixTime, seconds: i64) -> UnixTime {
    UnixTime::from_seconds(now.seconds() + seconds)
}

#[cfg(test)]
mod tests {
    use warded_core::InboundToken;

    use super::{super::pauses::MOST, *};

    const DOWN: Failure = Failure { fault: Fault::UpstreamCredentialUnavailable, in_vain: InVain::Everybody };
    const UNLUCKY: Failure =
        Failure { fault: Fault::UpstreamCredentialUnavailable, in_vain: InVain::Perhaps };
    const NO: Failure = Failure { fault: Fault::UpstreamCredentialRefused, in_vain: InVain::Token };

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is what the ledger is asked about")]
    fn whose(number: u32) -> Whose {
        Some(InboundToken::new(number.to_string()).digest())
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is what the ledger is asked about")]
    fn who(number: u32) -> Who {
        let mut who = [0; 32];
        who[..4].copy_from_slice(&number.to_be_bytes());
        Some(who)
    }

    /// Each of them has one token.
    fn waits(ledger: &mut Ledger<u8>, number: u32, second: i64) -> Option<u32> {
        waits_with(ledger, number, number, second)
    }

    fn waits_with(ledger: &mut Ledger<u8>, token: u32, caller: u32, second: i64) -> Option<u32> {
        match ledger.enter(whose(token), who(caller), at(second)) {
            Entry::Wait(_, seconds) => Some(seconds),
            Entry::Running(_) => panic!("nobody is asking"),
            Entry::Begun(..) => None,
        }
    }

    fn ends(ledger: &mut Ledger<u8>, number: u32, outcome: Result<(), Failure>, second: i64) {
        ledger.end(whose(number), who(number), outcome, at(second));
    }

    #[test]
    fn one_asks_and_the_others_wait_for_it() {
        let mut ledger = Ledger::<u8>::default();
        let Entry::Begun(tell, _) = ledger.enter(whose(1), who(1), at(0)) else { panic!("it is new") };
        assert!(matches!(ledger.enter(whose(1), who(1), at(0)), Entry::Running(_)));
        assert!(matches!(ledger.enter(whose(2), who(2), at(0)), Entry::Begun(..)), "another caller");
        // Nobody will end it: its runtime is gone.
        drop(tell);
        assert!(matches!(ledger.enter(whose(1), who(1), at(0)), Entry::Begun(..)));
    }

    #[test]
    fn an_issuer_that_is_down_is_asked_less_and_less() {
        let mut ledger = Ledger::<u8>::default();
        let mut second = 0;
        for pause in [1, 2, 4, 8, 16, 30, 30, 30] {
            assert_eq!(waits(&mut ledger, 1, second), None);
            ends(&mut ledger, 1, Err(DOWN), second);
            assert_eq!(waits(&mut ledger, 2, second), Some(pause), "for everybody");
            second += i64::from(pause);
        }
        for number in 1..=4 {
            assert_eq!(waits(&mut ledger, number, second), None);
        }
        assert_eq!(waits(&mut ledger, 5, second), Some(1), "a few go first");
        ends(&mut ledger, 1, Ok(()), second);
        assert_eq!((waits(&mut ledger, 5, second), waits(&mut ledger, 6, second)), (None, None));
    }

    #[test]
    fn a_caller_for_whom_there_is_nothing_keeps_nobody_else_from_asking() {
        let mut ledger = Ledger::<u8>::default();
        ends(&mut ledger, 1, Err(NO), 0);
        assert_eq!(waits(&mut ledger, 1, 0), Some(10));
        assert_eq!(waits(&mut ledger, 2, 0), None);
        assert_eq!(waits(&mut ledger, 1, -50), None, "the clock was set back");
        ends(&mut ledger, 1, Err(NO), 0);
        assert_eq!(waits(&mut ledger, 1, 10), None);
    }

    /// The attack: one token that the issuer answers with a 500, again and again.
    #[test]
    fn one_for_whom_it_always_fails_takes_nobodys_turn() {
        let mut ledger = Ledger::<u8>::default();
        for second in 0..600 {
            // Ever new tokens, one caller.
            let token = 1000 + u32::try_from(second).unwrap();
            if waits_with(&mut ledger, token, 0, second).is_none() {
                ledger.end(whose(token), who(0), Err(UNLUCKY), at(second));
            }
            let honest = 1 + u32::try_from(second).unwrap() % 80;
            assert_eq!(waits(&mut ledger, honest, second), None, "{second}");
            // Some of them have bad luck, too.
            let outcome = if second % 7 == 0 { Err(UNLUCKY) } else { Ok(()) };
            ends(&mut ledger, honest, outcome, second);
        }
        assert!(
            waits(&mut ledger, 0, 600).is_some() || ledger.callers.times(&who(0)) > 5,
            "it is asked less"
        );
    }

    #[test]
    fn several_without_luck_are_an_issuer_that_is_down() {
        let mut ledger = Ledger::<u8>::default();
        for number in 1..=3 {
            assert_eq!(waits(&mut ledger, number, 0), None);
            ends(&mut ledger, number, Err(UNLUCKY), 0);
        }
        assert_eq!(waits(&mut ledger, 9, 0), Some(1), "for everybody");
        assert_eq!(waits(&mut ledger, 3, 1), Some(1), "who failed last does not go first");
        // One that hangs keeps nobody from finding out, and goes twice with no two tokens.
        assert_eq!(waits(&mut ledger, 9, 1), None);
        assert_eq!(waits_with(&mut ledger, 10, 9, 1), Some(1));
        assert_eq!(waits(&mut ledger, 11, 1), None);
        ends(&mut ledger, 11, Ok(()), 1);
        for number in 12..40 {
            assert_eq!(waits(&mut ledger, number, 1), None);
        }
        // What failed long ago is no sign of anything.
        let mut ledger = Ledger::<u8>::default();
        for (number, second) in [(1, 0), (2, 100), (3, 200)] {
            ends(&mut ledger, number, Err(UNLUCKY), second);
        }
        assert_eq!(waits(&mut ledger, 4, 200), None);
    }

    /// An issuer that restarts fails whatever is asked at that moment.
    #[test]
    fn one_moments_trouble_is_one_failure_however_many_asked() {
        for failure in [DOWN, UNLUCKY] {
            let mut ledger = Ledger::<u8>::default();
            for number in 0..32 {
                assert_eq!(waits(&mut ledger, number, 0), None);
            }
            for number in 0..32 {
                ends(&mut ledger, number, Err(failure), 0);
            }
            assert_eq!(waits(&mut ledger, 99, 0), Some(1), "{failure:?}");
            assert_eq!(waits(&mut ledger, 99, 1), None, "{failure:?}");
            // What is asked after that counts once more.
            ends(&mut ledger, 99, Err(DOWN), 1);
            assert_eq!(waits(&mut ledger, 98, 1), Some(2), "{failure:?}");
        }
        let mut ledger = Ledger::<u8>::default();
        for token in 0..8 {
            assert_eq!(waits_with(&mut ledger, token, 0, 0), None);
        }
        for token in 0..8 {
            ledger.end(whose(token), who(0), Err(UNLUCKY), at(0));
        }
        assert_eq!((waits(&mut ledger, 0, 0), waits(&mut ledger, 1, 0)), (Some(1), None), "a caller's own");
        assert_eq!(waits_with(&mut ledger, 9, 0, 1), None);
    }

    #[test]
    fn who_waited_for_a_turn_asks_nobody_once_that_is_in_vain() {
        let mut ledger = Ledger::<u8>::default();
        assert_eq!((waits(&mut ledger, 1, 0), waits(&mut ledger, 2, 0)), (None, None));
        assert_eq!(ledger.in_vain_meanwhile(&whose(2)), None);
        ends(&mut ledger, 1, Err(DOWN), 0);
        assert_eq!(ledger.in_vain_meanwhile(&whose(2)), Some(DOWN.fault));
        // Who goes first after the pause does ask.
        assert_eq!(waits(&mut ledger, 3, 1), None);
        assert_eq!(ledger.in_vain_meanwhile(&whose(3)), None);
        ends(&mut ledger, 3, Ok(()), 1);
        assert_eq!(ledger.in_vain_meanwhile(&whose(2)), None, "it is better");
    }

    #[test]
    fn one_whose_questions_hang_leaves_turns_to_others() {
        let mut ledger = Ledger::<u8>::default();
        let begun = (0..1000).filter(|token| waits_with(&mut ledger, 1000 + token, 0, 0).is_none()).count();
        assert_eq!(begun, MAX_OF_ONE);
        assert_eq!(waits(&mut ledger, 1, 0), None);
    }

    #[test]
    fn who_got_no_turn_learned_nothing_about_the_issuer() {
        let mut ledger = Ledger::<u8>::default();
        let fault = Fault::UpstreamCredentialUnavailable;
        ends(&mut ledger, 1, Err(Failure { fault, in_vain: InVain::Nobody }), 0);
        assert_eq!((waits(&mut ledger, 1, 0), waits(&mut ledger, 2, 0)), (None, None));
    }

    #[test]
    fn a_flood_fills_no_memory() {
        let mut ledger = Ledger::<u8>::default();
        for number in 0..2 * u32::try_from(MOST).unwrap() {
            ends(&mut ledger, number, Err(UNLUCKY), 0);
            ends(&mut ledger, number, Err(NO), 0);
        }
        assert_eq!((ledger.tokens.len(), ledger.callers.len(), ledger.unlucky.len()), (MOST, MOST, 0));
        let mut told = Vec::new();
        for number in 0..u32::try_from(MAX_RUNNING).unwrap() {
            let Entry::Begun(tell, _) = ledger.enter(whose(number), who(number), at(0)) else {
                panic!("it is new")
            };
            told.push(tell);
        }
        assert_eq!(waits(&mut ledger, u32::MAX, 0), Some(1));
    }
}
