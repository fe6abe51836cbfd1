//! What did an issuer say when the client registered, and does it still hold?

use std::fmt;

use warded_core::{Issuer, UnixTime, metadata::AuthorizationServer};
use zeroize::Zeroizing;

use crate::{
    discover::Discovered,
    obtain::{Client, ObtainFailed, Source},
};

/// What an issuer said when the client registered.
#[derive(Clone)]
pub struct Registration {
    pub(crate) issuer: Issuer,
    /// Where the issuer's tokens came from then.
    pub(crate) token_endpoint: Option<String>,
    pub(crate) id: String,
    pub(crate) secret: Option<Zeroizing<String>>,
    pub(crate) method: Option<String>,
    pub(crate) redirect_uri: String,
    pub(crate) secret_expires: Option<UnixTime>,
}

impl Registration {
    /// The client's id at this issuer.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the client can still speak by it, at this source (RFC 7591 §3.2.1). A secret that was given beside one token
    /// endpoint is not shown at another: whoever has changed the issuer's metadata gets that of a new client.
    pub fn is_good(&self, source: &Source, now: UnixTime) -> bool {
        let is_there = || self.token_endpoint.as_deref() == Some(source.token_endpoint());
        self.issuer == *source.issuer()
            && (self.secret.is_none() || is_there())
            && self.secret_expires.is_none_or(|expires| expires > now)
    }

    /// The client that it describes.
    pub fn client(&self, discovered: &Discovered) -> Result<Client, ObtainFailed> {
        if self.issuer != discovered.issuer {
            let (registered, asked) = (self.issuer.clone(), discovered.issuer.clone());
            return Err(ObtainFailed::ClientOfAnotherIssuer { registered, asked });
        }
        self.client_at(&discovered.server)
    }

    /// The client, as its own issuer's metadata lets it authenticate.
    pub(crate) fn client_at(&self, server: &AuthorizationServer) -> Result<Client, ObtainFailed> {
        let (id, secret, issuer) = (self.id.clone(), self.secret.clone(), self.issuer.clone());
        Client::registered(id, secret, self.method.as_deref(), issuer, server)
    }

    /// Whether its users type codes, and nobody is sent back anywhere.
    #[cfg(feature = "bridge")]
    pub(crate) fn is_for_devices(&self) -> bool {
        self.redirect_uri.is_empty()
    }

    /// The port that its issuer sends people back to.
    #[cfg(feature = "bridge")]
    pub(crate) fn port(&self) -> Option<u16> {
        let rest = self.redirect_uri.strip_prefix("http://127.0.0.1:")?;
        rest.strip_suffix("/callback")?.parse().ok()
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("issuer", &self.issuer)
            .field("id", &self.id)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}
