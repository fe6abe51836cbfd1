//! `warded check`: proves from the configuration that no token is admitted at two servers.

use std::{
    cmp::Reverse,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use warded_core::{Server, UnixTime};

use super::up::{certificates, key_files, outward, policies};
use crate::{
    cli::{Answer, Format, Global},
    config::{
        self,
        fleet::{Assessment, assess},
    },
    finding::{Finding, Rule, Severity},
    report,
};

/// Servers that the summary lists; a fleet may have thousands.
const LISTED_SERVERS: usize = 25;
/// Findings that are shown in full.
const SHOWN_FINDINGS: usize = 50;

/// Prove from the configuration that no token is admitted at two servers
///
/// Reads the configuration, then proves the fleet disjoint: for each issuer no audience is admitted at two servers,
/// directly, by alias, by extra audience, by canonical form or by companion. Otherwise it names both servers, both
/// lines and the value.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded check
  warded check fleet/warded.yaml
  warded check --format json | jq '.findings[].code'
  warded check --accept provider-caution,plain-http")]
pub(crate) struct Check {
    /// The configuration file [default: that of --config, or warded.yaml]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Findings that are known and accepted, by code; those of severity high and critical cannot be
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = acceptable)]
    accept: Vec<&'static str>,
}

fn acceptable(code: &str) -> Result<&'static str, String> {
    match Rule::find(code).or_else(|| Rule::of_policy(code)) {
        None => Err("there is no such finding; `warded explain` lists them".to_owned()),
        Some(rule) if rule.severity >= Severity::High => {
            Err(format!("it is {}: correct it instead", rule.severity.name()))
        }
        Some(rule) => Ok(rule.code),
    }
}

impl Check {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> Answer {
        let path = self.file.as_deref().unwrap_or(global.config());
        let mut source = String::new();
        let (assessment, mut findings) = match config::read(path).and_then(|text| {
            source = text;
            config::load(&source)
        }) {
            Ok(config) => {
                let mut assessment = assess(&config, now);
                let mut findings = std::mem::take(&mut assessment.findings);
                let folder = path.parent().unwrap_or(Path::new(""));
                findings.extend(outward::flaws(&assessment.serving.outward, folder));
                let tls = assessment.serving.tls.as_ref();
                findings.extend(tls.map(|tls| certificates::flaws(tls, folder)).unwrap_or_default());
                findings.extend(key_files::flaws(&assessment.key_files, folder));
                findings.extend(policies::findings(&assessment, folder));
                findings.sort_by_key(|finding| Reverse(finding.rule.severity));
                (Some(assessment), findings)
            }
            Err(finding) => (None, vec![*finding]),
        };
        findings.retain(|finding| !self.accept.contains(&finding.rule.code));
        let exit = exit_code(&findings);
        let text = match global.format {
            Format::Json => as_json(path, &source, assessment.as_ref(), &findings),
            Format::Text => as_text(path, &source, assessment.as_ref(), &findings, global.quiet),
        };
        Answer { text, exit }
    }
}

fn exit_code(findings: &[Finding]) -> u8 {
    if findings.iter().any(|finding| finding.rule.fatal) {
        return 1;
    }
    findings.iter().map(|finding| finding.rule.severity.exit_code()).max().unwrap_or(0)
}

fn as_json(path: &Path, source: &str, assessment: Option<&Assessment>, findings: &[Finding]) -> String {
    let fleet = assessment.and_then(|assessment| assessment.fleet.as_ref());
    let row = |server: Server| {
        let issuers: Vec<_> = server.issuers().map(|issuer| issuer.url.as_str()).collect();
        json!({ "name": server.name(), "resource": server.resource().as_str(), "issuers": issuers })
    };
    let proved = || assessment.zip(fleet);
    let servers: Vec<_> = proved()
        .into_iter()
        .flat_map(|(assessment, fleet)| assessment.served(fleet))
        .map(|(server, _)| row(server))
        .collect();
    let resources: Vec<_> = proved()
        .into_iter()
        .flat_map(|(assessment, fleet)| assessment.elsewhere(fleet))
        .map(|(server, _)| row(server))
        .collect();
    let answer = json!({
        "file": path.display().to_string(),
        "disjoint": fleet.is_some(),
        "servers": servers,
        "resources": resources,
        "findings": report::json(findings, source),
    });
    report::document(&answer)
}

fn as_text(
    path: &Path,
    source: &str,
    assessment: Option<&Assessment>,
    findings: &[Finding],
    quiet: bool,
) -> String {
    let name = path.display().to_string();
    let mut text = String::new();
    for finding in findings.iter().take(SHOWN_FINDINGS) {
        text += &report::plain(finding, &name, source);
        text += "\n\n";
    }
    if let Some(more @ 1..) = findings.len().checked_sub(SHOWN_FINDINGS) {
        text += &format!("... and {more} more findings; `--format json` has them all\n\n");
    }
    if quiet {
        return text;
    }
    match assessment.and_then(|assessment| Some((assessment, assessment.fleet.as_ref()?))) {
        Some((assessment, fleet)) => text + &proved(&name, assessment, fleet),
        None => text + &format!("{name}: not proved; {}\n", count(findings)),
    }
}

fn count(findings: &[Finding]) -> String {
    let of = |wanted: &dyn Fn(Severity) -> bool, word: &str| {
        let count = findings.iter().filter(|finding| wanted(finding.rule.severity)).count();
        (count > 0).then(|| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
    };
    let counts = [
        of(&|severity| severity >= Severity::High, "error"),
        of(&|severity| severity == Severity::Medium, "warning"),
        of(&|severity| severity == Severity::Note, "note"),
    ];
    counts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn proved(name: &str, assessment: &Assessment, fleet: &warded_core::Fleet) -> String {
    let servers: Vec<_> = fleet.servers().collect();
    let mut rows = vec![["SERVER", "IDENTIFIER", "TRUSTS"].map(str::to_owned).to_vec()];
    for server in servers.iter().take(LISTED_SERVERS) {
        let issuers = server.spec().issuers.iter().filter_map(|at| assessment.issuer_names.get(*at));
        let trusts = issuers.cloned().collect::<Vec<_>>().join(", ");
        rows.push(vec![server.name().to_owned(), server.resource().to_string(), trusts]);
    }
    let mut text = report::table(&rows);
    if let Some(more @ 1..) = servers.len().checked_sub(LISTED_SERVERS) {
        text += &format!("... and {more} more\n");
    }
    let elsewhere = assessment.elsewhere.len();
    let count = servers.len().saturating_sub(elsewhere);
    let mut servers = format!("{count} server{}", if count == 1 { "" } else { "s" });
    if elsewhere > 0 {
        servers += &format!(", {elsewhere} resource{}", if elsewhere == 1 { "" } else { "s" });
    }
    let issuers = format!(
        "{} issuer{}",
        assessment.issuer_names.len(),
        if assessment.issuer_names.len() == 1 { "" } else { "s" }
    );
    text + &format!(
        "\n{}\n",
        report::heading(&format!("{name}: {servers}, {issuers}: no token is admitted at two servers."))
    )
}
