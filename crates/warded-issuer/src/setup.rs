//! What did the operator decide about an issuer?

use std::{collections::BTreeMap, sync::Arc};

use warded_core::{Issuer, ResourceUri, Scopes, jose::Algorithm};
use warded_store::{Revocations, journal::Journal};

use crate::throttle::{Logins, Strangers};

/// One issuer: its name, the servers that it issues tokens for, and its rules.
#[derive(Clone, Debug)]
pub struct IssuerSetup {
    /// Its tier: the name under which the store keeps its signing key.
    pub tier: String,
    /// Its identifier, byte for byte the `iss` of its tokens. Everything that it serves is below it.
    pub url: Issuer,
    /// The servers that it issues tokens for.
    pub resources: Vec<Registered>,
    /// Its rules.
    pub policy: Policy,
    /// Lets whoever opens the login page continue as this person, without a password. For a demonstration:
    /// refused unless the issuer is on loopback.
    pub one_click: Option<String>,
    /// Counts wrong passwords; shared by all issuers of one store.
    pub logins: Logins,
    /// Counts what strangers may have this issuer do; that of the same issuer, where it was open before.
    pub strangers: Strangers,
    /// What guards in this process know of grants that were taken back: they are told at once. Whoever shares it with
    /// guards reads the store into it every few seconds ([`Revocations::look`]); where that fails for a minute, they
    /// admit no more of this issuer's tokens.
    pub revocations: Revocations,
    /// Where it is recorded who asks for a token without saying for which server; nowhere where it is none.
    pub journal: Option<Arc<dyn Journal>>,
}

impl IssuerSetup {
    /// An issuer with the default rules.
    pub fn new(tier: &str, url: Issuer, resources: Vec<Registered>) -> Self {
        Self {
            tier: tier.to_owned(),
            url,
            resources,
            policy: Policy::default(),
            one_click: None,
            logins: Logins::default(),
            strangers: Strangers::default(),
            revocations: Revocations::default(),
            journal: None,
        }
    }
}

/// A server that tokens are issued for.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Its name in the configuration.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Its identifiers: the resource first, then its aliases. A token's `aud` is the one that was asked for.
    pub identifiers: Vec<ResourceUri>,
    /// Every scope that it knows.
    pub scopes: Scopes,
    /// What a client gets that asks for no scope: usually what every call needs, and no more.
    pub default_scopes: Scopes,
    /// What scopes mean to people, where the operator says so.
    pub scope_words: BTreeMap<String, String>,
}

impl Registered {
    /// A server without scopes.
    pub fn new(name: &str, resource: ResourceUri) -> Self {
        Self {
            name: name.to_owned(),
            title: name.to_owned(),
            identifiers: vec![resource],
            scopes: Scopes::default(),
            default_scopes: Scopes::default(),
            scope_words: BTreeMap::new(),
        }
    }
}

/// The rules of an issuer. Lifetimes are in seconds.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What tokens are signed with: `EdDSA` or `ES256`.
    pub algorithm: Algorithm,
    /// How long an access token lives. Guards that hear of a grant that is revoked refuse its tokens at once; at any
    /// others this is how long a revoked one still works.
    pub access_token: u32,
    /// How long a code may lie around.
    pub code: u32,
    /// How long a refresh token lives that nobody uses.
    pub refresh_token: u32,
    /// How long a grant lives, however often it is refreshed.
    pub grant: u32,
    /// How long a browser stays logged in.
    pub session: u32,
    /// Whether clients may register themselves (RFC 7591).
    pub registration: bool,
    /// Whether a client may be the URL of its own description (client id metadata documents).
    pub client_documents: bool,
    /// URL schemes without a dot that are known to belong to one application, besides reverse domain names
    /// (RFC 8252 §7.1).
    pub app_schemes: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        const DAY: u32 = 24 * 60 * 60;
        Self {
            algorithm: Algorithm::EdDsa,
            access_token: 10 * 60,
            code: 60,
            refresh_token: 30 * DAY,
            grant: 90 * DAY,
            session: DAY / 2,
            registration: true,
            client_documents: true,
            app_schemes: ["cursor", "vscode", "vscode-insiders"].map(str::to_owned).to_vec(),
        }
    }
}
