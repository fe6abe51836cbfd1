//! Who asks? A client as one issuer knows it, and how it shows who it is (RFC 6749 §2.3, RFC 7591 §2, RFC 7523 §2.2).

use std::{fmt, sync::Arc};

use warded_core::{Issuer, metadata::AuthorizationServer};
use zeroize::Zeroizing;

use super::{ClientKey, ObtainFailed};
use crate::{fetch::Outgoing, unsaid::Unsaid};

/// A client of one issuer. Its credentials are shown to no other. Two are equal that show the same in the same way.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    id: String,
    issuer: Issuer,
    authentication: Authentication,
}

/// How a client shows at the token endpoint who it is.
#[derive(Clone, PartialEq, Eq)]
enum Authentication {
    /// It says its name; PKCE shows that it is the one that began.
    None,
    /// RFC 6749 §2.3.1, in the header.
    Basic(Zeroizing<String>),
    /// RFC 6749 §2.3.1, in the form.
    Post(Zeroizing<String>),
    /// RFC 7523 §2.2: it signs for each request that it is the one.
    Key(Arc<ClientKey>),
}

pub(crate) const NONE: &str = "none";
pub(crate) const BASIC: &str = "client_secret_basic";
pub(crate) const POST: &str = "client_secret_post";
pub(crate) const KEY: &str = "private_key_jwt";

impl Client {
    /// A client without a secret.
    pub fn public(id: impl Into<String>, issuer: Issuer) -> Self {
        Self { id: id.into(), issuer, authentication: Authentication::None }
    }

    /// A client that shows its secret in the header (`client_secret_basic`): its operator says so.
    pub fn with_secret_in_header(id: impl Into<String>, secret: Zeroizing<String>, issuer: Issuer) -> Self {
        Self { id: id.into(), issuer, authentication: Authentication::Basic(secret) }
    }

    /// A client that shows its secret in the form (`client_secret_post`): its operator says so.
    pub fn with_secret_in_form(id: impl Into<String>, secret: Zeroizing<String>, issuer: Issuer) -> Self {
        Self { id: id.into(), issuer, authentication: Authentication::Post(secret) }
    }

    /// A client that has a key and no secret (`private_key_jwt`).
    pub fn with_key(id: impl Into<String>, key: ClientKey, issuer: Issuer) -> Self {
        Self { id: id.into(), issuer, authentication: Authentication::Key(Arc::new(key)) }
    }

    /// A client with a secret, in a way that the issuer accepts. RFC 8414 §2: where it does not say, that is Basic.
    pub fn confidential(
        id: impl Into<String>,
        secret: Zeroizing<String>,
        issuer: Issuer,
        server: &AuthorizationServer,
    ) -> Result<Self, ObtainFailed> {
        let authentication = match server.token_endpoint_auth_methods_supported.as_deref() {
            None => Authentication::Basic(secret),
            Some(methods) if methods.iter().any(|method| method == BASIC) => Authentication::Basic(secret),
            Some(methods) if methods.iter().any(|method| method == POST) => Authentication::Post(secret),
            // The issuer takes no secrets, so it gets none.
            Some(methods) if methods.iter().any(|method| method == NONE) => Authentication::None,
            Some(_) => return Err(ObtainFailed::Authentication),
        };
        Ok(Self { id: id.into(), issuer, authentication })
    }

