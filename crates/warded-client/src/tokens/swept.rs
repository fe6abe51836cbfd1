//! What is there that nobody will ask for again? A subject's tokens are named by what was shown of it, which is another text
//! every few minutes: what was kept for the last one is found by nobody. Without an end to it the folder grows with each
//! caller, and each look into it takes longer. A person's login is no such thing: only its issuer ends it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use warded_core::UnixTime;

use super::{
    Behalf, Locked, Place, Record, StoreFailed, TokenStore,
    key::{self, Kind},
};

/// For how many seconds one look at a place is enough.
const EACH: i64 = 60;
/// For how many seconds what could be renewed is kept behind its end: whoever has it in memory renews it long before.
const UNUSED: i64 = 24 * 60 * 60;
/// Of how many subjects something is kept at a place, though it is good: an issuer may give tokens that do not end. What goes
/// costs nobody a login.
const MOST: usize = 256;

/// When each place was looked at last, by the name of its lock.
#[derive(Debug, Default)]
pub(super) struct Swept(Mutex<HashMap<String, UnixTime>>);

impl Swept {
    /// Whether it is time to look at a place again, which is then done.
    fn is_time(&self, place: &str, now: UnixTime) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = last.get(place).is_some_and(|last| (0..EACH).contains(&now.since(*last)));
        if !is_recent {
            last.insert(place.to_owned(), now);
        }
        !is_recent
    }
}

impl TokenStore {
    /// Forgets what has ended of other subjects than one that has just been given a token, and of its place, whose lock is
    /// held, also what came first where there is too much.
    pub(super) fn sweep(&self, given: &Record, lock: &Locked) -> Result<(), StoreFailed> {
        lock.covers(given.place())?;
        let (now, place) = (given.obtained(), named(given.place()));
        if !is_subject(given) || !self.0.swept().is_time(&place, now) {
            return Ok(());
        }
        let mut good = Vec::new();
        for file in self.0.folder().names(Kind::Token.suffix())? {
            let Some(record) = self.itself(&file)?.filter(is_subject) else {
                continue;
            };
            let is_here = named(record.place()) == place;
            match (is_here, is_over(&record, now)) {
                (true, true) => self.drop_subject(&file, &record)?,
                (true, false) if file != given.name() => good.push((record.obtained(), file, record)),
                // Nobody may come back to that place.
                (false, true) => self.sweep_elsewhere(&file, &record, now)?,
                _ => {}
            }
        }
        good.sort_by_key(|(obtained, ..)| *obtained);
        let too_many = (good.len() + 1).saturating_sub(MOST);
        good.iter().take(too_many).try_for_each(|(_, file, record)| self.drop_subject(file, record))
    }

    /// Forgets what has ended at another place, unless somebody is at it there. It is read again: they may just have been.
    fn sweep_elsewhere(&self, file: &str, seen: &Record, now: UnixTime) -> Result<(), StoreFailed> {
        let Some(_lock) = self.try_lock(seen.place())? else {
            return Ok(());
        };
        match self.itself(file)?.filter(|record| is_over(record, now)) {
            Some(record) => self.drop_subject(file, &record),
            None => Ok(()),
        }
    }

    fn drop_subject(&self, file: &str, record: &Record) -> Result<(), StoreFailed> {
        self.drop_record(file, record.place(), &record.terms().client)
    }
}

fn named(place: &Place) -> String {
    key::name(Kind::Lock, place, None)
}

fn is_subject(record: &Record) -> bool {
    matches!(record.terms().behalf, Behalf::Subject(_))
}

/// Where the issuer does not say when a token ends, or a new one can be had for it, it is kept for a while.
fn is_over(record: &Record, now: UnixTime) -> bool {
    let last = record.expires().unwrap_or_else(|| record.obtained());
    let is_dead = record.expires().is_some() && record.refresh_token().is_none();
    now.since(last) >= if is_dead { 0 } else { UNUSED }
}

#[cfg(test)]
mod tests {
    use warded_core::Scopes;
    use zeroize::Zeroizing;

    use super::*;
    use crate::{
        obtain::{AccessToken, Bound, Obtained, RefreshToken},
        tokens::{
            Terms,
            sample::{A, B, place, store},
        },
    };

