//! What is named after the URL under which the world reaches Warded?

use warded_core::ResourceUri;

use super::wrong_url;
use crate::{
    config::{Config, Located},
    finding::{Finding, table},
};

/// The start of every name that is built.
pub(super) struct PublicUrl {
    /// Without a trailing slash; none where it is missing or wrong.
    base: Option<String>,
    /// That it is missing or wrong is said once.
    is_said: bool,
}

impl PublicUrl {
    pub(super) fn of(config: &Config, findings: &mut Vec<Finding>) -> Self {
        let Some(written) = &config.public_url else { return Self { base: None, is_said: false } };
        let finding = match ResourceUri::parse(&written.value) {
            Ok(url) if !url.has_query() => {
                return Self { base: Some(url.as_str().trim_end_matches('/').to_owned()), is_said: false };
            }
            Ok(_) => {
                let message = format!("`{}` has a query, and names are built on it", written.value);
                Finding::new(&table::PUBLIC_URL_INVALID, message).at(written.span, "this URL")
            }
            Err(error) => wrong_url(&table::PUBLIC_URL_INVALID, written, "a URL to build on", &error),
        };
        findings.push(finding);
        Self { base: None, is_said: true }
    }

    /// A name below it. Nothing is left out in silence: the positions of what comes behind, by which issuers know servers,
    /// would mean others.
    pub(super) fn below(
        &mut self,
        whose: (&str, &Located<String>),
        path: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<ResourceUri> {
        let (what, name) = whose;
        if let Some(base) = &self.base {
            return ResourceUri::parse(&format!("{base}/{path}"))
                .map_err(|error| {
                    let message = format!("`{}` cannot be named after `public_url`: {error}", name.value);
                    let finding = Finding::new(&table::RESOURCE_INVALID, message);
                    findings.push(finding.at(name.span, format!("this {what}")));
                })
                .ok();
        }
        if !self.is_said {
            self.is_said = true;
            let message =
                format!("the {what} `{}` is named after `public_url`, which is missing", name.value);
            let finding = Finding::new(&table::PUBLIC_URL_MISSING, message);
            findings.push(finding.at(name.span, "needs `public_url`"));
        }
        None
    }
}
