//! How does a caller show that it holds a key? It signs that it makes this request, with this token, now
//! (RFC 9449 §4.2).

use std::{borrow::Cow, fmt};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SecureRandom,
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::target;
use crate::{
    jose::{SigningFailed, SigningKey, base64url},
    resource::ResourceUri,
    time::UnixTime,
};

/// What a proof says.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "whoever leaves something out has to say so")]
pub struct Statement<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The URL of the request.
    pub url: &'a ResourceUri,
    /// The access token that goes with it; none where one is asked for (RFC 9449 §5).
    pub token: Option<&'a str>,
    /// The nonce that whoever is asked has demanded (RFC 9449 §8, §9).
    pub nonce: Option<&'a str>,
    /// The time now.
    pub now: UnixTime,
}

/// Says what it is for, and not with which token.
impl fmt::Debug for Statement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("method", &self.method)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Statement<'_> {
    /// Makes a proof of it. Each is another one, so that one that was seen once is seen to be used again.
    pub fn sign(
        &self,
        key: &SigningKey,
        random: &dyn SecureRandom,
    ) -> Result<Zeroizing<String>, SigningFailed> {
        let mut id = [0; 16];
        random.fill(&mut id).map_err(|_| SigningFailed)?;
        let mut claims = Map::new();
        let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        claim("jti", base64url::encode(id).into());
        claim("htm", self.method.into());
        claim("htu", self.place().into());
        claim("iat", self.now.seconds().into());
        if let Some(token) = self.token {
            claim("ath", base64url::encode(digest(&SHA256, token.as_bytes())).into());
        }
        if let Some(nonce) = self.nonce {
            claim("nonce", nonce.into());
        }
        key.sign_showing_key("dpop+jwt", &claims, random)
    }

    /// The URL without its query. An origin alone is asked for `/`, and some compare texts.
    fn place(&self) -> Cow<'_, str> {
        let plain = target::without_query(self.url.as_str());
        if plain == self.url.origin() { format!("{plain}/").into() } else { plain.into() }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

    use super::*;
    use crate::{
        dpop::{Expected, Proof},
        jose::Algorithm,
        token::InboundToken,
    };

    #[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
    fn random() -> impl SecureRandom {
        aws_lc_rs::rand::SystemRandom::new()
    }

    fn key() -> SigningKey {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random()).unwrap();
        SigningKey::from_pkcs8(Algorithm::Es256, document.as_ref()).unwrap()
    }

    #[test]
    fn what_is_proved_is_what_a_server_checks() {
        let (key, now) = (key(), UnixTime::from_seconds(1_000));
        let url = ResourceUri::parse("https://a.example/mcp?tenant=1").unwrap();
        let said = Statement { method: "POST", url: &url, token: Some("TOKEN"), nonce: None, now };
        let proof = said.sign(&key, &random()).unwrap();
        let check = |method, token: &str, url: &ResourceUri| {
            let token = InboundToken::new(token.to_owned());
            let expected = Expected { method, url, token: Some(&token), nonces: None, now };
            Proof::parse(&proof).unwrap().check(&expected).map(|proved| proved.key())
        };
        assert_eq!(check("POST", "TOKEN", &url), Ok(key.thumbprint()));
        assert!(check("GET", "TOKEN", &url).is_err());
        assert!(check("POST", "OTHER", &url).is_err());
        assert!(check("POST", "TOKEN", &ResourceUri::parse("https://b.example/mcp").unwrap()).is_err());
        assert_ne!(proof, said.sign(&key, &random()).unwrap(), "no proof is made twice");
    }

    #[test]
    fn a_proof_shows_the_public_half_of_its_key_and_names_no_query() {
        let (key, now) = (key(), UnixTime::from_seconds(1_000));
        let parts = |url: &str| {
            let url = ResourceUri::parse(url).unwrap();
            let said = Statement { method: "GET", url: &url, token: None, nonce: Some("n-1"), now };
            let proof = said.sign(&key, &random()).unwrap();
            let part = |at| base64url::decode(proof.split('.').nth(at).unwrap()).unwrap();
            [0, 1].map(|at| serde_json::from_slice::<Value>(&part(at)).unwrap())
        };
        let [header, claims] = parts("https://a.example?secret=1");
        let members: Vec<_> = header["jwk"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["crv", "kty", "x", "y"]);
        assert_eq!(
            (&header["typ"], &header["alg"], header.get("kid")),
            (&"dpop+jwt".into(), &"ES256".into(), None)
        );
        assert_eq!(
            (&claims["htu"], &claims["nonce"], claims.get("ath")),
            (&"https://a.example/".into(), &"n-1".into(), None)
        );
        assert_eq!(parts("https://a.example/mcp?x=1")[1]["htu"], "https://a.example/mcp");
    }
}
