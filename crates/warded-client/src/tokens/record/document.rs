//! What is written down about a token, and is what was read still about the place that it is read for?

use serde::{Deserialize, Serialize};
use warded_core::{Issuer, ResourceUri, Scopes, UnixTime, jose::base64url};
use zeroize::Zeroizing;

use super::Record;
use crate::{
    obtain::{AccessToken, Bound, RefreshToken, Source},
    possession::SenderKey,
    tokens::{
        Behalf, Place, Terms,
        written::{EARLIER, Secret, VERSION, write},
    },
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    server: String,
    issuer: String,
    token_endpoint: String,
    resource: String,
    account: Option<String>,
    client: String,
    asked: String,
    permitted: Option<String>,
    obtained: i64,
    expires: Option<i64>,
    access_token: Secret,
    refresh_token: Option<Secret>,
    // What the first version did not write.
    #[serde(default)]
    bound: BoundDocument,
    #[serde(default)]
    behalf: BehalfDocument,
    #[serde(default)]
    bearer: bool,
    sender: Option<SenderDocument>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BoundDocument {
    #[default]
    Audience,
    Pinned(String),
    Ignored,
    Unbound,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BehalfDocument {
    #[default]
    User,
    Client,
    Subject(String),
}

/// A key, and the name that it had when the token was bound to it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SenderDocument {
    thumbprint: String,
    key: Secret,
}

impl Record {
    pub(in crate::tokens) fn write(&self) -> Zeroizing<Vec<u8>> {
        let secret = |text: &str| Secret(Zeroizing::new(text.to_owned()));
        let Terms { client, scopes, bound, behalf, bearer } = &self.terms;
        write(&Document {
            version: VERSION,
            server: self.place.server.as_str().into(),
            issuer: self.place.source.issuer().as_str().into(),
            token_endpoint: self.place.source.token_endpoint().into(),
            resource: self.place.source.resource().into(),
            account: self.place.account.clone(),
            client: client.clone(),
            asked: scopes.to_string(),
            permitted: self.permitted.as_ref().map(ToString::to_string),
            obtained: self.obtained.seconds(),
            expires: self.expires.map(UnixTime::seconds),
            access_token: secret(self.access_token.expose()),
            refresh_token: self.refresh_token.as_ref().map(|token| secret(token.text())),
            bound: match bound {
                Bound::Audience => BoundDocument::Audience,
                Bound::Pinned(audience) => BoundDocument::Pinned(audience.to_string()),
                Bound::Ignored => BoundDocument::Ignored,
                Bound::Unbound => BoundDocument::Unbound,
            },
            behalf: match behalf {
                Behalf::User => BehalfDocument::User,
                Behalf::Client => BehalfDocument::Client,
                Behalf::Subject(subject) => BehalfDocument::Subject(subject.to_string()),
            },
            bearer: *bearer,
            sender: self.sender.as_ref().map(|sender| SenderDocument {
                thumbprint: sender.thumbprint().to_string(),
                key: Secret(Zeroizing::new(base64url::encode(sender.pkcs8()))),
            }),
        })
    }

    /// Reads a record, whatever it is about. Whoever sends its token anywhere compares it with the place and the terms that
    /// they have in mind: [`Self::read_for`].
    pub(in crate::tokens) fn read(text: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(text).ok()?;
        if !matches!(document.version, VERSION | EARLIER) {
            return None;
        }
        let issuer = Issuer::parse(&document.issuer).ok()?;
        let source = Source::remembered(issuer, document.token_endpoint, document.resource);
        let terms = Terms {
            client: document.client,
            scopes: Scopes::parse(&document.asked).ok()?,
            bound: match document.bound {
                BoundDocument::Audience => Bound::Audience,
                BoundDocument::Pinned(audience) => Bound::Pinned(audience.into()),
                BoundDocument::Ignored => Bound::Ignored,
                BoundDocument::Unbound => Bound::Unbound,
            },
            behalf: match document.behalf {
                BehalfDocument::User => Behalf::User,
                BehalfDocument::Client => Behalf::Client,
                BehalfDocument::Subject(subject) => Behalf::Subject(subject.into()),
            },
            bearer: document.bearer,
        };
        let refresh_token = match document.refresh_token {
            None => None,
            Some(token) => Some(RefreshToken::new(token.0)?),
        };
        let permitted = match document.permitted {
            None => None,
            Some(list) => Some(Scopes::parse(&list).ok()?),
        };
        let sender = match document.sender {
            None => None,
            Some(sender) => Some(sender_key(&sender)?),
        };
        Some(Self {
            place: Place::new(ResourceUri::parse(&document.server).ok()?, source, document.account),
            terms,
            permitted,
            obtained: UnixTime::from_seconds(document.obtained),
            expires: document.expires.map(UnixTime::from_seconds),
            access_token: AccessToken::new(document.access_token.0)?,
            refresh_token,
            sender,
        })
    }

    /// Reads a record for a place, and for whoever asks on these terms. One that is about another server, issuer, token
    /// endpoint, resource or account, or was asked for otherwise, is none: its tokens would go where they were not given
    /// for.
    pub(in crate::tokens) fn read_for(text: &[u8], place: &Place, terms: &Terms) -> Option<Self> {
        Self::read(text).filter(|record| record.place == *place && record.terms.are_enough_for(terms))
    }
}

/// A key that is not the one that the token was bound to is of no use, and whoever put it there may have the other half.
fn sender_key(sender: &SenderDocument) -> Option<SenderKey> {
    let document = Zeroizing::new(base64url::decode(&sender.key.0)?);
    SenderKey::from_pkcs8(&document).filter(|key| key.thumbprint().to_string() == sender.thumbprint)
}
