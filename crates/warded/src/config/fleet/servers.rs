//! Servers, ours and those of others, from the operator's words to the core's, and the built-in issuers that they fall back
//! to.

use std::collections::HashMap;

use warded_core::{Issuer as IssuerUrl, IssuerRules, IssuerSpec, Mode as CoreMode, ResourceUri, ServerSpec};
use warded_issuer::Dpop as Binding;

use super::{BuiltIn, Draft, DraftIssuer, DraftServer, is_name, public_url::PublicUrl, sentence, wrong_url};
use crate::{
    config::{Config, Dpop, Located, Mode, Resource, Server, Span, nearest},
    finding::{Finding, table},
};

const DEFAULT_TIER: &str = "default";
/// Stands for the built-in issuer of a server's tier, among the names of issuers.
pub(super) const BUILT_IN: &str = "built-in";

pub(super) fn draft(
    config: &Config,
    issuers: Vec<DraftIssuer>,
    public_url: &mut PublicUrl,
    findings: &mut Vec<Finding>,
) -> Draft {
    let by_name =
        config.issuers.iter().enumerate().map(|(at, (name, _))| (name.value.as_str(), at)).collect();
    let mut reader = Reader { config, public_url, by_name, issuers, findings };
    let mut servers: Vec<_> =
        config.servers.iter().filter_map(|(name, server)| reader.server(name, server)).collect();
    // Behind our own: what is said by position of those holds for them.
    servers.extend(config.resources.iter().filter_map(|(name, resource)| reader.elsewhere(name, resource)));
    Draft { servers, issuers: reader.issuers }
}

/// What servers of ours and of others have in common.
struct Described<'a> {
    name: &'a Located<String>,
    resource: Option<&'a Located<String>>,
    aliases: &'a [Located<String>],
    tier: Option<&'a Located<String>>,
    issuers: Option<&'a [Located<String>]>,
}

