//! What is there, for people? Everything that is known of a token but the token.

use warded_core::{ResourceUri, Scopes, UnixTime, jose::Thumbprint};

use super::{Locked, Place, Record, StoreFailed, Terms, TokenStore, files::UNFINISHED, key::Kind, trade};

/// Characters of the short name of a record, and the fewest that name one.
const SHORT: usize = 12;
const SHORTEST: usize = 4;

/// A token that is kept, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// A short name for it, which stays the same when it is renewed. It says nothing about the token.
    pub name: String,
    /// Whom it is for.
    pub place: Place,
    /// What it was asked for with: as whom, which scopes, how it is bound, on whose behalf.
    pub terms: Terms,
    /// What it permits, where its issuer said that this differs.
    pub permitted: Option<Scopes>,
    /// When it was obtained.
    pub obtained: UnixTime,
    /// When it expires, where its issuer said so.
    pub expires: Option<UnixTime>,
    /// The key without which it opens nothing, where it is bound to one.
    pub key: Option<Thumbprint>,
    /// Whether a new one can be had without a login.
    pub is_renewable: bool,
    /// Whether a process ended while it was about to renew it.
    pub was_interrupted: bool,
    file: String,
}

impl Listed {
    /// Whether somebody means this one: by its name or its beginning, or by the URL of its server.
    pub fn is_meant_by(&self, text: &str) -> bool {
        let is_name = text.len() >= SHORTEST && self.name.starts_with(&text.to_ascii_lowercase());
        is_name || ResourceUri::parse(text).is_ok_and(|server| server == self.place.server)
    }

