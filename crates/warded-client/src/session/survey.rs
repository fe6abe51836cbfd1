//! What would a session do, and what does it hold? For whoever explains a session and does not want to guess.

use std::sync::Arc;

use warded_core::Scopes;

use super::{Inner, Session, SessionFailed, Want};
use crate::{
    challenge::Challenge,
    discover::Discovered,
    register::{self, Given, RegisterFailed},
    tokens::{Place, Record},
};

/// What a session would do at the issuer that was discovered. Nothing was asked of anybody.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Survey {
    /// Where tokens would come from, and for what.
    pub place: Place,
    /// As whom the session would speak.
    pub standing: Standing,
    /// What it would ask for.
    pub scopes: Scopes,
}

/// As whom a session would speak to an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// As a client that was registered beforehand.
    Given {
        /// Its id.
        id: String,
    },
    /// As the URL of a description of itself.
    Document {
        /// The URL.
        url: String,
    },
    /// As it registered itself before.
    Registered {
        /// Its id.
        id: String,
    },
    /// It would register itself.
    Unregistered {
        /// Where.
        endpoint: String,
        /// How it would authenticate afterwards.
        method: &'static str,
    },
    /// As nobody: the issuer registers no clients, and none was given.
    Nobody,
}

impl Session {
    /// What would be done at this issuer: the same decisions that a login stands on, and none of its requests.
    pub fn survey(
        &self,
        discovered: &Discovered,
        challenge: Option<&Challenge>,
    ) -> Result<Survey, SessionFailed> {
        let inner = &self.0;
        let place = inner.place(discovered)?;
        let scopes = inner.scopes(discovered, None, &Want::Token(challenge.cloned()))?;
        let standing = inner.standing(discovered, &place)?;
        Ok(Survey { place, standing, scopes })
    }

    /// The token at hand, if a request has needed one so far; also one that was refused.
    pub fn held(&self) -> Option<Arc<Record>> {
        self.0.at_hand().0
    }
}

impl Inner {
    fn standing(&self, discovered: &Discovered, place: &Place) -> Result<Standing, SessionFailed> {
        if let Some(client) = self.given(discovered)? {
            let id = client.id().to_owned();
            return Ok(match &self.asked.given {
                Given::Document { .. } => Standing::Document { url: id },
                _ => Standing::Given { id },
            });
        }
        if let Some(registration) = self.store.registration(place, self.clock.now())? {
            return Ok(Standing::Registered { id: registration.id().to_owned() });
        }
        Ok(match &discovered.server.registration_endpoint {
            Some(endpoint) => {
                let offered = discovered.server.token_endpoint_auth_methods_supported.as_deref();
                Standing::Unregistered {
                    endpoint: endpoint.clone(),
                    method: register::method(offered).map_err(RegisterFailed::from)?,
                }
            }
            None => Standing::Nobody,
        })
    }
}
