//! A token as its caller sent it: it can be judged, and nothing else.
//!
//! Enforces the first half of the invariant *No passage*: the text of an [`InboundToken`] cannot be printed,
//! copied, compared or sent. Judging spends it; what is left of an admitted one is a [`Residue`].

use std::{fmt, sync::OnceLock};

use zeroize::Zeroizing;

use crate::{fleet::Server, issuer::Issuer, jose::Jws, judge::issuer_of, remember::TokenDigest};

mod route;
pub(crate) mod traces;
mod wiped;

pub use route::{Asking, Route};
pub use wiped::Wiped;

/// A bearer token as its caller sent it. It can be judged, and nothing else.
///
/// ```compile_fail
/// fn log(token: &warded_core::InboundToken) { println!("{token}") }
/// ```
pub struct InboundToken(Wiped, OnceLock<TokenDigest>);

impl InboundToken {
    /// Takes the token out of the request that carried it.
    pub fn new(text: String) -> Self {
        Self(Wiped::new(text), OnceLock::new())
    }

    /// The text, for whoever judges it.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Under what a verdict about this token, and no other, is remembered.
    pub fn digest(&self) -> TokenDigest {
        *self.1.get_or_init(|| TokenDigest::of(&self.0))
    }

    pub(crate) fn into_residue(self) -> Residue {
        Residue(self.0, OnceLock::new())
    }

    /// The key that this token must be judged with, as far as its unverified text says; none where it is refused
    /// anyway, whatever keys are at hand. It decides nothing: it tells whoever holds keys what to fetch before
    /// [`judge`](Self::judge) spends the token.
    pub fn wants(&self, server: &Server) -> Option<WantedKey> {
        let jws = Jws::parse(&self.0).ok()?;
        let (_, issuer) = issuer_of(&jws, server).ok()?;
        jws.algorithm(&issuer.rules.algorithms).ok()?;
        Some(WantedKey { issuer: issuer.url.clone(), kid: jws.header.kid })
    }

    /// A name for the token that can stand in a journal: equal for equal tokens under one key, and of no use to
    /// anybody who reads it. The signature of a JWT has no part in it: an ECDSA signature can be respelled by
    /// anybody, and the token must not get a second name by that.
    ///
    /// ```
    /// use warded_core::{FingerprintKey, InboundToken};
    ///
    /// let key = FingerprintKey::new([7; 32]);
    /// let name = InboundToken::new("secret".into()).fingerprint(&key).to_string();
    /// assert_eq!(name.len(), 24);
    /// assert_eq!(name, InboundToken::new("secret".into()).fingerprint(&key).to_string());
    /// ```
    pub fn fingerprint(&self, key: &FingerprintKey) -> Fingerprint {
        named(&self.0, key)
    }
}

/// The key that a token asks to be judged with. Nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantedKey {
    /// Whose key.
    pub issuer: Issuer,
    /// Its name.
    pub kid: Option<String>,
}

/// Says that it is one, never which.
impl fmt::Debug for InboundToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboundToken")
    }
}

/// What is left of an admitted token: it can say whether it occurs in something that is about to be sent, and
/// become a [`SubjectToken`].
pub struct Residue(Wiped, OnceLock<traces::Encoded>);

impl Residue {
    /// Whether the token stands in `bytes`: as it is, JSON-escaped, percent-encoded, or in base64 at any offset.
    /// Other encodings are out of reach.
    pub fn occurs_in(&self, bytes: &[u8]) -> bool {
        let token = self.0.as_bytes();
        traces::occurs(token, || self.1.get_or_init(|| traces::Encoded::of(token)), bytes)
    }

    /// Whether so many bytes could have the token in them, in any encoding that is looked for.
    pub fn fits_into(&self, bytes: usize) -> bool {
        bytes >= self.0.len()
    }

    /// What the token is called, as [`InboundToken::fingerprint`] has it.
    pub fn fingerprint(&self, key: &FingerprintKey) -> Fingerprint {
        named(&self.0, key)
    }

    /// The token, for the one party besides us that may see it: the endpoint of its issuer that introspects or
    /// exchanges it (RFC 7662, RFC 8693). What is left stays: what goes on afterwards, whatever came of the exchange
    /// included, is still searched for it.
    pub fn subject_token(&self) -> SubjectToken {
        SubjectToken(Zeroizing::new(self.0.to_owned()))
    }
}

impl fmt::Debug for Residue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Residue")
    }
}

