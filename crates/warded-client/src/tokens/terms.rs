//! What was a token asked for with? A token is found again by whoever asks with the same, and by nobody else.

use warded_core::Scopes;

use crate::obtain::Bound;

/// What a token was asked for with, besides the place that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terms {
    /// As whom.
    pub client: String,
    /// What it was to permit.
    pub scopes: Scopes,
    /// How it is known to be for its server.
    pub bound: Bound,
    /// On whose behalf.
    pub behalf: Behalf,
    /// Whether it is bound to no key though the server would take one that is: somebody wants to carry it elsewhere.
    pub bearer: bool,
}

/// On whose behalf a token was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a kind that is overlooked would be taken for another")]
pub enum Behalf {
    /// A person's, who logged in.
    #[default]
    User,
    /// The client's own.
    Client,
    /// Theirs of whom another token or an assertion speaks; this is a hash of who that is.
    Subject(Box<str>),
}

impl Terms {
    /// What a person asks for as this client, with a token that names its server.
    pub fn new(client: impl Into<String>, scopes: Scopes) -> Self {
        Self { client: client.into(), scopes, bound: Bound::Audience, behalf: Behalf::User, bearer: false }
    }

    /// The same with tokens that are bound so.
    #[must_use]
    pub fn bound(self, bound: Bound) -> Self {
        Self { bound, ..self }
    }

    /// The same for somebody else.
    #[must_use]
    pub fn on_behalf(self, behalf: Behalf) -> Self {
        Self { behalf, ..self }
    }

    /// The same for a token that works for whoever holds it.
    #[must_use]
    pub fn bearer(self, bearer: bool) -> Self {
        Self { bearer, ..self }
    }

    /// Whether a token that was asked for with these can be used by whoever asks with those.
    pub(super) fn are_enough_for(&self, wanted: &Self) -> bool {
        self.is_like(wanted) && wanted.scopes.missing_from(&self.scopes).is_empty()
    }

    /// Whether they differ in their scopes only, if at all.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.client == other.client
            && self.bound == other.bound
            && self.behalf == other.behalf
            && self.bearer == other.bearer
    }

    /// What tells them from others in the name of a file. Those that an earlier version wrote have nothing more.
    pub(super) fn parts(&self) -> Vec<&str> {
        let mut parts = Vec::new();
        match &self.bound {
            Bound::Audience => {}
            Bound::Pinned(audience) => parts.extend(["pinned", audience]),
            Bound::Ignored => parts.extend(["ignored", ""]),
            Bound::Unbound => parts.extend(["unbound", ""]),
        }
        match &self.behalf {
            Behalf::User => {}
            Behalf::Client => parts.extend(["client", ""]),
            Behalf::Subject(subject) => parts.extend(["subject", subject]),
        }
        if self.bearer {
            parts.extend(["bearer", ""]);
        }
        parts
    }
}
