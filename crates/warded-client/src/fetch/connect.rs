//! How is a connection made? Resolve, vet every address, dial what was vetted, shake hands.
//!
//! A connector from a library would look up and dial in one step, and dial addresses that stand in the URL without
//! any look-up: there would be no place for the vetting.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::TlsConnector;

use super::{
    Fetch, FetchFailed, Proxy, Target, Unreached, Untrusted, name::is_loopback_name, tunnel, watch::Notes,
};

/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// A connection, whatever it is made of.
pub trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

impl Fetch {
    /// A connection, made by `until`. Each part of the way ends by itself when that time is over, so that whoever asks
    /// hears which part it was, and that nothing of the request had left.
    pub(super) async fn connect(
        &self,
        target: &Target,
        until: Instant,
        notes: &mut Notes,
    ) -> Result<Box<dyn Connection>, FetchFailed> {
        let proxy = self.proxies.toward(target.host()).filter(|_| !target.url().is_plain_http());
        let stream = match proxy {
            Some(proxy) => self.tunnelled(proxy, target, until, notes).await?,
            None => Box::new(self.direct(target, until, notes).await?),
        };
        if target.url().is_plain_http() {
            return Ok(stream);
        }
        // A certificate of ours is a credential: strangers do not learn who we are.
        let shown = self.shown.as_ref().filter(|_| self.reach.trusts(target));
        secured(stream, target.host(), shown.unwrap_or(&self.tls), until, notes).await
    }

    async fn direct(
        &self,
        target: &Target,
        until: Instant,
        notes: &mut Notes,
    ) -> Result<TcpStream, FetchFailed> {
        let addresses = self.vetted(target, until, notes).await?;
        let unreachable = |because| FetchFailed::Unreachable { host: target.host().into(), because };
        self.dial(&addresses, target.port(), until, notes).await.map_err(unreachable)
    }

    async fn tunnelled(
        &self,
        proxy: &Proxy,
        target: &Target,
        until: Instant,
        notes: &mut Notes,
    ) -> Result<Box<dyn Connection>, FetchFailed> {
        notes.proxied(proxy);
        if !self.reach.admits_unseen(target, self.proxies.lists(target.host())) {
            return Err(FetchFailed::NotProxied { host: target.host().into() });
        }
        self.dig(proxy, target.host(), target.port(), until, notes).await
    }

    /// The connection to a host that whoever runs us named, where a proxy is on the way to it; none where it is reached
    /// directly. For those who keep connections, and speak TLS through them, themselves.
    pub async fn tunnel(&self, host: &str, port: u16) -> Option<Result<Box<dyn Connection>, FetchFailed>> {
        let proxy = self.proxies.toward(host)?;
        let until = end_of(self.limits.connect);
        Some(self.dig(proxy, host, port, until, &mut Notes::none()).await)
    }

    async fn dig(
        &self,
        proxy: &Proxy,
        host: &str,
        port: u16,
        until: Instant,
        notes: &mut Notes,
    ) -> Result<Box<dyn Connection>, FetchFailed> {
        let silent = || FetchFailed::ProxyUnreachable { proxy: proxy.to_string().into() };
        // The operator named it: it may be anywhere.
        let addresses = self.addresses(proxy.host(), until).await;
        let stream = self.dial(&addresses, proxy.port(), until, notes).await.map_err(|_| silent())?;
        let stream: Box<dyn Connection> = if proxy.is_secure() {
            let none = &mut Notes::none();
            secured(Box::new(stream), proxy.host(), &self.tls, until, none).await.map_err(|_| silent())?
        } else {
            Box::new(stream)
        };
        let tunnel = timeout_at(until, tunnel::open(stream, proxy, host, port)).await;
        Ok(Box::new(tunnel.unwrap_or_else(|_| Err(silent()))?))
    }

