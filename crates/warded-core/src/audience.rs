//! For whom was the token issued? Enforces the invariants *Exact* and *One audience*.

use std::borrow::Cow;

use serde_json::Value;

use crate::{
    fleet::{IssuerId, Recipient, Server},
    refusal::{Refusal, Shown},
    resource::ResourceUri,
};

/// Most recipients that are read from one token.
const MAX_RECIPIENTS: usize = 32;

/// One recipient as it is compared: the canonical form where the text is a server's identifier, its bytes
/// where it is anything else (a client id, an application URI).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AudienceKey(Box<str>);

impl AudienceKey {
    pub(crate) fn of(text: &str) -> Self {
        Self(canonical(text).into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Lets a key be found by text that is already canonical.
impl std::borrow::Borrow<str> for AudienceKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

pub(crate) fn canonical(text: &str) -> Cow<'_, str> {
    ResourceUri::parse(text).map_or(Cow::Borrowed(text), |uri| Cow::Owned(uri.as_str().to_owned()))
}

/// The claim `aud` (RFC 7519 §4.1.3): at least one recipient, each a non-empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Audience(Vec<Box<str>>);

/// Proof that the token names this server and no other, or that the operator waived what `permissive` may
/// waive. Only [`settle`] makes one.
#[derive(Debug)]
pub(crate) struct AudienceSettled(());

/// Decides whether the audience is this server alone. What a permissive server lets pass is given back, so that
/// the journal can mark it: a missing or unknown audience, never one that names another configured server.
pub(crate) fn settle(
    audience: Option<&Audience>,
    server: &Server,
    issuer: IssuerId,
    client: Option<&str>,
    permissive: bool,
) -> Result<(AudienceSettled, Option<Refusal>), Refusal> {
    let found =
        audience.map_or(Err(Refusal::AudienceMissing), |audience| audience.admits(server, issuer, client));
    match found {
        Ok(()) => Ok((AudienceSettled(()), None)),
        Err(
            waived @ (Refusal::AudienceMissing
            | Refusal::AudienceUnknown { .. }
            | Refusal::AudienceShared { server: None, .. }),
        ) if permissive => Ok((AudienceSettled(()), Some(waived))),
        Err(refusal) => Err(refusal),
    }
}

impl Audience {
    /// Reads `aud`; everything that is not text or a short list of texts is refused.
    pub(crate) fn read(aud: Option<&Value>) -> Result<Option<Self>, Refusal> {
        let recipients = match aud {
            None => return Ok(None),
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(several)) if (1..=MAX_RECIPIENTS).contains(&several.len()) => {
                let texts: Option<Vec<_>> = several.iter().map(Value::as_str).collect();
                texts.ok_or(Refusal::AudienceMalformed)?
            }
            Some(_) => return Err(Refusal::AudienceMalformed),
        };
        if recipients.iter().any(|text| text.is_empty()) {
            return Err(Refusal::AudienceMalformed);
        }
        Ok(Some(Self(recipients.into_iter().map(Into::into).collect())))
    }

    /// The recipients as the token spells them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    pub(crate) fn is_only(&self, recipient: &str) -> bool {
        self.iter().all(|text| text == recipient)
    }

    /// RFC 8707 §3: whoever shares an audience can replay the token at the others, so a token that names us
    /// *and* someone else is refused too.
    fn admits(&self, server: &Server, issuer: IssuerId, client: Option<&str>) -> Result<(), Refusal> {
        let mut names_us = false;
        let mut neighbour = None;
        let mut stranger = None;
        for text in self.iter() {
            match server.recipient(issuer, text, client) {
                Recipient::Here => names_us = true,
                Recipient::Companion => {}
                Recipient::Neighbour(name) => neighbour = neighbour.or(Some((text, name))),
                Recipient::Stranger => stranger = stranger.or(Some(text)),
            }
        }
        match (names_us, neighbour, stranger) {
            (true, None, None) => Ok(()),
            (true, Some((other, name)), _) => {
                Err(Refusal::AudienceShared { other: Shown::new(other), server: Some(name.into()) })
            }
            (false, Some((_, name)), _) => Err(Refusal::AudienceElsewhere { server: name.into() }),
            (true, None, Some(other)) => {
                Err(Refusal::AudienceShared { other: Shown::new(other), server: None })
            }
            // Nothing but companions: they are nobody's servers, so they open none.
            (false, None, other) => {
                let audience = other.or(self.iter().next()).unwrap_or_default();
                Err(Refusal::AudienceUnknown { audience: Shown::new(audience) })
            }
        }
    }
}
