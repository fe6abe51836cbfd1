//! Which servers are there, and can any token open two of them? Enforces the invariant *Disjoint*.
//!
//! A [`Fleet`] exists only where the answer is no: [`Fleet::prove`] is its one maker. A [`Server`] comes out of a
//! fleet, and a token is judged at a server, so a token cannot be judged where the proof is missing.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
};

use crate::{
    audience::{AudienceKey, canonical},
    issuer::{Issuer, IssuerRules, Validation},
    resource::ResourceUri,
    time::UnixTime,
};

mod conflict;

pub use conflict::{Claim, Conflict};

/// The companion that stands for the token's own `client_id` or `azp`.
pub const OWN_CLIENT_ID: &str = "own-client-id";

/// A server, as the operator describes it. `issuers` are positions in the list of issuers.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: every field is the operator's to give")]
pub struct ServerSpec {
    /// Its name in the configuration.
    pub name: Box<str>,
    /// Its identifier.
    pub resource: ResourceUri,
    /// Further identifiers of the same server.
    pub aliases: Vec<ResourceUri>,
    /// Whose tokens it accepts.
    pub issuers: Vec<usize>,
    /// How much it trusts and is trusted with.
    pub tier: Box<str>,
    /// How strictly it judges.
    pub mode: Mode,
}

/// An issuer, as the operator describes it.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: every field is the operator's to give")]
pub struct IssuerSpec {
    /// Its `iss`.
    pub url: Issuer,
    /// What its tokens look like.
    pub rules: IssuerRules,
    /// Extra exact audiences: the position of a server, and the value that means it in this issuer's tokens.
    pub audiences: Vec<(usize, Box<str>)>,
    /// The tiers that the operator knowingly lets share this issuer.
    pub across_tiers: Vec<Box<str>>,
}

/// How strictly a server judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Everything that must hold, holds.
    #[default]
    Strict,
    /// Until that moment, a missing or unknown audience and an unexpected `typ` are admitted and reported.
    PermissiveUntil(UnixTime),
}

impl Mode {
    pub(crate) fn waives_at(self, now: UnixTime) -> bool {
        matches!(self, Self::PermissiveUntil(end) if now < end)
    }
}

/// The servers of one configuration, proved disjoint.
#[derive(Clone, Debug)]
pub struct Fleet(Arc<Registry>);

#[derive(Clone, Debug)]
struct Registry {
    servers: Vec<ServerSpec>,
    issuers: Vec<IssuerSpec>,
    names: HashMap<Box<str>, usize>,
    /// The identifiers and aliases of all servers, whichever issuer they trust.
    identifiers: HashMap<AudienceKey, usize>,
    issuer_urls: HashMap<Box<str>, IssuerId>,
    by_issuer: Vec<IssuerIndex>,
    /// The URLs of servers behind, whichever issuer gives tokens for them; each as it is called.
    behind: HashMap<AudienceKey, Box<str>>,
}

/// What recipients mean in the tokens of one issuer, beside identifiers.
#[derive(Clone, Debug, Default)]
struct IssuerIndex {
    audiences: HashMap<AudienceKey, usize>,
    companions: HashSet<AudienceKey>,
    /// Words of this issuer that mean servers behind; each as it is called.
    behind: HashMap<AudienceKey, Box<str>>,
}

/// The position of an issuer in its fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IssuerId(usize);

/// Who is meant by one value of `aud`, seen from one server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Recipient<'a> {
    Here,
    Companion,
    Neighbour(&'a str),
    Stranger,
}

