//! Where are tokens between two runs? In files that nobody else can read, each bound to the one server it is for.
//!
//! A record is found by everything that it is bound to, not by a name or a URL, and every read compares all of it
//! again: what was obtained for one server, from one issuer, is never handed out for another.

mod files;
mod key;
mod lock;
mod record;
mod registered;
mod resource;
mod terms;
mod written;

pub use crate::obtain::Bound;
pub use files::StoreFailed;
pub use key::Place;
pub use lock::Locked;
pub use record::Record;
pub use resource::{ResourceToken, Undressed};
pub use terms::{Behalf, Terms};

use std::{path::PathBuf, sync::Arc};

use warded_core::UnixTime;

use self::{files::Folder, key::Kind};
use crate::register::Registration;

/// Tokens and registrations in one folder of the user's.
#[derive(Clone, Debug)]
pub struct TokenStore(Arc<Folder>);

impl TokenStore {
    /// Opens a folder, and makes it where it is missing. One that others can look into is refused.
    pub fn open(path: PathBuf) -> Result<Self, StoreFailed> {
        Folder::open(path).map(|folder| Self(Arc::new(folder)))
    }

    /// Waits until nobody else, in this process or another, is about to change what is kept for this place. Whoever
    /// wants to refresh, register or log in does it under this lock, after having read again.
    pub async fn lock(&self, place: &Place) -> Result<Locked, StoreFailed> {
        lock::take(&self.0, &key::name(Kind::Lock, place, None)).await
    }

    /// The same lock where it is free now, for what can be left to whoever holds it.
    pub fn try_lock(&self, place: &Place) -> Result<Option<Locked>, StoreFailed> {
        lock::try_take(&self.0, &key::name(Kind::Lock, place, None))
    }

    /// The token for a place that was asked for on these terms, with at least their scopes; of several the one that
    /// permits least.
    pub fn find(&self, place: &Place, terms: &Terms) -> Result<Option<Record>, StoreFailed> {
        let exact = key::name(Kind::Token, place, Some(terms));
        if let Some(record) = self.0.read(&exact)?.and_then(|text| Record::read_for(&text, place, terms)) {
            return Ok(Some(record));
        }
        let mut found: Option<Record> = None;
        for name in self.0.names(Kind::Token.suffix())? {
            let Some(record) = self.0.read(&name)?.and_then(|text| Record::read_for(&text, place, terms))
            else {
                continue;
            };
            // A file that was copied over another is not what its name says.
            let is_itself = name == record.name();
            let count = |record: &Record| record.terms().scopes.iter().count();
            let is_less = found.as_ref().is_none_or(|held| count(&record) < count(held));
            if is_itself && is_less {
                found = Some(record);
            }
        }
        Ok(found)
    }

    /// Keeps a token; the lock says that nobody else is about to.
    pub fn keep(&self, record: &Record, _: &Locked) -> Result<(), StoreFailed> {
        self.0.write(&record.name(), &record.write())
    }

    /// Forgets a token.
    pub fn forget(&self, record: &Record, _: &Locked) -> Result<(), StoreFailed> {
        self.0.remove(&record.name())
    }

    /// How the client is registered at the issuer of this place, as far as that is still good.
    pub fn registration(&self, place: &Place, now: UnixTime) -> Result<Option<Registration>, StoreFailed> {
        let text = self.0.read(&key::name(Kind::Client, place, None))?;
        let registration = text.and_then(|text| registered::read_registration(&text, place));
        Ok(registration.filter(|registration| registration.is_good(place.source.issuer(), now)))
    }

    /// Keeps a registration.
    pub fn keep_registration(
        &self,
        place: &Place,
        registration: &Registration,
        _: &Locked,
    ) -> Result<(), StoreFailed> {
        self.0.write(
            &key::name(Kind::Client, place, None),
            &registered::write_registration(place, registration),
        )
    }

    /// Forgets a registration.
    pub fn forget_registration(&self, place: &Place, _: &Locked) -> Result<(), StoreFailed> {
        self.0.remove(&key::name(Kind::Client, place, None))
    }
}
