//! Does this source check audiences?

mod baseline;
mod changed;
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
mod reach;
mod rule;
mod rules;
mod scan;
mod scanned;
mod settings;
mod suppress;
mod walk;

pub use baseline::{Baseline, BaselineError};
pub use changed::{Changed, git_path};
pub use finding::{Edit, Finding, Fix, Leads, Spot, Unseen, Why};
pub use fingerprint::fingerprints;
pub use language::Language;
pub use lines::{Lines, Position};
pub use look::{Limits, Looked, Progress, Watch, look, look_within};
pub use rule::{Confidence, Example, Rule, Severity};
pub use rules::rules;
pub use scan::scan;
pub use scanned::Scanned;
pub use settings::{SETTINGS_FILE, Settings, SettingsDocument, SettingsError};
pub use suppress::{may_ignore, suppress};
pub use walk::{WalkError, Walked, walk};
