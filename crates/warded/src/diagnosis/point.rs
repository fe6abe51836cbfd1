//! What can a server and its issuer disagree about, and what is a refusal about?

use super::{Diagnosis, table};

/// What two parties can disagree about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    Audience,
    Issuer,
    Scope,
    Clock,
    Type,
    Key,
    Opaque,
    Revoked,
    Possession,
    /// What else a token can be made of that nobody reads.
    Form,
}

impl Point {
    /// The word in sentences.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Audience => "the audience",
            Self::Issuer => "the issuer",
            Self::Scope => "the scopes",
            Self::Clock => "the time",
            Self::Type => "the type of the token",
            Self::Key => "the key that signs",
            Self::Opaque => "whether the server can read an opaque token",
            Self::Revoked => "whether the token was revoked",
            Self::Possession => "the proof of possession",
            Self::Form => "what a token is made of",
        }
    }

    /// What a server that refuses over it is told.
    pub(crate) const fn refused(self) -> &'static Diagnosis {
        match self {
            Self::Audience => &table::REFUSED_AUDIENCE,
            Self::Issuer => &table::REFUSED_ISSUER,
            Self::Scope => &table::REFUSED_SCOPE,
            Self::Clock => &table::REFUSED_CLOCK,
            Self::Type | Self::Form => &table::REFUSED_TYPE,
            Self::Key => &table::REFUSED_KEY,
            Self::Opaque => &table::REFUSED_OPAQUE,
            Self::Revoked => &table::REFUSED_REVOKED,
            Self::Possession => &table::REFUSED_POSSESSION,
        }
    }

    /// What a refusal of Warded's is about; none where it is not about the token.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "audience-missing" | "audience-malformed" | "audience-elsewhere" | "audience-unknown"
            | "audience-shared" => Self::Audience,
            "issuer-missing" | "issuer-unknown" | "issuer-differs" => Self::Issuer,
            "scope-missing" => Self::Scope,
            "expired" | "not-yet-valid" | "issued-in-future" | "expiry-missing" | "lifetime-too-long" => {
                Self::Clock
            }
            "type-wrong" | "not-access-token" => Self::Type,
            "key-unknown"
            | "key-unfit"
            | "signature-invalid"
            | "algorithm-unsupported"
            | "algorithm-not-allowed" => Self::Key,
            "token-parts" | "token-encrypted" => Self::Opaque,
            "token-revoked" | "token-suspended" | "token-inactive" | "status-unknown" => Self::Revoked,
            code if code.starts_with("sender-") || code.starts_with("proof-") => Self::Possession,
            _ => return None,
        })
    }

    /// What somebody's words are about; none where they do not say.
    pub(super) fn of_words(words: &str) -> Option<Self> {
        let lower = words.to_ascii_lowercase();
        let spoken: Vec<_> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let has = |any: &[&str]| spoken.iter().any(|word| any.contains(word));
        // The rarer word first: "the issuer revoked the token" is about no issuer, and "no key for this audience" about
        // no key.
        let known = [
            (Self::Possession, &["dpop", "proof", "jkt", "cnf"][..]),
            (Self::Revoked, &["revoked", "inactive", "withdrawn"]),
            (Self::Audience, &["audience", "audiences", "aud", "recipient", "intended"]),
            (Self::Clock, &["expired", "expiry", "expires", "exp", "nbf", "iat", "clock", "future", "yet"]),
            (Self::Scope, &["scope", "scopes", "insufficient"]),
            (Self::Key, &["signature", "signing", "kid", "jwks", "key", "keys", "algorithm", "alg"]),
            (Self::Issuer, &["issuer", "iss"]),
            (Self::Opaque, &["opaque", "malformed", "segments", "decode", "parse", "jwt", "introspection"]),
            (Self::Type, &["typ", "type"]),
        ];
        let mut points = known.into_iter().filter(|(_, any)| has(any)).map(|(point, _)| point);
        let first = points.next();
        // RFC 6750 §3.1 describes `invalid_token` as "expired, revoked, malformed, or invalid for other reasons", and
        // many a server says that of every token.
        if points.count() < 2 { first } else { None }
    }
}

#[cfg(test)]
mod tests {
    use warded_core::Entry;

    use super::*;

    #[test]
    fn every_refusal_of_a_token_is_about_something() {
        for (code, about) in [
            ("audience-unknown", Some(Point::Audience)),
            ("issuer-unknown", Some(Point::Issuer)),
            ("scope-missing", Some(Point::Scope)),
            ("issued-in-future", Some(Point::Clock)),
            ("type-wrong", Some(Point::Type)),
            ("key-unknown", Some(Point::Key)),
            ("token-parts", Some(Point::Opaque)),
            ("token-revoked", Some(Point::Revoked)),
            ("proof-stale", Some(Point::Possession)),
            ("token-absent", None),
            ("body-too-large", None),
        ] {
            assert!(Entry::find(code).is_some() && Point::of_code(code) == about, "{code}");
        }
        // What the core can refuse a token for is known here, also what it learns later.
        for entry in Entry::all() {
            let is_of_token = entry.error == Some(warded_core::OauthError::InvalidToken);
            let is_of_form = ["token-", "header-", "claim-", "client-", "status-"];
            let is_known = Point::of_code(entry.code).is_some()
                || is_of_form.iter().any(|form| entry.code.starts_with(form));
            assert!(!is_of_token || is_known, "{}", entry.code);
        }
    }

    #[test]
    fn the_words_of_common_servers_are_understood() {
        for (said, about) in [
            ("JWT audience mismatch", Point::Audience),
            ("Invalid audience: expected x", Point::Audience),
            ("unexpected \"aud\" claim value", Point::Audience),
            ("Token is not intended for this resource", Point::Audience),
            ("Token issuer mismatch", Point::Issuer),
            ("invalid iss", Point::Issuer),
            ("The access token expired", Point::Clock),
            ("The token is not yet valid (nbf)", Point::Clock),
            ("Signature verification failed", Point::Key),
            ("Unable to find a signing key that matches: 'k1'", Point::Key),
            ("Not enough segments", Point::Opaque),
            ("Insufficient scope", Point::Scope),
            ("The token was revoked", Point::Revoked),
            ("token inactive", Point::Revoked),
            ("DPoP proof is missing", Point::Possession),
            ("wrong typ", Point::Type),
        ] {
            assert_eq!(Point::of_words(said), Some(about), "{said}");
        }
        let of_the_rfc =
            "The access token provided is expired, revoked, malformed, or invalid for other reasons.";
        for silent in ["", of_the_rfc, "The access token is invalid", "Unauthorized", "no"] {
            assert_eq!(Point::of_words(silent), None, "{silent}");
        }
    }
}
