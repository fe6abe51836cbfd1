//! What is served, and who answers a request?

use std::{collections::BTreeMap, convert::Infallible, net::IpAddr, sync::Arc};

use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tower::{ServiceExt as _, util::BoxCloneSyncService};
use warded_core::{Fault, Issuer, Refusal, ResourceUri};
use warded_guard::Body;
use warded_store::journal::Journal;

use crate::{
    answer, arrival, framing,
    health::Health,
    host::Host,
    leftover::Lent,
    limits::Limits,
    listen::Way,
    place::{Found, PlaceTaken, Places},
    proxy::TrustedProxies,
    room::{Admitted, Rooms},
    shutdown::Stopping,
    site::Site,
};

/// Something that answers for itself below a path, such as an issuer.
pub type Mounted = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// One exact place.
#[derive(Clone, Debug)]
enum Place {
    /// A server, under one of its identifiers.
    Server(Arc<Site>, ResourceUri),
    /// The document that describes a server under one of its identifiers (RFC 9728).
    Metadata(Arc<Site>, ResourceUri),
}

/// Servers, each behind its guard, and the issuers beside them.
#[derive(Debug)]
pub struct Gateway {
    places: Places<Place, Mounted>,
    journal: Option<Arc<dyn Journal>>,
    proxies: TrustedProxies,
    limits: Limits,
    health: Arc<Health>,
}

/// Collects what a gateway serves.
#[derive(Debug, Default)]
pub struct GatewayBuilder {
    places: Places<Place, Mounted>,
    sites: Vec<Arc<Site>>,
    journal: Option<Arc<dyn Journal>>,
    proxies: TrustedProxies,
    limits: Limits,
    health: Arc<Health>,
}

/// For whom refusals are counted that reached no server.
const NOBODY: &str = "(no server)";

impl Gateway {
    /// A gateway that serves nothing yet.
    pub fn builder() -> GatewayBuilder {
        GatewayBuilder::default()
    }

    /// How much anybody may take.
    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether this address is that of a proxy in front.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.are_told_by(address)
    }

    /// Finds who answers, and lets them, as long as there is room. What is found before any waiting is answered at once,
    /// and takes none: whoever asks whether we live hears it also when everything is taken.
    pub(crate) fn answer(
        &self,
        mut request: Request<Lent<Incoming>>,
        way: &Way,
        rooms: &Rooms,
        stopping: &Stopping,
    ) -> (Option<Admitted>, BoxFuture<'static, Result<Response<Body>, Infallible>>) {
        let host = match Host::of(&request) {
            Ok(host) => host,
            Err(refusal) => return at_once(self.refuse(&refusal)),
        };
        if let Err(refusal) = framing::is_plain(request.headers()) {
            let mut answer = self.refuse(&refusal);
            // What comes behind it may be the rest of it, for whoever sees another message.
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            return at_once(answer);
        }
        let (path, query) = (request.uri().path(), request.uri().query());
        let found = self.places.find(&host, path, query);
        // Who asks whether we live asks this machine, not a name.
        if let Found::Nothing = found {
            let health = self.health.answer(request.method(), path, stopping);
            return at_once(health.unwrap_or_else(|| self.refuse(&Refusal::ServerUnknown)));
        }
        if let Err(refusal) = way.leads_to(&host, self.trusts(way.peer.ip())) {
            return at_once(self.refuse(&refusal));
        }
        if stopping.has_begun() {
            return at_once(answer::failed(Fault::ShuttingDown));
        }
        // The one place where it is decided who called: issuers count by it, servers behind are told it.
        let caller = self.proxies.caller(way.peer, request.headers());
        request.extensions_mut().insert(caller);
        way.tell(request.extensions_mut());
        match found {
            Found::Place(Place::Server(site, identifier)) => match rooms.call() {
                Some(admitted) => (Some(admitted), site.answer(request, identifier, stopping)),
                None => at_once(answer::failed(Fault::Busy)),
            },
            Found::Place(Place::Metadata(site, identifier)) => {
                at_once(site.introduction(identifier, &request))
            }
            Found::Below(mounted) => {
                // Everybody behind a proxy that does not say who called has its address.
                let address = caller.ip().to_canonical();
                let address =
                    Some(address).filter(|address| !address.is_loopback() && !self.trusts(*address));
                let Some(admitted) = rooms.mounted(address) else {
                    return at_once(answer::failed(Fault::Busy));
                };
                let patience = self.limits.body;
                let boxed = |body: Lent<Incoming>| body.map_err(Into::into).boxed_unsync();
                let request = request.map(|body| arrival::in_time(boxed(body), patience));
                (Some(admitted), Box::pin(mounted.clone().oneshot(request)))
            }
            Found::Nothing => at_once(self.refuse(&Refusal::ServerUnknown)),
        }
    }

    /// Refuses a request that reached no server.
    fn refuse(&self, refusal: &Refusal) -> Response<Body> {
        if let Some(journal) = &self.journal {
            journal.count(NOBODY, refusal.code());
        }
        answer::refused(refusal)
    }
}

