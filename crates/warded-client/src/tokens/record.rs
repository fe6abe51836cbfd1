//! What is written down about a token, and is what was read still about the place that it is read for?

use std::fmt;

use serde::{Deserialize, Serialize};
use warded_core::{Issuer, ResourceUri, Scopes, Shown, UnixTime, danger::Unverified};
use zeroize::Zeroizing;

use super::{
    key::{self, Kind, Place},
    written::{Secret, VERSION, write},
};
use crate::obtain::{AccessToken, Obtained, RefreshToken, Source};

/// A token, and everything that it is bound to.
#[derive(Clone)]
pub struct Record {
    place: Place,
    client: String,
    asked: Scopes,
    permitted: Option<Scopes>,
    obtained: UnixTime,
    expires: Option<UnixTime>,
    access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
}

impl Record {
    /// What was obtained for a place.
    pub fn new(place: Place, client: &str, asked: Scopes, obtained: Obtained, now: UnixTime) -> Self {
        Self {
            place,
            client: client.to_owned(),
            asked,
            permitted: obtained.scopes,
            obtained: now,
            expires: obtained.expires_in.map(|seconds| now.plus(seconds)),
            access_token: obtained.access_token,
            refresh_token: obtained.refresh_token,
        }
    }

    /// The record after a refresh. An issuer that sends no new refresh token lets the old one go on (RFC 6749 §6).
    #[must_use]
    pub fn refreshed(&self, obtained: Obtained, now: UnixTime) -> Self {
        let refresh_token = obtained.refresh_token.clone().or_else(|| self.refresh_token.clone());
        let permitted = obtained.scopes.clone().or_else(|| self.permitted.clone());
        let fresh = Self::new(self.place.clone(), &self.client, self.asked.clone(), obtained, now);
        Self { permitted, refresh_token, ..fresh }
    }

    /// Whom the token is for.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// As whom it was asked for.
    pub fn client(&self) -> &str {
        &self.client
    }

    /// The scopes that were asked for.
    pub const fn asked(&self) -> &Scopes {
        &self.asked
    }

    /// The token, for requests to this server alone.
    pub fn token_for(&self, server: &ResourceUri) -> Option<&AccessToken> {
        (self.place.server == *server).then_some(&self.access_token)
    }

    /// What the token says of itself, where it can be read. Nobody vouches for it, and its text does not come with it.
    pub fn unverified(&self) -> Option<Unverified> {
        self.access_token.unverified()
    }

    /// Words of the server that was sent the token, fit to be shown: without the token.
    pub fn shown(&self, words: &str) -> Shown {
        self.access_token.shown(words)
    }

    /// What the token permits, where its issuer said that it is not what was asked for.
    pub const fn permitted(&self) -> Option<&Scopes> {
        self.permitted.as_ref()
    }

    /// Until when the token is good, by what its issuer said.
    pub const fn expires(&self) -> Option<UnixTime> {
        self.expires
    }

    /// What a new token can be had for.
    pub const fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// Whether this is the same token.
    pub fn is_same_token(&self, other: &Self) -> bool {
        self.access_token.expose() == other.access_token.expose()
    }

    /// Whether the token has expired, by what the issuer said.
    pub fn is_expired(&self, now: UnixTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether it is time for a new token: a minute before the end, but never more than a fifth of the lifetime, or a
    /// token that lives for a minute would be refreshed at every request.
    pub fn is_ending(&self, now: UnixTime) -> bool {
        self.expires.is_some_and(|expires| {
            let margin = (expires.since(self.obtained) / 5).clamp(0, 60);
            expires.since(now) <= margin
        })
    }

    /// The name of its file.
    pub(super) fn name(&self) -> String {
        key::name(Kind::Token, &self.place, Some((&self.client, &self.asked)))
    }

    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        let document = Document {
            version: VERSION,
            server: self.place.server.as_str().into(),
            issuer: self.place.source.issuer().as_str().into(),
            token_endpoint: self.place.source.token_endpoint().into(),
            resource: self.place.source.resource().into(),
            account: self.place.account.as_deref().map(Into::into),
            client: self.client.as_str().into(),
            asked: self.asked.to_string(),
            permitted: self.permitted.as_ref().map(ToString::to_string),
            obtained: self.obtained.seconds(),
            expires: self.expires.map(UnixTime::seconds),
            access_token: Secret(Zeroizing::new(self.access_token.expose().to_owned())),
            refresh_token: self
                .refresh_token
                .as_ref()
                .map(|token| Secret(Zeroizing::new(token.text().to_owned()))),
        };
        write(&document)
    }

    /// Reads a record for a place. One that is about another server, issuer, token endpoint, resource, account or
    /// client is none: its tokens would go where they were not given for.
    pub(super) fn read(text: &[u8], place: &Place, client: &str) -> Option<Self> {
        let document: Document = serde_json::from_slice(text).ok()?;
        let source = Source::remembered(
            Issuer::parse(&document.issuer).ok()?,
            document.token_endpoint,
            document.resource,
        );
        let found = Place::new(ResourceUri::parse(&document.server).ok()?, source, document.account);
        if document.version != VERSION || found != *place || document.client != client {
            return None;
        }
        let refresh_token = match document.refresh_token {
            None => None,
            Some(token) => Some(RefreshToken::new(token.0)?),
        };
        let permitted = match document.permitted {
            None => None,
            Some(list) => Some(Scopes::parse(&list).ok()?),
        };
        Some(Self {
            place: found,
            client: document.client,
            asked: Scopes::parse(&document.asked).ok()?,
            permitted,
            obtained: UnixTime::from_seconds(document.obtained),
            expires: document.expires.map(UnixTime::from_seconds),
            access_token: AccessToken::new(document.access_token.0)?,
            refresh_token,
        })
    }
}

