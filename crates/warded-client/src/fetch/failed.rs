//! Why is there no answer? Each reason names the host and the next step, and never a path, query, header or body:
//! those may hold what must not be seen.

use super::{Target, Unreached, Untrusted, tunnel};
use crate::tls::TlsSetupFailed;

/// Why a request has no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchFailed {
    /// TLS cannot be used at all.
    #[error(transparent)]
    TlsSetup(TlsSetupFailed),
    /// The name leads to where a stranger's URL must not lead.
    #[error(
        "`{host}` was named by another party and does not lead to the public Internet only; nothing was sent. If it is yours, name it yourself: as the URL of a server or issuer in the configuration"
    )]
    Vetoed {
        /// Where to.
        host: Box<str>,
    },
    /// Only a proxy knows where the name leads.
    #[error(
        "`{host}` was named by another party, and what the proxy would connect to cannot be seen from here; nothing was sent. If it may be asked, list it: `proxied_hosts` in the configuration, `--proxied-host` on the command line"
    )]
    NotProxied {
        /// Where to.
        host: Box<str>,
    },
    /// No proxy answers where one should be.
    #[error(
        "the proxy `{proxy}` does not answer as one, or not in time; check that it runs there and reaches others and, for an https one, its certificate"
    )]
    ProxyUnreachable {
        /// Its host and port.
        proxy: Box<str>,
    },
    /// The proxy opens no tunnel.
    #[error("the proxy `{proxy}` refused with status {status}: {}", tunnel::advice(*status))]
    ProxyRefused {
        /// Its host and port.
        proxy: Box<str>,
        /// With what.
        status: u16,
    },
    /// The name has no address.
    #[error("`{host}` has no address; check its spelling and this machine's name server")]
    Unresolvable {
        /// Where to.
        host: Box<str>,
    },
    /// Nobody accepts a connection, or what was accepted ends before anything could be sent.
    #[error("no connection to `{host}`: {because}")]
    Unreachable {
        /// Where to.
        host: Box<str>,
        /// What was the matter.
        because: Unreached,
    },
    /// The other end is not who it should be, or speaks no TLS.
    #[error("`{host}` is not believed to be who it says: {because}")]
    Tls {
        /// Where to.
        host: Box<str>,
        /// Why not.
        because: Untrusted,
    },
    /// Not HTTP, too long a head, or an end in the middle.
    #[error("`{host}` broke off, or what it sends is not HTTP; check what listens there")]
    Broken {
        /// Where to.
        host: Box<str>,
    },
    /// Too slow.
    #[error("`{host}` did not answer in time; check whether it is overloaded")]
    Timeout {
        /// Where to.
        host: Box<str>,
    },
    /// Too much.
    #[error("`{host}` sent more than {limit} bytes, which is more than is read")]
    TooLarge {
        /// Where to.
        host: Box<str>,
        /// What would have been read.
        limit: usize,
    },
    /// Compressed, though nobody asked for it.
    #[error("`{host}` sent a compressed answer, though it was asked not to; check what sits in front of it")]
    Encoded {
        /// Where to.
        host: Box<str>,
    },
    /// A status that carries no document; a redirect is one, since none is followed.
    #[error("`{host}` answered with status {status}{}", if (300..400).contains(status) { "; redirects are not followed, so use the URL that it leads to" } else { "" })]
    Status {
        /// Where to.
        host: Box<str>,
        /// Which.
        status: u16,
    },
    /// Not JSON by its own words.
    #[error("`{host}` sent something that it does not call JSON (`Content-Type`); check the URL")]
    ContentType {
        /// Where to.
        host: Box<str>,
    },
}

impl FetchFailed {
    /// Whether no byte of the request has left, and it may go well in a moment.
    pub fn is_unsent(&self) -> bool {
        match self {
            Self::Unresolvable { .. } | Self::Unreachable { .. } | Self::ProxyUnreachable { .. } => true,
            Self::ProxyRefused { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whether the same request may go well later, without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unresolvable { .. }
                | Self::Unreachable { .. }
                | Self::ProxyUnreachable { .. }
                | Self::ProxyRefused { .. }
                | Self::Broken { .. }
                | Self::Timeout { .. }
                | Self::Status { status: 429 | 500.., .. }
        )
    }
}

impl FetchFailed {
    #[cfg(feature = "bridge")]
    /// Whether the request may have arrived, so that what is good for one attempt may be used up.
    pub(crate) fn may_have_arrived(&self) -> bool {
        // That may be said when the request is on its way, and nobody proves that it was not read.
        if matches!(self, Self::Tls { because: Untrusted::WhoWeAre, .. }) {
            return true;
        }
        !matches!(
            self,
            Self::TlsSetup(_)
                | Self::Vetoed { .. }
                | Self::NotProxied { .. }
                | Self::ProxyUnreachable { .. }
                | Self::ProxyRefused { .. }
                | Self::Unresolvable { .. }
                | Self::Unreachable { .. }
                | Self::Tls { .. }
        )
    }
}

pub(super) fn timeout(target: &Target) -> FetchFailed {
    FetchFailed::Timeout { host: target.host().into() }
}
