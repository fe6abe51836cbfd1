//! From what the operator wrote to a fleet that is proved disjoint, or to findings that say what stands in the way.

mod built_in;
mod conflicts;
mod documents;
mod elsewhere;
mod exchange;
mod introspection;
mod issuers;
mod key_files;
mod logins;
mod onward;
mod places;
mod public_url;
mod servers;
mod warnings;

use warded_core::{Flaw, Fleet, InvalidResourceUri, IssuerSpec, ResourceUri, Server, ServerSpec, UnixTime};

pub use built_in::BuiltIn;
pub(in crate::config) use built_in::{TOKEN_LIVES, limit, signing};
pub use elsewhere::Elsewhere;
pub use exchange::Exchanged;
pub use introspection::Asked;
pub use key_files::KeyFile;
pub use logins::LoginAt;
pub use onward::Granted;

use super::{
    Config, Located, Span,
    serving::{Served, Serving},
};
use crate::finding::{Finding, Rule, Severity, table};
use public_url::PublicUrl;

/// What a configuration amounts to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Assessment {
    /// The fleet; none where something stands in the way of the proof.
    pub fleet: Option<Fleet>,
    /// How issuers are called, in the order of the fleet's issuers; built-in ones come last.
    pub issuer_names: Vec<String>,
    /// The issuers that Warded is itself.
    pub built_in: Vec<BuiltIn>,
    /// The issuers that are asked about their tokens.
    pub asked: Vec<Asked>,
    /// The issuers whose keys are in files.
    pub key_files: Vec<KeyFile>,
    /// The tokens that are got for servers behind.
    pub granted: Vec<Granted>,
    /// Where people log in at built-in issuers, besides with a password.
    pub logins: Vec<LoginAt>,
    /// The servers of others, in the order of the configuration; in the fleet they come behind ours.
    pub elsewhere: Vec<Elsewhere>,
    /// How the servers are served, in the order of the configuration, which is that of the fleet.
    pub serving: Serving,
    /// Everything that was found, the worst first.
    pub findings: Vec<Finding>,
}

impl Assessment {
    /// The servers of a proved fleet that are served here, and how. Those of others come behind them.
    pub(crate) fn served<'a>(
        &'a self,
        fleet: &Fleet,
    ) -> impl Iterator<Item = (Server, &'a Served)> + use<'a> {
        let servers: Vec<_> = fleet.servers().take(self.serving.servers.len()).collect();
        servers.into_iter().zip(&self.serving.servers)
    }

    /// The servers of a proved fleet that others serve.
    pub(crate) fn elsewhere<'a>(
        &'a self,
        fleet: &Fleet,
    ) -> impl Iterator<Item = (Server, &'a Elsewhere)> + use<'a> {
        let servers: Vec<_> = fleet.servers().skip(self.serving.servers.len()).collect();
        servers.into_iter().zip(&self.elsewhere)
    }
}

/// A part of the configuration in the core's words, with the places that its values come from.
struct Draft {
    servers: Vec<DraftServer>,
    issuers: Vec<DraftIssuer>,
}

struct DraftServer {
    spec: ServerSpec,
    name_at: Span,
    /// Where the identifier stands; the name, where it follows from that.
    resource_at: Span,
    aliases_at: Vec<Span>,
    tier_at: Span,
    mode_at: Span,
    until: Option<String>,
}

struct DraftIssuer {
    spec: IssuerSpec,
    name: String,
    /// None for a built-in issuer, which stands nowhere in the file.
    origin: Option<Origin>,
    /// What it is, where it is ours.
    built_in: Option<BuiltIn>,
    /// How it is asked about its tokens, where it is.
    asked: Option<Asked>,
    /// Where its keys are, where it is not asked for them.
    key_file: Option<KeyFile>,
}

