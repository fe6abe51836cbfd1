//! Servers, from the operator's words to the core's, and the built-in issuers that they fall back to.

use std::collections::HashMap;

use warded_core::{Issuer as IssuerUrl, IssuerRules, IssuerSpec, Mode as CoreMode, ResourceUri, ServerSpec};

use super::{Draft, DraftIssuer, DraftServer, is_name, sentence, wrong_url};
use crate::{
    config::{Config, Dpop, Located, Mode, Server, nearest},
    finding::{Finding, table},
};

const DEFAULT_TIER: &str = "default";
/// Stands for the built-in issuer of a server's tier, among the names of issuers.
pub(super) const BUILT_IN: &str = "built-in";

pub(super) fn draft(config: &Config, issuers: Vec<DraftIssuer>, findings: &mut Vec<Finding>) -> Draft {
    let by_name =
        config.issuers.iter().enumerate().map(|(at, (name, _))| (name.value.as_str(), at)).collect();
    let public_url = public_url(config, findings);
    let mut reader = Reader { public_url, is_public_url_missing: false, by_name, issuers, findings };
    let servers = config.servers.iter().filter_map(|(name, server)| reader.server(name, server)).collect();
    Draft { servers, issuers: reader.issuers }
}

/// The start of every name that is built, without a trailing slash.
fn public_url(config: &Config, findings: &mut Vec<Finding>) -> Option<String> {
    let written = config.public_url.as_ref()?;
    let finding = match ResourceUri::parse(&written.value) {
        Ok(url) if !url.has_query() => return Some(url.as_str().trim_end_matches('/').to_owned()),
        Ok(_) => {
            let message = format!("`{}` has a query, and names are built on it", written.value);
            Finding::new(&table::PUBLIC_URL_INVALID, message).at(written.span, "this URL")
        }
        Err(error) => wrong_url(&table::PUBLIC_URL_INVALID, written, "a URL to build on", &error),
    };
    findings.push(finding);
    None
}

