//! How much may anybody take, as the operator writes it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Lifetime, Located, Size, located};

/// How much callers and servers behind may take. A change of any of them needs a restart.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Connections at a time. Whoever comes later waits. Default: `20000`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<u32>")]
    pub connections: Option<Located<u32>>,
    /// Connections at a time from one address, or one /64 of IPv6. It does not hold for loopback and for
    /// `trusted_proxies`. Default: `2000`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<u32>")]
    pub connections_per_address: Option<Located<u32>>,
    /// Requests at a time whose answer has not begun; one more is answered with 503 (`busy`). Streams that are open do not
    /// count. A quarter as many find room at the issuers that are built in. Half of them may be requests whose message is
    /// still on its way in, a quarter of that half of one person's, and half of it from one address, by the same exceptions
    /// as for connections. Default: `4000`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<u32>")]
    pub requests: Option<Located<u32>>,
    /// Calls at a time at one server whose answer has not begun; one more is answered with 503 (`server-busy`).
    /// Default: `1000`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<u32>")]
    pub requests_per_server: Option<Located<u32>>,
    /// Streams at a time on one HTTP/2 connection of a caller. Default: `100`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<u32>")]
    pub streams: Option<Located<u32>>,
    /// The largest head of a request, such as `64KiB`. What is larger is answered with 431. Default: `64KiB`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Size>")]
    pub head: Option<Located<Size>>,
    /// The most headers of a request. Default: `100`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<u32>")]
    pub headers: Option<Located<u32>>,
    /// How long a TLS handshake may take. Default: `10s`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub handshake: Option<Located<Lifetime>>,
    /// How long the head of a request may take, and how long an HTTP/1.1 connection may be without a request.
    /// Default: `20s`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub first_byte: Option<Located<Lifetime>>,
    /// How long an HTTP/2 connection may be without a stream. Default: `2m`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub idle: Option<Located<Lifetime>>,
    /// How long a whole message may take to arrive. Default: `30s`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub body: Option<Located<Lifetime>>,
    /// How long a caller may take not one byte of what is ready for it. Default: `1m`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub stalled: Option<Located<Lifetime>>,
    /// How long it may take to connect to a server behind. Default: `10s`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub connect: Option<Located<Lifetime>>,
    /// How long a server behind may send nothing of an answer that it has begun and that is no stream of events. The
    /// answer breaks off then. Default: `1m`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub silence: Option<Located<Lifetime>>,
}