fn at_once(
    answer: Response<Body>,
) -> (Option<Admitted>, BoxFuture<'static, Result<Response<Body>, Infallible>>) {
    (None, Box::pin(std::future::ready(Ok(answer))))
}

impl GatewayBuilder {
    /// Serves a server at each of its identifiers, and a document that describes it for each.
    pub fn site(mut self, site: Site) -> Result<Self, PlaceTaken> {
        let site = Arc::new(site);
        for identifier in site.identifiers() {
            let server = Place::Server(Arc::clone(&site), identifier.clone());
            self.places.enter(identifier.as_str(), server)?;
            let document = Place::Metadata(Arc::clone(&site), identifier.clone());
            self.places.enter(&identifier.metadata_url(), document)?;
        }
        self.sites.push(site);
        Ok(self)
    }

    /// Lets an issuer answer for itself: below its own path, and where its metadata is looked for (RFC 8414 §3.1,
    /// OpenID Connect Discovery §4). One without a path has its host to itself: whatever else was there could stand
    /// where a later version of it serves something.
    pub fn issuer(mut self, issuer: &Issuer, router: &Mounted) -> Result<Self, PlaceTaken> {
        let url = issuer.as_str();
        let path = url.splitn(4, '/').nth(3).unwrap_or_default().trim_end_matches('/');
        if path.is_empty() {
            self.places.mount(url, "", router.clone())?;
            return Ok(self);
        }
        for at in [
            format!("/{path}"),
            format!("/.well-known/oauth-authorization-server/{path}"),
            format!("/.well-known/openid-configuration/{path}"),
        ] {
            self.places.mount(url, &at, router.clone())?;
        }
        Ok(self)
    }

    /// Where refusals are counted that reached no server. Guards keep their own records.
    #[must_use]
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// What is known about whether requests can be taken; where nobody says anything, they can.
    #[must_use]
    pub fn health(mut self, health: Arc<Health>) -> Self {
        self.health = health;
        self
    }

    /// Which proxies are believed where they say who called.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// How much anybody may take.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The gateway.
    pub fn build(self) -> Arc<Gateway> {
        let Self { mut places, sites, journal, proxies, limits, health } = self;
        introduce_at_root(&mut places, &sites);
        Arc::new(Gateway { places, journal, proxies, limits, health })
    }
}

/// Some clients look for metadata at the root of an origin only. Where one server has the origin to itself, the root
/// introduces that server; where several share it, it could speak for the wrong one. Requests are told apart by their
/// host alone, so an origin is shared also with what differs in nothing but the scheme.
fn introduce_at_root(places: &mut Places<Place, Mounted>, sites: &[Arc<Site>]) {
    let every = sites.iter().enumerate();
    let every = every.flat_map(|(at, site)| site.identifiers().into_iter().map(move |found| (at, found)));
    for (at, identifier) in alone(every) {
        let Some(site) = sites.get(at) else { continue };
        let url = format!("{}/.well-known/oauth-protected-resource", identifier.origin());
        // Where an identifier without a path is introduced already, it stays.
        let _taken = places.enter(&url, Place::Metadata(Arc::clone(site), identifier));
    }
}

/// The first identifier of each host at which there is one server and one origin.
fn alone(every: impl Iterator<Item = (usize, ResourceUri)>) -> Vec<(usize, ResourceUri)> {
    let mut owners: BTreeMap<String, Vec<(usize, ResourceUri)>> = BTreeMap::new();
    for (at, identifier) in every {
        let host = Host::of_url(identifier.as_str()).map(|host| host.as_str().to_owned());
        owners.entry(host.unwrap_or_default()).or_default().push((at, identifier));
    }
    let of_one = |owners: Vec<(usize, ResourceUri)>| {
        let (at, identifier) = owners.first()?;
        let is_alone =
            owners.iter().all(|(owner, other)| owner == at && other.origin() == identifier.origin());
        is_alone.then(|| (*at, identifier.clone()))
    };
    owners.into_values().filter_map(of_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_introduces_a_server_that_shares_its_host_with_nobody() {
        let introduced = |servers: &[(usize, &str)]| {
            let every = servers.iter().map(|(at, url)| (*at, ResourceUri::parse(url).unwrap()));
            alone(every).into_iter().map(|(_, identifier)| identifier.to_string()).collect::<Vec<_>>()
        };
        let (a, b) = ("https://a.example/notes/mcp", "https://a.example/files/mcp");
        assert_eq!(introduced(&[(0, a), (0, b), (1, "https://b.example/mcp")]), [a, "https://b.example/mcp"]);
        assert_eq!(introduced(&[(0, a), (1, b)]), [""; 0]);
        // A request does not say by which scheme it came.
        let (plain, secure) = ("http://127.0.0.1:8700/notes/mcp", "https://127.0.0.1:8700/files/mcp");
        assert_eq!(introduced(&[(0, plain), (1, secure)]), [""; 0]);
        assert_eq!(introduced(&[(0, plain), (0, secure)]), [""; 0]);
        assert_eq!(introduced(&[(0, plain)]), [plain]);
    }
}
