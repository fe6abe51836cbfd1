//! How is a connection made? Resolve, vet every address, dial what was vetted, shake hands.
//!
//! A connector from a library would look up and dial in one step, and dial addresses that stand in the URL without
//! any look-up: there would be no place for the vetting.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{Fetch, FetchFailed, Target, reach};

/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

impl Fetch {
    pub(super) async fn connect(&self, target: &Target) -> Result<Box<dyn Connection>, FetchFailed> {
        let addresses = self.vetted(target).await?;
        let stream = self.dial(target, &addresses).await?;
        if target.url().is_plain_http() {
            return Ok(Box::new(stream));
        }
        let untrusted = || FetchFailed::Tls { host: target.host().into() };
        let name = ServerName::try_from(target.host().to_owned()).map_err(|_| untrusted())?;
        let stream =
            TlsConnector::from(self.tls.clone()).connect(name, stream).await.map_err(|_| untrusted())?;
        Ok(Box::new(stream))
    }

    /// The addresses of a target. One that must not be reached spoils all: a name that points both out and in is
    /// a trap, or a mistake that its operator should hear of.
    async fn vetted(&self, target: &Target) -> Result<Vec<IpAddr>, FetchFailed> {
        let host = target.host();
        let addresses = if let Ok(address) = host.parse::<IpAddr>() {
            vec![address]
        } else if reach::is_loopback_name(host) {
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        } else {
            let found = self.resolver.resolve(host).await.unwrap_or_default();
            found.into_iter().map(|address| address.to_canonical()).take(MAX_ADDRESSES).collect()
        };
        if addresses.is_empty() {
            return Err(FetchFailed::Unresolvable { host: host.into() });
        }
        if !addresses.iter().all(|&address| self.reach.admits(target, address)) {
            return Err(FetchFailed::Vetoed { host: host.into() });
        }
        Ok(addresses)
    }

    async fn dial(&self, target: &Target, addresses: &[IpAddr]) -> Result<TcpStream, FetchFailed> {
        // One address that swallows packets must not use up the time of the others.
        let share = self.limits.connect / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        for &address in addresses {
            let dialled = timeout(share, TcpStream::connect(SocketAddr::new(address, target.port()))).await;
            if let Ok(Ok(stream)) = dialled {
                // Requests are written in one piece; where the option is refused, they still arrive.
                drop(stream.set_nodelay(true));
                return Ok(stream);
            }
        }
        Err(FetchFailed::Unreachable { host: target.host().into() })
    }
}
