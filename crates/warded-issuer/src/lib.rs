//! Who gets which token? An authorization server whose tokens each open one server.
//!
//! [`AuthorizationServer::open`] makes one from an [`IssuerSetup`]; [`AuthorizationServer::router`] serves it.
//! What an operator does by hand (people, clients) is in [`operator`].
//!
//! The way through it: a parameter `resource` becomes a server in `registry` and nowhere else, a person's consent
//! becomes a grant of exactly one, and `mint` signs tokens for nothing else (invariant *Never minted without*).
//! Every endpoint validates everything first and then takes one step in the store (invariant *Burns nothing*).

mod aside;
mod authorize;
mod browser;
mod client;
mod cors;
mod dpop;
mod exchange;
mod form;
mod introspect;
mod issued;
mod kept_key;
mod keys;
mod metadata;
mod mint;
pub mod operator;
mod password;
mod people;
mod provider;
mod random;
mod redirect;
mod refused;
mod register;
mod registry;
mod revoke;
mod served;
mod server;
mod setup;
mod status;
mod throttle;
mod token;
mod unbound;

pub use metadata::ENDPOINTS;
pub use mint::{Grantee, Subject};
pub use redirect::is_private_use_scheme;
pub use refused::Reason;
pub use registry::Resource;
pub use served::Served;
pub use server::{AuthorizationServer, OpenFailed};
pub use setup::{
    Admit, Admitted, ClientDocuments, Domains, Dpop, Exchange, InvalidProvider, IssuerSetup, Naming, Policy,
    Provider, ProviderKind, Registered, Registration,
};
pub use throttle::{Logins, Strangers};
