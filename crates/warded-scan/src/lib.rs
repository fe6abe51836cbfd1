//! Does this source check audiences?

mod changed;
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
mod scan;
mod scanned;
mod settings;
mod walk;

pub use changed::Changed;
pub use finding::{Edit, Finding, Fix, Leads, Spot, Unseen, Why};
pub use language::Language;
pub use look::{Limits, Looked, Progress, Watch, look, look_within};
pub use rule::{Confidence, Example, Rule, Severity};
pub use rules::all as rules;
pub use scan::scan;
pub use scanned::Scanned;
pub use settings::{SETTINGS_FILE, Settings, SettingsDocument, SettingsError};
pub use walk::{WalkError, Walked, walk};
