//! Is this token for this server?
//!
//! `warded-core` is the part of Warded that decides. Keys and the time come in, a verdict goes out: there is no
//! I/O here, no clock, no randomness, no async and no HTTP type. Everything else in Warded fetches, carries or
//! renders.
//!
//! The way through it: describe your servers and issuers, let [`Fleet::prove`] show that no token can open two
//! of them, take a [`Server`] out of the fleet, and let it judge an [`InboundToken`]. What is admitted becomes a
//! [`VerifiedToken`]; every [`Refusal`] has a stable code and a row in one table.

mod alike;
pub mod assertion;
mod audience;
mod claims;
pub mod danger;
pub mod dpop;
mod fleet;
mod footprint;
mod household;
mod id_token;
mod introspection;
mod issuer;
pub mod jose;
pub mod json;
mod judge;
pub mod metadata;
mod onward;
mod possession;
pub mod provider;
mod refusal;
mod remember;
mod resource;
mod scope;
pub mod status;
mod time;
mod token;

pub use alike::{PROTOTYPE, folded, folds_to};
pub use claims::{Actor, Binding, Claims};
pub use fleet::{Claim, Conflict, Fleet, IssuerSpec, Mode, OWN_CLIENT_ID, Server, ServerSpec};
pub use household::household;
pub use id_token::{IdToken, IdTokenFlaw, Login};
pub use introspection::{IntrospectionAnswer, InvalidAnswer, MAX_ANSWER_BYTES};
pub use issuer::{InvalidTokenType, Issuer, IssuerRules, TokenTypes, Validation};
pub use json::{InvalidJson, MAX_DEPTH};
pub use judge::{Keyring, Verdict, VerifiedToken};
pub use onward::{Onward, OnwardConflict, OnwardSpec, OnwardToken, Sent, Unfit};
pub use possession::Possession;
pub use refusal::{Entry, Fault, OauthError, PolicyRule, Refusal, Shown, Unheld};
pub use remember::{Recall, Remembered, TokenDigest};
pub use resource::{Flaw, InvalidResourceUri, MAX_RESOURCE_BYTES, Part, ResourceUri};
pub use scope::{Hierarchy, InvalidHierarchy, InvalidScope, Scopes};
pub use time::{Clock, UnixTime};
pub use token::{
    Asking, Fingerprint, FingerprintKey, InboundToken, Residue, Route, SubjectToken, WantedKey, Wiped,
};
