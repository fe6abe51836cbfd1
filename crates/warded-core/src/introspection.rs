//! What does its issuer say of the token? The answer of an introspection endpoint, taken apart (RFC 7662 §2.2).

use serde_json::{Map, Value};

use crate::{
    json::{self, InvalidJson},
    refusal::Refusal,
    remember::TokenDigest,
    time::UnixTime,
};

/// Largest answer that is read, in bytes.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// What an issuer said about one token. Whether the token is for some server is another question, which
/// [`InboundToken::judge_introspected`](crate::InboundToken::judge_introspected) answers.
///
/// It names the token that it is about, so that no token profits from what was said of another.
#[derive(Clone)]
pub struct IntrospectionAnswer {
    about: TokenDigest,
    active: Option<Map<String, Value>>,
    asked: Option<UnixTime>,
}

/// Why a document is not an introspection response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAnswer {
    /// More than [`MAX_ANSWER_BYTES`].
    #[error("is larger than {MAX_ANSWER_BYTES} bytes")]
    TooLarge,
    /// Not one JSON object that everybody reads alike.
    #[error("{0}")]
    Json(InvalidJson),
    /// No `active`, or one that is neither `true` nor `false`.
    #[error("has no `active` that is `true` or `false`")]
    Active,
}

/// Proof that the issuer called the token active. Only [`IntrospectionAnswer::active`] makes one.
#[derive(Debug)]
pub(crate) struct ActiveSaid(());

impl IntrospectionAnswer {
    /// Reads what was said of the token of this digest. What is neither a yes nor a no is no answer: `"true"` and `1`
    /// are yes to some and nothing to others.
    pub fn parse(text: &[u8], about: TokenDigest) -> Result<Self, InvalidAnswer> {
        if text.len() > MAX_ANSWER_BYTES {
            return Err(InvalidAnswer::TooLarge);
        }
        let said = json::object(text).map_err(InvalidAnswer::Json)?;
        match said.get("active") {
            Some(Value::Bool(true)) => Ok(Self { about, active: Some(said), asked: None }),
            // RFC 7662 §2.2: whatever else a no says, it is not read.
            Some(Value::Bool(false)) => Ok(Self { about, active: None, asked: None }),
            _ => Err(InvalidAnswer::Active),
        }
    }

    /// Says when the question was sent: what is revoked after that may not be in the answer.
    #[must_use]
    pub fn of_question(mut self, sent: UnixTime) -> Self {
        self.asked = Some(sent);
        self
    }

    /// When it was true; never later than `now`.
    pub(crate) fn asked_at(&self, now: UnixTime) -> UnixTime {
        self.asked.map_or(now, |asked| asked.min(now))
    }

    /// Whether the issuer called the token active.
    pub fn is_active(&self) -> bool {
        self.active.is_some()
    }

    pub(crate) fn about(&self) -> &TokenDigest {
        &self.about
    }

    pub(crate) fn active(&self) -> Result<(&Map<String, Value>, ActiveSaid), Refusal> {
        self.active.as_ref().map(|said| (said, ActiveSaid(()))).ok_or(Refusal::TokenInactive)
    }
}

/// Says whether it is a yes, never what it says about people.
impl std::fmt::Debug for IntrospectionAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IntrospectionAnswer").field("active", &self.is_active()).finish_non_exhaustive()
    }
}
