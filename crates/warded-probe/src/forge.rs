//! What does an attacker make of a genuine token without the key? Every forgery here has a broken signature or none.

use serde_json::{Map, Value};
use warded_core::{jose::base64url, json};
use zeroize::Zeroizing;

/// One way to tamper with a JWT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forgery {
    /// `alg` says that it is unsigned, in this spelling, and the signature is gone (RFC 8725 §2.1).
    Unsigned(&'static str),
    /// The header is the genuine one, and the signature is gone.
    SignatureGone,
    /// One bit of the signature is another.
    SignatureFlipped,
    /// The last byte of the signature is gone.
    SignatureCut,
    /// The signature is that of the other token.
    SignatureOfOther,
    /// The audience is that of the other token; the signature is the genuine one.
    AudienceOfOther,
    /// A claim says something else; the signature is the genuine one.
    Claim(&'static str, &'static str),
    /// The issuer has one slash more, or one less.
    IssuerSlash,
    /// The issuer in upper case.
    IssuerUpperCase,
}

/// Why a token cannot be tampered with in that way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotForged {
    #[error("the token is not a JWT")]
    NotJwt,
    #[error("the token has no such claim")]
    NoClaim,
    #[error("it would be the genuine token again")]
    Same,
}

/// A JWT as three texts.
struct Parts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, NotForged> {
        match token.split('.').collect::<Vec<_>>().as_slice() {
            [header, claims, signature] => Ok(Self { header, claims, signature }),
            _ => Err(NotForged::NotJwt),
        }
    }

    fn signature(&self) -> Result<Vec<u8>, NotForged> {
        base64url::decode(self.signature).filter(|bytes| !bytes.is_empty()).ok_or(NotForged::NotJwt)
    }

    fn with_claims(
        &self,
        change: impl FnOnce(&mut Map<String, Value>) -> Option<()>,
    ) -> Result<String, NotForged> {
        let mut claims = object(self.claims)?;
        change(&mut claims).ok_or(NotForged::NoClaim)?;
        Ok(format!("{}.{}.{}", self.header, encoded(&claims), self.signature))
    }

    fn with_signature(&self, signature: &str) -> String {
        format!("{}.{}.{signature}", self.header, self.claims)
    }
}

/// Tampers with `token`; `other` is the token of the other server.
pub(crate) fn forge(token: &str, other: &str, forgery: Forgery) -> Result<Zeroizing<String>, NotForged> {
    let parts = Parts::of(token)?;
    let (header, _) = (object(parts.header)?, object(parts.claims)?);
    let forged = match forgery {
        Forgery::Unsigned(spelling) => {
            let mut header = header;
            header.insert("alg".to_owned(), spelling.into());
            format!("{}.{}.", encoded(&header), parts.claims)
        }
        Forgery::SignatureGone => parts.with_signature(""),
        Forgery::SignatureFlipped => {
            let mut bytes = parts.signature()?;
            // In the middle: the last bits of a base64 text may be padding, and a respelling is no flip.
            let middle = bytes.len() / 2;
            bytes.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 1);
            parts.with_signature(&base64url::encode(bytes))
        }
        Forgery::SignatureCut => {
            let mut bytes = parts.signature()?;
            bytes.pop();
            parts.with_signature(&base64url::encode(bytes))
        }
        Forgery::SignatureOfOther => parts.with_signature(Parts::of(other)?.signature),
        Forgery::AudienceOfOther => {
            let audience = object(Parts::of(other)?.claims)?.remove("aud").ok_or(NotForged::NoClaim)?;
            parts.with_claims(|claims| {
                claims.insert("aud".to_owned(), audience);
                Some(())
            })?
        }
        Forgery::Claim(name, value) => parts.with_claims(|claims| {
            claims.insert(name.to_owned(), value.into());
            Some(())
        })?,
        Forgery::IssuerSlash => parts.with_claims(|claims| {
            let issuer = claims.get("iss")?.as_str()?.to_owned();
            let other = issuer.strip_suffix('/').map_or_else(|| format!("{issuer}/"), str::to_owned);
            claims.insert("iss".to_owned(), other.into()).map(drop)
        })?,
        Forgery::IssuerUpperCase => parts.with_claims(|claims| {
            let issuer = claims.get("iss")?.as_str()?.to_ascii_uppercase();
            claims.insert("iss".to_owned(), issuer.into()).map(drop)
        })?,
    };
    // What is no forgery would be admitted rightly.
    if forged == token { Err(NotForged::Same) } else { Ok(Zeroizing::new(forged)) }
}

fn object(part: &str) -> Result<Map<String, Value>, NotForged> {
    let bytes = base64url::decode(part).ok_or(NotForged::NotJwt)?;
    json::object(&bytes).map_err(|_| NotForged::NotJwt)
}

