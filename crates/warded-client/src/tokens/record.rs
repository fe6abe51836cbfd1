//! What is known about a token, and everything that it is bound to?

use std::fmt;

use warded_core::{ResourceUri, Scopes, UnixTime, danger::Unverified, jose::Thumbprint};

use super::{
    ResourceToken, Terms,
    key::{self, Kind, Place},
};
use crate::{
    obtain::{AccessToken, Hint, Obtained, RefreshToken},
    possession::SenderKey,
};

mod document;

/// A token, and everything that it is bound to.
#[derive(Clone)]
pub struct Record {
    place: Place,
    terms: Terms,
    permitted: Option<Scopes>,
    obtained: UnixTime,
    expires: Option<UnixTime>,
    access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
    sender: Option<SenderKey>,
}

impl Record {
    /// What was obtained for a place, bound to this key if there is one.
    pub fn new(
        place: Place,
        terms: Terms,
        obtained: Obtained,
        sender: Option<SenderKey>,
        now: UnixTime,
    ) -> Self {
        Self {
            place,
            terms,
            permitted: obtained.scopes,
            obtained: now,
            expires: obtained.expires_in.map(|seconds| now.plus(seconds)),
            access_token: obtained.access_token,
            refresh_token: obtained.refresh_token,
            sender,
        }
    }

    /// The record after a refresh. An issuer that sends no new refresh token lets the old one go on (RFC 6749 §6).
    #[must_use]
    pub fn refreshed(&self, obtained: Obtained, now: UnixTime) -> Self {
        let refresh_token = obtained.refresh_token.clone().or_else(|| self.refresh_token.clone());
        let permitted = obtained.scopes.clone().or_else(|| self.permitted.clone());
        let fresh = Self::new(self.place.clone(), self.terms.clone(), obtained, self.sender.clone(), now);
        Self { permitted, refresh_token, ..fresh }
    }

    /// The record once its issuer has taken the refresh token back.
    pub(crate) fn without_refresh_token(&self) -> Self {
        Self { refresh_token: None, ..self.clone() }
    }

    /// Whom the token is for.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// What it was asked for with.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What it permits, where the issuer says so: that may be less than was asked for.
    pub const fn permitted(&self) -> Option<&Scopes> {
        self.permitted.as_ref()
    }

    /// When it was obtained.
    pub const fn obtained(&self) -> UnixTime {
        self.obtained
    }

    /// When it ends, where the issuer says so.
    pub const fn expires(&self) -> Option<UnixTime> {
        self.expires
    }

    /// The token, for requests to this server alone.
    pub fn token_for(&self, server: &ResourceUri) -> Option<ResourceToken<'_>> {
        let is_its_own = self.place.server == *server;
        is_its_own.then(|| ResourceToken::new(&self.place.server, &self.access_token, self.sender.as_ref()))
    }

    /// What the token says of itself, where it can be read. Nobody vouches for it, and its text does not come with it.
    pub fn unverified(&self) -> Option<Unverified> {
        self.access_token.unverified()
    }

    /// What a new token can be had for.
    pub const fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// What its issuer can take back: first what new tokens come of.
    pub(crate) fn revocable(&self) -> Vec<(Hint, &str)> {
        let mut tokens = Vec::new();
        tokens.extend(self.refresh_token.as_ref().map(|token| (Hint::RefreshToken, token.text())));
        tokens.push((Hint::AccessToken, self.access_token.expose()));
        tokens
    }

    /// The key that the token is bound to.
    pub const fn sender(&self) -> Option<&SenderKey> {
        self.sender.as_ref()
    }

    /// The name of that key.
    pub fn key(&self) -> Option<Thumbprint> {
        self.sender.as_ref().map(SenderKey::thumbprint)
    }

    /// Whether this is the same token.
    pub fn is_same_token(&self, other: &Self) -> bool {
        self.access_token.expose() == other.access_token.expose()
    }

    /// Whether the token has expired, by what the issuer said.
    pub fn is_expired(&self, now: UnixTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether it is time for a new token: a minute before the end, but never more than a fifth of the lifetime, or a
    /// token that lives for a minute would be refreshed at every request.
    pub fn is_ending(&self, now: UnixTime) -> bool {
        self.expires.is_some_and(|expires| {
            let margin = (expires.since(self.obtained) / 5).clamp(0, 60);
            expires.since(now) <= margin
        })
    }

    /// The name of its file.
    pub(super) fn name(&self) -> String {
        key::name(Kind::Token, &self.place, Some(&self.terms))
    }
}

/// Says whose it is and until when, never which.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("place", &self.place)
            .field("terms", &self.terms)
            .field("expires", &self.expires)
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
