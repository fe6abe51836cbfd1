//! With which keys does this issuer sign, and which does it publish?
//!
//! The keys are in the store, so that every node has the same. Each looks there every few seconds, holds what it finds,
//! and makes the next one in time; of several that do, one adds its key, and the others find it. Whoever judges our tokens
//! in this process learns of a key before anything is signed with it.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::rand::SecureRandom;
use serde_json::json;
use warded_client::keys::Keys;
use warded_core::{
    Issuer, Keyring, UnixTime,
    jose::{Algorithm, KeySet, SigningKey},
};
use warded_store::{Added, HeldKey, Store};

use crate::OpenFailed;

mod by_hand;
mod made;
mod plan;
#[cfg(test)]
mod tests;

pub use by_hand::{rotate_keys, withdraw_key};
pub(crate) use made::ALGORITHMS;
pub(crate) use plan::LONGEST_TOKEN;
use plan::Span;

/// How often a look may find that somebody else was faster. Nobody is, as often as that.
const MOST_ROUNDS: usize = 16;

/// The shortest time after which keys may follow each other: less than that, and the next would be published before the
/// one before it signs.
pub(crate) const SHORTEST_ROTATION: u32 = 2 * plan::ANNOUNCED;

/// The keys of one issuer.
pub(crate) struct IssuerKeys {
    issuer: Issuer,
    /// The name under which the store has them.
    name: String,
    algorithms: BTreeSet<Algorithm>,
    rotate: u32,
    readers: Option<Arc<Keys>>,
    held: RwLock<Arc<Held>>,
    /// Held by whoever looks into the store.
    looking: tokio::sync::Mutex<()>,
}

/// What the store had when it was last looked into.
struct Held {
    looked: UnixTime,
    keys: Vec<(Span, Arc<SigningKey>)>,
    /// The document that readers elsewhere get.
    published: Arc<str>,
    /// The same, for judging our own tokens here.
    keyring: Arc<Keyring>,
}

impl IssuerKeys {
    /// Looks into the store, and makes what is missing there.
    pub(crate) async fn open(
        (issuer, name): (Issuer, String),
        algorithms: BTreeSet<Algorithm>,
        rotate: u32,
        readers: Option<Arc<Keys>>,
        (store, random): (&dyn Store, &Arc<dyn SecureRandom + Send + Sync>),
        now: UnixTime,
    ) -> Result<Self, OpenFailed> {
        if let Some(other) = algorithms.iter().find(|algorithm| !ALGORITHMS.contains(algorithm)) {
            return Err(OpenFailed::Algorithm(*other));
        }
        if rotate < SHORTEST_ROTATION {
            return Err(OpenFailed::Rotation);
        }
        let none = Held { looked: now, keys: Vec::new(), published: "".into(), keyring: Arc::default() };
        let (held, looking) = (RwLock::new(Arc::new(none)), tokio::sync::Mutex::default());
        let keys = Self { issuer, name, algorithms, rotate, readers, held, looking };
        keys.look(store, random, now).await?;
        Ok(keys)
    }

    /// Looks what the store has now, and adds the keys that are due.
    pub(crate) async fn look(
        &self,
        store: &dyn Store,
        random: &Arc<dyn SecureRandom + Send + Sync>,
        now: UnixTime,
    ) -> Result<(), OpenFailed> {
        let _looking = self.looking.lock().await;
        for _ in 0..MOST_ROUNDS {
            let stored = store.signing_keys(&self.name).await.map_err(OpenFailed::Store)?;
            let keys = self.read(&stored, now)?;
            let Some((algorithm, span)) = self.due(&keys, now) else {
                return self.hold(keys, now);
            };
            let newest = stored.iter().rfind(|key| key.algorithm == algorithm);
            let made = made(algorithm, span, random, now).await?;
            let added = store.add_signing_key(&self.name, &made, newest.map(|key| key.kid.as_str()));
            if added.await.map_err(OpenFailed::Store)? == Added::Yes {
                tracing::info!(
                    issuer = %self.issuer, kid = made.kid, %algorithm, signs_from = %span.signs_from,
                    "a signing key was made"
                );
            }
        }
        Err(OpenFailed::Contended)
    }

