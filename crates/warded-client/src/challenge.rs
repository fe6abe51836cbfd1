//! What does a server ask for that refuses us? `WWW-Authenticate` by the grammar of RFC 9110 §11.6.1, as far as it
//! speaks of Bearer (RFC 6750 §3) and DPoP (RFC 9449 §7.1).
//!
//! A server that we do not trust yet writes this text, and where we go next depends on it: whatever two readers
//! could read differently is refused.

use http::{HeaderMap, header::WWW_AUTHENTICATE};
use warded_core::Scopes;

mod grammar;

/// How a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// RFC 6750
    Bearer,
    /// RFC 9449
    Dpop,
}

/// What a server asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// How.
    pub scheme: Scheme,
    /// Where the server introduces itself (RFC 9728 §5.1). Nobody has looked at it yet.
    pub resource_metadata: Option<String>,
    /// What the token must permit.
    pub scope: Option<Scopes>,
    /// The algorithms of acceptable proofs of possession, where the server lists them (RFC 9449 §7.1).
    pub algs: Option<String>,
    /// What was wrong with the request, such as `invalid_token`.
    pub error: Option<String>,
    /// The same for people. Written by somebody else: escape it before you show it.
    pub error_description: Option<String>,
}

/// Why a challenge cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidChallenge {
    /// Not the grammar.
    #[error("the server's `WWW-Authenticate` is malformed; its operator must mend it (RFC 9110 §11.6.1)")]
    Syntax,
    /// A parameter twice in one challenge: readers differ about which one counts.
    #[error("the server's `WWW-Authenticate` has a parameter twice in one challenge")]
    DuplicateParameter,
    /// Scopes that are none.
    #[error("the `scope` in the server's `WWW-Authenticate` is not a list of scopes (RFC 6749 §3.3)")]
    Scope,
}

impl Challenge {
    /// Every Bearer and DPoP challenge of an answer, in order. Other schemes are passed over.
    pub fn all(headers: &HeaderMap) -> Result<Vec<Self>, InvalidChallenge> {
        let mut challenges = Vec::new();
        for value in headers.get_all(WWW_AUTHENTICATE) {
            for parsed in grammar::challenges(value.as_bytes())? {
                challenges.extend(Self::of(parsed).transpose()?);
            }
        }
        Ok(challenges)
    }

    /// The challenge to follow where no token was sent: the first Bearer challenge, else the first of DPoP.
    pub fn find(headers: &HeaderMap) -> Result<Option<Self>, InvalidChallenge> {
        Self::answering(headers, None)
    }

    /// The challenge that is about the token that was sent, in this scheme: RFC 9449 §7.1 has a server list every scheme
    /// that it takes, and say what was wrong in the one that was used. What it leaves out, another may say: where the server is
    /// described, and what a token must permit, does not depend on how one is shown.
    pub fn answering(headers: &HeaderMap, sent: Option<Scheme>) -> Result<Option<Self>, InvalidChallenge> {
        let mut all = Self::all(headers)?;
        let is_answer = |challenge: &Self| sent.is_some() && challenge.error.is_some();
        let is_of_scheme = |challenge: &Self| challenge.scheme == sent.unwrap_or(Scheme::Bearer);
        // A sort that keeps the order of equals: `false` comes first.
        all.sort_by_key(|challenge| (!is_answer(challenge), !is_of_scheme(challenge)));
        Ok(all.into_iter().reduce(|first, other| Self {
            resource_metadata: first.resource_metadata.or(other.resource_metadata),
            scope: first.scope.or(other.scope),
            ..first
        }))
    }

