//! What exactly is sent? An attempt becomes a request, and a line in the report that shows no token.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use zeroize::Zeroizing;

use crate::{
    case::{Ask, Attempt, Bearing, Form, Piece, Revision, Session, Token},
    dialogue::Dialect,
    forge::{NotForged, forge},
    party::{Party, Side, Tokens},
    send::{Outgoing, Read},
};

/// Where attempts are aimed: a server, its neighbour, and what the control found out.
#[derive(Clone, Copy)]
pub(crate) struct Aim<'a> {
    pub(crate) at: Side,
    pub(crate) own: &'a Party,
    pub(crate) neighbour: &'a Party,
    pub(crate) dialect: &'a Dialect,
    /// The session that the right token opened.
    pub(crate) session: Option<&'a HeaderValue>,
}

/// Why an attempt is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAimed {
    #[error("there is no ID token to try (`--id-token-…`)")]
    NoIdToken,
    #[error("there is no refresh token to try (`--refresh-token-…`)")]
    NoRefreshToken,
    #[error("{0}")]
    NotForged(#[from] NotForged),
    #[error("the request cannot be written")]
    Unwritable,
}

pub(crate) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const REVISION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Aim<'_> {
    /// The request.
    pub(crate) fn request(&self, attempt: &Attempt) -> Result<Outgoing, NotAimed> {
        let mut headers = self.usual_headers(attempt)?;
        let mut body = match self.dialect.message(attempt.ask) {
            Some(message) => Bytes::from(message.to_string()),
            None => Bytes::new(),
        };
        let mut target = path_of(self.own).to_owned();
        for bearing in attempt.bears {
            match *bearing {
                Bearing::Header(name, pieces) => {
                    let name = HeaderName::from_static(name);
                    let value = value(&self.text(pieces)?)?;
                    // One `Host` in the place of the other: a request with two is refused before anybody looks.
                    if name == header::HOST {
                        headers.insert(name, value);
                    } else {
                        headers.append(name, value);
                    }
                }
                Bearing::Query(name, pieces) => {
                    target.push(if target.contains('?') { '&' } else { '?' });
                    target.push_str(&pair(name, &self.text(pieces)?));
                }
                Bearing::Form(name, pieces) => {
                    headers.insert(
                        header::CONTENT_TYPE,
                        HeaderValue::from_static("application/x-www-form-urlencoded"),
                    );
                    body = Bytes::from(pair(name, &self.text(pieces)?));
                }
                Bearing::Target(pieces) => target = self.text(pieces)?.to_string(),
            }
        }
        let method = match attempt.ask {
            Ask::Open | Ask::List => Method::POST,
            Ask::Stream => Method::GET,
            Ask::End => Method::DELETE,
        };
        Ok(Outgoing { method, to: self.own.url.clone(), target, headers, body })
    }

    /// How much of the answer is read.
    pub(crate) const fn read(attempt: &Attempt) -> Read {
        match attempt.ask {
            Ask::Open | Ask::List => Read::Reply,
            Ask::Stream => Read::Head,
            Ask::End => Read::Whole,
        }
    }

    fn usual_headers(&self, attempt: &Attempt) -> Result<HeaderMap, NotAimed> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, value(authority_of(self.own))?);
        if let Some(method) = self.dialect.method(attempt.ask) {
            headers.insert(header::ACCEPT, BOTH);
            headers.insert(header::CONTENT_TYPE, JSON);
            if *self.dialect == Dialect::Stateless {
                headers.insert(METHOD, value(method)?);
            }
        } else {
            headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        }
        let revision = match attempt.revision {
            Revision::Spoken => self.dialect.revision(),
            Revision::Absent => None,
            Revision::Text(text) => Some(text),
        };
        if let Some(revision) = revision {
            headers.insert(REVISION, value(revision)?);
        }
        if let (Session::Own, Some(session)) = (attempt.session, self.session) {
            headers.insert(SESSION, session.clone());
        }
        Ok(headers)
    }

    fn text(&self, pieces: &[Piece]) -> Result<Zeroizing<String>, NotAimed> {
        let mut text = Zeroizing::new(String::new());
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Token(token) => text.push_str(&self.token(*token)?),
                Piece::NeighbourScheme => text.push_str(scheme_of(self.neighbour)),
                Piece::NeighbourAuthority => text.push_str(authority_of(self.neighbour)),
                Piece::NeighbourPath => text.push_str(path_of(self.neighbour)),
            }
        }
        Ok(text)
    }

    fn token(&self, token: Token) -> Result<Zeroizing<String>, NotAimed> {
        let (form, from, other): (_, &Tokens, &Tokens) = match token {
            Token::Own(form) => (form, &self.own.tokens, &self.neighbour.tokens),
            Token::Neighbour(form) => (form, &self.neighbour.tokens, &self.own.tokens),
        };
        let text = |credential: &crate::Credential| Zeroizing::new(credential.expose().to_owned());
        match form {
            Form::Genuine => Ok(text(&from.access)),
            Form::Forged(forgery) => Ok(forge(from.access.expose(), other.access.expose(), forgery)?),
            Form::IdToken => from.id.as_ref().map(text).ok_or(NotAimed::NoIdToken),
            Form::RefreshToken => from.refresh.as_ref().map(text).ok_or(NotAimed::NoRefreshToken),
        }
    }

    /// The attempt as it is told: tokens by the name of their server.
    pub(crate) fn told(&self, attempt: &Attempt) -> String {
        let mut told = match self.dialect.method(attempt.ask) {
            Some(method) => format!("POST {method}"),
            None => attempt.ask.to_string(),
        };
        match attempt.revision {
            Revision::Spoken => {}
            Revision::Absent => told += ", no mcp-protocol-version",
            Revision::Text(text) => told += &format!(", mcp-protocol-version: {text}"),
        }
        if attempt.session == Session::Own {
            told += &format!(", the session of token {}", self.at);
        }
        for bearing in attempt.bears {
            told += &match *bearing {
                Bearing::Header(name, pieces) => format!(", {name}: {}", self.shown(pieces)),
                Bearing::Query(name, pieces) => format!(", query {name}={}", self.shown(pieces)),
                Bearing::Form(name, pieces) => format!(", form {name}={}", self.shown(pieces)),
                Bearing::Target(pieces) => format!(", request target {}", self.shown(pieces)),
            };
        }
        if !attempt.bears.iter().any(|bearing| matches!(bearing, Bearing::Header("authorization", _))) {
            told += ", no authorization";
        }
        told
    }

    fn shown(&self, pieces: &[Piece]) -> String {
        let shown = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => (*text).replace('\t', "\\t"),
            Piece::Token(token) => self.named(*token),
            Piece::NeighbourScheme => scheme_of(self.neighbour).to_owned(),
            Piece::NeighbourAuthority => authority_of(self.neighbour).to_owned(),
            Piece::NeighbourPath => path_of(self.neighbour).to_owned(),
        });
        let shown = shown.collect::<String>();
        if shown.is_empty() { "(empty)".to_owned() } else { shown }
    }

    fn named(&self, token: Token) -> String {
        let (side, form) = match token {
            Token::Own(form) => (self.at, form),
            Token::Neighbour(form) => (self.at.other(), form),
        };
        match form {
            Form::Genuine => format!("<token {side}>"),
            Form::Forged(forgery) => format!("<token {side}, {}>", forgery.words()),
            Form::IdToken => format!("<ID token {side}>"),
            Form::RefreshToken => format!("<refresh token {side}>"),
        }
    }
}

/// A value that no log of a library shows.
fn value(text: &str) -> Result<HeaderValue, NotAimed> {
    let mut value = HeaderValue::from_str(text).map_err(|_| NotAimed::Unwritable)?;
    value.set_sensitive(true);
    Ok(value)
}

fn pair(name: &str, text: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, text).finish()
}

fn scheme_of(party: &Party) -> &str {
    if party.url.is_plain_http() { "http" } else { "https" }
}

/// Host and port, as they stand in `Host`.
pub(crate) fn authority_of(party: &Party) -> &str {
    party.url.origin().split_once("://").map_or("", |(_, authority)| authority)
}

fn path_of(party: &Party) -> &str {
    match party.url.path_and_query() {
        "" => "/",
        path => path,
    }
}
