//! What did the user say about how to get in?

use warded_core::{Issuer, Scopes};

use crate::{
    login::{Opener, Pasted},
    obtain::Bound,
    register::Given,
    secret::Secret,
};

/// What the user said.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Asked {
    /// Who the client is.
    pub given: Given,
    /// Scopes to ask for besides those that the server names.
    pub scopes: Scopes,
    /// Which of several accounts.
    pub account: Option<String>,
    /// The only issuer to deal with.
    pub issuer: Option<Issuer>,
    /// Whether a server that names itself by more than its URL is refused.
    pub strict_resource: bool,
    /// What the issuer calls the server in its tokens, where that is not the server's own name.
    pub audience: Option<String>,
    /// Whether a token will do that its issuer does not bind to the server, since it refuses `resource` or passes it over. It
    /// is sent to that server alone all the same.
    pub unbound: bool,
    /// Whether the token is to be carried elsewhere, so that it is bound to no key. Where the server takes no such token,
    /// nobody is asked for one.
    pub bearer: bool,
    /// On whose behalf.
    pub grant: Grant,
    /// How the login page is shown.
    pub opener: Opener,
    /// Who is asked for the answer of a login that came to another machine ([`Way::Paste`]).
    pub pasted: Option<Pasted>,
    /// The port on which the answer of a login arrives; any where none is given.
    pub callback_port: Option<u16>,
}

impl Asked {
    /// How a token has to be bound: the first is asked for, and what is kept may be any of them.
    pub(super) fn bounds(&self) -> Vec<Bound> {
        let audience = self.audience.as_deref();
        let mut bounds = vec![audience.map_or(Bound::Audience, |audience| Bound::Pinned(audience.into()))];
        if self.unbound {
            bounds.extend([Bound::Ignored, Bound::Unbound]);
        }
        bounds
    }
}

/// On whose behalf tokens are asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Grant {
    /// A user's, who logs in.
    User(Way),
    /// The client's own (RFC 6749 §4.4).
    Client,
    /// Theirs of whom an assertion speaks that a platform gives to its workloads (RFC 7523 §2.1).
    Assertion(Secret),
    /// A user's who has logged in at an identity provider that the issuer trusts: an ID token is exchanged there for an
    /// assertion for this one issuer and resource (Identity Assertion Authorization Grant).
    Enterprise(Enterprise),
    /// Theirs whose token the issuer exchanges for one of the server (RFC 8693).
    Exchange(Subject),
}

impl Default for Grant {
    fn default() -> Self {
        Self::User(Way::Loopback)
    }
}

/// How a user's answer comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// To a listener on loopback (RFC 8252 §7.3).
    #[default]
    Loopback,
    /// The same, or by hand: the user's browser is on another machine, and the user brings the URL that it was sent to.
    Paste,
    /// Not at all: the user types a code at the issuer (RFC 8628).
    Device,
}

/// Who has logged in where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Enterprise {
    /// The identity provider.
    pub provider: Issuer,
    /// As whom it is asked; the ID token was given to this client.
    pub given: Given,
    /// The ID token.
    pub id_token: Secret,
}

impl Enterprise {
    /// A user of this provider, who has logged in there at this client.
    pub const fn new(provider: Issuer, given: Given, id_token: Secret) -> Self {
        Self { provider, given, id_token }
    }
}

/// Whose token is exchanged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subject {
    /// The token.
    pub token: Secret,
    /// What kind of token it is (RFC 8693 §3).
    pub kind: String,
}

impl Subject {
    /// RFC 8693 §3
    pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

    /// A token of this kind.
    pub fn new(token: Secret, kind: impl Into<String>) -> Self {
        Self { token, kind: kind.into() }
    }
}
