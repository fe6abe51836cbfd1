//! Does this source check audiences?

mod baseline;
pub mod configs;
mod finding;
mod fingerprint;
mod flow;
mod ir;
mod language;
mod library;
mod lines;
mod look;
mod lower;
mod parse;
mod project;
mod rule;
mod rules;
mod scanned;
mod suppress;

pub use baseline::{Baseline, BaselineError};
pub use finding::{Edit, Finding, Fix, Leads, Spot, Unseen, Why};
pub use fingerprint::fingerprints;
pub use language::Language;
pub use lines::{Lines, Position};
pub use look::{Looked, look};
pub use rule::{Confidence, Example, Rule, Severity};
pub use rules::rules;
pub use scanned::Scanned;
pub use suppress::{may_ignore, suppress};
