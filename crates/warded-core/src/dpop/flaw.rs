//! Why a proof proves nothing: one closed list, one reason for each check.

use crate::{
    jose::KeyFlaw,
    refusal::{Entry, Shown, sender},
    time::UnixTime,
};

/// Why a DPoP proof is refused (RFC 9449 §4.3). `Display` is the operator's message.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofFlaw {
    /// No `DPoP` header beside a token that was presented with that scheme.
    #[error("the token is presented with the scheme `DPoP`, and no proof came with it")]
    Missing,
    /// Two `DPoP` headers.
    #[error("the request has more than one `DPoP` header")]
    Twice,
    /// More bytes than are looked at.
    #[error("the proof is longer than {} bytes", super::MAX_PROOF_BYTES)]
    TooLarge,
    /// Not a compact JWS of two JSON objects.
    #[error("the proof is not a signed JWT")]
    Malformed,
    /// A member stands twice.
    #[error("the proof has a member twice")]
    DuplicateMember,
    /// Not `dpop+jwt`.
    #[error("the proof's type is {}, expected `dpop+jwt`", typ.as_ref().map_or("absent".into(), |typ| format!("`{typ}`")))]
    Type {
        /// What the header says.
        typ: Option<Shown>,
    },
    /// `none`, a shared secret or an unknown name.
    #[error("the proof's algorithm does not exist here")]
    Algorithm,
    /// `crit` or `b64`.
    #[error("the proof's header demands an extension (`crit` or `b64`)")]
    Critical,
    /// No key, or none that verifies.
    #[error("the proof carries no key that can verify it{}", flaw.map_or(String::new(), |flaw| format!(": its key {flaw}")))]
    Key {
        /// What is wrong with the key that is there.
        flaw: Option<KeyFlaw>,
    },
    /// A private or symmetric key.
    #[error("the proof carries its private key")]
    KeyPrivate,
    /// The key in the header did not make the signature.
    #[error("the proof's signature does not verify with the key that it carries")]
    Signature,
    /// A claim is missing or has the wrong type or form.
    #[error("the proof's claim `{claim}` is missing or malformed")]
    Claim {
        /// jti, htm, htu, iat, ath or nonce
        claim: &'static str,
    },
    /// For another method.
    #[error("the proof was made for the method `{said}`")]
    Method {
        /// What the proof says.
        said: Shown,
    },
    /// For another URL.
    #[error("the proof was made for `{said}`, and this is `{here}`")]
    Url {
        /// What the proof says, without its query.
        said: Shown,
        /// The server's own name.
        here: Box<str>,
    },
    /// Made too long ago.
    #[error("the proof was made at {at}, more than {} s ago", super::Proof::WINDOW)]
    Stale {
        /// When.
        at: UnixTime,
    },
    /// Made in the future.
    #[error("the proof says that it was made at {at}, which lies ahead")]
    Ahead {
        /// When.
        at: UnixTime,
    },
    /// For another access token, or for none.
    #[error("the proof was not made for this access token")]
    Token,
    /// No nonce, where one is demanded.
    #[error("the proof has no nonce")]
    NonceMissing,
    /// A nonce that is too old, or not ours.
    #[error("the proof's nonce was not given out here lately")]
    NonceUnknown,
    /// Seen before.
    #[error("the proof has been used before")]
    Replayed,
}

impl ProofFlaw {
    /// Its row in the table.
    pub const fn entry(&self) -> &'static Entry {
        match self {
            Self::Missing => &sender::PROOF_MISSING,
            Self::Twice => &sender::PROOF_TWICE,
            Self::TooLarge => &sender::PROOF_TOO_LARGE,
            Self::Malformed => &sender::PROOF_MALFORMED,
            Self::DuplicateMember => &sender::PROOF_DUPLICATE_MEMBER,
            Self::Type { .. } => &sender::PROOF_TYPE,
            Self::Algorithm => &sender::PROOF_ALGORITHM,
            Self::Critical => &sender::PROOF_CRITICAL,
            Self::Key { .. } => &sender::PROOF_KEY,
            Self::KeyPrivate => &sender::PROOF_KEY_PRIVATE,
            Self::Signature => &sender::PROOF_SIGNATURE,
            Self::Claim { .. } => &sender::PROOF_CLAIM,
            Self::Method { .. } => &sender::PROOF_METHOD,
            Self::Url { .. } => &sender::PROOF_URL,
            Self::Stale { .. } => &sender::PROOF_STALE,
            Self::Ahead { .. } => &sender::PROOF_AHEAD,
            Self::Token => &sender::PROOF_TOKEN,
            Self::NonceMissing => &sender::PROOF_NONCE_MISSING,
            Self::NonceUnknown => &sender::PROOF_NONCE_UNKNOWN,
            Self::Replayed => &sender::PROOF_REPLAYED,
        }
    }
}
