//! Who does the user say that the client is?

use std::sync::Arc;

use warded_core::{Issuer, metadata::AuthorizationServer};

use crate::{
    discover::Discovered,
    obtain::{Client, ClientKey, ObtainFailed},
    possession::Prover,
    secret::Secret,
};

/// Who the user says that the client is.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Given {
    /// Nobody in particular: the client registers itself.
    #[default]
    Nothing,
    /// A client that was registered beforehand, with its secret if it has one.
    Registered {
        /// Its id.
        id: String,
        /// Its secret.
        secret: Option<Secret>,
    },
    /// A client whose issuer has the public half of its key (`private_key_jwt`). The id may be the URL of a description that
    /// the client publishes of itself.
    Keyed {
        /// Its id.
        id: String,
        /// Its private key: PKCS #8 in PEM.
        key: Secret,
    },
    /// The URL of a description that the client publishes of itself (Client ID Metadata Document).
    Document {
        /// The URL, which is the client id.
        url: String,
    },
}

impl Given {
    /// The client's id, where the user has said it.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Registered { id, .. } | Self::Keyed { id, .. } | Self::Document { url: id } => Some(id),
        }
    }

    /// The client that speaks to this issuer without registering; none where it has to.
    pub fn client(&self, discovered: &Discovered, prover: &Prover) -> Result<Option<Client>, ObtainFailed> {
        self.client_at(&discovered.issuer, &discovered.server, prover)
    }

    /// The same for an issuer and what it says of itself. What the client shows is read now: it may have changed.
    pub fn client_at(
        &self,
        issuer: &Issuer,
        server: &AuthorizationServer,
        prover: &Prover,
    ) -> Result<Option<Client>, ObtainFailed> {
        let issuer = issuer.clone();
        match self {
            Self::Registered { id, secret: None } => Ok(Some(Client::public(id, issuer))),
            Self::Registered { id, secret: Some(secret) } => {
                Client::confidential(id, secret.read()?, issuer, server).map(Some)
            }
            Self::Keyed { id, key } => {
                let (clock, random) = (Arc::clone(prover.clock()), Arc::clone(prover.random()));
                let key = ClientKey::from_pem(key.read()?.as_bytes(), clock, random)?;
                Ok(Some(Client::with_key(id, key, issuer)))
            }
            Self::Document { url } if server.client_id_metadata_document_supported == Some(true) => {
                Ok(Some(Client::public(url, issuer)))
            }
            Self::Document { .. } | Self::Nothing => Ok(None),
        }
    }
}
