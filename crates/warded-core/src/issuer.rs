//! Who issued a token: an identifier compared byte for byte, and what its tokens must look like.

use std::fmt;

use crate::{
    jose::Algorithm,
    resource::{Flaw, InvalidResourceUri, ResourceUri},
};

/// An issuer's identifier: its `iss`, never normalised (RFC 9068 §4, RFC 8414 §3.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Issuer(Box<str>);

impl Issuer {
    /// Reads an issuer identifier: an https URL (http on loopback) without query and fragment (RFC 8414 §2).
    /// The text is kept as it stands, trailing slash included.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceUri> {
        let url = ResourceUri::parse(text)?;
        if url.has_query() {
            return Err(InvalidResourceUri::from(Flaw::QueryOfIssuer));
        }
        Ok(Self(text.into()))
    }

    /// The text, byte for byte.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an issuer's access tokens must look like. The default is RFC 9068 to the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuerRules {
    /// Accepted `typ` values.
    pub types: TokenTypes,
    /// Claims that this issuer's access tokens carry and its other tokens do not. They are asked for where
    /// `typ` leaves a doubt.
    pub marks: Vec<Box<str>>,
    /// Accepted signature algorithms.
    pub algorithms: Vec<Algorithm>,
    /// Exact recipients that may stand beside the server.
    pub companions: Vec<Box<str>>,
    /// Whether the token's own client may stand beside the server.
    pub own_client_id: bool,
    /// How far clocks may differ, in seconds.
    pub leeway: u32,
    /// How long a token may live, in seconds.
    pub max_lifetime: u32,
    /// How it is found out whether a token is good.
    pub validation: Validation,
    /// For how many seconds the issuer's word about a token is good, where it is asked about each.
    pub answers_last: u32,
}

/// How it is found out whether a token is good. The operator says so for each issuer, and no token can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever validates must know both ways")]
pub enum Validation {
    /// It is a JWT that the issuer's keys sign (RFC 9068).
    #[default]
    Jwt,
    /// The issuer is asked about it (RFC 7662).
    Introspection,
}

impl IssuerRules {
    /// Leeway that is granted unless the operator says otherwise.
    pub const DEFAULT_LEEWAY: u32 = 60;
    /// Most leeway that an operator may grant: more would make lifetimes meaningless.
    pub const MAX_LEEWAY: u32 = 300;
    /// Lifetime that is allowed unless the operator says otherwise: a day.
    pub const DEFAULT_MAX_LIFETIME: u32 = 24 * 60 * 60;
    /// Longest time for which an issuer's word about a token is good: within it, a revocation is not noticed.
    pub const MAX_ANSWERS_LAST: u32 = 60;
}

impl Default for IssuerRules {
    fn default() -> Self {
        Self {
            types: TokenTypes::default(),
            marks: Vec::new(),
            algorithms: Algorithm::ALL.to_vec(),
            companions: Vec::new(),
            own_client_id: false,
            leeway: Self::DEFAULT_LEEWAY,
            max_lifetime: Self::DEFAULT_MAX_LIFETIME,
            validation: Validation::default(),
            answers_last: Self::MAX_ANSWERS_LAST,
        }
    }
}

/// The `typ` values under which an issuer sends access tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenTypes {
    names: Vec<Box<str>>,
    absent: bool,
}

/// A text that is no `typ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token type is a media type without `application/`, such as `at+jwt`, or the word `absent`")]
#[non_exhaustive]
pub struct InvalidTokenType;

impl TokenTypes {
    /// The type of RFC 9068, which no other kind of token carries.
    pub const ACCESS_TOKEN: &'static str = "at+jwt";
    /// Stands for a token without a `typ`.
    pub const ABSENT: &'static str = "absent";

