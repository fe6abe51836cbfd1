//! Who does the user say that the client is?

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    discover::Discovered,
    obtain::{Client, ObtainFailed},
};

/// Who the user says that the client is.
#[derive(Clone, Default)]
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
        secret: Option<Zeroizing<String>>,
    },
    /// The URL of a description that the client publishes of itself (Client ID Metadata Document).
    Document {
        /// The URL, which is the client id.
        url: String,
    },
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Registered { id, .. } => {
                f.debug_struct("Registered").field("id", id).finish_non_exhaustive()
            }
            Self::Document { url } => f.debug_struct("Document").field("url", url).finish(),
        }
    }
}

impl Given {
    /// The client that speaks to this issuer without registering; none where it has to.
    pub fn client(&self, discovered: &Discovered) -> Result<Option<Client>, ObtainFailed> {
        let issuer = discovered.issuer.clone();
        match self {
            Self::Registered { id, secret: None } => Ok(Some(Client::public(id, issuer))),
            Self::Registered { id, secret: Some(secret) } => {
                Client::confidential(id, secret.clone(), issuer, &discovered.server).map(Some)
            }
            Self::Document { url }
                if discovered.server.client_id_metadata_document_supported == Some(true) =>
            {
                Ok(Some(Client::public(url, issuer)))
            }
            Self::Document { .. } | Self::Nothing => Ok(None),
        }
    }
}
