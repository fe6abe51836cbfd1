//! What is learned from others, and over which way? Keys, status lists and connections that one configuration leaves to
//! the next, where the way out is the same: a reload must not ask the whole world again.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::time::timeout;
use warded_client::{
    fetch::{Fetch, Network, Reach},
    keys::Keys,
    status::Statuses,
};
use warded_core::{Clock, Fleet, Issuer, Server, Validation};
use warded_gateway::Connections;

use crate::config::fleet::Assessment;

/// How long a reload waits for the keys of issuers that are new.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way out, and what came in over it.
#[derive(Clone)]
pub(super) struct Outside {
    network: Network,
    reach: Reach,
    ways: Ways,
    pub(super) fetch: Fetch,
    pub(super) keys: Arc<Keys>,
    pub(super) statuses: Arc<Statuses>,
    pub(super) connections: Connections,
    /// How long a server behind may be silent within an answer.
    pub(super) silence: Duration,
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
        let (reach, ways) = (reach(fleet), ways(assessment, fleet));
        let is_same = |before: &&Self| before.network == network && before.reach == reach;
        // What was learned over another way, such as from whom a root vouched for that is believed no more, is not kept.
        let before = before.filter(is_same);
        let (fetch, connections) = if let Some(before) = before {
            (before.fetch.clone(), before.connections.clone())
        } else {
            let fetch = Fetch::on(&network, reach.clone()).context("nothing can be fetched")?;
            let tls = network.client_config().context("no TLS to servers behind")?;
            (fetch.clone(), Connections::new(tls, fetch, &assessment.serving.limits))
        };
        // Issuer by issuer: an outage of one is no worse where another comes or goes. Keys that came one way and must
        // come another are not kept, and neither are lists that they signed.
        let stays = |issuer: &str| {
            before.is_some_and(|before| {
                ways.contains_key(issuer) && before.ways.get(issuer) == ways.get(issuer)
            })
        };
        let keys = match before {
            Some(before) if before.ways == ways => Arc::clone(&before.keys),
            Some(before) => before.keys.of_others(fetched(&ways), stays),
            None => Keys::new(fetch.clone(), Arc::clone(clock), fetched(&ways)),
        };
        let statuses = match before {
            Some(before) => {
                let servers: Vec<_> = assessment.served(fleet).map(|(server, _)| server).collect();
                let stay =
                    servers.iter().flat_map(Server::issuers).filter(|issuer| stays(issuer.url.as_str()));
                before.statuses.of_others(fetch.clone(), Arc::clone(&keys), stay)
            }
            None => Statuses::new(fetch.clone(), Arc::clone(clock), Arc::clone(&keys)),
        };
        let silence = assessment.serving.limits.silence;
        Ok(Self { network, reach, ways, fetch, keys, statuses, connections, silence })
    }

    /// Whether every token is judged by keys that are fetched.
    pub(super) fn asks_only(&self) -> bool {
        self.ways.values().all(|way| *way == Way::Fetched)
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

/// From where the keys of an issuer come.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// From where its metadata says.
    Fetched,
    /// Out of a file.
    Kept(PathBuf),
    /// They are ours.
    Ours,
}

/// The way of each issuer that signs; whoever is asked about each token has no keys here.
type Ways = BTreeMap<Box<str>, Way>;

fn ways(assessment: &Assessment, fleet: &Fleet) -> Ways {
    let mut ways = Ways::new();
    // Nobody presents tokens here for what others serve.
    for (server, _) in assessment.served(fleet) {
        let signing = server.issuers().filter(|issuer| issuer.rules.validation == Validation::Jwt);
        ways.extend(signing.map(|issuer| (issuer.url.as_str().into(), Way::Fetched)));
    }
    let giving = assessment.granted.iter().filter(|granted| granted.is_signed);
    ways.extend(giving.map(|granted| (granted.onward.spec().issuer.as_str().into(), Way::Fetched)));
    ways.extend(
        assessment
            .key_files
            .iter()
            .map(|kept| (kept.issuer.as_str().into(), Way::Kept(kept.file.value.clone()))),
    );
    ways.extend(assessment.built_in.iter().map(|built_in| (built_in.url.as_str().into(), Way::Ours)));
    ways
}

fn fetched(ways: &Ways) -> Vec<Issuer> {
    let fetched = ways.iter().filter(|(_, way)| **way == Way::Fetched);
    fetched.filter_map(|(issuer, _)| Issuer::parse(issuer).ok()).collect()
}

/// Where URLs that others name may lead: to the public, and to this machine where all of this is on this machine.
fn reach(fleet: &Fleet) -> Reach {
    let is_local = fleet.servers().all(|server| server.resource().is_plain_http());
    if is_local { Reach::public().with_loopback() } else { Reach::public() }
}
