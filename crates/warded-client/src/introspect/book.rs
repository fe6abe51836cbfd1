//! Which tokens are being asked about, and which were refused a moment ago? Decisions only: no fetch, no clock.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use tokio::sync::watch;
use warded_core::{IntrospectionAnswer, TokenDigest, UnixTime};

use super::IntrospectFailed;

/// What came of a question, once it has.
pub(super) type Outcome = Result<Arc<IntrospectionAnswer>, IntrospectFailed>;

/// Most tokens that wait or are asked about, and most of them that nobody has vouched for yet: whoever makes tokens up
/// leaves room for those who were let in before.
const MAX_RUNNING: usize = 512;
const MAX_STRANGERS: usize = MAX_RUNNING / 2;
/// Most tokens that are known to have been good.
const MAX_GOOD: usize = 16_384;
/// For how many seconds a no is remembered. A yes is remembered by whoever judges by it.
const NO_LASTS: u32 = 10;
/// Most noes that are remembered: a flood of forged tokens fills no memory.
const MAX_NOES: usize = 4096;

/// What is done about a token.
pub(super) enum Entry {
    /// It was refused a moment ago.
    Known(Arc<IntrospectionAnswer>),
    /// Somebody is asking about it.
    Running(watch::Receiver<Option<Outcome>>),
    /// Ask, and tell everybody.
    Begun(Whose, watch::Sender<Option<Outcome>>, watch::Receiver<Option<Outcome>>),
    /// There are too many.
    Full,
}

/// Whose question it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of somebody whose token was good when it was last asked about.
    Known,
    /// Of anybody.
    Stranger,
}

#[derive(Default)]
pub(super) struct Book {
    running: HashMap<TokenDigest, (Whose, watch::Receiver<Option<Outcome>>)>,
    /// How many of them are strangers'.
    strangers: usize,
    good: HashSet<TokenDigest>,
    /// The good ones, the oldest first; also some that are good no more.
    good_order: VecDeque<TokenDigest>,
    noes: HashMap<TokenDigest, (Arc<IntrospectionAnswer>, UnixTime)>,
    /// The noes, the oldest first.
    order: VecDeque<TokenDigest>,
}

impl Book {
    /// Looks a token up, and enters it where it is new.
    pub(super) fn enter(&mut self, token: TokenDigest, now: UnixTime) -> Entry {
        // A clock that was set back keeps no no for hours.
        if let Some((answer, at)) = self.noes.get(&token)
            && (0..i64::from(NO_LASTS)).contains(&now.since(*at))
        {
            return Entry::Known(Arc::clone(answer));
        }
        if let Some((_, running)) = self.running.get(&token) {
            // Whoever asked may have gone without an end: its runtime was shut down.
            if running.has_changed().is_ok() || running.borrow().is_some() {
                return Entry::Running(running.clone());
            }
            self.forget_running(&token);
        }
        let whose = if self.good.contains(&token) { Whose::Known } else { Whose::Stranger };
        let is_stranger = whose == Whose::Stranger;
        if self.running.len() >= MAX_RUNNING || (is_stranger && self.strangers >= MAX_STRANGERS) {
            return Entry::Full;
        }
        self.strangers += usize::from(is_stranger);
        let (tell, hear) = watch::channel(None);
        self.running.insert(token, (whose, hear.clone()));
        Entry::Begun(whose, tell, hear)
    }

    fn forget_running(&mut self, token: &TokenDigest) {
        if let Some((Whose::Stranger, _)) = self.running.remove(token) {
            self.strangers = self.strangers.saturating_sub(1);
        }
    }

    /// A question has ended.
    pub(super) fn end(&mut self, token: TokenDigest, outcome: &Outcome, now: UnixTime) {
        self.forget_running(&token);
        let Ok(answer) = outcome else { return };
        if answer.is_active() {
            self.remember_good(token);
            return;
        }
        self.good.remove(&token);
        if self.noes.insert(token, (Arc::clone(answer), now)).is_none() {
            self.order.push_back(token);
        }
        if self.order.len() > MAX_NOES
            && let Some(oldest) = self.order.pop_front()
        {
            self.noes.remove(&oldest);
        }
    }
}