    /// The file that it is kept in.
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl TokenStore {
    /// Everything that can be read, by server and name.
    pub fn list(&self) -> Result<Vec<Listed>, StoreFailed> {
        let mut listed = Vec::new();
        for file in self.0.folder().names(Kind::Token.suffix())? {
            if let Some(record) = self.itself(&file)? {
                listed.push(self.seen(&record));
            }
        }
        listed.sort_by(|a, b| (a.place.server.as_str(), &a.file).cmp(&(b.place.server.as_str(), &b.file)));
        Ok(listed)
    }

    /// A record, without its secrets.
    pub fn seen(&self, record: &Record) -> Listed {
        let file = record.name();
        Listed {
            name: file.chars().take(SHORT).collect(),
            place: record.place().clone(),
            terms: record.terms().clone(),
            permitted: record.permitted().cloned(),
            obtained: record.obtained(),
            expires: record.expires(),
            key: record.key(),
            is_renewable: record.refresh_token().is_some(),
            was_interrupted: self.0.folder().has(&trade::name(&file)),
            file,
        }
    }

    /// The record that was listed, as it is now.
    pub(crate) fn read(&self, listed: &Listed) -> Result<Option<Record>, StoreFailed> {
        self.itself(&listed.file)
    }

    /// What was kept of one record, and of the client that nobody needs without it.
    pub fn remove(&self, listed: &Listed, lock: &Locked) -> Result<(), StoreFailed> {
        lock.covers(&listed.place)?;
        self.drop_record(&listed.file, &listed.place, &listed.terms.client)?;
        if self.list()?.iter().all(|other| other.place != listed.place) {
            self.forget_registration(&listed.place, lock)?;
        }
        Ok(())
    }

    /// Forgets everything, also what cannot be read, and says how many tokens there were.
    pub async fn clear(&self) -> Result<usize, StoreFailed> {
        let folder = self.0.folder();
        let count = folder.names(Kind::Token.suffix())?.len();
        for listed in self.list()? {
            // Whoever renews it now finishes first: what comes of it would be kept again.
            let lock = self.lock(&listed.place).await?;
            self.remove(&listed, &lock)?;
        }
        for suffix in [Kind::Token.suffix(), Kind::Client.suffix(), trade::SUFFIX, UNFINISHED] {
            folder.names(suffix)?.iter().try_for_each(|name| folder.remove(name))?;
        }
        Ok(count)
    }

    /// The record in a file, if it is what the file's name says. One that was copied over another is not.
    fn itself(&self, file: &str) -> Result<Option<Record>, StoreFailed> {
        let record = self.0.read(file)?.and_then(|text| Record::read(&text));
        Ok(record.filter(|record| record.name() == file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::sample::{A, B, place, record, store};

    /// Whether a file holds nothing about anybody.
    fn is_harmless(name: &str) -> bool {
        name.starts_with("kept.") || name.strip_suffix(Kind::Lock.suffix()).is_some()
    }

    #[tokio::test]
    async fn what_is_listed_holds_no_secret_and_is_named_for_good() {
        let (_folder, store) = store();
        let lock = store.lock(&place(A)).await.unwrap();
        store.keep(&record(A, "x", "1"), &lock).unwrap();
        let before = store.list().unwrap();
        let text = format!("{before:?}");
        assert!(!text.contains("ACCESS") && !text.contains("REFRESH"), "{text}");
        store.keep(&record(A, "x", "2"), &lock).unwrap();
        assert_eq!(store.list().unwrap()[0].name, before[0].name);
        store.begin_trade(&record(A, "x", "2"), &lock).unwrap();
        assert!(!before[0].was_interrupted && store.list().unwrap()[0].was_interrupted);
    }

    #[tokio::test]
    async fn a_record_is_meant_by_its_name_or_by_its_server() {
        let (_folder, store) = store();
        let lock = store.lock(&place(A)).await.unwrap();
        store.keep(&record(A, "x", "1"), &lock).unwrap();
        let listed = store.list().unwrap().remove(0);
        let beginning: String = listed.name.chars().take(SHORTEST).collect();
        for meant in [listed.name.as_str(), &listed.name.to_uppercase(), &beginning, A] {
            assert!(listed.is_meant_by(meant), "{meant}");
        }
        let too_short: String = listed.name.chars().take(SHORTEST - 1).collect();
        for other in ["", &too_short, B, "https://a.example/mcp/", "https://a.example"] {
            assert!(!listed.is_meant_by(other), "{other}");
        }
    }

    #[tokio::test]
    async fn what_is_removed_takes_its_registration_along_where_nothing_else_needs_it() {
        let (folder, store) = store();
        let lock = store.lock(&place(A)).await.unwrap();
        let registration = crate::register::Registration {
            issuer: place(A).source.issuer().clone(),
            token_endpoint: None,
            id: "me".to_owned(),
            secret: None,
            method: None,
            redirect_uri: "http://127.0.0.1:1/callback".to_owned(),
            secret_expires: None,
        };
        store.keep_registration(&place(A), &registration, &lock).unwrap();
        for scopes in ["x", "y"] {
            store.keep(&record(A, scopes, scopes), &lock).unwrap();
        }
        let now = UnixTime::from_seconds(1_000);
        store.remove(&store.list().unwrap()[0], &lock).unwrap();
        assert!(store.registration(&place(A), now).unwrap().is_some());
        store.remove(&store.list().unwrap()[0], &lock).unwrap();
        assert!(store.list().unwrap().is_empty());
        assert!(store.registration(&place(A), now).unwrap().is_none());
        let left = std::fs::read_dir(folder.path().join("store")).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert!(left.iter().all(|name| is_harmless(name)), "{left:?}");
    }

    #[tokio::test]
    async fn a_copy_of_what_was_forgotten_is_not_found() {
        let (folder, store) = store();
        let (kept, lock) = (record(A, "x", "1"), store.lock(&place(A)).await.unwrap());
        store.keep(&kept, &lock).unwrap();
        let path = folder.path().join("store");
        let copy = path.join(format!("{}.token", "0".repeat(64)));
        std::fs::copy(path.join(store.list().unwrap()[0].file()), copy).unwrap();
        assert!(store.find(&place(A), kept.terms()).unwrap().is_some());
        store.forget(&kept, &lock).unwrap();
        assert!(store.find(&place(A), kept.terms()).unwrap().is_none());
    }

    #[tokio::test]
    async fn everything_is_forgotten_also_what_cannot_be_read() {
        let (folder, store) = store();
        for server in [A, B] {
            let lock = store.lock(&place(server)).await.unwrap();
            store.keep(&record(server, "x", "1"), &lock).unwrap();
            store.begin_trade(&record(server, "x", "1"), &lock).unwrap();
        }
        let damaged = format!("{}.token", "0".repeat(64));
        std::fs::copy(
            folder.path().join("store").join(store.list().unwrap()[0].file()),
            folder.path().join("store").join(damaged),
        )
        .unwrap();
        assert_eq!(store.list().unwrap().len(), 2, "a copy is not what its name says");
        assert_eq!(store.clear().await, Ok(3));
        assert_eq!(store.clear().await, Ok(0));
        let left = std::fs::read_dir(folder.path().join("store")).unwrap();
        for name in left.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
            assert!(is_harmless(&name), "{name}");
        }
    }
}
