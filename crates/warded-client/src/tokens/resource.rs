//! What can be done with a token? Two things: a request to the one server that it is for gets it, or a person does.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header::AUTHORIZATION};
use warded_core::{ResourceUri, jose::Thumbprint};
use zeroize::Zeroizing;

use crate::{
    obtain::AccessToken,
    possession::{DPOP, Prover, SenderKey, Unproven},
};

/// A token, for requests to its own server. [`Record::token_for`](super::Record::token_for) makes one, for whoever names
/// that server.
pub struct ResourceToken<'r> {
    server: &'r ResourceUri,
    token: &'r AccessToken,
    key: Option<&'r SenderKey>,
}

/// Why a request does not get a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undressed {
    /// The request goes elsewhere.
    #[error("the token at hand is not for this server, and is not sent")]
    AnotherServer,
    /// A token that cannot stand in a header.
    #[error("the token at hand has something in it that no token has, and is not sent")]
    Malformed,
    /// The token is bound to a key, and there is no proof.
    #[error(transparent)]
    Unproven(#[from] Unproven),
}

impl<'r> ResourceToken<'r> {
    pub(super) fn new(server: &'r ResourceUri, token: &'r AccessToken, key: Option<&'r SenderKey>) -> Self {
        Self { server, token, key }
    }

    /// Puts the token into the headers of a request to this URL, which must be the server that it is for; and a proof for
    /// this one request and with this nonce beside it, where the token is bound to a key (RFC 9449 §7.1).
    pub fn dress(
        &self,
        headers: &mut HeaderMap,
        method: &Method,
        url: &ResourceUri,
        prover: &Prover,
        nonce: Option<&str>,
    ) -> Result<(), Undressed> {
        if url != self.server {
            return Err(Undressed::AnotherServer);
        }
        let proof =
            self.key.map(|key| prover.proof(key, method, url, Some(self.token), nonce)).transpose()?;
        let scheme = if proof.is_some() { "DPoP" } else { "Bearer" };
        let value = Zeroizing::new(format!("{scheme} {}", self.token.expose()));
        let mut value = HeaderValue::from_str(&value).map_err(|_| Undressed::Malformed)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
        match proof {
            Some(proof) => drop(headers.insert(HeaderName::from_static(DPOP), proof)),
            None => drop(headers.remove(DPOP)),
        }
        Ok(())
    }

    /// The key that the token is bound to, without which it opens nothing.
    pub fn key(&self) -> Option<Thumbprint> {
        self.key.map(SenderKey::thumbprint)
    }

    /// The text, for the person whose token it is. Nothing holds it to its server from here on.
    pub fn hand_over(&self) -> Zeroizing<String> {
        Zeroizing::new(self.token.expose().to_owned())
    }
}

/// Says whose it is, never which.
impl fmt::Debug for ResourceToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceToken").field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        clock::SystemClock,
        tokens::sample::{A, B, record},
    };

    #[test]
    fn a_request_to_another_server_is_not_dressed() {
        #[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
        let random = Arc::new(aws_lc_rs::rand::SystemRandom::new());
        let prover = Prover::new(Arc::new(SystemClock), random);
        let (record, mut headers) = (record(A, "x", "1"), HeaderMap::new());
        let [here, there] = [A, B].map(|url| ResourceUri::parse(url).unwrap());
        let token = record.token_for(&here).unwrap();
        let refused = token.dress(&mut headers, &Method::POST, &there, &prover, None);
        assert_eq!((refused, headers.len()), (Err(Undressed::AnotherServer), 0));
        token.dress(&mut headers, &Method::POST, &here, &prover, None).unwrap();
        assert_eq!(headers.len(), 1);
    }
}
