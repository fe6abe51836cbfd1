//! What did a provider's endpoint say? Its words for a person, and its token, which is wiped when it has been read.

use serde_json::{Map, Value};
use warded_client::fetch::Fetched;
use warded_core::{Shown, json};
use zeroize::Zeroizing;

use super::ProviderFailed;

/// The answer of a token endpoint, where it did not say no. GitHub says no with status 200.
pub(super) fn granted(answer: &Fetched) -> Result<Map<String, Value>, ProviderFailed> {
    let document = json::object(&answer.body).ok().filter(|_| answer.is_json());
    let error = document.as_ref().and_then(|document| document.get("error"));
    if let Some(error) = error {
        // Its name only: what describes it may repeat what we sent.
        return Err(ProviderFailed::Refused(Shown::new(error.as_str().unwrap_or("error"))));
    }
    answer.json()?;
    document.ok_or(ProviderFailed::Malformed("JSON object"))
}

/// A token out of it.
pub(super) fn token(
    document: &mut Map<String, Value>,
    member: &'static str,
) -> Result<Zeroizing<String>, ProviderFailed> {
    match document.remove(member) {
        Some(Value::String(text)) if !text.is_empty() => Ok(Zeroizing::new(text)),
        _ => Err(ProviderFailed::Malformed(member)),
    }
}
