//! To whom do alerts go, and how does the receiver know that they are ours? By a signature over the moment and the text,
//! so that nobody can write one, nor send an old one again.

use std::{collections::HashSet, fmt, path::Path, time::Duration};

use aws_lc_rs::hmac;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde_json::Value;
use tokio::time::sleep;
use warded_client::fetch::{Fetch, Outgoing, Target};
use warded_core::Clock;

use crate::{
    command::up::secrets,
    config::serving::Alerted,
    finding::{Finding, table},
};

const SIGNATURE: HeaderName = HeaderName::from_static("warded-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("warded-timestamp");
/// What is waited for before each further try.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];
const CONNECT: Duration = Duration::from_secs(5);
/// What is read of an answer that nobody needs, in bytes.
const MAX_ANSWER: usize = 16 * 1024;

/// A receiver of alerts.
pub(in crate::command::up) struct Receiver {
    fetch: Fetch,
    url: Target,
    key: Option<hmac::Key>,
    codes: HashSet<&'static str>,
    at_most: u32,
}

/// The receiver that the operator names, or what is wrong with its secret.
pub(in crate::command::up) fn receiver(
    alerted: &Alerted,
    folder: &Path,
    fetch: &Fetch,
) -> Result<Receiver, Finding> {
    let lacking =
        |message: String| Finding::new(&table::SECRET_MISSING, message).at(alerted.secret_at, "not there");
    let secret =
        alerted.secret.as_ref().map(|place| secrets::read(place, folder).map_err(lacking)).transpose()?;
    Ok(Receiver {
        fetch: fetch
            .clone()
            .with_body_limit(MAX_ANSWER)
            .with_time_limits(CONNECT.min(alerted.timeout), alerted.timeout),
        url: alerted.url.clone(),
        key: secret.map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())),
        codes: alerted.codes.clone(),
        at_most: alerted.at_most,
    })
}

impl Receiver {
    /// Whether somebody wants to know of refusals with this code.
    pub(super) fn wants(&self, code: &str) -> bool {
        self.codes.contains(code)
    }

    /// How many alerts a minute may have.
    pub(super) fn at_most(&self) -> u32 {
        self.at_most
    }

    /// Delivers a document; says why it could not be.
    pub(super) async fn takes(&self, document: &Value, clock: &dyn Clock) -> Result<(), &'static str> {
        let text = Bytes::from(document.to_string());
        let mut pauses = AGAIN_AFTER.iter();
        loop {
            let why = match self.fetch.post(&self.url, self.signed(&text, clock)).await {
                Ok(answer) if answer.status.is_success() => return Ok(()),
                // What it says no to, it says no to again.
                Ok(answer) if answer.status.is_client_error() && answer.status != 429 => {
                    return Err("the receiver refuses it");
                }
                Ok(_) => "the receiver does not take it",
                Err(_) => "the receiver cannot be reached in time",
            };
            match pauses.next() {
                Some(pause) => sleep(*pause).await,
                None => return Err(why),
            }
        }
    }

    fn signed(&self, text: &Bytes, clock: &dyn Clock) -> Outgoing {
        let body = Outgoing::bytes(HeaderValue::from_static("application/json"), text.clone());
        let now = clock.now().seconds();
        let body = body.header(TIMESTAMP, HeaderValue::from(now));
        let Some(key) = &self.key else { return body };
        let tag = signature(key, now, text);
        match HeaderValue::try_from(tag) {
            Ok(tag) => body.header(SIGNATURE, tag),
            Err(_) => body,
        }
    }
}

/// `v1=` and, in hexadecimal, HMAC-SHA256 of the timestamp, a dot and the body.
fn signature(key: &hmac::Key, timestamp: i64, text: &[u8]) -> String {
    let mut signed = hmac::Context::with_key(key);
    signed.update(format!("{timestamp}.").as_bytes());
    signed.update(text);
    let tag = signed.sign();
    tag.as_ref().iter().fold("v1=".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// Says where to; the key is nobody's business.
impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("at_most", &self.at_most).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_the_moment_and_the_text() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"key");
        // `printf '1700000000.{}' | openssl dgst -sha256 -hmac key`
        let expected = "v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae";
        assert_eq!(signature(&key, 1_700_000_000, b"{}"), expected);
        assert_ne!(signature(&key, 1_700_000_001, b"{}"), expected);
    }
}
