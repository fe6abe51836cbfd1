//! What stands in a policy file, and what is wrong with it?

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use warded_policy::{
    Document, Finding, MAX_POLICY_BYTES, Part, Place, Policy, Read, Reading, Severity, read,
};

use crate::report;

/// A policy file that was read.
#[derive(Debug)]
pub(super) struct PolicyFile {
    /// What it is called.
    pub(super) name: String,
    /// Its text.
    pub(super) source: String,
    /// What it says; none where it is no policy.
    pub(super) document: Option<Document>,
    /// What is wrong with it.
    pub(super) findings: Vec<Finding>,
}

impl PolicyFile {
    /// Reads a file; `-` is standard input.
    pub(super) fn open(path: &Path, reading: Reading) -> anyhow::Result<Self> {
        let is_stdin = path == Path::new("-");
        let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
        let source = if is_stdin {
            bounded(std::io::stdin())
        } else {
            File::open(path).map_err(Into::into).and_then(bounded)
        };
        Ok(Self::of(source.with_context(|| format!("cannot read {name}"))?, name, reading))
    }

    fn of(source: String, name: String, reading: Reading) -> Self {
        let Read { mut document, mut findings } = read(&source, reading);
        // What is too much for one call is only seen when it is put together.
        let part = document.as_ref().map(|document| Part { document, place: Place::Shared, file: &name });
        if let Some(Err(unfit)) = part.map(|part| Policy::of(&[part])) {
            findings.push(unfit.finding);
            document = None;
        }
        Self { name, source, document, findings }
    }

    /// What was found that is at least so bad, with the lines that it is about.
    pub(super) fn shown(&self, least: Severity) -> String {
        let shown = self.findings.iter().filter(|finding| finding.severity >= least);
        shown.map(|finding| report::policy::plain(finding, &self.name, &self.source) + "\n\n").collect()
    }
}

/// What stands there, where it is text and not too much.
pub(super) fn bounded(reader: impl std::io::Read) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    reader.take(MAX_POLICY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_POLICY_BYTES {
        bail!("it is larger than {MAX_POLICY_BYTES} bytes");
    }
    String::from_utf8(bytes).context("it is not UTF-8")
}

/// Opens files that are to be policies: those who test and explain need all of them.
pub(super) fn policies(paths: &[PathBuf]) -> anyhow::Result<Vec<PolicyFile>> {
    let files: Vec<_> =
        paths.iter().map(|path| PolicyFile::open(path, Reading::Strict)).collect::<Result<_, _>>()?;
    let broken: Vec<_> = files.iter().filter(|file| file.document.is_none()).collect();
    if broken.is_empty() {
        return Ok(files);
    }
    let shown: String = broken.iter().map(|file| file.shown(Severity::Error)).collect();
    let names: Vec<_> = broken.iter().map(|file| file.name.as_str()).collect();
    bail!("{} is no policy\n\n{}", names.join(", "), shown.trim_end())
}

/// Puts the files together as one server has them.
pub(super) fn together<'f>(
    files: impl IntoIterator<Item = (&'f PolicyFile, Place)>,
) -> anyhow::Result<Policy> {
    let parts = files.into_iter().filter_map(|(file, place)| {
        Some(Part { document: file.document.as_ref()?, place, file: &file.name })
    });
    Ok(Policy::of(&parts.collect::<Vec<_>>())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> PolicyFile {
        PolicyFile::of(source.to_owned(), "a.yaml".to_owned(), Reading::Strict)
    }

    #[test]
    fn a_file_is_a_policy_or_says_why_not() {
        let good = of("version: \"1\"\n");
        assert!(good.document.is_some() && good.findings.is_empty(), "{good:?}");
        let bad = of("version: \"1\"\ntols: {}\n");
        assert!(
            bad.document.is_none() && bad.shown(Severity::Error).contains("policy-unknown-key"),
            "{bad:?}"
        );
    }

    #[test]
    fn more_than_a_policy_may_be_is_not_read() {
        assert!(bounded(std::io::repeat(b'#')).is_err());
        assert!(bounded(&b"\xff"[..]).is_err());
        assert_eq!(bounded(&b"a"[..]).unwrap(), "a");
    }
}
