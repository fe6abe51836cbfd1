//! How is anybody asked for anything? The one way out: bounded in time and size, without redirects, cookies or
//! credentials of its own, and never to an address that a stranger chose inside our network.
//!
//! One short-lived HTTP/1.1 connection per request: nothing is shared between two requests that could carry
//! something from one to the other. Only whoever asks one place and no other keeps connections, for a few seconds (`road`).

use std::{fmt, sync::Arc, time::Duration};

use http::Method;
use rustls::{ClientConfig, client::Resumption, pki_types::CertificateDer};
use tokio::time::timeout_at;

mod answer;
mod connect;
mod exchange;
mod failed;
mod family;
mod freshness;
mod kept;
mod name;
mod network;
mod outgoing;
mod proxies;
mod proxy;
mod reach;
mod request;
mod resolve;
#[cfg(feature = "bridge")]
mod road;
mod special;
mod target;
mod tunnel;
mod unreached;
mod untrusted;
mod watch;
mod wire;
mod withheld;

pub use answer::{Fetched, Streamed, Streaming};
pub use connect::Connection;
pub use failed::FetchFailed;
pub use family::Family;
pub use freshness::{Freshness, age};
pub use network::Network;
pub use outgoing::Outgoing;
pub use proxies::{HostPattern, InvalidHostPattern, InvalidVariable, Proxies, ProxyException};
pub use proxy::{InvalidProxy, Proxy};
pub use reach::Reach;
pub use resolve::{Resolve, SystemResolver};
#[cfg(feature = "bridge")]
pub(crate) use road::Road;
pub use special::is_special;
pub use target::Target;
pub use unreached::Unreached;
pub use untrusted::Untrusted;
pub use watch::{Head, Passage, Took, Watch};
pub use withheld::Withheld;

use connect::end_of;
use watch::Notes;

/// What we call ourselves.
const AGENT: &str = concat!("warded/", env!("CARGO_PKG_VERSION"));
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long everything may take.
const TOTAL: Duration = Duration::from_secs(10);
/// Most header fields of an answer.
const MAX_HEADERS: usize = 100;
/// Most bytes of an answer's head.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// Sends requests. Cheap to clone.
#[derive(Clone)]
pub struct Fetch {
    reach: Arc<Reach>,
    tls: Arc<ClientConfig>,
    /// For those whom whoever runs us named: with our certificate.
    shown: Option<Arc<ClientConfig>>,
    proxies: Arc<Proxies>,
    resolver: Arc<dyn Resolve>,
    family: Option<Family>,
    /// What whoever runs us says about the time that a connection may take.
    within: Option<Duration>,
    limits: Limits,
    watch: Option<Arc<dyn Watch>>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    connect: Duration,
    total: Duration,
    body: usize,
}

impl Fetch {
    /// Largest body that is read unless [`with_body_limit`](Self::with_body_limit) says otherwise.
    pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;
    /// Largest client metadata document that is read (draft-ietf-oauth-client-id-metadata-document §6.6).
    pub const CLIENT_METADATA_LIMIT: usize = 5 * 1024;

    /// With the roots and the resolver of the machine, and without a proxy.
    pub fn new(reach: Reach) -> Result<Self, FetchFailed> {
        Self::on(&Network::default(), reach)
    }

