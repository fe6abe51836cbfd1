//! Where do connections come in, and what does a request carry of the way that it came?

use std::{io, net::SocketAddr, sync::Arc};

use http::Extensions;
use tokio::net::TcpListener;
use warded_core::Refusal;
use warded_guard::ClientCertificate;

use crate::{
    host::Host,
    tls::{ServerTls, Shown},
};

/// One place where connections come in.
#[derive(Debug)]
pub struct Listener {
    pub(crate) tcp: TcpListener,
    pub(crate) tls: Option<Arc<ServerTls>>,
    address: SocketAddr,
}

impl Listener {
    /// Plain HTTP.
    pub fn plain(tcp: TcpListener) -> io::Result<Self> {
        Ok(Self { address: tcp.local_addr()?, tcp, tls: None })
    }

    /// TLS, with these certificates.
    pub fn secured(tcp: TcpListener, tls: Arc<ServerTls>) -> io::Result<Self> {
        Ok(Self { address: tcp.local_addr()?, tcp, tls: Some(tls) })
    }

    /// Where it is.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

/// The way by which requests of one connection come.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) peer: SocketAddr,
    /// The port it came in at.
    pub(crate) port: u16,
    /// Every port that we listen at.
    pub(crate) ports: Arc<[u16]>,
    /// The certificate that we showed.
    pub(crate) shown: Option<Shown>,
    /// The certificate that the caller showed, verified.
    pub(crate) caller: Option<ClientCertificate>,
}

impl Way {
    /// Whether it leads to the host that a request names. Two ports may have different neighbours, and two names may
    /// have different keys: `Host` alone would let whoever reaches the one into the other (RFC 9110 §7.4).
    pub(crate) fn leads_to(&self, host: &Host<'_>, is_trusted_proxy: bool) -> Result<(), Refusal> {
        let is_right_name = self.shown.as_ref().is_none_or(|shown| shown.speaks_for(host.name()));
        if is_right_name && (is_trusted_proxy || self.is_right_port(host)) {
            return Ok(());
        }
        Err(Refusal::Misdirected)
    }

    fn is_right_port(&self, host: &Host<'_>) -> bool {
        // Without a port it is one of the two that belong to a scheme; which, cannot be seen.
        let named = host.port().map_or([80, 443], |port| [port, port]);
        named.contains(&self.port) || !self.ports.iter().any(|port| named.contains(port))
    }

    /// Tells the guard what only TLS can know. Nothing else of that name can have come with a request.
    pub(crate) fn tell(&self, extensions: &mut Extensions) {
        if let Some(certificate) = self.caller {
            extensions.insert(certificate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(port: u16, ports: &[u16], host: &str, is_trusted_proxy: bool) -> bool {
        let peer = SocketAddr::from(([192, 0, 2, 1], 9));
        let way = Way { peer, port, ports: ports.into(), shown: None, caller: None };
        let host = Host::of_url(&format!("http://{host}/")).unwrap();
        way.leads_to(&host, is_trusted_proxy).is_ok()
    }

    #[test]
    fn a_request_comes_in_at_the_port_that_it_names() {
        for (port, ports, host, is_right) in [
            (8700, &[8700][..], "a.example:8700", true),
            // A proxy in front, or a port that is mapped: it is none of ours, so it says nothing.
            (8700, &[8700], "a.example", true),
            (8700, &[8700], "a.example:9443", true),
            // The attack: whoever reaches the one port names the other.
            (443, &[443, 8443], "inside.example:8443", false),
            (8443, &[443, 8443], "a.example", false),
            (8443, &[443, 8443], "inside.example:8443", true),
            (443, &[443, 8443], "a.example", true),
            (80, &[80, 443], "a.example", true),
            (443, &[80, 443], "a.example", true),
        ] {
            assert_eq!(leads(port, ports, host, false), is_right, "{host} at {port} of {ports:?}");
        }
        assert!(leads(8700, &[443, 8700], "a.example", true), "a proxy of ours may map ports");
    }
}
