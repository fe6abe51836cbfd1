//! What people mean by the names that they give to values of which nothing else is known.

use super::value::{Mark, Marks, Shape, Value};

/// What a name says about its value, where it says anything. `tokenUrl`, `TokenURL` and `TOKEN_URL` are one name.
pub(super) fn about(name: &str) -> Option<Mark> {
    NAMES.iter().find(|(known, _)| is(name, known)).map(|(_, mark)| *mark)
}

/// Whether a value is what a client says of itself: what it is called, and where the browser comes back.
pub(super) fn is_of_client(value: &Value) -> bool {
    let named = match &value.shape {
        Shape::Foreign(path) => path.rsplit('.').next().and_then(about),
        _ => None,
    };
    let is = |mark| value.marks.has(mark) || named == Some(mark);
    is(Mark::Redirect) || is(Mark::Client)
}

/// Names in small letters and without anything between their words.
const NAMES: &[(&str, Mark)] = &[
    ("issuer", Mark::Issuer),
    ("issuerurl", Mark::Issuer),
    ("issueruri", Mark::Issuer),
    ("tokenendpoint", Mark::Issuer),
    ("tokenurl", Mark::Issuer),
    ("tokenuri", Mark::Issuer),
    ("accesstokenuri", Mark::Issuer),
    ("accesstokenurl", Mark::Issuer),
    ("authorizationendpoint", Mark::Issuer),
    ("authorizationurl", Mark::Issuer),
    ("authorizationuri", Mark::Issuer),
    ("authorizeurl", Mark::Issuer),
    ("authurl", Mark::Issuer),
    ("authserverurl", Mark::Issuer),
    ("authorizationserver", Mark::Issuer),
    ("authorizationserverurl", Mark::Issuer),
    ("redirecturi", Mark::Redirect),
    ("redirecturl", Mark::Redirect),
    ("callbackurl", Mark::Redirect),
    ("resource", Mark::Server),
    ("resourceurl", Mark::Server),
    ("resourceuri", Mark::Server),
    ("serverurl", Mark::Server),
    ("serveruri", Mark::Server),
    ("mcpserverurl", Mark::Server),
    ("mcpurl", Mark::Server),
    ("baseurl", Mark::Server),
    ("audience", Mark::Server),
    ("clientid", Mark::Client),
];

/// Parts of an address that still say whose it is.
const PARTS: &[&str] = &[
    "origin", "href", "host", "hostname", "protocol", "pathname", "netloc", "scheme", "path", "Host",
    "Scheme", "Path", "String", "toString", "url", "value",
];

/// What flowed into a part of something into which that flowed. What is read of a server by its address is not the
/// address.
pub(super) fn of_part(whole: &Marks, part: &str) -> Marks {
    if PARTS.contains(&part) {
        return whole.clone();
    }
    let mut marks = Marks::default();
    let is_address =
        |mark: &Mark| matches!(mark, Mark::Issuer | Mark::Redirect | Mark::Server | Mark::Client);
    whole.iter().filter(|mark| !is_address(mark)).for_each(|mark| marks.add(mark));
    marks
}

fn is(name: &str, known: &str) -> bool {
    let letters = name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase());
    name.len() >= known.len() && letters.eq(known.bytes())
}

#[cfg(test)]
mod tests {
    use super::{
        super::value::{Mark, Marks},
        about, of_part,
    };

    #[test]
    fn a_name_is_read_in_every_spelling() {
        for name in ["token_endpoint", "tokenEndpoint", "TokenEndpoint", "TOKEN_ENDPOINT"] {
            assert_eq!(about(name), Some(Mark::Issuer), "{name}");
        }
        assert_eq!(about("endpoint"), None);
        assert_eq!(about("resource"), Some(Mark::Server));
        assert_eq!(about("resources"), None);
    }

    #[test]
    fn what_stands_at_an_address_is_not_the_address() {
        let mut marks = Marks::default();
        marks.add(Mark::Issuer);
        marks.add(Mark::Parameter);
        assert!(of_part(&marks, "origin").has(Mark::Issuer));
        let inner = of_part(&marks, "resource");
        assert!(!inner.has(Mark::Issuer) && inner.has(Mark::Parameter));
    }
}