/// Says whose it is and until when, never which.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("place", &self.place)
            .field("client", &self.client)
            .field("asked", &self.asked)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(server: &str) -> Place {
        let issuer = Issuer::parse("https://login.example.com").unwrap();
        let source =
            Source::remembered(issuer, "https://login.example.com/token".to_owned(), server.to_owned());
        Place::new(ResourceUri::parse(server).unwrap(), source, None)
    }

    fn record(lifetime: Option<u32>) -> Record {
        let text = |text: &str| Zeroizing::new(text.to_owned());
        let obtained = Obtained {
            access_token: AccessToken::new(text("MARKED-access")).unwrap(),
            refresh_token: RefreshToken::new(text("MARKED-refresh")),
            expires_in: lifetime,
            scopes: None,
        };
        let asked = Scopes::parse("a b").unwrap();
        Record::new(place("https://a.example/mcp"), "me", asked, obtained, UnixTime::from_seconds(1_000))
    }

    #[test]
    fn what_was_written_is_read_back_for_the_same_place_and_client_only() {
        let record = record(Some(3_600));
        let text = record.write();
        let here = record.place().clone();
        let read = Record::read(&text, &here, "me").unwrap();
        assert!(read.is_same_token(&record) && read.name() == record.name());
        assert_eq!((read.expires, read.asked()), (record.expires, record.asked()));
        assert_eq!(read.refresh_token().map(RefreshToken::text), Some("MARKED-refresh"));

        let with = |change: &dyn Fn(&mut Place)| {
            let mut place = here.clone();
            change(&mut place);
            Record::read(&text, &place, "me").is_none()
        };
        let source = |issuer: &str, endpoint: &str, resource: &str| {
            Source::remembered(Issuer::parse(issuer).unwrap(), endpoint.to_owned(), resource.to_owned())
        };
        let (i, t, r) =
            ("https://login.example.com", "https://login.example.com/token", "https://a.example/mcp");
        assert!(with(&|place| place.server = ResourceUri::parse("https://b.example/mcp").unwrap()));
        assert!(with(&|place| place.source = source("https://evil.example", t, r)));
        assert!(with(&|place| place.source = source(i, "https://evil.example/token", r)));
        assert!(with(&|place| place.source = source(i, t, "https://a.example/mcp/")));
        assert!(with(&|place| place.account = Some("work".to_owned())));
        assert!(Record::read(&text, &here, "you").is_none());
    }

    #[test]
    fn a_token_is_given_for_its_own_server_only() {
        let record = record(None);
        let server = |text| ResourceUri::parse(text).unwrap();
        assert!(record.token_for(&server("https://a.example/mcp")).is_some());
        for other in [
            "https://a.example/mcp/",
            "https://a.example",
            "https://b.example/mcp",
            "https://a.example:8443/mcp",
        ] {
            assert!(record.token_for(&server(other)).is_none(), "{other}");
        }
    }

    #[test]
    fn a_damaged_record_is_none() {
        let record = record(None);
        let text = record.write();
        let text = std::str::from_utf8(&text).unwrap();
        for damaged in [
            "",
            "{}",
            "[]",
            text.strip_prefix('{').unwrap(),
            &text.replace("\"version\":1", "\"version\":2"),
            &text.replace("MARKED-access", ""),
        ] {
            assert!(Record::read(damaged.as_bytes(), record.place(), "me").is_none(), "{damaged}");
        }
        assert!(Record::read(text.as_bytes(), record.place(), "me").is_some());
    }

    #[test]
    fn a_token_is_renewed_a_minute_or_a_fifth_of_its_life_before_its_end() {
        let at = UnixTime::from_seconds;
        let hour = record(Some(3_600));
        assert!(!hour.is_ending(at(1_000 + 3_539)) && hour.is_ending(at(1_000 + 3_540)));
        let minute = record(Some(60));
        assert!(!minute.is_ending(at(1_000)) && !minute.is_ending(at(1_047)) && minute.is_ending(at(1_048)));
        assert!(!minute.is_expired(at(1_059)) && minute.is_expired(at(1_060)));
        assert!(!record(None).is_ending(at(i64::MAX)) && !record(None).is_expired(at(i64::MAX)));
    }

    #[test]
    fn a_refresh_without_a_new_refresh_token_keeps_the_old_one() {
        let obtained = |refresh: Option<&str>| Obtained {
            access_token: AccessToken::new(Zeroizing::new("next".to_owned())).unwrap(),
            refresh_token: refresh.and_then(|text| RefreshToken::new(Zeroizing::new(text.to_owned()))),
            expires_in: Some(60),
            scopes: None,
        };
        let now = UnixTime::from_seconds(2_000);
        let kept = record(None).refreshed(obtained(None), now);
        assert_eq!(kept.refresh_token().map(RefreshToken::text), Some("MARKED-refresh"));
        let rotated = record(None).refreshed(obtained(Some("rotated")), now);
        assert_eq!(rotated.refresh_token().map(RefreshToken::text), Some("rotated"));
        assert_eq!(rotated.name(), record(None).name());
    }

    #[test]
    fn a_description_holds_no_token() {
        assert!(!format!("{:?}", record(Some(1))).contains("MARKED"));
    }
}
