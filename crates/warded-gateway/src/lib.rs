//! How do requests reach upstreams?
//!
//! [`serve()`] accepts connections; a request finds its [`Site`] by host and path, passes the site's guard, and
//! what the guard permits goes through `pipeline` to the server behind: the session is opened, our own credential
//! attached, the caller's looked for once more, the answer streamed back.

mod address;
mod answer;
mod arrival;
mod aside;
mod bell;
mod connection;
mod credential;
mod crowd;
mod current;
mod deadline;
mod echo;
mod egress;
mod ending;
mod files;
mod framing;
mod gateway;
mod headers;
mod health;
mod host;
mod leftover;
mod limits;
mod listen;
mod pipeline;
mod place;
mod proxy;
mod resume;
mod room;
mod serve;
mod session;
mod shutdown;
mod site;
mod stall;
pub mod stdio;
mod term;
mod tls;
mod traffic;
mod upstream;

pub use address::{InvalidUpstream, UpstreamUrl};
pub use aside::serve_aside;
pub use credential::{Credential, Grant, Purses, Tally, Unsayable};
pub use current::Current;
pub use files::take_open_files;
pub use gateway::{Gateway, GatewayBuilder, Mounted};
pub use health::Health;
pub use limits::Limits;
pub use listen::Listener;
pub use pipeline::Http;
pub use place::PlaceTaken;
pub use proxy::{InvalidNetwork, Network, TrustedProxies};
pub use serve::serve;
pub use session::{InvalidSeal, SessionSeal};
pub use shutdown::{Stopper, Stopping, stop, stop_within};
pub use site::{Behind, Site};
pub use term::Term;
pub use tls::{InvalidServerTls, ServerTls};
pub use traffic::{Durations, Traffic};
pub use upstream::{Connections, InvalidUpstreamHost, Upstream, UpstreamHost};
