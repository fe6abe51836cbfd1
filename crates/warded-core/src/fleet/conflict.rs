//! The proof itself: every value that could be an audience is entered once; whoever finds it taken is a conflict.

use std::collections::HashMap;

use super::{IssuerIndex, IssuerSpec, Mode, ServerSpec};
use crate::{audience::AudienceKey, issuer::Validation};

/// Where the operator claimed a value. Positions count within the lists that were given to
/// [`Fleet::prove`](super::Fleet::prove).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// A server's identifier.
    Resource {
        /// The server.
        server: usize,
    },
    /// A server's alias.
    Alias {
        /// The server.
        server: usize,
        /// Which of its aliases.
        alias: usize,
    },
    /// An extra audience.
    Audience {
        /// The issuer in whose tokens it counts.
        issuer: usize,
        /// Which of its extra audiences.
        audience: usize,
        /// The server that it means.
        server: usize,
    },
    /// A companion.
    Companion {
        /// The issuer in whose tokens it counts.
        issuer: usize,
        /// Which of its companions.
        companion: usize,
    },
}

impl Claim {
    /// The server that is meant, if one is.
    pub const fn server(self) -> Option<usize> {
        match self {
            Self::Resource { server } | Self::Alias { server, .. } | Self::Audience { server, .. } => {
                Some(server)
            }
            Self::Companion { .. } => None,
        }
    }
}

/// Why a fleet is not proved disjoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// One value is claimed for two servers, or for a server and as a companion.
    Overlap {
        /// The value, in canonical form.
        value: Box<str>,
        /// The issuer in whose tokens it happens; none where it happens in all.
        issuer: Option<usize>,
        /// Who claimed it first.
        first: Claim,
        /// Who claims it again.
        second: Claim,
    },
    /// Two servers have the same name.
    NameTwice {
        /// The first server.
        first: usize,
        /// The other one.
        second: usize,
    },
    /// Two issuers have the same URL, so that their extra audiences would add up.
    IssuerTwice {
        /// The first issuer.
        first: usize,
        /// The other one.
        second: usize,
    },
    /// Two permissive servers trust one issuer: both would admit its tokens without an audience.
    PermissiveTwice {
        /// The issuer.
        issuer: usize,
        /// The first server.
        first: usize,
        /// The other one.
        second: usize,
    },
    /// Servers of different tiers trust one issuer, and the operator has not said that this is meant.
    TiersMixed {
        /// The issuer.
        issuer: usize,
        /// The first server.
        first: usize,
        /// A server of another tier.
        second: usize,
    },
    /// A server trusts nobody, so no token opens it.
    IssuersMissing {
        /// The server.
        server: usize,
    },
    /// A server trusts two issuers that are asked about tokens: an opaque token would be shown to one that it is
    /// not of, who could use it.
    IntrospectionTwice {
        /// The server.
        server: usize,
        /// The first issuer.
        first: usize,
        /// The other one.
        second: usize,
    },
    /// A position in a description points nowhere.
    Dangling,
}

/// Every value with its one owner.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) identifiers: HashMap<AudienceKey, usize>,
    pub(super) by_issuer: Vec<IssuerIndex>,
}

impl Index {
    pub(super) fn of(servers: &[ServerSpec], issuers: &[IssuerSpec]) -> Result<Self, Vec<Conflict>> {
        let mut conflicts = Vec::new();
        let mut identifiers = Claims::default();
        for (server, spec) in servers.iter().enumerate() {
            identifiers.enter(spec.resource.as_str(), Claim::Resource { server }, None, &mut conflicts);
            for (alias, uri) in spec.aliases.iter().enumerate() {
                identifiers.enter(uri.as_str(), Claim::Alias { server, alias }, None, &mut conflicts);
            }
        }
        let mut by_issuer = Vec::with_capacity(issuers.len());
        for (issuer, spec) in issuers.iter().enumerate() {
            let mut audiences = Claims::above(&identifiers);
            for (audience, (server, value)) in spec.audiences.iter().enumerate() {
                if *server >= servers.len() {
                    conflicts.push(Conflict::Dangling);
                }
                let claim = Claim::Audience { issuer, audience, server: *server };
                audiences.enter(value, claim, Some(issuer), &mut conflicts);
            }
            let mut companions = Claims::above(&audiences);
            for (companion, value) in spec.rules.companions.iter().enumerate() {
                let claim = Claim::Companion { issuer, companion };
                companions.enter(value, claim, Some(issuer), &mut conflicts);
            }
            let companions = companions.entries.into_keys().collect();
            by_issuer.push(IssuerIndex { audiences: audiences.owners(), companions, ..Default::default() });
        }
        repeated_names(servers, &mut conflicts);
        repeated_issuers(issuers, &mut conflicts);
        trust(servers, issuers, &mut conflicts);
        if conflicts.is_empty() {
            Ok(Self { identifiers: identifiers.owners(), by_issuer })
        } else {
            Err(conflicts)
        }
    }
}

