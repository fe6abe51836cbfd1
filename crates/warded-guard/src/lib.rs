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

mod answer;
mod authorize;
mod call;
mod forwarding;
mod guard;
mod intake;
mod layer;
mod metadata;
mod record;
mod settle;
mod verify;

pub use answer::Stop;
pub use authorize::{Permitted, ScopeRules};
pub use call::{Call, Called, Id, Kind, Message, Revision};
pub use forwarding::Forwarding;
pub use guard::{Addressed, Guard, GuardBuilder};
pub use layer::Embedded;

/// Whatever goes wrong while a body streams.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body, whoever wrote it.
pub type Body = http_body_util::combinators::UnsyncBoxBody<bytes::Bytes, BoxError>;
