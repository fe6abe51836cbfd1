//! From the text of `warded-scan.toml` to [`Settings`].

use std::path::Path;

use thiserror::Error;

use super::{Bad, Globs, PathDocument, PathRules, Settings, SettingsDocument, Sure};
use crate::{
    rule::{Confidence, Rule, Severity},
    rules::{Chosen, NoRule},
};

/// What is wrong with `warded-scan.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// It is no TOML, or has keys or values that nobody knows.
    #[error("line {line}: {says}{}", meant(.likely.as_deref()))]
    Content {
        /// From 1.
        line: usize,
        /// What is wrong.
        says: String,
        /// What was probably meant.
        likely: Option<String>,
    },
    /// A glob that is none.
    #[error("`{glob}` is no glob: {why}")]
    Glob {
        /// The glob.
        glob: String,
        /// Why not.
        why: String,
    },
    /// A rule that there is not.
    #[error(transparent)]
    Rule(#[from] NoRule),
    /// No rules at all.
    #[error("`rules` names no rule; without it, all are asked")]
    NoRules,
    /// A file that may take no time.
    #[error("`budget` is the number of seconds that a file may take, and at least 1")]
    Budget,
}

fn meant(likely: Option<&str>) -> String {
    likely.map_or_else(String::new, |likely| format!("; did you mean `{likely}`?"))
}

impl Settings {
    /// What the file says. Its globs are relative to `folder`, which is given from the top of the file system.
    pub fn read(text: &str, folder: &Path) -> Result<Self, SettingsError> {
        let document: SettingsDocument = toml::from_str(text).map_err(|error| content(text, &error))?;
        if document.budget == Some(0) {
            return Err(SettingsError::Budget);
        }
        let paths = document.path.iter().map(|rules| path_rules(rules, folder));
        Ok(Self {
            exclude: globs(folder, document.exclude.iter().map(String::as_str))?,
            paths: paths.collect::<Result<_, _>>()?,
            rules: document.rules.as_deref().map_or(Ok(Chosen::ALL), chosen)?,
            min_confidence: document.min_confidence.map(Confidence::from),
            budget: document.budget,
        })
    }
}

fn chosen(names: &[String]) -> Result<Chosen, SettingsError> {
    if names.is_empty() {
        return Err(SettingsError::NoRules);
    }
    let rules = names.iter().map(|name| Rule::named(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(Chosen::only(rules))
}

fn path_rules(document: &PathDocument, folder: &Path) -> Result<PathRules, SettingsError> {
    let ignore = document.ignore.iter().map(|name| Ok(Rule::named(name)?.id));
    Ok(PathRules {
        glob: globs(folder, [document.glob.as_str()])?,
        ignore: ignore.collect::<Result<_, SettingsError>>()?,
        severity: document.severity.map(Severity::from),
    })
}

fn globs<'g>(folder: &Path, all: impl IntoIterator<Item = &'g str>) -> Result<Globs, SettingsError> {
    Globs::new(folder, all).map_err(|(glob, why)| SettingsError::Glob { glob: glob.to_owned(), why })
}

fn content(text: &str, error: &toml::de::Error) -> SettingsError {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    let says = error.message().lines().next().unwrap_or_default().to_owned();
    SettingsError::Content {
        line: before.matches('\n').count() + 1,
        likely: likely(&says).map(str::to_owned),
        says,
    }
}

/// The one of the words that a message offers which is most like the one that it complains about.
fn likely(message: &str) -> Option<&str> {
    let rest = ["unknown field `", "unknown variant `"].iter().find_map(|start| message.strip_prefix(start));
    let (word, offered) = rest?.split_once("`, expected ")?;
    nearest(word, offered.split('`').skip(1).step_by(2))
}

/// What was probably meant by a word, of those that are known.
pub(crate) fn nearest<'w>(word: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let word = word.to_lowercase();
    let far = |known: &str| strsim::damerau_levenshtein(&word, &known.to_lowercase());
    let all = known.map(|known| (far(known), known));
    all.filter(|(distance, known)| *distance <= 1 + known.len() / 4).min().map(|(_, known)| known)
}

impl From<Sure> for Confidence {
    fn from(sure: Sure) -> Self {
        match sure {
            Sure::Low => Self::Low,
            Sure::Medium => Self::Medium,
            Sure::High => Self::High,
        }
    }
}

impl From<Bad> for Severity {
    fn from(bad: Bad) -> Self {
        match bad {
            Bad::Note => Self::Note,
            Bad::Medium => Self::Medium,
            Bad::High => Self::High,
            Bad::Critical => Self::Critical,
        }
    }
}