    /// Looks what the store has now, for a reader, and makes nothing: once a second at the most, and not while somebody
    /// else looks.
    pub(crate) async fn learn(&self, store: &dyn Store, now: UnixTime) -> Result<(), OpenFailed> {
        let Ok(_looking) = self.looking.try_lock() else { return Ok(()) };
        if self.held().looked == now {
            return Ok(());
        }
        let stored = store.signing_keys(&self.name).await.map_err(OpenFailed::Store)?;
        let keys = self.read(&stored, now)?;
        self.hold(keys, now)
    }

    /// The key that signs now.
    pub(crate) fn signer(&self, algorithm: Algorithm, now: UnixTime) -> Option<Arc<SigningKey>> {
        let held = self.held();
        let fit = held.keys.iter().filter(|(span, key)| key.algorithm() == algorithm && span.may_sign(now));
        fit.max_by_key(|(span, _)| span.signs_from).map(|(_, key)| Arc::clone(key))
    }

    /// The public halves, as the document that verifiers read.
    pub(crate) fn published(&self) -> Arc<str> {
        Arc::clone(&self.held().published)
    }

    /// The public halves, for judging our own tokens.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.held().keyring)
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Those that are published. Keys that are held already are not read again.
    fn read(&self, stored: &[HeldKey], now: UnixTime) -> Result<Vec<(Span, Arc<SigningKey>)>, OpenFailed> {
        let known = self.held();
        let mut keys = Vec::new();
        for stored in stored {
            let HeldKey { signs_from, signs_until, published_until, .. } = *stored;
            let span = Span { signs_from, signs_until, published_until };
            if !span.is_published(now) {
                continue;
            }
            let is_known = |key: &&Arc<SigningKey>| key.thumbprint().to_string() == stored.kid;
            let held = known.keys.iter().map(|(_, key)| key).find(is_known).cloned();
            let read = || SigningKey::from_pkcs8(stored.algorithm, &stored.pkcs8).map(Arc::new);
            let key = held.map_or_else(read, Ok);
            let key = key.map_err(|_| OpenFailed::Key { name: stored.kid.clone() })?;
            keys.push((span, key));
        }
        Ok(keys)
    }

    /// The first key that is missing.
    fn due(&self, keys: &[(Span, Arc<SigningKey>)], now: UnixTime) -> Option<(Algorithm, Span)> {
        self.algorithms.iter().find_map(|&algorithm| {
            let of_it = keys.iter().filter(|(_, key)| key.algorithm() == algorithm);
            let spans: Vec<_> = of_it.map(|(span, _)| *span).collect();
            plan::next(&spans, now, self.rotate).map(|span| (algorithm, span))
        })
    }

    /// Readers first: nothing is signed with a key that they do not have.
    fn hold(&self, keys: Vec<(Span, Arc<SigningKey>)>, now: UnixTime) -> Result<(), OpenFailed> {
        let members: Vec<_> = keys.iter().map(|(_, key)| key.public_jwk()).collect();
        let published = json!({ "keys": members }).to_string();
        let set =
            || KeySet::parse(published.as_bytes()).map_err(|_| OpenFailed::Key { name: self.name.clone() });
        let before = self.held();
        let keyring = if *before.published == *published {
            Arc::clone(&before.keyring)
        } else {
            let mut keyring = Keyring::default();
            keyring.hold(&self.issuer, set()?);
            if let Some(readers) = &self.readers {
                readers.hold(&self.issuer, set()?);
            }
            Arc::new(keyring)
        };
        let held = Held { looked: now, keys, published: published.into(), keyring };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        Ok(())
    }
}

async fn made(
    algorithm: Algorithm,
    span: Span,
    random: &Arc<dyn SecureRandom + Send + Sync>,
    now: UnixTime,
) -> Result<HeldKey, OpenFailed> {
    let pkcs8 = made::make(algorithm, random).await?;
    let key = SigningKey::from_pkcs8(algorithm, &pkcs8)
        .map_err(|_| OpenFailed::Key { name: "(a fresh one)".into() })?;
    let Span { signs_from, signs_until, published_until } = span;
    let kid = key.thumbprint().to_string();
    Ok(HeldKey { kid, algorithm, pkcs8, created: now, signs_from, signs_until, published_until })
}

impl fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKeys").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
