//! What do we ask of others? Bounded, SSRF-safe requests, discovery, keys, tokens.

pub mod challenge;
pub mod clock;
pub mod discover;
mod endpoint;
pub mod fetch;
pub mod introspect;
pub mod keys;
pub mod status;
pub mod tls;

// What obtains and carries tokens stands below.

#[cfg(feature = "bridge")]
pub mod bridge;
#[cfg(feature = "bridge")]
pub mod channel;
#[cfg(feature = "bridge")]
pub mod listen;
#[cfg(feature = "bridge")]
pub mod login;
pub mod obtain;
pub mod onward;
mod outage;
pub mod possession;
pub mod register;
#[cfg(feature = "rmcp")]
pub mod rmcp;
pub mod secret;
#[cfg(feature = "bridge")]
pub mod service;
#[cfg(feature = "bridge")]
pub mod session;
#[cfg(feature = "bridge")]
pub mod tokens;
mod unsaid;

#[cfg(all(doctest, feature = "rmcp"))]
#[doc = include_str!("../../../docs/library.md")]
struct Guide;
