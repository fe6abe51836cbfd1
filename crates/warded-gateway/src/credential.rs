//! With what does Warded show itself to the server behind? Never with what the caller sent: with nothing, with one header
//! that the operator gave it, or with a token that an issuer gave it for that server alone.

mod coin;
mod ledger;
mod purse;

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue, header::InvalidHeaderValue};
use warded_client::onward::Grantor;
use warded_core::{Fault, Residue, VerifiedToken};
use warded_guard::Stop;
use zeroize::Zeroizing;

pub use self::purse::{Grant, Purses};
use self::{coin::Coin, purse::Purse};
use crate::echo::Mask;

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

/// A header that shows who we are, and what must not come back.
struct Header {
    name: HeaderName,
    value: HeaderValue,
    mask: Mask,
}

impl Header {
    fn new(name: HeaderName, prefix: &str, secret: &Zeroizing<String>) -> Result<Self, InvalidHeaderValue> {
        let text = Zeroizing::new(format!("{prefix}{}", **secret));
        let mut value = HeaderValue::from_str(&text)?;
        // Keeps it out of `Debug` and out of the compression tables of HTTP/2.
        value.set_sensitive(true);
        Ok(Self { name, value, mask: Mask::of(Some(secret.as_bytes())) })
    }
}

impl Credential {
    /// A header whose value is `prefix` and the secret.
    pub fn header(
        name: HeaderName,
        prefix: &str,
        secret: &Zeroizing<String>,
    ) -> Result<Self, InvalidHeaderValue> {
        Header::new(name, prefix, secret).map(|header| Self(Kind::Header(Arc::new(header))))
    }

    /// A token that an issuer gives, kept while it is good.
    pub fn granted(purses: &Arc<Purses>, grantor: Grantor, grant: Grant) -> Self {
        Self(Kind::Granted(Purse::new(purses, grantor, grant)))
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

    /// What must not come back with the answer.
    pub(crate) fn mask(&self) -> Mask {
        self.header().map_or_else(|| Mask::of(None), |header| header.mask.clone())
    }

    /// Hears how the request ended. The request is not sent again, since the server behind has read it; the next one
    /// comes with another token.
    pub(crate) fn met(&self, fault: Fault) {
        if let (Fault::UpstreamRefused, What::Coin(coin, purse)) = (fault, &self.0) {
            purse.drop_refused(coin);
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
