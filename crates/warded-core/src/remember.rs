//! May a token that was admitted be admitted again without another look at its signature?
//!
//! A memory only ever says yes. Whatever speaks against an admission is said by [`InboundToken::judge`] and nobody
//! else, so there is one place that refuses and what it says is never old.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use crate::{
    claims::Live,
    fleet::Server,
    judge::VerifiedToken,
    possession::{self, Possession, PossessionShown},
    time::UnixTime,
    token::{InboundToken, Residue},
};

/// The SHA-256 of a whole token, signature included: an ECDSA signature can be respelled by anybody, and a spelling
/// that nobody has looked at is not remembered. It finds a verdict and says nothing else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenDigest([u8; 32]);

/// A part of what is a hash already. Tokens that share it share a place, and are told apart there.
impl Hash for TokenDigest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [first, ..] = self.0.as_chunks::<8>().0 else { return };
        state.write_u64(u64::from_le_bytes(*first));
    }
}

impl TokenDigest {
    pub(crate) fn of(text: &str) -> Self {
        use aws_lc_rs::digest::{SHA256, digest};

        let mut bytes = [0; 32];
        bytes.iter_mut().zip(digest(&SHA256, text.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }

    /// The SHA-256 itself, which is also what a proof says of its token (RFC 9449 §4.2).
    ///
    /// ```
    /// use warded_core::InboundToken;
    ///
    /// let token = |text: &str| InboundToken::new(text.to_owned());
    /// assert_eq!(token("a").digest().sha256(), token("a").digest().sha256());
    /// assert_ne!(token("a").digest().sha256(), token("b").digest().sha256());
    /// ```
    pub fn sha256(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Says that it is one, never which: who has it can tell whether a guess is the token.
impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest")
    }
}

/// A verdict that may be given again: to the same token, at the same server of the same configuration. It holds no
/// text of the token, and the token that it admitted comes out of it only for that very text.
///
/// Whether the keys are still the issuer's is for whoever keeps it to know, and so is what was revoked since.
#[derive(Debug)]
pub struct Remembered(Arc<VerifiedToken>);

/// What is remembered of a token that came again.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "yes, or a look at the token itself")]
pub enum Recall {
    /// The verdict still holds.
    Admit(Arc<VerifiedToken>, Residue),
    /// It says nothing about this token, here and now: judge it.
    Judge(InboundToken),
}

/// Proof that the verdict still holds. Only [`Remembered::holds`] makes one.
struct Holding {
    _text: SameText,
    _place: SamePlace,
    _known: StillKnown,
    _live: Live,
    _waived: StillWaived,
    _held: PossessionShown,
}

struct SameText(());
struct SamePlace(());
struct StillKnown(());
struct StillWaived(());

impl Remembered {
    /// Remembers what was said of a token.
    pub fn of(token: &Arc<VerifiedToken>) -> Self {
        Self(Arc::clone(token))
    }

    /// Spends the token where the verdict still holds, and gives it back to be judged where it does not.
    pub fn again(
        &self,
        token: InboundToken,
        server: &Server,
        possession: &Possession,
        now: UnixTime,
    ) -> Recall {
        match self.holds(&token, server, possession, now) {
            Some(Holding { .. }) => Recall::Admit(Arc::clone(&self.0), token.into_residue()),
            None => Recall::Judge(token),
        }
    }

    /// Whether nobody will be admitted by it any more.
    pub fn is_over(&self, now: UnixTime) -> bool {
        self.known(now).is_none() || now >= self.0.ends()
    }

    /// Whether it holds only for as long as its issuer's keys are what they were: a signature vouches for the token,
    /// and not the issuer's own answer.
    pub fn rests_on_keys(&self) -> bool {
        self.0.known_until().is_none()
    }

    /// Under what it is found.
    pub fn digest(&self) -> TokenDigest {
        self.0.digest()
    }

    /// About how much memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.footprint()
    }

    fn holds(
        &self,
        token: &InboundToken,
        server: &Server,
        possession: &Possession,
        now: UnixTime,
    ) -> Option<Holding> {
        let verified = &*self.0;
        let claims = verified.claims();
        Some(Holding {
            _text: (token.digest() == verified.digest()).then_some(SameText(()))?,
            // A verdict opens the server that it was given at: nothing that is warm at one is warm at another.
            _place: server.is(verified.server()).then_some(SamePlace(()))?,
            _known: self.known(now)?,
            _live: claims.live_at(now, verified.rules()).ok()?,
            // What a roll-out lets pass ends with it.
            _waived: (verified.waived().is_empty() || server.spec().mode.waives_at(now))
                .then_some(StillWaived(()))?,
            _held: possession::shown(claims.binding(), possession).ok()?,
        })
    }

    /// What an issuer answered about a token is not known for as long as what it signed.
    fn known(&self, now: UnixTime) -> Option<StillKnown> {
        self.0.known_until().is_none_or(|until| now < until).then_some(StillKnown(()))
    }
}