impl Book {
    fn remember_good(&mut self, token: TokenDigest) {
        if self.good.insert(token) {
            self.good_order.push_back(token);
        }
        if self.good_order.len() > MAX_GOOD
            && let Some(oldest) = self.good_order.pop_front()
        {
            self.good.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use warded_core::{InboundToken, Route};

    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    fn digest(text: &str) -> TokenDigest {
        let server = crate::introspect::desk::tests::server();
        match InboundToken::new(text.to_owned()).route(&server) {
            Route::Introspect(asking) => asking.subject().digest(),
            other => panic!("{other:?}"),
        }
    }

    fn answer(said: &str, token: TokenDigest) -> Arc<IntrospectionAnswer> {
        Arc::new(IntrospectionAnswer::parse(said.as_bytes(), token).unwrap())
    }

    const NO: &str = r#"{"active":false}"#;

    fn begins(book: &mut Book, token: TokenDigest, second: i64) -> bool {
        matches!(book.enter(token, at(second)), Entry::Begun(..))
    }

    #[test]
    fn a_no_lasts_for_ten_seconds_and_a_yes_is_not_kept_here() {
        let (mut book, token) = (Book::default(), digest("a"));
        assert!(begins(&mut book, token, 0));
        book.end(token, &Ok(answer(NO, token)), at(0));
        assert!(matches!(book.enter(token, at(9)), Entry::Known(_)));
        assert!(begins(&mut book, token, 10));
        book.end(token, &Ok(answer(r#"{"active":true}"#, token)), at(20));
        assert!(begins(&mut book, token, 20));
        book.end(token, &Err(IntrospectFailed::Busy), at(21));
        assert!(begins(&mut book, token, 21), "a failure is not an answer");
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_no_no() {
        let (mut book, token) = (Book::default(), digest("a"));
        book.end(token, &Ok(answer(NO, token)), at(0));
        assert!(begins(&mut book, token, -5));
    }

    #[test]
    fn a_flood_fills_no_memory() {
        let mut book = Book::default();
        for number in 0..2 * MAX_NOES {
            let token = digest(&number.to_string());
            book.end(token, &Ok(answer(NO, token)), at(0));
        }
        assert_eq!((book.noes.len(), book.order.len()), (MAX_NOES, MAX_NOES));
        let mut told = Vec::new();
        for number in 0..MAX_STRANGERS {
            match book.enter(digest(&format!("x{number}")), at(0)) {
                Entry::Begun(Whose::Stranger, tell, _) => told.push(tell),
                _ => panic!("it is new"),
            }
        }
        assert!(matches!(book.enter(digest("one more"), at(0)), Entry::Full));
        assert!(matches!(book.enter(digest("x0"), at(0)), Entry::Running(_)));
    }

    #[test]
    fn strangers_leave_room_for_whoever_was_let_in_before() {
        let mut book = Book::default();
        let good: Vec<_> = (0..=MAX_RUNNING).map(|number| digest(&format!("good{number}"))).collect();
        for token in &good {
            book.end(*token, &Ok(answer(r#"{"active":true}"#, *token)), at(0));
        }
        let strangers: Vec<_> =
            (0..2 * MAX_RUNNING).map(|number| book.enter(digest(&format!("x{number}")), at(0))).collect();
        let begun =
            |entries: &[Entry]| entries.iter().filter(|entry| matches!(entry, Entry::Begun(..))).count();
        assert_eq!(begun(&strangers), MAX_STRANGERS);
        let known: Vec<_> = good.iter().map(|token| book.enter(*token, at(0))).collect();
        assert_eq!(begun(&known), MAX_RUNNING - MAX_STRANGERS);
        // What was good and is no longer is a stranger's.
        let token = good[0];
        book.end(token, &Ok(answer(NO, token)), at(0));
        assert!(matches!(book.enter(token, at(10)), Entry::Full));
    }

    #[test]
    fn so_many_are_known_to_have_been_good_and_no_more() {
        let mut book = Book::default();
        for number in 0..2 * MAX_GOOD {
            let token = digest(&(number % (MAX_GOOD + 9)).to_string());
            let said = if number % 3 == 0 { NO } else { r#"{"active":true}"# };
            book.end(token, &Ok(answer(said, token)), at(0));
        }
        assert!(book.good.len() <= MAX_GOOD && book.good_order.len() <= MAX_GOOD);
        assert!(!book.good.is_empty());
    }

    #[test]
    fn a_question_that_nobody_ends_is_asked_again() {
        let (mut book, token) = (Book::default(), digest("a"));
        let Entry::Begun(_, tell, _) = book.enter(token, at(0)) else { panic!("it is new") };
        assert!(matches!(book.enter(token, at(0)), Entry::Running(_)));
        drop(tell);
        assert!(begins(&mut book, token, 0));
    }
}