struct Reader<'a> {
    config: &'a Config,
    public_url: &'a mut PublicUrl,
    by_name: HashMap<&'a str, usize>,
    issuers: Vec<DraftIssuer>,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn server(&mut self, name: &Located<String>, server: &Server) -> Option<DraftServer> {
        let mode = self.mode(name, server);
        let mut draft = self.described(&Described {
            name,
            resource: server.resource.as_ref(),
            aliases: &server.aliases,
            tier: server.tier.as_ref(),
            issuers: server.issuers.as_deref(),
        })?;
        self.bound(name, server, &draft.spec.issuers);
        draft.spec.mode = mode;
        draft.mode_at = server.mode.as_ref().map_or(name.span, |mode| mode.span);
        draft.until = server.until.as_ref().map(|until| until.value.to_string());
        if let Some(tokens) = &server.tokens {
            let said = tokens.lifetime.as_ref().map(|at| at.span);
            let said = said.or_else(|| Some(tokens.algorithm.as_ref()?.span)).unwrap_or(name.span);
            self.built_in_unused(name, &draft.spec.issuers, ("tokens", said));
        }
        if let Some((word, _)) = server.scopes.words.iter().next() {
            self.built_in_unused(name, &draft.spec.issuers, ("words", word.span));
        }
        Some(draft)
    }

    /// A server that somebody else serves.
    fn elsewhere(&mut self, name: &Located<String>, resource: &Resource) -> Option<DraftServer> {
        let draft = self.described(&Described {
            name,
            resource: Some(&resource.resource),
            aliases: &resource.aliases,
            tier: resource.tier.as_ref(),
            issuers: resource.issuers.as_deref(),
        })?;
        if let Some(secret) = &resource.secret {
            self.built_in_unused(name, &draft.spec.issuers, ("secret", secret.span));
        }
        Some(draft)
    }

    fn described(&mut self, described: &Described<'_>) -> Option<DraftServer> {
        let &Described { name, resource, aliases, tier, issuers } = described;
        if !is_name(&name.value) {
            let message = format!("`{}` cannot be the name of a server", name.value.escape_debug());
            let finding = Finding::new(&table::NAME_INVALID, message).at(name.span, "this name");
            self.findings.push(finding);
            return None;
        }
        let (tier, tier_at) = match tier {
            Some(tier) if is_name(&tier.value) => (tier.value.clone(), tier.span),
            Some(tier) => {
                let message = format!("`{}` cannot be the name of a tier", tier.value.escape_debug());
                let finding = Finding::new(&table::NAME_INVALID, message).at(tier.span, "this name");
                self.findings.push(finding);
                (DEFAULT_TIER.to_owned(), tier.span)
            }
            None => (DEFAULT_TIER.to_owned(), name.span),
        };
        let issuers = self.issuers_of(name, issuers, (&tier, tier_at));
        let spans = aliases.iter().map(|alias| alias.span).collect();
        let aliases = aliases.iter().filter_map(|alias| self.identifier(alias)).collect();
        let resource_at = resource.map_or(name.span, |resource| resource.span);
        let resource = match resource {
            Some(resource) => self.identifier(resource),
            None => self.public_url.below(("server", name), &format!("{}/mcp", name.value), self.findings),
        }?;
        Some(DraftServer {
            spec: ServerSpec {
                name: name.value.as_str().into(),
                resource,
                aliases,
                issuers,
                tier: tier.into(),
                mode: CoreMode::Strict,
            },
            name_at: name.span,
            resource_at,
            aliases_at: spans,
            tier_at,
            mode_at: name.span,
            until: None,
        })
    }

    /// Whether it is proved by a key who holds a token, here and at the issuers that are ours.
    fn bound(&mut self, name: &Located<String>, server: &Server, issuers: &[usize]) {
        let Some(dpop) = &server.dpop else { return };
        let ours: Option<Vec<_>> =
            issuers.iter().map(|at| Some(self.issuers.get(*at)?.built_in.as_ref()?.policy.dpop)).collect();
        let Some(ours) = ours.filter(|ours| !ours.is_empty()) else { return };
        let is_each = |wanted: Binding| ours.iter().all(|binding| *binding == wanted);
        let why = match dpop.value {
            Dpop::Required if is_each(Binding::Off) => "only tokens that are bound to a key open the server",
            Dpop::Off if is_each(Binding::Required) => "no token that is bound to a key opens the server",
            _ => return,
        };
        let others = if dpop.value == Dpop::Off { "issues no others" } else { "issues none" };
        let message = format!("{why} `{}`, and its built-in issuer {others}", name.value);
        let finding = Finding::new(&table::DPOP_UNISSUED, message).at(dpop.span, "opens to nobody");
        self.findings.push(finding);
    }

    /// Something is said for built-in issuers where none is trusted.
    fn built_in_unused(&mut self, name: &Located<String>, issuers: &[usize], said: (&str, Span)) {
        let is_ours = |at: &usize| self.issuers.get(*at).is_some_and(|issuer| issuer.built_in.is_some());
        let (key, at) = said;
        if !issuers.is_empty() && !issuers.iter().any(is_ours) {
            let message = format!("`{key}` is for a built-in issuer, and `{}` trusts none", name.value);
            self.findings.push(Finding::new(&table::BUILT_IN_UNUSED, message).at(at, "has no effect"));
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

    fn issuers_of(
        &mut self,
        name: &Located<String>,
        written: Option<&[Located<String>]>,
        tier: (&str, Span),
    ) -> Vec<usize> {
        let Some(written) = written else {
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

    /// The built-in issuer of a tier: the one that says so, or one of its own, entered when the first server needs it.
    fn built_in(&mut self, server: &Located<String>, (tier, tier_at): (&str, Span)) -> Option<usize> {
        let is_of = |issuer: &DraftIssuer| {
            issuer.built_in.as_ref().is_some_and(|built_in| built_in.tiers.iter().any(|of| of == tier))
        };
        if let Some(known) = self.issuers.iter().position(is_of) {
            return Some(known);
        }
        if !self.named_like(server, tier) {
            self.unsaid(server, (tier, tier_at));
        }
        let url = self.public_url.below(("server", server), &format!("issuers/{tier}"), self.findings)?;
        let url = IssuerUrl::parse(url.as_str()).ok()?;
        self.issuers.push(DraftIssuer {
            spec: IssuerSpec {
                url: url.clone(),
                rules: IssuerRules::default(),
                audiences: Vec::new(),
                across_tiers: Vec::new(),
            },
            name: format!("built-in issuer of tier `{tier}`"),
            origin: None,
            built_in: Some(BuiltIn::of_tier(tier, url, self.config)),
            asked: None,
            key_file: None,
        });
        Some(self.issuers.len() - 1)
    }

    /// Whether there is an entry of the name under which the store knows the issuer of the tier: the two would sign with the
    /// same keys.
    fn named_like(&mut self, server: &Located<String>, tier: &str) -> bool {
        let mut ours = self.issuers.iter().filter(|issuer| issuer.built_in.is_some() && issuer.name == tier);
        let Some(at) = ours.find_map(|issuer| Some(issuer.origin.as_ref()?.name_at)) else { return false };
        let message = format!("`{tier}` is a built-in issuer, and not that of the tier of its name");
        let finding = Finding::new(&table::BUILT_IN_INVALID, message).at(at, "this issuer");
        let finding = finding.at(server.span, format!("a server of tier `{tier}`"));
        self.findings
            .push(finding.help(format!("Write `tiers: [{tier}]` in it, or give the issuer another name.")));
        true
    }

    /// An issuer that nobody wrote down, where others are: its rules are the widest, so one letter too many in `tier` would let
    /// every application register for the server, past everything that was said.
    fn unsaid(&mut self, server: &Located<String>, (tier, at): (&str, Span)) {
        let said = self.issuers.iter().filter(|issuer| issuer.origin.is_some());
        let said: Vec<_> = said.filter_map(|issuer| issuer.built_in.as_ref()).collect();
        let Some(first) = said.first() else { return };
        let message = format!("no built-in issuer is for the tier `{tier}` of `{}`", server.value);
        let finding =
            Finding::new(&table::ISSUER_IMPLIED, message).at(at, "its issuer would be open to everybody");
        let meant = nearest(tier, said.iter().flat_map(|issuer| issuer.tiers.iter().map(String::as_str)));
        let finding = match meant {
            Some(meant) => finding.help(format!("Did you mean `tier: {meant}`?")),
            None => finding,
        };
        self.findings.push(finding.help(format!(
            "Write `tiers: [{tier}]` in the `built_in` of the issuer that is meant, `issuers: [{}]` at the server, or an issuer of \
             its own: `{tier}: {{ built_in: {{ tiers: [{tier}] }} }}`.",
            first.name,
        )));
    }
}
