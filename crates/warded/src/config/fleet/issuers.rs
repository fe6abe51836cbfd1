//! Issuers, from the operator's words to the core's.

use std::collections::HashMap;

use warded_core::{
    Issuer as IssuerUrl, IssuerRules, IssuerSpec, OWN_CLIENT_ID, ResourceUri, TokenTypes, provider::Preset,
};

use super::{
    DraftIssuer, Origin, built_in, introspection, is_name, key_files, public_url::PublicUrl,
    servers::BUILT_IN, wrong_url,
};
use crate::{
    config::{Config, Issuer, Lifetime, Located, Span, nearest},
    finding::{Finding, Rule, table},
    report::is_invisible,
};

pub(super) fn draft(
    config: &Config,
    public_url: &mut PublicUrl,
    findings: &mut Vec<Finding>,
) -> Vec<DraftIssuer> {
    let servers =
        config.servers.iter().map(|(name, _)| name).chain(config.resources.iter().map(|(name, _)| name));
    let servers = servers.enumerate().map(|(at, name)| (name.value.as_str(), at)).collect();
    let mut reader = Reader { servers, findings };
    let issuers = config.issuers.iter().filter_map(|(name, issuer)| {
        reader.named(name);
        match (&issuer.built_in, &issuer.url) {
            (Some(written), _) => {
                built_in::draft(name, issuer, written, (config, &mut *public_url), reader.findings)
            }
            (None, Some(url)) => reader.issuer(name, issuer, url),
            (None, None) => {
                let finding = Finding::new(&table::CONFIG_MISSING_KEY, "the key `url` is missing");
                let finding = finding.at(name.span, "in this mapping");
                reader.report(
                    finding.help("Add `url:`; or `built_in: {}`, where Warded itself is the issuer."),
                );
                None
            }
        }
    });
    issuers.collect()
}

/// Two built-in issuers that are each to be that of one tier.
pub(super) fn tiers_twice(config: &Config) -> Vec<Finding> {
    let mut seen: HashMap<&str, (&Located<String>, Span)> = HashMap::new();
    let mut findings = Vec::new();
    let built_in = config.issuers.iter().filter_map(|(name, issuer)| Some((name, issuer.built_in.as_ref()?)));
    for (name, tier) in
        built_in.flat_map(|(name, written)| written.tiers.iter().map(move |tier| (name, tier)))
    {
        match seen.get(tier.value.as_str()) {
            Some((other, at)) => {
                let message = format!(
                    "`{}` and `{}` are both to be the issuer of the tier `{}`",
                    other.value.escape_debug(),
                    name.value.escape_debug(),
                    tier.value.escape_debug()
                );
                let finding = Finding::new(&table::BUILT_IN_INVALID, message).at(tier.span, "this tier");
                let help = "A server of that tier gets one of them where it names no issuer: remove the other, and name it at servers.";
                findings.push(finding.at(*at, "and here").help(help));
            }
            None => {
                seen.insert(&tier.value, (name, tier.span));
            }
        }
    }
    findings
}

