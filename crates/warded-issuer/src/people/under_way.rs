//! What is remembered of somebody who has been sent to a provider? One row that carries the whole request, and that only
//! the same browser finds again, by what the provider sends back with it.
//!
//! Whoever reads the store can neither answer for the provider nor redeem its code: the row's name is a hash of the
//! `state` and the browser's cookie, and the verifier is sealed under both.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hmac,
};
use warded_core::{UnixTime, jose::base64url};
use warded_store::{Digest, Pending};
use zeroize::Zeroizing;

use super::{Door, People};
use crate::{
    AuthorizationServer, browser::page::onward::readable, provider::Once, random::Secret, refused::Refused,
    throttle::Peer,
};

/// How long somebody may be away: long enough to find a second factor.
pub(crate) const PATIENCE: u32 = 15 * 60;

/// Longest request that is kept meanwhile: twice the longest `state` that is taken.
const MAX_REQUEST_BYTES: usize = 8 * 1024;

/// Somebody who came back, in the same browser.
pub(crate) struct Returned {
    /// What the person came for.
    pub(crate) request: String,
    /// When the person was sent away.
    pub(crate) departed: UnixTime,
    pub(crate) nonce: Zeroizing<String>,
    pub(crate) verifier: Zeroizing<String>,
}

impl People {
    /// Whether a request is short enough to be kept while somebody is away, if anybody goes away here. It is asked before
    /// anybody is asked to log in: at the provider's button there is no way on any more.
    pub(crate) fn keeps(&self, request: &str) -> bool {
        // Nobody knows yet whether anybody comes back for it.
        self.doors.is_empty() || at_its_longest(request) <= MAX_REQUEST_BYTES
    }
}

/// How long a request is once all is in it that we do to it on the way, but for a `prompt` of ours. It is the same
/// before and after: what was short enough before a login is so after it.
fn at_its_longest(request: &str) -> usize {
    let is_ours = |pair: &&str| matches!(*pair, "prompt=consent" | "prompt=select_account");
    request.split('&').filter(|pair| !is_ours(pair)).map(|pair| readable(pair).len().saturating_add(1)).sum()
}

impl AuthorizationServer {
    /// Remembers that a browser is sent to a provider.
    pub(crate) async fn send_off(
        &self,
        door: &Door,
        request: &str,
        cookie: &str,
        peer: Peer,
    ) -> Result<Once, Refused> {
        let now = self.clock.now();
        let secret = || Secret::new(&*self.random);
        let once = Once { state: secret()?, nonce: secret()?, verifier: secret()? };
        let text = Zeroizing::new(format!("{}.{}", once.nonce.reveal(), once.verifier.reveal()));
        let pending = Pending {
            digest: self.name_of(door, once.state.reveal(), cookie),
            issuer: self.issuer.clone(),
            provider: door.name.clone(),
            request: request.to_owned(),
            browser: Digest::of(cookie.as_bytes()),
            nonce: once.nonce.digest(),
            verifier: seal(&self.key_of(door, once.state.reveal(), cookie), &text)?,
            expires: now.plus(PATIENCE),
            network: self.networks.name(peer),
        };
        self.store.begin(pending, now).await?;
        Ok(once)
    }

    /// Whether this browser was sent to that provider with this `state`, and has not come back yet. Nothing is changed.
    pub(crate) async fn is_awaited(&self, door: &Door, state: &str, cookie: &str) -> Result<bool, Refused> {
        let name = self.name_of(door, state, cookie);
        Ok(self.store.pending(&name, self.clock.now()).await?.is_some())
    }

    /// Takes what was remembered of somebody who came back: once.
    pub(crate) async fn welcome(
        &self,
        door: &Door,
        state: &str,
        cookie: &str,
    ) -> Result<Option<Returned>, Refused> {
        let name = self.name_of(door, state, cookie);
        let Some(pending) = self.store.take(&name, self.clock.now()).await? else { return Ok(None) };
        let is_whole = pending.issuer == self.issuer
            && pending.provider == door.name
            && pending.browser.is_of(cookie.as_bytes());
        let opened = open(&self.key_of(door, state, cookie), &pending.verifier).filter(|_| is_whole);
        // A row that does not fit its own name was written by somebody else.
        let opened = opened.ok_or(Refused::Unable)?;
        let (nonce, verifier) = opened.split_once('.').ok_or(Refused::Unable)?;
        if !pending.nonce.is_of(nonce.as_bytes()) {
            return Err(Refused::Unable);
        }
        let (nonce, verifier) = (Zeroizing::new(nonce.to_owned()), Zeroizing::new(verifier.to_owned()));
        let departed = UnixTime::from_seconds(pending.expires.seconds().saturating_sub(PATIENCE.into()));
        Ok(Some(Returned { request: pending.request, departed, nonce, verifier }))
    }

    /// With the cookie in it, another browser's row is not found at all, and so not spent; with the provider in it,
    /// neither is the row of another one, whose answer somebody has led to here (RFC 9700 §4.4).
    fn name_of(&self, door: &Door, state: &str, cookie: &str) -> Digest {
        let tag = self.tag("login elsewhere: name", door, state, cookie);
        Digest::of(tag.as_ref())
    }

    fn key_of(&self, door: &Door, state: &str, cookie: &str) -> Zeroizing<[u8; 32]> {
        let tag = self.tag("login elsewhere: key", door, state, cookie);
        Zeroizing::new(tag.as_ref().first_chunk().copied().unwrap_or_default())
    }

    fn tag(&self, purpose: &str, door: &Door, state: &str, cookie: &str) -> hmac::Tag {
        let mut hash = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, cookie.as_bytes()));
        // Each with its length, or the end of one could be the beginning of the next.
        for part in [purpose, self.issuer.as_str(), &door.name, state] {
            hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.sign()
    }
}

fn cipher(key: &[u8; 32]) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?))
}

/// One key seals one text: its `state` is drawn for it. So the nonce need not be another one each time.
fn seal(key: &[u8; 32], text: &str) -> Result<Vec<u8>, Refused> {
    let mut sealed = text.as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    let cipher = cipher(key).ok_or(Refused::Unable)?;
    cipher.seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed).map_err(|_| Refused::Unable)?;
    Ok(sealed)
}

fn open(key: &[u8; 32], sealed: &[u8]) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(sealed.to_vec());
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    let opened = cipher(key)?.open_in_place(nonce, Aad::empty(), &mut text).ok()?;
    let opened = Zeroizing::new(String::from_utf8(opened.to_vec()).ok()?);
    let is_ours = |part: &str| base64url::decode(part).is_some_and(|bytes| bytes.len() == 32);
    let is_whole =
        opened.split_once('.').is_some_and(|(nonce, verifier)| is_ours(nonce) && is_ours(verifier));
    is_whole.then_some(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_by_the_same_key_whole_or_not_at_all() {
        let text = format!("{}.{}", base64url::encode([1; 32]), base64url::encode([2; 32]));
        let sealed = seal(&[7; 32], &text).unwrap();
        assert!(!sealed.windows(8).any(|window| text.as_bytes().windows(8).any(|part| part == window)));
        assert_eq!(open(&[7; 32], &sealed).as_deref(), Some(&text));
        assert_eq!(open(&[8; 32], &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&[7; 32], &changed), None, "{at}");
        }
        assert_eq!(open(&[7; 32], &[]), None);
    }
}
