//! How do requests reach upstreams?

mod address;
mod credential;
mod echo;
mod egress;
mod ending;
mod headers;
mod host;
mod session;
mod shutdown;
mod upstream;

pub use address::{InvalidUpstream, UpstreamUrl};
pub use credential::Credential;
pub use session::{InvalidSeal, SessionSeal};
pub use shutdown::{Stopper, Stopping, stop};
pub use upstream::{Connections, Upstream};