impl Fleet {
    /// Proves that no token is admitted at two servers, or says which two servers and which value.
    ///
    /// ```
    /// use warded_core::{Conflict, Fleet, Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, ServerSpec};
    ///
    /// let server = |name: &str, url: &str| ServerSpec {
    ///     name: name.into(),
    ///     resource: ResourceUri::parse(url).unwrap(),
    ///     aliases: vec![],
    ///     issuers: vec![0],
    ///     tier: "default".into(),
    ///     mode: Mode::Strict,
    /// };
    /// let corp = IssuerSpec {
    ///     url: Issuer::parse("https://login.example.com").unwrap(),
    ///     rules: IssuerRules::default(),
    ///     audiences: vec![],
    ///     across_tiers: vec![],
    /// };
    ///
    /// let notes = server("notes", "https://mcp.example.com/notes");
    /// let files = server("files", "https://mcp.example.com/files");
    /// assert!(Fleet::prove(vec![notes.clone(), files], vec![corp.clone()]).is_ok());
    ///
    /// let twin = server("twin", "https://MCP.example.com:443/notes");
    /// let conflicts = Fleet::prove(vec![notes, twin], vec![corp]).unwrap_err();
    /// assert!(matches!(&conflicts[..], [Conflict::Overlap { value, .. }] if &**value == "https://mcp.example.com/notes"));
    /// ```
    pub fn prove(servers: Vec<ServerSpec>, issuers: Vec<IssuerSpec>) -> Result<Self, Vec<Conflict>> {
        let index = conflict::Index::of(&servers, &issuers)?;
        let names = servers.iter().enumerate().map(|(at, server)| (server.name.clone(), at)).collect();
        let issuer_urls = issuers
            .iter()
            .enumerate()
            .map(|(at, issuer)| (issuer.url.as_str().into(), IssuerId(at)))
            .collect();
        let conflict::Index { identifiers, by_issuer } = index;
        let behind = HashMap::new();
        Ok(Self(Arc::new(Registry { servers, issuers, names, identifiers, issuer_urls, by_issuer, behind })))
    }

    /// The same servers, which now know the audiences of what lies behind them, each with its issuer and the server in
    /// front. Whoever is behind is shown tokens for it; no door may take such a token for one that names nobody.
    pub(crate) fn knowing<'a>(
        self,
        behind: impl Iterator<Item = (&'a Issuer, &'a AudienceKey, &'a str)>,
    ) -> Self {
        let mut registry = Arc::unwrap_or_clone(self.0);
        for (issuer, audience, server) in behind {
            let name = format!("behind {server}").into();
            if ResourceUri::parse(audience.as_str()).is_ok() {
                registry.behind.insert(audience.clone(), name);
            } else if let Some(id) = registry.issuer_urls.get(issuer.as_str())
                && let Some(index) = registry.by_issuer.get_mut(id.0)
            {
                index.behind.insert(audience.clone(), name);
            }
        }
        Self(Arc::new(registry))
    }

    /// Whether that may stand beside a server's name in callers' tokens of this issuer.
    pub(crate) fn is_companion(&self, issuer: &Issuer, audience: &AudienceKey) -> bool {
        let registry = &self.0;
        let holds = |index: &IssuerIndex| index.companions.contains(audience);
        if ResourceUri::parse(audience.as_str()).is_ok() {
            return registry.by_issuer.iter().any(holds);
        }
        let id = registry.issuer_urls.get(issuer.as_str());
        id.and_then(|id| registry.by_issuer.get(id.0)).is_some_and(holds)
    }

    /// The server of that name.
    pub fn server(&self, name: &str) -> Option<Server> {
        self.0.names.get(name).map(|at| Server { fleet: Self(Arc::clone(&self.0)), at: *at })
    }

    /// The server that a token of this issuer would open with this audience.
    pub(crate) fn accepts(&self, issuer: &Issuer, audience: &str) -> Option<&str> {
        let registry = &self.0;
        let key = canonical(audience);
        let own = || {
            let id = registry.issuer_urls.get(issuer.as_str())?;
            registry.by_issuer.get(id.0)?.audiences.get(&*key)
        };
        let at = registry.identifiers.get(&*key).or_else(own)?;
        registry.servers.get(*at).map(|server| &*server.name)
    }

    /// Every server, in the order of the configuration.
    pub fn servers(&self) -> impl Iterator<Item = Server> {
        (0..self.0.servers.len()).map(|at| Server { fleet: self.clone(), at })
    }
}