/// A token on its way to its issuer's introspection or exchange endpoint, and nowhere else.
pub struct SubjectToken(Zeroizing<String>);

impl SubjectToken {
    /// Hands the text to the code that writes the form of that one request.
    pub fn into_form_value(self) -> Zeroizing<String> {
        self.0
    }
}

impl fmt::Debug for SubjectToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectToken")
    }
}

/// The key under which tokens are named. It lives in the store and is the same on every node.
pub struct FingerprintKey(Zeroizing<[u8; 32]>);

impl FingerprintKey {
    /// Takes 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn of(&self, token: &[u8]) -> Fingerprint {
        use aws_lc_rs::digest::{Context, SHA512_256};

        // The key fills the hash's first block; the truncated hash leaves no state to extend. So nobody without
        // the key can tell whether a guess is the token, which a plain hash would let them.
        let mut hash = Context::new(&SHA512_256);
        hash.update(&*self.0);
        hash.update(&[0; 128 - 32]);
        hash.update(token);
        let mut name = [0; 12];
        name.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Fingerprint(name)
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey")
    }
}

/// The same for one token, however its signature is spelled.
fn named(text: &str, key: &FingerprintKey) -> Fingerprint {
    let signed = text.rsplit_once('.').filter(|(signed, _)| signed.matches('.').count() == 1);
    key.of(signed.map_or(text, |(signed, _)| signed).as_bytes())
}

/// The name of a token in journals and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 12]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
        let mut text = [0; 24];
        for (to, byte) in text.chunks_exact_mut(2).zip(self.0) {
            to.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        f.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use static_assertions::assert_not_impl_any;

    use super::*;

    assert_not_impl_any!(InboundToken: Clone, fmt::Display, AsRef<str>, AsRef<[u8]>, PartialEq, serde::Serialize);
    assert_not_impl_any!(Residue: Clone, fmt::Display, AsRef<str>, AsRef<[u8]>, PartialEq, serde::Serialize);
    assert_not_impl_any!(SubjectToken: Clone, fmt::Display, AsRef<str>, AsRef<[u8]>, PartialEq, serde::Serialize);
    assert_not_impl_any!(FingerprintKey: Clone, fmt::Display, AsRef<[u8]>, PartialEq, serde::Serialize);

    #[test]
    fn debug_says_what_it_is_and_never_which() {
        let residue = InboundToken::new("MARK".into()).into_residue();
        assert_eq!(format!("{residue:?}"), "Residue");
        assert_eq!(format!("{:?}", residue.subject_token()), "SubjectToken");
        assert_eq!(format!("{:?}", InboundToken::new("MARK".into())), "InboundToken");
        assert_eq!(
            format!("{:?}", FingerprintKey::new(*b"MARKMARKMARKMARKMARKMARKMARKMARK")),
            "FingerprintKey"
        );
    }

    #[test]
    fn a_fingerprint_depends_on_key_and_token() {
        let name =
            |key, token: &str| InboundToken::new(token.into()).fingerprint(&FingerprintKey::new([key; 32]));
        assert_eq!(name(1, "a"), name(1, "a"));
        assert_ne!(name(1, "a"), name(1, "b"));
        assert_ne!(name(1, "a"), name(2, "a"));
        assert_ne!(name(0, ""), name(0, "\0"));
        assert_eq!(name(1, "a.b.c"), name(1, "a.b.d"), "a respelled signature is the same token");
        assert_ne!(name(1, "a.b.c"), name(1, "a.c.c"));
        assert_ne!(name(1, "a.b"), name(1, "a.c"));
        assert_ne!(name(1, "a.b.c.d"), name(1, "a.b.c.e"));
        assert_eq!(name(1, "a").to_string(), "74bd075a69359e26b8e1eae8");
        let key = FingerprintKey::new([1; 32]);
        let left = InboundToken::new("a.b.c".into()).into_residue();
        assert_eq!(left.fingerprint(&key), name(1, "a.b.c"), "what is left of a token is called like it");
    }

    #[test]
    fn a_residue_finds_its_token_and_becomes_a_subject_token() {
        let residue = InboundToken::new("a.b.c".into()).into_residue();
        assert!(residue.fits_into(5) && !residue.fits_into(4));
        assert!(residue.occurs_in(b"a.b.c") && residue.occurs_in(b"{\"x\":\"a.b.c\"}"));
        assert_eq!(*residue.subject_token().into_form_value(), "a.b.c");
    }
}
