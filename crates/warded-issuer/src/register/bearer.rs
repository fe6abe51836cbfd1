//! Which token does a request to the registration endpoints present (RFC 6750 §2.1)? The header's alone: in a URL it
//! would end up in logs.

use http::{HeaderMap, header::AUTHORIZATION};
use zeroize::Zeroizing;

/// The token; none where there is none, or more than one.
pub(super) fn presented(headers: &HeaderMap) -> Option<Zeroizing<String>> {
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return None };
    let (scheme, token) = field.to_str().ok()?.split_once(' ')?;
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    (scheme.eq_ignore_ascii_case("bearer") && is_token).then(|| Zeroizing::new(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(fields: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(AUTHORIZATION, HeaderValue::from_static(field));
        }
        presented(&headers).map(|token| token.to_string())
    }

    #[test]
    fn one_token_in_one_header() {
        assert_eq!(of(&["Bearer abc"]), Some("abc".into()));
        assert_eq!(of(&["bearer abc"]), Some("abc".into()));
        for none in [
            &[][..],
            &["Bearer a", "Bearer a"],
            &["Bearer a, Bearer b"],
            &["Bearer  a"],
            &["Bearer "],
            &["Bearer"],
            &["Basic YTpi"],
            &["Bearer a b"],
        ] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }
}
