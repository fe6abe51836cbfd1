//! Requests for tokens and authorizations among what was met: which grant, and whether `resource` is in them.

mod look;
mod parameters;

pub(super) use look::{Look, as_sent, options_from};

use super::{
    event::Event,
    heap::{Is, Object},
    known::BUILDER,
    value::{Mark, Marks, Presence, Shape, Value},
};
use crate::{library::Does, project::Place};

/// Which kind of token request it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// An authorization code for a token.
    Code,
    /// A refresh token for another token.
    Refresh,
    /// The program in its own name.
    ClientCredentials,
    /// A token for another token.
    Exchange,
    /// A token for a signed statement, which names in itself whom it is for.
    Assertion,
    /// Something else, or nobody knows.
    Other,
}

impl Grant {
    fn of(text: &str) -> Self {
        match text {
            "authorization_code" => Self::Code,
            "refresh_token" => Self::Refresh,
            "client_credentials" => Self::ClientCredentials,
            "urn:ietf:params:oauth:grant-type:token-exchange" => Self::Exchange,
            // The same is so of a ticket (UMA 2.0).
            "urn:ietf:params:oauth:grant-type:uma-ticket"
            | "urn:ietf:params:oauth:grant-type:jwt-bearer"
            | "urn:ietf:params:oauth:grant-type:saml2-bearer" => Self::Assertion,
            _ => Self::Other,
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// A token.
    Token(Grant),
    /// An authorization.
    Authorization,
}

/// By what it is known that there is a request. Of several about the same parameters the first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    /// A library sends it or makes it.
    Library,
    /// Something that nobody knows is given the parameters.
    Unknown,
    /// A text is made of the parameters.
    Text,
    /// The parameters are put together.
    Parameters,
}

/// A request for a token or an authorization.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// What for.
    pub(crate) asks: Asks,
    /// By what it is known.
    pub(crate) by: By,
    /// Whether `resource` is in it.
    pub(crate) resource: Presence,
    /// What it is, and where it was written.
    pub(crate) value: Option<(Value, Place)>,
    /// Whether it may have parameters that nobody here has written, and what flowed into these.
    pub(crate) open: Option<Marks>,
    /// Where its parameters were put together.
    pub(crate) born: Option<Place>,
    /// Where it goes.
    pub(crate) url: Option<Value>,
    /// Whether the library that sends it takes no such parameters at all.
    pub(crate) is_fixed: bool,
    /// Whether which grant it is comes from elsewhere, and was told by what comes with it.
    pub(crate) is_guessed: bool,
}

/// The request that a call sends or makes, if it is one.
pub(crate) fn of(event: &Event<'_>) -> Option<Request> {
    let Event::Called { known, what, arguments, heap, receiver, .. } = event else { return None };
    let look = Look { known, arguments, heap, receiver: receiver.as_ref() };
    let mut request = match known.does {
        Does::Verify
        | Does::Sign
        | Does::Peek
        | Does::Guard
        | Does::Introspect
        | Does::Compare
        | Does::Option
        | Does::Write
        | Does::Build
        | Does::Keep
        | Does::Store
        | Does::Gives => return None,
        Does::TokenRequest => {
            let parameters = look.first(&known.body).unwrap_or_default();
            let given = look.grant_given();
            let grant = parameters.grant().or_else(|| match known.grant.as_deref()?.strip_prefix('@') {
                Some(path) => look.argument(path)?.text().map(|text| Grant::of(text)),
                None => known.grant.as_deref().map(Grant::of),
            });
            let mut request = parameters.request(Asks::Token(grant.unwrap_or(Grant::Other)), By::Library);
            request.born = request.born.or(given);
            look.with_resource(request)
        }
        Does::AuthorizeRequest => {
            let parameters = look.first(&known.body).unwrap_or_default();
            look.with_resource(parameters.request(Asks::Authorization, By::Library))
        }
        Does::Send | Does::Pass | Does::Encode => {
            let by = match known.does {
                Does::Send => By::Library,
                Does::Pass => By::Unknown,
                _ => By::Text,
            };
            let to = known.url.iter().find_map(|path| look.argument(path));
            let is_device = by == By::Library && to.is_some_and(|to| is_for_devices(&to));
            let named = known.body.iter().chain(&known.query).filter_map(|path| look.at(path));
            // Where only its name says that it sends, anything that it is given may be what it sends.
            let is_known_by_name = (known.telling || by == By::Unknown) && !known.is_called(what);
            let anywhere = is_known_by_name.then(|| look.anywhere()).into_iter().flatten();
            let mut all = named.chain(look.under_a_name()).chain(anywhere);
            all.find_map(|parameters| {
                let unnamed = || parameters.unnamed_grant().filter(|_| by == By::Library);
                let grant = parameters.grant().or_else(unnamed).map(Asks::Token);
                let is_authorization =
                    parameters.asks_authorization() || (is_device && parameters.has("client_id"));
                let asks = grant.or_else(|| is_authorization.then_some(Asks::Authorization))?;
                Some(parameters.request(asks, by))
            })?
        }
    };
    request.is_fixed = matches!(known.does, Does::TokenRequest | Does::AuthorizeRequest)
        && known.body.is_empty()
        && known.resource.is_empty()
        && known.grant.as_ref().is_some_and(|grant| !grant.starts_with('@'));
    request.url = known.url.iter().find_map(|path| look.argument(path));
    Some(request)
}

