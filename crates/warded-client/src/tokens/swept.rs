//! What is there that nobody will ask for again? A subject's tokens are named by what was shown of it, which is another text
//! every few minutes: what was kept for the last one is found by nobody. Without an end to it the folder grows with each
//! caller, and each look into it takes longer.

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
    /// Forgets what has ended of other subjects at the place of one that has just been given a token. Its lock is held.
    pub(super) fn sweep(&self, given: &Record, lock: &Locked) -> Result<(), StoreFailed> {
        lock.covers(given.place())?;
        let (now, place) = (given.obtained(), named(given.place()));
        if !is_subject(given) || !self.0.swept().is_time(&place, now) {
            return Ok(());
        }
        for file in self.0.folder().names(Kind::Token.suffix())? {
            let record = self.itself(&file)?;
            let is_over = |record: &Record| is_subject(record) && is_over(record, now);
            if let Some(record) = record.filter(|record| named(record.place()) == place && is_over(record)) {
                self.drop_record(&file, record.place(), &record.terms().client)?;
            }
        }
        Ok(())
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
        let elsewhere = of(B, subject("elsewhere"), true, false, 5);
        for record in [&dead, &renewable, &endless, &person, &robot, &elsewhere] {
            keep(&store, record).await;
        }
        let has = |record: &Record| store.find(record.place(), record.terms()).unwrap().is_some();
        keep(&store, &of(A, subject("now"), true, false, 3_599)).await;
        assert!(has(&dead), "it is good for a second");
        keep(&store, &of(A, subject("next"), true, false, 3_700)).await;
        assert!(!has(&dead) && has(&renewable) && has(&endless));
        keep(&store, &of(A, subject("tomorrow"), true, false, 3_600 + UNUSED + 2)).await;
        assert!(!has(&renewable) && !has(&endless));
        assert!(has(&person) && has(&robot) && has(&elsewhere));
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
