//! Where is an OpenID provider asked? Where its metadata says (OpenID Connect Discovery §3, RFC 8414 §2).

use std::sync::Arc;

use tokio::sync::Mutex;
use warded_client::{
    discover::provider_metadata,
    fetch::{Fetch, Target},
};
use warded_core::{Clock, Issuer, ResourceUri, UnixTime, metadata::AuthorizationServer};

use super::ProviderFailed;

/// For how many seconds metadata is good, and for how many its absence: a flood of logins asks no more often.
const LASTS: i64 = 60 * 60;
const ABSENCE_LASTS: i64 = 5;

/// What the metadata of a provider says that a login needs.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// Where people log in.
    pub(super) authorization: String,
    /// Where codes are redeemed.
    pub(super) token: Target,
    /// Where it says more of somebody; none where that cannot be asked.
    pub(super) userinfo: Option<Target>,
    /// Whether it names itself in what the browser brings back (RFC 9207 §3).
    pub(super) names_itself: bool,
    /// Whether our secret goes into the form: the header is what everybody must know, and some say they do not.
    pub(super) secret_in_form: bool,
}

/// The metadata of one provider, looked up when it is needed.
#[derive(Debug)]
pub(super) struct Directory {
    issuer: Issuer,
    configured: ResourceUri,
    fetch: Fetch,
    clock: Arc<dyn Clock>,
    found: Mutex<Option<(Result<Places, ProviderFailed>, UnixTime)>>,
}

impl Directory {
    pub(super) fn new(issuer: &Issuer, fetch: Fetch, clock: Arc<dyn Clock>) -> Option<Self> {
        let configured = ResourceUri::parse(issuer.as_str()).ok()?;
        Some(Self { issuer: issuer.clone(), configured, fetch, clock, found: Mutex::default() })
    }

    /// Where to ask. One login looks, and the others wait.
    pub(super) async fn places(&self) -> Result<Places, ProviderFailed> {
        let mut found = self.found.lock().await;
        if let Some((places, at)) = &*found {
            let lasts = if places.is_ok() { LASTS } else { ABSENCE_LASTS };
            if (0..lasts).contains(&self.clock.now().since(*at)) {
                return places.clone();
            }
        }
        let places = self.look().await;
        *found = Some((places.clone(), self.clock.now()));
        places
    }

    async fn look(&self) -> Result<Places, ProviderFailed> {
        let metadata = provider_metadata(&self.fetch, &self.issuer, Some(&self.configured)).await?;
        let metadata = metadata.ok_or_else(|| ProviderFailed::Silent(self.issuer.clone()))?;
        let methods = metadata.token_endpoint_auth_methods_supported.iter().flatten();
        let methods: Vec<&str> = methods.map(String::as_str).collect();
        let knows = |method| methods.contains(&method);
        Ok(Places {
            secret_in_form: knows("client_secret_post") && !knows("client_secret_basic"),
            names_itself: metadata.authorization_response_iss_parameter_supported == Some(true),
            // A browser opens it with its user's cookies, so what somebody else's metadata may name is bounded.
            authorization: {
                let target = self.beside(&metadata, "authorization_endpoint")?;
                self.fetch.vet(&target)?;
                target.as_str().to_owned()
            },
            token: self.beside(&metadata, "token_endpoint")?,
            userinfo: metadata
                .other
                .get("userinfo_endpoint")
                .and_then(|url| Target::beside(url.as_str()?, &self.configured).ok()),
        })
    }

    /// The operator wrote the issuer down, so its origin may be private; an endpoint elsewhere is only its word.
    fn beside(&self, metadata: &AuthorizationServer, member: &'static str) -> Result<Target, ProviderFailed> {
        let url = match member {
            "token_endpoint" => &metadata.token_endpoint,
            _ => &metadata.authorization_endpoint,
        };
        let url = url.as_deref().ok_or(ProviderFailed::Endpoint(member))?;
        Target::beside(url, &self.configured).map_err(|_| ProviderFailed::Endpoint(member))
    }
}
