//! How does one token become another? At an issuer that exchanges it for a token of the server (RFC 8693).

use serde_json::{Map, Value};
use warded_core::{Scopes, Sent};
use zeroize::Zeroizing;

use super::{ObtainFailed, Obtained, TokenEndpoint};

pub(super) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// RFC 8693 §3
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

impl TokenEndpoint<'_> {
    /// Exchanges somebody's token for one of the server (RFC 8693 §2.1).
    pub async fn exchange(
        &self,
        subject: &str,
        kind: &str,
        scopes: &Scopes,
    ) -> Result<Obtained, ObtainFailed> {
        let form = [
            ("grant_type", EXCHANGE),
            ("subject_token", subject),
            ("subject_token_type", kind),
            ("requested_token_type", ACCESS_TOKEN),
        ];
        let obtained = self.ask_for(&form, Some(scopes), Some(ACCESS_TOKEN)).await?;
        // Also in the claims of another one, which are in base64: the server would have both.
        let sent = Sent::new(Zeroizing::new(subject.to_owned()));
        if sent.occurs_in(obtained.access_token.expose().as_bytes()) {
            return Err(ObtainFailed::SubjectReturned);
        }
        Ok(obtained)
    }
}

/// RFC 8693 §2.2.1: an ID token or a refresh token is no access token, whatever it is asked as.
pub(super) fn is_issued(document: &Map<String, Value>, wanted: &str) -> Result<(), ObtainFailed> {
    let is_it = document.get("issued_token_type").is_some_and(|issued| issued == wanted);
    if is_it { Ok(()) } else { Err(ObtainFailed::Malformed { member: "issued_token_type" }) }
}
