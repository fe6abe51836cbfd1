//! Does this live server check audiences? Attacks with genuine tokens, and a verdict for each.
//!
//! Two servers, and a token for each. [`Probe::run`] sends the token of each to the other, in every way that has
//! fooled somebody, and says what came back. What it sends is data: [`CASES`] is one table. It reads and never
//! changes: it opens sessions, lists tools, looks at streams, and ends only sessions that it opened itself.
//!
//! A verdict is worth something only where the right token is admitted before and after the attack, so a case whose
//! control fails is inconclusive and never passed.

mod aim;
mod audience;
mod case;
mod cases;
mod control;
mod credential;
mod dialogue;
mod forge;
mod ground;
mod introduction;
mod party;
mod probe;
mod report;
mod send;
mod verdict;

pub use case::{Ask, Attempt, Bearing, Case, Does, Expect, Form, Piece, Revision, Session, Severity, Token};
pub use cases::CASES;
pub use credential::{Credential, InvalidCredential};
pub use forge::Forgery;
pub use party::{Party, Side, Tokens};
pub use probe::{Probe, Progress, Unprobed};
pub use report::{Came, Outcome, Report, Seen, Tried};
pub use send::{Pace, Reach, SendFailed};
pub use verdict::Verdict;
