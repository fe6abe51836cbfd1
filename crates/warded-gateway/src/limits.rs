//! How much may anybody take? Every wait on somebody else has an end, and everything that is held has a number.

use std::time::Duration;

use warded_guard::Arrivals;

use crate::proxy::TrustedProxies;

/// What one process, one caller and one connection may take.
///
/// ```
/// let limits = warded_gateway::Limits::default();
/// assert!(limits.connections >= 20_000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at a time. Whoever comes later waits in the system's queue.
    pub connections: usize,
    /// Connections at a time from one address, or one /64 of IPv6. It does not hold for loopback and trusted proxies.
    pub connections_per_address: usize,
    /// Requests at a time whose answer has not begun. A message is held in memory until then.
    pub requests: usize,
    /// The same, for one server and among calls that were let through.
    pub requests_per_server: usize,
    /// Streams at a time on one connection of HTTP/2.
    pub streams: u32,
    /// Most that the head of a request may measure, in bytes.
    pub head: usize,
    /// Most headers of a request.
    pub headers: usize,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long the head of a request may take, and how long a connection may stay without one over HTTP/1.1.
    pub first_byte: Duration,
    /// How long a connection of HTTP/2 may stay without a stream.
    pub idle: Duration,
    /// How long a whole message may take to arrive.
    pub body: Duration,
    /// How long a caller may take not one byte of what is ready for it.
    pub stalled: Duration,
    /// How long it may take to connect to a server behind.
    pub connect: Duration,
    /// How long a server behind may send not one byte of an answer that is no stream of events.
    pub silence: Duration,
}

/// Of the requests that there is room for, one in so many may wait for its message.
const ARRIVING: usize = 2;

impl Limits {
    /// Room for messages that are still on their way in, whoever sends them: calls that are there whole find room beside
    /// them. Everybody behind a proxy has its address, and who is on this machine can do worse than wait.
    ///
    /// ```
    /// use warded_gateway::{Limits, TrustedProxies};
    ///
    /// let arrivals = Limits::default().arrivals(TrustedProxies::default());
    /// # let _ = arrivals;
    /// ```
    pub fn arrivals(&self, proxies: TrustedProxies) -> Arrivals {
        let most = (self.requests / ARRIVING).max(1);
        Arrivals::of(most).sparing(move |address| address.is_loopback() || proxies.are_told_by(address))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_address: 2_000,
            requests: 4_000,
            requests_per_server: 1_000,
            streams: 100,
            head: 64 * 1024,
            headers: 100,
            handshake: Duration::from_secs(10),
            first_byte: Duration::from_secs(20),
            idle: Duration::from_mins(2),
            body: Duration::from_secs(30),
            stalled: Duration::from_mins(1),
            connect: Duration::from_secs(10),
            silence: Duration::from_mins(1),
        }
    }
}
