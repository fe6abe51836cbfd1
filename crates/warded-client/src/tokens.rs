//! Where are tokens between two runs? In files that nobody else can read, each bound to the one server it is for.
//!
//! A record is found by everything that it is bound to, not by a name or a URL, and every read compares all of it
//! again: what was obtained for one server, from one issuer, is never handed out for another.

mod failed;
mod files;
mod keeping;
mod key;
mod keychain;
mod listed;
mod lock;
mod record;
mod registered;
mod resource;
#[cfg(test)]
mod sample;
mod sealed;
mod swap;
mod swept;
mod terms;
mod trade;
mod written;

pub use crate::obtain::Bound;
pub use failed::StoreFailed;
pub use keeping::Keeping;
pub use key::Place;
pub use listed::Listed;
pub use lock::Locked;
pub use record::Record;
pub use resource::{ResourceToken, Undressed};
pub use swap::Swapped;
pub use terms::{Behalf, Terms};
pub use trade::Trade;

use std::{path::PathBuf, sync::Arc};

use self::{keeping::Kept, key::Kind};

/// Tokens and registrations in one folder of the user's.
#[derive(Clone, Debug)]
pub struct TokenStore(Arc<Kept>);

impl TokenStore {
    /// Opens a folder, and makes it where it is missing. One that others can look into is refused, and so is one that is
    /// kept in another way.
    pub fn open(path: PathBuf, keeping: &Keeping) -> Result<Self, StoreFailed> {
        Kept::open(path, keeping).map(|kept| Self(Arc::new(kept)))
    }

    /// Whether the keychain holds the key of what is kept.
    pub fn is_sealed(&self) -> bool {
        self.0.is_sealed()
    }

    /// Waits until nobody else, in this process or another, is about to change what is kept for this place. Whoever
    /// wants to refresh, register or log in does it under this lock, after having read again.
    pub async fn lock(&self, place: &Place) -> Result<Locked, StoreFailed> {
        lock::take(self.0.folder(), &key::name(Kind::Lock, place, None)).await
    }

    /// The same lock where it is free now, for what can be left to whoever holds it.
    pub fn try_lock(&self, place: &Place) -> Result<Option<Locked>, StoreFailed> {
        lock::try_take(self.0.folder(), &key::name(Kind::Lock, place, None))
    }

    /// The token for a place that was asked for on these terms, with at least their scopes; of several the one that
    /// permits least.
    pub fn find(&self, place: &Place, terms: &Terms) -> Result<Option<Record>, StoreFailed> {
        match self.exactly(place, terms)? {
            Some(record) => Ok(Some(record)),
            None => Ok(self.wider(place, terms)?.into_iter().next()),
        }
    }

    /// The token that was asked for with these very scopes.
    pub(crate) fn exactly(&self, place: &Place, terms: &Terms) -> Result<Option<Record>, StoreFailed> {
        let exact = key::name(Kind::Token, place, Some(terms));
        Ok(self.0.read(&exact)?.and_then(|text| Record::read_for(&text, place, terms)))
    }

    /// Those that were asked for with more, first the one that permits least. It takes a look into each file of the folder.
    pub(crate) fn wider(&self, place: &Place, terms: &Terms) -> Result<Vec<Record>, StoreFailed> {
        let exact = key::name(Kind::Token, place, Some(terms));
        let mut found = Vec::new();
        for name in self.0.folder().names(Kind::Token.suffix())?.into_iter().filter(|name| *name != exact) {
            let record = self.0.read(&name)?.and_then(|text| Record::read_for(&text, place, terms));
            // A file that was copied over another is not what its name says.
            found.extend(record.filter(|record| record.name() == name));
        }
        found.sort_by_key(|record| record.terms().scopes.iter().count());
        Ok(found)
    }

    /// Keeps a token that somebody has just logged in for; the lock says that nobody else is about to.
    pub fn keep(&self, record: &Record, lock: &Locked) -> Result<(), StoreFailed> {
        lock.covers(record.place())?;
        self.0.write(&record.name(), &record.write())?;
        // Only now: what tells of an interruption outlives one.
        self.end_trade(record, lock)?;
        // That something else cannot be removed is no reason to say that this is not kept.
        self.sweep(record, lock).ok();
        Ok(())
    }

    /// Forgets a token. What somebody has written in its place meanwhile is another, and stays.
    pub fn forget(&self, record: &Record, lock: &Locked) -> Result<(), StoreFailed> {
        lock.covers(record.place())?;
        if self.find_exactly(record)?.is_some_and(|held| !held.is_same_token(record)) {
            return self.end_trade(record, lock);
        }
        self.drop_record(&record.name(), record.place(), &record.terms().client)
    }

    fn drop_record(&self, file: &str, place: &Place, client: &str) -> Result<(), StoreFailed> {
        self.0.folder().remove(file)?;
        self.0.folder().remove(&trade::name(file))?;
        self.drop_former(place, client)
    }
}
