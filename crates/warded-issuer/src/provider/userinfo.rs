//! What else does an OpenID provider say of somebody whom its ID token only numbers (OpenID Connect Core §5.3)?
//!
//! Some ID tokens have a `sub` and nothing that a person would know themselves by. Then the provider's token is shown to
//! the provider itself, once, and dropped. Who it is, is settled by then: nothing here can make it somebody else.

use http::{HeaderValue, Method, header};
use serde_json::{Map, Value};
use warded_client::fetch::{Fetch, Outgoing, Target};
use warded_core::{IdToken, json};
use zeroize::Zeroizing;

use super::ProviderFailed;

/// What people are called by, the best first.
pub(super) const NAMES: [&str; 3] = ["preferred_username", "email", "name"];

/// Everything that is said of a person, each claim with where it comes from.
pub(super) struct Told<'a> {
    token: &'a IdToken,
    userinfo: Map<String, Value>,
}

impl<'a> Told<'a> {
    /// By the ID token alone.
    pub(super) fn by(token: &'a IdToken) -> Self {
        Self { token, userinfo: Map::new() }
    }

    /// By the ID token, and by the endpoint where that names nobody.
    pub(super) async fn also_by(
        token: &'a IdToken,
        endpoint: &Target,
        access_token: &str,
        fetch: &Fetch,
    ) -> Result<Self, ProviderFailed> {
        let bearer = Zeroizing::new(format!("Bearer {access_token}"));
        let mut bearer =
            HeaderValue::from_str(&bearer).map_err(|_| ProviderFailed::Malformed("access_token"))?;
        bearer.set_sensitive(true);
        let outgoing = Outgoing::nothing().header(header::AUTHORIZATION, bearer);
        let answer = fetch.send(Method::GET, endpoint, outgoing).await?;
        let userinfo = json::object(answer.json()?).map_err(|_| ProviderFailed::Malformed("userinfo"))?;
        // §5.3.2: an answer about somebody else is that of another token, which was put in the place of ours.
        if userinfo.get("sub").and_then(Value::as_str) != Some(token.subject()) {
            return Err(ProviderFailed::SomebodyElse);
        }
        Ok(Self { token, userinfo })
    }

    /// A claim that is a text.
    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        let more = || self.userinfo.get(claim)?.as_str().filter(|text| !text.is_empty());
        self.token.text(claim).or_else(more)
    }

    /// An address that is verified. Both are of one source: what one says of an address is not said of another's.
    pub(super) fn verified_email(&self) -> Option<&str> {
        match self.token.text("email") {
            Some(email) => Some(email).filter(|_| self.token.is("email_verified")),
            None => {
                self.text("email").filter(|_| self.userinfo.get("email_verified") == Some(&Value::Bool(true)))
            }
        }
    }
}
