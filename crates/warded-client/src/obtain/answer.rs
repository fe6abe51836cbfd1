//! What came back from a token endpoint, and is it for the server that it was asked for? RFC 6749 §5.

use std::fmt;

use http::StatusCode;
use serde_json::{Map, Value};
use warded_core::{InboundToken, Scopes, danger::Unverified, json};
use zeroize::Zeroizing;

use super::{Bound, ObtainFailed, audience, endpoint::Expected, exchange};
use crate::{fetch::Fetched, possession::SenderKey, unsaid::Unsaid};

/// Longest token that is kept. Headers have limits, and what does not fit into one is of no use.
const MAX_TOKEN: usize = 16 * 1024;
/// Longest lifetime that is believed: a year.
const MAX_LIFETIME: u32 = 366 * 24 * 60 * 60;

/// A token for one resource. Its text leaves this crate in two places: the `Authorization` header of a request to the
/// server that it is for, and the hands of a person who wants it ([`ResourceToken`](crate::tokens::ResourceToken)).
#[derive(Clone)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// RFC 6750 §2.1 `b68token`, widened to visible ASCII: what can stand in the header, and nothing that ends it.
    pub(crate) fn new(text: Zeroizing<String>) -> Option<Self> {
        let fits =
            !text.is_empty() && text.len() <= MAX_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then_some(Self(text))
    }

    /// The text. It must reach nobody but its server.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// What it says of itself, where it can be read; its text does not come with it. Nobody vouches for a word of it.
    pub fn unverified(&self) -> Option<Unverified> {
        Unverified::read(InboundToken::new(self.0.as_str().to_owned())).ok()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken")
    }
}

/// What a new access token can be had for, at its own issuer only.
#[derive(Clone)]
pub struct RefreshToken(Zeroizing<String>);

impl RefreshToken {
    pub(crate) fn new(text: Zeroizing<String>) -> Option<Self> {
        (!text.is_empty() && text.len() <= MAX_TOKEN).then_some(Self(text))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken")
    }
}

/// What an issuer gave.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Obtained {
    /// The token.
    pub access_token: AccessToken,
    /// What a new one can be had for. None in an answer to a refresh means: the old one goes on.
    pub refresh_token: Option<RefreshToken>,
    /// For how many seconds it is good, where the issuer says.
    pub expires_in: Option<u32>,
    /// What it permits, where that differs from what was asked for (RFC 6749 §5.1).
    pub scopes: Option<Scopes>,
    /// How it is known to be for its server.
    pub bound: Bound,
}

/// Reads the answer to a request for a token that has to be what is expected.
pub(super) fn read(
    answer: &Fetched,
    expected: &Expected<'_>,
    unsaid: &Unsaid,
) -> Result<Obtained, ObtainFailed> {
    let kind = if expected.key.is_some() { "DPoP" } else { "Bearer" };
    let document = document(answer, unsaid)?;
    if let Some(issued) = expected.issued {
        exchange::is_issued(&document, issued)?;
    }
    let obtained = Obtained { bound: expected.bound.clone(), ..parse(document, kind)? };
    let token = InboundToken::new(obtained.access_token.expose().to_owned());
    // One that cannot be read is the issuer's secret, and passes.
    let Ok(token) = Unverified::read(token) else {
        return Ok(obtained);
    };
    let bound = audience::bound(token.claims(), expected)?;
    is_of_key(token.claims(), expected.key)?;
    Ok(Obtained { bound, ..obtained })
}

/// RFC 9449 §6.1: a token of another key opens nothing with ours, and whoever has that key may be looking for it.
fn is_of_key(claims: &Map<String, Value>, key: Option<&SenderKey>) -> Result<(), ObtainFailed> {
    let named = claims.get("cnf").and_then(|confirmation| confirmation.get("jkt"));
    let is_it = match (named, key) {
        (None, _) => true,
        (Some(named), Some(key)) => named.as_str() == Some(&key.thumbprint().to_string()),
        (Some(_), None) => false,
    };
    if is_it { Ok(()) } else { Err(ObtainFailed::OtherKey) }
}

/// The code of an OAuth error, for whoever asks once more because of it.
pub(super) fn error(answer: &Fetched) -> Option<String> {
    let document = json::object(&answer.body).ok()?;
    let error = document.get("error")?.as_str().map(str::to_owned);
    error.filter(|_| is_no(answer.status, &document))
}

