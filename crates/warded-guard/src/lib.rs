//! What do we demand of callers? One tower layer that lets a token in at the server that it was issued for, and nowhere else.
//!
//! A request is taken through steps, one file each. Every step takes what the step before it made, so a step that
//! is left out does not compile:
//!
//! `intake` (the credential is cut out) → `verify` (is this token for this server?) → `call` (what is asked?) →
//! `authorize` (may this token ask it?) → the server → `settle` (what may be seen of the answer?). Whatever stops
//! on the way leaves through `answer`.
//!
//! A server embeds all of it as one [`Layer`](tower::Layer), [`Guard`]; a gateway takes the [`Permitted`] call over
//! with [`Guard::forwarding`].
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use axum::{Extension, Router, routing::post};
//! use warded_client::{clock::SystemClock, fetch::{Fetch, Reach}, keys::Keys};
//! use warded_core::{Fleet, Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, Scopes, ServerSpec, VerifiedToken};
//! use warded_guard::{Guard, ScopeRules};
//!
//! async fn mcp(Extension(caller): Extension<Arc<VerifiedToken>>, message: String) -> String {
//!     format!("{:?} says {message}", caller.claims().subject())
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let corp = Issuer::parse("https://login.example.com")?;
//! let notes = ServerSpec {
//!     name: "notes".into(),
//!     resource: ResourceUri::parse("https://notes.example.com/mcp")?,
//!     aliases: vec![],
//!     issuers: vec![0],
//!     tier: "default".into(),
//!     mode: Mode::Strict,
//! };
//! let issuer =
//!     IssuerSpec { url: corp.clone(), rules: IssuerRules::default(), audiences: vec![], across_tiers: vec![] };
//! let fleet = Fleet::prove(vec![notes], vec![issuer]).map_err(|_| "two servers share an audience")?;
//! let server = fleet.server("notes").ok_or("it is in there")?;
//!
//! let keys = Keys::new(Fetch::new(Reach::public())?, Arc::new(SystemClock), [corp]);
//! let rules = ScopeRules { required: Scopes::parse("notes:read")?, ..ScopeRules::default() };
//! let guard = Guard::at(server, keys).scopes(rules).build();
//! let app: Router = Router::new().route("/mcp", post(mcp)).layer(guard);
//! # let _ = app;
//! # Ok(())
//! # }
//! ```

mod answer;
mod arrivals;
mod attest;
mod authorize;
mod before;
mod call;
mod caller;
mod forwarding;
mod guard;
#[cfg(feature = "axum")]
mod guarded;
mod intake;
mod introspected;
mod layer;
mod ledger;
mod log;
mod memory;
mod metadata;
mod page;
mod person;
mod record;
pub mod request;
mod sender;
mod settle;
mod standing;
mod verify;

pub use answer::Stop;
pub use arrivals::Arrivals;
pub use attest::Attestation;
pub use authorize::{Permitted, ScopeRules, Unsent, spellings};
pub use before::{Before, NotBuilt};
pub use call::{Call, Called, Id, Kind, Message, Revision, Target, repeated};
pub use caller::{Caller, NotGuarded};
pub use forwarding::Forwarding;
pub use guard::{Addressed, Guard, GuardBuilder};
#[cfg(feature = "axum")]
pub use guarded::Guarded;
pub use layer::Embedded;
pub use ledger::{CalledOff, Ledger, Rounds};
pub use memory::{Memory, Seat};
pub use page::{NotAnOrigin, PageOrigin};
pub use sender::{ClientCertificate, Dpop};
pub use settle::Lost;
pub use standing::Standings;

/// Whatever goes wrong while a body streams.
///
/// ```
/// let broken: warded_guard::BoxError = "the stream broke off".into();
/// assert_eq!(broken.to_string(), "the stream broke off");
/// ```
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body, whoever wrote it.
///
/// ```
/// use http_body_util::{BodyExt as _, Full};
/// use warded_guard::Body;
///
/// let body: Body = Full::from("text").map_err(|never| match never {}).boxed_unsync();
/// assert_eq!(http_body::Body::size_hint(&body).exact(), Some(4));
/// ```
pub type Body = http_body_util::combinators::UnsyncBoxBody<bytes::Bytes, BoxError>;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guard.md")]
struct Guide;
