//! From a configuration to a gateway that runs: the one way there, for `warded up`, its demonstration and tests.

use std::{net::SocketAddr, path::Path, sync::Arc};

use anyhow::Context as _;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use futures_util::{Stream, StreamExt as _};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tokio::{net::TcpListener, task::JoinHandle};
use tower::{ServiceExt as _, util::BoxCloneSyncService};
use warded_client::{
    clock::SystemClock,
    fetch::{Fetch, Network, Reach},
    keys::Keys,
    status::Statuses,
};
use warded_core::{Clock, FingerprintKey, Fleet, ResourceUri, Server, Validation};
use warded_gateway::{
    Connections, Credential, Gateway, Mounted, SessionSeal, Site, Stopper, Upstream, UpstreamUrl,
};
use warded_guard::{Body, Memory, Standings};
use warded_issuer::{AuthorizationServer, Logins};
use warded_store::{Replays, Store, journal::Journal};
use zeroize::Zeroizing;

use super::{
    asking::{self, Means},
    doors::Doors,
    issuers::{self, World},
    outward,
    revocations::{self, Following},
    secrets,
};
use crate::{
    config::{fleet::Assessment, serving::Served},
    finding::{Finding, Severity},
};

/// What is launched.
pub(crate) struct Launch<'a> {
    /// The configuration, assessed.
    pub(crate) assessment: &'a Assessment,
    /// From where its relative paths are seen.
    pub(crate) folder: &'a Path,
    /// Where it is served.
    pub(crate) listener: TcpListener,
    /// What must not be forgotten.
    pub(crate) store: Arc<dyn Store>,
    /// Where records go; nowhere, where none is kept.
    pub(crate) journal: Option<Arc<dyn Journal>>,
    /// For a demonstration on loopback: the person as whom anybody may continue.
    pub(crate) one_click: Option<String>,
}

/// Why nothing was launched.
#[derive(Debug)]
pub(crate) enum NotLaunched {
    /// The configuration does not allow it.
    Unfit(Vec<Finding>),
    /// Something that it needs is not to be had.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for NotLaunched {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// A gateway that runs.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it serves.
    pub(crate) served: Vec<ServedAt>,
    stopper: Stopper,
    task: JoinHandle<()>,
    _following: Following,
}

/// One server as it is served.
#[derive(Clone, Debug)]
pub(crate) struct ServedAt {
    /// Its name.
    pub(crate) name: String,
    /// Its identifiers, the first one first.
    pub(crate) urls: Vec<ResourceUri>,
    /// What lies behind.
    pub(crate) upstream: UpstreamUrl,
    /// How the issuers that it trusts are called, and their URLs.
    pub(crate) trusts: Vec<(String, String)>,
    /// Whether its tokens come from the built-in issuer.
    pub(crate) is_built_in: bool,
}

impl Running {
    /// Runs until there is a signal, then lets requests end; a second signal ends them at once.
    pub(crate) async fn until(self, signals: impl Stream<Item = ()>) -> anyhow::Result<()> {
        let Self { stopper, mut task, _following, .. } = self;
        let mut signals = std::pin::pin!(signals);
        tokio::select! {
            _signal = signals.next() => tracing::info!("stopping; a second signal ends it at once"),
            ended = &mut task => {
                ended.context("the gateway ended by itself")?;
            }
        }
        stopper.begin();
        if !task.is_finished() {
            tokio::select! {
                _ended = &mut task => {}
                Some(()) = signals.next() => {
                    stopper.at_once();
                    let _ended = task.await;
                }
            }
        }
        Ok(())
    }
}

