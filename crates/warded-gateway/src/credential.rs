//! With what does Warded show itself to the server behind? Never with what the caller sent.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header::InvalidHeaderValue};
use zeroize::Zeroizing;

use crate::echo::Mask;

/// The credential of one server behind: one header, or none.
#[derive(Clone, Default)]
pub struct Credential(Option<Arc<Header>>);

struct Header {
    name: HeaderName,
    value: HeaderValue,
    secret: Zeroizing<String>,
}

impl Credential {
    /// A header whose value is `prefix` and the secret.
    pub fn header(
        name: HeaderName,
        prefix: &str,
        secret: Zeroizing<String>,
    ) -> Result<Self, InvalidHeaderValue> {
        let text = Zeroizing::new(format!("{prefix}{}", *secret));
        let mut value = HeaderValue::from_str(&text)?;
        // Keeps it out of `Debug` and out of the compression tables of HTTP/2.
        value.set_sensitive(true);
        Ok(Self(Some(Arc::new(Header { name, value, secret }))))
    }

    /// Puts the credential in place of whatever the caller sent under that name.
    pub(crate) fn attach(&self, headers: &mut HeaderMap) {
        if let Some(header) = &self.0 {
            headers.insert(&header.name, header.value.clone());
        }
    }

    pub(crate) fn mask(&self) -> Mask {
        Mask::of(self.0.as_ref().map(|header| header.secret.as_bytes()))
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(header) => write!(f, "Credential({})", header.name),
            None => f.write_str("Credential(none)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    #[test]
    fn it_takes_the_place_of_what_the_caller_sent_and_is_not_shown() {
        let secret = Zeroizing::new("upstream-secret".to_owned());
        let credential = Credential::header(header::AUTHORIZATION, "Bearer ", secret).unwrap();
        let mut headers = HeaderMap::new();
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer callers"));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer callers-too"));
        credential.attach(&mut headers);
        assert_eq!(headers.get_all(header::AUTHORIZATION).iter().count(), 1);
        assert_eq!(headers[header::AUTHORIZATION], "Bearer upstream-secret");
        assert!(!format!("{headers:?}{credential:?}").contains("upstream-secret"));
    }

    #[test]
    fn what_no_header_can_hold_is_refused() {
        for secret in ["a\r\nX-Admin: 1", "a\n", "\u{7f}"] {
            let secret = Zeroizing::new(secret.to_owned());
            assert!(Credential::header(header::AUTHORIZATION, "", secret).is_err());
        }
    }

    #[test]
    fn none_changes_nothing() {
        let mut headers = HeaderMap::new();
        Credential::default().attach(&mut headers);
        assert!(headers.is_empty());
        assert_eq!(format!("{:?}", Credential::default()), "Credential(none)");
    }
}
