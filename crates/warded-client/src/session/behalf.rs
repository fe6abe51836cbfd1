//! Whose are the tokens that are asked for? Those of one person or program are never found for another.

use aws_lc_rs::digest::{Context, SHA256};
use warded_core::{InboundToken, Issuer, danger::Unverified, jose::base64url};
use zeroize::Zeroizing;

use super::{Grant, Inner, SessionFailed};
use crate::{
    secret::Secret,
    tokens::{Behalf, Record},
};

/// On whose behalf tokens are asked for, and what says so. Both are of one read: with two, what one subject is given could be
/// kept under the name of another, for good.
pub(super) struct Whose {
    pub(super) behalf: Behalf,
    /// What is shown to an issuer; empty where nothing is.
    pub(super) shown: Zeroizing<String>,
}

impl Inner {
    /// On whose behalf tokens are asked for now: what a file holds may be about somebody else tomorrow.
    pub(super) fn whose(&self) -> Result<Whose, SessionFailed> {
        let now = |secret: &Secret| secret.read().map_err(|error| SessionFailed::Ungranted(error.into()));
        let (subject, shown) = match &self.asked.grant {
            Grant::User(_) => return Ok(Whose::of(Behalf::User)),
            Grant::Client => return Ok(Whose::of(Behalf::Client)),
            Grant::Assertion(assertion) => {
                let text = now(assertion)?;
                (workload(&text), text)
            }
            Grant::Enterprise(enterprise) => {
                let text = now(&enterprise.id_token)?;
                (shown("enterprise", enterprise.provider.as_str(), &text), text)
            }
            Grant::Exchange(exchange) => {
                let text = now(&exchange.token)?;
                (shown("exchange", &exchange.kind, &text), text)
            }
        };
        Ok(Whose { behalf: Behalf::Subject(subject), shown })
    }

    /// The same without what says so; none where nobody can tell.
    pub(super) fn behalf(&self) -> Option<Behalf> {
        self.whose().ok().map(|whose| whose.behalf)
    }

    /// Whether they are asked for again under the same name. A caller's token and an ID token are another every few minutes,
    /// and what was kept for one of them is found by that one alone.
    pub(super) fn is_lasting(&self) -> bool {
        !matches!(self.asked.grant, Grant::Enterprise(_) | Grant::Exchange(_))
    }

    /// Whether a token is theirs on whose behalf tokens are asked for now.
    pub(super) fn is_theirs(&self, record: &Record) -> bool {
        matches!(self.asked.grant, Grant::User(_) | Grant::Client)
            || self.behalf().as_ref() == Some(&record.terms().behalf)
    }
}

impl Whose {
    fn of(behalf: Behalf) -> Self {
        Self { behalf, shown: Zeroizing::default() }
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

/// A name for the workload that an assertion is about: what it says of that where it can be read, and else the assertion
/// itself. Workloads get a new one every few minutes, and are the same all the time. Nobody vouches for what it says, but it
/// is the platform that puts it where it is read from.
fn workload(assertion: &str) -> Box<str> {
    let said = Unverified::read(InboundToken::new(assertion.to_owned())).ok().and_then(|token| {
        let claim = |name| token.claims().get(name)?.as_str().map(str::to_owned);
        Some([claim("iss")?, claim("sub")?])
    });
    match &said {
        Some([issuer, subject]) => name(&["assertion", issuer, subject]),
        None => name(&["assertion", assertion]),
    }
}

/// A name for whoever somebody else's token is of, which whoever calls may have written: what it says of itself counts for
/// nothing before the issuer has seen it, or a forged one would find what the true one was given. One with fewer rights, or
/// one that has ended, is another, too.
fn shown(kind: &str, of: &str, token: &str) -> Box<str> {
    name(&[kind, of, token])
}

fn name(parts: &[&str]) -> Box<str> {
    let mut hash = Context::new(&SHA256);
    // The first edition named whoever brings somebody's token by its claims. What was kept so is found by nobody.
    hash.update(b"warded subject 2");
    for part in parts {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
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
    fn a_workload_has_one_name_and_others_have_others() {
        let job = |at: u32| token(&json!({ "iss": "https://a.example", "sub": "job", "iat": at }));
        let another = token(&json!({ "iss": "https://a.example", "sub": "other" }));
        let elsewhere = token(&json!({ "iss": "https://b.example", "sub": "job" }));
        assert_eq!(workload(&job(1)), workload(&job(2)));
        let names = [
            workload(&job(1)),
            workload(&another),
            workload(&elsewhere),
            workload("opaque"),
            workload("other"),
            workload(&token(&json!({ "sub": "job" }))),
        ];
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
    }

    #[test]
    fn what_a_token_of_somebody_else_says_of_itself_names_nobody() {
        let ann = |at: u32| token(&json!({ "iss": "https://a.example", "sub": "ann", "iat": at }));
        assert_eq!(shown("exchange", "jwt", &ann(1)), shown("exchange", "jwt", &ann(1)));
        let names = [
            workload(&ann(1)),
            shown("exchange", "jwt", &ann(1)),
            shown("exchange", "jwt", &ann(2)),
            shown("exchange", "jwt", &ann(1).replace("c2ln", "")),
            shown("exchange", "access_token", &ann(1)),
            shown("enterprise", "jwt", &ann(1)),
            shown("exchange", "jw", &format!("t{}", ann(1))),
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
