//! How does the server introduce itself? RFC 9728, without a token and without leaving the server's origin.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use warded_client::challenge::Challenge;
use warded_core::{ResourceUri, json, metadata::ProtectedResource};

use crate::{
    aim::authority_of,
    case::{Introduction, Severity},
    party::Party,
    send::{Answer, Outgoing, Read, SendFailed, Sender},
    verdict::Judged,
};

/// What was found of a server's introduction.
pub(crate) struct Introduced {
    /// The document at a well-known place.
    document: Found,
    /// What a request without a token is answered with.
    challenge: Result<Answer, SendFailed>,
    /// What the URL in the challenge leads to.
    led_to: Option<Found>,
    url: ResourceUri,
}

enum Found {
    /// A JSON object.
    Document(Vec<u8>),
    Nothing,
    /// It is somewhere else, and nobody goes there.
    Elsewhere,
    Unclear(String),
}

impl Introduced {
    /// Asks the server; `stranger` is a call without a token.
    pub(crate) async fn read(sender: &Sender, party: &Party, stranger: Outgoing) -> Self {
        let mut document = Found::Nothing;
        for place in places(&party.url) {
            document = look(sender, party, &place).await;
            if !matches!(document, Found::Nothing) {
                break;
            }
        }
        let challenge = sender.send(stranger, Read::Head).await;
        let led_to = match challenge.as_ref().ok().and_then(link) {
            Some(place) => Some(look(sender, party, &place).await),
            None => None,
        };
        Self { document, challenge, led_to, url: party.url.clone() }
    }

    /// What came back to the call without a token.
    pub(crate) fn to_stranger(&self) -> Option<&Answer> {
        self.challenge.as_ref().ok()
    }

    pub(crate) fn judge(&self, what: Introduction, severity: Severity) -> Judged {
        match what {
            Introduction::Document => match &self.document {
                Found::Document(_) => Judged::pass("it is there"),
                Found::Nothing | Found::Elsewhere => {
                    Judged::fail(severity, "there is no document at the well-known places")
                }
                Found::Unclear(why) => Judged::unclear(why.clone()),
            },
            Introduction::Resource => match &self.document {
                Found::Document(text) => self.names_the_server(text, severity),
                _ => Judged::skipped("there is no document to look at"),
            },
            Introduction::Challenge => self.judge_challenge(severity),
        }
    }

    fn names_the_server(&self, text: &[u8], severity: Severity) -> Judged {
        match ProtectedResource::parse(text, &self.url) {
            Err(invalid) => Judged::fail(severity, invalid.to_string()),
            Ok(document) if document.authorization_servers.is_empty() => {
                Judged::fail(severity, "the document names no issuer")
            }
            Ok(_) => Judged::pass("it names this server and its issuers"),
        }
    }

    fn is_the_document(&self, text: &[u8]) -> bool {
        matches!(&self.document, Found::Document(document) if document == text)
    }

    fn judge_challenge(&self, severity: Severity) -> Judged {
        let answer = match &self.challenge {
            Ok(answer) => answer,
            Err(failed) => return Judged::unclear(failed.to_string()),
        };
        let status = answer.status;
        if is_no_answer(status) {
            return Judged::unclear(format!("{} is no answer to a missing token", status.as_u16()));
        }
        if status != StatusCode::UNAUTHORIZED {
            return Judged::fail(severity, format!("answered with {} in the place of 401", status.as_u16()));
        }
        match Challenge::find(&answer.headers) {
            Err(invalid) => return Judged::fail(severity, invalid.to_string()),
            Ok(None) => return Judged::fail(severity, "the refusal has no Bearer challenge"),
            Ok(Some(_)) => {}
        }
        match &self.led_to {
            None => Judged::fail(severity, "the challenge has no `resource_metadata`"),
            // What the document says is another question, unless it is another document.
            Some(Found::Document(text)) if self.is_the_document(text) => {
                Judged::pass("it leads to the document")
            }
            Some(Found::Document(text)) => self.names_the_server(text, severity),
            Some(Found::Nothing) => Judged::fail(severity, "the challenge leads to no document"),
            Some(Found::Elsewhere) => {
                Judged::unclear("the challenge leads away from the server's origin, where nobody went")
            }
            Some(Found::Unclear(why)) => Judged::unclear(why.clone()),
        }
    }
}

/// Where the document may be (RFC 9728 §3.1): the path inserted, then at the root.
fn places(url: &ResourceUri) -> Vec<String> {
    let inserted = url.metadata_url();
    let root = format!("{}/.well-known/oauth-protected-resource", url.origin());
    if inserted == root { vec![root] } else { vec![inserted, root] }
}

fn link(answer: &Answer) -> Option<String> {
    Challenge::find(&answer.headers).ok().flatten()?.resource_metadata
}

/// Looks for a document at a URL of the server's own origin. Where somebody else says that we should go, we do not.
async fn look(sender: &Sender, party: &Party, place: &str) -> Found {
    let Ok(place) = ResourceUri::parse(place) else { return Found::Elsewhere };
    if place.origin() != party.url.origin() {
        return Found::Elsewhere;
    }
    let mut headers = HeaderMap::new();
    let Ok(host) = HeaderValue::from_str(authority_of(party)) else { return Found::Nothing };
    headers.insert(header::HOST, host);
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let target = match place.path_and_query() {
        "" => "/",
        path => path,
    };
    let request = Outgoing {
        method: Method::GET,
        to: party.url.clone(),
        target: target.to_owned(),
        headers,
        body: Bytes::new(),
    };
    match sender.send(request, Read::Whole).await {
        Err(failed) => Found::Unclear(failed.to_string()),
        Ok(answer) if is_no_answer(answer.status) => {
            Found::Unclear(format!("the document's place answers {}", answer.status.as_u16()))
        }
        Ok(answer) if answer.status == StatusCode::OK && json::object(&answer.body).is_ok() => {
            Found::Document(answer.body)
        }
        Ok(_) => Found::Nothing,
    }
}

/// Trouble, somewhere else, too much: none says what is there.
fn is_no_answer(status: StatusCode) -> bool {
    status.is_server_error() || status.is_redirection() || status == StatusCode::TOO_MANY_REQUESTS
}