/// Where the parts of a configured issuer stand.
struct Origin {
    name_at: Span,
    url_at: Span,
    provider: Option<(&'static warded_core::provider::Preset, Span)>,
    companions_at: Vec<Span>,
    audiences_at: Vec<Span>,
    lifetime_at: Option<Span>,
}

/// Assesses a configuration as of `now`.
pub fn assess(config: &Config, now: UnixTime) -> Assessment {
    let mut findings = Vec::new();
    let mut public_url = PublicUrl::of(config, &mut findings);
    let logins = logins::draft(config, &mut findings);
    let issuers = issuers::draft(config, &mut public_url, &mut findings);
    findings.extend(issuers::tiers_twice(config));
    let draft = servers::draft(config, issuers, &mut public_url, &mut findings);
    let serving = Serving::draft(config, &mut findings);
    let elsewhere = elsewhere::draft(config, &mut findings);
    exchange::doubt(&draft, &serving, &elsewhere, &mut findings);
    if draft.servers.is_empty() && findings.is_empty() {
        let finding = Finding::new(&table::LIST_EMPTY, "`servers` is empty: there is nothing to prove");
        findings.push(finding.help("Describe at least one server under `servers`: `NAME: {}` is enough where there is a `public_url`."));
    }
    // Doubts about what is half read would mislead.
    if findings.iter().all(|finding| finding.rule.severity < Severity::High) {
        warnings::find(&draft, &serving, now, &mut findings);
        places::find(&draft, serving.servers.len(), &mut findings);
        let served = draft.servers.iter().take(serving.servers.len());
        serving.doubt(served.map(|server| &server.spec), &mut findings);
        let offered: Vec<_> = draft.issuers.iter().filter_map(|issuer| issuer.built_in.as_ref()).collect();
        findings.extend(logins::unused(config, &offered));
    }
    let is_read = findings.iter().all(|finding| finding.rule.severity < Severity::High);
    let resolved = if is_read { onward::resolve(&draft, &serving, &mut findings) } else { Vec::new() };
    let issuer_names = draft.issuers.iter().map(|issuer| issuer.name.clone()).collect();
    // A half-read configuration proves nothing, and what it seems to prove would mislead.
    let is_whole = findings.iter().all(|finding| finding.rule.severity < Severity::High);
    let fleet = is_whole.then(|| prove(&draft, &mut findings)).flatten();
    // What opens more than one server behind is no better than what opens more than one of ours.
    let proved = fleet.and_then(|fleet| onward::prove(fleet, &resolved, &mut findings));
    let (fleet, granted) = proved.map_or_else(Default::default, |(fleet, granted)| (Some(fleet), granted));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.rule.severity));
    let asked = draft.issuers.iter().filter_map(|issuer| issuer.asked.clone()).collect();
    let key_files = draft.issuers.iter().filter_map(|issuer| issuer.key_file.clone()).collect();
    let built_in = draft.issuers.iter().filter_map(|issuer| issuer.built_in.clone()).collect();
    Assessment {
        fleet,
        issuer_names,
        built_in,
        asked,
        key_files,
        granted,
        logins,
        elsewhere,
        serving,
        findings,
    }
}

fn prove(draft: &Draft, findings: &mut Vec<Finding>) -> Option<Fleet> {
    let servers = draft.servers.iter().map(|server| server.spec.clone()).collect();
    let issuers = draft.issuers.iter().map(|issuer| issuer.spec.clone()).collect();
    match Fleet::prove(servers, issuers) {
        Ok(fleet) => Some(fleet),
        Err(conflicts) => {
            findings.extend(conflicts.iter().map(|conflict| conflicts::explain(conflict, draft)));
            None
        }
    }
}

/// A text that is not the URL that it should be: which part is wrong, and what was probably meant.
fn wrong_url(rule: &'static Rule, url: &Located<String>, what: &str, error: &InvalidResourceUri) -> Finding {
    let (flaw, written) = (error.flaw(), &url.value);
    let message = format!("`{}` is not {what}: the {} {}", written.escape_debug(), flaw.part(), flaw.why());
    let finding = Finding::new(rule, message).at(url.span, "this URL");
    let with_scheme = format!("https://{written}");
    match error.suggestion() {
        Some(meant) => finding.help(format!("Did you mean `{meant}`?")),
        None if flaw == Flaw::NotAbsolute && ResourceUri::parse(&with_scheme).is_ok() => {
            finding.help(format!("Did you mean `{with_scheme}`?"))
        }
        None => finding,
    }
}

/// A clause of the core as a sentence.
fn sentence(clause: &str) -> String {
    let mut rest = clause.chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(rest).chain(['.']).collect()
}

/// 1 to 63 lower-case letters, digits, `-` and `_`, beginning with a letter or digit.
fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.bytes().next().is_some_and(is_letter)
        && text.bytes().all(|byte| is_letter(byte) || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;

    #[test]
    fn no_server_is_left_out_in_silence() {
        // Together with the longer name, the identifier would be longer than one may be.
        let source = format!(
            "public_url: https://mcp.example.com/{}
servers:
  a: {{ issuers: [corp] }}
  {}: {{ issuers: [corp] }}
  c: {{ issuers: [corp], resource: https://c.example.com/mcp }}
  d: {{ issuers: [corp], resource: https://d.example.com/mcp }}
issuers:
  corp: {{ url: https://login.example.com, audiences: {{ c: [client-of-c] }} }}
",
            "p".repeat(1990),
            "b".repeat(60),
        );
        let assessment = assess(&load(&source).unwrap(), UnixTime::from_seconds(0));
        let codes: Vec<_> = assessment.findings.iter().map(|finding| finding.rule.code).collect();
        assert_eq!(codes, ["resource-invalid"]);
        assert!(assessment.fleet.is_none());
    }
}
