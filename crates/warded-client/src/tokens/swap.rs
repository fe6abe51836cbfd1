//! What takes the place of a record that was read earlier? Only what came out of that very record: whoever wrote in
//! between, although somebody else held the lock, is not overwritten.

use super::{Locked, Record, StoreFailed, TokenStore};

/// What became of a record that was to take the place of another.
#[derive(Clone, Debug)]
#[must_use]
#[non_exhaustive]
pub enum Swapped {
    /// It is kept.
    Kept,
    /// Another one was there, and is still.
    Other(Box<Record>),
    /// What was read is no longer there: somebody wants it to be forgotten, and it stays so.
    Gone,
}

impl TokenStore {
    /// Keeps what came out of a refresh, where what was refreshed is still what is kept.
    pub fn replace(&self, before: &Record, after: &Record, lock: &Locked) -> Result<Swapped, StoreFailed> {
        let held = self.find_exactly(before)?;
        match held {
            None => {
                self.end_trade(before, lock)?;
                Ok(Swapped::Gone)
            }
            Some(held) if !held.is_same_token(before) => Ok(Swapped::Other(Box::new(held))),
            Some(_) => {
                self.keep(after, lock)?;
                Ok(Swapped::Kept)
            }
        }
    }

    /// What is kept now under the name of a record.
    pub(super) fn find_exactly(&self, record: &Record) -> Result<Option<Record>, StoreFailed> {
        let text = self.0.read(&record.name())?;
        Ok(text.and_then(|text| Record::read_for(&text, record.place(), record.terms())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::sample::{A, B, place, record, store};

    fn held(store: &TokenStore, record: &Record) -> Option<Record> {
        store.find(record.place(), record.terms()).unwrap()
    }

    #[tokio::test]
    async fn what_came_out_of_a_refresh_takes_the_place_of_what_was_refreshed() {
        let (_folder, store) = store();
        let (before, after) = (record(A, "x", "1"), record(A, "x", "2"));
        let lock = store.lock(&place(A)).await.unwrap();
        store.keep(&before, &lock).unwrap();
        assert!(matches!(store.replace(&before, &after, &lock), Ok(Swapped::Kept)));
        assert!(held(&store, &before).unwrap().is_same_token(&after));
    }

    #[tokio::test]
    async fn whoever_wrote_in_between_is_not_overwritten() {
        let (_folder, store) = store();
        let [before, theirs, after] = ["1", "2", "3"].map(|token| record(A, "x", token));
        let lock = store.lock(&place(A)).await.unwrap();
        store.keep(&theirs, &lock).unwrap();
        let Ok(Swapped::Other(found)) = store.replace(&before, &after, &lock) else { panic!() };
        assert!(found.is_same_token(&theirs) && held(&store, &before).unwrap().is_same_token(&theirs));
    }

    #[tokio::test]
    async fn what_was_forgotten_does_not_come_back() {
        let (_folder, store) = store();
        let (before, after) = (record(A, "x", "1"), record(A, "x", "2"));
        let lock = store.lock(&place(A)).await.unwrap();
        assert!(matches!(store.replace(&before, &after, &lock), Ok(Swapped::Gone)));
        assert!(held(&store, &before).is_none());
    }

    #[tokio::test]
    async fn under_the_lock_of_one_place_nothing_of_another_changes() {
        let (_folder, store) = store();
        let ours = record(A, "x", "1");
        let (lock, other) = (store.lock(&place(A)).await.unwrap(), store.lock(&place(B)).await.unwrap());
        store.keep(&ours, &lock).unwrap();
        let failed = Err(StoreFailed::OtherLock);
        assert_eq!(store.keep(&ours, &other), failed);
        assert_eq!(store.forget(&ours, &other), failed);
        assert_eq!(store.forget_registration(&place(A), "me", &other), failed);
        assert_eq!(store.begin_trade(&ours, &other).unwrap_err(), StoreFailed::OtherLock);
        assert_eq!(store.remove(&store.list().unwrap()[0], &other), failed);
        assert!(store.replace(&ours, &record(A, "x", "2"), &other).is_err());
        assert!(held(&store, &ours).unwrap().is_same_token(&ours));
    }
}
