//! Is the client who it says (RFC 6749 §2.3)? Public clients say who they are; confidential ones prove it, in
//! one way: with a secret, or with a key (RFC 7523 §2.2).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use warded_core::{
    assertion::{Asserted, Assertion, AssertionFlaw, Awaited},
    dpop::{ProofFlaw, Proved},
};
use warded_store::Evidence;
use zeroize::Zeroizing;

use super::{Client, Proof, Vouched, is_described_elsewhere};
use crate::{
    AuthorizationServer, form::Form, metadata::endpoint, refused::Refused, revoke, throttle::Peer,
    token::presented_to_it,
};

/// RFC 7523 §2.2
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a request says about its client.
struct Presented<'f> {
    id: String,
    with: Credential<'f>,
}

/// What it says it with.
enum Credential<'f> {
    Nothing,
    Secret(Zeroizing<String>),
    Assertion(Box<Assertion<'f>>),
}

/// Where a client shows who it is. What it presents there has to be its own before anything is fetched for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    /// The token endpoint, with a code or a refresh token.
    Token,
    /// The revocation endpoint, with a token.
    Revocation,
}

/// A client that has shown who it is. What it showed is not used up yet.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) client: Client,
    pub(crate) assertion: Option<Asserted>,
}

/// The client of a request. Two ways at once are refused: which of them counted would be a matter of taste, and an
/// attacker would know ours.
pub(crate) async fn recognise(
    server: &AuthorizationServer,
    headers: &HeaderMap,
    form: &Form,
    peer: Peer,
    desk: Desk,
) -> Result<Known, Refused> {
    let Presented { id, with } = presented(headers, form)?;
    let is_vouched = is_described_elsewhere(&id);
    if is_vouched {
        // Anybody may post here, and an id that is a URL makes us fetch: only for what was granted to it.
        desk.its_own(server, &id, form).await?;
    }
    let client = server.client(&id, peer).await?;
    let assertion = match (client.proof(), with) {
        (Proof::None, Credential::Nothing) => None,
        (Proof::Secret(held), Credential::Secret(secret)) if held.is_of(secret.as_bytes()) => None,
        (Proof::Keys(_), Credential::Assertion(assertion)) => {
            // So do keys that are at a URL; the operator has looked at those of its own clients.
            if !is_vouched && client.vouched != Vouched::Operator {
                desk.its_own(server, &id, form).await?;
            }
            let keys = server.client_keys(&client, assertion.kid(), peer).await?;
            let (endpoint, now) = (endpoint(&server.issuer, "token"), server.clock.now());
            let awaited = Awaited { client: &client.id, issuer: &server.issuer, endpoint: &endpoint, now };
            Some(assertion.check(&awaited, &keys)?)
        }
        // A public client that sends a secret believes to be somebody else.
        _ => return Err(Refused::ClientUnproven),
    };
    Ok(Known { client, assertion })
}

impl Desk {
    async fn its_own(self, server: &AuthorizationServer, id: &str, form: &Form) -> Result<(), Refused> {
        match self {
            Self::Token => presented_to_it(server, id, form).await,
            Self::Revocation => revoke::presented_to_it(server, id, form).await,
        }
    }
}

impl Known {
    /// What is used up where this request gets something: what the client showed, and the proof of its key with it. Both, or
    /// neither, so that whichever is refused leaves the other good. RFC 7523 §3, 7: whoever sees an assertion must not be the
    /// client with it; RFC 9449 §11.1: nor its holder with a proof.
    pub(crate) fn evidence(
        &self,
        server: &AuthorizationServer,
        proof: Option<&Proved>,
    ) -> Result<Evidence, Refused> {
        let now = server.clock.now();
        // What came in between took its time, and a mark that nobody keeps any more would be no mark.
        if self.assertion.as_ref().is_some_and(|assertion| now >= assertion.until()) {
            return Err(AssertionFlaw::Expired.into());
        }
        if let Some(stale) = proof.filter(|proof| now >= proof.until()) {
            return Err(Refused::Proof(ProofFlaw::Stale { at: stale.issued() }.entry()));
        }
        let assertion = self.assertion.as_ref().map(|shown| (*shown.mark(), shown.until()));
        let marks = assertion.into_iter().chain(proof.map(|shown| (*shown.mark(), shown.until()))).collect();
        Ok(Evidence { key: proof.map(Proved::key), marks })
    }

    /// The refusal of what was used before, by its place in the evidence.
    pub(crate) fn shown_before(&self, place: usize) -> Refused {
        match (place, &self.assertion) {
            (0, Some(_)) => Refused::AssertionReplayed,
            _ => Refused::Proof(ProofFlaw::Replayed.entry()),
        }
    }

    /// Uses it up for a request that spends nothing else.
    pub(crate) async fn use_up(
        &self,
        server: &AuthorizationServer,
        proof: Option<&Proved>,
    ) -> Result<(), Refused> {
        let marks = self.evidence(server, proof)?.marks;
        if marks.is_empty() {
            return Ok(());
        }
        match server.store.first_uses(&marks, server.clock.now()).await? {
            None => Ok(()),
            Some(place) => Err(self.shown_before(place)),
        }
    }
}