fn encoded(object: &Map<String, Value>) -> String {
    base64url::encode(Value::Object(object.clone()).to_string())
}

impl Forgery {
    /// What was done, in a few words.
    pub fn words(self) -> String {
        match self {
            Self::Unsigned(spelling) => format!("alg \"{spelling}\", unsigned"),
            Self::SignatureGone => "without its signature".to_owned(),
            Self::SignatureFlipped => "a bit of its signature flipped".to_owned(),
            Self::SignatureCut => "its signature cut".to_owned(),
            Self::SignatureOfOther => "with the other token's signature".to_owned(),
            Self::AudienceOfOther => "`aud` rewritten to the other token's".to_owned(),
            Self::Claim(name, value) => format!("`{name}` rewritten to \"{value}\""),
            Self::IssuerSlash => "`iss` with another slash".to_owned(),
            Self::IssuerUpperCase => "`iss` in upper case".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(audience: &str, signature: &[u8]) -> String {
        let part = |value: &Value| base64url::encode(value.to_string());
        let claims = json!({ "iss": "https://login.example.com", "aud": audience, "sub": "alice" });
        format!(
            "{}.{}.{}",
            part(&json!({"alg":"ES256","typ":"at+jwt"})),
            part(&claims),
            base64url::encode(signature)
        )
    }

    fn taken_apart(token: &str) -> (Map<String, Value>, Map<String, Value>, Vec<u8>) {
        let parts = Parts::of(token).unwrap();
        (
            object(parts.header).unwrap(),
            object(parts.claims).unwrap(),
            base64url::decode(parts.signature).unwrap(),
        )
    }

    #[test]
    fn each_forgery_changes_what_it_says_and_nothing_else() {
        let (ours, theirs) = (token("https://a.example", &[7; 64]), token("https://b.example", &[9; 64]));
        let (header, claims, signature) = taken_apart(&ours);
        let forged = |forgery| taken_apart(&forge(&ours, &theirs, forgery).unwrap());

        let (forged_header, forged_claims, none) = forged(Forgery::Unsigned("nOnE"));
        assert_eq!((&forged_header["alg"], &forged_header["typ"]), (&json!("nOnE"), &json!("at+jwt")));
        assert_eq!((&forged_claims, none.len()), (&claims, 0));

        let mut flipped = signature.clone();
        flipped[32] ^= 1;
        for (forgery, expected) in [
            (Forgery::SignatureGone, vec![]),
            (Forgery::SignatureFlipped, flipped),
            (Forgery::SignatureCut, vec![7; 63]),
            (Forgery::SignatureOfOther, vec![9; 64]),
        ] {
            assert_eq!(forged(forgery), (header.clone(), claims.clone(), expected), "{forgery:?}");
        }
        for (forgery, name, value) in [
            (Forgery::AudienceOfOther, "aud", "https://b.example"),
            (Forgery::Claim("sub", "root"), "sub", "root"),
            (Forgery::IssuerSlash, "iss", "https://login.example.com/"),
            (Forgery::IssuerUpperCase, "iss", "HTTPS://LOGIN.EXAMPLE.COM"),
        ] {
            let mut expected = claims.clone();
            expected.insert(name.to_owned(), value.into());
            assert_eq!(forged(forgery), (header.clone(), expected, signature.clone()), "{forgery:?}");
        }
    }

    #[test]
    fn what_cannot_be_forged_is_not_sent_as_if_it_were() {
        let ours = token("https://a.example", &[7; 64]);
        for text in ["opaque", "a.b", "a.b.c", "..", "a.b.c.d.e"] {
            assert_eq!(
                forge(text, &ours, Forgery::SignatureFlipped).map(drop),
                Err(NotForged::NotJwt),
                "{text}"
            );
        }
        let unsigned = format!("{}.", ours.rsplit_once('.').unwrap().0);
        assert_eq!(forge(&unsigned, &ours, Forgery::SignatureFlipped).map(drop), Err(NotForged::NotJwt));
        assert_eq!(forge(&unsigned, &ours, Forgery::SignatureGone).map(drop), Err(NotForged::Same));
        assert_eq!(forge(&ours, &ours, Forgery::SignatureOfOther).map(drop), Err(NotForged::Same));
        assert_eq!(forge(&ours, &ours, Forgery::AudienceOfOther).map(drop), Err(NotForged::Same));
        assert_eq!(forge(&ours, "opaque", Forgery::AudienceOfOther).map(drop), Err(NotForged::NotJwt));
        let nobody = format!("{}.{}.c2ln", base64url::encode("{}"), base64url::encode("{}"));
        assert_eq!(forge(&nobody, &ours, Forgery::IssuerSlash).map(drop), Err(NotForged::NoClaim));
    }
}