struct Reader<'a> {
    servers: HashMap<&'a str, usize>,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn named(&mut self, name: &Located<String>) {
        if !is_name(&name.value) {
            let message = format!("`{}` cannot be the name of an issuer", name.value.escape_debug());
            self.report(Finding::new(&table::NAME_INVALID, message).at(name.span, "this name"));
        }
        if name.value == BUILT_IN {
            let message =
                format!("`{BUILT_IN}` stands for the built-in issuer, and cannot be another's name");
            let finding = Finding::new(&table::NAME_INVALID, message).at(name.span, "this name");
            self.report(finding.help("Choose another name, and write that one at the servers, too."));
        }
    }

    fn issuer(
        &mut self,
        name: &Located<String>,
        issuer: &Issuer,
        written: &Located<String>,
    ) -> Option<DraftIssuer> {
        let preset = issuer.provider.as_ref().map(|provider| (provider.value.preset(), provider.span));
        let (audiences, audiences_at) = self.audiences(issuer);
        let (companions, companions_at) = self.companions(issuer, written, preset);
        let rules = self.rules(issuer, written, preset.map(|(preset, _)| preset), companions);
        let url = match IssuerUrl::parse(&written.value) {
            Ok(url) => url,
            Err(error) => {
                self.report(wrong_url(&table::ISSUER_INVALID, written, "an issuer", &error));
                return None;
            }
        };
        let asked = introspection::draft(name, issuer, &url, self.findings);
        let key_file = key_files::draft(issuer, &url, self.findings);
        let across_tiers = issuer.across_tiers.iter().map(|tier| tier.value.as_str().into()).collect();
        Some(DraftIssuer {
            spec: IssuerSpec { url, rules, audiences, across_tiers },
            name: name.value.escape_debug().to_string(),
            origin: Some(Origin {
                name_at: name.span,
                url_at: written.span,
                provider: preset,
                companions_at,
                audiences_at,
                lifetime_at: issuer.max_lifetime.as_ref().map(|lifetime| lifetime.span),
            }),
            built_in: None,
            asked,
            key_file,
        })
    }

    fn rules(
        &mut self,
        issuer: &Issuer,
        url: &Located<String>,
        preset: Option<&Preset>,
        companions: Vec<Box<str>>,
    ) -> IssuerRules {
        let mut rules = IssuerRules::default();
        if let Some(preset) = preset {
            rules.algorithms = preset.algorithms.to_vec();
            rules.marks = preset.marks.iter().map(|mark| (*mark).into()).collect();
        }
        if let Some(algorithms) = &issuer.algorithms {
            if algorithms.is_empty() {
                self.report(empty("algorithms", url.span));
            }
            rules.algorithms = algorithms.iter().map(|algorithm| algorithm.value.into()).collect();
        }
        let preset_types = preset.map(|preset| preset.types.to_vec());
        let types = issuer.types.as_ref().map(|types| types.iter().map(|name| name.value.as_str()).collect());
        if let Some(names) = types.or(preset_types) {
            match TokenTypes::of(names) {
                Ok(types) => rules.types = types,
                Err(_) if issuer.types.as_ref().is_some_and(Vec::is_empty) => {
                    self.report(empty("types", url.span));
                }
                Err(error) => {
                    let span = issuer.types.iter().flatten().next().map_or(url.span, |name| name.span);
                    self.report(
                        Finding::new(&table::TYPE_INVALID, error.to_string()).at(span, "in this list"),
                    );
                }
            }
        }
        rules.own_client_id = companions.iter().any(|value| &**value == OWN_CLIENT_ID);
        rules.companions = companions.into_iter().filter(|value| &**value != OWN_CLIENT_ID).collect();
        let day = 24 * 60 * 60;
        rules.max_lifetime = self
            .limit(issuer.max_lifetime.as_ref(), "max_lifetime", 1..=366 * day)
            .unwrap_or(rules.max_lifetime);
        introspection::rules(issuer, &mut rules, self.findings);
        rules.leeway =
            self.limit(issuer.leeway.as_ref(), "leeway", 0..=IssuerRules::MAX_LEEWAY).unwrap_or(rules.leeway);
        rules
    }

    fn limit(
        &mut self,
        value: Option<&Located<Lifetime>>,
        key: &str,
        bounds: std::ops::RangeInclusive<u32>,
    ) -> Option<u32> {
        let value = value?;
        let seconds = value.value.seconds();
        if !bounds.contains(&seconds) {
            let message = format!("`{key}` must lie between {}s and {}s", bounds.start(), bounds.end());
            let finding = Finding::new(&table::LIMIT_INVALID, message).at(value.span, format!("{seconds}s"));
            self.report(finding.help(format!("Write at most `{}s`.", bounds.end())));
        }
        Some(seconds)
    }

    fn audiences(&mut self, issuer: &Issuer) -> (Vec<(usize, Box<str>)>, Vec<Span>) {
        let (mut audiences, mut spans) = (Vec::new(), Vec::new());
        for (server, values) in issuer.audiences.iter() {
            let Some(position) = self.server_named(server) else {
                continue;
            };
            for value in values {
                if let Err(why) = exact(&value.value) {
                    self.report(inexact(&table::AUDIENCE_INVALID, value, &why));
                }
                audiences.push((position, value.value.as_str().into()));
                spans.push(value.span);
            }
        }
        (audiences, spans)
    }

    fn server_named(&mut self, name: &Located<String>) -> Option<usize> {
        let found = self.servers.get(name.value.as_str()).copied();
        if found.is_none() {
            let message = format!("there is no server named `{}`", name.value.escape_debug());
            let finding = Finding::new(&table::SERVER_UNDEFINED, message).at(name.span, "this name");
            let finding = match nearest(&name.value, self.servers.keys().copied()) {
                Some(meant) => finding.help(format!("Did you mean `{meant}`?")),
                None => finding,
            };
            self.report(finding);
        }
        found
    }

    fn companions(
        &mut self,
        issuer: &Issuer,
        url: &Located<String>,
        preset: Option<(&Preset, Span)>,
    ) -> (Vec<Box<str>>, Vec<Span>) {
        let Some(written) = &issuer.companions else {
            let Some((preset, span)) = preset else {
                return Default::default();
            };
            let values = preset.companions.iter().map(|value| value.replace("${issuer}", &url.value).into());
            return (values.collect(), vec![span; preset.companions.len()]);
        };
        for value in written {
            if let Err(why) = exact(&value.value) {
                self.report(inexact(&table::COMPANION_INVALID, value, &why));
            }
        }
        // The core knows `own-client-id` as a rule of its own; the places must keep step with what is left.
        let spans =
            written.iter().filter(|value| value.value != OWN_CLIENT_ID).map(|value| value.span).collect();
        (written.iter().map(|value| value.value.as_str().into()).collect(), spans)
    }

    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

fn empty(key: &str, span: Span) -> Finding {
    Finding::new(
        &table::LIST_EMPTY,
        format!("`{key}` is empty, so every token of this issuer would be refused"),
    )
    .at(span, "this issuer")
}

fn inexact(rule: &'static Rule, value: &Located<String>, why: &str) -> Finding {
    let message = format!("`{}` cannot be compared exactly: {why}", value.value.escape_debug());
    Finding::new(rule, message).at(value.span, "this value")
}

/// Invariant *Exact*: never a pattern, and no URL that would need repair.
fn exact(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err("it is empty".to_owned());
    }
    if value.contains('*') {
        return Err("`*` would be a pattern".to_owned());
    }
    if value.chars().any(|c| c.is_whitespace() || c.is_control() || is_invisible(c)) {
        return Err("it contains a blank, control or invisible character".to_owned());
    }
    let scheme = value.split(':').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
        ResourceUri::parse(value).map_err(|error| error.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::exact;

    #[test]
    fn only_exact_values_are_compared() {
        for value in
            ["account", "api://notes", "3f2b-11", "https://notes.example.com/mcp", "urn:x:y", "own-client-id"]
        {
            assert_eq!(exact(value), Ok(()), "{value}");
        }
        for value in
            ["", "*", "https://*.example.com", "a b", "a\n", "http://notes.example.com", "https://a/mcp#"]
        {
            assert!(exact(value).is_err(), "{value}");
        }
    }
}