    fn of(parsed: grammar::Parsed) -> Option<Result<Self, InvalidChallenge>> {
        let scheme = match parsed.scheme.to_ascii_lowercase().as_str() {
            "bearer" => Scheme::Bearer,
            "dpop" => Scheme::Dpop,
            _ => return None,
        };
        // Neither scheme has a `token68`; `error=` is one by the grammar and an empty parameter to many a reader.
        if parsed.is_opaque {
            return Some(Err(InvalidChallenge::Syntax));
        }
        let mut parameters = parsed.parameters;
        let mut take = |name: &str| parameters.remove(name);
        let scope = take("scope").map(|list| Scopes::parse(&list)).transpose();
        Some(scope.map_err(|_| InvalidChallenge::Scope).map(|scope| Self {
            scheme,
            resource_metadata: take("resource_metadata"),
            scope: scope.filter(|scope| !scope.is_empty()),
            algs: take("algs"),
            error: take("error"),
            error_description: take("error_description"),
        }))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let value = |text: &&str| HeaderValue::from_bytes(text.as_bytes()).unwrap();
        values.iter().map(|text| (WWW_AUTHENTICATE, value(text))).collect()
    }

    fn one(value: &str) -> Challenge {
        Challenge::find(&headers(&[value])).unwrap().unwrap()
    }

    fn refused(value: &str) -> InvalidChallenge {
        Challenge::find(&headers(&[value])).unwrap_err()
    }

