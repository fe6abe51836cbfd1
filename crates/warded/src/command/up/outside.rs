//! What is learned from others, and over which way? Keys, status lists and connections that one configuration leaves to
//! the next, where the way out is the same: a reload must not ask the whole world again.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::time::timeout;
use warded_client::{
    fetch::{Fetch, Network, Reach},
    keys::Keys,
    status::Statuses,
};
use warded_core::{Clock, Fleet, Issuer, Validation};
use warded_gateway::Connections;

use crate::config::fleet::Assessment;

/// How long a reload waits for the keys of issuers that are new.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way out, and what came in over it.
#[derive(Clone)]
pub(super) struct Outside {
    network: Network,
    reach: Reach,
    issuers: Vec<Issuer>,
    pub(super) fetch: Fetch,
    pub(super) keys: Arc<Keys>,
    pub(super) statuses: Arc<Statuses>,
    pub(super) connections: Connections,
}

impl Outside {
    /// The way out that a configuration wants; with what is known from before, where it is the same.
    pub(super) fn open(
        network: Network,
        assessment: &Assessment,
        fleet: &Fleet,
        clock: &Arc<dyn Clock>,
        before: Option<&Self>,
    ) -> anyhow::Result<Self> {
        let (reach, issuers) = (reach(fleet), asked_for_keys(assessment, fleet));
        // What was learned over another way, such as from whom a root vouched for that is believed no more, is not kept.
        let Some(before) = before.filter(|before| before.network == network && before.reach == reach) else {
            let fetch = Fetch::on(&network, reach.clone()).context("nothing can be fetched")?;
            let keys = Keys::new(fetch.clone(), Arc::clone(clock), issuers.clone());
            let statuses = Statuses::new(fetch.clone(), Arc::clone(clock), Arc::clone(&keys));
            let connections = network.client_config().context("no TLS to servers behind")?;
            let connections = Connections::new(connections, fetch.clone());
            return Ok(Self { network, reach, issuers, fetch, keys, statuses, connections });
        };
        if before.issuers == issuers {
            return Ok(before.clone());
        }
        let keys = before.keys.of_others(issuers.clone());
        let statuses = Statuses::new(before.fetch.clone(), Arc::clone(clock), Arc::clone(&keys));
        Ok(Self { issuers, keys, statuses, ..before.clone() })
    }

    /// Fetches the keys of issuers that were never asked. Whoever comes first would wait for them otherwise; who has none
    /// gets a 503 until they are there.
    pub(super) async fn warm(keys: Arc<Keys>) {
        for (issuer, error) in keys.complete().await {
            tracing::warn!(%issuer, %error, "the issuer's keys are not at hand");
        }
    }

    /// Waits a moment for those keys: requests are being answered, and none should be refused for want of them.
    pub(super) async fn warmed(&self) {
        let warming = tokio::spawn(Self::warm(Arc::clone(&self.keys)));
        let _in_time = timeout(PATIENCE, warming).await;
    }
}

/// The issuers whose keys are fetched: whoever is asked about each token is asked for no keys, and nobody where the keys
/// are ours or in a file.
fn asked_for_keys(assessment: &Assessment, fleet: &Fleet) -> Vec<Issuer> {
    let is_held = |url: &Issuer| {
        assessment.built_in.iter().any(|built_in| built_in.url == *url)
            || assessment.key_files.iter().any(|kept| kept.issuer == *url)
    };
    let mut issuers = Vec::new();
    for server in fleet.servers() {
        let signing = server.issuers().filter(|issuer| issuer.rules.validation == Validation::Jwt);
        issuers.extend(signing.map(|issuer| issuer.url.clone()).filter(|url| !is_held(url)));
    }
    issuers.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    issuers.dedup();
    issuers
}

/// Where URLs that others name may lead: to the public, and to this machine where all of this is on this machine.
fn reach(fleet: &Fleet) -> Reach {
    let is_local = fleet.servers().all(|server| server.resource().is_plain_http());
    if is_local { Reach::public().with_loopback() } else { Reach::public() }
}
