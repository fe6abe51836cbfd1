//! What is written down about a client: how it is registered at an issuer. Whoever logs in next speaks by the registration
//! of a place; a former one is kept by its id for as long as a token names it, which nobody could renew or take back without.

use serde::{Deserialize, Serialize};
use warded_core::{Scopes, UnixTime};
use zeroize::Zeroizing;

use super::{
    Locked, Record, StoreFailed, Terms, TokenStore,
    key::{self, Kind, Place},
    written::{EARLIER, Secret, VERSION, write},
};
use crate::register::Registration;

impl TokenStore {
    /// How the client is registered at the issuer of this place, as far as that is still good.
    pub fn registration(&self, place: &Place, now: UnixTime) -> Result<Option<Registration>, StoreFailed> {
        let registration = self.registered(&name(place), place)?;
        Ok(registration.filter(|registration| registration.is_good(&place.source, now)))
    }

    /// How the client that a token was given to is registered, also where it has registered anew since.
    pub fn registration_of(
        &self,
        record: &Record,
        now: UnixTime,
    ) -> Result<Option<Registration>, StoreFailed> {
        let (place, id) = (record.place(), &record.terms().client);
        let is_it =
            |registration: &Registration| registration.id == *id && registration.is_good(&place.source, now);
        if let Some(registration) = self.registered(&name(place), place)?.filter(is_it) {
            return Ok(Some(registration));
        }
        Ok(self.registered(&former(place, id), place)?.filter(is_it))
    }

    /// Keeps a registration.
    pub fn keep_registration(
        &self,
        place: &Place,
        registration: &Registration,
        lock: &Locked,
    ) -> Result<(), StoreFailed> {
        lock.covers(place)?;
        self.retire(place)?;
        self.0.write(&name(place), &write_registration(place, registration))
    }

    /// Forgets a registration: nobody logs in by it any more.
    pub fn forget_registration(&self, place: &Place, lock: &Locked) -> Result<(), StoreFailed> {
        lock.covers(place)?;
        self.retire(place)?;
        self.0.folder().remove(&name(place))
    }

    /// Keeps the registration of a place by its id, where a token needs it.
    fn retire(&self, place: &Place) -> Result<(), StoreFailed> {
        let Some(registration) = self.registered(&name(place), place)? else {
            return Ok(());
        };
        if self.is_named(place, &registration.id)? {
            let text = write_registration(place, &registration);
            self.0.write(&former(place, &registration.id), &text)?;
        }
        Ok(())
    }

    /// Forgets a former registration that no token needs any more.
    pub(super) fn drop_former(&self, place: &Place, id: &str) -> Result<(), StoreFailed> {
        let file = former(place, id);
        if self.0.folder().has(&file) && !self.is_named(place, id)? {
            self.0.folder().remove(&file)?;
        }
        Ok(())
    }

    /// Whether a token of this place was given to this client, at whichever token endpoint.
    fn is_named(&self, place: &Place, id: &str) -> Result<bool, StoreFailed> {
        let file = name(place);
        Ok(self.list()?.iter().any(|token| token.terms.client == id && name(&token.place) == file))
    }

    fn registered(&self, file: &str, place: &Place) -> Result<Option<Registration>, StoreFailed> {
        Ok(self.0.read(file)?.and_then(|text| read_registration(&text, place)))
    }
}

/// The file of the registration that is used.
fn name(place: &Place) -> String {
    key::name(Kind::Client, place, None)
}

/// The file of one that was used, and is kept by its id.
fn former(place: &Place, id: &str) -> String {
    key::name(Kind::Client, place, Some(&Terms::new(id, Scopes::default())))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistrationDocument {
    version: u32,
    server: String,
    issuer: String,
    resource: String,
    #[serde(default)]
    token_endpoint: Option<String>,
    account: Option<String>,
    client: String,
    secret: Option<Secret>,
    method: Option<String>,
    redirect_uri: String,
    secret_expires: Option<i64>,
}

fn write_registration(place: &Place, registration: &Registration) -> Zeroizing<Vec<u8>> {
    write(&RegistrationDocument {
        version: VERSION,
        server: place.server.as_str().to_owned(),
        issuer: registration.issuer.as_str().to_owned(),
        resource: place.source.resource().to_owned(),
        token_endpoint: registration.token_endpoint.clone(),
        account: place.account.clone(),
        client: registration.id.clone(),
        secret: registration.secret.clone().map(Secret),
        method: registration.method.clone(),
        redirect_uri: registration.redirect_uri.clone(),
        secret_expires: registration.secret_expires.map(UnixTime::seconds),
    })
}

/// Reads a registration for a place; one at another issuer is none.
fn read_registration(text: &[u8], place: &Place) -> Option<Registration> {
    let document: RegistrationDocument = serde_json::from_slice(text).ok()?;
    let is_here = matches!(document.version, VERSION | EARLIER)
        && document.server == place.server.as_str()
        && document.issuer == place.source.issuer().as_str()
        && document.resource == place.source.resource()
        && document.account == place.account;
    is_here.then_some(Registration {
        issuer: place.source.issuer().clone(),
        token_endpoint: document.token_endpoint,
        id: document.client,
        secret: document.secret.map(|secret| secret.0),
        method: document.method,
        redirect_uri: document.redirect_uri,
        secret_expires: document.secret_expires.map(UnixTime::from_seconds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::sample::{A, B, place, record, store};

    fn registration(id: &str) -> Registration {
        Registration {
            issuer: place(A).source.issuer().clone(),
            token_endpoint: Some(place(A).source.token_endpoint().to_owned()),
            id: id.to_owned(),
            secret: Some(Zeroizing::new(format!("SECRET-{id}"))),
            method: None,
            redirect_uri: "http://127.0.0.1:1/callback".to_owned(),
            secret_expires: (id == "me").then(|| UnixTime::from_seconds(2_000)),
        }
    }

    #[tokio::test]
    async fn a_former_registration_is_kept_for_as_long_as_a_token_names_its_client() {
        for forgets in [false, true] {
            let (folder, store) = store();
            let (here, now) = (place(A), UnixTime::from_seconds(1_000));
            let lock = store.lock(&here).await.unwrap();
            let files = || store.0.folder().names(Kind::Client.suffix()).unwrap().len();
            let ours = [record(A, "x", "1"), record(A, "y", "2")];
            store.keep_registration(&here, &registration("me"), &lock).unwrap();
            for record in &ours {
                store.keep(record, &lock).unwrap();
            }
            if forgets {
                store.forget_registration(&here, &lock).unwrap();
                assert!(store.registration(&here, now).unwrap().is_none());
            }
            store.keep_registration(&here, &registration("you"), &lock).unwrap();
            assert_eq!(store.registration(&here, now).unwrap().unwrap().id(), "you");
            let former = |now| store.registration_of(&ours[0], now).unwrap();
            assert_eq!(former(now).unwrap().secret.as_deref().map(String::as_str), Some("SECRET-me"));
            assert!(former(UnixTime::from_seconds(2_000)).is_none(), "its secret has expired");
            assert!(store.registration_of(&record(B, "x", "1"), now).unwrap().is_none());
            // One that nobody names is gone when it is replaced.
            store.keep_registration(&here, &registration("them"), &lock).unwrap();
            assert_eq!(files(), 2);
            store.forget(&ours[0], &lock).unwrap();
            assert!(former(now).is_some(), "another token names it");
            store.forget(&ours[1], &lock).unwrap();
            assert!(former(now).is_none() && files() == 1);
            drop(folder);
        }
    }
}
