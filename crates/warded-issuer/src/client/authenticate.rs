//! Is the client who it says (RFC 6749 §2.3)? Public clients say who they are; confidential ones prove it, in
//! one way.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use zeroize::Zeroizing;

use super::{Client, Proof, is_described_elsewhere};
use crate::{AuthorizationServer, form::Form, refused::Refused, throttle::Peer, token::presented_to_it};

/// What a request says about its client.
struct Presented {
    id: String,
    secret: Option<Zeroizing<String>>,
}

/// The client of a token request. Two ways at once are refused: which of them counted would be a matter of
/// taste, and an attacker would know ours.
pub(crate) async fn authenticate(
    server: &AuthorizationServer,
    headers: &HeaderMap,
    form: &Form,
    peer: Peer,
) -> Result<Client, Refused> {
    let presented = presented(headers, form)?;
    if is_described_elsewhere(&presented.id) {
        // Anybody may post here, and an id that is a URL makes us fetch: only for what was granted to it.
        presented_to_it(server, &presented.id, form).await?;
    }
    let client = server.client(&presented.id, peer).await?;
    match (client.proof(), presented.secret) {
        (Proof::None, None) => Ok(client),
        (Proof::Secret(held), Some(secret)) if held.is_of(secret.as_bytes()) => Ok(client),
        // A public client that sends a secret believes to be somebody else.
        _ => Err(Refused::ClientUnproven),
    }
}

fn presented(headers: &HeaderMap, form: &Form) -> Result<Presented, Refused> {
    if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
        return Err(Refused::ClientMethod);
    }
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let (field, second) = (fields.next(), fields.next());
    if second.is_some() {
        return Err(Refused::ClientTwice);
    }
    let in_body = form.get("client_secret");
    let Some(field) = field else {
        let secret = in_body.map(|secret| Zeroizing::new(secret.to_owned()));
        return Ok(Presented { id: form.need("client_id")?.to_owned(), secret });
    };
    if in_body.is_some() {
        return Err(Refused::ClientTwice);
    }
    let presented = basic(field.as_bytes()).ok_or(Refused::ClientMethod)?;
    match form.get("client_id") {
        Some(id) if id != presented.id => Err(Refused::ClientTwice),
        _ => Ok(presented),
    }
}

/// `Basic`, whose parts are form-encoded before they are joined (RFC 6749 §2.3.1).
fn basic(field: &[u8]) -> Option<Presented> {
    let (scheme, encoded) = std::str::from_utf8(field).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = Zeroizing::new(String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?);
    let (id, secret) = pair.split_once(':')?;
    let secret = Zeroizing::new(decoded(secret)?);
    Some(Presented { id: decoded(id)?, secret: Some(secret) })
}

/// One form-encoded text; what would fall apart into several is none.
fn decoded(text: &str) -> Option<String> {
    if text.contains(['&', '=']) {
        return None;
    }
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    match (pairs.next(), pairs.next()) {
        (Some((text, value)), None) if value.is_empty() => Some(text.into_owned()),
        (None, None) => Some(String::new()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(fields: &[String], body: &str) -> Result<(String, Option<String>), Refused> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(AUTHORIZATION, HeaderValue::from_str(field).unwrap());
        }
        let presented = presented(&headers, &Form::read(body.as_bytes()).unwrap())?;
        Ok((presented.id, presented.secret.map(|secret| secret.to_string())))
    }

    fn header(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn a_client_authenticates_in_one_way() {
        let some = |id: &str, secret: Option<&str>| Ok((id.to_owned(), secret.map(str::to_owned)));
        assert_eq!(of(&[], "client_id=a"), some("a", None));
        assert_eq!(of(&[], "client_id=a&client_secret="), some("a", None));
        assert_eq!(of(&[], "client_id=a&client_secret=s"), some("a", Some("s")));
        assert_eq!(of(&[header("a:s")], ""), some("a", Some("s")));
        assert_eq!(of(&[header("a:s")], "client_id=a"), some("a", Some("s")));
        assert_eq!(of(&[header("a%3Ab:p%3Ass+w%25rd%26")], ""), some("a:b", Some("p:ss w%rd&")));
        assert_eq!(of(&[header("a:s")], "client_id=b"), Err(Refused::ClientTwice));
        assert_eq!(of(&[header("a:s")], "client_secret=s"), Err(Refused::ClientTwice));
        assert_eq!(of(&[header("a:s"), header("b:s")], ""), Err(Refused::ClientTwice));
        assert_eq!(of(&[], ""), Err(Refused::ParameterMissing("client_id")));
        assert_eq!(of(&[], "client_id=a&client_assertion=x"), Err(Refused::ClientMethod));
        for other in ["Bearer x", "Basic", "Basic !", "basic:x"] {
            assert_eq!(of(&[other.to_owned()], "client_id=a"), Err(Refused::ClientMethod), "{other}");
        }
        for broken in ["a", "a&b:s", "a=b:s"] {
            assert_eq!(of(&[header(broken)], ""), Err(Refused::ClientMethod), "{broken}");
        }
    }
}
