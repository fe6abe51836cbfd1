//! What is served where? Found by host and path, each by hash: the cost does not depend on how much is served.

use std::collections::HashMap;

use crate::host::Host;

/// Everything that is served, by host.
#[derive(Debug)]
pub(crate) struct Places<P, M>(HashMap<String, OnHost<P, M>>);

impl<P, M> Default for Places<P, M> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

#[derive(Debug)]
struct OnHost<P, M> {
    /// Identifiers and metadata documents, by path and query.
    exact: HashMap<Box<str>, P>,
    /// What answers for everything below a path.
    below: HashMap<Box<str>, M>,
}

impl<P, M> Default for OnHost<P, M> {
    fn default() -> Self {
        Self { exact: HashMap::new(), below: HashMap::new() }
    }
}

/// What a request has found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a, P, M> {
    Place(&'a P),
    Below(&'a M),
    Nothing,
}

/// Two things would be served at one place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two things would be served at {host}{path}")]
#[non_exhaustive]
pub struct PlaceTaken {
    /// The host.
    pub host: String,
    /// The path.
    pub path: String,
}

/// Deepest path that is looked at, in segments.
const DEEPEST: usize = 16;

impl<P, M> Places<P, M> {
    pub(crate) fn enter(&mut self, url: &str, place: P) -> Result<(), PlaceTaken> {
        let (host, path) = split(url);
        let on_host = self.0.entry(host.clone()).or_default();
        if on_host.exact.contains_key(path) || on_host.below_of(path).is_some() {
            return Err(PlaceTaken { host, path: path.to_owned() });
        }
        on_host.exact.insert(path.into(), place);
        Ok(())
    }

    pub(crate) fn mount(&mut self, url: &str, path: &str, mounted: M) -> Result<(), PlaceTaken> {
        let (host, _) = split(url);
        let on_host = self.0.entry(host.clone()).or_default();
        let is_inside =
            |place: &str| place == path || place.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        let is_taken = on_host.exact.keys().chain(on_host.below.keys()).any(|place| is_inside(place))
            || on_host.below_of(path).is_some();
        if is_taken {
            return Err(PlaceTaken { host, path: path.to_owned() });
        }
        on_host.below.insert(path.into(), mounted);
        Ok(())
    }

    /// A query belongs to some identifiers; where no identifier has this one, the path alone is looked up.
    pub(crate) fn find(&self, host: &Host<'_>, path: &str, query: Option<&str>) -> Found<'_, P, M> {
        let Some(on_host) = self.0.get(host.as_str()) else {
            return Found::Nothing;
        };
        let with_query = query.and_then(|query| on_host.exact.get(format!("{path}?{query}").as_str()));
        if let Some(place) = with_query.or_else(|| on_host.exact.get(path)) {
            return Found::Place(place);
        }
        on_host.below_of(path).map_or(Found::Nothing, Found::Below)
    }
}

impl<P, M> OnHost<P, M> {
    fn below_of(&self, path: &str) -> Option<&M> {
        let path = path.split('?').next().unwrap_or_default();
        let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
        let below = ends.take(DEEPEST).find_map(|end| self.below.get(path.get(..end)?));
        // What is mounted at no path has the host to itself.
        below.or_else(|| self.below.get(""))
    }
}

/// The host in the spelling of requests, and path and query as a request has them.
fn split(url: &str) -> (String, &str) {
    let host = Host::of_url(url).map(|host| host.as_str().to_owned()).unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/");
    (host, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places<&'static str, &'static str> {
        let mut places = Places::default();
        places.enter("https://mcp.example.com/notes/mcp", "notes").unwrap();
        places.enter("https://mcp.example.com/notes/mcp/", "with a slash").unwrap();
        places.enter("https://mcp.example.com/notes/mcp?tenant=a", "tenant a").unwrap();
        places.enter("https://files.example.com", "files").unwrap();
        places.enter("http://127.0.0.1:8700/notes/mcp", "local").unwrap();
        places.mount("https://mcp.example.com/issuers/a", "/issuers/a", "issuer a").unwrap();
        places
    }

    fn found(host: &str, target: &str) -> String {
        let host = Host::of_url(&format!("http://{host}/")).unwrap();
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        match places().find(&host, path, query) {
            Found::Place(place) => (*place).to_owned(),
            Found::Below(mounted) => (*mounted).to_owned(),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_server_is_found_at_its_identifier_only() {
        let here = "mcp.example.com";
        for (host, target, what) in [
            (here, "/notes/mcp", "notes"),
            ("MCP.example.com:443", "/notes/mcp", "notes"),
            (here, "/notes/mcp/", "with a slash"),
            (here, "/notes/mcp?tenant=a", "tenant a"),
            // A query that is nobody's belongs to the request, and the guard looks at it.
            (here, "/notes/mcp?tenant=b", "notes"),
            ("files.example.com", "/", "files"),
            ("127.0.0.1:8700", "/notes/mcp", "local"),
            (here, "/", "nothing"),
            (here, "/notes", "nothing"),
            (here, "/notes/mcp/x", "nothing"),
            (here, "/Notes/mcp", "nothing"),
            (here, "/notes%2fmcp", "nothing"),
            (here, "//notes/mcp", "nothing"),
            ("127.0.0.1", "/notes/mcp", "nothing"),
            ("evil.example", "/notes/mcp", "nothing"),
        ] {
            assert_eq!(found(host, target), what, "{host} {target}");
        }
    }

    #[test]
    fn what_is_mounted_answers_for_everything_below_its_path_and_nothing_beside_it() {
        let here = "mcp.example.com";
        for target in ["/issuers/a", "/issuers/a/", "/issuers/a/token", "/issuers/a/x/y?z=1"] {
            assert_eq!(found(here, target), "issuer a", "{target}");
        }
        for target in ["/issuers", "/issuers/ab", "/issuers/ab/token", "/issuers/b/token", "/x/issuers/a"] {
            assert_eq!(found(here, target), "nothing", "{target}");
        }
        assert_eq!(found("files.example.com", "/issuers/a/token"), "nothing");
    }

    #[test]
    fn what_is_mounted_at_no_path_has_its_host_to_itself() {
        let mut places = places();
        places.mount("https://login.example.com", "", "origin").unwrap();
        let login = Host::of_url("https://login.example.com").unwrap();
        for path in ["/", "/token", "/.well-known/oauth-authorization-server", "/notes/mcp"] {
            assert_eq!(places.find(&login, path, Some("x=1")), Found::Below(&"origin"), "{path}");
        }
        let beside = |path: &str| PlaceTaken { host: "login.example.com".into(), path: path.into() };
        assert_eq!(places.enter("https://login.example.com/notes/mcp", "x"), Err(beside("/notes/mcp")));
        assert_eq!(places.mount("https://login.example.com", "/issuers/a", "x"), Err(beside("/issuers/a")));
        let taken = PlaceTaken { host: "mcp.example.com".into(), path: String::new() };
        assert_eq!(places.mount("https://mcp.example.com", "", "origin"), Err(taken));
    }

    #[test]
    fn nothing_is_served_in_the_way_of_something_else() {
        let taken = |path: &str| PlaceTaken { host: "mcp.example.com".into(), path: path.into() };
        let enter = |url: &str| places().enter(url, "other");
        // Behind a proxy that ends TLS, nobody can tell them apart.
        assert_eq!(enter("http://mcp.example.com/notes/mcp"), Err(taken("/notes/mcp")));
        assert_eq!(enter("https://mcp.example.com/issuers/a/token"), Err(taken("/issuers/a/token")));
        assert_eq!(enter("https://mcp.example.com/issuers/ab"), Ok(()));
        let mount = |path: &str| places().mount("https://mcp.example.com", path, "other");
        assert_eq!(mount("/notes"), Err(taken("/notes")));
        assert_eq!(mount("/issuers"), Err(taken("/issuers")));
        assert_eq!(mount("/issuers/a/b"), Err(taken("/issuers/a/b")));
        assert_eq!(mount("/issuers/b"), Ok(()));
    }

    #[test]
    fn a_path_without_end_is_not_walked_to_its_end() {
        assert_eq!(found("mcp.example.com", &"/x".repeat(30_000)), "nothing");
    }
}
