//! Whose credential is it? Cuts the one credential out of the `Authorization` header, and everything else that could
//! speak for a caller out of the request, so that what goes on carries no identity but the one that is judged.

use std::{borrow::Cow, sync::LazyLock};

use http::{
    HeaderMap, HeaderName,
    header::{AUTHORIZATION, COOKIE, ORIGIN},
    request,
};
use warded_core::{InboundToken, Refusal, ResourceUri, Shown, dpop::ProofFlaw};

use crate::{page::PageOrigin, sender::Dpop};

mod cookie;
mod query;

pub(crate) use query::has_token as query_has_token;

/// Headers by which proxies and servers tell each other who somebody is. A caller that writes one itself would be
/// somebody else to a server that believes it.
const SPEAK_FOR_CALLERS: &[&str] = &[
    "authentication-info",
    "cf-access-authenticated-user-email",
    "cf-access-jwt-assertion",
    "client-cert",
    "client-cert-chain",
    "proxy-authenticate",
    "remote-email",
    "remote-groups",
    "remote-name",
    "remote-user",
    "ssl-client-cert",
    "ssl-client-s-dn",
    "ssl-client-subject-dn",
    "ssl-client-verify",
    "x-access-token",
    "x-amzn-oidc-accesstoken",
    "x-amzn-oidc-data",
    "x-amzn-oidc-identity",
    "x-auth-request-access-token",
    "x-auth-request-email",
    "x-auth-request-groups",
    "x-auth-request-preferred-username",
    "x-auth-request-user",
    "x-auth-token",
    "x-authenticated-userid",
    "x-authorization",
    "x-client-cert",
    "x-client-cert-chain",
    "x-client-certificate",
    "x-forwarded-access-token",
    "x-forwarded-authorization",
    "x-forwarded-client-cert",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-user",
    "x-goog-authenticated-user-email",
    "x-goog-authenticated-user-id",
    "x-goog-iap-jwt-assertion",
    "x-ms-client-principal",
    "x-ms-client-principal-id",
    "x-ms-client-principal-name",
    "x-ms-token-aad-access-token",
    "x-ms-token-aad-id-token",
    "x-original-authorization",
    "x-remote-user",
    "x-ssl-cert",
    "x-ssl-client-cert",
    "x-ssl-client-dn",
    "x-ssl-client-s-dn",
    "x-ssl-client-verify",
    "x-upstream-authorization",
    "x-user-token",
    "x-anonymous-consumer",
    "x-apigateway-api-userinfo",
    "x-credential-identifier",
    "x-credential-username",
    "x-endpoint-api-userinfo",
    "x-forwarded-roles",
    "x-webauth-user",
];

/// The same by family: what begins like this is written by one proxy, and there will be more of it.
const FAMILIES: &[&str] = &[
    "cf-access-",
    "remote-user-",
    "ssl-client-",
    "tailscale-user-",
    "x-amzn-oidc-",
    "x-auth-request-",
    "x-authentik-",
    "x-consumer-",
    "x-goog-authenticated-user-",
    "x-ms-client-principal-",
    "x-ms-token-",
    "x-pomerium-",
    "x-ssl-client-",
    "x-vouch-",
];

/// Schemes that may be named to an operator. Any other word may be half a secret.
const KNOWN_SCHEMES: &[&str] =
    &["Basic", "Digest", "DPoP", "GNAP", "HOBA", "Mutual", "Negotiate", "NTLM", "PrivateToken", "Token"];

/// RFC 9449 §4.1.
const DPOP: HeaderName = HeaderName::from_static("dpop");

/// A request without any credential, and the credential.
pub(crate) struct Presented<B> {
    pub(crate) parts: Box<request::Parts>,
    pub(crate) body: B,
    pub(crate) scheme: Scheme,
    pub(crate) token: InboundToken,
}

/// How the token was presented.
pub(crate) enum Scheme {
    /// RFC 6750: with nothing but itself. A `DPoP` header beside it is not looked at.
    Bearer,
    /// RFC 9449 §7.1: with the proof in the request's one `DPoP` header.
    Dpop(Box<str>),
}

/// The web origins whose pages may talk to a server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    /// Of identifiers and their like, in their one spelling.
    of_uris: Vec<Box<str>>,
    exact: Vec<PageOrigin>,
}