    /// A record of somebody, that ends after an hour where it ends.
    fn of(server: &str, behalf: Behalf, ends: bool, renews: bool, now: i64) -> Record {
        let text = |kind: &str| Zeroizing::new(format!("{kind}-{now}"));
        let obtained = Obtained {
            access_token: AccessToken::new(text("ACCESS")).unwrap(),
            refresh_token: renews.then(|| RefreshToken::new(text("REFRESH"))).flatten(),
            expires_in: ends.then_some(3_600),
            scopes: None,
            bound: Bound::Audience,
        };
        let terms = Terms::new("me", Scopes::default()).on_behalf(behalf);
        Record::new(place(server), terms, obtained, None, UnixTime::from_seconds(now))
    }

    fn subject(name: &str) -> Behalf {
        Behalf::Subject(name.into())
    }

    async fn keep(store: &TokenStore, record: &Record) {
        let lock = store.lock(record.place()).await.unwrap();
        store.keep(record, &lock).unwrap();
    }

    #[tokio::test]
    async fn what_was_given_to_callers_who_are_gone_is_forgotten_and_nothing_else() {
        let (_folder, store) = store();
        let dead = of(A, subject("dead"), true, false, 0);
        let renewable = of(A, subject("renewable"), true, true, 1);
        let endless = of(A, subject("endless"), false, false, 2);
        let person = of(A, Behalf::User, true, false, 3);
        let robot = of(A, Behalf::Client, true, false, 4);
        for record in [&dead, &renewable, &endless, &person, &robot] {
            keep(&store, record).await;
        }
        let has = |record: &Record| store.find(record.place(), record.terms()).unwrap().is_some();
        keep(&store, &of(A, subject("now"), true, false, 3_599)).await;
        assert!(has(&dead), "it is good for a second");
        keep(&store, &of(A, subject("next"), true, false, 3_700)).await;
        assert!(!has(&dead) && has(&renewable) && has(&endless));
        keep(&store, &of(A, subject("tomorrow"), true, false, 3_600 + UNUSED + 2)).await;
        assert!(!has(&renewable) && !has(&endless));
        assert!(has(&person) && has(&robot));
    }

    #[tokio::test]
    async fn what_was_given_where_nobody_comes_any_more_is_forgotten_unless_somebody_is_at_it() {
        let (_folder, store) = store();
        let dead = of(B, subject("dead"), true, false, 0);
        let renewable = of(B, subject("renewable"), true, true, 0);
        let person = of(B, Behalf::User, true, false, 0);
        for record in [&dead, &renewable, &person] {
            keep(&store, record).await;
        }
        let has = |record: &Record| store.find(record.place(), record.terms()).unwrap().is_some();
        let busy = store.lock(dead.place()).await.unwrap();
        keep(&store, &of(A, subject("one"), true, false, 4_000)).await;
        assert!(has(&dead), "somebody is at it");
        drop(busy);
        keep(&store, &of(A, subject("two"), true, false, 4_100)).await;
        assert!(!has(&dead) && has(&renewable));
        keep(&store, &of(A, subject("three"), true, false, 3_600 + UNUSED)).await;
        assert!(!has(&renewable) && has(&person));
    }

    #[tokio::test]
    async fn tokens_that_do_not_end_are_bounded_and_the_first_go_first() {
        let (_folder, store) = store();
        let of_number = |number: usize| {
            let seconds = i64::try_from(number / 10).unwrap();
            of(A, subject(&format!("{number}")), false, true, 1_000 + seconds)
        };
        let person = of(A, Behalf::User, false, true, 0);
        keep(&store, &person).await;
        // Within the time for which one look is enough.
        for number in 0..MOST + 20 {
            keep(&store, &of_number(number)).await;
        }
        let has = |record: &Record| store.find(record.place(), record.terms()).unwrap().is_some();
        // Whoever is given something by a clock that was set back keeps it.
        let last = of(A, subject("last"), false, true, 900);
        keep(&store, &last).await;
        assert_eq!(store.list().unwrap().len(), MOST + 1);
        assert!(has(&last) && has(&person) && has(&of_number(MOST + 19)));
        assert!(!has(&of_number(0)) && !has(&of_number(19)) && has(&of_number(30)));
    }

    #[tokio::test]
    async fn a_thousand_callers_leave_no_more_than_those_of_the_last_hour() {
        let (_folder, store) = store();
        for minute in 0..200 {
            keep(&store, &of(A, subject(&format!("{minute}")), true, false, minute * 60)).await;
        }
        assert!(store.list().unwrap().len() <= 61);
    }
}
