//! Who can say whether the token is good? Its unverified text says at most whose it claims to be; which way that issuer
//! vouches for its tokens, the operator has said.

use super::{InboundToken, SubjectToken, WantedKey};
use crate::{
    fleet::{IssuerId, IssuerSpec, Server},
    issuer::{Issuer, Validation},
    jose::{Jws, MAX_TOKEN_BYTES, base64url},
    json::{self, InvalidJson},
    judge::issuer_of,
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
        SubjectToken(self.token.0.clone())
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

    /// The issuer that must be asked about it. A JWT names its issuer, so it is never shown to another one; a text that
    /// is no JWT can only be of the issuer whose tokens are opaque.
    pub(crate) fn introspecting<'s>(&self, server: &'s Server) -> Option<(IssuerId, &'s IssuerSpec)> {
        let asked = server.introspecting()?;
        if is_opaque(&self.0) {
            return Some(asked);
        }
        // What is broken, or signed in a way that does not exist here (`none`), is refused without asking anybody.
        let jws = Jws::parse(&self.0).ok()?;
        let (id, issuer) = issuer_of(&jws, server).ok()?;
        (issuer.rules.validation == Validation::Introspection).then_some((id, issuer))
    }
}

/// Whether a text does not even begin like a JWT: a JSON object in base64url, and a dot. What does, and is broken further
/// on, stays a broken JWT.
fn is_opaque(text: &str) -> bool {
    if text.len() > MAX_TOKEN_BYTES {
        return false;
    }
    let Some((header, _)) = text.split_once('.') else {
        return true;
    };
    let Some(bytes) = base64url::decode(header) else {
        return true;
    };
    matches!(json::object(&bytes), Err(InvalidJson::Syntax | InvalidJson::NotAnObject))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_jwt_is_none_of_the_opaque_ones() {
        let header = |text: &str| base64url::encode(text);
        for text in [
            format!("{}.e30.c2ln", header(r#"{"alg":"none"}"#)),
            format!("{}.e30.", header(r#"{"alg":"ES256"}"#)),
            format!("{}.", header("{}")),
            format!("{}.a.b.c.d", header(r#"{"alg":"dir","enc":"A256GCM"}"#)),
            format!("{}.e30.c2ln", header(r#"{"alg":"ES256","alg":"none"}"#)),
            format!("{}.e30.c2ln", header(&format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40)))),
            "a".repeat(MAX_TOKEN_BYTES + 1),
        ] {
            assert!(!is_opaque(&text), "{text}");
        }
        for text in
            ["opaque", "", "a.b.c", "v4.public.x", "WyJhIl0.b.c", "2YotnFZFEjr1zCsicMWpAA", "...", "e3.b.c"]
        {
            assert!(is_opaque(text), "{text}");
        }
    }
}
