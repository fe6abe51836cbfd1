//! Which server is a token asked for? The one place where the parameter `resource` becomes a server.
//!
//! A value names a server only by being equal, in canonical form, to one of its registered identifiers (RFC 8707
//! §2, invariant *Exact*); everything else is `invalid_target`, and so is a request that names several.

use std::{collections::HashMap, sync::Arc};

use warded_core::{ResourceUri, Scopes, jose::Algorithm};
use warded_store::Digest;

use crate::{Registered, refused::Refused};

/// The servers of an issuer, by every identifier.
#[derive(Debug)]
pub(crate) struct Registry {
    by_identifier: HashMap<ResourceUri, Arc<Registered>>,
    by_name: HashMap<String, Arc<Registered>>,
    only: Option<Resource>,
}

/// Exactly one server, in the registered spelling that was asked for. Only the registry of an issuer makes one.
#[derive(Clone, Debug)]
pub struct Resource {
    server: Arc<Registered>,
    spelling: ResourceUri,
}

/// Two servers claim one identifier, or a server has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ambiguous(pub(crate) String);

impl Registry {
    pub(crate) fn new(servers: Vec<Registered>) -> Result<Self, Ambiguous> {
        let servers: Vec<_> = servers.into_iter().map(Arc::new).collect();
        let mut by_identifier = HashMap::new();
        for server in &servers {
            if server.identifiers.is_empty() {
                return Err(Ambiguous(server.name.clone()));
            }
            for identifier in &server.identifiers {
                if by_identifier.insert(identifier.clone(), Arc::clone(server)).is_some() {
                    return Err(Ambiguous(identifier.to_string()));
                }
            }
        }
        let only = match servers.as_slice() {
            [server] => server
                .identifiers
                .first()
                .map(|first| Resource { server: Arc::clone(server), spelling: first.clone() }),
            _ => None,
        };
        let by_name = servers.iter().map(|server| (server.name.clone(), Arc::clone(server))).collect();
        Ok(Self { by_identifier, by_name, only })
    }

    /// What a client that is (or is not) pinned to a server asks for with these values of `resource`. An empty
    /// value is an omitted one (RFC 6749 §3.1). Omitted, it must follow from the client or from there being one
    /// server only: a token for "somebody" is never minted.
    pub(crate) fn resolve(&self, values: &[&str], pinned: Option<&ResourceUri>) -> Result<Resource, Refused> {
        let pinned = pinned.map(|pinned| self.named(pinned).ok_or(Refused::TargetUnknown)).transpose()?;
        let Some(asked) = self.only(values)? else {
            return pinned.or_else(|| self.only.clone()).ok_or(Refused::TargetMissing);
        };
        let asked = self.named(&asked).ok_or(Refused::TargetUnknown)?;
        match pinned {
            Some(pinned) if pinned.server.name != asked.server.name => Err(Refused::TargetElsewhere),
            _ => Ok(asked),
        }
    }

    /// The one identifier that these values of `resource` are, however often it stands there: some clients send it twice
    /// (RFC 8707 §2). An empty value is an omitted one (RFC 6749 §3.1). MCP: one token, one server; RFC 8707 §2 lets us
    /// refuse more.
    pub(crate) fn only(&self, values: &[&str]) -> Result<Option<ResourceUri>, Refused> {
        let mut one: Option<ResourceUri> = None;
        for value in values.iter().filter(|value| !value.is_empty()) {
            let uri = self.identifier(value)?;
            if one.as_ref().is_some_and(|one| *one != uri) {
                return Err(Refused::TargetSeveral);
            }
            one = Some(uri);
        }
        Ok(one)
    }

    /// What a text names. Nearly always it is a registered identifier in canonical form, which has been parsed before.
    fn identifier(&self, text: &str) -> Result<ResourceUri, Refused> {
        match self.by_identifier.get_key_value(text) {
            Some((registered, _)) => Ok(registered.clone()),
            None => ResourceUri::parse(text).map_err(|_| Refused::TargetUnknown),
        }
    }

    /// The server of that identifier.
    pub(crate) fn named(&self, identifier: &ResourceUri) -> Option<Resource> {
        let server = Arc::clone(self.by_identifier.get(identifier)?);
        Some(Resource { server, spelling: identifier.clone() })
    }

    /// The server of that name.
    pub(crate) fn server(&self, name: &str) -> Option<&Registered> {
        self.by_name.get(name).map(AsRef::as_ref)
    }