/// One server of a fleet that is proved disjoint: the place where tokens are judged.
#[derive(Clone)]
pub struct Server {
    fleet: Fleet,
    at: usize,
}

impl Server {
    /// How the operator described it.
    pub fn spec(&self) -> &ServerSpec {
        #[expect(clippy::indexing_slicing, reason = "`at` comes from this very list")]
        &self.fleet.0.servers[self.at]
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.spec().name
    }

    /// Its identifier.
    pub fn resource(&self) -> &ResourceUri {
        &self.spec().resource
    }

    /// Whether this is the same server of the same proved fleet.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.fleet.0, &other.fleet.0) && self.at == other.at
    }

    /// The issuer at that position of this server's fleet.
    pub(crate) fn issuer(&self, id: IssuerId) -> &IssuerSpec {
        #[expect(clippy::indexing_slicing, reason = "whoever has an `IssuerId` has it from this very fleet")]
        &self.fleet.0.issuers[id.0]
    }

    /// The issuers whose tokens it accepts.
    pub fn issuers(&self) -> impl Iterator<Item = &IssuerSpec> {
        self.spec().issuers.iter().filter_map(|at| self.fleet.0.issuers.get(*at))
    }

    /// The issuer of that `iss`, where this server trusts it.
    pub(crate) fn trusts(&self, iss: &str) -> Option<(IssuerId, &IssuerSpec)> {
        let id = *self.fleet.0.issuer_urls.get(iss)?;
        let spec = self.fleet.0.issuers.get(id.0)?;
        self.spec().issuers.contains(&id.0).then_some((id, spec))
    }

    /// The issuer that is asked about tokens that do not say whose they are. Of a fleet that is proved there is at most
    /// one: a token must not be shown to two.
    pub(crate) fn introspecting(&self) -> Option<(IssuerId, &IssuerSpec)> {
        let issuers = self.spec().issuers.iter().filter_map(|at| {
            let spec = self.fleet.0.issuers.get(*at)?;
            Some((IssuerId(*at), spec))
        });
        let mut asked = issuers.filter(|(_, spec)| spec.rules.validation == Validation::Introspection);
        asked.next()
    }

    /// Who is meant by one value of `aud` in a token of `issuer` that was issued to `client`.
    pub(crate) fn recipient(&self, issuer: IssuerId, text: &str, client: Option<&str>) -> Recipient<'_> {
        // Most tokens spell their audience canonically, and then it is found without being parsed.
        if let Some(owner) = self.owner(issuer, text) {
            return owner;
        }
        let normal = canonical(text);
        if normal != text
            && let Some(owner) = self.owner(issuer, &normal)
        {
            return owner;
        }
        // Servers first, in every spelling: a companion or a client id is never taken for something that is a
        // server's name.
        let index = self.fleet.0.by_issuer.get(issuer.0);
        if index.is_some_and(|index| index.companions.contains(&*normal))
            || (self.allows_own_client(issuer) && client == Some(text))
        {
            return Recipient::Companion;
        }
        Recipient::Stranger
    }

    /// The server that goes by this name in the tokens of `issuer`.
    fn owner(&self, issuer: IssuerId, key: &str) -> Option<Recipient<'_>> {
        let registry = &self.fleet.0;
        let index = registry.by_issuer.get(issuer.0);
        let own = registry.identifiers.get(key).or_else(|| index?.audiences.get(key));
        let Some(at) = own else {
            let behind = registry.behind.get(key).or_else(|| index?.behind.get(key))?;
            return Some(Recipient::Neighbour(behind));
        };
        if *at == self.at {
            return Some(Recipient::Here);
        }
        let neighbour = registry.servers.get(*at)?;
        Some(Recipient::Neighbour(&neighbour.name))
    }

    fn allows_own_client(&self, issuer: IssuerId) -> bool {
        self.fleet.0.issuers.get(issuer.0).is_some_and(|issuer| issuer.rules.own_client_id)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec().fmt(f)
    }
}