    /// With further root certificates.
    pub fn with_roots(
        reach: Reach,
        roots: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Result<Self, FetchFailed> {
        Self::on(&Network::default().believing(roots), reach)
    }

    /// As the operator says.
    pub fn on(network: &Network, reach: Reach) -> Result<Self, FetchFailed> {
        // A ticket would tell a server that it is we again, from wherever we come.
        let fresh = |mut tls: ClientConfig| {
            tls.resumption = Resumption::disabled();
            Arc::new(tls)
        };
        let shown = network.shown().map_err(FetchFailed::TlsSetup)?;
        let fetch = Self {
            reach: Arc::new(reach),
            tls: fresh(network.client_config().map_err(FetchFailed::TlsSetup)?),
            shown: shown.map(fresh),
            proxies: Arc::new(network.proxies().clone()),
            resolver: Arc::new(SystemResolver),
            family: network.family(),
            within: network.patience(),
            limits: Limits { connect: CONNECT, total: TOTAL, body: Self::DEFAULT_BODY_LIMIT },
            watch: None,
        };
        Ok(fetch.with_time_limits(CONNECT, TOTAL))
    }

    /// Whether requests leave by the same way, and may lead to the same places: one is a copy of the other. How much is
    /// read of an answer is no matter.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let is_shown_the_same = match (&self.shown, &other.shown) {
            (Some(own), Some(theirs)) => Arc::ptr_eq(own, theirs),
            (own, theirs) => own.is_none() && theirs.is_none(),
        };
        is_shown_the_same
            && Arc::ptr_eq(&self.tls, &other.tls)
            && Arc::ptr_eq(&self.reach, &other.reach)
            && Arc::ptr_eq(&self.proxies, &other.proxies)
            && Arc::ptr_eq(&self.resolver, &other.resolver)
            && self.family == other.family
    }

    /// The same, with other places that learned URLs may lead to.
    #[must_use]
    pub fn with_reach(mut self, reach: Reach) -> Self {
        self.reach = Arc::new(reach);
        self
    }

    /// The same, with another source of addresses.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = resolver;
        self
    }

    /// The same, with another limit on bodies.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.limits.body = bytes;
        self
    }

    /// The same, with other limits on the time that a connection and that everything together may take. What whoever
    /// runs us has said of connections goes before.
    #[must_use]
    pub fn with_time_limits(mut self, connect: Duration, total: Duration) -> Self {
        self.limits.connect = self.within.unwrap_or(connect);
        self.limits.total = total + self.limits.connect.saturating_sub(connect);
        self
    }

    /// The same, while somebody looks on.
    #[must_use]
    pub fn watched_by(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Whether a URL may be given to a browser, as far as its text alone says. A browser goes to the services of the
    /// person's own machine and network with that person's cookies, and no look-up of ours could vet its way.
    pub fn vet(&self, target: &Target) -> Result<(), FetchFailed> {
        if self.reach.refuses(target) {
            return Err(FetchFailed::Vetoed { host: target.host().into() });
        }
        Ok(())
    }

    /// Asks for a document.
    pub async fn get(&self, target: &Target) -> Result<Fetched, FetchFailed> {
        self.send(Method::GET, target, Outgoing::nothing()).await
    }

    /// Sends something and reads the whole answer.
    pub async fn post(&self, target: &Target, body: Outgoing) -> Result<Fetched, FetchFailed> {
        self.send(Method::POST, target, body).await
    }

    /// Sends a request and reads the whole answer, within the limits of time and size. A redirect is an answer
    /// like any other: following it would lead to where nothing was vetted, with a body that was meant for
    /// somebody else.
    pub async fn send(
        &self,
        method: Method,
        target: &Target,
        outgoing: Outgoing,
    ) -> Result<Fetched, FetchFailed> {
        let (limits, until) = (self.limits, end_of(self.limits.total));
        let mut notes = Notes::begin(self.watch.as_ref(), &method, target);
        let whole = async {
            let Streamed { status, headers, body, .. } =
                self.open(method, target, outgoing, None, until, &mut notes).await?;
            let body = timeout_at(until, body.collect(limits.body)).await;
            let body = body.unwrap_or_else(|_| Err(failed::timeout(target)))?;
            Ok(Fetched { status, headers, body, host: target.host().into() })
        };
        let outcome = whole.await;
        notes.end(outcome.as_ref().err());
        outcome
    }

    /// Sends a request and reads the head of the answer within the limit of time: a caller that waits for a tool to
    /// finish needs a longer one. The body comes as it comes, without a limit, since it may be a stream; whoever reads
    /// it bounds each message.
    pub async fn stream(
        &self,
        method: Method,
        target: &Target,
        outgoing: Outgoing,
    ) -> Result<Streamed, FetchFailed> {
        let mut notes = Notes::begin(self.watch.as_ref(), &method, target);
        let until = end_of(self.limits.total);
        let outcome = self.open(method, target, outgoing, None, until, &mut notes).await;
        notes.end(outcome.as_ref().err());
        outcome
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch")
            .field("reach", &self.reach)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
