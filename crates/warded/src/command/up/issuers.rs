//! The issuers that are built in: one for each tier that needs it, each with its own URL, key, clients and grants.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use aws_lc_rs::rand::SecureRandom;
use warded_client::{fetch::Fetch, keys::Keys};
use warded_core::{Clock, Fleet};
use warded_issuer::{AuthorizationServer, IssuerSetup, Logins, Registered, Strangers};
use warded_store::{Revocations, Store, journal::Journal};

use super::ground::Ground;
use crate::config::fleet::{Assessment, BuiltIn};

/// What strangers had each issuer do, by its tier: an issuer that is opened again counts on.
#[derive(Default)]
pub(super) struct ByTier(Mutex<BTreeMap<String, Strangers>>);

impl ByTier {
    fn at(&self, tier: &str) -> Strangers {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(tier.to_owned()).or_default().clone()
    }
}

/// What an issuer needs of the world.
pub(super) struct World {
    pub(super) store: Arc<dyn Store>,
    pub(super) fetch: Fetch,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn SecureRandom + Send + Sync>,
    /// Wrong passwords, at whichever issuer: they let the same people in.
    pub(super) logins: Logins,
    /// What strangers had issuers do.
    pub(super) strangers: Arc<ByTier>,
    /// What the guards know of grants that were taken back.
    pub(super) revocations: Revocations,
    /// Where it is recorded who asks without saying for which server.
    pub(super) journal: Option<Arc<dyn Journal>>,
    /// For a demonstration on loopback: the person as whom anybody may continue.
    pub(super) one_click: Option<String>,
}

impl World {
    /// What the process has, and the way out of this configuration.
    pub(super) fn on(ground: &Ground, fetch: &Fetch) -> Self {
        Self {
            store: Arc::clone(&ground.store),
            fetch: fetch.clone(),
            clock: Arc::clone(&ground.clock),
            random: Arc::clone(&ground.random),
            logins: ground.logins.clone(),
            strangers: Arc::clone(&ground.strangers),
            revocations: ground.revocations.clone(),
            journal: ground.journal.clone(),
            one_click: ground.one_click.clone(),
        }
    }
}

/// Opens one issuer, which gives its keys to those who judge its tokens.
pub(super) async fn open(
    built_in: &BuiltIn,
    assessment: &Assessment,
    fleet: &Fleet,
    world: &World,
    keys: &Arc<Keys>,
) -> anyhow::Result<Arc<AuthorizationServer>> {
    let mut setup =
        IssuerSetup::new(&built_in.tier, built_in.url.clone(), resources(built_in, assessment, fleet));
    setup.logins = world.logins.clone();
    setup.strangers = world.strangers.at(&built_in.tier);
    setup.revocations = world.revocations.clone();
    setup.one_click = world.one_click.clone();
    setup.journal = world.journal.clone();
    setup.readers = Some(Arc::clone(keys));
    let server = AuthorizationServer::open(
        setup,
        Arc::clone(&world.store),
        world.fetch.clone(),
        Arc::clone(&world.clock),
        Arc::clone(&world.random),
    )
    .await
    .with_context(|| format!("the built-in issuer of tier `{}` cannot be opened", built_in.tier))?;
    Ok(server)
}

/// The servers that trust it.
fn resources(built_in: &BuiltIn, assessment: &Assessment, fleet: &Fleet) -> Vec<Registered> {
    let trusting = fleet
        .servers()
        .zip(&assessment.serving.servers)
        .filter(|(server, _)| server.issuers().any(|issuer| issuer.url == built_in.url));
    trusting
        .map(|(server, served)| {
            let mut registered = Registered::new(server.name(), server.resource().clone());
            registered.title.clone_from(&served.title);
            registered.identifiers.extend(server.spec().aliases.iter().cloned());
            registered.scopes = served.scopes.known();
            registered.default_scopes = served.scopes.required.clone();
            registered
        })
        .collect()
}