struct Reader<'a> {
    public_url: Option<String>,
    is_public_url_missing: bool,
    by_name: HashMap<&'a str, usize>,
    issuers: Vec<DraftIssuer>,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn server(&mut self, name: &Located<String>, server: &Server) -> Option<DraftServer> {
        if !is_name(&name.value) {
            let message = format!("`{}` cannot be the name of a server", name.value.escape_debug());
            let finding = Finding::new(&table::NAME_INVALID, message).at(name.span, "this name");
            self.findings.push(finding);
            return None;
        }
        let (tier, tier_at) = match &server.tier {
            Some(tier) if is_name(&tier.value) => (tier.value.clone(), tier.span),
            Some(tier) => {
                let message = format!("`{}` cannot be the name of a tier", tier.value.escape_debug());
                let finding = Finding::new(&table::NAME_INVALID, message).at(tier.span, "this name");
                self.findings.push(finding);
                (DEFAULT_TIER.to_owned(), tier.span)
            }
            None => (DEFAULT_TIER.to_owned(), name.span),
        };
        let mode = self.mode(name, server);
        let issuers = self.issuers_of(name, server, &tier);
        self.bound(name, server, &issuers);
        let aliases = server.aliases.iter().filter_map(|alias| self.identifier(alias)).collect();
        let resource = match &server.resource {
            Some(resource) => self.identifier(resource),
            None => self.named_after_public_url(name, |base, name| format!("{base}/{name}/mcp")),
        }?;
        Some(DraftServer {
            spec: ServerSpec {
                name: name.value.as_str().into(),
                resource,
                aliases,
                issuers,
                tier: tier.into(),
                mode,
            },
            name_at: name.span,
            resource_at: server.resource.as_ref().map_or(name.span, |resource| resource.span),
            aliases_at: server.aliases.iter().map(|alias| alias.span).collect(),
            tier_at,
            mode_at: server.mode.as_ref().map_or(name.span, |mode| mode.span),
            until: server.until.as_ref().map(|until| until.value.to_string()),
        })
    }

    /// A server that only bound tokens open, and that trusts nobody who issues any.
    fn bound(&mut self, name: &Located<String>, server: &Server, issuers: &[usize]) {
        let Some(dpop) = server.dpop.as_ref().filter(|dpop| dpop.value == Dpop::Required) else {
            return;
        };
        let is_built_in = |at: &usize| self.issuers.get(*at).is_some_and(|issuer| issuer.origin.is_none());
        if !issuers.is_empty() && issuers.iter().all(is_built_in) {
            let message = format!(
                "only tokens that are bound to a key open the server `{}`, and the built-in issuer issues none",
                name.value
            );
            self.findings.push(Finding::new(&table::DPOP_UNISSUED, message).at(dpop.span, "required"));
        }
    }

    fn identifier(&mut self, written: &Located<String>) -> Option<ResourceUri> {
        ResourceUri::parse(&written.value)
            .map_err(|error| {
                let finding = wrong_url(&table::RESOURCE_INVALID, written, "a server's identifier", &error);
                self.findings.push(finding.help(sentence(error.flaw().advice())));
            })
            .ok()
    }

    /// Builds a name on `public_url`; that it is missing is said once. A server is never left out in silence: the
    /// positions of those behind it, by which issuers know them, would mean others.
    fn named_after_public_url(
        &mut self,
        server: &Located<String>,
        build: impl FnOnce(&str, &str) -> String,
    ) -> Option<ResourceUri> {
        if let Some(base) = &self.public_url {
            return ResourceUri::parse(&build(base, &server.value))
                .map_err(|error| {
                    let message = format!("`{}` cannot be named after `public_url`: {error}", server.value);
                    let finding = Finding::new(&table::RESOURCE_INVALID, message);
                    self.findings.push(finding.at(server.span, "this server"));
                })
                .ok();
        }
        let is_invalid = self.findings.iter().any(|finding| finding.rule == &table::PUBLIC_URL_INVALID);
        if !self.is_public_url_missing && !is_invalid {
            self.is_public_url_missing = true;
            let message =
                format!("the server `{}` is named after `public_url`, which is missing", server.value);
            let finding =
                Finding::new(&table::PUBLIC_URL_MISSING, message).at(server.span, "needs `public_url`");
            self.findings.push(finding);
        }
        None
    }

    fn mode(&mut self, name: &Located<String>, server: &Server) -> CoreMode {
        let mode = server.mode.as_ref().map_or(Mode::Strict, |mode| mode.value);
        match (mode, &server.until) {
            (Mode::Strict, None) => CoreMode::Strict,
            (Mode::Permissive, Some(until)) => CoreMode::PermissiveUntil(until.value.end()),
            (Mode::Strict, Some(until)) => {
                let message = format!("the server `{}` has `until` but is not permissive", name.value);
                let finding = Finding::new(&table::UNTIL_UNUSED, message).at(until.span, "has no effect");
                self.findings.push(finding);
                CoreMode::Strict
            }
            (Mode::Permissive, None) => {
                let message = format!("the server `{}` would be permissive for ever", name.value);
                let at = server.mode.as_ref().map_or(name.span, |mode| mode.span);
                let finding = Finding::new(&table::PERMISSIVE_ENDLESS, message).at(at, "until when?");
                self.findings.push(finding.help("Add `until: YYYY-MM-DD`, the last day of the roll-out."));
                CoreMode::Strict
            }
        }
    }

    fn issuers_of(&mut self, name: &Located<String>, server: &Server, tier: &str) -> Vec<usize> {
        let Some(written) = &server.issuers else {
            return self.built_in(name, tier).into_iter().collect();
        };
        if written.is_empty() {
            let message = format!("the server `{}` trusts no issuer, so no token opens it", name.value);
            let finding = Finding::new(&table::ISSUERS_MISSING, message).at(name.span, "this server");
            self.findings.push(finding);
        }
        let is_built_in = |issuer: &Located<String>| issuer.value == BUILT_IN;
        written
            .iter()
            .filter_map(|issuer| {
                if is_built_in(issuer) { self.built_in(name, tier) } else { self.issuer_named(issuer) }
            })
            .collect()
    }

    fn issuer_named(&mut self, issuer: &Located<String>) -> Option<usize> {
        let found = self.by_name.get(issuer.value.as_str()).copied();
        if found.is_none() {
            let message = format!("there is no issuer named `{}`", issuer.value.escape_debug());
            let finding = Finding::new(&table::ISSUER_UNDEFINED, message).at(issuer.span, "this name");
            let by_url = || self.issuers.iter().find(|known| known.spec.url.as_str() == issuer.value);
            let help = if let Some(meant) = nearest(&issuer.value, self.by_name.keys().copied()) {
                format!("Did you mean `{meant}`?")
            } else if let Some(meant) = by_url() {
                format!("That is a url. Write the issuer's name: `{}`.", meant.name)
            } else if is_name(&issuer.value) {
                format!("Define it: `issuers: {{ {}: {{ url: … }} }}`.", issuer.value)
            } else {
                "Define the issuer under a name, and write that name here: `issuers: { NAME: { url: … } }`."
                    .to_owned()
            };
            self.findings.push(finding.help(help));
        }
        found
    }

    /// The built-in issuer of a tier, entered when the first server needs it.
    fn built_in(&mut self, server: &Located<String>, tier: &str) -> Option<usize> {
        let url = self.named_after_public_url(server, |base, _| format!("{base}/issuers/{tier}"))?;
        let url = IssuerUrl::parse(url.as_str()).ok()?;
        let known = self.issuers.iter().position(|issuer| issuer.origin.is_none() && issuer.spec.url == url);
        known.or_else(|| {
            let rules = IssuerRules::default();
            self.issuers.push(DraftIssuer {
                spec: IssuerSpec { url, rules, audiences: Vec::new(), across_tiers: Vec::new() },
                name: format!("built-in issuer of tier `{tier}`"),
                origin: None,
                tier: Some(tier.to_owned()),
                asked: None,
                key_file: None,
            });
            Some(self.issuers.len() - 1)
        })
    }
}
