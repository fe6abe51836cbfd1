//! Where people log in: from the operator's words to who is asked there, or to what is wrong with them.

use warded_core::{Issuer as IssuerUrl, provider::Preset};
use warded_issuer::{Admit, Admitted, InvalidProvider, Naming, Provider, ProviderKind};
use zeroize::Zeroizing;

use super::{is_name, wrong_url};
use crate::{
    config::{
        AdmitThose, AdmitWho, BuiltInIssuer, Config, Located, Login, LoginProvider, Span, nearest,
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
    /// Who may come in.
    pub admit: Admit,
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
    // The value is not repeated: it may be the secret itself.
    let secret = secret_place(&login.client_secret.value);
    if secret.is_none() {
        let finding = Finding::new(&table::LOGIN_INVALID, "a secret is given as a reference");
        let finding = finding.at(login.client_secret.span, "not a reference");
        findings.push(finding.help("Write `env:NAME` or `file:PATH`."));
    }
    let shown = title(login.title.as_ref(), findings).unwrap_or_else(|| name.value.clone());
    let (kind, admit) = (kind(login, name.span, findings)?, admit(login.admit.as_ref()));
    let read = LoginAt {
        name: name.value.clone(),
        title: shown,
        kind,
        client_id: login.client_id.value.clone(),
        admit,
        secret: secret?,
        at: login.client_secret.span,
    };
    // With any secret: what else is wrong shows without the real one.
    if let Err(error) = read.provider(Zeroizing::new("-".to_owned())) {
        let at = if error == InvalidProvider::Client { login.client_id.span } else { name.span };
        findings.push(Finding::new(&table::LOGIN_INVALID, error.to_string()).at(at, "this login"));
    }
    findings.extend(by_address(&read, login.admit.as_ref()));
    Some(read)
}

/// Whether people come in for an address that says nothing of who they are today. Google says whose an account is.
fn by_address(read: &LoginAt, admit: Option<&AdmitWho>) -> Option<Finding> {
    let (ProviderKind::OpenId { naming: Naming::Subject, .. }, Some(AdmitWho::Those(those))) =
        (&read.kind, admit)
    else {
        return None;
    };
    let domain = those.domains.first()?;
    let message =
        format!("an address that was verified once lets people in at `{}`", read.name.escape_debug());
    Some(Finding::new(&table::LOGIN_BY_ADDRESS, message).at(domain.span, "at this domain"))
}

impl LoginAt {
    /// What is asked there, with the secret that was read.
    pub(crate) fn provider(&self, secret: Zeroizing<String>) -> Result<Provider, InvalidProvider> {
        Provider::new(&self.name, &self.title, self.kind.clone(), &self.client_id, secret, self.admit.clone())
    }
}

fn kind(login: &Login, at: Span, findings: &mut Vec<Finding>) -> Option<ProviderKind> {
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
    let name = match login.provider.as_ref().map(|provider| provider.value) {
        Some(LoginProvider::GitHub) => "github",
        Some(LoginProvider::Google) => "google",
        Some(LoginProvider::Known(preset)) if preset.name == "entra" => preset.name,
        Some(LoginProvider::Known(_)) | None => "openid",
    };
    if let (Some(Located { value: LoginProvider::Known(preset), span }), Some(issuer)) =
        (&login.provider, &url)
    {
        findings.extend(shape(preset, issuer, *span, login.url.as_ref()));
    }
    ProviderKind::named(name, url)
        .map_err(|error| {
            let at = login.url.as_ref().map_or(at, |url| url.span);
            let finding = Finding::new(&table::LOGIN_INVALID, error.to_string()).at(at, "this login");
            findings.push(match error {
                InvalidProvider::UrlMissing => {
                    finding.help("Add `url:` with the provider's issuer, or `provider: github` or `google`.")
                }
                _ => finding,
            });
        })
        .ok()
}

fn admit(written: Option<&AdmitWho>) -> Admit {
    match written {
        None | Some(AdmitWho::Known) => Admit::Known,
        Some(AdmitWho::Anyone) => Admit::Anyone,
        Some(AdmitWho::Those(AdmitThose { subjects, domains, organizations })) => {
            let named = |listed: &[Located<String>], of: fn(String) -> Admitted| {
                listed.iter().map(|text| of(text.value.clone())).collect::<Vec<_>>()
            };
            let listed = [
                named(subjects, Admitted::Subject),
                named(domains, Admitted::Domain),
                named(organizations, Admitted::Organization),
            ];
            Admit::Those(listed.concat())
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