    #[test]
    fn a_challenge_says_where_and_what() {
        let challenge = one(
            r#"Bearer realm="mcp", resource_metadata="https://a.example/.well-known/oauth-protected-resource/mcp", scope="notes:read notes:write", error=invalid_token, error_description="it \"expired\", sorry""#,
        );
        assert_eq!(challenge.scheme, Scheme::Bearer);
        assert_eq!(
            challenge.resource_metadata.as_deref(),
            Some("https://a.example/.well-known/oauth-protected-resource/mcp")
        );
        assert_eq!(challenge.scope, Some(Scopes::parse("notes:read notes:write").unwrap()));
        assert_eq!(challenge.error.as_deref(), Some("invalid_token"));
        assert_eq!(challenge.error_description.as_deref(), Some(r#"it "expired", sorry"#));
    }

    #[test]
    fn a_bare_scheme_is_a_challenge() {
        for value in ["Bearer", "bearer ", " BEARER", ",Bearer,", "Bearer,"] {
            let challenge = one(value);
            assert_eq!(
                (challenge.scheme, challenge.scope, challenge.error),
                (Scheme::Bearer, None, None),
                "{value}"
            );
        }
    }

    #[test]
    fn bearer_is_found_among_others() {
        let challenge = one(
            r#"Negotiate YII9/+==, Basic realm="a, Bearer error=\"x\"", DPoP algs="ES256", Bearer error="e""#,
        );
        assert_eq!((challenge.scheme, challenge.error.as_deref()), (Scheme::Bearer, Some("e")));
        let challenge = one(r#"DPoP algs="ES256", error="use_dpop_nonce", Basic"#);
        assert_eq!((challenge.scheme, challenge.error.as_deref()), (Scheme::Dpop, Some("use_dpop_nonce")));
        assert_eq!(challenge.algs.as_deref(), Some("ES256"));
        let split = headers(&["Basic", "DPoP", r#"Bearer scope="a""#]);
        assert_eq!(Challenge::all(&split).unwrap().len(), 2);
        assert_eq!(Challenge::find(&split).unwrap().unwrap().scheme, Scheme::Bearer);
        assert_eq!(Challenge::find(&headers(&["Basic", "Newauth"])), Ok(None));
        assert_eq!(Challenge::find(&headers(&[])), Ok(None));
    }

    #[test]
    fn the_challenge_that_counts_is_about_the_token_that_was_sent() {
        let (bearer, dpop) = (Scheme::Bearer, Scheme::Dpop);
        for (value, sent, scheme, error) in [
            (r#"Bearer, DPoP error="a""#, Some(dpop), dpop, Some("a")),
            (r#"DPoP, Bearer error="a""#, Some(bearer), bearer, Some("a")),
            (r#"Bearer error="a", DPoP error="b""#, Some(dpop), dpop, Some("b")),
            (r#"Bearer error="a", DPoP error="b""#, Some(bearer), bearer, Some("a")),
            (r#"Bearer error="a", DPoP"#, Some(dpop), bearer, Some("a")),
            ("Bearer, DPoP", Some(dpop), dpop, None),
            (r#"Bearer realm="x", Bearer error="a""#, Some(bearer), bearer, Some("a")),
            (r#"DPoP error="b", Bearer"#, None, bearer, None),
            ("DPoP", None, dpop, None),
        ] {
            let found = Challenge::answering(&headers(&[value]), sent).unwrap().unwrap();
            assert_eq!((found.scheme, found.error.as_deref()), (scheme, error), "{value} {sent:?}");
        }
    }

    #[test]
    fn what_one_challenge_leaves_out_another_says() {
        let value = r#"Bearer, DPoP scope="a", resource_metadata="u", DPoP scope="b", resource_metadata="v""#;
        let found = one(value);
        assert_eq!((found.scheme, found.resource_metadata.as_deref()), (Scheme::Bearer, Some("u")));
        assert_eq!(found.scope.unwrap().to_string(), "a");
        let own = one(r#"Bearer scope="x", DPoP scope="a", resource_metadata="u""#);
        assert_eq!(own.scope.unwrap().to_string(), "x");
    }

    #[test]
    fn parameters_belong_to_the_challenge_before_them() {
        let all = Challenge::all(&headers(&[r#"DPoP error="a", scope="x", Bearer error="b" , scope = "y""#]))
            .unwrap();
        let brief: Vec<_> = all.iter().map(|one| (one.error.as_deref(), one.scope.clone())).collect();
        let scope = |text| Some(Scopes::parse(text).unwrap());
        assert_eq!(brief, [(Some("a"), scope("x")), (Some("b"), scope("y"))]);
    }

    #[test]
    fn no_scope_is_not_a_scope() {
        assert_eq!(one(r#"Bearer scope="""#).scope, None);
        assert_eq!(refused(r#"Bearer scope="a\\b""#), InvalidChallenge::Scope);
        assert_eq!(refused("Bearer scope=\"a\tb\""), InvalidChallenge::Scope);
    }

    #[test]
    fn a_parameter_that_stands_twice_is_refused() {
        for value in [
            r#"Bearer resource_metadata="https://a.example", resource_metadata="https://evil.example""#,
            r#"Bearer resource_metadata="https://a.example", Resource_Metadata="https://evil.example""#,
            r#"Basic realm="a", realm="b", Bearer"#,
        ] {
            assert_eq!(refused(value), InvalidChallenge::DuplicateParameter, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                drop(Challenge::all(&[(WWW_AUTHENTICATE, value)].into_iter().collect()));
            }
        }

        #[test]
        fn whatever_is_quoted_stays_within_its_quotes(text in "[ -~]{0,40}", around in "[ ,]{0,3}") {
            let quoted = text.replace('\\', r"\\").replace('"', "\\\"");
            let value = format!(r#"Basic realm="{quoted}",{around}Bearer error_description="{quoted}", error="e"{around}"#);
            let all = Challenge::all(&headers(&[&value])).unwrap();
            let [only] = &all[..] else { return Err(TestCaseError::fail("another challenge")) };
            prop_assert_eq!(only.error_description.as_deref(), Some(text.as_str()));
            prop_assert_eq!((only.error.as_deref(), &only.resource_metadata), (Some("e"), &None));
        }

        #[test]
        fn what_looks_like_a_challenge_is_read_or_refused(value in "([Bb]earer|Basic|a=b|a=\"|\"|,| |=|==|a|\\\\){0,24}") {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                drop(Challenge::all(&[(WWW_AUTHENTICATE, value)].into_iter().collect()));
            }
        }
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for value in [
            r#"Bearer error="open"#,
            r#"Bearer error="open\"#,
            r#"Bearer error="a"b"#,
            r#"Bearer error="a" scope="b""#,
            r#"Bearer error="a" Basic"#,
            "Bearer error=",
            r#"Bearer error=,scope="b""#,
            r#"Bearer ="a""#,
            "Bearer error='a b'",
            r#"Bearer error="a"; scope="b""#,
            r#"error="a""#,
            r#""Bearer" error="a""#,
            "Bear er=x y=z",
            "Bearer error=\"caf\u{e9}\"",
            "Bearer/1 error=\"a\"",
            r#"Bearer YII9==, error="a""#,
            "Bearer\terror=a",
        ] {
            assert_eq!(refused(value), InvalidChallenge::Syntax, "{value}");
        }
    }
}
