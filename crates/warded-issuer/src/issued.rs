//! Is this token one of ours, and does it still hold? Judged as a guard judges it, at the server that it is for.

use warded_core::{
    Claims, Conflict, Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Mode, Possession, ServerSpec,
    UnixTime, Verdict, VerifiedToken,
    jose::{Thumbprint, base64url},
    json,
};
use warded_store::{GRANT_CLAIM, GrantMark, ROOT_CLAIM};
use zeroize::Zeroizing;

use crate::{AuthorizationServer, OpenFailed, Registered, keys::LONGEST_TOKEN, refused::Refused};

/// A token of ours that holds now.
pub(crate) struct Issued {
    token: Box<VerifiedToken>,
    mark: GrantMark,
    exchanged_of: Option<GrantMark>,
}

impl Issued {
    /// What it says.
    pub(crate) fn claims(&self) -> &Claims {
        self.token.claims()
    }

    /// The grant that it comes from, or the one of its own.
    pub(crate) fn mark(&self) -> GrantMark {
        self.mark
    }

    /// The grant that everything began with, which is its own where it was not exchanged.
    pub(crate) fn root(&self) -> GrantMark {
        self.exchanged_of.unwrap_or(self.mark)
    }

    /// Whether it came of an exchange, so that its status stands where that of its root stands.
    pub(crate) fn is_exchanged(&self) -> bool {
        self.exchanged_of.is_some()
    }
}

/// The servers of an issuer as those who judge its tokens know them.
pub(crate) fn fleet(issuer: &Issuer, servers: &[Registered]) -> Result<Fleet, OpenFailed> {
    let mut rules = IssuerRules::default();
    rules.max_lifetime = LONGEST_TOKEN;
    let spec = IssuerSpec { url: issuer.clone(), rules, audiences: Vec::new(), across_tiers: Vec::new() };
    let specs = servers.iter().filter_map(|server| {
        let (resource, aliases) = server.identifiers.split_first()?;
        Some(ServerSpec {
            name: server.name.as_str().into(),
            resource: resource.clone(),
            aliases: aliases.to_vec(),
            issuers: vec![0],
            // Whether one issuer may serve several tiers is decided elsewhere.
            tier: "default".into(),
            mode: Mode::Strict,
        })
    });
    Fleet::prove(specs.collect(), vec![spec]).map_err(|conflicts| {
        // The registry has named an identifier of two servers before this.
        let named = conflicts.iter().find_map(|conflict| match conflict {
            Conflict::Overlap { value, .. } => Some(value.to_string()),
            _ => None,
        });
        OpenFailed::Identifier(named.unwrap_or_else(|| issuer.as_str().to_owned()))
    })
}

impl AuthorizationServer {
    /// Judges a token: at the server of that name, or at the one that it says it is for. None where it is not ours, not
    /// for that server, over, or taken back. Whoever presents it need not hold the key that it is bound to: who asks for
    /// that has to look at [`Claims::binding`].
    pub(crate) fn issued(
        &self,
        token: &Zeroizing<String>,
        at: Option<&str>,
    ) -> Result<Option<Issued>, Refused> {
        let said = Said::read(token);
        let named = || self.registry.server_of(said.audience.as_deref()?);
        let Some(server) = at.map(str::to_owned).or_else(named) else { return Ok(None) };
        let Some(bench) = self.fleet.server(&server) else { return Ok(None) };
        let now = self.clock.now();
        let mut possession = Possession::default();
        possession.key = said.key;
        let inbound = InboundToken::new(token.to_string());
        match inbound.judge(&bench, &self.keys.keyring(), &possession, now) {
            Verdict::Admit(token, _) => self.standing(token, now),
            Verdict::Refuse(_) => Ok(None),
            Verdict::Unable(fault) => {
                tracing::error!(%fault, "a token of ours could not be judged");
                Err(Refused::Unable)
            }
        }
    }

    fn standing(&self, token: Box<VerifiedToken>, now: UnixTime) -> Result<Option<Issued>, Refused> {
        // No leeway: it is our own clock that said when it ends.
        if now >= token.claims().expires() {
            return Ok(None);
        }
        let claim = |name| token.claims().all().get(name);
        let read = |claim: &serde_json::Value| claim.as_str().and_then(GrantMark::parse);
        let Some(mark) = claim(GRANT_CLAIM).and_then(read) else { return Ok(None) };
        let exchanged_of = match claim(ROOT_CLAIM).map(read) {
            None => None,
            Some(Some(root)) => Some(root),
            // It came of something, and nobody can say whether that still stands.
            Some(None) => return Ok(None),
        };
        let clients = GrantMark::of_clients(&self.issuer, token.claims());
        for mark in [Some(mark), exchanged_of].into_iter().flatten().chain(clients) {
            if self.is_revoked(&mark, now)? {
                return Ok(None);
            }
        }
        Ok(Some(Issued { token, mark, exchanged_of }))
    }

    fn is_revoked(&self, grant: &GrantMark, now: UnixTime) -> Result<bool, Refused> {
        self.revocations.is_revoked(&self.issuer, grant, now).map_err(|unknown| {
            tracing::error!(error = %unknown, "a token of ours could not be judged");
            Refused::Unable
        })
    }
}

/// What an unverified token says of where it is to be judged, and of the key that is not asked for here.
#[derive(Default)]
struct Said {
    audience: Option<String>,
    key: Option<Thumbprint>,
}

impl Said {
    fn read(token: &str) -> Self {
        let claims = token.split('.').nth(1).and_then(base64url::decode).map(Zeroizing::new);
        let Some(claims) = claims.and_then(|bytes| json::object(&bytes).ok()) else { return Self::default() };
        let text =
            |value: Option<&serde_json::Value>| value.and_then(|value| value.as_str()).map(str::to_owned);
        let key = claims.get("cnf").and_then(|cnf| cnf.get("jkt"));
        Self { audience: text(claims.get("aud")), key: text(key).and_then(|key| Thumbprint::parse(&key)) }
    }
}