    /// Collects names as the configuration writes them.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidTokenType> {
        let mut types = Self { names: Vec::new(), absent: false };
        for name in names {
            let normal = normal(name);
            match &*normal {
                Self::ABSENT => types.absent = true,
                "" => return Err(InvalidTokenType),
                _ if normal.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte)) => {
                    types.names.push(normal);
                }
                _ => return Err(InvalidTokenType),
            }
        }
        if types.names.is_empty() && !types.absent { Err(InvalidTokenType) } else { Ok(types) }
    }

    /// Whether something beside RFC 9068's own type is accepted, so that other kinds of token must be told apart
    /// by what they carry.
    pub fn is_relaxed(&self) -> bool {
        self.absent || self.names.iter().any(|name| &**name != Self::ACCESS_TOKEN)
    }

    pub(crate) fn accept(&self, typ: Option<&str>) -> bool {
        match typ {
            None => self.absent,
            Some(typ) => self.names.contains(&normal(typ)),
        }
    }
}

impl Default for TokenTypes {
    fn default() -> Self {
        Self { names: vec![Self::ACCESS_TOKEN.into()], absent: false }
    }
}

impl fmt::Display for TokenTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names.iter().enumerate() {
            write!(f, "{}`{name}`", if index == 0 { "" } else { " or " })?;
        }
        match (self.absent, self.names.is_empty()) {
            (false, _) => Ok(()),
            (true, true) => f.write_str("none"),
            (true, false) => f.write_str(" or none"),
        }
    }
}

/// Whether a `typ` is RFC 9068's own, which no other kind of token carries.
pub(crate) fn is_access_token(typ: &str) -> bool {
    &*normal(typ) == TokenTypes::ACCESS_TOKEN
}

/// Whether a `typ` is that of a status list.
pub(crate) fn is_status_list(typ: &str) -> bool {
    &*normal(typ) == "statuslist+jwt"
}

/// Whether a `typ` says nothing about the kind of token.
pub(crate) fn says_only_jwt(typ: &str) -> bool {
    &*normal(typ) == "jwt"
}

/// RFC 7515 §4.1.9: a media type, compared without case, whose `application/` may be left out.
fn normal(typ: &str) -> Box<str> {
    let lower = typ.to_ascii_lowercase();
    lower.strip_prefix("application/").unwrap_or(&lower).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_its_text() {
        let issuer = Issuer::parse("https://login.example.com/realms/Corp/").unwrap();
        assert_eq!(issuer.as_str(), "https://login.example.com/realms/Corp/");
        assert_eq!(issuer.to_string(), issuer.as_str());
        assert_ne!(issuer, Issuer::parse("https://login.example.com/realms/Corp").unwrap());
        for text in ["http://login.example.com", "https://a.example?x=1", "https://a.example#", "login", ""] {
            assert!(Issuer::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn types_are_media_types() {
        let strict = TokenTypes::default();
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert!(strict.accept(Some(typ)), "{typ}");
        }
        for typ in ["", "JWT", "at+jwt ", "xat+jwt", "at+jwt;v=1", "application/application/at+jwt", "absent"]
        {
            assert!(!strict.accept(Some(typ)), "{typ}");
        }
        assert!(!strict.accept(None));
        assert!(!strict.is_relaxed());
        assert_eq!(strict.to_string(), "`at+jwt`");
    }

    #[test]
    fn types_are_relaxed_by_name_only() {
        let relaxed = TokenTypes::of(["application/JWT", "at+jwt"]).unwrap();
        assert!(relaxed.is_relaxed() && relaxed.accept(Some("jwt")) && !relaxed.accept(None));
        assert_eq!(relaxed.to_string(), "`jwt` or `at+jwt`");
        let without = TokenTypes::of(["absent"]).unwrap();
        assert!(without.is_relaxed() && without.accept(None) && !without.accept(Some("absent")));
        assert_eq!(without.to_string(), "none");
        assert_eq!(TokenTypes::of(["jwt", "absent"]).unwrap().to_string(), "`jwt` or none");
        for bad in ["", "application/", "a b", "*/*", "é"] {
            assert_eq!(TokenTypes::of([bad]), Err(InvalidTokenType), "{bad}");
        }
        assert_eq!(TokenTypes::of([]), Err(InvalidTokenType));
    }
}
