//! Names: which header is the credential, which parameter an access token, and what leaves a text a text.

use std::{collections::HashSet, sync::LazyLock};

use super::OTHERS;
use crate::{
    flow::{
        heap::Heap,
        value::{Mark, Marks, Shape, Value},
    },
    ir::Text,
    project::Place,
};

/// The header that a credential comes in.
pub(super) const CREDENTIAL: &str = "authorization";

/// What keeps a text, or enough of it: what else is made of a credential is none.
const KEEPS: &str = "\
    replace replaceall replacefirst split splitn split_whitespace split_once rsplit partition rpartition \
    slice substring substr strip trim trimstart trimend trimspace trimprefix trim_start_matches \
    trim_matches trimleft removeprefix strip_prefix cutprefix cut fields lower tolower tolowercase \
    to_lowercase upper touppercase casefold at pop shift last first next nextelement nth get firstordefault \
    singleordefault first_or_default decode encode encodeuricomponent decodeuricomponent quote to_str \
    to_string tostring str string format sprintf sprint concat join valueof parse from_str from_static \
    from_bytes try_from try_into and_then map filter then or or_else orelse orelsethrow oknullable \
    ofnullable of just expose_secret match matchall exec group strvalue get_secret_value secretstr compact \
    values keys items entries fromentries sorted list tuple dict set reduce clone assign copy deepcopy ok \
    some bearer authenticationheadervalue pick getclient await result collect zip startswith intern toarray \
    tolist todictionary";

/// Notes on each of two ways whether the element of headers that was asked about can be the credential: where it is the
/// same as the other one, or one of it, and where it is not.
pub(crate) fn tell_apart(
    one: &Value,
    other: &Value,
    same: &mut Option<Heap>,
    different: &mut Option<Heap>,
    at: &Place,
) {
    for (element, with) in [(one, other), (other, one)] {
        for mark in element.marks.iter() {
            let Mark::Headers(id) = mark else { continue };
            let names = different.as_ref().or(same.as_ref()).and_then(|heap| names_in(with, heap));
            let is_in = names.as_ref().map(|names| names.iter().any(|name| is_credential(name)));
            let clean = match is_in {
                Some(true) => different.as_mut(),
                // What is one of these is none of the others; so it is where nobody knows which are allowed.
                Some(false) | None => same.as_mut(),
            };
            if let Some(heap) = clean {
                heap.write(id, &OTHERS.into(), Shape::Bool(true).into(), at.clone());
            }
        }
    }
}

/// The names that a value is, or that are in it.
fn names_in(value: &Value, heap: &Heap) -> Option<Vec<Text>> {
    if let Some(name) = name_of_header(value) {
        return Some(vec![name]);
    }
    let object = heap.get(value.object()?)?;
    if object.open.is_some() && object.items.is_empty() && object.slots.is_empty() {
        return None;
    }
    let items = object.items.iter().flat_map(Value::each).filter_map(name_of_header);
    Some(items.chain(object.slots.keys().cloned()).collect())
}

/// The name of a header, also where it is a constant of a library: `header::AUTHORIZATION`.
pub(crate) fn name_of_header(value: &Value) -> Option<Text> {
    match &value.shape {
        Shape::Text(text) => Some(text.clone()),
        Shape::Foreign(path) | Shape::Unknown(Some(path)) => {
            let last = path.rsplit('.').next().unwrap_or_default();
            is_credential(last).then(|| CREDENTIAL.into())
        }
        _ => None,
    }
}

/// Whether the name is that of the header with the credential.
pub(crate) fn is_credential(name: &str) -> bool {
    // Django and WSGI have it among what the server says.
    name.eq_ignore_ascii_case(CREDENTIAL) || name == "HTTP_AUTHORIZATION"
}

/// Whether a parameter of that name is an access token, whatever it is for.
pub(crate) fn is_access_token(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    matches!(
        plain.to_ascii_lowercase().as_str(),
        "accesstoken" | "oauthtoken" | "bearertoken" | "authtoken" | "jwt"
    )
}

/// Whether a parameter of that name may be one.
pub(crate) fn is_like_token(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "token" | "bearer" | "auth")
}

/// The usual spellings of what [`is_access_token`] knows, but for `jwt`.
pub(crate) const ACCESS_TOKENS: &[&str] = &[
    "access_token",
    "accessToken",
    "AccessToken",
    "ACCESS_TOKEN",
    "accesstoken",
    "access.token",
    "Access.Token",
    "oauth_token",
    "oauthToken",
    "OAuthToken",
    "OauthToken",
    "OAUTH_TOKEN",
    "oauthtoken",
    "oauth.token",
    "bearer_token",
    "bearerToken",
    "BearerToken",
    "BEARER_TOKEN",
    "bearertoken",
    "bearer.token",
    "auth_token",
    "authToken",
    "AuthToken",
    "AUTH_TOKEN",
    "authtoken",
    "auth.token",
    "Auth.Token",
];

/// Whether all headers of a request that came in are in there.
pub(crate) fn has_headers(marks: &Marks) -> bool {
    marks.iter().any(|mark| matches!(mark, Mark::Headers(_)))
}

/// What goes on through a call of that name: a credential only where a text is cut or put together.
pub(crate) fn carried(called: Option<&str>, marks: &Marks) -> Marks {
    static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| KEEPS.split_whitespace().collect());
    // Most of what is called has nothing to do with a credential.
    let keeps = || {
        let last = called.and_then(|called| called.rsplit('.').next()).unwrap_or_default();
        KNOWN.contains(last.to_ascii_lowercase().trim_end_matches('!'))
    };
    marks.only(|mark| !matches!(mark, Mark::Inbound | Mark::Headers(_)) || keeps())
}
