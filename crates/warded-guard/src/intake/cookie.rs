//! Does a cookie carry a token? Browsers send cookies unasked, so another page could use it.

use super::query::decoded;

/// Names under which tokens are kept.
const NAMES: [&[u8]; 6] =
    [b"access_token", b"access-token", b"accesstoken", b"authorization", b"bearer", b"__host-access_token"];

/// Looks at every pair of a `Cookie` header (RFC 6265 §4.2).
pub(super) fn has_token(cookies: &[u8]) -> bool {
    cookies.split(|byte| *byte == b';').any(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(at);
        let name = decoded(name.trim_ascii());
        NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
            || is_jwt(value.get(1..).unwrap_or_default())
    })
}

/// Three parts of base64url, the first of them an object: quoted, escaped or behind `Bearer`, it is still one.
fn is_jwt(value: &[u8]) -> bool {
    let plain = decoded(value);
    let plain = plain.trim_ascii();
    let plain = plain.strip_prefix(b"\"").unwrap_or(plain);
    let plain = plain.strip_suffix(b"\"").unwrap_or(plain).trim_ascii();
    let scheme = plain.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"bearer "));
    let text = if scheme { plain.get(7..).unwrap_or_default().trim_ascii() } else { plain };
    let is_base64url = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
    };
    let mut parts = text.split(|byte| *byte == b'.');
    let three = (parts.next(), parts.next(), parts.next(), parts.next());
    matches!(three, (Some(header), Some(claims), Some(signature), None)
        if header.starts_with(b"eyJ") && [header, claims, signature].into_iter().all(is_base64url))
}
