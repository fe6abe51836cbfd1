//! Which application is it? Registered by hand, by itself, or described at the URL that is its id.

use serde_json::Value;
use warded_core::ResourceUri;
use warded_store::{Client as Stored, Digest, GrantType, Method, Origin};

use described::Description;

use crate::{AuthorizationServer, dpop::Bound, redirect::RedirectUri, refused::Refused, throttle::Peer};

mod authenticate;
mod described;
mod document;
mod keys;
mod learned;
mod name;
mod proof;

pub(crate) use authenticate::{Desk, Known, id_and_secret, recognise};
pub(crate) use described::DPOP_BOUND;
pub(crate) use document::Documents;
pub(crate) use keys::ClientKeys;
pub(crate) use name::shown;
pub(crate) use proof::{NamedBy, Proof, PublicKeys};

/// An application that this issuer knows. What it may do is asked of it, never read out of it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) vouched: Vouched,
    pub(crate) pinned: Option<ResourceUri>,
    document: Option<Digest>,
    name: Option<String>,
    proof: Proof,
    /// As they are registered: what asks for a token needs none of them.
    redirects: Vec<String>,
    grants: Vec<GrantType>,
    pages: Vec<(&'static str, String)>,
    dpop_bound: bool,
}

/// Who stands behind what a client says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Vouched {
    /// The operator.
    Operator,
    /// Whoever holds the certificate of the host that the id is on.
    Host(String),
    /// Nobody: it registered itself.
    Nobody,
}

impl Vouched {
    /// What the operator wrote down is listed by that; what a client says of itself is so where it is.
    fn redirect(&self, uri: &str, schemes: &[String]) -> Option<RedirectUri> {
        match self {
            Self::Operator => RedirectUri::registered(uri),
            Self::Host(_) | Self::Nobody => RedirectUri::parse(uri, schemes),
        }
    }
}

/// The URL that is a client's id, in three parts, so that the page can show which is the host.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Described<'a> {
    pub(crate) before: &'a str,
    pub(crate) host: &'a str,
    pub(crate) after: &'a str,
}

impl Client {
    /// Where it describes itself, if the host there vouches for it.
    pub(crate) fn described(&self) -> Described<'_> {
        if !matches!(self.vouched, Vouched::Host(_)) {
            return Described { before: "", host: "", after: "" };
        }
        let start = self.id.find("://").map_or(0, |at| at + 3);
        let (scheme, rest) = self.id.split_at(start);
        // An IPv6 address ends with its bracket, a name with what follows it.
        let end =
            if rest.starts_with('[') { rest.find(']').map(|at| at + 1) } else { rest.find([':', '/', '?']) };
        let (host, after) = rest.split_at(end.unwrap_or(rest.len()));
        Described { before: scheme, host, after }
    }

    /// One that is registered. What cannot be read of it anymore is a fault of ours, and it is not let in by less than it
    /// was registered with.
    fn stored(client: Stored) -> Result<Self, Refused> {
        let vouched = match client.origin {
            Origin::Operator => Vouched::Operator,
            Origin::Itself => Vouched::Nobody,
        };
        let proof = stored_proof(&client, &vouched).ok_or_else(|| {
            tracing::error!(issuer = %client.issuer, client = client.id, "the store has a client without what it proves itself by");
            Refused::Unable
        })?;
        let said = (vouched == Vouched::Nobody).then(|| Description::registered(&client).digest());
        Ok(Self {
            redirects: client.redirect_uris,
            vouched,
            id: client.id,
            document: said,
            name: client.name,
            proof,
            grants: client.grants,
            pinned: client.pinned,
            pages: Vec::new(),
            dpop_bound: client.dpop_bound,
        })
    }

    /// What it has said of the keys that its tokens are bound to.
    pub(crate) fn bound(&self) -> Bound {
        if self.dpop_bound { Bound::ByItsWord } else { Bound::No }
    }

    /// What it must show at the token endpoint.
    pub(crate) fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Of what it said about itself, if anybody but the operator did: what people agreed to, until it says something
    /// else.
    pub(crate) fn document(&self) -> Option<&Digest> {
        self.document.as_ref()
    }

    /// Where it says more about itself, each with what it says that it is. For reading only, never a link.
    pub(crate) fn pages(&self) -> &[(&'static str, String)] {
        &self.pages
    }

    /// What it calls itself, fit to be shown.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("An application without a name")
    }

    /// Whether it proves who it is, and the operator vouches for it: nobody may become a caller by registering.
    pub(crate) fn is_trusted(&self) -> bool {
        !matches!(self.proof, Proof::None) && self.vouched == Vouched::Operator
    }

    /// Whether it is registered for a grant. `client_credentials` and exchange are for clients with a secret or a key that
    /// the operator vouches for.
    pub(crate) fn may(&self, grant: GrantType) -> Result<(), Refused> {
        let is_for_people = matches!(grant, GrantType::AuthorizationCode | GrantType::RefreshToken);
        let may = self.grants.contains(&grant) && (is_for_people || self.is_trusted());
        if may { Ok(()) } else { Err(Refused::GrantForeign) }
    }

    /// The redirect URI that was presented, if it is one of the client's.
    pub(crate) fn redirect(&self, presented: &str, schemes: &[String]) -> Result<RedirectUri, Refused> {
        let presented = self.vouched.redirect(presented, schemes).ok_or(Refused::RedirectUnknown)?;
        let mut registered = self.redirects.iter().filter_map(|uri| self.vouched.redirect(uri, schemes));
        let is_registered = registered.any(|registered| registered.admits(&presented));
        if is_registered { Ok(presented) } else { Err(Refused::RedirectUnknown) }
    }
}

impl AuthorizationServer {
    /// The client of that id. Asking for one that is described elsewhere may fetch, which is bounded per `peer`.
    pub(crate) async fn client(&self, id: &str, peer: Peer) -> Result<Client, Refused> {
        if is_described_elsewhere(id) {
            return match &self.documents {
                Some(documents) => documents.client(id, peer, self.clock.now()).await,
                None => Err(Refused::ClientUnknown),
            };
        }
        let stored = self.store.client(&self.issuer, id).await?.ok_or(Refused::ClientUnknown)?;
        Client::stored(stored)
    }
}

/// What a registered client shows, by the method that it was registered with.
fn stored_proof(client: &Stored, vouched: &Vouched) -> Option<Proof> {
    match client.method {
        // A secret beside it, whatever put it there, is still asked for.
        Method::None => Some(client.secret.map_or(Proof::None, Proof::Secret)),
        Method::Basic | Method::Post => client.secret.map(Proof::Secret),
        Method::PrivateKeyJwt => {
            let jwks = client.jwks.as_deref().map(serde_json::from_str).transpose().ok()?;
            let jwks_uri = client.jwks_uri.as_deref().map(Value::from);
            let by = if *vouched == Vouched::Operator { NamedBy::Operator } else { NamedBy::Itself };
            PublicKeys::read(jwks.as_ref(), jwks_uri.as_ref(), by).map(Proof::Keys)
        }
    }
}

/// Whether the id is the URL of its client's description.
fn is_described_elsewhere(id: &str) -> bool {
    id.starts_with("https://") || id.starts_with("http://")
}
