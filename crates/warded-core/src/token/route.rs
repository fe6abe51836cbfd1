//! Who can say whether the token is good? Its unverified text says at most whose it claims to be; which way that issuer
//! vouches for its tokens, the operator has said.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{InboundToken, SubjectToken, WantedKey};
use crate::{
    fleet::{IssuerId, IssuerSpec, Server},
    issuer::Issuer,
    jose::{MAX_TOKEN_BYTES, base64url},
    json::{self, InvalidJson},
    remember::TokenDigest,
};

/// Who can say whether a token is good.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever is asked about a token must know each way")]
pub enum Route<'t> {
    /// A key of an issuer whose tokens are signed.
    Keys(WantedKey),
    /// An issuer that is asked about each token.
    Introspect(Asking<'t>),
    /// Nobody need be asked: it is refused whatever anybody says.
    Nowhere,
}

/// Proof that the operator wants the issuer to be asked about this token. Only [`InboundToken::route`] makes one.
#[derive(Debug)]
pub struct Asking<'t> {
    token: &'t InboundToken,
    issuer: Issuer,
}

impl Asking<'_> {
    /// Who is asked.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The token, for that one question.
    pub fn subject(&self) -> SubjectToken {
        SubjectToken(Zeroizing::new(self.token.0.to_owned()))
    }
}

impl SubjectToken {
    /// Which token it is.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(&self.0)
    }
}

impl InboundToken {
    /// Who can say whether this token is good. It decides nothing: what is learned on the way is judged by
    /// [`judge`](Self::judge) or [`judge_introspected`](Self::judge_introspected).
    pub fn route(&self, server: &Server) -> Route<'_> {
        if let Some((_, issuer)) = self.introspecting(server) {
            return Route::Introspect(Asking { token: self, issuer: issuer.url.clone() });
        }
        self.wants(server).map_or(Route::Nowhere, Route::Keys)
    }

    /// The issuer that must be asked about it. A signed JWT names its issuer, so it is never shown to another one; how
    /// it is signed is that issuer's own affair. Any other text can only be of the issuer whose tokens are opaque.
    pub(crate) fn introspecting<'s>(&self, server: &'s Server) -> Option<(IssuerId, &'s IssuerSpec)> {
        let asked = server.introspecting()?;
        match Likeness::of(&self.0) {
            Likeness::Opaque => Some(asked),
            Likeness::Signed { iss } => (iss == asked.1.url.as_str()).then_some(asked),
            Likeness::Broken => None,
        }
    }
}

/// What a text looks like. Nothing in it is verified, and nothing is decided by it but who is asked.
#[derive(Debug, PartialEq, Eq)]
enum Likeness {
    /// Nothing that we could read: no JWT, or one that is encrypted for somebody.
    Opaque,
    /// A signed JWT that names its issuer. By an algorithm that does not exist here, perhaps; the issuer knows.
    Signed { iss: String },
    /// It begins like a JWT, and is none, or one that nobody has signed: it is refused without asking anybody.
    Broken,
}

impl Likeness {
    fn of(text: &str) -> Self {
        if text.len() > MAX_TOKEN_BYTES {
            return Self::Broken;
        }
        let parts: Vec<_> = text.splitn(7, '.').collect();
        let Some((header, rest)) = parts.split_first().filter(|(_, rest)| !rest.is_empty()) else {
            return Self::Opaque;
        };
        let header = match object(header) {
            Some(Ok(header)) => header,
            None | Some(Err(InvalidJson::Syntax | InvalidJson::NotAnObject)) => return Self::Opaque,
            Some(Err(_)) => return Self::Broken,
        };
        // RFC 7515 §4.1.1: a header says how it is signed, so this is none (as with the tokens of some frameworks, which
        // begin with a signed object).
        let Some(alg) = header.get("alg") else {
            return Self::Opaque;
        };
        if alg.as_str().is_none_or(|alg| alg.eq_ignore_ascii_case("none")) {
            return Self::Broken;
        }
        match rest {
            [_, _, _, _] => Self::Opaque,
            [claims, signature] if !signature.is_empty() => match object(claims) {
                Some(Ok(claims)) => match claims.get("iss") {
                    Some(Value::String(iss)) => Self::Signed { iss: iss.clone() },
                    _ => Self::Broken,
                },
                _ => Self::Broken,
            },
            _ => Self::Broken,
        }
    }
}

/// A JSON object in base64url; none where it is not even that.
fn object(text: &str) -> Option<Result<Map<String, Value>, InvalidJson>> {
    base64url::decode(text).map(Zeroizing::new).map(|bytes| json::object(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_jwt_is_none_of_the_opaque_ones() {
        let part = |text: &str| base64url::encode(text);
        let claims = part(r#"{"iss":"https://a.example"}"#);
        for text in [
            format!("{}.{claims}.c2ln", part(r#"{"alg":"none"}"#)),
            format!("{}.{claims}.c2ln", part(r#"{"alg":"NoNe"}"#)),
            format!("{}.{claims}.", part(r#"{"alg":"ES256"}"#)),
            format!("{}.{claims}", part(r#"{"alg":"ES256"}"#)),
            format!("{}.e30.c2ln", part(r#"{"alg":"ES256"}"#)),
            format!("{}.W10.c2ln", part(r#"{"alg":"ES256"}"#)),
            format!("{}.{claims}.c2ln", part(r#"{"alg":7}"#)),
            format!("{}.a.b.c.d", part(r#"{"alg":"none","enc":"A256GCM"}"#)),
            format!("{}.a.b.c.d.e", part(r#"{"alg":"dir"}"#)),
            format!("{}.{claims}.c2ln", part(r#"{"alg":"ES256","alg":"none"}"#)),
            format!("{}.e30.c2ln", part(&format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40)))),
            "a".repeat(MAX_TOKEN_BYTES + 1),
        ] {
            assert_eq!(Likeness::of(&text), Likeness::Broken, "{text}");
        }
        for alg in ["ES256", "HS256", "ES512", "ES256K"] {
            let text = format!("{}.{claims}.c2ln", part(&format!("{{\"alg\":\"{alg}\"}}")));
            assert_eq!(Likeness::of(&text), Likeness::Signed { iss: "https://a.example".into() });
        }
        for text in [
            "opaque",
            "",
            "a.b.c",
            "v4.public.x",
            "WyJhIl0.b.c",
            "2YotnFZFEjr1zCsicMWpAA",
            "...",
            "e3.b.c",
            // What is signed by itsdangerous, and a JWE.
            &format!("{}.aSlA9w.c2ln", part(r#"{"user":7}"#)),
            &format!("{}.a.b.c.d", part(r#"{"alg":"dir","enc":"A256GCM"}"#)),
        ] {
            assert_eq!(Likeness::of(text), Likeness::Opaque, "{text}");
        }
    }
}
