//! What is a record bound to, and under which name is it kept?

use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};
use warded_core::ResourceUri;

use super::Terms;
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
pub(super) fn name(kind: Kind, place: &Place, asked: Option<&Terms>) -> String {
    let scopes = asked.map(|terms| terms.scopes.to_string()).unwrap_or_default();
    let account = place.account.as_deref();
    let mut parts = vec![
        kind.suffix(),
        place.server.as_str(),
        place.source.issuer().as_str(),
        place.source.resource(),
        // An account without a name is not the account that is called "".
        if account.is_some() { "account" } else { "" },
        account.unwrap_or_default(),
        asked.map_or("", |terms| &terms.client),
        &scopes,
    ];
    parts.extend(asked.map(Terms::parts).unwrap_or_default());
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

    use warded_core::{Issuer, Scopes};

    use super::*;
    use crate::{obtain::Bound, tokens::Behalf};

    fn place(server: &str, issuer: &str, resource: &str, account: Option<&str>) -> Place {
        let issuer = Issuer::parse(issuer).unwrap();
        let source =
            Source::remembered(issuer, "https://login.example.com/token".to_owned(), resource.to_owned());
        Place::new(ResourceUri::parse(server).unwrap(), source, account.map(str::to_owned))
    }

    #[test]
    fn whatever_differs_makes_another_name() {
        let (a, i) = ("https://a.example/mcp", "https://login.example.com");
        let terms = |client: &str, scopes: &str| Terms::new(client, Scopes::parse(scopes).unwrap());
        let token = |place: &Place, terms: &Terms| name(Kind::Token, place, Some(terms));
        let (here, plain) = (place(a, i, a, None), terms("c", ""));
        let pinned = |audience: &str| plain.clone().bound(Bound::Pinned(audience.into()));
        let subject = |who: &str| plain.clone().on_behalf(Behalf::Subject(who.into()));
        let names = [
            token(&here, &plain),
            token(&place("https://b.example/mcp", i, a, None), &plain),
            token(&place(a, "https://login.example.com/", a, None), &plain),
            token(&place(a, i, "https://a.example/mcp/", None), &plain),
            token(&place(a, i, a, Some("")), &plain),
            token(&place(a, i, a, Some("work")), &plain),
            token(&here, &terms("d", "")),
            token(&here, &terms("c", "x")),
            token(&here, &terms("cx", "")),
            token(&here, &plain.clone().bound(Bound::Unbound)),
            token(&here, &plain.clone().bound(Bound::Ignored)),
            token(&here, &pinned("")),
            token(&here, &pinned("api://a")),
            token(&here, &plain.clone().on_behalf(Behalf::Client)),
            token(&here, &subject("ann")),
            token(&here, &subject("bob")),
            token(&here, &subject("bob").bound(Bound::Unbound)),
            token(&here, &plain.clone().bearer(true)),
            name(Kind::Client, &here, None),
            name(Kind::Lock, &here, None),
        ];
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn what_an_earlier_version_wrote_is_found_again() {
        let place =
            place("https://a.example/mcp", "https://login.example.com", "https://a.example/mcp", None);
        let name = name(Kind::Token, &place, Some(&Terms::new("me", Scopes::parse("a b").unwrap())));
        assert_eq!(name, "6cac62472592b78529d702c38a497dc7e836a87f98408fc9071fff9cfb3452ea.token");
    }

    #[test]
    fn parts_cannot_flow_into_each_other() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a", ""]), hash(&["a"]));
    }
}
