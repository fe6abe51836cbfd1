//! What is served where? Found by host and path, each by hash: the cost does not depend on how much is served.

use std::{collections::HashMap, sync::Arc};

use warded_core::ResourceUri;

use crate::{host::Host, site::Site};

/// Everything that is served, by host.
#[derive(Debug)]
pub(crate) struct Places<M>(HashMap<String, OnHost<M>>);

impl<M> Default for Places<M> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

#[derive(Debug)]
struct OnHost<M> {
    /// Identifiers and metadata documents, by path and query.
    exact: HashMap<Box<str>, Place>,
    /// What answers for everything below a path.
    below: HashMap<Box<str>, M>,
}

impl<M> Default for OnHost<M> {
    fn default() -> Self {
        Self { exact: HashMap::new(), below: HashMap::new() }
    }
}

/// One exact place.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A server, under one of its identifiers.
    Server(Arc<Site>, ResourceUri),
    /// The document that describes a server under one of its identifiers (RFC 9728).
    Metadata(Arc<Site>, ResourceUri),
}

/// What a request has found.
#[derive(Debug)]
pub(crate) enum Found<'a, M> {
    Place(&'a Place),
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

impl<M> Places<M> {
    pub(crate) fn enter(&mut self, url: &str, place: Place) -> Result<(), PlaceTaken> {
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
    pub(crate) fn find(&self, host: &Host, path: &str, query: Option<&str>) -> Found<'_, M> {
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

impl<M> OnHost<M> {
    fn below_of(&self, path: &str) -> Option<&M> {
        let path = path.split('?').next().unwrap_or_default();
        let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
        ends.take(DEEPEST).find_map(|end| self.below.get(path.get(..end)?))
    }
}

/// The host in the spelling of requests, and path and query as a request has them.
fn split(url: &str) -> (String, &str) {
    let host = Host::of_url(url).map(|host| host.as_str().to_owned()).unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/");
    (host, path)
}