impl Origins {
    /// Adds the origin of an identifier.
    pub(crate) fn admit(&mut self, uri: &ResourceUri) {
        self.of_uris.push(uri.origin().into());
    }

    /// Adds an origin that no identifier has.
    pub(crate) fn admit_exactly(&mut self, origin: &PageOrigin) {
        self.exact.push(origin.clone());
    }

    /// MCP, Streamable HTTP, Security Warning: a page that a user visits could drive a server on the user's machine
    /// (DNS rebinding). Programs send no `Origin`.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let foreign = |origin: &str| Err(Refusal::OriginForeign { origin: Shown::new(origin) });
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return Ok(());
        };
        if origins.next().is_some() {
            return foreign("(two of them)");
        }
        let Ok(text) = origin.to_str() else {
            return foreign("(not ASCII)");
        };
        // An origin has no path: what has one is no browser's.
        let admitted = ResourceUri::parse(text).is_ok_and(|uri| {
            uri.path_and_query().is_empty() && self.of_uris.iter().any(|known| **known == *uri.origin())
        });
        let is_exact = self.exact.iter().any(|known| known.as_str() == text);
        if admitted || is_exact { Ok(()) } else { foreign(text) }
    }
}

/// Takes a request apart.
pub(crate) fn present<B>(
    mut parts: Box<request::Parts>,
    body: B,
    origins: &Origins,
    dpop: Dpop,
) -> Result<Presented<B>, Refusal> {
    origins.check(&parts.headers)?;
    // A token in the URL is in somebody's log already, and a browser sends cookies unasked: both are refused even
    // beside a good header, so that nobody comes to rely on them.
    if query::has_token(parts.uri.query().unwrap_or_default()) {
        return Err(Refusal::TokenInQuery);
    }
    let is_alone = || !parts.headers.contains_key(AUTHORIZATION);
    if parts.headers.get_all(COOKIE).iter().any(|cookies| cookie::has_token(cookies.as_bytes(), is_alone())) {
        return Err(Refusal::TokenInCookie);
    }
    let (scheme, token) = credential(&parts.headers, dpop)?;
    strip(&mut parts.headers);
    Ok(Presented { parts, body, scheme, token })
}

/// Whether the caller means to present a bound token.
pub(crate) fn says_dpop(headers: &HeaderMap) -> bool {
    headers.get(AUTHORIZATION).is_some_and(|value| has_scheme(value.as_bytes(), b"dpop "))
}

fn has_scheme(credential: &[u8], scheme: &[u8]) -> bool {
    credential.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// RFC 6750 §2.1, RFC 9449 §7.1, RFC 9110 §11.6.2.
fn credential(headers: &HeaderMap, dpop: Dpop) -> Result<(Scheme, InboundToken), Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::TokenAbsent)?;
    // RFC 9110 §5.3: whoever checks the first and whoever uses the last see two callers.
    if values.next().is_some() {
        return Err(Refusal::CredentialTwice);
    }
    let text = value.to_str().map_err(|_| Refusal::CredentialMalformed)?;
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    if is_list(text) {
        return Err(Refusal::CredentialTwice);
    }
    if scheme.is_empty() || !scheme.bytes().all(is_token_char) {
        return Err(Refusal::CredentialMalformed);
    }
    let is_dpop = scheme.eq_ignore_ascii_case("dpop");
    if !scheme.eq_ignore_ascii_case("bearer") && (!is_dpop || dpop == Dpop::Off) {
        return Err(Refusal::SchemeUnsupported { scheme: shown_scheme(scheme) });
    }
    // RFC 9110 §11.4: one blank or more, and a tab is no blank.
    let token = rest.trim_start_matches(' ');
    if !is_b64token(token) {
        return Err(Refusal::CredentialMalformed);
    }
    let token = InboundToken::new(token.to_owned());
    match (is_dpop, dpop) {
        (true, _) => Ok((Scheme::Dpop(proof(headers).map_err(Refusal::Proof)?), token)),
        // Known before anything is looked at: no bearer token is accepted here, bound or not.
        (false, Dpop::Required) => Err(Refusal::SenderRequired),
        (false, _) => Ok((Scheme::Bearer, token)),
    }
}

