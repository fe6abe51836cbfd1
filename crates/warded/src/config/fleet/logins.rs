//! Where people log in: from the operator's words to who is asked there, or to what is wrong with them.

use warded_core::{Issuer as IssuerUrl, provider::Preset};
use warded_issuer::ProviderKind;

use super::{is_name, wrong_url};
use crate::{
    config::{
        BuiltInIssuer, Config, Located, Login, LoginProvider, Span, nearest,
        serving::{SecretPlace, secret_place, title},
    },
    finding::{Finding, table},
};

/// Stands for users of Warded's own, among the names of logins.
pub(super) const LOCAL: &str = "local";

/// Where people log in, besides with a password.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoginAt {
    /// Its name.
    pub name: String,
    /// What stands on the button.
    pub title: String,
    /// Who is asked, and how.
    pub kind: ProviderKind,
    /// Who we are there.
    pub client_id: String,
    /// Where our secret is.
    pub secret: SecretPlace,
    /// Where that is written.
    pub at: Span,
}

/// All that are configured.
pub(super) fn draft(config: &Config, findings: &mut Vec<Finding>) -> Vec<LoginAt> {
    config.logins.iter().filter_map(|(name, login)| one(name, login, findings)).collect()
}

fn one(name: &Located<String>, login: &Login, findings: &mut Vec<Finding>) -> Option<LoginAt> {
    if !is_name(&name.value) {
        let message = format!("`{}` cannot be the name of a login", name.value.escape_debug());
        findings.push(Finding::new(&table::NAME_INVALID, message).at(name.span, "this name"));
    }
    if name.value == LOCAL {
        let message = format!("`{LOCAL}` stands for users of Warded's own, and cannot be another's name");
        let finding = Finding::new(&table::NAME_INVALID, message).at(name.span, "this name");
        findings.push(finding.help("Choose another name."));
    }
    if login.client_id.value.trim().is_empty() {
        let finding = Finding::new(&table::LOGIN_INVALID, "`client_id` is empty");
        findings.push(finding.at(login.client_id.span, "which client?").help("Write its id."));
    }
    // The value is not repeated: it may be the secret itself.
    let secret = secret_place(&login.client_secret.value);
    if secret.is_none() {
        let finding = Finding::new(&table::LOGIN_INVALID, "a secret is given as a reference");
        let finding = finding.at(login.client_secret.span, "not a reference");
        findings.push(finding.help("Write `env:NAME` or `file:PATH`."));
    }
    let shown = title(login.title.as_ref(), findings).unwrap_or_else(|| name.value.clone());
    let kind = kind(name, login, findings);
    Some(LoginAt {
        name: name.value.clone(),
        title: shown,
        kind: kind?,
        client_id: login.client_id.value.clone(),
        secret: secret?,
        at: login.client_secret.span,
    })
}

fn kind(name: &Located<String>, login: &Login, findings: &mut Vec<Finding>) -> Option<ProviderKind> {
    let url = match &login.url {
        None => None,
        Some(url) => match IssuerUrl::parse(&url.value) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                findings.push(wrong_url(&table::LOGIN_INVALID, url, "a provider", &error));
                return None;
            }
        },
    };
    match (login.provider.as_ref().map(|provider| (provider.value, provider.span)), url) {
        (Some((LoginProvider::GitHub, _)), None) => Some(ProviderKind::GitHub {
            site: IssuerUrl::parse("https://github.com").ok()?,
            api: IssuerUrl::parse("https://api.github.com").ok()?,
        }),
        (Some((LoginProvider::GitHub, _)), Some(site)) => {
            let api = format!("{}/api/v3", site.as_str().trim_end_matches('/'));
            let api = IssuerUrl::parse(&api).ok()?;
            Some(ProviderKind::GitHub { site, api })
        }
        (known, Some(issuer)) => {
            if let Some((LoginProvider::Known(preset), at)) = known {
                findings.extend(shape(preset, &issuer, at, login.url.as_ref()));
            }
            Some(ProviderKind::OpenId { issuer })
        }
        (_, None) => {
            let message = format!("nothing says where the login `{}` is", name.value.escape_debug());
            let finding = Finding::new(&table::LOGIN_INVALID, message).at(name.span, "needs `url`");
            findings.push(finding.help("Add `url:` with the provider's issuer, or `provider: github`."));
            None
        }
    }
}

fn shape(preset: &Preset, issuer: &IssuerUrl, at: Span, url: Option<&Located<String>>) -> Option<Finding> {
    if preset.issuer.fits(issuer.as_str()) {
        return None;
    }
    let message = format!("the url of an issuer at {} {}", preset.title, preset.issuer.describe());
    let finding = Finding::new(&table::ISSUER_SHAPE, message);
    Some(finding.at(url?.span, "does not").at(at, "this provider"))
}

/// Where people log in at one issuer: whether with a password, and where else.
pub(super) fn of(
    issuer: &Located<String>,
    written: &BuiltInIssuer,
    config: &Config,
    findings: &mut Vec<Finding>,
) -> (bool, Vec<String>) {
    let all = || config.logins.iter().map(|(name, _)| name.value.as_str());
    let Some(names) = &written.logins else { return (true, all().map(str::to_owned).collect()) };
    if names.is_empty() {
        let finding = Finding::new(&table::LIST_EMPTY, "`logins` is empty, so nobody could log in");
        let finding = finding.at(issuer.span, "at this issuer");
        findings.push(finding.help("Leave it out, or name where people log in: `logins: [local]`."));
    }
    for name in names.iter().filter(|name| name.value != LOCAL && !all().any(|known| known == name.value)) {
        let message = format!("there is no login named `{}`", name.value.escape_debug());
        let finding = Finding::new(&table::LOGIN_UNDEFINED, message).at(name.span, "this name");
        findings.push(match nearest(&name.value, all().chain([LOCAL])) {
            Some(meant) => finding.help(format!("Did you mean `{meant}`?")),
            None => finding,
        });
    }
    let others = names.iter().filter(|name| name.value != LOCAL).map(|name| name.value.clone());
    (names.iter().any(|name| name.value == LOCAL), others.collect())
}

/// Logins that no issuer offers.
pub(super) fn unused<'a>(
    config: &'a Config,
    offered: &'a [&'a super::BuiltIn],
) -> impl Iterator<Item = Finding> + use<'a> {
    let is_used = |name: &str| offered.iter().any(|issuer| issuer.logins.iter().any(|login| login == name));
    config.logins.iter().map(|(name, _)| name).filter(move |name| !is_used(&name.value)).map(|name| {
        let message = format!("nobody logs in at `{}`", name.value.escape_debug());
        Finding::new(&table::LOGIN_UNUSED, message).at(name.span, "unused")
    })
}
