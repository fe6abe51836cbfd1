//! From a configuration to a gateway: the one way there, when it starts and when it reads the configuration again.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::{ServiceExt as _, util::BoxCloneSyncService};
use warded_client::fetch::Network;
use warded_core::{Fleet, ResourceUri, Server};
use warded_gateway::{
    Behind, Credential, Gateway, Http, Mounted, Site, Upstream,
    stdio::{Definition, Stdio},
};
use warded_guard::{Body, Memory, Standings};
use warded_issuer::{Admit, AuthorizationServer};
use warded_store::Replays;

use super::{
    alerts::{self, Receiver},
    asking::{self, Means},
    doors::Doors,
    granted,
    ground::Ground,
    issuers::{self, World},
    key_files,
    metrics::{Counted, Seen},
    outside::Outside,
    outward,
    policies::Policies,
    processes, secrets,
    terms::Terms,
};
use crate::{
    config::{fleet::Assessment, serving::Served},
    finding::{Finding, Severity},
};

/// Why nothing was made.
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

/// What one configuration made.
pub(super) struct Made {
    pub(super) gateway: Arc<Gateway>,
    pub(super) served: Vec<ServedAt>,
    pub(super) outside: Outside,
    terms: Terms,
    _key_files: key_files::Watch,
    memory: Arc<Memory>,
    token_memory: usize,
    receiver: Option<Arc<Receiver>>,
    pub(super) policies: Policies,
}

/// One server as it is served.
#[derive(Clone, Debug)]
pub(crate) struct ServedAt {
    /// Its name.
    pub(crate) name: String,
    /// Its identifiers, the first one first.
    pub(crate) urls: Vec<ResourceUri>,
    /// What lies behind: a URL, or `stdio:` and a program.
    pub(crate) behind: String,
    /// How the issuers that it trusts are called, and their URLs.
    pub(crate) trusts: Vec<(String, String)>,
    /// Whether nobody gets tokens for it at a built-in issuer before somebody is added there.
    pub(crate) needs_people: bool,
}

/// What is made: a configuration, and from where its relative paths are seen.
pub(super) struct Wish<'a> {
    pub(super) assessment: &'a Assessment,
    pub(super) folder: &'a Path,
    /// All that it says.
    pub(super) said: &'a Value,
}

impl Made {
    /// Makes what a configuration asks for, with what the one before leaves. Whatever could open a server to a wrong token
    /// stops it here, and nothing of what runs has changed then.
    pub(super) async fn of(
        wish: &Wish<'_>,
        ground: &Ground,
        before: Option<&Self>,
    ) -> Result<Self, NotLaunched> {
        let Wish { assessment, folder, said } = *wish;
        let serving = &assessment.serving;
        let Fit { fleet, credentials, definitions, network, policies } =
            fit(assessment, folder).map_err(NotLaunched::Unfit)?;
        let known = before.map(|before| &before.outside);
        let outside = Outside::open(network, assessment, &fleet, &ground.clock, known)?;
        let alerted = serving.watching.alerts.as_ref();
        let receiver = alerted.map(|alerted| alerts::receiver(alerted, folder, &outside.fetch)).transpose();
        let receiver = receiver.map_err(|finding| NotLaunched::Unfit(vec![finding]))?;
        let means = Means { fetch: &outside.fetch, clock: &ground.clock, random: &ground.random };
        let introspections = asking::open(assessment, folder, &means).map_err(NotLaunched::Unfit)?;
        let mut granted = granted::open(assessment, folder, &means, &outside.keys, &ground.purses)
            .map_err(NotLaunched::Unfit)?;
        let kept = issuers::Kept::read(assessment, folder).map_err(NotLaunched::Unfit)?;
        let standings = Standings::none().statuses(Arc::clone(&outside.statuses));
        let standings = Arc::new(standings.revocations(ground.revocations.clone()));

        let mut gateway = Gateway::builder().trusted_proxies(serving.trusted_proxies.clone());
        gateway = gateway.health(Arc::clone(&ground.health));
        gateway = gateway.limits(serving.limits.clone());
        if let Some(journal) = &ground.journal {
            gateway = gateway.journal(Counted::before(Arc::clone(journal), ground.meters.nobody()));
        }
        let world = World::on(ground, &outside.fetch);
        let issuing = issuers::Wanted { assessment, fleet: &fleet, kept: &kept, policies: &policies };
        for built_in in &assessment.built_in {
            let server = issuers::open(built_in, issuing, &world, &outside.keys).await?;
            gateway = gateway.issuer(&built_in.url, &mounted(&server)).context("an issuer is in the way")?;
        }
        // A verdict is remembered at the seat of the guard that gave it, and every guard here is new: none outlives its
        // rules.
        let same = before.filter(|before| before.token_memory == serving.token_memory);
        let memory = same.map(|before| Arc::clone(&before.memory));
        let memory = memory.unwrap_or_else(|| Memory::of(serving.token_memory / Memory::SHARE));
        let doors = Doors {
            clock: Arc::clone(&ground.clock),
            keys: Arc::clone(&outside.keys),
            memory: Arc::clone(&memory),
            introspections,
            standings,
            replays: Arc::clone(&ground.store) as Arc<dyn Replays>,
            nonces: ground.nonces.clone(),
            body_patience: serving.limits.body,
            arrivals: Arc::new(serving.limits.arrivals(serving.trusted_proxies.clone())),
            has_client_certificates: serving.asks_for_certificates(),
            books: ground.journal.clone().map(|journal| (journal, Arc::clone(&ground.fingerprints))),
            meters: Arc::clone(&ground.meters),
            ledger: ground.ledger(),
        };
        let terms = Terms::of(said, &policies, before.map(|before| &before.terms));
        let credentials = credentials.into_iter().zip(definitions);
        for ((server, served), (credential, definition)) in assessment.served(&fleet).zip(credentials) {
            let credential = granted.remove(server.name()).unwrap_or(credential);
            let credential = credential.of_server(&ground.purses, server.name());
            let behind = behind(&server, served, (credential, definition), ground, &outside)?;
            let guard = doors.before(&server, served, &policies);
            let traffic = ground.meters.at(server.name()).traffic();
            let site = Site::within(&server, guard, behind, &serving.limits, traffic);
            let site = site.lasting(terms.at(server.name()));
            gateway = gateway.site(site).context("a server is in the way of another")?;
        }
        let pairs = assessment.served(&fleet);
        let served = pairs.filter_map(|(server, served)| announced(&server, served, assessment)).collect();
        let token_memory = serving.token_memory;
        // Last: what could fail has not, and whoever runs meanwhile shares these keys.
        let key_files = key_files::hold(&assessment.key_files, folder, &outside.keys);
        Ok(Self {
            gateway: gateway.build(),
            served,
            outside,
            terms,
            _key_files: key_files,
            memory,
            token_memory,
            receiver: receiver.map(Arc::new),
            policies,
        })
    }