    /// A client as its registration says (RFC 7591 §3.2.1); where that is silent, as with [`Self::confidential`].
    pub(crate) fn registered(
        id: String,
        secret: Option<Zeroizing<String>>,
        method: Option<&str>,
        issuer: Issuer,
        server: &AuthorizationServer,
    ) -> Result<Self, ObtainFailed> {
        let authentication = match (method, secret) {
            (Some(NONE), _) | (None, None) => Authentication::None,
            (Some(BASIC), Some(secret)) => Authentication::Basic(secret),
            (Some(POST), Some(secret)) => Authentication::Post(secret),
            (None, Some(secret)) => return Self::confidential(id, secret, issuer, server),
            (Some(_), _) => return Err(ObtainFailed::Authentication),
        };
        Ok(Self { id, issuer, authentication })
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who knows it by that name.
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Signs a token request. Only the issuer that knows the client gets to see its credentials: an issuer that a
    /// server names later must not harvest those of the one before. Beside the request stands what of it nobody may
    /// repeat.
    pub(crate) fn sign(
        &self,
        form: &[(&str, &str)],
        asked: &Issuer,
    ) -> Result<(Outgoing, Unsaid), ObtainFailed> {
        if self.issuer != *asked {
            return Err(ObtainFailed::ClientOfAnotherIssuer {
                registered: self.issuer.clone(),
                asked: asked.clone(),
            });
        }
        let mut form = form.to_vec();
        Ok(match &self.authentication {
            Authentication::Basic(secret) => {
                let unsaid = Unsaid::of(&form, Some(secret));
                (Outgoing::form(form).basic(&self.id, secret), unsaid)
            }
            Authentication::Post(secret) => {
                form.extend([("client_id", self.id.as_str()), ("client_secret", secret.as_str())]);
                both(form)
            }
            Authentication::Key(key) => {
                let assertion = key.assertion(&self.id, &self.issuer)?;
                form.extend([
                    ("client_id", self.id.as_str()),
                    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                    ("client_assertion", assertion.as_str()),
                ]);
                both(form)
            }
            Authentication::None => {
                form.push(("client_id", &self.id));
                both(form)
            }
        })
    }
}

fn both(form: Vec<(&str, &str)>) -> (Outgoing, Unsaid) {
    let unsaid = Unsaid::of(&form, None);
    (Outgoing::form(form), unsaid)
}

/// Says who it is, never how it shows it.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.authentication {
            Authentication::None => NONE,
            Authentication::Basic(_) => BASIC,
            Authentication::Post(_) => POST,
            Authentication::Key(_) => KEY,
        };
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .field("way", &way)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(methods: Option<&[&str]>) -> Result<String, ObtainFailed> {
        let mut server = AuthorizationServer::default();
        server.token_endpoint_auth_methods_supported =
            methods.map(|methods| methods.iter().map(|method| (*method).to_owned()).collect());
        let issuer = Issuer::parse("https://login.example.com").unwrap();
        let secret = Zeroizing::new("MARKED-secret".to_owned());
        Client::confidential("me", secret, issuer, &server).map(|client| format!("{client:?}"))
    }

    #[test]
    fn a_secret_is_shown_in_a_way_that_the_issuer_accepts() {
        assert!(way(None).unwrap().contains(BASIC));
        assert!(way(Some(&[POST, BASIC])).unwrap().contains(BASIC));
        assert!(way(Some(&["private_key_jwt", POST])).unwrap().contains(POST));
        assert!(way(Some(&[NONE])).unwrap().contains(NONE));
        assert_eq!(way(Some(&["private_key_jwt"])), Err(ObtainFailed::Authentication));
    }

    #[test]
    fn a_client_shows_itself_to_its_own_issuer_only() {
        let issuer = |text| Issuer::parse(text).unwrap();
        let registered = issuer("https://login.example.com");
        let client = Client::public("me", registered.clone());
        assert!(client.sign(&[], &registered).is_ok());
        for other in ["https://login.example.com/", "https://evil.example", "https://login.example.com:8443"]
        {
            let error = client.sign(&[], &issuer(other)).unwrap_err();
            let (registered, asked) = (registered.clone(), issuer(other));
            assert_eq!(error, ObtainFailed::ClientOfAnotherIssuer { registered, asked });
        }
    }

    #[test]
    fn a_secret_stands_in_no_description() {
        assert!(!way(None).unwrap().contains("MARKED"));
    }

    #[test]
    fn a_registration_says_how_its_client_authenticates() {
        let issuer = || Issuer::parse("https://login.example.com").unwrap();
        let secret = || Some(Zeroizing::new("s".to_owned()));
        let registered = |secret, method| {
            Client::registered("me".to_owned(), secret, method, issuer(), &AuthorizationServer::default())
                .map(|client| format!("{client:?}"))
        };
        assert!(registered(secret(), Some(NONE)).unwrap().contains(NONE));
        assert!(registered(secret(), Some(POST)).unwrap().contains(POST));
        assert!(registered(secret(), None).unwrap().contains(BASIC));
        assert!(registered(None, None).unwrap().contains(NONE));
        assert_eq!(registered(None, Some(BASIC)), Err(ObtainFailed::Authentication));
        assert_eq!(registered(secret(), Some("tls_client_auth")), Err(ObtainFailed::Authentication));
    }
}