/// Launches what a configuration asks for. Whatever could open a server to a wrong token stops it here.
pub(crate) async fn launch(launch: Launch<'_>) -> Result<Running, NotLaunched> {
    let Launch { assessment, folder, listener, store, journal, one_click } = launch;
    let serving = &assessment.serving;
    let (fleet, credentials, network) = fit(assessment, folder).map_err(NotLaunched::Unfit)?;
    let address = listener.local_addr().context("the place to listen at has no address")?;

    let (clock, random) = (Arc::new(SystemClock) as Arc<dyn Clock>, randomness());
    let fetch = Fetch::on(&network, reach(&fleet)).context("nothing can be fetched")?;
    let theirs = fleet
        .servers()
        .flat_map(|server| {
            // Whoever is asked about each token is asked for no keys.
            let signing = server.issuers().filter(|issuer| issuer.rules.validation == Validation::Jwt);
            signing.map(|issuer| issuer.url.clone()).collect::<Vec<_>>()
        })
        .filter(|url| assessment.built_in.iter().all(|built_in| built_in.url != *url));
    let keys = Keys::new(fetch.clone(), Arc::clone(&clock), theirs.collect::<Vec<_>>());
    let means = Means { fetch: &fetch, clock: &clock, random: &random };
    let introspections = asking::open(assessment, folder, &means).map_err(NotLaunched::Unfit)?;
    let (revocations, following) = revocations::follow(&store, Arc::clone(&clock)).await?;
    let statuses = Statuses::new(fetch.clone(), Arc::clone(&clock), Arc::clone(&keys));
    let standings = Arc::new(Standings::none().statuses(statuses).revocations(revocations.clone()));

    let mut gateway = Gateway::builder().trusted_proxies(serving.trusted_proxies.clone());
    if let Some(journal) = &journal {
        gateway = gateway.journal(Arc::clone(journal));
    }
    let world = World {
        store: Arc::clone(&store),
        fetch: fetch.clone(),
        clock: Arc::clone(&clock),
        random: Arc::clone(&random),
        logins: Logins::default(),
        revocations,
    };
    for built_in in &assessment.built_in {
        let server = issuers::open(built_in, assessment, &fleet, one_click.as_deref(), &world, &keys).await?;
        gateway = gateway.issuer(&built_in.url, &mounted(&server)).context("an issuer is in the way")?;
    }
    let fingerprints = Arc::new(FingerprintKey::new(*secret(&*store, &*random, "fingerprint").await?));
    let doors = Doors {
        clock,
        keys: Arc::clone(&keys),
        memory: Memory::of(serving.token_memory / Memory::SHARE),
        introspections,
        standings,
        replays: Arc::clone(&store) as Arc<dyn Replays>,
        nonces: secret(&*store, &*random, "dpop-nonces").await?,
        books: journal.map(|journal| (journal, fingerprints)),
    };
    let seal = secret(&*store, &*random, "session-seal").await?;
    let seal = Arc::new(SessionSeal::new(&*seal).context("the store's key for sessions")?);
    let connections = network.client_config().context("no TLS to servers behind")?;
    let connections = Connections::new(connections, fetch.clone());
    for ((server, served), credential) in fleet.servers().zip(&serving.servers).zip(credentials) {
        let upstream = served.upstream.as_ref().map(|upstream| upstream.value.clone());
        let upstream = upstream.context("a server has nothing behind it")?;
        let upstream = Upstream::new(upstream, connections.clone(), served.timeout);
        let site = Site::new(&server, doors.before(&server, served), upstream, credential, Arc::clone(&seal));
        gateway = gateway.site(site).context("a server is in the way of another")?;
    }
    // Whoever comes first would wait for the keys otherwise; who has none gets a 503 until they are there.
    tokio::spawn(async move {
        for (issuer, error) in keys.warm().await {
            tracing::warn!(%issuer, %error, "the issuer's keys are not at hand");
        }
    });
    let pairs = fleet.servers().zip(&serving.servers);
    let served = pairs.filter_map(|(server, served)| announced(&server, served, assessment)).collect();
    let (stopper, stopping) = warded_gateway::stop();
    let task = tokio::spawn(gateway.build().serve(listener, stopping));
    Ok(Running { address, served, stopper, task, _following: following })
}

/// The proved fleet, the secrets that are there and the way out; everything that is missing is said at once.
fn fit(assessment: &Assessment, folder: &Path) -> Result<(Fleet, Vec<Credential>, Network), Vec<Finding>> {
    let mut findings = assessment.findings.clone();
    findings.extend(assessment.serving.lacks());
    let mut credentials = Vec::new();
    for served in &assessment.serving.servers {
        match served.credential.as_ref().map(|wanted| secrets::credential(wanted, folder)).transpose() {
            Ok(credential) => credentials.push(credential.unwrap_or_default()),
            Err(finding) => findings.push(finding),
        }
    }
    let network = outward::network(&assessment.serving.outward, folder).unwrap_or_else(|flaws| {
        findings.extend(flaws);
        Network::default()
    });
    let is_fit = findings.iter().all(|finding| finding.rule.severity < Severity::High);
    match &assessment.fleet {
        Some(fleet) if is_fit => Ok((fleet.clone(), credentials, network)),
        _ => Err(findings),
    }
}

/// Where URLs that others name may lead: to the public, and to this machine where all of this is on this machine.
fn reach(fleet: &Fleet) -> Reach {
    let is_local = fleet.servers().all(|server| server.resource().is_plain_http());
    if is_local { Reach::public().with_loopback() } else { Reach::public() }
}

/// A key that all nodes share: whoever comes first makes it.
pub(super) async fn secret(
    store: &dyn Store,
    random: &dyn SecureRandom,
    name: &str,
) -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let mut fresh = Zeroizing::new([0; 32]);
    random.fill(&mut *fresh).ok().context("the system's source of randomness failed")?;
    let kept = store.secret(name, &*fresh).await?;
    let kept = <[u8; 32]>::try_from(kept.as_slice());
    kept.map(Zeroizing::new).ok().with_context(|| format!("the store's `{name}` is not 32 bytes long"))
}

/// An issuer's router in the gateway's terms.
fn mounted(issuer: &Arc<AuthorizationServer>) -> Mounted {
    let router = issuer
        .router()
        .map_request(|request: Request<Body>| request.map(axum::body::Body::new))
        .map_response(|answer: Response<axum::body::Body>| {
            answer.map(|body| body.map_err(Into::into).boxed_unsync())
        });
    BoxCloneSyncService::new(router)
}

fn announced(server: &Server, how: &Served, assessment: &Assessment) -> Option<ServedAt> {
    let spec = server.spec();
    let names = spec.issuers.iter().filter_map(|at| assessment.issuer_names.get(*at));
    let urls = server.issuers().map(|issuer| issuer.url.as_str().to_owned());
    let is_built_in = |url: &str| assessment.built_in.iter().any(|built_in| built_in.url.as_str() == url);
    Some(ServedAt {
        name: server.name().to_owned(),
        urls: std::iter::once(&spec.resource).chain(&spec.aliases).cloned().collect(),
        upstream: how.upstream.as_ref()?.value.clone(),
        is_built_in: server.issuers().any(|issuer| is_built_in(issuer.url.as_str())),
        trusts: names.cloned().zip(urls).collect(),
    })
}

/// The randomness of the machine. Everything below takes it as a parameter.
pub(crate) fn randomness() -> Arc<dyn SecureRandom + Send + Sync> {
    #[expect(clippy::disallowed_methods, reason = "here is where the parameter comes from")]
    Arc::new(SystemRandom::new())
}
