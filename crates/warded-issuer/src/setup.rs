//! What did the operator decide about an issuer?

use std::{collections::BTreeMap, sync::Arc};

use warded_client::keys::Keys;
use warded_core::{Issuer, ResourceUri, Scopes, jose::Algorithm};
use warded_store::{Digest, Revocations, journal::Journal};

use crate::throttle::{Logins, Strangers};

mod admit;
mod policy;
mod provider;

pub use admit::{Admit, Admitted};
pub use policy::{ClientDocuments, Domains, Dpop, Policy, Registration};
pub(crate) use provider::tenant;
pub use provider::{InvalidProvider, Naming, Provider, ProviderKind};

/// One issuer: its name, the servers that it issues tokens for, and its rules.
#[derive(Clone, Debug)]
pub struct IssuerSetup {
    /// Its name: the one under which the store keeps its signing keys.
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
    /// Who judges its tokens in this process: learns of each key before anything is signed with it.
    pub readers: Option<Arc<Keys>>,
    /// Where people may log in, besides here.
    pub providers: Vec<Provider>,
    /// Whether people may log in here, with a password.
    pub has_local_login: bool,
    /// Who may exchange a token for one server for a token for another (RFC 8693); nobody else may.
    pub exchanges: Vec<Exchange>,
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
            readers: None,
            providers: Vec::new(),
            has_local_login: true,
            exchanges: Vec::new(),
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
    /// How many seconds its tokens live, where not as long as the issuer's others.
    pub lifetime: Option<u32>,
    /// What its tokens are signed with, where not as the issuer's others.
    pub algorithm: Option<Algorithm>,
    /// Of the secret with which it asks about tokens (RFC 7662), its name being its `client_id`; none where it does not ask.
    pub secret: Option<Digest>,
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
            lifetime: None,
            algorithm: None,
            secret: None,
        }
    }
}

/// One exchange that the operator allows: this client, holding a token for that server, gets one for the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Who asks, by `client_id`.
    pub client: String,
    /// The server that the token is for which it presents, by name.
    pub from: String,
    /// The server that it gets a token for, by name.
    pub to: String,
    /// What it may get there at most.
    pub scopes: Scopes,
    /// Whether the token says who acts (`act`, RFC 8693 §4.1), and not only for whom.
    pub act: bool,
}
