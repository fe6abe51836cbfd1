//! Whose are the tokens that are asked for? Those of one person or program are never found for another.

use aws_lc_rs::digest::{Context, SHA256};
use warded_core::{InboundToken, Issuer, danger::Unverified, jose::base64url};

use super::{Grant, Inner, SessionFailed};
use crate::{secret::Secret, tokens::Behalf};

impl Inner {
    /// On whose behalf tokens are asked for now: what a file holds may be about somebody else tomorrow.
    pub(super) fn behalf(&self) -> Result<Behalf, SessionFailed> {
        let subject = |kind: &str, secret: &Secret| {
            let text = secret.read().map_err(|error| SessionFailed::Ungranted(error.into()))?;
            Ok(Behalf::Subject(name(kind, &text)))
        };
        match &self.asked.grant {
            Grant::User(_) => Ok(Behalf::User),
            Grant::Client => Ok(Behalf::Client),
            Grant::Assertion(assertion) => subject("assertion", assertion),
            Grant::Enterprise(enterprise) => subject("enterprise", &enterprise.id_token),
            Grant::Exchange(exchange) => subject("exchange", &exchange.token),
        }
    }
}

/// Whether an assertion says itself that it is for this issuer and for nobody else (RFC 7523 §3). Shown to any other, it
/// could be shown by that one to the issuer that it is for.
pub(super) fn is_for(assertion: &str, issuer: &Issuer) -> bool {
    let Ok(token) = Unverified::read(InboundToken::new(assertion.to_owned())) else {
        return false;
    };
    let named = token.claims().get("aud");
    let one = named.and_then(|named| match named.as_array().map(Vec::as_slice) {
        Some([one]) => one.as_str(),
        Some(_) => None,
        None => named.as_str(),
    });
    one == Some(issuer.as_str())
}

/// A name for whom a token is about: what it says of that where it can be read, and else the token itself. Workloads get
/// a new assertion every few minutes, and are the same all the time.
fn name(kind: &str, text: &str) -> Box<str> {
    let said = Unverified::read(InboundToken::new(text.to_owned())).ok().and_then(|token| {
        let claim = |name| token.claims().get(name)?.as_str().map(str::to_owned);
        Some([claim("iss")?, claim("sub")?])
    });
    let mut hash = Context::new(&SHA256);
    hash.update(b"warded subject 1");
    let mut add = |part: &str| {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    };
    add(kind);
    match &said {
        Some(parts) => parts.iter().for_each(|part| add(part)),
        None => add(text),
    }
    base64url::encode(hash.finish()).into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn token(claims: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string());
        format!("{}.{}.c2ln", part(&json!({ "alg": "ES256" })), part(claims))
    }

    #[test]
    fn whoever_a_token_is_about_has_one_name_and_others_have_others() {
        let ann = |at: u32| token(&json!({ "iss": "https://a.example", "sub": "ann", "iat": at }));
        let bob = token(&json!({ "iss": "https://a.example", "sub": "bob" }));
        let other = token(&json!({ "iss": "https://b.example", "sub": "ann" }));
        assert_eq!(name("assertion", &ann(1)), name("assertion", &ann(2)));
        let names = [
            name("assertion", &ann(1)),
            name("exchange", &ann(1)),
            name("assertion", &bob),
            name("assertion", &other),
            name("assertion", "opaque"),
            name("assertion", "other"),
            name("assertion", &token(&json!({ "sub": "ann" }))),
        ];
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
    }

    #[test]
    fn an_assertion_is_for_the_one_issuer_that_it_names() {
        let issuer = Issuer::parse("https://login.example.com").unwrap();
        let is_for = |aud: Value| is_for(&token(&json!({ "aud": aud })), &issuer);
        assert!(is_for(json!("https://login.example.com")) && is_for(json!(["https://login.example.com"])));
        for aud in [
            json!("https://login.example.com/"),
            json!(["https://login.example.com", "https://other.example.com"]),
            json!([]),
            json!(null),
        ] {
            assert!(!is_for(aud.clone()), "{aud}");
        }
        assert!(!super::is_for("opaque", &issuer));
    }
}
