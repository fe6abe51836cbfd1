//! Does this source check audiences?

pub mod configs;
mod finding;
mod flow;
mod ir;
mod language;
mod library;
mod look;
mod lower;
mod parse;
mod project;
mod reach;
mod rule;
mod rules;
mod scanned;

pub use finding::{Edit, Finding, Fix, Leads, Spot, Unseen, Why};
pub use language::Language;
pub use look::{Limits, Looked, Progress, Watch, look, look_within};
pub use rule::{Confidence, Example, Rule, Severity};
pub use scanned::Scanned;
