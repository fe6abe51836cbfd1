//! What would a session do, and what does it hold? For whoever explains a session and does not want to guess.

use std::sync::Arc;

use http::HeaderMap;
use warded_core::Scopes;

use super::{Grant, Inner, LOGINS, Session, SessionFailed, Spent, Want, Way, possession::Proofs};
use crate::{
    challenge::Challenge,
    channel::{Channel, Message},
    discover::Discovered,
    fetch::Streamed,
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
    /// Whether the token would be bound to a key.
    pub is_bound: bool,
    /// The endpoints that it would need and that the issuer does not name.
    pub lacks: Vec<&'static str>,
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
    /// As nobody: the client cannot register itself, and none was given.
    Nobody,
}

impl Session {
    /// What would be done at this issuer after this answer of the server: the same decisions that a login stands on, and
    /// none of its requests.
    pub fn survey(&self, discovered: &Discovered, answer: &HeaderMap) -> Result<Survey, SessionFailed> {
        let inner = &self.0;
        let challenge = Challenge::find(answer)?;
        let proofs = Proofs::of(answer)?.settle(discovered)?;
        let place = inner.place(discovered)?;
        let scopes = inner.scopes(discovered, None, &Want { challenge, ..Want::default() })?;
        let standing = inner.standing(discovered, &place)?;
        let is_bound = proofs == Proofs::Demanded || (proofs == Proofs::Taken && !inner.asked.bearer);
        Ok(Survey { place, standing, scopes, is_bound, lacks: inner.lacks(discovered) })
    }

    /// The way to the server, with what goes with each request there. Whoever looks for a fault sends by it what has no token
    /// yet.
    pub fn channel(&self) -> &Channel {
        &self.0.channel
    }

    /// Sends a request with a token that is kept, or that comes for one that is kept; none is asked for on anybody's
    /// behalf, not even on the client's own.
    pub async fn send_with_kept(&self, message: &Message) -> Result<Streamed, SessionFailed> {
        self.send_with(message, Spent { logins: LOGINS, unattended: true, ..Spent::default() }).await
    }

    /// The token at hand, if a request has needed one so far; also one that was refused.
    pub fn held(&self) -> Option<Arc<Record>> {
        self.0.at_hand(self.0.behalf().as_ref()).0
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
        // Nobody vouches for a client that registers itself and speaks for itself.
        if !matches!(self.asked.grant, Grant::User(_)) {
            return Ok(Standing::Nobody);
        }
        if let Some(registration) = self.store.registration(place, self.prover.clock().now())? {
            return Ok(Standing::Registered { id: registration.id().to_owned() });
        }
        let Some(endpoint) = discovered.server.registration_endpoint.clone() else {
            return Ok(Standing::Nobody);
        };
        let offered = discovered.server.token_endpoint_auth_methods_supported.as_deref();
        let method = register::method(offered).map_err(RegisterFailed::from)?;
        Ok(Standing::Unregistered { endpoint, method })
    }

    fn lacks(&self, discovered: &Discovered) -> Vec<&'static str> {
        let server = &discovered.server;
        match self.asked.grant {
            Grant::User(Way::Loopback | Way::Paste) if server.authorization_endpoint.is_none() => {
                vec!["authorization_endpoint"]
            }
            Grant::User(Way::Device) if server.device_authorization_endpoint.is_none() => {
                vec!["device_authorization_endpoint"]
            }
            _ => Vec::new(),
        }
    }
}
