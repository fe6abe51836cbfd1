//! In which ways may a server read a resource's URI? A rule for one spelling must hold for whatever reaches the same.
//!
//! Rules compare bytes, and servers do not: libraries resolve dots, fold case, decode percent-encodings and drop what
//! stands behind a `?` (RFC 3986 §6.2, WHATWG URL). A URI in the one form that all of them leave alone is compared, with
//! the few other forms that a server may take it for. For any other spelling nobody can say what is read.

use std::{collections::BTreeSet, net::Ipv4Addr};

/// The spellings by which a server may know what this URI names; none where that cannot be told.
pub(super) fn of(uri: &str) -> Option<BTreeSet<String>> {
    let (scheme, rest) = uri.split_once(':')?;
    let is_plain = is_scheme(scheme) && is_in_one_form(scheme, rest) && is_spelled_plainly(rest);
    is_plain.then(|| {
        let at = rest.find('?').unwrap_or(rest.len());
        let (before, query) = rest.split_at(at);
        let name = before.trim_start_matches('/');
        // Of other schemes, some libraries take the first part for a host, and some servers take no notice of slashes.
        let slashes = match scheme {
            "file" => &["///"][..],
            _ if default_port(scheme).is_some() => &["//"],
            _ => &["", "/", "//", "///"],
        };
        let name = name.trim_end_matches('/');
        let mut spellings = BTreeSet::from([uri.to_owned()]);
        for slashes in slashes {
            for query in ["", query] {
                // A file's name may have a slash behind it, and a folder's may lack one.
                spellings.extend(["", "/"].map(|end| format!("{scheme}:{slashes}{name}{end}{query}")));
            }
        }
        spellings
    })
}

/// In which ways a resource may be spelled, first as it was sent; none where nobody can say what is read. Whoever explains a
/// decision of the guard asks for all of them, as the guard does.
///
/// ```
/// let spellings = warded_guard::spellings("note://a/");
/// assert_eq!(spellings[0], "note://a/");
/// assert!(spellings.contains(&"note://a".to_owned()));
/// assert!(warded_guard::spellings("NOTE://a/../b").is_empty());
/// ```
pub fn spellings(uri: &str) -> Vec<String> {
    let others = of(uri).map(|all| all.into_iter().filter(|other| other != uri));
    others.map_or_else(Vec::new, |others| std::iter::once(uri.to_owned()).chain(others).collect())
}

/// Whether a rule, with some text for each of its stars, could be the one form of a URI.
pub(super) fn could_be(rule: &str) -> bool {
    let begins = if rule.starts_with('*') { &["x", "x:", "x://x/x"][..] } else { &[""] };
    let texts = ["", "x", "1", "x/x", "/x", "//x", "///x"];
    let rest = rule.trim_start_matches('*');
    begins
        .iter()
        .any(|begin| texts.iter().any(|text| of(&format!("{begin}{}", rest.replace('*', text))).is_some()))
}

/// RFC 3986 §3.1; libraries fold its case.
fn is_scheme(scheme: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase();
    scheme.bytes().next().is_some_and(is_letter)
        && scheme.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit() || b"+-.".contains(&byte))
}

/// The port that goes without saying, for the schemes that WHATWG URL calls special.
fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        "http" | "ws" => Some("80"),
        "https" | "wss" => Some("443"),
        "ftp" => Some("21"),
        _ => None,
    }
}

/// Whether slashes, host and path stand as every library would write them.
fn is_in_one_form(scheme: &str, rest: &str) -> bool {
    let before_query = rest.split('?').next().unwrap_or(rest);
    let Some(behind) = before_query.strip_prefix("//") else {
        // `https:/host`, `file:/path` and `file:path` are what their two slashes would make of them.
        return default_port(scheme).is_none() && scheme != "file" && is_path(before_query);
    };
    let (authority, path) = behind.find('/').map_or((behind, ""), |at| behind.split_at(at));
    let has_host = match scheme {
        // `file://localhost/x` is `file:///x`.
        "file" => authority.is_empty() && !path.is_empty(),
        _ if default_port(scheme).is_some() => !authority.is_empty() && !path.is_empty(),
        _ => true,
    };
    has_host && is_authority(scheme, authority) && is_path(path)
}

/// Without case, user, other spellings of an address, and a port that goes without saying.
fn is_authority(scheme: &str, authority: &str) -> bool {
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._~".contains(&byte);
    let is_number = |text: &str| text.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let last = host.rsplit('.').next().unwrap_or_default();
    // Of special schemes, libraries decode it (WHATWG URL, host parsing).
    let mut letters = host.bytes();
    let mut is_spelled = || match letters.next() {
        Some(b'%') if default_port(scheme).is_none() => letters.nth(1).map(|_| true),
        Some(byte) => Some(is_letter(byte)),
        None => None,
    };
    let is_host = std::iter::from_fn(&mut is_spelled).all(|is_plain| is_plain)
        && !host.ends_with('.')
        && (!is_number(last) || host.parse::<Ipv4Addr>().is_ok());
    let is_port = |port: &str| {
        !port.starts_with('0')
            && port.parse::<u16>().is_ok()
            && default_port(scheme) != Some(port)
            && port.bytes().all(|byte| byte.is_ascii_digit())
    };
    is_host && port.is_none_or(is_port)
}

