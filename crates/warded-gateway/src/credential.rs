//! With what does Warded show itself to the server behind? Never with what the caller sent: with nothing, with one header
//! that the operator gave it, or with a token that an issuer gave it for that server alone.

mod coin;
mod ledger;
mod pauses;
mod purse;
mod purses;
mod tally;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use warded_client::onward::Grantor;
use warded_core::{Fault, Residue, UnixTime, VerifiedToken};
use warded_guard::Stop;
use zeroize::Zeroizing;

use self::{coin::Coin, purse::Purse};
pub use self::{purse::Grant, purses::Purses, tally::Tally};
use crate::echo::{Mask, Told};

/// The credential of one server behind: one header, or none.
#[derive(Clone, Default)]
pub struct Credential(Kind);

#[derive(Clone, Default)]
enum Kind {
    #[default]
    None,
    Header(Arc<Header>),
    Granted(Arc<Purse>),
}

/// A header that shows who we are, and what must not come back: it, and what was shown before.
struct Header {
    name: HeaderName,
    value: HeaderValue,
    told: Arc<Told>,
}

/// A secret that no header can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret holds characters that no header can")]
#[non_exhaustive]
pub struct Unsayable;

impl Header {
    fn new(
        name: HeaderName,
        prefix: &str,
        secret: &Zeroizing<String>,
        told: Arc<Told>,
    ) -> Result<Self, Unsayable> {
        let text = Zeroizing::new([prefix.as_bytes(), secret.as_bytes()].concat());
        // What is beyond ASCII is read by everybody in another way (RFC 9110 §5.5).
        if !text.is_ascii() {
            return Err(Unsayable);
        }
        // Every copy is this one, and it is wiped with the last of them.
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).map_err(|_| Unsayable)?;
        // Keeps it out of `Debug` and out of the compression tables of HTTP/2.
        value.set_sensitive(true);
        Ok(Self { name, value, told })
    }
}

impl Credential {
    /// A header whose value is `prefix` and the secret.
    pub fn header(name: HeaderName, prefix: &str, secret: &Zeroizing<String>) -> Result<Self, Unsayable> {
        let told = Arc::<Told>::default();
        told.tell(secret.as_bytes(), None, UnixTime::from_seconds(0));
        Header::new(name, prefix, secret, told).map(|header| Self(Kind::Header(Arc::new(header))))
    }

    /// The credential of that server, which may have had another one: a stream that goes on when the secret is changed may
    /// repeat the old one and the new one.
    #[must_use]
    pub fn of_server(self, purses: &Purses, server: &str) -> Self {
        let Kind::Header(header) = &self.0 else { return self };
        let told = purses.told(server, None);
        told.join(&header.told);
        let (name, value) = (header.name.clone(), header.value.clone());
        Self(Kind::Header(Arc::new(Header { name, value, told })))
    }

    /// A token that an issuer gives, kept while it is good: also by the next configuration, where it asks for the same.
    pub fn granted(purses: &Arc<Purses>, grantor: Grantor, grant: Grant) -> Self {
        Self(Kind::Granted(purses.purse(grantor, grant)))
    }

    /// What is shown for a call of this caller.
    pub(crate) async fn of(&self, caller: &VerifiedToken, residue: &Residue) -> Result<Shown, Stop> {
        Ok(Shown(match &self.0 {
            Kind::None => What::Nothing,
            Kind::Header(header) => What::Header(Arc::clone(header)),
            Kind::Granted(purse) => {
                What::Coin(Box::pin(purse.coin(caller, residue)).await?, Arc::clone(purse))
            }
        }))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::None => f.write_str("Credential(none)"),
            Kind::Header(header) => write!(f, "Credential({})", header.name),
            Kind::Granted(purse) => write!(f, "Credential({purse:?})"),
        }
    }
}

/// What is shown with one request.
pub(crate) struct Shown(What);

enum What {
    Nothing,
    Header(Arc<Header>),
    Coin(Arc<Coin>, Arc<Purse>),
}

impl Shown {
    fn header(&self) -> Option<&Header> {
        match &self.0 {
            What::Nothing => None,
            What::Header(header) => Some(header),
            What::Coin(coin, _) => Some(coin.header()),
        }
    }

    /// Puts the credential in place of whatever the caller sent under that name.
    pub(crate) fn attach(&self, headers: &mut HeaderMap) {
        if let Some(header) = self.header() {
            headers.insert(&header.name, header.value.clone());
        }
    }

    /// What must not come back with an answer in one piece.
    pub(crate) fn mask(&self) -> Mask {
        self.header().map_or(Mask::Nothing, |header| Mask::of(&header.told))
    }

    /// What must not come back with a stream.
    pub(crate) fn mask_of_stream(&self) -> Mask {
        self.header().map_or(Mask::Nothing, |header| Mask::of_stream(&header.told))
    }

    /// Hears how the request ended. The request is not sent again, since the server behind has read it; one of the next
    /// comes with another token.
    pub(crate) fn met(&self, fault: Fault) {
        if let (Fault::UpstreamRefused, What::Coin(coin, purse)) = (fault, &self.0) {
            purse.doubt(coin);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    fn shown(credential: &Credential) -> Shown {
        match &credential.0 {
            Kind::None => Shown(What::Nothing),
            Kind::Header(header) => Shown(What::Header(Arc::clone(header))),
            Kind::Granted(_) => panic!("nobody is asked here"),
        }
    }

    #[test]
    fn it_takes_the_place_of_what_the_caller_sent_and_is_not_shown() {
        let secret = Zeroizing::new("upstream-secret".to_owned());
        let credential = Credential::header(header::AUTHORIZATION, "Bearer ", &secret).unwrap();
        let mut headers = HeaderMap::new();
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer callers"));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer callers-too"));
        shown(&credential).attach(&mut headers);
        assert_eq!(headers.get_all(header::AUTHORIZATION).iter().count(), 1);
        assert_eq!(headers[header::AUTHORIZATION], "Bearer upstream-secret");
        assert!(!format!("{headers:?}{credential:?}").contains("upstream-secret"));
    }

    #[test]
    fn a_secret_that_was_changed_is_looked_for_where_streams_go_on() {
        let purses = Purses::of(Purses::BYTES);
        let of = |secret: &str| {
            let secret = Zeroizing::new(secret.to_owned());
            let credential = Credential::header(header::AUTHORIZATION, "Bearer ", &secret).unwrap();
            credential.of_server(&purses, "notes")
        };
        let echoed = |mask: Mask| {
            let mut headers = HeaderMap::new();
            headers.insert("x-one", HeaderValue::from_static("upstream-secret"));
            headers.insert("x-two", HeaderValue::from_static("another-secret"));
            mask.clean(&mut headers);
            headers.len()
        };
        let before = of("upstream-secret");
        let stream = shown(&before).mask_of_stream();
        assert_eq!((echoed(stream.clone()), echoed(shown(&before).mask())), (1, 1));
        let after = of("another-secret");
        assert_eq!((echoed(stream), echoed(shown(&after).mask())), (0, 0));
    }

    #[test]
    fn what_no_header_can_hold_is_refused() {
        for secret in ["a\r\nX-Admin: 1", "a\n", "\u{7f}"] {
            let secret = Zeroizing::new(secret.to_owned());
            assert!(Credential::header(header::AUTHORIZATION, "", &secret).is_err());
        }
    }

    #[test]
    fn none_changes_nothing() {
        let mut headers = HeaderMap::new();
        shown(&Credential::default()).attach(&mut headers);
        assert!(headers.is_empty());
        assert_eq!(format!("{:?}", Credential::default()), "Credential(none)");
    }
}
