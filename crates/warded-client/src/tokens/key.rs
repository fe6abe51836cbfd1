//! What is a record bound to, and under which name is it kept?

use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};
use warded_core::{ResourceUri, Scopes};

use crate::obtain::Source;

/// Whom a token is for: the server, where its tokens come from, and the user's name for the account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The server, as the user named it. Two servers may share an identifier that is wider than both, and a token that
    /// was agreed to at one is not sent to the other.
    pub server: ResourceUri,
    /// The issuer, its token endpoint and the resource.
    pub source: Source,
    /// Which of several accounts.
    pub account: Option<String>,
}

impl Place {
    /// A place.
    pub const fn new(server: ResourceUri, source: Source, account: Option<String>) -> Self {
        Self { server, source, account }
    }
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Token,
    Client,
    Lock,
}

impl Kind {
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Token => ".token",
            Self::Client => ".client",
            Self::Lock => ".lock",
        }
    }
}

/// The name of a file: a hash over everything that its content is bound to.
pub(super) fn name(kind: Kind, place: &Place, asked: Option<(&str, &Scopes)>) -> String {
    let (client, scopes) = match asked {
        Some((client, scopes)) => (client, scopes.to_string()),
        None => ("", String::new()),
    };
    let account = place.account.as_deref();
    let parts = [
        kind.suffix(),
        place.server.as_str(),
        place.source.issuer().as_str(),
        place.source.resource(),
        // An account without a name is not the account that is called "".
        if account.is_some() { "account" } else { "" },
        account.unwrap_or_default(),
        client,
        &scopes,
    ];
    hash(&parts) + kind.suffix()
}

/// Each part behind its length, so that no two lists of parts are one text.
fn hash(parts: &[&str]) -> String {
    let mut hash = Context::new(&SHA256);
    hash.update(b"warded token store 1");
    for part in parts {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finish().as_ref().iter().fold(String::new(), |mut name, byte| {
        // Writing to a string cannot fail.
        write!(name, "{byte:02x}").ok();
        name
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use warded_core::Issuer;

    use super::*;

    fn place(server: &str, issuer: &str, resource: &str, account: Option<&str>) -> Place {
        let issuer = Issuer::parse(issuer).unwrap();
        let source =
            Source::remembered(issuer, "https://login.example.com/token".to_owned(), resource.to_owned());
        Place::new(ResourceUri::parse(server).unwrap(), source, account.map(str::to_owned))
    }

    #[test]
    fn whatever_differs_makes_another_name() {
        let (a, i) = ("https://a.example/mcp", "https://login.example.com");
        let none = Scopes::default();
        let scopes = Scopes::parse("x").unwrap();
        let names = [
            name(Kind::Token, &place(a, i, a, None), Some(("c", &none))),
            name(Kind::Token, &place("https://b.example/mcp", i, a, None), Some(("c", &none))),
            name(Kind::Token, &place(a, "https://login.example.com/", a, None), Some(("c", &none))),
            name(Kind::Token, &place(a, i, "https://a.example/mcp/", None), Some(("c", &none))),
            name(Kind::Token, &place(a, i, a, Some("")), Some(("c", &none))),
            name(Kind::Token, &place(a, i, a, Some("work")), Some(("c", &none))),
            name(Kind::Token, &place(a, i, a, None), Some(("d", &none))),
            name(Kind::Token, &place(a, i, a, None), Some(("c", &scopes))),
            name(Kind::Token, &place(a, i, a, None), Some(("cx", &none))),
            name(Kind::Client, &place(a, i, a, None), None),
            name(Kind::Lock, &place(a, i, a, None), None),
        ];
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn parts_cannot_flow_into_each_other() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a", ""]), hash(&["a"]));
    }
}