/// Without dots to resolve, without empty parts, which file systems pass over, and without parameters, which some
/// servers cut off (RFC 3986 §3.3).
fn is_path(path: &str) -> bool {
    !path.contains("//")
        && !path.contains(';')
        && !path.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// Only of letters that no library encodes, decodes or drops.
fn is_spelled_plainly(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_plain = match byte {
            b'%' => match (bytes.next().and_then(digit), bytes.next().and_then(digit)) {
                (Some(high), Some(low)) => is_always_encoded(high * 16 + low),
                _ => false,
            },
            // A fragment names a part of what is read (RFC 3986 §3.5), and is dropped.
            _ => byte.is_ascii_alphanumeric() || b"-._~:/?@!$&()*+,;=".contains(&byte),
        };
        if !is_plain {
            return false;
        }
    }
    true
}

/// RFC 3986 §6.2.2.1: upper-case digits.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// What stands in no URI but encoded, and therefore has one spelling.
fn is_always_encoded(byte: u8) -> bool {
    byte >= 0x80 || b" \"<>^`{|}".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_uri_is_itself_and_what_a_query_and_a_slash_may_make_of_it() {
        for (uri, readings) in [
            ("file:///a/b.txt", &["file:///a/b.txt", "file:///a/b.txt/"][..]),
            (
                "https://h.example:8443/a%20b",
                &["https://h.example:8443/a%20b", "https://h.example:8443/a%20b/"],
            ),
            ("http://127.0.0.1/a", &["http://127.0.0.1/a", "http://127.0.0.1/a/"]),
            (
                "http://h.example/a/?b",
                &[
                    "http://h.example/a",
                    "http://h.example/a/",
                    "http://h.example/a?b",
                    "http://h.example/a/?b",
                ],
            ),
        ] {
            let expected: BTreeSet<_> = readings.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(of(uri).unwrap_or_default(), expected, "{uri}");
        }
    }

    #[test]
    fn slashes_before_the_first_part_do_not_make_another_resource() {
        for uri in ["note:private/1", "note:/private/1", "note://private/1", "note:///private/1/"] {
            let read = of(uri).unwrap_or_default();
            let others = ["note:private/1", "note:/private/1", "note://private/1", "note:///private/1"];
            assert!(others.iter().all(|other| read.contains(*other)), "{uri}: {read:?}");
        }
        for uri in [
            "urn:isbn:0451450523",
            "config:app/name",
            "note://%C3%A9a",
            "note://x/%C3%A9",
            "note://n?x=1/2;y",
        ] {
            assert!(of(uri).is_some_and(|read| read.contains(uri)), "{uri}");
        }
    }

    #[test]
    fn what_libraries_rewrite_cannot_be_told() {
        for uri in [
            "",
            "secret",
            "/secret",
            ":secret",
            "FILE:///secret",
            "File:///secret",
            " file:///secret",
            "file:///secret ",
            "fi\tle:///secret",
            "file:///sec\nret",
            "file:///a/../secret",
            "file:///./secret",
            "file:///a/%2e%2e/secret",
            "file:///a/..",
            "file:///a\\secret",
            "file:///a;x/secret",
            "note://private;x/1",
            "note://private/1;x=1?y",
            "note:private;x",
            "file:///%73ecret",
            "file:///a%2Fsecret",
            "file:///a%2fsecret",
            "file:///a%5Csecret",
            "file:///a%00",
            "file:///a%252e",
            "file:///a%c3%a9",
            "file:///a%",
            "file:///a%2",
            "file:///é",
            "file:////secret",
            "file:////",
            "file:///a//secret",
            "file:///a//",
            "file://localhost/secret",
            "file:/secret",
            "file:secret",
            "file://secret",
            "file:///secret#x",
            "file:///secret#",
            "file:///it's",
            "file:///{secret}",
            "file:///a|b",
            "note://Private/1",
            "note://user@private/1",
            "note://private./1",
            "note://private:/1",
            "note://private:080/1",
            "note://private:+80/1",
            "note://[::1]/1",
            "note://%70rivate/1",
            "note://%C3%A9A/1",
            "https://%C3%A9.example/1",
            "https://h.example",
            "https://h.example?x",
            "https://h.example:443/x",
            "http://h.example:80/x",
            "https:/h.example/x",
            "https:h.example/x",
            "https:///h.example/x",
            "http://127.1/x",
            "http://0x7f.0.0.1/x",
            "http://127.0.0.01/x",
            "http://2130706433/x",
            "n\u{f6}te://x",
            "1note://x",
        ] {
            assert_eq!(of(uri), None, "{uri:?}");
        }
    }
}
