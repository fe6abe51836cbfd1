//! Do the headers say what the message says? (MCP 2026-07-28, Streamable HTTP, Server Validation)
//!
//! Whoever routes or limits by the header and whoever acts by the body would see two calls.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName};
use warded_core::{Refusal, Shown};

use super::{
    envelope::Envelope,
    message::{Kind, Message},
    revision::Revision,
};

const REVISION: Mirror =
    Mirror { header: HeaderName::from_static("mcp-protocol-version"), shown: "MCP-Protocol-Version" };
const METHOD: Mirror = Mirror { header: HeaderName::from_static("mcp-method"), shown: "Mcp-Method" };
const NAME: Mirror = Mirror { header: HeaderName::from_static("mcp-name"), shown: "Mcp-Name" };
const PARAM: &str = "Mcp-Param-*";

/// A header that says what the message says.
struct Mirror {
    header: HeaderName,
    /// As people write it.
    shown: &'static str,
}

fn disagrees(header: &'static str) -> Refusal {
    Refusal::HeaderDisagrees { header }
}

/// The revision that a request's header names; without one it is 2025-03-26, the last that had no such header.
pub(super) fn revision(headers: &HeaderMap) -> Result<Revision, Refusal> {
    named(headers).map(|named| named.unwrap_or(Revision::V2025_03_26))
}

fn named(headers: &HeaderMap) -> Result<Option<Revision>, Refusal> {
    let Some(name) = single(headers, &REVISION)? else {
        return Ok(None);
    };
    let unsupported = || Refusal::RevisionUnsupported { revision: Shown::new(name) };
    Revision::named(name).map(Some).ok_or_else(unsupported)
}

/// The revision by whose rules a message is read.
pub(super) fn revision_of(headers: &HeaderMap, envelope: &Envelope) -> Result<Revision, Refusal> {
    let found = named(headers)?;
    let named = found.unwrap_or(Revision::V2025_03_26);
    for message in &envelope.messages {
        // Also where the header is missing: a server that goes by the body would be in another revision than we.
        if message.meta_revision().is_some_and(|inner| inner != named.name()) {
            return Err(disagrees(REVISION.shown));
        }
    }
    // `initialize` proposes; what is agreed is the server's to say, also where we do not know the proposal.
    let proposed = envelope.messages.iter().find_map(Message::initial_revision).and_then(Revision::named);
    Ok(if found.is_some() { named } else { proposed.filter(|proposed| !proposed.mirrors()).unwrap_or(named) })
}

/// Compares. What a revision does not ask for must still agree where it is there.
pub(super) fn agree(headers: &HeaderMap, revision: Revision, envelope: &Envelope) -> Result<(), Refusal> {
    let method = single(headers, &METHOD)?;
    let name =
        single(headers, &NAME)?.map(decoded).transpose().map_err(|Undecodable| disagrees(NAME.shown))?;
    params(headers)?;
    for message in &envelope.messages {
        agree_on(message, revision, method, name.as_deref())?;
    }
    Ok(())
}

fn agree_on(
    message: &Message,
    revision: Revision,
    method: Option<&str>,
    name: Option<&str>,
) -> Result<(), Refusal> {
    // Of notifications the revision asks no headers.
    let must_mirror = revision.mirrors() && message.kind() == Kind::Request;
    match method {
        None if must_mirror => return Err(disagrees(METHOD.shown)),
        Some(header) if message.method() != Some(header) => return Err(disagrees(METHOD.shown)),
        _ => {}
    }
    let is_named = matches!(message.method(), Some("tools/call" | "resources/read" | "prompts/get"));
    match name {
        None if must_mirror && is_named => Err(disagrees(NAME.shown)),
        Some(header) if !message.names().any(|name| name == header) => Err(disagrees(NAME.shown)),
        _ => Ok(()),
    }
}

/// Values of parameters are compared where the tool's schema is known; here they must be readable.
fn params(headers: &HeaderMap) -> Result<(), Refusal> {
    let is_param = |name: &&HeaderName| name.as_str().starts_with("mcp-param-");
    for name in headers.keys().filter(is_param) {
        // The schema extension allows no parameter without a name.
        if name.as_str() == "mcp-param-" {
            return Err(disagrees(PARAM));
        }
        repeated(headers, name)?;
    }
    Ok(())
}

/// What a header repeats of a message, decoded (2026-07-28, Value Encoding); none where the header is not there.
///
/// ```
/// use http::{HeaderMap, HeaderName, HeaderValue};
///
/// let name = HeaderName::from_static("mcp-param-region");
/// let headers = HeaderMap::from_iter([(name.clone(), HeaderValue::from_static("=?base64?ZXU=?="))]);
/// assert_eq!(warded_guard::repeated(&headers, &name).unwrap().as_deref(), Some("eu"));
/// ```
pub fn repeated<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<Cow<'h, str>>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(disagrees(PARAM));
    }
    let text = value.to_str().map_err(|_| disagrees(PARAM))?;
    decoded(text.trim_matches([' ', '\t'])).map(Some).map_err(|Undecodable| disagrees(PARAM))
}

/// The one value of a header, without the blanks around it (RFC 9110 §5.5).
fn single<'h>(headers: &'h HeaderMap, mirror: &Mirror) -> Result<Option<&'h str>, Refusal> {
    let mut values = headers.get_all(&mirror.header).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(disagrees(mirror.shown));
    }
    let text = value.to_str().map_err(|_| disagrees(mirror.shown))?;
    Ok(Some(text.trim_ascii()))
}

/// A value between the marks of an encoding that it does not have.
struct Undecodable;

/// 2026-07-28, Value Encoding: `=?base64?…?=`, the marks exactly so.
fn decoded(text: &str) -> Result<Cow<'_, str>, Undecodable> {
    let Some(rest) = text.strip_prefix("=?base64?").filter(|_| text.ends_with("?=")) else {
        return Ok(Cow::Borrowed(text));
    };
    // `=?base64?=` begins and ends with the marks, and there is no room between them.
    let encoded = rest.strip_suffix("?=").ok_or(Undecodable)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| Undecodable)?;
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Undecodable)
}
