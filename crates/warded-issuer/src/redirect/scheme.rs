//! Which schemes may belong to one application (RFC 8252 §7.1)?

/// Schemes that run what follows them, show it, reach into the machine, or belong to everybody. An answer sent to one of
/// them is no application's, whoever lists it.
const NEVER: &[&str] = &[
    "about",
    "android-app",
    "blob",
    "callto",
    "chrome",
    "chrome-extension",
    "cid",
    "content",
    "data",
    "facetime",
    "feed",
    "file",
    "filesystem",
    "ftp",
    "ftps",
    "geo",
    "gopher",
    "http",
    "https",
    "intent",
    "jar",
    "javascript",
    "ldap",
    "ldaps",
    "livescript",
    "magnet",
    "mailto",
    "mid",
    "mocha",
    "moz-extension",
    "ms-appinstaller",
    "ms-msdt",
    "news",
    "nfs",
    "nntp",
    "resource",
    "search-ms",
    "sftp",
    "sip",
    "sips",
    "skype",
    "smb",
    "sms",
    "ssh",
    "steam",
    "tel",
    "telnet",
    "urn",
    "vbscript",
    "view-source",
    "webcal",
    "ws",
    "wss",
    "wyciwyg",
    "xmpp",
];

/// Whether a scheme, in lower case, can be an application's own.
///
/// ```
/// use warded_issuer::is_private_use_scheme;
///
/// assert!(is_private_use_scheme("com.example.app") && is_private_use_scheme("cursor"));
/// assert!(!is_private_use_scheme("javascript") && !is_private_use_scheme("Cursor"));
/// ```
pub fn is_private_use_scheme(scheme: &str) -> bool {
    // RFC 3986 §3.1; in lower case only, since a browser would make it so, and then it would not be what was compared.
    let has_form = scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'));
    has_form && !NEVER.contains(&scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_shows_or_reaches_something_is_no_applications() {
        assert!(NEVER.is_sorted());
        for scheme in NEVER {
            assert!(!is_private_use_scheme(scheme), "{scheme}");
        }
        for malformed in ["", "1app", "-app", "my app", "app:", "App", "\u{e4}pp", "app_x", "java\tscript"] {
            assert!(!is_private_use_scheme(malformed), "{malformed:?}");
        }
    }
}
