//! What of a request could somebody quote? A header field whole, or what opens as much without the rest of it: a token without
//! its scheme, a cookie without its name, a value of a query.

use form_urlencoded::parse;
use http::{
    HeaderName,
    header::{AUTHORIZATION, COOKIE},
};
use warded_core::ResourceUri;
use zeroize::Zeroizing;

/// How short it may be. What is shorter stands in many words that nobody has quoted.
const SHORTEST: usize = 6;
/// What stands between the parts of a value.
const MARKS: [char; 6] = [' ', '\t', ';', ',', '=', '"'];

/// What of a header field's value counts.
pub(crate) fn of_field<'v>(name: &HeaderName, value: &'v str) -> Vec<&'v str> {
    // The name of a scheme opens nothing, and stands in many refusals (RFC 9110 §11.4).
    let is_scheme = |first: &str| *name == AUTHORIZATION || first.eq_ignore_ascii_case("bearer");
    let credential = value.split_once(' ').filter(|(first, _)| is_scheme(first)).map(|(_, rest)| rest);
    let credential = credential.unwrap_or(value);
    // Neither does the name of a cookie (RFC 6265 §4.2.1).
    let unnamed =
        |pair: &'v str| pair.split_once('=').filter(|_| *name == COOKIE).map_or(pair, |(_, value)| value);
    let pairs: Vec<&str> = credential.split(';').map(unnamed).collect();
    let parts = pairs.iter().flat_map(|pair| pair.split(MARKS));
    let all = [value, credential].into_iter().chain(pairs.iter().map(|pair| pair.trim())).chain(parts);
    // A credential is one however short it is.
    let is_long = |piece: &&str| piece.len() >= SHORTEST || (*name == AUTHORIZATION && *piece == credential);
    all.filter(|piece| is_long(piece) && !piece.is_empty()).collect()
}

/// What of a URL counts. Some servers take a key there, with a name or without.
pub(crate) fn of_query(url: &ResourceUri) -> Vec<Zeroizing<String>> {
    let query = url.path_and_query().split_once('?').map_or("", |(_, query)| query);
    let values = parse(query.as_bytes()).map(|(name, value)| if value.is_empty() { name } else { value });
    values.filter(|value| value.len() >= SHORTEST).map(|value| Zeroizing::new(value.into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_counts_whole_and_in_each_part_that_opens_something() {
        for (name, value, counts, not) in [
            (
                "authorization",
                "Bearer T0KEN-AND-MORE",
                &["Bearer T0KEN-AND-MORE", "T0KEN-AND-MORE"][..],
                &["Bearer"][..],
            ),
            (
                "authorization",
                "Digest realm=\"x\", response=\"d1gest-0f-it\"",
                &["d1gest-0f-it"],
                &["Digest", "x"],
            ),
            ("authorization", "Basic dXNlcjpwYXNz==", &["dXNlcjpwYXNz"], &["Basic", ""]),
            ("x-api-key", "Bearer T0KEN-AND-MORE", &["T0KEN-AND-MORE"], &["Bearer"]),
            ("x-api-key", "the-first the-second", &["the-first the-second", "the-first", "the-second"], &[]),
            ("x-api-key", "key=S3CRET-0NE", &["key=S3CRET-0NE", "S3CRET-0NE"], &["key"]),
            ("cookie", "session=S3CRET-0NE; csrf=x", &["S3CRET-0NE"], &["session", "csrf", "x"]),
            ("cookie", "session=S3CRET=0NE/and", &["S3CRET=0NE/and", "S3CRET"], &["session"]),
            ("authorization", "Bearer T0KEN", &["T0KEN"], &["Bearer", ""]),
            ("x-tenant", "en", &[], &["en"]),
        ] {
            let all = of_field(&HeaderName::from_static(name), value);
            assert!(counts.iter().all(|piece| all.contains(piece)), "{value}: {all:?}");
            assert!(!not.iter().any(|piece| all.contains(piece)), "{value}: {all:?}");
        }
    }

    #[test]
    fn a_query_counts_by_its_values() {
        let of = |url: &str| of_query(&ResourceUri::parse(url).unwrap());
        let all = of("https://a.example/mcp?key=S3CRET%2B0NE&v=1&S3CRET-TW0");
        assert_eq!(all.iter().map(|value| value.as_str()).collect::<Vec<_>>(), ["S3CRET+0NE", "S3CRET-TW0"]);
        assert!(of("https://a.example/S3CRET-N0NE").is_empty());
    }
}
