//! Which of the names that a server lists can a policy have? One that would allow more than it says is left out.

use std::collections::HashSet;

use super::{
    listed::{List, Odd},
    quoted,
};

/// What a policy names, and what it does not.
pub(super) struct Named<'l, T> {
    pub(super) entries: Vec<Entry<'l, T>>,
    pub(super) odd: Vec<Odd>,
}

/// One entry of a section.
pub(super) struct Entry<'l, T> {
    pub(super) name: &'l str,
    pub(super) key: String,
    pub(super) about: &'l T,
}

impl<'l, T> Named<'l, T> {
    pub(super) fn of(list: &'l List<T>) -> Self {
        Self::by(list, |name| {
            if name.contains('*') {
                return Err("a star is a pattern in a policy, and would allow more than this");
            }
            quoted::name(name)
        })
    }

    fn by(list: &'l List<T>, mut key: impl FnMut(&str) -> Result<String, &'static str>) -> Self {
        let mut named = Self { entries: Vec::new(), odd: list.odd.clone() };
        for (name, about) in &list.entries {
            match key(name) {
                Ok(key) => named.entries.push(Entry { name, key, about }),
                Err(why) => named.odd.push(Odd { name: name.clone(), why }),
            }
        }
        named
    }
}

impl<'l> Named<'l, String> {
    /// Templates, by the patterns that they become. One that is a resource or another one's pattern, too, stands there once.
    pub(super) fn of_templates(list: &'l List<String>, resources: &List<String>) -> Self {
        let mut taken: HashSet<_> = resources.entries.keys().cloned().collect();
        Self::by(list, |template| {
            let pattern = pattern(template)
                .ok_or("a star of its own, or a scheme or host that is open, would allow more than this")?;
            let key = quoted::name(&pattern)?;
            if !taken.insert(pattern) {
                return Err("what it becomes is listed already");
            }
            Ok(key)
        })
    }
}

/// A template with a star for each expression (RFC 6570). None where a star of its own would become a pattern, or where the scheme
/// or the host is the caller's to choose: `*:*` means every resource there is, and `https://api*` also `https://api.evil`.
fn pattern(template: &str) -> Option<String> {
    let mut pattern = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((_, behind)) = behind.split_once('}') else { break };
        if before.contains('*') {
            return None;
        }
        pattern += before;
        if !pattern.ends_with('*') {
            pattern.push('*');
        }
        rest = behind;
    }
    (!is_open(&pattern) && !rest.contains('*')).then(|| pattern + rest)
}

/// Schemes whose authority is a host that may be anybody's. What stands behind another one, such as `greeting:`, is the server's own.
const OF_HOSTS: &[&str] = &["file", "ftp", "ftps", "git", "http", "https", "sftp", "ssh", "ws", "wss"];

/// Whether a star stands in the scheme or in a host (RFC 3986 §3), or where a host may begin.
fn is_open(pattern: &str) -> bool {
    let Some((said, _)) = pattern.split_once('*') else { return false };
    let Some((scheme, path)) = said.split_once(':') else { return true };
    if !OF_HOSTS.iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return scheme.is_empty();
    }
    match path.strip_prefix("//") {
        Some(authority) => !authority.contains(['/', '?', '#']),
        None => path.is_empty() || path == "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_template_is_a_pattern_for_more_than_it_says() {
        for (template, is) in [
            ("file:///{+path}{?q}", Some("file:///*")),
            ("https://a.example/notes/{id*}", Some("https://a.example/notes/*")),
            ("note:pub/{id}", Some("note:pub/*")),
            ("note:today", Some("note:today")),
            // Nobody else has this scheme.
            ("note:{id}", Some("note:*")),
            ("greeting://{name}", Some("greeting://*")),
            // Stars of the server's own.
            ("*", None),
            ("**", None),
            ("*:*", None),
            ("file:///*", None),
            ("file:///*/{id}", None),
            ("file:///{id}/*", None),
            ("file:///{id*", None),
            // The caller chooses the scheme.
            ("{uri}", None),
            ("{scheme}:{+rest}", None),
            ("{scheme}://notes/{id}", None),
            ("http{s}://notes", None),
            ("notes/{id}", None),
            // The caller chooses the host.
            ("https://{host}/notes", None),
            ("https://api{.d}/x", None),
            ("https://a.example{/path}", None),
            ("https://a.example{?q}", None),
            ("https:{+rest}", None),
            ("https:/{+rest}", None),
            ("HTTPS://{host}/notes", None),
            (":{rest}", None),
        ] {
            assert_eq!(pattern(template).as_deref(), is, "{template}");
        }
    }
}
