//! Where may people log in, besides here?

use std::fmt;

use warded_core::Issuer;
use zeroize::Zeroizing;

use super::{Admit, Admitted};

/// Where providers live that say otherwise than others to which organisation somebody belongs.
const GOOGLE_HOST: &str = "accounts.google.com";
const ENTRA_HOST: &str = "login.microsoftonline.com";

/// Longest name of a provider.
const MAX_NAME_BYTES: usize = 32;

/// Somebody who says who a person is. Nothing else is asked there, and nothing of what is said goes on.
#[derive(Clone, PartialEq, Eq)]
pub struct Provider {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) kind: ProviderKind,
    pub(crate) client_id: String,
    pub(crate) secret: Zeroizing<String>,
    pub(crate) admit: Admit,
}

/// How a provider is asked who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks looks at each")]
pub enum ProviderKind {
    /// By OpenID Connect, at this issuer.
    OpenId {
        /// Its identifier.
        issuer: Issuer,
        /// Which of its claims says who it is.
        naming: Naming,
    },
    /// By what GitHub has instead.
    GitHub {
        /// Where people log in: `https://github.com`, or a server of one's own.
        site: Issuer,
        /// Where it says who it was: `https://api.github.com`, or `/api/v3` of that server.
        api: Issuer,
    },
}

/// Which claims of an ID token name a person for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks looks at each")]
pub enum Naming {
    /// `sub`, as OpenID Connect says.
    Subject,
    /// `sub`; and `hd` says to which organisation of Google's the account belongs.
    Google,
    /// `oid` of the tenant that the issuer's URL names: `sub` is another one for each application.
    Entra,
}

/// Why people cannot log in there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProvider {
    /// A name that cannot stand in a URL of ours.
    #[error(
        "the name of a login has 1 to {MAX_NAME_BYTES} characters of `a-z`, `0-9` and `-`; `local` is the login with a password"
    )]
    Name,
    /// No such kind.
    #[error("there is no such kind of login; it is `openid`, `keycloak`, `google`, `entra` or `github`")]
    Kind,
    /// Nobody knows where it is.
    #[error("the login needs its `url`: the issuer's identifier, byte for byte")]
    UrlMissing,
    /// An issuer for the accounts of everybody, which says so in no token.
    #[error(
        "the `url` of Entra names one tenant by its id: `https://login.microsoftonline.com/TENANT-ID/v2.0`"
    )]
    Tenant,
    /// GitHub's API has no place that follows from the URL.
    #[error("the `url` of GitHub is `https://github.com`, or the origin of a server of one's own")]
    Site,
    /// Nobody knows who we are there.
    #[error("the login needs a `client_id` and a `client_secret`")]
    Client,
    /// An entry that can be nobody's.
    #[error("`{0}` in `admit` is no subject, domain or organisation")]
    Listed(String),
    /// Something that this kind of provider does not say about anybody.
    #[error("`{0}` is nothing that this kind of login says of a person")]
    Admit(&'static str),
}

impl Provider {
    /// A provider that can be asked.
    pub fn new(
        name: &str,
        title: &str,
        kind: ProviderKind,
        client_id: &str,
        secret: Zeroizing<String>,
        admit: Admit,
    ) -> Result<Self, InvalidProvider> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(fits) || name == "local" {
            return Err(InvalidProvider::Name);
        }
        if client_id.is_empty() || secret.is_empty() {
            return Err(InvalidProvider::Client);
        }
        if let Some(unsaid) = admit.listed().find_map(|admitted| kind.never_says(admitted)) {
            return Err(InvalidProvider::Admit(unsaid));
        }
        if let Some(nobodys) = admit.listed().find(|admitted| !admitted.is_readable()) {
            return Err(InvalidProvider::Listed(nobodys.text().to_owned()));
        }
        let title = if title.trim().is_empty() { name } else { title.trim() };
        let (name, title, client_id) = (name.to_owned(), title.to_owned(), client_id.to_owned());
        Ok(Self { name, title, kind, client_id, secret, admit })
    }

    /// Its name in the configuration, which stands in URLs of ours.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Under which name it vouches for people: the issuer's identifier, or GitHub's site.
    pub fn authority(&self) -> &str {
        self.kind.authority()
    }

    /// Where it sends people back to, at the issuer of this URL: what must be registered there.
    pub fn redirect_uri(&self, issuer: &Issuer) -> String {
        format!("{}/login/{}/callback", issuer.as_str().trim_end_matches('/'), self.name)
    }
}

