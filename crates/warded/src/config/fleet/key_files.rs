//! Where are the keys of an issuer that is not asked for them? In a file that the operator keeps.

use std::path::PathBuf;

use crate::{
    config::{Issuer, Located, Validation},
    finding::{Finding, table},
};

/// The file with the keys of one issuer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeyFile {
    /// Whose keys.
    pub issuer: warded_core::Issuer,
    /// Where they are, and where that is written.
    pub file: Located<PathBuf>,
}

/// The file with an issuer's keys; none where the issuer is asked, or where nothing usable is said.
pub(super) fn draft(
    issuer: &Issuer,
    url: &warded_core::Issuer,
    findings: &mut Vec<Finding>,
) -> Option<KeyFile> {
    let written = issuer.keys.as_ref()?;
    let mut report = |message: String, label: &str, help: &str| {
        let finding = Finding::new(&table::KEY_FILE_INVALID, message).at(written.span, label);
        findings.push(finding.help(help));
    };
    if issuer.validation.as_ref().is_some_and(|way| way.value == Validation::Introspection) {
        let message =
            "an issuer that is asked about each token is judged by its word, and not by keys".into();
        report(message, "has no effect", "Remove `keys`, or `validation: introspection`.");
        return None;
    }
    let Some(path) = written.value.strip_prefix("file:").filter(|path| !path.is_empty()) else {
        let message = format!("`{}` is not `file:PATH`", written.value.escape_debug());
        let help =
            "Write `file:PATH`, or leave `keys` out: then they come from where the issuer's metadata says.";
        report(message, "not a file", help);
        return None;
    };
    Some(KeyFile { issuer: url.clone(), file: Located { value: path.into(), span: written.span } })
}