    /// The addresses of a target. One that must not be reached spoils all: a name that points both out and in is
    /// a trap, or a mistake that its operator should hear of; and dialling only the others would let whoever answers
    /// for the name choose, by closing a port, which address is tried next.
    async fn vetted(
        &self,
        target: &Target,
        until: Instant,
        notes: &mut Notes,
    ) -> Result<Vec<IpAddr>, FetchFailed> {
        let host = target.host();
        if self.reach.refuses(target) {
            return Err(FetchFailed::Vetoed { host: host.into() });
        }
        let addresses = self.addresses(host, until).await;
        notes.resolved(&addresses);
        if addresses.is_empty() {
            return Err(FetchFailed::Unresolvable { host: host.into() });
        }
        if !addresses.iter().all(|&address| self.reach.admits(target, address)) {
            return Err(FetchFailed::Vetoed { host: host.into() });
        }
        Ok(addresses)
    }

    /// All addresses of a host, the preferred first; none where nobody says them in time.
    async fn addresses(&self, host: &str, until: Instant) -> Vec<IpAddr> {
        if let Ok(address) = host.parse::<IpAddr>() {
            vec![address]
        } else if is_loopback_name(host) {
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        } else {
            let found = timeout_at(until, self.resolver.resolve(host)).await;
            let found = found.unwrap_or_else(|late| Err(late.into())).unwrap_or_default();
            found.into_iter().map(|address| address.to_canonical()).collect()
        }
    }

    async fn dial(
        &self,
        addresses: &[IpAddr],
        port: u16,
        until: Instant,
        notes: &mut Notes,
    ) -> Result<TcpStream, Unreached> {
        let is_asked_for = |address: &&IpAddr| self.family.is_none_or(|family| family.has(**address));
        let addresses = addresses.iter().filter(is_asked_for).take(MAX_ADDRESSES);
        let mut left = u32::try_from(addresses.clone().count()).unwrap_or(u32::MAX);
        let mut because = Unreached::OtherFamily;
        for &address in addresses {
            // One address that swallows packets must not use up the time of the others.
            let share = until.saturating_duration_since(Instant::now()) / left.max(1);
            left = left.saturating_sub(1);
            match timeout(share, TcpStream::connect(SocketAddr::new(address, port))).await {
                Ok(Ok(stream)) => {
                    // Requests are written in one piece; where the option is refused, they still arrive.
                    drop(stream.set_nodelay(true));
                    notes.connected(SocketAddr::new(address, port));
                    return Ok(stream);
                }
                Ok(Err(error)) => because = because.max(Unreached::of(&error)),
                Err(_) => because = because.max(Unreached::Silent),
            }
        }
        Err(because)
    }
}

/// Shakes hands with whoever proves to be `host`.
async fn secured(
    stream: Box<dyn Connection>,
    host: &str,
    tls: &Arc<ClientConfig>,
    until: Instant,
    notes: &mut Notes,
) -> Result<Box<dyn Connection>, FetchFailed> {
    let untrusted = |because| FetchFailed::Tls { host: host.into(), because };
    let unreachable = |because| FetchFailed::Unreachable { host: host.into(), because };
    let name = ServerName::try_from(host.to_owned()).map_err(|_| untrusted(Untrusted::Name))?;
    let shaken = timeout_at(until, TlsConnector::from(Arc::clone(tls)).connect(name, stream)).await;
    let stream = shaken.map_err(|_| unreachable(Unreached::Stuck))?.map_err(|error| {
        // A connection that ends says nothing about who was there.
        Untrusted::of(&error).map_or_else(|| unreachable(Unreached::CutOff), untrusted)
    })?;
    notes.secured(stream.get_ref().1.protocol_version());
    Ok(Box::new(stream))
}

/// When a time that begins now is over; one that is too long for a clock is as good as none.
pub(super) fn end_of(limit: Duration) -> Instant {
    const FOR_EVER: Duration = Duration::from_hours(24 * 365);
    Instant::now() + limit.min(FOR_EVER)
}