impl ProviderKind {
    /// The kind that an operator calls so; `url` may be left out where there is only one.
    pub fn named(name: &str, url: Option<Issuer>) -> Result<Self, InvalidProvider> {
        let known = |url: &str| Issuer::parse(url).map_err(|_| InvalidProvider::UrlMissing);
        match name {
            "openid" | "keycloak" => {
                let issuer = url.ok_or(InvalidProvider::UrlMissing)?;
                // Whatever the operator calls them, their addresses prove nothing: a private account may have one at
                // anybody's domain, and keeps it when its owner has left there.
                match issuer.as_str().split_once("://").map(|(_, rest)| rest.split('/').next()) {
                    Some(Some(GOOGLE_HOST)) => Self::named("google", Some(issuer)),
                    Some(Some(ENTRA_HOST)) => Self::named("entra", Some(issuer)),
                    _ => Ok(Self::OpenId { issuer, naming: Naming::Subject }),
                }
            }
            "google" => {
                let issuer = url.map_or_else(|| known("https://accounts.google.com"), Ok)?;
                Ok(Self::OpenId { issuer, naming: Naming::Google })
            }
            "entra" => {
                let issuer = url.ok_or(InvalidProvider::UrlMissing)?;
                tenant(&issuer).ok_or(InvalidProvider::Tenant)?;
                Ok(Self::OpenId { issuer, naming: Naming::Entra })
            }
            "github" => {
                let site = url.map_or_else(|| known("https://github.com"), Ok)?;
                let origin = site.as_str().trim_end_matches('/');
                let has_path = origin.split_once("://").is_none_or(|(_, rest)| rest.contains(['/', '?']));
                if has_path {
                    return Err(InvalidProvider::Site);
                }
                let api = match origin {
                    "https://github.com" => known("https://api.github.com")?,
                    own => known(&format!("{own}/api/v3"))?,
                };
                Ok(Self::GitHub { site: known(origin)?, api })
            }
            _ => Err(InvalidProvider::Kind),
        }
    }

    pub(crate) fn authority(&self) -> &str {
        match self {
            Self::OpenId { issuer, .. } => issuer.as_str(),
            Self::GitHub { site, .. } => site.as_str(),
        }
    }

    /// What this kind of provider says of nobody: a list with it would let nobody in, or whom it must not. An address
    /// at Entra is what the person's own administrator typed, whoever the domain is.
    fn never_says(&self, admitted: &Admitted) -> Option<&'static str> {
        match (self, admitted) {
            (Self::GitHub { .. } | Self::OpenId { naming: Naming::Entra, .. }, Admitted::Domain(_)) => {
                Some("domain")
            }
            (Self::OpenId { .. }, Admitted::Organization(_)) => Some("organization"),
            _ => None,
        }
    }
}

/// The id of the tenant in an issuer of Entra: `common` and its like stand for everybody.
pub(crate) fn tenant(issuer: &Issuer) -> Option<&str> {
    let (_, rest) = issuer.as_str().split_once("://")?;
    let mut parts = rest.split('/');
    let (_host, tenant, version) = (parts.next()?, parts.next()?, parts.next()?);
    let lengths: Vec<usize> = tenant.split('-').map(str::len).collect();
    let is_id = lengths == [8, 4, 4, 4, 12] && tenant.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    (is_id && version == "v2.0" && parts.next().is_none()).then_some(tenant)
}

