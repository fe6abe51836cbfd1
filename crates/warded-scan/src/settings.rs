//! What a project says about how it is scanned: `warded-scan.toml`.

mod globs;
mod read;

#[cfg(test)]
mod tests;

use std::{path::Path, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;

pub use read::SettingsError;
pub(crate) use read::nearest;

use crate::{
    finding::Finding,
    look::Limits,
    rule::{Confidence, Severity},
    rules::Chosen,
};
use globs::Globs;

/// The name of the file.
pub const SETTINGS_FILE: &str = "warded-scan.toml";

/// How a project is scanned.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    exclude: Globs,
    rules: Chosen,
    paths: Vec<PathRules>,
    min_confidence: Option<Confidence>,
    budget: Option<u32>,
}

/// What holds for some paths.
#[derive(Clone, Debug)]
struct PathRules {
    glob: Globs,
    ignore: Vec<&'static str>,
    severity: Option<Severity>,
}

/// `warded-scan.toml`, as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SettingsDocument {
    /// What is left out. Globs are those of `.gitignore` and are relative to the folder of this file: `tests/`,
    /// `**/*_generated.go`, `/third_party`. They also hold for a PATH that is named on the command line.
    #[serde(default)]
    exclude: Vec<String>,
    /// Only these rules are asked, by their ids: `WRD101`. `--rule` takes its place. Without it, all are.
    rules: Option<Vec<String>>,
    /// Findings that are less sure than this are not told. `--min-confidence` takes its place.
    min_confidence: Option<Sure>,
    /// How many seconds a file may take. What takes longer is listed among what was not looked at.
    #[schemars(range(min = 1))]
    budget: Option<u32>,
    /// What holds for some paths only. All that match a path count.
    #[serde(default)]
    path: Vec<PathDocument>,
}

/// What holds for some paths.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PathDocument {
    /// Which paths: a glob like those of `exclude`.
    glob: String,
    /// Rules that find nothing there, by their ids: `WRD105`.
    #[serde(default)]
    ignore: Vec<String>,
    /// Findings there count as no worse than this.
    severity: Option<Bad>,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Sure {
    /// It looks like it.
    Low,
    /// Most of what looks like this is.
    Medium,
    /// Every way through the code was followed.
    High,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Bad {
    /// Worth knowing.
    Note,
    /// Weaker than it should be.
    Medium,
    /// A token can open more than it should.
    High,
    /// It does.
    Critical,
}

impl Settings {
    /// Whether a path beneath the folder of the settings is left out.
    pub(crate) fn excludes(&self, path: &Path, is_folder: bool) -> bool {
        self.exclude.matches(path, is_folder)
    }

    /// The rules that are asked.
    pub const fn rules(&self) -> &Chosen {
        &self.rules
    }

    /// Which rules are asked instead of what the file says.
    #[must_use]
    pub fn with_rules(mut self, rules: Option<Chosen>) -> Self {
        self.rules = rules.unwrap_or(self.rules);
        self
    }

    /// What is wanted instead of what the file says.
    #[must_use]
    pub fn with_min_confidence(mut self, min_confidence: Option<Confidence>) -> Self {
        self.min_confidence = min_confidence.or(self.min_confidence);
        self
    }

    /// How long a file may take.
    pub fn budget(&self) -> Duration {
        self.budget.map_or(Limits::default().budget, |seconds| Duration::from_secs(seconds.into()))
    }

    /// Leaves out what is not wanted, and says of the rest how bad it is here. `place_of` tells where a file of a finding
    /// lies, from the top of the file system.
    pub fn apply<'p>(&self, findings: &mut Vec<Finding>, place_of: impl Fn(&str) -> Option<&'p Path>) {
        let least = self.min_confidence.unwrap_or(Confidence::Low);
        findings.retain_mut(|finding| {
            let place = place_of(&finding.spot.path);
            let rules =
                self.paths.iter().filter(|rules| place.is_some_and(|place| rules.glob.matches(place, false)));
            let mut is_wanted = finding.confidence >= least;
            for rules in rules {
                is_wanted &= !rules.ignore.contains(&finding.rule.id);
                finding.severity = rules.severity.map_or(finding.severity, |most| finding.severity.min(most));
            }
            is_wanted
        });
    }
}
