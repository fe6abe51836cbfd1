//! Does the caller hold the key of a proof that was made for this very request? (RFC 9449 §4.3)
//!
//! And how does it show that it does? Pure, like all of the core: whoever serves the request says what it expects, and remembers what was used.
//! Whether the key is the one that the token is bound to, the token's own judgement says
//! ([`Possession`](crate::Possession)).

mod flaw;
mod nonce;
mod proof;
mod prove;
mod target;

pub use flaw::ProofFlaw;
pub use nonce::Nonces;
pub use proof::{Expected, MAX_PROOF_BYTES, Proof, Proved};
pub use prove::Statement;