/// Without the secret.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, kind, id) = (&self.name, &self.kind, &self.client_id);
        f.debug_struct("Provider")
            .field("name", name)
            .field("kind", kind)
            .field("client_id", id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Issuer {
        Issuer::parse(text).unwrap()
    }

    fn provider(kind: &ProviderKind, name: &str, admit: Admit) -> Result<Provider, InvalidProvider> {
        Provider::new(name, "", kind.clone(), "warded", Zeroizing::new("s3cret".into()), admit)
    }

    #[test]
    fn a_name_can_stand_in_a_url_and_the_secret_nowhere() {
        let kind =
            ProviderKind::named("keycloak", Some(url("https://login.example.com/realms/corp"))).unwrap();
        let corp = provider(&kind, "corp-2", Admit::Known).unwrap();
        assert_eq!(
            (corp.title.as_str(), corp.authority()),
            ("corp-2", "https://login.example.com/realms/corp")
        );
        for (issuer, expected) in [
            ("https://mcp.example.com", "https://mcp.example.com/login/corp-2/callback"),
            ("https://mcp.example.com/issuers/x", "https://mcp.example.com/issuers/x/login/corp-2/callback"),
        ] {
            assert_eq!(corp.redirect_uri(&Issuer::parse(issuer).unwrap()), expected);
        }
        assert!(!format!("{corp:?}").contains("s3cret"));
        for name in ["", "Corp", "a/b", "a{b}", "..", "local", "é", &"x".repeat(33)] {
            assert_eq!(provider(&kind, name, Admit::Known), Err(InvalidProvider::Name), "{name}");
        }
        let nobody = Provider::new("corp", "", kind, "", Zeroizing::new("x".into()), Admit::Known);
        assert_eq!(nobody, Err(InvalidProvider::Client));
    }

    #[test]
    fn a_kind_knows_where_it_is_or_asks() {
        let named = |name, at: Option<&str>| ProviderKind::named(name, at.map(url));
        assert_eq!(named("google", None).unwrap().authority(), "https://accounts.google.com");
        assert_eq!(named("github", None).unwrap().authority(), "https://github.com");
        let own = named("github", Some("https://git.example.com/")).unwrap();
        let (site, api) = (url("https://git.example.com"), url("https://git.example.com/api/v3"));
        assert_eq!(own, ProviderKind::GitHub { site, api });
        assert_eq!(named("github", Some("https://git.example.com/x")), Err(InvalidProvider::Site));
        for name in ["openid", "keycloak", "entra"] {
            assert_eq!(named(name, None), Err(InvalidProvider::UrlMissing), "{name}");
        }
        assert_eq!(named("saml", Some("https://a.example")), Err(InvalidProvider::Kind));
        let at = "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0";
        assert!(named("entra", Some(at)).is_ok());
        for everybody in [
            "https://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com/organizations/v2.0",
            "https://sts.windows.net/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/",
            "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0/x",
        ] {
            assert_eq!(named("entra", Some(everybody)), Err(InvalidProvider::Tenant), "{everybody}");
        }
    }

    /// A private account at Google may have an address at anybody's domain, verified for good.
    #[test]
    fn a_provider_whose_addresses_prove_nothing_is_known_by_its_host_too() {
        let tenant = "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0";
        for (name, at, naming) in [
            ("openid", "https://accounts.google.com", Naming::Google),
            ("keycloak", "https://accounts.google.com", Naming::Google),
            ("openid", tenant, Naming::Entra),
            ("openid", "https://accounts.google.com.example.com", Naming::Subject),
        ] {
            let issuer = url(at);
            assert_eq!(
                ProviderKind::named(name, Some(issuer.clone())),
                Ok(ProviderKind::OpenId { issuer, naming }),
                "{name} {at}"
            );
        }
        let common = url("https://login.microsoftonline.com/common/v2.0");
        assert_eq!(ProviderKind::named("openid", Some(common)), Err(InvalidProvider::Tenant));
    }

    #[test]
    fn nobody_is_admitted_for_what_the_provider_does_not_say() {
        let those = |admitted| Admit::Those(vec![admitted]);
        let google = ProviderKind::named("google", None).unwrap();
        let github = ProviderKind::named("github", None).unwrap();
        let at = Some(url("https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0"));
        let entra = ProviderKind::named("entra", at).unwrap();
        let (domain, organization) =
            (Admitted::Domain("example.com".into()), Admitted::Organization("acme".into()));
        assert!(provider(&google, "g", those(domain.clone())).is_ok());
        assert!(provider(&github, "g", those(organization.clone())).is_ok());
        for (kind, admitted, what) in [
            (&google, organization, "organization"),
            (&github, domain.clone(), "domain"),
            (&entra, domain, "domain"),
        ] {
            assert_eq!(provider(kind, "g", those(admitted)), Err(InvalidProvider::Admit(what)));
        }
        for nobody in ["", " ", "@example.com", "ada@example.com", "*.example.com", "exa mple"] {
            let refused = provider(&google, "g", those(Admitted::Domain(nobody.into())));
            assert_eq!(refused, Err(InvalidProvider::Listed(nobody.into())));
        }
        for nobody in ["", "acme/../x", "acme?x", "a b"] {
            let refused = provider(&github, "g", those(Admitted::Organization(nobody.into())));
            assert_eq!(refused, Err(InvalidProvider::Listed(nobody.into())));
        }
        let refused = provider(&github, "g", those(Admitted::Subject(String::new())));
        assert_eq!(refused, Err(InvalidProvider::Listed(String::new())));
    }
}
