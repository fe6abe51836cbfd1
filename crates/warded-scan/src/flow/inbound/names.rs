//! Names: which header is the credential, which parameter an access token, and what leaves a text a text.

use std::{collections::HashSet, sync::LazyLock};

use super::OTHERS;
use crate::{
    flow::{
        heap::{Heap, Is},
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
    some bearer sanitize sanitizevalue sanitize_value sanitize_header_value sanitizeheadervalue authenticationheadervalue pick getclient await result collect zip startswith intern toarray \
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
            // Which are allowed, somebody else says.
            let by_list = is_in.is_none() && is_list(with);
            if let Some(heap) = clean {
                let how = if by_list { Shape::Text(LISTED.into()) } else { Shape::Bool(true) };
                heap.write(id, &OTHERS.into(), how.into(), at.clone());
            }
        }
    }
}

/// How it is noted that an element is one of a list.
const LISTED: &str = "listed";

/// Whether it is a list of which nobody knows what is in it, by what it is called: `forwardedHeaders`, and no one header.
fn is_list(value: &Value) -> bool {
    match &value.shape {
        Shape::Object(_) => true,
        Shape::Unknown(Some(name)) | Shape::Foreign(name) => {
            let name = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
            ["allow", "forward", "pass", "propagat", "relay", "include"]
                .iter()
                .any(|part| name.contains(part))
        }
        Shape::OneOf(all) => all.iter().any(is_list),
        _ => false,
    }
}

/// The names that a value is, or that are in it.
fn names_in(value: &Value, heap: &Heap) -> Option<Vec<Text>> {
    if let Some(name) = name_of_header(value) {
        return Some(vec![name]);
    }
    let object = heap.get(value.object()?)?;
    let is_known = object.open.is_none() && !matches!(object.is, Is::Foreign(_));
    if !is_known && object.items.is_empty() && object.slots.is_empty() {
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

/// Whether what is called so may say how a token is called: every word of it is of tokens, or of where they stand.
pub(crate) fn is_name_of_token(called: &str) -> bool {
    let words = words(called);
    !words.is_empty() && words.iter().all(|word| SAYS_NAME.contains(&word.as_str()))
}

/// What is in the names of settings that say how a token is called in a query.
const SAYS_NAME: &[&str] = &[
    "query",
    "string",
    "qs",
    "url",
    "uri",
    "param",
    "parameter",
    "params",
    "name",
    "key",
    "field",
    "lookup",
    "arg",
    "from",
    "in",
    "get",
    "the",
    "config",
    "jwt",
    "token",
    "access",
    "auth",
    "bearer",
    "oauth",
    "authorization",
];

/// The words of a name, in small letters: `allowQuery`, `allow_query`, `JWTQuery`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let letters: Vec<char> = name.chars().collect();
    let mut begins = true;
    for (at, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            begins = true;
            continue;
        }
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let is_within = before.is_some_and(|before| !before.is_uppercase());
        let is_last = letters.get(at + 1).is_some_and(|after| after.is_lowercase());
        if begins || letter.is_uppercase() && (is_within || is_last) {
            all.push(String::new());
        }
        begins = false;
        if let Some(word) = all.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    all
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
    marks.only(|mark| !matches!(mark, Mark::Inbound | Mark::Headers(_) | Mark::Chosen) || keeps())
}