    /// The name of the server that an audience is for.
    pub(crate) fn server_of(&self, audience: &str) -> Option<String> {
        let named = self.named(&ResourceUri::parse(audience).ok()?)?;
        Some(named.name().to_owned())
    }

    /// Of the secret with which the server of that name asks about tokens.
    pub(crate) fn secret_of(&self, name: &str) -> Option<Digest> {
        self.by_name.get(name)?.secret
    }

    /// Whether any server asks about tokens.
    pub(crate) fn is_asked(&self) -> bool {
        self.by_identifier.values().any(|server| server.secret.is_some())
    }

    /// Every scope of every server.
    pub(crate) fn scopes(&self) -> Scopes {
        self.by_identifier.values().fold(Scopes::default(), |all, server| all.union(&server.scopes))
    }
}

impl Resource {
    /// What becomes the `aud`: the registered spelling that was asked for.
    pub(crate) fn identifier(&self) -> &ResourceUri {
        &self.spelling
    }

    /// How many seconds its tokens live, where the operator says so for this one.
    pub(crate) fn lifetime(&self) -> Option<u32> {
        self.server.lifetime
    }

    /// What its tokens are signed with, where the operator says so for this one.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        self.server.algorithm
    }

    /// Its name in the configuration.
    pub(crate) fn name(&self) -> &str {
        &self.server.name
    }

    /// Its name for people.
    pub(crate) fn title(&self) -> &str {
        &self.server.title
    }

    /// What a scope means, in the operator's words where there are any.
    pub(crate) fn in_words<'a>(&'a self, scope: &'a str) -> Option<&'a str> {
        self.server.scope_words.get(scope).map(String::as_str)
    }

    /// What a request for these scopes gets here (RFC 8707 §2.2): those that the server knows. Asking for
    /// nothing gets the server's default. `offline_access` is the issuer's affair and names nothing at a
    /// server.
    pub(crate) fn scopes(&self, asked: Option<&str>) -> Result<Scopes, Refused> {
        let asked = Scopes::parse(asked.unwrap_or_default()).map_err(|_| Refused::ScopeMalformed)?;
        let asked: Vec<_> = asked.iter().filter(|scope| *scope != "offline_access").collect();
        if asked.is_empty() {
            return Ok(self.server.default_scopes.clone());
        }
        let known = asked.into_iter().filter(|scope| self.server.scopes.iter().any(|known| known == *scope));
        let given = Scopes::of(known).map_err(|_| Refused::ScopeMalformed)?;
        if given.is_empty() { Err(Refused::ScopeUnknown) } else { Ok(given) }
    }

    /// What is left of scopes that were granted: those that the server still knows. None where nothing is left of
    /// something; who was granted nothing in particular still has that.
    pub(crate) fn left_of(&self, granted: &Scopes) -> Option<Scopes> {
        let known = |scope: &&str| self.server.scopes.iter().any(|known| known == *scope);
        let left = Scopes::of(granted.iter().filter(known)).ok()?;
        (granted.is_empty() || !left.is_empty()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> ResourceUri {
        ResourceUri::parse(text).unwrap()
    }

    fn server(name: &str, identifiers: &[&str]) -> Registered {
        Registered {
            identifiers: identifiers.iter().copied().map(uri).collect(),
            scopes: Scopes::parse("read write").unwrap(),
            default_scopes: Scopes::parse("read").unwrap(),
            ..Registered::new(name, uri("https://mcp.example.com"))
        }
    }

    fn two() -> Registry {
        Registry::new(vec![
            server("notes", &["https://mcp.example.com/notes/mcp", "https://notes.example.com/mcp/"]),
            server("files", &["https://mcp.example.com/files/mcp"]),
        ])
        .unwrap()
    }

    #[test]
    fn a_resource_is_found_by_canonical_equality_and_keeps_its_registered_spelling() {
        for (asked, spelling) in [
            ("https://mcp.example.com/notes/mcp", "https://mcp.example.com/notes/mcp"),
            ("HTTPS://MCP.example.com:443/notes/mcp", "https://mcp.example.com/notes/mcp"),
            ("https://notes.example.com/mcp/", "https://notes.example.com/mcp/"),
        ] {
            let found = two().resolve(&[asked], None).unwrap();
            assert_eq!(found.identifier().as_str(), spelling);
            assert_eq!(found.title(), "notes");
        }
        for other in [
            "https://mcp.example.com/notes",
            "https://mcp.example.com/notes/mcp/",
            "https://mcp.example.com/notes/mcp/x",
            "https://mcp.example.com/notes/mcp?x=1",
            "https://mcp.example.com/notes/mcp#",
            "https://mcp.example.com/notes/mcp#x",
            "https://mcp.example.com/notes%2Fmcp",
            "https://mcp.example.com/files/../notes/mcp",
            "https://mcp.example.com\\notes\\mcp",
            "https://mcp.example.com/notes/mcp\n",
            "\thttps://mcp.example.com/notes/mcp",
            "https://evil@mcp.example.com/notes/mcp",
            "https://mcp.example.com:8443/notes/mcp",
            "http://mcp.example.com/notes/mcp",
            "https://mcp.example.com.evil.example/notes/mcp",
            "https://mcp.example.com",
            "https://notes.example.com/mcp",
            "notes",
            "*",
            " ",
        ] {
            assert_eq!(two().resolve(&[other], None).unwrap_err(), Refused::TargetUnknown, "{other:?}");
        }
    }

    #[test]
    fn exactly_one_resource_is_asked_for() {
        let (notes, files) = ("https://mcp.example.com/notes/mcp", "https://mcp.example.com/files/mcp");
        for several in [&[notes, files][..], &[notes, notes, files], &[files, "", notes]] {
            assert_eq!(two().resolve(several, None).unwrap_err(), Refused::TargetSeveral, "{several:?}");
        }
        for again in
            [&[notes, notes][..], &[notes, "HTTPS://MCP.example.com:443/notes/mcp"], &["", notes, ""]]
        {
            assert_eq!(two().resolve(again, None).unwrap().identifier(), &uri(notes), "{again:?}");
        }
        for broken in [&["x", "x"][..], &[notes, "x"], &["x", notes]] {
            assert_eq!(two().resolve(broken, None).unwrap_err(), Refused::TargetUnknown, "{broken:?}");
        }
        for none in [&[][..], &[""], &["", ""]] {
            assert_eq!(two().resolve(none, None).unwrap_err(), Refused::TargetMissing);
            let one = Registry::new(vec![server("notes", &[notes, files])]).unwrap();
            assert_eq!(one.resolve(none, None).unwrap().identifier(), &uri(notes));
            let pinned = two().resolve(none, Some(&uri(files))).unwrap();
            assert_eq!(pinned.identifier(), &uri(files));
        }
    }

    #[test]
    fn a_pinned_client_asks_for_its_server_only() {
        let pinned = uri("https://mcp.example.com/notes/mcp");
        let resolve = |asked: &str| two().resolve(&[asked], Some(&pinned));
        assert!(resolve("https://mcp.example.com/notes/mcp").is_ok());
        assert!(resolve("https://notes.example.com/mcp/").is_ok(), "an alias is the same server");
        assert_eq!(resolve("https://mcp.example.com/files/mcp").unwrap_err(), Refused::TargetElsewhere);
        let gone = uri("https://mcp.example.com/gone");
        assert_eq!(two().resolve(&[], Some(&gone)).unwrap_err(), Refused::TargetUnknown);
    }

    #[test]
    fn no_identifier_means_two_servers() {
        let same = vec![server("a", &["https://a.example/x"]), server("b", &["https://A.example/x"])];
        assert_eq!(Registry::new(same).unwrap_err(), Ambiguous("https://a.example/x".into()));
        assert_eq!(Registry::new(vec![server("a", &[])]).unwrap_err(), Ambiguous("a".into()));
    }

    #[test]
    fn scopes_are_those_that_the_server_knows() {
        let notes = two().resolve(&["https://mcp.example.com/notes/mcp"], None).unwrap();
        let scopes = |asked| notes.scopes(asked).map(|scopes| scopes.to_string());
        assert_eq!(scopes(None), Ok("read".into()));
        assert_eq!(scopes(Some("")), Ok("read".into()));
        assert_eq!(scopes(Some("offline_access")), Ok("read".into()));
        assert_eq!(scopes(Some("write admin")), Ok("write".into()));
        assert_eq!(scopes(Some("READ")), Err(Refused::ScopeUnknown));
        assert_eq!(scopes(Some("admin offline_access")), Err(Refused::ScopeUnknown));
        assert_eq!(scopes(Some("a\tb")), Err(Refused::ScopeMalformed));
        assert_eq!(two().scopes().to_string(), "read write");
        let left = |granted| notes.left_of(&Scopes::parse(granted).unwrap()).map(|left| left.to_string());
        assert_eq!(left("read gone"), Some("read".into()));
        assert_eq!(left("gone"), None);
        assert_eq!(left(""), Some(String::new()));
    }
}