/// Whether an address is that of device authorizations (RFC 8628).
fn is_for_devices(url: &Value) -> bool {
    url.each().any(|one| match &one.shape {
        Shape::Text(text) | Shape::Unknown(Some(text)) => text.to_ascii_lowercase().contains("device"),
        Shape::Template(parts) => parts.iter().any(is_for_devices),
        _ => false,
    })
}

/// The token request that an object is, which nobody was seen to send.
pub(crate) fn for_token(object: &Object) -> Option<Request> {
    let object = look::as_sent_of(object);
    let grant = object.slots.get("grant_type")?;
    let is_whole = PROVEN.iter().any(|key| object.slots.contains_key(*key));
    if grant.presence != Presence::Always || grant.value.text().is_none() || !is_whole {
        return None;
    }
    let parameters = parameters::Parameters { object: Some(object.into_owned()), text: String::new() };
    let grant = parameters.grant()?;
    Some(parameters.request(Asks::Token(grant), By::Parameters))
}

/// What a client shows for a token, with the grant.
const PROVEN: &[&str] = &["code", "refresh_token", "client_secret", "device_code", "username", "scope"];

/// The authorization request that an object is, which nobody was seen to send.
pub(crate) fn of_object(object: &Object) -> Option<Request> {
    let asked = object.slots.get("response_type")?;
    let is_code = asked.value.each().filter_map(Value::text).any(|text| text.contains("code"));
    // Where the kind of answer is set elsewhere, the rest says what it is.
    let is_set_elsewhere = || {
        let is_known = asked.value.each().all(|one| one.text().is_some());
        !is_known && ["redirect_uri", "scope"].iter().all(|key| object.slots.contains_key(*key))
    };
    // What somebody came with is looked at, not sent.
    let is_asked = (is_code || is_set_elsewhere()) && !asked.value.marks.has(Mark::Request);
    let is_whole = matches!(object.is, Is::Map) || is_builder(object);
    if !is_asked || !is_whole || !object.slots.contains_key("client_id") {
        return None;
    }
    let parameters = parameters::Parameters { object: Some(object.clone()), text: String::new() };
    Some(parameters.request(Asks::Authorization, By::Parameters))
}

/// Whether it is an address, or a text, that one call after another adds to.
pub(crate) fn is_builder(object: &Object) -> bool {
    object.slots.contains_key(BUILDER)
}

/// What is given at the first of these places: see [`Call`].
pub(crate) fn given(event: &Event<'_>, paths: &[String]) -> Option<Value> {
    let Event::Called { known, arguments, heap, receiver, .. } = event else { return None };
    let look = Look { known, arguments, heap, receiver: receiver.as_ref() };
    paths.iter().find_map(|path| look.argument(path))
}

/// Whether a call sends a parameter of that name, in its body or its query.
pub(crate) fn sends(event: &Event<'_>, name: &str) -> bool {
    let (Some(look), Event::Called { known, .. }) = (look(event), event) else { return false };
    known.body.iter().chain(&known.query).filter_map(|path| look.at(path)).any(|all| all.has(name))
}

/// The arguments of a call.
pub(super) fn look<'e>(event: &'e Event<'_>) -> Option<Look<'e>> {
    let Event::Called { known, arguments, heap, receiver, .. } = event else { return None };
    Some(Look { known, arguments, heap, receiver: receiver.as_ref() })
}
