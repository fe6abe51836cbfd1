//! Does a cookie carry a token? Browsers send cookies unasked, so another page could use it.

use super::query::decoded;

/// Names under which tokens are kept.
const NAMES: [&[u8]; 5] = [b"access_token", b"access-token", b"accesstoken", b"authorization", b"bearer"];

/// What may stand before a name, for browsers (RFC 6265bis §4.1.3).
const PREFIXES: [&[u8]; 2] = [b"__host-", b"__secure-"];

/// Looks at every pair of a `Cookie` header (RFC 6265 §4.2). Beside another credential a cookie is refused by its name
/// only: the login of the same origin may keep tokens of its own in cookies, and the browser sends them here too. They
/// are cut out like all cookies.
pub(super) fn has_token(cookies: &[u8], is_only_credential: bool) -> bool {
    cookies.split(|byte| *byte == b';').any(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(at);
        is_for_tokens(&decoded(name.trim_ascii()))
            || (is_only_credential && is_jwt(value.get(1..).unwrap_or_default()))
    })
}

fn is_for_tokens(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let bare = PREFIXES.iter().find_map(|prefix| name.strip_prefix(*prefix)).unwrap_or(&name);
    NAMES.contains(&bare)
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