    /// Tells those who look after it what holds from here on.
    pub(super) fn announced(&self, ground: &Ground) -> Seen {
        ground.alerts.go_to(self.receiver.clone());
        ground.meters.keep(self.served.iter().map(|server| server.name.as_str()));
        Seen {
            keys: Arc::clone(&self.outside.keys),
            memory: Arc::clone(&self.memory),
            servers: self.served.len(),
            asks_only: self.outside.asks_only(),
        }
    }
}

/// What lies behind one guard.
fn behind(
    server: &Server,
    how: &Served,
    (credential, definition): (Credential, Option<Definition>),
    ground: &Ground,
    outside: &Outside,
) -> anyhow::Result<Behind> {
    let seal = Arc::clone(&ground.seal);
    if let Some(definition) = definition {
        let stdio = Stdio::new(server, definition, &ground.processes, seal, how.timeout);
        return Ok(Behind::Stdio(stdio));
    }
    let upstream = how.upstream.as_ref().map(|upstream| upstream.value.clone());
    let upstream = upstream.context("a server has nothing behind it")?;
    let upstream = Upstream::new(upstream, outside.connections.clone(), how.timeout);
    let upstream = upstream.host(how.host.clone()).silence(outside.silence);
    let upstream = if how.is_http2 { upstream.http2() } else { upstream };
    Ok(Behind::Http(Http::new(server, upstream, credential, seal)))
}

/// What a configuration needs and was found.
struct Fit {
    /// Proved.
    fleet: Fleet,
    credentials: Vec<Credential>,
    definitions: Vec<Option<Definition>>,
    network: Network,
    policies: Policies,
}

/// The proved fleet, the secrets that are there, the way out and the policies; everything that is missing is said at once.
fn fit(assessment: &Assessment, folder: &Path) -> Result<Fit, Vec<Finding>> {
    let mut findings = assessment.findings.clone();
    findings.extend(assessment.serving.lacks());
    findings.extend(key_files::flaws(&assessment.key_files, folder));
    let mut credentials = Vec::new();
    for served in &assessment.serving.servers {
        match served.credential.as_ref().map(|wanted| secrets::credential(wanted, folder)).transpose() {
            Ok(credential) => credentials.push(credential.unwrap_or_default()),
            Err(finding) => findings.push(finding),
        }
    }
    let definitions = processes::definitions(&assessment.serving.servers, folder, &mut findings);
    let network = outward::network(&assessment.serving.outward, folder).unwrap_or_else(|flaws| {
        findings.extend(flaws);
        Network::default()
    });
    let policies = Policies::read(assessment, folder).unwrap_or_else(|flaws| {
        findings.extend(flaws);
        Policies::default()
    });
    let is_fit = findings.iter().all(|finding| finding.rule.severity < Severity::High);
    match &assessment.fleet {
        Some(fleet) if is_fit => {
            Ok(Fit { fleet: fleet.clone(), credentials, definitions, network, policies })
        }
        _ => Err(findings),
    }
}

/// An issuer in the gateway's terms.
fn mounted(issuer: &Arc<AuthorizationServer>) -> Mounted {
    let router = issuer
        .served()
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
    let needs_people = |url: &str| {
        let built_in = assessment.built_in.iter().find(|built_in| built_in.url.as_str() == url);
        let adds = |name: &String| {
            let login = assessment.logins.iter().find(|login| login.name == *name);
            login.is_some_and(|login| login.admit != Admit::Known)
        };
        built_in.is_some_and(|built_in| !built_in.logins.iter().any(adds))
    };
    Some(ServedAt {
        name: server.name().to_owned(),
        urls: std::iter::once(&spec.resource).chain(&spec.aliases).cloned().collect(),
        behind: behind_in_words(how)?,
        needs_people: server.issuers().any(|issuer| needs_people(issuer.url.as_str())),
        trusts: names.cloned().zip(urls).collect(),
    })
}

/// The arguments of a command are not said: some programs take secrets there.
fn behind_in_words(how: &Served) -> Option<String> {
    match (&how.upstream, &how.command) {
        (Some(upstream), _) => Some(upstream.value.to_string()),
        (None, Some(command)) => Some(format!("stdio:{}", command.program)),
        (None, None) => None,
    }
}
