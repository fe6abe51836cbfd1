//! Is a token for the server that it was asked for, as far as it can be read?

use serde_json::{Map, Value};
use warded_core::{Issuer, ResourceUri, Shown, metadata::AuthorizationServer};

use super::{Bound, ObtainFailed, endpoint::Expected};

/// Finds out how a token that can be read is bound. It must say that it is for this resource and for no other: a token for
/// everything, or for another server as well, would be handed to somebody who can replay it there. A recipient that is no
/// resource, such as a client's id, is the issuer's affair, and so is the issuer itself.
pub(super) fn bound(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<Bound, ObtainFailed> {
    let canonical = ResourceUri::parse(expected.resource).ok();
    let pinned = match expected.bound {
        Bound::Pinned(pinned) => Some(&**pinned),
        Bound::Audience | Bound::Ignored | Bound::Unbound => None,
    };
    let is_it = |value: &Value| {
        value.as_str().is_some_and(|text| {
            text == expected.resource
                || Some(text) == pinned
                || (canonical.is_some() && ResourceUri::parse(text).ok() == canonical)
        })
    };
    let is_another = |value: &Value| {
        let is_resource = |text| ResourceUri::parse(text).is_ok() && !expected.own.contains(&text);
        !is_it(value) && value.as_str().is_some_and(is_resource)
    };
    let named: Vec<&Value> = match claims.get("aud") {
        None => Vec::new(),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
    };
    // Even a token that its issuer cannot bind is not for a server whose name it has on it.
    if !named.iter().any(|value| is_another(value)) {
        match expected.bound {
            Bound::Unbound | Bound::Ignored => return Ok(expected.bound.clone()),
            Bound::Audience | Bound::Pinned(_) if named.iter().any(|value| is_it(value)) => {
                return Ok(expected.bound.clone());
            }
            _ if expected.or_ignored => return Ok(Bound::Ignored),
            _ => {}
        }
    }
    let said: Vec<_> = named.iter().map(|value| value.as_str().unwrap_or("something else")).collect();
    let said = if said.is_empty() { "nobody in particular".to_owned() } else { said.join(", ") };
    Err(ObtainFailed::OtherAudience { resource: Shown::new(expected.resource), said: Shown::new(&said) })
}

/// The places of an issuer's own that its tokens may be for beside a server: itself, and where it says who somebody is, as
/// long as that has the same origin. What else stands in its metadata could be another server.
pub(super) fn own<'a>(issuer: &'a Issuer, server: Option<&'a AuthorizationServer>) -> Vec<&'a str> {
    let origin = |url: &str| ResourceUri::parse(url).ok().map(|url| url.origin().to_owned());
    let userinfo = server.and_then(|server| server.other.get("userinfo_endpoint")?.as_str());
    let userinfo = userinfo.filter(|url| origin(url).is_some_and(|at| Some(at) == origin(issuer.as_str())));
    [Some(issuer.as_str()), userinfo].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(userinfo: &str, aud: &Value, is: &Bound, or_ignored: bool) -> Option<Bound> {
        let issuer = Issuer::parse("https://tenant.example/").unwrap();
        let metadata = json!({ "issuer": issuer.as_str(), "userinfo_endpoint": userinfo });
        let server: AuthorizationServer = serde_json::from_value(metadata).unwrap();
        let (resource, own) = ("https://a.example/mcp", own(&issuer, Some(&server)));
        let expected = Expected { resource, bound: is, own, or_ignored, key: None, issued: None };
        bound(json!({ "aud": aud }).as_object().unwrap(), &expected).ok()
    }

    #[test]
    fn an_issuers_own_places_are_no_other_server() {
        let userinfo = "https://tenant.example/userinfo";
        let is = |aud: Value| of(userinfo, &aud, &Bound::Audience, false) == Some(Bound::Audience);
        assert!(is(json!(["https://a.example/mcp", userinfo])));
        assert!(is(json!(["https://a.example/mcp", "https://tenant.example/", userinfo, "client"])));
        for other in [
            "https://tenant.example/userinfo/",
            "https://tenant.example/other",
            "https://tenant.example",
            "https://b.example/userinfo",
        ] {
            assert!(!is(json!(["https://a.example/mcp", other])), "{other}");
        }
        assert!(!is(json!(userinfo)) && !is(json!("https://tenant.example/")));
        // Metadata that calls another server so makes it no part of the issuer.
        let payments = "https://payments.example/mcp";
        assert_eq!(of(payments, &json!(["https://a.example/mcp", payments]), &Bound::Audience, true), None);
    }

    #[test]
    fn whoever_puts_up_with_it_takes_a_token_that_names_nobody_and_none_that_names_another() {
        let userinfo = "https://tenant.example/userinfo";
        let pinned = Bound::Pinned("api://a".into());
        for aud in
            [json!(null), json!([]), json!("client"), json!(userinfo), json!("https://tenant.example/")]
        {
            for asked in [&Bound::Audience, &pinned] {
                assert_eq!(of(userinfo, &aud, asked, true), Some(Bound::Ignored), "{aud}");
                assert_eq!(of(userinfo, &aud, asked, false), None, "{aud}");
            }
            for kept in [&Bound::Ignored, &Bound::Unbound] {
                assert_eq!(of(userinfo, &aud, kept, false).as_ref(), Some(kept), "{aud}");
            }
        }
        for aud in [json!("https://b.example/mcp"), json!([userinfo, "https://b.example/mcp"])] {
            for asked in [&Bound::Audience, &pinned, &Bound::Ignored, &Bound::Unbound] {
                assert_eq!(of(userinfo, &aud, asked, true), None, "{aud}");
            }
        }
        assert_eq!(of(userinfo, &json!("api://a"), &pinned, true), Some(pinned));
    }
}
