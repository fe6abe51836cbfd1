//! What is known already, so that only what is new is told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{fingerprint::fingerprints, scanned::Scanned};

/// What a file says that it is.
const KIND: &str = "baseline";
/// How such a file is written today.
const VERSION: u64 = 1;

/// The findings that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    known: BTreeSet<Known>,
}

/// A finding that is known. People see in the file what it is; only its fingerprint counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Known {
    path: String,
    rule: String,
    fingerprint: String,
}

#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(rename = "warded-scan")]
    kind: String,
    version: u64,
    findings: Vec<Known>,
}

/// Why a file is no baseline. What stands in it is not told: it may be any file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// It is no JSON.
    #[error("it is not JSON, as of line {line}, column {column}; write it anew with `--write-baseline`")]
    Broken {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// It is something else.
    #[error(
        "it is no baseline of `warded scan`: `\"warded-scan\": \"baseline\"` and a list of findings are missing"
    )]
    Other,
    /// Another Warded wrote it.
    #[error(
        "it is a baseline of version {0}, and this program reads version {VERSION}; write it anew with `--write-baseline`"
    )]
    Version(u64),
}

impl Baseline {
    /// Everything that was found.
    pub fn of(scanned: &Scanned) -> Self {
        let findings = scanned.findings.iter().zip(fingerprints(scanned));
        let known = findings.map(|(finding, fingerprint)| Known {
            path: finding.spot.path.to_string(),
            rule: finding.rule.id.to_owned(),
            fingerprint,
        });
        Self { known: known.collect() }
    }

    /// What [`Self::to_json`] wrote.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|error| BaselineError::Broken { line: error.line(), column: error.column() })?;
        if value.get("warded-scan").and_then(|kind| kind.as_str()) != Some(KIND) {
            return Err(BaselineError::Other);
        }
        // A later version may look different everywhere else.
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(VERSION) => {}
            Some(version) => return Err(BaselineError::Version(version)),
            None => return Err(BaselineError::Other),
        }
        let document: Document = serde_json::from_value(value).map_err(|_| BaselineError::Other)?;
        Ok(Self { known: document.findings.into_iter().collect() })
    }

    /// For a file that is kept beside the code: sorted, a line for each member, so that a change of it can be reviewed.
    pub fn to_json(&self) -> String {
        let document = Document {
            kind: KIND.to_owned(),
            version: VERSION,
            findings: self.known.iter().cloned().collect(),
        };
        // There is nothing in it that JSON could not say.
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }

    /// Takes away what is known, and tells how many that were.
    pub fn leave_new(&self, scanned: &mut Scanned) -> usize {
        let known: BTreeSet<&str> = self.known.iter().map(|known| known.fingerprint.as_str()).collect();
        let mut names = fingerprints(scanned).into_iter();
        let before = scanned.findings.len();
        scanned.findings.retain(|_| names.next().is_none_or(|name| !known.contains(name.as_str())));
        before - scanned.findings.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanned::tests::scanned;

    const ONE: &str = "import requests\n\ndef redeem(code):\n    return requests.post(URL, data={\"grant_type\": \"authorization_code\"})\n";
    const TWO: &str = "\ndef another(code):\n    return requests.post(OTHER, data={\"grant_type\": \"authorization_code\"})\n";

    #[test]
    fn only_what_is_new_is_left() {
        let baseline = Baseline::of(&scanned(&[("a.py", ONE)]));
        let mut later = scanned(&[("a.py", &format!("# moved\n{ONE}{TWO}")), ("b.py", ONE)]);
        assert_eq!(later.findings.len(), 3);
        assert_eq!(baseline.leave_new(&mut later), 1);
        let left: Vec<_> =
            later.findings.iter().map(|finding| (&*finding.spot.path, finding.spot.span.start)).collect();
        assert_eq!(left.len(), 2);
        assert_eq!(left[0].0, "a.py");
        assert!(left[0].1 > ONE.len(), "{left:?}");
        assert_eq!(left[1].0, "b.py");
        assert_eq!(Baseline::default().leave_new(&mut later), 0);
    }

    #[test]
    fn what_was_written_is_read() {
        let baseline = Baseline::of(&scanned(&[("b.py", ONE), ("ä \"a\".py", ONE)]));
        let text = baseline.to_json();
        assert_eq!(Baseline::read(&text).unwrap(), baseline);
        assert_eq!(Baseline::read(&format!("\u{feff}{text}")).unwrap(), baseline);
        assert_eq!(Baseline::read(&Baseline::default().to_json()).unwrap(), Baseline::default());
        assert!(text.starts_with("{\n  \"warded-scan\": \"baseline\",\n  \"version\": 1,\n"), "{text}");
        assert!(text.find("b.py") < text.find("ä"), "sorted: {text}");
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn what_is_no_baseline_is_told_and_not_shown() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let secret = "TOKEN=ghp_9aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA";
        let broken = |line, column| BaselineError::Broken { line, column };
        for (text, error) in [
            ("", broken(1, 0)),
            ("{\n \"warded-scan\":", broken(2, 15)),
            (secret, broken(1, 1)),
            (&deep, broken(1, 128)),
            ("[]", BaselineError::Other),
            ("null", BaselineError::Other),
            ("{\"warded-scan\": \"report\", \"version\": 1, \"findings\": []}", BaselineError::Other),
            ("{\"warded-scan\": \"baseline\", \"findings\": []}", BaselineError::Other),
            ("{\"warded-scan\": \"baseline\", \"version\": 1}", BaselineError::Other),
            (
                "{\"warded-scan\": \"baseline\", \"version\": 1, \"findings\": [{\"rule\": 7}]}",
                BaselineError::Other,
            ),
            ("{\"warded-scan\": \"baseline\", \"version\": 2, \"seen\": {}}", BaselineError::Version(2)),
        ] {
            assert_eq!(
                Baseline::read(text).unwrap_err(),
                error,
                "{}",
                text.chars().take(80).collect::<String>()
            );
        }
        assert!(!broken(1, 1).to_string().contains("ghp_"));
        assert!(
            BaselineError::Version(2).to_string().contains("version 2, and this program reads version 1")
        );
    }
}