/// Whether it is a no. RFC 6749 §5.2 wants status 400 for it; some issuers send theirs with 200, and nobody must take that
/// for something that was given.
fn is_no(status: StatusCode, document: &Map<String, Value>) -> bool {
    let says_error = document.get("error").is_some_and(Value::is_string);
    !status.is_success() || (says_error && !document.contains_key("access_token"))
}

/// What a token endpoint said, where it did not say no. What it was sent is in none of its words that are shown.
pub(crate) fn document(answer: &Fetched, unsaid: &Unsaid) -> Result<Map<String, Value>, ObtainFailed> {
    let status = answer.status.as_u16();
    let unreadable = || {
        let is_success = answer.status.is_success();
        if is_success {
            ObtainFailed::Malformed { member: "JSON object" }
        } else {
            ObtainFailed::Status { status }
        }
    };
    let document = json::object(&answer.body).map_err(|_| unreadable())?;
    if is_no(answer.status, &document) {
        let text = |member: &str| document.get(member).and_then(Value::as_str);
        let error = text("error").map(|code| unsaid.code(code)).ok_or(ObtainFailed::Status { status })?;
        let description = text("error_description").map(|words| unsaid.shown(words));
        return Err(ObtainFailed::Refused { status, error, description });
    }
    Ok(document)
}

/// What an issuer gave, for whomever it is, as a token of this type (RFC 6749 §7.1). Where a key was shown, a token for
/// whoever has it is a downgrade; where none was, a token of a key is somebody else's.
pub(crate) fn parse(
    mut document: Map<String, Value>,
    wanted: &'static str,
) -> Result<Obtained, ObtainFailed> {
    let mut text = |member: &'static str| match document.remove(member) {
        Some(Value::String(text)) => Ok(Some(Zeroizing::new(text))),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(ObtainFailed::Malformed { member }),
    };
    let kind = text("token_type")?.ok_or(ObtainFailed::Malformed { member: "token_type" })?;
    if !kind.eq_ignore_ascii_case(wanted) {
        return Err(ObtainFailed::TokenType { wanted });
    }
    let token = text("access_token")?.and_then(AccessToken::new);
    let access_token = token.ok_or(ObtainFailed::Malformed { member: "access_token" })?;
    let refresh_token = match text("refresh_token")? {
        None => None,
        Some(token) => {
            Some(RefreshToken::new(token).ok_or(ObtainFailed::Malformed { member: "refresh_token" })?)
        }
    };
    let scopes = match text("scope")? {
        None => None,
        Some(list) => Some(Scopes::parse(&list).map_err(|_| ObtainFailed::Malformed { member: "scope" })?),
    };
    let expires_in = match document.get("expires_in") {
        None | Some(Value::Null) => None,
        Some(value) => Some(seconds(value).ok_or(ObtainFailed::Malformed { member: "expires_in" })?),
    };
    // No lifetime at all is a way of not saying; a token that was old at its birth would be refreshed at every request.
    let expires_in = expires_in.filter(|seconds| *seconds > 0);
    // Nobody has said yet whom it has to be for.
    Ok(Obtained { access_token, refresh_token, expires_in, scopes, bound: Bound::Unbound })
}

/// RFC 6749 §5.1: a number. Some issuers write it in quotes, which changes nothing.
pub(super) fn seconds(value: &Value) -> Option<u32> {
    let number = match value {
        Value::String(text) => text.parse().ok()?,
        value => value.as_u64()?,
    };
    Some(u32::try_from(number).unwrap_or(MAX_LIFETIME).min(MAX_LIFETIME))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_with_status_200_is_a_no_unless_a_token_stands_beside_it() {
        for (status, document, is_it) in [
            (StatusCode::OK, json!({ "error": "invalid_grant" }), true),
            (StatusCode::OK, json!({ "error": "invalid_grant", "access_token": "x" }), false),
            (StatusCode::OK, json!({ "error": null }), false),
            (StatusCode::OK, json!({}), false),
            (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant", "access_token": "x" }), true),
            (StatusCode::BAD_REQUEST, json!({}), true),
        ] {
            assert_eq!(is_no(status, document.as_object().unwrap()), is_it, "{status} {document}");
        }
    }
}
