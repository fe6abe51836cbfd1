//! What must hold whatever comes in: one function for each fuzz target.
//!
//! Each takes the bytes that a fuzzer or a committed seed gives it, and panics where a property is broken. They
//! live apart from libFuzzer, so that the corpus is replayed by every ordinary test run.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a broken property panics: that is what a fuzz target is for"
)]

use warded_core::UnixTime;

mod assertion;
mod claims;
mod configuration;
mod decision;
mod identifier;
mod jwks;
mod jws;
mod keys;
mod policy;
mod proof;

pub use assertion::assertion;
pub use claims::claims;
pub use configuration::configuration;
pub use decision::decision;
pub use identifier::identifier;
pub use jwks::jwks;
pub use jws::jws;
pub use policy::policy;
pub use proof::proof;

/// A fuzz target: a property of some bytes.
pub type Target = fn(&[u8]);

/// Every target, by the name of its binary and of its corpus.
pub const TARGETS: [(&str, Target); 9] = [
    ("identifier", identifier),
    ("jws", jws),
    ("claims", claims),
    ("jwks", jwks),
    ("proof", proof),
    ("assertion", assertion),
    ("configuration", configuration),
    ("policy", policy),
    ("decision", decision),
];

/// The moment at which everything is judged: 2027-01-15 08:00:00 UTC.
pub const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

/// Whether the naive readers of some targets would misread a text: `serde_json::Value` takes an object with this
/// member for something else than an object. The product's own reader does not.
fn is_misread(json: &[u8]) -> bool {
    const MEMBER: &str = "$serde_json::private::";
    String::from_utf8_lossy(json).contains(MEMBER)
}