/// The id and the secret of whoever shows nothing but these: a server that asks about tokens is no client.
pub(crate) fn id_and_secret(
    headers: &HeaderMap,
    form: &Form,
) -> Result<(String, Option<Zeroizing<String>>), Refused> {
    let Presented { id, with } = presented(headers, form)?;
    match with {
        Credential::Nothing => Ok((id, None)),
        Credential::Secret(secret) => Ok((id, Some(secret))),
        Credential::Assertion(_) => Err(Refused::ClientMethod),
    }
}

fn presented<'f>(headers: &HeaderMap, form: &'f Form) -> Result<Presented<'f>, Refused> {
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let (field, second) = (fields.next(), fields.next());
    if second.is_some() {
        return Err(Refused::ClientTwice);
    }
    let (secret, assertion) = (form.get("client_secret"), asserted(form)?);
    if usize::from(field.is_some()) + usize::from(secret.is_some()) + usize::from(assertion.is_some()) > 1 {
        return Err(Refused::ClientTwice);
    }
    let said = form.get("client_id");
    let presented = match (field, assertion) {
        (Some(field), _) => basic(field.as_bytes()).ok_or(Refused::ClientMethod)?,
        (None, Some(assertion)) => {
            Presented { id: assertion.client().to_owned(), with: Credential::Assertion(Box::new(assertion)) }
        }
        (None, None) => {
            let with = secret
                .map_or(Credential::Nothing, |secret| Credential::Secret(Zeroizing::new(secret.to_owned())));
            return Ok(Presented { id: form.need("client_id")?.to_owned(), with });
        }
    };
    // Which of two ids counted, the next reader would decide.
    match said {
        Some(id) if id != presented.id => Err(Refused::ClientTwice),
        _ => Ok(presented),
    }
}

/// The assertion in a form. One without its type, or of another type, is not ours to guess at.
fn asserted(form: &Form) -> Result<Option<Assertion<'_>>, Refused> {
    match (form.get("client_assertion"), form.get("client_assertion_type")) {
        (None, None) => Ok(None),
        (Some(text), Some(ASSERTION_TYPE)) => Ok(Some(Assertion::parse(text)?)),
        _ => Err(Refused::ClientMethod),
    }
}

/// `Basic`, whose parts are form-encoded before they are joined (RFC 6749 §2.3.1).
fn basic<'f>(field: &[u8]) -> Option<Presented<'f>> {
    let (scheme, encoded) = std::str::from_utf8(field).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = Zeroizing::new(String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?);
    let (id, secret) = pair.split_once(':')?;
    let secret = Zeroizing::new(decoded(secret)?);
    Some(Presented { id: decoded(id)?, with: Credential::Secret(secret) })
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
        let form = Form::read(body.as_bytes()).unwrap();
        let presented = presented(&headers, &form)?;
        let secret = match presented.with {
            Credential::Nothing => None,
            Credential::Secret(secret) => Some(secret.to_string()),
            Credential::Assertion(assertion) => Some(format!("{assertion:?}")),
        };
        Ok((presented.id, secret))
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
        for other in ["Bearer x", "Basic", "Basic !", "basic:x"] {
            assert_eq!(of(&[other.to_owned()], "client_id=a"), Err(Refused::ClientMethod), "{other}");
        }
        for broken in ["a", "a&b:s", "a=b:s"] {
            assert_eq!(of(&[header(broken)], ""), Err(Refused::ClientMethod), "{broken}");
        }
    }

    /// Of the client `a`; nobody signed it.
    fn assertion() -> String {
        use warded_core::jose::base64url::encode;
        let claims = r#"{"iss":"a","sub":"a","aud":"https://a.example","jti":"1","exp":1}"#;
        let text = format!("{}.{}.{}", encode(r#"{"alg":"EdDSA"}"#), encode(claims), encode("signature"));
        let kind = form_urlencoded::byte_serialize(ASSERTION_TYPE.as_bytes()).collect::<String>();
        format!("client_assertion={text}&client_assertion_type={kind}")
    }

    #[test]
    fn an_assertion_is_one_way_and_says_whose_it_is() {
        let good = assertion();
        let asserted = Ok(("a".to_owned(), Some("Assertion".to_owned())));
        assert_eq!(of(&[], &good), asserted);
        assert_eq!(of(&[], &format!("{good}&client_id=a")), asserted);
        assert_eq!(of(&[], &format!("{good}&client_id=b")), Err(Refused::ClientTwice));
        assert_eq!(of(&[], &format!("{good}&client_secret=s")), Err(Refused::ClientTwice));
        assert_eq!(of(&[header("a:s")], &good), Err(Refused::ClientTwice));
        let (alone, kind) = good.split_once('&').unwrap();
        for partly in
            [alone, kind, &format!("{alone}&client_assertion_type=x"), &good.replace("jwt", "saml2")]
        {
            assert_eq!(of(&[], partly), Err(Refused::ClientMethod), "{partly}");
        }
        let garbage = good.replace("client_assertion=", "client_assertion=x");
        assert_eq!(of(&[], &garbage), Err(Refused::Assertion(AssertionFlaw::Malformed)));
    }
}
