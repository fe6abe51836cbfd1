//! Is a token for the server that it was asked for, as far as it can be read?

use serde_json::{Map, Value};
use warded_core::{ResourceUri, Shown};

use super::{Bound, ObtainFailed, endpoint::Expected};

/// A token that can be read must say that it is for this resource and for no other: a token for everything, or for
/// another server as well, would be handed to somebody who can replay it there. A recipient that is no resource, such
/// as a client's id, is the issuer's affair.
pub(super) fn is_for(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), ObtainFailed> {
    let canonical = ResourceUri::parse(expected.resource).ok();
    let pinned = match expected.bound {
        Bound::Pinned(pinned) => Some(&**pinned),
        Bound::Audience | Bound::Unbound => None,
    };
    let is_it = |value: &Value| {
        value.as_str().is_some_and(|text| {
            text == expected.resource
                || Some(text) == pinned
                || (canonical.is_some() && ResourceUri::parse(text).ok() == canonical)
        })
    };
    let is_another =
        |value: &Value| !is_it(value) && value.as_str().is_some_and(|text| ResourceUri::parse(text).is_ok());
    let named: Vec<&Value> = match claims.get("aud") {
        None => Vec::new(),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
    };
    // Even a token that its issuer cannot bind is not for a server whose name it has on it.
    let is_named = expected.bound == &Bound::Unbound || named.iter().any(|value| is_it(value));
    if is_named && !named.iter().any(|value| is_another(value)) {
        return Ok(());
    }
    let said: Vec<_> = named.iter().map(|value| value.as_str().unwrap_or("something else")).collect();
    let said = if said.is_empty() { "nobody in particular".to_owned() } else { said.join(", ") };
    Err(ObtainFailed::OtherAudience { resource: Shown::new(expected.resource), said: Shown::new(&said) })
}
