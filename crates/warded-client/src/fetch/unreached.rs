//! Why is there no connection, as far as this machine can tell? Nothing of a request has left.

use std::io::{self, ErrorKind};

/// Why there is no connection that a request could be sent over. Of several addresses the one that says most is told: the last of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Unreached {
    /// It has addresses of the other family only.
    #[error("it has no address of the family that was asked for (--ipv4, --ipv6)")]
    OtherFamily,
    /// Something that has no name here.
    #[error("this machine could not open one")]
    Otherwise,
    /// No way there.
    #[error("there is no route to it; check this machine's network, and whether a proxy is needed")]
    NoRoute,
    /// Nothing came back.
    #[error("nothing comes back from its addresses; check that it can be reached from here")]
    Silent,
    /// Nobody is there.
    #[error("nobody accepts one there (connection refused); check that it runs, and its port")]
    Refused,
    /// Somebody accepts one and says nothing.
    #[error(
        "one is accepted there, and the TLS handshake goes no further; check whether it is overloaded, and whether it speaks TLS at that port"
    )]
    Stuck,
    /// Somebody accepts one and ends it, as whatever stands before a server does while the server starts.
    #[error(
        "one is accepted there and broken off in the TLS handshake; it may be starting, or speak no TLS at that port"
    )]
    CutOff,
}

impl Unreached {
    pub(super) fn of(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Self::Refused,
            ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::NetworkDown => {
                Self::NoRoute
            }
            ErrorKind::TimedOut => Self::Silent,
            _ => Self::Otherwise,
        }
    }
}