/// Values with the claim that came first, on top of values that were claimed before.
#[derive(Default)]
struct Claims<'a> {
    entries: HashMap<AudienceKey, Claim>,
    beneath: Option<&'a Claims<'a>>,
}

impl<'a> Claims<'a> {
    fn above(beneath: &'a Self) -> Self {
        Self { entries: HashMap::new(), beneath: Some(beneath) }
    }

    fn find(&self, key: &AudienceKey) -> Option<Claim> {
        self.entries.get(key).copied().or_else(|| self.beneath?.find(key))
    }

    fn enter(&mut self, value: &str, claim: Claim, issuer: Option<usize>, conflicts: &mut Vec<Conflict>) {
        let key = AudienceKey::of(value);
        match self.find(&key) {
            None => {
                self.entries.insert(key, claim);
            }
            // The same server twice, or the same companion twice: redundant, not wrong.
            Some(first) if first.server() == claim.server() => {}
            Some(first) => {
                conflicts.push(Conflict::Overlap {
                    value: key.as_str().into(),
                    issuer,
                    first,
                    second: claim,
                });
            }
        }
    }

    fn owners(self) -> HashMap<AudienceKey, usize> {
        self.entries.into_iter().filter_map(|(key, claim)| Some((key, claim.server()?))).collect()
    }
}

fn repeated_names(servers: &[ServerSpec], conflicts: &mut Vec<Conflict>) {
    let mut seen = HashMap::new();
    for (second, server) in servers.iter().enumerate() {
        if let Some(first) = seen.insert(&server.name, second) {
            conflicts.push(Conflict::NameTwice { first, second });
        }
    }
}

fn repeated_issuers(issuers: &[IssuerSpec], conflicts: &mut Vec<Conflict>) {
    let mut seen = HashMap::new();
    for (second, issuer) in issuers.iter().enumerate() {
        if let Some(first) = seen.insert(&issuer.url, second) {
            conflicts.push(Conflict::IssuerTwice { first, second });
        }
    }
}

/// Whom the servers trust: what two of them may not have in common.
fn trust(servers: &[ServerSpec], issuers: &[IssuerSpec], conflicts: &mut Vec<Conflict>) {
    let mut permissive: HashMap<usize, usize> = HashMap::new();
    // For each issuer the first server of each tier that trusts it.
    let mut tiers: HashMap<usize, Vec<(&str, usize)>> = HashMap::new();
    for (server, spec) in servers.iter().enumerate() {
        if spec.issuers.is_empty() {
            conflicts.push(Conflict::IssuersMissing { server });
        }
        let mut asked = None;
        for &issuer in &spec.issuers {
            let Some(trusted) = issuers.get(issuer) else {
                conflicts.push(Conflict::Dangling);
                continue;
            };
            if trusted.rules.validation == Validation::Introspection
                && let Some(first) = asked.replace(issuer)
                && first != issuer
            {
                conflicts.push(Conflict::IntrospectionTwice { server, first, second: issuer });
            }
            if spec.mode != Mode::Strict
                && let Some(first) = permissive.insert(issuer, server)
                && first != server
            {
                conflicts.push(Conflict::PermissiveTwice { issuer, first, second: server });
            }
            let seen = tiers.entry(issuer).or_default();
            if seen.iter().any(|(tier, _)| *tier == &*spec.tier) {
                continue;
            }
            let acknowledged = |tier: &str| trusted.across_tiers.iter().any(|known| &**known == tier);
            if let Some((_, first)) =
                seen.iter().find(|(tier, _)| !(acknowledged(tier) && acknowledged(&spec.tier)))
            {
                conflicts.push(Conflict::TiersMixed { issuer, first: *first, second: server });
            }
            seen.push((&spec.tier, server));
        }
    }
}
