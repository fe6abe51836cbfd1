//! Whose stream is it? Ids of events, sealed for the one caller that they were sent to.
//!
//! A broken stream is resumed by the id of the last event that arrived (MCP, Streamable HTTP, Resumability and
//! Redelivery). To many servers that id is all there is to know, and they number events from one: whoever guesses it
//! hears what another was told. What a caller sees of an id opens only for the same owner in the same session; the
//! server behind never sees one that was not its own.

use std::sync::Arc;

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hmac,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use warded_core::{Refusal, jose::base64url};
use zeroize::Zeroizing;

use crate::session::{Owner, SessionSeal};

mod body;
mod events;

pub(crate) use body::Numbered;

/// The header that names the last event that arrived (HTML, Server-sent events, §9.2.4).
static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Longest id of an event of a server behind, in bytes.
const MAX_ID: usize = 1024;
/// Longest sealed id: id and tag in base64url.
const MAX_SEALED: usize = (MAX_ID + 16).div_ceil(3) * 4;
/// What the sealed bytes are for; a key that also served another purpose would not open them there.
const PURPOSE: &[u8] = b"warded event id 1";

/// The key that ids of events are sealed with. It comes out of the one for sessions, so streams outlive a restart too.
///
/// The cipher needs no nonce that is used once (RFC 8452). So an event that is sent again has the id that it had, as
/// callers that compare ids expect, and the sealed id is 16 bytes longer and not 28.
pub(crate) struct EventKey(LessSafeKey);

impl EventKey {
    /// Derived from the 32 bytes of a session key; none where those are not usable.
    pub(crate) fn of(session_key: &[u8]) -> Option<Self> {
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, session_key), PURPOSE);
        UnboundKey::new(&AES_256_GCM_SIV, derived.as_ref()).ok().map(LessSafeKey::new).map(Self)
    }
}

/// The ids of one caller's streams at one server, in one session if there is one.
pub(crate) struct Numbering {
    seal: Arc<SessionSeal>,
    /// Everything that an id belongs to.
    bound: Zeroizing<Vec<u8>>,
    nonce: [u8; NONCE_LEN],
}

impl Numbering {
    /// The session is the one that the server behind knows.
    pub(crate) fn of(seal: &Arc<SessionSeal>, owner: &Owner<'_>, session: Option<&HeaderValue>) -> Self {
        let mut bound = Zeroizing::new(PURPOSE.to_vec());
        // The owner says how long its parts are, and the session is the rest.
        bound.extend_from_slice(&owner.written());
        bound.push(u8::from(session.is_some()));
        bound.extend(session.map(HeaderValue::as_bytes).unwrap_or_default());
        let mut nonce = [0; NONCE_LEN];
        for (byte, hashed) in nonce.iter_mut().zip(digest::digest(&digest::SHA256, &bound).as_ref()) {
            *byte = *hashed;
        }
        Self { seal: Arc::clone(seal), bound, nonce }
    }

    /// What the caller gets to see in place of an id; none where no header could bring it back.
    fn seal(&self, id: &[u8]) -> Option<String> {
        let is_sendable = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
        if id.len() > MAX_ID || !id.iter().all(is_sendable) {
            return None;
        }
        let (mut bytes, nonce) = (id.to_vec(), Nonce::assume_unique_for_key(self.nonce));
        self.seal.events().0.seal_in_place_append_tag(nonce, Aad::from(&*self.bound), &mut bytes).ok()?;
        Some(base64url::encode(bytes))
    }

    /// The id that the server behind gave to an event of this caller.
    fn open(&self, sealed: &HeaderValue) -> Option<HeaderValue> {
        let text = sealed.to_str().ok().filter(|text| text.len() <= MAX_SEALED)?;
        let (mut bytes, nonce) = (base64url::decode(text)?, Nonce::assume_unique_for_key(self.nonce));
        let id = self.seal.events().0.open_in_place(nonce, Aad::from(&*self.bound), &mut bytes).ok()?;
        HeaderValue::from_bytes(id).ok()
    }
}

/// Puts the id of the server behind in place of the sealed one, where the request names an event.
pub(crate) fn resume(headers: &mut HeaderMap, numbering: impl FnOnce() -> Numbering) -> Result<(), Refusal> {
    let mut values = headers.get_all(&LAST_EVENT_ID).iter();
    let Some(sealed) = values.next().cloned() else {
        return Ok(());
    };
    if values.next().is_some() {
        return Err(Refusal::HeaderDisagrees { header: "Last-Event-ID" });
    }
    headers.remove(&LAST_EVENT_ID);
    // An empty one names no event: so an id is reset (§9.2.6).
    if !sealed.is_empty() {
        let id = numbering().open(&sealed).ok_or(Refusal::EventUnknown)?;
        headers.insert(&LAST_EVENT_ID, id);
    }
    Ok(())
}

/// Refuses a request that names an event, where nobody was ever given an id.
pub(crate) fn nothing(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.get_all(&LAST_EVENT_ID).iter().all(HeaderValue::is_empty) {
        return Ok(());
    }
    Err(Refusal::EventUnknown)
}

#[cfg(test)]
mod tests;