/// RFC 9449 §4.3, check 1: exactly one. No proof has a comma in it, so a list is two headers that a proxy joined.
fn proof(headers: &HeaderMap) -> Result<Box<str>, ProofFlaw> {
    let mut values = headers.get_all(DPOP).iter();
    let value = values.next().ok_or(ProofFlaw::Missing)?;
    if values.next().is_some() || value.as_bytes().contains(&b',') {
        return Err(ProofFlaw::Twice);
    }
    value.to_str().map(Into::into).map_err(|_| ProofFlaw::Malformed)
}

/// Two credentials in one header, as a proxy joins two headers.
fn is_list(text: &str) -> bool {
    let begins_with_scheme = |part: &str| {
        let word = part.trim_matches([' ', '\t']).split([' ', '\t']).next().unwrap_or_default();
        word.eq_ignore_ascii_case("bearer")
            || KNOWN_SCHEMES.iter().any(|known| word.eq_ignore_ascii_case(known))
    };
    // Most have no comma at all.
    if memchr::memchr(b',', text.as_bytes()).is_none() {
        return false;
    }
    let mut parts = text.split(',');
    let first = parts.next().unwrap_or_default();
    let is_token = has_scheme(first.as_bytes(), b"bearer ") || has_scheme(first.as_bytes(), b"dpop ");
    let mut rest = parts.peekable();
    // No token has a comma in it; other schemes have parameters, and only a second scheme makes a list of them.
    (is_token && rest.peek().is_some()) || rest.any(begins_with_scheme)
}

/// Somebody who forgets the word `Bearer` sends a token where the scheme should be.
fn shown_scheme(scheme: &str) -> Shown {
    let known = KNOWN_SCHEMES.iter().find(|known| scheme.eq_ignore_ascii_case(known));
    Shown::new(known.copied().unwrap_or("(not shown)"))
}

/// RFC 9110 §5.6.2.
fn is_token_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 6750 §2.1: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(text: &str) -> bool {
    // From `-` on come `.`, `/` and the digits; small letters are capitals with a bit more.
    let is_one = |byte: u8| {
        byte.wrapping_sub(b'-') <= b'9' - b'-'
            || (byte | 0x20).wrapping_sub(b'a') <= b'z' - b'a'
            || matches!(byte, b'_' | b'~' | b'+')
    };
    let body = text.trim_end_matches('=');
    // Without a way out in between, whole words of it are looked at in one step.
    !body.is_empty() && body.bytes().fold(true, |all, byte| all & is_one(byte))
}

/// From here on none of the headers that are known to say who a caller is says it. A server that believes one that is
/// not known here believes its callers.
fn strip(headers: &mut HeaderMap) {
    let is_credential = |name: &HeaderName| {
        matches!(name.as_str(), "authorization" | "proxy-authorization" | "cookie" | "dpop")
    };
    let speaks = |name: &&HeaderName| is_credential(name) || speaks_for_caller(name.as_str());
    let speaking: Vec<_> = headers.keys().filter(speaks).cloned().collect();
    for name in speaking {
        headers.remove(name);
    }
}

/// CGI and its heirs read `_` and `-` as one letter (RFC 3875 §4.1.18).
fn speaks_for_caller(name: &str) -> bool {
    let known = name.bytes().next().and_then(|first| BY_LETTER.get(usize::from(first)));
    let Some((names, families)) = known.filter(|(names, families)| !names.is_empty() || !families.is_empty())
    else {
        return false;
    };
    let has_underline = name.as_bytes().contains(&b'_');
    let plain = if has_underline { Cow::from(name.replace('_', "-")) } else { Cow::from(name) };
    names.iter().any(|known| **known == *plain) || families.iter().any(|family| plain.starts_with(family))
}

/// Names, and families of them.
type Known = (Vec<&'static str>, Vec<&'static str>);

/// Names and families by their first letter: every request asks this of each of its headers, and the first letter answers
/// for most of them.
static BY_LETTER: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let beginning_with = |known: &[&'static str], letter: u8| {
        known.iter().copied().filter(|name| name.bytes().next() == Some(letter)).collect()
    };
    let known = |letter| (beginning_with(SPEAK_FOR_CALLERS, letter), beginning_with(FAMILIES, letter));
    (0..=u8::MAX).map(known).collect()
});
